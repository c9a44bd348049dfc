"""Language variants of an edition: each reader gets one text of it, that of their language if it is there in time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from delivery.publishing import PublishResult, PublishStatus
from digest.model import Digest
from domain.delivery.policy import CorrectionPolicy
from domain.edition_day import EditionDay
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from emulator.client import EmulatorClient
from storage import correction_runs, digests, runs, withdrawals
from storage.digests import Source
from tests.delivery.harness import ADMIN, DAY, EVE, MORNING, DeliveryHarness, edition, open_harness, run_of

LATER = MORNING + timedelta(hours=1)
LINE = "There is no English text of this edition; this is the original."
TWO_HOURS_WEST = Schedule("Asia/Dubai", 8 * 60)


@pytest.fixture
async def bilingual(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness of a Chinese newsletter whose corrections edit at once."""
    path = tmp_path / "bot.db"
    async with open_harness(emulator, path, corrections=CorrectionPolicy.AT_ONCE, language="zh") as harness:
        yield harness


def text(title: str, language: str = "", *, in_name: bool = True, day: date = DAY) -> Digest:
    published = EVE + timedelta(days=(day - DAY).days)
    return replace(edition(day, title=title, published=published), language=language, is_language_in_name=in_name)


async def publish(harness: DeliveryHarness, digest: Digest, *, name: str = "") -> PublishResult:
    name = name or (f"{digest.date}.{digest.language}.md" if digest.language else f"{digest.date}.md")
    return await harness.delivery_service.publish(digest, Source(name, digest.title.encode()))


async def audience(harness: DeliveryHarness, *languages: str, layout: Layout = Layout.FULL) -> list[int]:
    chats = await harness.emulator.create_users(len(languages))
    for chat, language in zip(chats, languages, strict=True):
        await harness.audience((chat,), preferences=ContentPreferences(layout, language))
    return chats


async def shown(harness: DeliveryHarness, chat: int) -> str:
    return "\n".join(message.text for message in await (await harness.emulator.chat(chat)).history())


async def whole(harness: DeliveryHarness, chat: int) -> str:
    """Return all that a chat has got, as JSON: of rich messages too."""
    entries = await harness.received(chat)
    return "\n".join(str(entry.message) for entry in entries)


async def titles(harness: DeliveryHarness, *chats: int) -> list[list[str]]:
    """Return which texts each chat shows, in their order."""
    known = ("原文", "改过", "Text", "Fixed", "繁體")
    histories = [await (await harness.emulator.chat(chat)).history() for chat in chats]
    return [[next(word for word in known if word in each.text) for each in history] for history in histories]


async def corrected(harness: DeliveryHarness) -> int:
    """Wait until the newest correction has ended; return how many messages it has edited."""
    async with harness.database.read() as tx:
        run = await correction_runs.newest(tx, DAY)
    assert run is not None
    return (await harness.finished_in_time(run.id)).sent


@pytest.mark.parametrize("layout", [Layout.HEADLINES, Layout.RICH])
async def test_each_reader_gets_the_text_of_their_language(bilingual: DeliveryHarness, layout: Layout) -> None:
    chats = await audience(bilingual, "zh", "en", "zh-hant", layout=layout)
    published = await publish(bilingual, text("原文"))
    variant = await publish(bilingual, text("Text", "en"))
    assert (variant.status, variant.variant, variant.run_id) == (PublishStatus.REPLACED, "en", published.run_id)
    await bilingual.at(MORNING)
    await bilingual.finished(run_of(published))
    for chat, title, other in zip(chats, ("原文", "Text", "原文"), ("Text", "原文", "Text"), strict=True):
        text_of_chat = await whole(bilingual, chat)
        assert title in text_of_chat
        assert not any(words in text_of_chat for words in (other, "没有", "沒有"))
    assert await bilingual.times() == dict.fromkeys(chats, 1)


