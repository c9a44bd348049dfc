"""Scanning the folder and reading its files: regular files only, whatever else lies there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import digest_folder, folder_scan
from bot.daemon_calls import CallHangs, DaemonCalls
from bot.digest_folder import DigestFolder
from bot.files import MAX_FILE_BYTES
from bot.folder_scan import FileUnavailable, FolderUnavailable, read_file, scan_folder
from domain.folder_problems import FileProblem, FolderProblem


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (made := tmp_path / "digests").mkdir()
    (made / "good.md").write_bytes(b"good")
    (tmp_path / "outside.md").write_bytes(b"outside")
    return made


def _bind_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


PROBLEMS: dict[str, tuple[Callable[[Path], object], FileProblem]] = {
    "named pipe": (os.mkfifo, FileProblem.NOT_A_FILE),
    "folder": (os.mkdir, FileProblem.NOT_A_FILE),
    "socket": (_bind_socket, FileProblem.NOT_A_FILE),
    "link to a device": (lambda path: path.symlink_to("/dev/zero"), FileProblem.LEADS_OUTSIDE),
    "link outside": (lambda path: path.symlink_to("../outside.md"), FileProblem.LEADS_OUTSIDE),
    "link outside, absolute": (lambda path: path.symlink_to(path.parents[1] / "outside.md"), FileProblem.LEADS_OUTSIDE),
    "link to itself": (lambda path: path.symlink_to(path.name), FileProblem.LEADS_NOWHERE),
    "link to nothing": (lambda path: path.symlink_to("missing.md"), FileProblem.LEADS_NOWHERE),
    "link to the folder": (lambda path: path.symlink_to("."), FileProblem.NOT_A_FILE),
}


@pytest.mark.parametrize("kind", PROBLEMS)
def test_only_regular_files_are_taken(folder: Path, kind: str) -> None:
    create, problem = PROBLEMS[kind]
    create(folder / "x.md")
    scan = scan_folder(folder)
    assert set(scan.files) == {"good.md"}
    assert scan.problems == {"x.md": problem}
    if problem is not FileProblem.LEADS_NOWHERE:
        with pytest.raises(FileUnavailable):  # as if it had taken a file's place after the scan
            read_file(folder, "x.md")


def test_files_are_read_with_the_stamp_of_the_scan(folder: Path) -> None:
    (folder / "link.md").symlink_to("good.md")
    (folder / "absolute.md").symlink_to(folder / "good.md")
    scan = scan_folder(folder)
    assert set(scan.files) == {"good.md", "link.md", "absolute.md"}
    for name, stamp in scan.files.items():
        content = read_file(folder, name)
        assert content is not None
        assert (content.data, content.stamp) == (b"good", stamp)
    assert read_file(folder, "missing.md") is None


def test_link_that_leaves_the_folder_by_way_of_another_is_refused(folder: Path) -> None:
    (folder / "inner").symlink_to("..")
    (folder / "x.md").symlink_to("inner/outside.md")
    with pytest.raises(FileUnavailable) as caught:
        read_file(folder, "x.md")
    assert caught.value.problem is FileProblem.LEADS_OUTSIDE


def test_links_that_lead_nowhere_are_not_read(folder: Path) -> None:
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "dangling.md").symlink_to("missing.md")
    with pytest.raises(FileUnavailable) as caught:
        read_file(folder, "loop.md")
    assert caught.value.problem is FileProblem.LEADS_NOWHERE
    assert read_file(folder, "dangling.md") is None


def test_a_file_that_grows_while_it_is_read_is_changing(folder: Path) -> None:
    """Another thread writes on; what is read in between is whole, and sooner or later a read meets a write."""
    stop = threading.Event()

    def write_on() -> None:
        with (folder / "x.md").open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"x")

    def read_on() -> None:
        while True:
            content = read_file(folder, "x.md")
            assert content is None or len(content.data) == content.stamp.size

    (writer := threading.Thread(target=write_on)).start()
    try:
        with pytest.raises(FileUnavailable) as caught:
            read_on()
    finally:
        stop.set()
        writer.join()
    assert caught.value.problem is FileProblem.CHANGING


def test_a_scan_tells_the_folder_from_another(folder: Path) -> None:
    (other := folder.parent / "other").mkdir()
    status = folder.stat()
    assert scan_folder(folder).identity == (status.st_dev, status.st_ino)
    assert scan_folder(folder).identity != scan_folder(other).identity


def test_names_that_are_not_utf8_are_problems(folder: Path) -> None:
    (folder / os.fsdecode(b"\xff.md")).write_bytes(b"")
    assert scan_folder(folder).problems == {"\udcff.md": FileProblem.BAD_NAME}


def test_names_of_digests(folder: Path) -> None:
    read = ["a.md", "B.MD", "c.markdown", "2025-09-12.txt", "20250912 news.TXT", "2025-09-12.md.txt"]
    told = ["2025-09-12.docx", "2025-09-12 news.html", "2025-09-12"]
    passed = [
        "notes.txt",
        "requirements.txt",
        "page.html",
        "2025-09-12.jpg",
        ".a.md",
        "~a.markdown",
        "a.md~",
        "2025.txt",
    ]
    for name in read + told + passed:
        (folder / name).touch()
    scan = scan_folder(folder)
    assert sorted(scan.files) == sorted([*read, "good.md"])
    assert scan.problems == dict.fromkeys(told, FileProblem.OTHER_ENDING)


def test_a_large_file_is_read_up_to_the_limit(folder: Path) -> None:
    with (folder / "big.md").open("wb") as file:
        file.truncate(MAX_FILE_BYTES * 10)
    content = read_file(folder, "big.md")
    assert content is not None
    assert len(content.data) == MAX_FILE_BYTES + 1


def test_a_scan_stops_at_the_greatest_number_of_files(folder: Path) -> None:
    for number in range(folder_scan.MAX_FILES):
        (folder / f"{number}.md").touch()
    with pytest.raises(FolderUnavailable) as caught:
        scan_folder(folder)
    assert caught.value.problem is FolderProblem.TOO_MANY_FILES


def test_missing_and_replaced_folders_are_problems(folder: Path) -> None:
    for path, problem in (
        (folder / "none", FolderProblem.MISSING),
        (folder / "good.md", FolderProblem.NOT_A_FOLDER),
    ):
        with pytest.raises(FolderUnavailable) as caught:
            scan_folder(path)
        assert caught.value.problem is problem


async def test_a_hanging_call_blocks_only_itself() -> None:
    calls, release = DaemonCalls(timeout_seconds=1, max_hanging=2), threading.Event()

    def hang() -> bool:
        return release.wait()

    with pytest.raises(CallHangs):
        await calls.run("a", hang)
    with pytest.raises(CallHangs):  # at once: the thread of the first call is still there
        await calls.run("a", int)
    assert await calls.run("b", int) == 0
    with pytest.raises(CallHangs):
        await calls.run("c", hang)
    with pytest.raises(CallHangs):  # as many as may hang do
        await calls.run("b", int)
    release.set()
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(CallHangs):
                assert await calls.run("a", int) == 0
                break
            await asyncio.sleep(0.01)


async def test_errors_of_a_call_are_raised_where_it_is_awaited() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await DaemonCalls(timeout_seconds=60, max_hanging=1).run("a", lambda: int("x"))


async def test_a_hung_file_does_not_keep_others_from_being_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The read hangs in a system call, as on a network mount whose server is away."""
    os.mkfifo(pipe := folder.parent / "pipe")

    def read(path: Path, name: str) -> folder_scan.FileContent | None:
        return read_file(path, name) if name == "good.md" else folder_scan.FileContent(stamp, pipe.read_bytes())

    stamp = scan_folder(folder).files["good.md"]
    monkeypatch.setattr(digest_folder, "read_file", read)
    monkeypatch.setattr(digest_folder, "CALL_TIMEOUT_SECONDS", 1.0)
    watched = DigestFolder(folder)
    for _ in range(2):
        with pytest.raises(FileUnavailable) as caught:
            await watched.read("hung.md")
        assert caught.value.problem is FileProblem.HANGS
        content = await watched.read("good.md")
        assert content is not None
        assert content.data == b"good"
    assert await watched.read_other("hung.md") == b""
    pipe.write_bytes(b"back")  # ends the thread
