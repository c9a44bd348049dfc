"""Drafts that an editor has confirmed are published once, also after a kill, and the folder does not take them back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.write_back import WriteBack
from delivery.draft_publisher import DraftPublisher
from delivery.edition_report import EditionReporter
from delivery.notifier import MessageBuilder, Notifier, SentListener
from delivery.publishing import publish
from digest.model import Digest
from domain.audit import AuditAction
from domain.chat.roles import Role
from domain.delivery.policy import CorrectionPolicy
from domain.delivery.reasons import RunStateReason
from storage import audit, digests, drafts, runs
from tests.delivery.harness import DAY, DEFAULT_SCHEDULE, EVE, MORNING, TEXTS, DeliveryHarness, edition

EDITOR = 77


class RecordingNotifier(Notifier):
    """Notifier that keeps what it should send."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def notify_staff(self, least: Role, build: MessageBuilder, on_sent: SentListener | None = None) -> None:
        assert least is Role.EDITOR
        self.sent.append(build(TEXTS.translator("en")).text.plain)


async def _confirm(
    harness: DeliveryHarness, digest: Digest, *, publish_at: datetime | None = None, at_once: bool = False
) -> None:
    async with harness.database.write() as tx:
        draft_id = await drafts.add(
            tx, digest, author=EDITOR, message_id=1, name="a.md", source=b"text", now=harness.clock.now
        )
        assert await drafts.confirm(tx, draft_id, author=EDITOR, publish_at=publish_at, at_once=at_once)
        assert not await drafts.confirm(tx, draft_id, author=EDITOR)