async def test_late_variant_goes_to_nobody_twice(bilingual: DeliveryHarness) -> None:
    """Those whose morning is still to come get it."""
    early, zh = await audience(bilingual, "en", "zh")
    (later,) = await bilingual.emulator.create_users(1)
    await bilingual.audience((later,), TWO_HOURS_WEST, ContentPreferences(Layout.FULL, "en"))
    published = await publish(bilingual, text("原文"))
    await bilingual.at(MORNING)
    await bilingual.done(run_of(published))
    assert (await publish(bilingual, text("Text", "en"))).status is PublishStatus.CORRECTED
    assert await corrected(bilingual) == 0
    await bilingual.at(MORNING + timedelta(hours=4))
    await bilingual.finished(run_of(published))
    assert await titles(bilingual, early, zh, later) == [["原文"], ["原文"], ["Text"]]
    assert set((await bilingual.times()).values()) == {1}
    async with bilingual.database.read() as tx:
        stored = await digests.get_published(tx, DAY, now=bilingual.clock.now)
    assert stored is not None
    assert [stored.in_language(language).title for language in ("zh", "en", "zh-hant")] == ["原文", "Text", "原文"]


async def test_correction_of_a_variant_edits_those_who_had_it(bilingual: DeliveryHarness) -> None:
    zh, en, hant = await audience(bilingual, "zh", "en", "zh-hant")
    await publish(bilingual, text("原文"))
    published = await publish(bilingual, text("Text", "en"))
    await bilingual.at(MORNING)
    await bilingual.finished(run_of(published))
    bilingual.clock.now = LATER
    await publish(bilingual, text("Fixed", "en"))
    async with bilingual.database.read() as tx:
        assert await correction_runs.count_outdated(tx, run_of(published), 3) == 1
    assert await corrected(bilingual) == 1
    assert await titles(bilingual, zh, en, hant) == [["原文"], ["Fixed"], ["原文"]]
    await publish(bilingual, text("改过"))
    assert await corrected(bilingual) == 2
    assert await titles(bilingual, zh, en, hant) == [["改过"], ["Fixed"], ["改过"]]
    async with bilingual.database.read() as tx:
        assert await correction_runs.count_outdated(tx, run_of(published), 4) == 0
        assert not await correction_runs.has_newer_messages(tx, run_of(published))


async def test_question_of_a_correction_shows_the_changed_variant(bilingual: DeliveryHarness) -> None:
    await audience(bilingual, "zh", "en", "zh")
    await publish(bilingual, text("原文"))
    published = await publish(bilingual, text("Text", "en"))
    await bilingual.at(MORNING)
    await bilingual.finished(run_of(published))
    await publish(bilingual, text("Fixed", "en"))
    async with bilingual.database.read() as tx:
        run = await correction_runs.newest(tx, DAY)
        question = None if run is None else await correction_runs.question(tx, run)
    assert question is not None
    assert (question.people, question.former.title, question.current.title) == (1, "Text", "Fixed")


async def test_variant_waits_for_its_original(bilingual: DeliveryHarness) -> None:
    chats = await audience(bilingual, "zh", "en")
    early = await publish(bilingual, text("Text", "en"))
    assert (early.status, early.goes_out, early.run_id) == (PublishStatus.WAITING, False, None)
    await bilingual.at(MORNING)
    async with bilingual.database.read() as tx:
        assert await digests.last_published(tx) is None
        assert await digests.recent(tx, now=LATER) == []
    published = await publish(bilingual, text("原文"))
    assert published.status is PublishStatus.NEW
    await bilingual.delivery_service.tick()
    await bilingual.finished(run_of(published))
    assert await titles(bilingual, *chats) == [["原文"], ["Text"]]


