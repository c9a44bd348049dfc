"""Editors are told once what was read from a file of the folder, and of nothing that is not sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.publishing import publish
from digest.reader import read_digests
from domain.chat.event import Chat, ChatKind
from domain.file_names import chat_source
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import digests, runs, subscribers, withdrawals
from storage.digests import Source
from tests.bot.folder_harness import DEFAULT_SCHEDULE, MORNING, QUIET_SECONDS, TEXTS, TODAY, FolderHarness, digest_text
from tests.bot.folder_harness import folder_harness as opened

BAD_LINK = "\n13. [Odd](javascript:alert(1))\n\n    Text.\n"

CORRECTED = """✏️ today.md was read again: the edition is corrected.

早报
Fri, 12 Sep 2025
12 items · without commentary · 348 characters
Headlines: 1 message
Full text: 1 message
Rich: 1 message

⏰ 1 subscriber gets it now.

✅ No warnings."""


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[FolderHarness]:
    async with opened(tmp_path) as made:
        yield made


async def _subscribe(harness: FolderHarness, chat_id: int, schedule: Schedule = DEFAULT_SCHEDULE) -> None:
    async with harness.database.write() as tx:
        chat = Chat(chat_id, ChatKind.PRIVATE)
        await subscribers.add(tx, chat, (schedule, ContentPreferences()), now=MORNING - timedelta(days=9))
        stored = await subscribers.get(tx, chat_id)
        assert stored is not None
        await subscribers.activate(tx, stored.id, now=MORNING - timedelta(days=9))


async def test_success_is_reported_once_for_each_state_of_the_file(harness: FolderHarness) -> None:
    await _subscribe(harness, 1)
    harness.write("today.md", digest_text(12) + BAD_LINK)
    await harness.look(QUIET_SECONDS)
    assert len(harness.reports) == 1
    told = harness.reports[0]
    assert "📥 today.md was read, and its edition goes out." in told
    assert "13 items · without commentary · " in told
    assert "Headlines: 1 message" in told
    assert "⏰ 1 subscriber gets it now." in told
    assert "⚠️ Line " in told
    harness.touch("today.md")
    harness.restart()
    await harness.look(2 * QUIET_SECONDS)
    assert len(harness.reports) == 1
    harness.write("today.md", digest_text(12))
    await harness.look(QUIET_SECONDS)
    assert len(harness.reports) == 2
    assert harness.reports[1] == CORRECTED


async def test_a_mended_warning_is_reported_though_readers_see_the_same(harness: FolderHarness) -> None:
    text = digest_text(12)
    harness.write("today.md", text.replace("title: 早报", "title: 早报\ncategories: 3.5"))
    await harness.look(QUIET_SECONDS)
    assert "⚠️ Line " in harness.reports[0]
    harness.write("today.md", text)
    await harness.look(QUIET_SECONDS)
    assert len(harness.reports) == 2
    assert "✅ No warnings." in harness.reports[1]
    stored = await harness.stored()
    assert stored is not None
    assert stored.problems == ()


async def test_an_archive_at_the_first_start_is_not_reported(harness: FolderHarness) -> None:
    for days in range(2, 40):
        day = TODAY - timedelta(days=days)
        harness.write(f"{day}.md", digest_text(2, day=day, published=None))
    harness.write("today.md", digest_text(3))
    await harness.look(QUIET_SECONDS)
    assert len(harness.published) == 39
    assert [notice.splitlines()[0] for notice in harness.reports] == ["📥 today.md was read, and its edition goes out."]
    assert "At the moment nobody is subscribed, or everybody has paused." in harness.reports[0]


async def test_a_file_with_errors_is_told_by_its_own_notice_alone(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text(2).replace("2025-09-12T", "2025-19-12T"))
    await harness.look(QUIET_SECONDS)
    assert len(harness.notices) == 1
    assert "today.md was not published." in harness.notices[0]
    assert harness.reports == []


async def test_editors_hear_for_how_many_it_came_too_late(harness: FolderHarness) -> None:
    await _subscribe(harness, 1)
    await _subscribe(harness, 2, Schedule("Asia/Shanghai", 10 * 60))
    harness.now = MORNING + timedelta(hours=6)
    harness.write("today.md", digest_text(2, published=harness.now))
    await harness.look(QUIET_SECONDS)
    assert "⏰ 1 subscriber gets it now." in harness.reports[0]
    assert "⏳ 1 subscriber gets it on a later day, from tomorrow (Sat) at 08:00 on" in harness.reports[0]
    harness.write("today.md", digest_text(3, published=MORNING - timedelta(hours=8)))
    await harness.look(QUIET_SECONDS)
    assert "⏳ 1 subscriber does not get it: it came too late for their time." in harness.reports[1]


async def test_the_folder_takes_no_edition_of_the_chat_back(harness: FolderHarness) -> None:
    """A new process reads the file again, which holds what the edition was before it was corrected in the chat."""
    harness.write("today.md", digest_text(12))
    await harness.look(QUIET_SECONDS)
    (corrected,) = read_digests(digest_text(11).encode(), name="a.md")
    source = Source(chat_source(TODAY), b"corrected")
    await publish(harness.database, TEXTS, DEFAULT_SCHEDULE, corrected, source, now=harness.now, actor=7)
    harness.restart()
    await harness.look(2 * QUIET_SECONDS)
    stored = await harness.stored()
    assert stored is not None
    assert len(stored.items) == 11
    assert harness.notices == []
    harness.write("today.md", digest_text(10))
    await harness.look(QUIET_SECONDS)
    stored = await harness.stored()
    assert stored is not None
    assert len(stored.items) == 10


async def test_file_of_a_withdrawn_edition_publishes_nothing(harness: FolderHarness) -> None:
    """Neither untouched after a restart, nor saved again, nor changed: editors are told, and asked."""
    await _subscribe(harness, 1)
    harness.write("today.md", digest_text(3))
    await harness.look(QUIET_SECONDS)
    async with harness.database.write() as tx:
        assert await withdrawals.withdraw(tx, TODAY, actor=1, now=MORNING) == 0
    harness.reports.clear()
    harness.notices.clear()
    harness.restart()
    await harness.look(2 * QUIET_SECONDS)
    assert (harness.reports, harness.notices) == ([], [])
    for _ in range(2):
        harness.touch("today.md")
        await harness.look(2 * QUIET_SECONDS)
    (saved,) = [*harness.reports, *harness.notices]
    assert "⚠️ today.md was saved." in saved
    harness.reports.clear()
    harness.notices.clear()
    harness.write("today.md", digest_text(4))
    await harness.look(2 * QUIET_SECONDS)
    (changed,) = [*harness.reports, *harness.notices]
    assert "is withdrawn, so nothing of it was published" in changed
    async with harness.database.write() as tx:
        assert await digests.is_withdrawn(tx, TODAY)
        assert await runs.get_by_edition(tx, TODAY) is None
        assert await withdrawals.restore(tx, TODAY, now=MORNING, default_zone="Asia/Shanghai")
        edition = await digests.get_published(tx, TODAY, now=MORNING)
    assert edition is not None
    assert len(edition.items) == 4