async def test_confirmed_draft_goes_out_in_the_morning(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(2)
    await _confirm(harness, edition())
    await harness.delivery_service.tick()
    assert await harness.times() == {}
    async with harness.database.read() as tx:
        assert await drafts.confirmed(tx) == []
        (entry,) = await audit.newest(tx)
        run = await runs.get_by_edition(tx, DAY)
    assert (entry.action, entry.actor) == (AuditAction.PUBLISHED, EDITOR)
    assert run is not None
    await harness.at(MORNING)
    await harness.finished(run.id)
    assert await harness.times() == dict.fromkeys(chats, 1)


@pytest.mark.parametrize("published", [EVE, MORNING + timedelta(hours=3), EVE - timedelta(days=3)])
async def test_published_now_reaches_everybody_at_once(harness: DeliveryHarness, published: datetime) -> None:
    chats = await harness.crowd(2)
    await _confirm(harness, edition(published=published), at_once=True)
    await harness.delivery_service.tick()
    await harness.finished(await harness.edition_run())
    assert await harness.times() == dict.fromkeys(chats, 1)


@pytest.mark.parametrize("content_hash", ["", "other"])
async def test_edition_sent_before_its_hour_stays_published_when_read_again(
    harness: DeliveryHarness, content_hash: str
) -> None:
    await harness.crowd(1)
    day = edition(published=MORNING + timedelta(hours=3))
    await _confirm(harness, day, at_once=True)
    await harness.delivery_service.tick()
    await harness.finished(await harness.edition_run())
    await harness.publish(replace(day, content_hash=content_hash or day.content_hash))
    async with harness.database.read() as tx:
        assert await digests.get_published(tx, DAY, now=harness.clock.now) is not None


async def test_report_says_that_it_goes_at_once(harness: DeliveryHarness, tmp_path: Path) -> None:
    await harness.crowd(2)
    notifier = RecordingNotifier()
    await _confirm(harness, edition(), at_once=True)
    await _publisher(harness, notifier, tmp_path).publish_confirmed()
    (report,) = notifier.sent
    assert "🚀 It goes to 2 subscribers at once." in report
    assert "08:00" not in report


async def test_published_at_an_instant_waits_for_it(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(1)
    await _confirm(harness, edition(), publish_at=MORNING + timedelta(hours=2))
    await harness.at(MORNING + timedelta(hours=1))
    assert await harness.times() == {}
    await harness.at(MORNING + timedelta(hours=2))
    await harness.finished(await harness.edition_run())
    assert await harness.times() == dict.fromkeys(chats, 1)


def _publisher(harness: DeliveryHarness, notifier: Notifier, folder: Path) -> DraftPublisher:
    write_back = WriteBack(folder)
    return DraftPublisher(
        harness.database,
        partial(publish, harness.database, TEXTS, DEFAULT_SCHEDULE, corrections=CorrectionPolicy.ASK),
        EditionReporter(harness.database, TEXTS, DEFAULT_SCHEDULE.zone, harness.clock),
        notifier,
        harness.clock,
        choose_file=write_back.choose_file,
        write_file=write_back.write_file,
    )


async def test_a_step_that_is_repeated_publishes_nothing_twice(
    harness: DeliveryHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed before the draft is forgotten finds it again."""
    (folder := tmp_path / "digests").mkdir()
    notifier = RecordingNotifier()
    publisher = _publisher(harness, notifier, folder)
    await _confirm(harness, edition())
    remove = drafts.remove

    async def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(drafts, "remove", killed)
    with pytest.raises(KeyboardInterrupt):
        await publisher.publish_confirmed()
    monkeypatch.setattr(drafts, "remove", remove)
    assert await publisher.publish_confirmed()
    assert not await publisher.publish_confirmed()
    async with harness.database.read() as tx:
        stored = await digests.get_metadata(tx, DAY)
    assert stored is not None
    assert stored.version == 1
    assert (folder / f"{DAY}.md").read_bytes() == b"text"
    assert len(notifier.sent) == 1


async def test_write_back_keeps_the_editions_file_and_no_other(harness: DeliveryHarness, tmp_path: Path) -> None:
    (folder := tmp_path / "digests").mkdir()
    notifier = RecordingNotifier()
    publisher = _publisher(harness, notifier, folder)
    (folder / f"{DAY}.md").write_text("broken")
    await _confirm(harness, edition())
    await publisher.publish_confirmed()
    assert (folder / f"{DAY}.md").read_text() == "broken"
    assert "📥 Published in the chat: a.md." in notifier.sent[0]
    async with harness.database.write() as tx:
        origin = await digests.get_origin(tx, DAY)
        assert origin is not None
        assert origin.path == f"chat/{DAY}.md"
        await digests.set_source(tx, edition(), digests.Source("mine.md", b"mine"))
    (folder / "mine.md").symlink_to(tmp_path / "elsewhere.md")
    await _confirm(harness, replace(edition(), content_hash="other"))
    await publisher.publish_confirmed()
    assert not (tmp_path / "elsewhere.md").exists()
    assert "⚠️ It could not be written into the folder." in notifier.sent[1]
    assert "✏️ Corrected in the chat: a.md." in notifier.sent[1]


async def test_edition_that_cannot_be_sent_at_once_is_said(harness: DeliveryHarness, tmp_path: Path) -> None:
    await harness.publish()
    async with harness.database.write() as tx:
        run = await runs.get_by_edition(tx, DAY)
        assert run is not None
        await runs.pause(tx, run.id, RunStateReason.ADMIN)
    notifier = RecordingNotifier()
    await _confirm(harness, replace(edition(), content_hash="other"), at_once=True)
    await _publisher(harness, notifier, tmp_path).publish_confirmed()
    assert "⚠️ It was not sent at once. Its delivery is paused" in notifier.sent[0]


async def test_variant_is_written_into_a_file_of_its_own(harness: DeliveryHarness, tmp_path: Path) -> None:
    (folder := tmp_path / "digests").mkdir()
    notifier = RecordingNotifier()
    publisher = _publisher(harness, notifier, folder)
    for language in ("", "en"):
        text = replace(edition(title=language or "原文"), language=language, is_language_in_name=bool(language))
        await _confirm(harness, text)
        assert await publisher.publish_confirmed()
    assert sorted(path.name for path in folder.iterdir()) == [f"{DAY}.en.md", f"{DAY}.md"]
    async with harness.database.read() as tx:
        texts = await digests.texts(tx, DAY)
    assert texts["en"][1].path == f"{DAY}.en.md"
    assert [variant.title for variant in texts[""][0].variants] == ["en"]
    assert "🌐 Published in the chat: a.md, the English text" in notifier.sent[-1]