async def test_withdrawal_takes_back_all_texts(bilingual: DeliveryHarness) -> None:
    chats = await audience(bilingual, "zh", "en")
    await publish(bilingual, text("原文"))
    published = await publish(bilingual, text("Text", "en"))
    await bilingual.at(MORNING)
    await bilingual.finished(run_of(published))
    async with bilingual.database.write() as tx:
        assert await withdrawals.withdraw(tx, EditionDay.of(DAY), actor=ADMIN, now=LATER) == 2
        run = await withdrawals.newest(tx, DAY)
    assert run is not None
    assert (await publish(bilingual, text("Fixed", "en"))).status is PublishStatus.WITHDRAWN
    await bilingual.at(LATER)
    await bilingual.finished_in_time(run.id)
    assert await titles(bilingual, *chats) == [[], []]
    async with bilingual.database.write() as tx:
        assert await withdrawals.restore(tx, DAY, now=LATER, default_zone="Asia/Shanghai")
        stored = await digests.get(tx, DAY)
        again = await runs.get_by_edition(tx, DAY)
    assert stored is not None
    assert again is not None
    await bilingual.delivery_service.tick()
    await bilingual.finished_in_time(again.id)
    assert await titles(bilingual, *chats) == [["原文"], ["Fixed"]]


@pytest.mark.parametrize("layout", [Layout.FULL, Layout.HEADLINES])
async def test_readers_are_told_once_that_their_language_is_missing(bilingual: DeliveryHarness, layout: Layout) -> None:
    """It is one that the newsletter offers: an edition of these days had it."""
    before = DAY - timedelta(days=1)
    await publish(bilingual, text("原文", day=before))
    await publish(bilingual, text("Text", "en", day=before))
    zh, en, hant = await audience(bilingual, "zh", "en", "zh-hant", layout=layout)
    published = await publish(bilingual, text("原文"))
    await bilingual.at(MORNING)
    await bilingual.finished(run_of(published))
    assert (await shown(bilingual, en)).count(LINE) == 1
    assert "原文" in await shown(bilingual, en)
    for chat in (zh, hant):
        assert "没有简体" not in await shown(bilingual, chat)
        assert "沒有繁體" not in await shown(bilingual, chat)


async def test_who_cannot_read_the_original_is_told(bilingual: DeliveryHarness) -> None:
    """Readers of one script of Chinese can read the other one."""
    await publish(bilingual, text("原文"))
    await publish(bilingual, text("繁體", "zh-hant"))
    async with bilingual.database.read() as tx:
        stored = await digests.get(tx, DAY)
    assert stored is not None
    assert {language: stored.in_language(language).is_substitute for language in ("zh", "zh-hant", "en")} == {
        "zh": False,
        "zh-hant": False,
        "en": True,
    }


async def test_file_without_a_language_becomes_the_original(bilingual: DeliveryHarness) -> None:
    """Without the original, a text whose fields alone name a language stands for it, until that comes."""
    chats = await audience(bilingual, "zh", "en")
    first = await publish(bilingual, text("Text", "en", in_name=False), name="2025-09-12-b.md")
    assert (first.status, first.variant) == (PublishStatus.NEW, "")
    original = await publish(bilingual, text("原文"), name="2025-09-12-c.md")
    assert (original.status, original.variant, original.run_id) == (PublishStatus.REPLACED, "", first.run_id)
    await bilingual.at(MORNING)
    await bilingual.finished(run_of(first))
    assert await titles(bilingual, *chats) == [["原文"], ["Text"]]


async def test_file_that_becomes_another_text_leaves_its_variant(bilingual: DeliveryHarness) -> None:
    await publish(bilingual, text("原文"))
    await publish(bilingual, text("Text", "en", in_name=False), name="b.md")
    await publish(bilingual, text("繁體", "zh-hant", in_name=False), name="b.md")
    async with bilingual.database.read() as tx:
        texts = await digests.texts(tx, DAY)
    assert [variant.language for variant in texts[""][0].variants] == ["zh-hant"]
    assert {language: source.path for language, (_text, source) in texts.items()} == {
        "": "2025-09-12.md",
        "zh-hant": "b.md",
    }


async def test_same_variant_again_changes_nothing(bilingual: DeliveryHarness) -> None:
    await publish(bilingual, text("原文"))
    await publish(bilingual, text("Text", "en"))
    for again in (text("Text", "en"), text("原文")):
        assert (await publish(bilingual, again)).status is PublishStatus.UNCHANGED
    async with bilingual.database.read() as tx:
        stored = await digests.get_metadata(tx, DAY)
    assert stored is not None
    assert stored.version == 2
