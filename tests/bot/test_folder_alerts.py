"""A folder that cannot be read, and files that are not: said in health, once to the admins, and taken up again."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.folder_alerts import PATIENCE_SECONDS
from bot.folder_scan import FileContent, FileUnavailable, FolderScan, FolderUnavailable, scan_folder
from delivery.publishing import PublishStatus
from domain.folder_problems import FileProblem, FolderProblem
from tests.bot.folder_harness import QUIET_SECONDS, TEXTS, TODAY, FolderHarness, digest_text, folder_harness
from tests.databases import break_writes, mend_writes
from views.folder_notices import folder_unavailable_notice, unread_file_notice


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[FolderHarness]:
    async with folder_harness(tmp_path) as made:
        yield made


async def test_vanished_folder_is_said_once_and_taken_up_again(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    aside = harness.path.rename(harness.path.parent / "aside")
    await harness.look()
    assert harness.health() == f"{harness.path}: missing"
    await harness.look(PATIENCE_SECONDS - 1)
    assert harness.notices == []
    await harness.look(600, every=10)
    [notice] = harness.notices
    assert str(harness.path) in notice
    assert "not mounted" in notice

    harness.restart()
    await harness.look(600, every=10)
    assert harness.notices == [notice]
    assert harness.health() == f"{harness.path}: missing"

    aside.rename(harness.path)
    await harness.look(1)
    assert harness.health() is None
    assert len(harness.notices) == 2
    assert "is back" in harness.notices[1]
    harness.write("today.md", digest_text(title="晚报"))
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("today.md", PublishStatus.NEW), ("today.md", PublishStatus.REPLACED)]
    assert len(harness.notices) == 2


async def test_short_absence_is_not_told(harness: FolderHarness) -> None:
    aside = harness.path.rename(harness.path.parent / "aside")
    await harness.look(PATIENCE_SECONDS - 1)
    aside.rename(harness.path)
    await harness.look(600, every=10)
    assert harness.notices == []
    assert harness.health() is None


async def test_empty_mount_point_withdraws_nothing(harness: FolderHarness) -> None:
    """The disk is unmounted: under it lies an empty folder. Then it is mounted again."""
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    disk = harness.path.rename(harness.path.parent / "disk")
    harness.path.mkdir()
    await harness.look(PATIENCE_SECONDS)
    assert harness.health() == f"{harness.path}: emptied"
    assert len(harness.notices) == 1
    stored = await harness.stored()
    assert stored is not None
    assert len(stored.items) == 12
    harness.path.rmdir()
    disk.rename(harness.path)
    await harness.look(QUIET_SECONDS)
    assert harness.health() is None
    assert len(harness.notices) == 2
    assert harness.published == [("today.md", PublishStatus.NEW)]


async def test_restart_at_an_empty_mount_point_is_no_return(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    disk = harness.path.rename(harness.path.parent / "disk")
    harness.path.mkdir()
    await harness.look(PATIENCE_SECONDS)
    harness.restart()
    await harness.look(2 * PATIENCE_SECONDS)
    assert len(harness.notices) == 1
    assert harness.health() == f"{harness.path}: emptied"
    harness.path.rmdir()
    disk.rename(harness.path)
    await harness.look(1)
    assert harness.health() is None
    assert "is back" in harness.notices[1]


async def test_empty_mount_point_at_the_start_is_said(harness: FolderHarness) -> None:
    """The machine started anew without the disk: only the database knows that the folder held digests."""
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    disk = harness.path.rename(harness.path.parent / "disk")
    harness.path.mkdir()
    harness.restart()
    await harness.look()
    assert harness.health() == f"{harness.path}: emptied"
    assert not harness.ingest.holds_up_start
    await harness.look(PATIENCE_SECONDS)
    [notice] = harness.notices
    assert "not mounted" in notice
    harness.restart()
    await harness.look(2 * PATIENCE_SECONDS)
    assert harness.notices == [notice]
    harness.path.rmdir()
    disk.rename(harness.path)
    await harness.look(1)
    assert harness.health() is None
    assert "is back" in harness.notices[1]
    assert harness.published == [("today.md", PublishStatus.NEW)]


async def test_file_in_a_new_folder_ends_the_doubt(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    harness.path.rename(harness.path.parent / "disk")
    harness.path.mkdir()
    harness.restart()
    await harness.look(PATIENCE_SECONDS)
    harness.write("tomorrow.md", digest_text(day=TODAY + timedelta(days=1), published=None))
    await harness.look(QUIET_SECONDS)
    assert harness.health() is None
    assert "is back" in harness.notices[1]
    (harness.path / "tomorrow.md").unlink()
    harness.restart()
    await harness.look(2 * PATIENCE_SECONDS)
    assert harness.health() is None


@pytest.mark.parametrize("when", ["while it ran", "while it was down", "while it ran, and its disk got another number"])
async def test_cleaned_folder_is_no_mount_point(when: str, harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    (harness.path / "today.md").unlink()
    if when != "while it was down":
        await harness.look(1)
    if "number" in when:
        harness.path.rename(harness.path.parent / "other")
        harness.path.mkdir()
    harness.restart()
    await harness.look(2 * PATIENCE_SECONDS)
    assert harness.health() is None
    assert harness.notices == []


async def test_other_folder_may_be_empty(harness: FolderHarness, tmp_path: Path) -> None:
    """The operator chose another one by DIGESTS."""
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    harness.path = tmp_path / "new"
    harness.path.mkdir()
    harness.restart()
    await harness.look(2 * PATIENCE_SECONDS)
    assert harness.health() is None
    assert harness.notices == []


async def test_notice_that_could_not_be_noted_is_sent_later(harness: FolderHarness) -> None:
    """The disk of the database is full for a while: neither the loop nor the notice is lost."""
    harness.path.rename(harness.path.parent / "aside")
    async with harness.database.write() as tx:
        await break_writes(tx, "kv")
    await harness.look(PATIENCE_SECONDS - 1)
    with pytest.raises(Exception, match="disk I/O error"):
        await harness.look(1)
    async with harness.database.write() as tx:
        await mend_writes(tx)
    await harness.look(60)
    assert len(harness.notices) == 1


async def test_last_file_may_be_removed(harness: FolderHarness) -> None:
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    (harness.path / "today.md").unlink()
    await harness.look(600, every=10)
    assert harness.health() is None
    assert harness.notices == []


async def test_folder_without_permission_is_a_problem(harness: FolderHarness) -> None:
    harness.path.chmod(0)
    was_root = os.geteuid() == 0
    if was_root:  # root may list it all the same
        os.seteuid(65534)
    try:
        with pytest.raises(FolderUnavailable) as caught:
            scan_folder(harness.path)
    finally:
        if was_root:
            os.seteuid(0)
        harness.path.chmod(0o700)
    assert caught.value.problem is FolderProblem.FORBIDDEN


async def test_pipe_is_told_once_and_other_files_are_taken(harness: FolderHarness) -> None:
    os.mkfifo(harness.path / "a.md")
    (harness.path / "b.md").mkdir()
    harness.write("c.md", digest_text())
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("c.md", PublishStatus.NEW)]
    assert harness.health() is None
    assert sorted(notice.splitlines()[0] for notice in harness.notices) == [
        "⚠️ a.md was not published.",
        "⚠️ b.md was not published.",
    ]
    harness.restart()
    await harness.look(2 * PATIENCE_SECONDS)
    assert len(harness.notices) == 2


async def test_a_problem_that_comes_back_is_told_again(harness: FolderHarness) -> None:
    for _ in range(2):
        os.mkfifo(harness.path / "a.md")
        await harness.look(PATIENCE_SECONDS)
        (harness.path / "a.md").unlink()
        harness.write("a.md", digest_text())
        await harness.look(QUIET_SECONDS)
        (harness.path / "a.md").unlink()
        await harness.look(1)
    assert len(harness.notices) == 2


class HangingFolder:
    """A folder in which listing, or reading one file, hangs for as long as a test wants."""

    def __init__(self, path: Path, content: dict[str, bytes]) -> None:
        self.path = path
        self.content = content
        self.hangs = False

    async def scan(self) -> FolderScan:
        if self.hangs:
            raise FolderUnavailable(FolderProblem.HANGS)
        return scan_folder(self.path)

    async def read(self, name: str) -> FileContent | None:
        if name == "hung.md":
            raise FileUnavailable(FileProblem.HANGS)
        return FileContent(scan_folder(self.path).files[name], (self.path / name).read_bytes())


async def test_hung_scan_and_hung_file_are_said(harness: FolderHarness) -> None:
    folder = HangingFolder(harness.path, {})
    harness.restart(folder)
    harness.write("hung.md", digest_text())
    harness.write("today.md", digest_text())
    await harness.look(QUIET_SECONDS)
    assert harness.published == [("today.md", PublishStatus.NEW)]
    assert harness.health() == "hung.md: hangs"
    folder.hangs = True
    await harness.look(PATIENCE_SECONDS)
    assert harness.health() == f"{harness.path}: hangs"
    assert len(harness.notices) == 2
    folder.hangs = False
    (harness.path / "hung.md").unlink()
    await harness.look(1)
    assert harness.health() is None
    assert len(harness.notices) == 3


async def test_hostile_names_are_shown_as_escapes(harness: FolderHarness) -> None:
    name = "\u202edm.\x1b[2J<b>*.md"
    harness.write(name, b"\x89PNG\r\n\x1a\n" + bytes(500))
    os.mkfifo(harness.path / os.fsdecode(b"\xff.md"))
    await harness.look(QUIET_SECONDS)
    assert sorted(notice.splitlines()[0] for notice in harness.notices) == [
        "⚠️ \\u202edm.\\x1b[2J<b>*.md was not published.",
        "⚠️ \\udcff.md was not published.",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_problem_has_a_notice(language: str) -> None:
    translate = TEXTS.translator(language)
    notices = [folder_unavailable_notice("/x", problem, translate) for problem in FolderProblem]
    notices += [unread_file_notice("x.md", problem, translate) for problem in FileProblem]
    texts = {notice.text.plain for notice in notices}
    assert len(texts) == len(FolderProblem) + len(FileProblem)
