"""Files count when they are complete: what is due at once waits until the file has been quiet for longer."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot import folder_ingest
from bot.folder_scan import FileContent, FileStamp, FolderScan
from delivery.publishing import PublishStatus
from domain.subscription.calendar import Schedule
from tests.bot.folder_harness import MORNING, QUIET_SECONDS, TODAY, FolderHarness, digest_text, folder_harness
from tests.databases import break_writes, mend_writes

WRITER = """
import sys
with open(sys.argv[1], "w") as file:
    for line in sys.stdin:
        print(eval(line), file=file, end="", flush=True)
        print(flush=True)
"""
"""Writes each line that it is given, a Python string, and says when it has."""


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[FolderHarness]:
    async with folder_harness(tmp_path) as made:
        yield made


async def items_of(harness: FolderHarness) -> int | None:
    stored = await harness.stored()
    return len(stored.items) if stored else None


async def test_file_written_in_steps_while_due_goes_out_whole(harness: FolderHarness) -> None:
    """Twelve steps by another process, with a stall of 20 seconds in the middle."""
    text = digest_text(12)
    steps = [text[at : at + len(text) // 12 + 1] for at in range(0, len(text), len(text) // 12 + 1)]
    assert len(steps) == 12
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(harness.path / "today.md")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for number, step in enumerate(steps):
            writer.stdin.write(f"{step!r}\n")
            writer.stdin.flush()
            writer.stdout.readline()
            await harness.look(20 if number == 5 else 4)
            assert harness.published == []
            assert harness.notices == []
        writer.stdin.close()
    await harness.look(QUIET_SECONDS - 5)
    assert harness.published == []
    await harness.look(2)
    assert harness.published == [("today.md", PublishStatus.NEW)]
    assert await items_of(harness) == 12
    assert harness.wakes == 1


async def test_what_is_due_later_is_stored_after_the_short_time(harness: FolderHarness) -> None:
    harness.write("tomorrow.md", digest_text(day=TODAY + timedelta(days=1), published=None))
    await harness.look(2)
    assert harness.published == []
    await harness.look(1)
    assert harness.published == [("tomorrow.md", PublishStatus.NEW)]


async def test_what_gets_due_within_the_quiet_time_waits_for_it(harness: FolderHarness) -> None:
    """Ten seconds before eight: after the short quiet time a half file would be planned, and go out at eight."""
    harness.now = MORNING - timedelta(minutes=30, seconds=10)
    harness.write("today.md", digest_text(2))
    await harness.look(20)
    harness.write("today.md", digest_text(12))
    await harness.look(QUIET_SECONDS - 1)
    assert harness.published == []
    await harness.look(1)
    assert await items_of(harness) == 12


async def test_correction_of_a_running_edition_waits_until_it_is_settled(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text(12))
    await harness.look(QUIET_SECONDS)
    harness.write("today.md", digest_text(2))
    await harness.look(QUIET_SECONDS - 1)
    assert await items_of(harness) == 12
    harness.write("today.md", digest_text(11))
    await harness.look(QUIET_SECONDS)
    assert await items_of(harness) == 11


async def test_half_a_file_is_not_reported_as_broken(harness: FolderHarness) -> None:
    text = digest_text(12)
    harness.write("today.md", text[:20])
    await harness.look(QUIET_SECONDS - 1)
    harness.write("today.md", text)
    await harness.look(QUIET_SECONDS)
    assert harness.notices == []
    assert await items_of(harness) == 12
    harness.write("today.md", text[:20])
    await harness.look(QUIET_SECONDS)
    assert len(harness.notices) == 1
    assert "today.md was not published" in harness.notices[0]


async def test_moved_in_file_of_another_day_needs_no_long_wait(harness: FolderHarness) -> None:
    """Its modification time is old: it was complete before it came."""
    (harness.path.parent / "elsewhere.md").write_text(digest_text())
    harness.seconds += 3600
    (harness.path.parent / "elsewhere.md").rename(harness.path / "today.md")
    await harness.look(3)
    assert harness.published == [("today.md", PublishStatus.NEW)]


async def test_file_with_a_time_in_the_future_goes_out(harness: FolderHarness) -> None:
    harness.seconds += 7200
    harness.write("today.md", digest_text())
    harness.seconds -= 7200
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("today.md", PublishStatus.NEW)]


async def test_known_files_are_recognized_at_the_first_look(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    harness.restart()
    await harness.look(60)
    assert harness.published == [("today.md", PublishStatus.NEW)]


@pytest.mark.parametrize(
    ("temporary", "final"),
    [
        (".today.md.Xa7Kq2", "today.md"),  # rsync
        ("today.md.filepart", "today.md"),  # WinSCP
        (".syncthing.today.md.tmp", "today.md"),
        ("~syncthing~today.md.tmp", "today.md"),
        ("today.md.part", "today.md"),
        (".goutputstream-4K2AX1", "today.md"),
        ("~$today.md", "today.md"),
        ("#today.md", "today.md"),
        (".today.md.swp", "TODAY.MD"),
    ],
)
async def test_temporary_names_are_never_read(harness: FolderHarness, temporary: str, final: str) -> None:
    harness.write(temporary, digest_text(2))
    await harness.look(2 * QUIET_SECONDS)
    assert harness.published == []
    harness.write(temporary, digest_text(12)).rename(harness.path / final)
    await harness.look(QUIET_SECONDS)
    assert harness.published == [(final, PublishStatus.NEW)]
    assert await items_of(harness) == 12


async def test_editors_saves_are_corrections(harness: FolderHarness) -> None:
    """Truncate and write; write anew and rename over it; rename the old one to a backup first."""
    harness.now -= timedelta(hours=12)
    day = TODAY.isoformat()
    harness.write("today.md", digest_text(3, published=None))
    await harness.look(4)
    harness.write("today.md", "")
    await harness.look(1)
    harness.write("today.md", digest_text(4, published=None))
    await harness.look(4)
    assert await items_of(harness) == 4, day
    harness.write(".today.md.swp", digest_text(5, published=None)).rename(harness.path / "today.md")
    await harness.look(4)
    assert await items_of(harness) == 5
    (harness.path / "today.md").rename(harness.path / "today.md~")
    await harness.look(2)
    harness.write("today.md", digest_text(6, published=None))
    await harness.look(4)
    assert await items_of(harness) == 6
    assert harness.notices == []


async def test_file_that_never_rests_is_reported_once(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    for _ in range(45):
        harness.write("today.md", "\n", append=True)
        await harness.look(20)
    assert harness.published == []
    [notice] = harness.notices
    assert "today.md" in notice
    assert "ten minutes" in notice
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("today.md", PublishStatus.NEW)]


@dataclass(slots=True)
class CoarseFolder:
    """A share whose file times tell nothing: changes of the same size leave the stamp as it is."""

    files: dict[str, bytes] = field(default_factory=dict)

    async def scan(self) -> FolderScan:
        return FolderScan((1, 1), {name: self._stamp(data) for name, data in self.files.items()})

    async def read(self, name: str) -> FileContent | None:
        return FileContent(self._stamp(self.files[name]), self.files[name]) if name in self.files else None

    def _stamp(self, data: bytes) -> FileStamp:
        return FileStamp(len(data), int(MORNING.timestamp() * 1e9) * 2, 0)


async def test_change_that_leaves_the_stamp_alone_begins_anew(harness: FolderHarness) -> None:
    folder = CoarseFolder({"today.md": digest_text(title="错字").encode()})
    harness.restart(folder)
    await harness.look(25)
    folder.files["today.md"] = digest_text(title="正字").encode()
    await harness.look(10)
    assert harness.published == []
    await harness.look(QUIET_SECONDS)
    stored = await harness.stored()
    assert stored is not None
    assert stored.title == "正字"


async def test_own_failure_is_tried_again_and_said_in_health(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    harness.write("tomorrow.md", digest_text(day=TODAY + timedelta(days=1), published=None))
    async with harness.database.write() as tx:
        await break_writes(tx, "runs", when="new.date = '2025-09-12'")
    await harness.look(QUIET_SECONDS + 25)
    assert harness.published == [("tomorrow.md", PublishStatus.NEW)]
    assert harness.health() == "today.md: failed"
    async with harness.database.write() as tx:
        await mend_writes(tx)
    await harness.look(QUIET_SECONDS)
    assert harness.published[1:] == [("today.md", PublishStatus.NEW)]
    assert harness.health() is None


async def test_late_schedules_count_as_due(harness: FolderHarness) -> None:
    """Nobody in Shanghai is due in the evening, but somebody further west is."""
    harness.now = MORNING + timedelta(hours=9)
    await harness.subscribe(Schedule("Europe/Berlin", 11 * 60))
    harness.write("today.md", digest_text(published=harness.now))
    await harness.look(QUIET_SECONDS - 1)
    assert harness.published == []
    await harness.look(1)
    assert harness.published == [("today.md", PublishStatus.NEW)]


async def test_loop_goes_on_after_a_failed_tick(harness: FolderHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_ingest, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(folder_ingest, "SCAN_INTERVAL_SECONDS", 0.01)
    folder = FailingFolder()
    harness.restart(folder)
    first_scan_done = asyncio.Event()
    task = asyncio.create_task(harness.ingest.run(first_scan_done))
    async with asyncio.timeout(60):
        await first_scan_done.wait()
    assert folder.scans == 3
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@dataclass(slots=True)
class FailingFolder(CoarseFolder):
    """A folder with a defect: its first two scans raise."""

    scans: int = 0

    async def scan(self) -> FolderScan:
        self.scans += 1
        if self.scans < 3:
            raise RuntimeError("defect")
        return FolderScan((1, 1))


DRAFT = digest_text(title="草稿").replace("---\n", "---\ndraft: true\n", 1)


@pytest.mark.parametrize("text", [digest_text(), DRAFT, "no digest at all"], ids=["edition", "draft", "unreadable"])
async def test_restart_does_not_wait_for_known_files(harness: FolderHarness, text: str) -> None:
    harness.write("today.md", text)
    await harness.look(QUIET_SECONDS + 1)
    published, notices = list(harness.published), list(harness.notices)
    harness.restart()
    await harness.look()
    assert not harness.ingest.holds_up_start
    await harness.look(QUIET_SECONDS + 1)
    assert harness.published == published
    assert harness.notices == notices


async def test_restart_does_not_wait_for_a_known_copy(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    harness.write("today (1).md", digest_text())
    await harness.look(QUIET_SECONDS + 1)
    harness.restart()
    await harness.look()
    assert not harness.ingest.holds_up_start


async def test_restart_waits_for_what_was_written_meanwhile(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS + 1)
    harness.write("today.md", digest_text(title="改"))
    harness.restart()
    await harness.look()
    assert harness.ingest.holds_up_start
    await harness.look(QUIET_SECONDS + 1)
    assert harness.published[-1] == ("today.md", PublishStatus.REPLACED)


async def test_copy_that_lags_takes_no_correction_back(harness: FolderHarness) -> None:
    """Another process goes on, whose machine has the file as it was before the last correction."""
    harness.write("today.md", digest_text(title="Before"))
    await harness.look(2 * QUIET_SECONDS)
    harness.write("today.md", digest_text(title="Corrected"))
    await harness.look(2 * QUIET_SECONDS)
    harness.write("today.md", digest_text(title="Before"))
    harness.restart(has_copies=True)
    await harness.look(2 * QUIET_SECONDS)
    harness.restart(has_copies=True)
    await harness.look(2 * QUIET_SECONDS)
    stored = await harness.stored()
    assert stored is not None
    assert stored.title == "Corrected"
    assert [notice.count("holds an earlier text of the edition") for notice in harness.notices] == [1]
    harness.write("today.md", digest_text(title="Corrected"))  # the copy has caught up
    await harness.look(2 * QUIET_SECONDS)
    harness.write("today.md", digest_text(title="Before"))  # and an editor goes back
    await harness.look(2 * QUIET_SECONDS)
    stored = await harness.stored()
    assert stored is not None
    assert stored.title == "Before"
    assert len(harness.notices) == 1


async def test_text_before_a_correction_may_come_back_where_one_folder_is(harness: FolderHarness) -> None:
    for title in ("Before", "Corrected"):
        harness.write("today.md", digest_text(title=title))
        await harness.look(2 * QUIET_SECONDS)
    harness.write("today.md", digest_text(title="Before"))
    harness.restart()
    await harness.look(2 * QUIET_SECONDS)
    stored = await harness.stored()
    assert stored is not None
    assert stored.title == "Before"


async def test_variant_is_a_text_of_its_edition_whatever_the_order(harness: FolderHarness) -> None:
    """It waits for its original, which editors are told once; a second file of one variant is refused."""
    harness.write("2025-09-12.en.md", digest_text(title="Text"))
    await harness.look(QUIET_SECONDS + 2)
    assert await harness.stored() is None
    (waits,) = harness.notices
    assert "2025-09-12.en.md is the English text of the edition of Fri, 12 Sep 2025, which has no original yet" in waits
    harness.restart()
    harness.write("2025-09-12.md", digest_text(title="原文"))
    harness.write("2025-09-12-b.md", digest_text(title="Other").replace("title:", "lang: en\ntitle:"))
    await harness.look(2 * QUIET_SECONDS + 2)
    stored = await harness.stored()
    assert stored is not None
    assert (stored.title, [variant.title for variant in stored.variants]) == ("原文", ["Text"])
    assert len(harness.notices) == 2
    assert "2025-09-12-b.md and 2025-09-12.en.md both hold the edition" in harness.notices[1]


async def test_corrected_variant_is_reported_with_its_readers(harness: FolderHarness) -> None:
    """Another spelling of it changes nothing, and its file stays known after a restart."""
    harness.write("2025-09-12.md", digest_text(title="原文"))
    await harness.look(QUIET_SECONDS + 2)
    for title in ("Text", "Fixed"):
        harness.write("2025-09-12.en.md", digest_text(title=title))
        await harness.look(QUIET_SECONDS + 2)
    *_, report = harness.reports
    assert "🌐 2025-09-12.en.md was read: the English text of the edition of Fri, 12 Sep 2025." in report
    assert "Nobody has chosen English; everybody gets the original." in report
    published = list(harness.published)
    harness.write("2025-09-12.en.md", digest_text(title="Fixed") + "\n\n")
    await harness.look(QUIET_SECONDS + 2)
    assert harness.published[len(published) :] == [("2025-09-12.en.md", PublishStatus.UNCHANGED)]
    harness.restart()
    await harness.look(QUIET_SECONDS + 2)
    assert len(harness.published) == len(published) + 1
    stored = await harness.stored()
    assert stored is not None
    assert [variant.title for variant in stored.variants] == ["Fixed"]
