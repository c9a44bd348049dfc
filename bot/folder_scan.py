"""Blocking access to the digest folder: list it, and read one file of it. Regular files only."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from bot.files import MAX_FILE_BYTES
from domain.file_names import is_decodable, is_digest_name, looks_like_digest
from domain.folder_problems import FileProblem, FolderProblem

MAX_FILES = 20_000
"""The most digests in a folder: more than fifty years of daily ones. It bounds the time of a scan."""

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
"""Opening a named pipe or a device that took a file's place must not block."""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Size and times of a file; whoever writes to it changes its stamp."""

    size: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class FolderScan:
    """The digests of a folder by name, and what else is named like one. `identity` tells one folder from another."""

    identity: tuple[int, int]
    files: dict[str, FileStamp] = field(default_factory=dict)
    problems: dict[str, FileProblem] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.files or self.problems)


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a file and its stamp; of a large one `MAX_FILE_BYTES + 1` bytes, so that the reader refuses it."""

    stamp: FileStamp
    data: bytes


class FolderUnavailable(Exception):
    """The folder cannot be listed."""

    def __init__(self, problem: FolderProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class FileUnavailable(Exception):
    """A file cannot be read."""

    def __init__(self, problem: FileProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def scan_folder(folder: Path) -> FolderScan:
    """Return the digests of a folder with their stamps. Opens none of them. Raises `FolderUnavailable`."""
    try:
        status = folder.stat()
        scan = FolderScan((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_digest_name(entry.name):
                    _add(scan, folder, entry)
                elif looks_like_digest(entry.name):
                    scan.problems[entry.name] = FileProblem.OTHER_ENDING
                if len(scan.files) + len(scan.problems) > MAX_FILES:
                    raise FolderUnavailable(FolderProblem.TOO_MANY_FILES)
    except OSError as error:
        raise FolderUnavailable(_folder_problem(error)) from error
    return scan


def read_file(folder: Path, name: str) -> FileContent | None:
    """Return a file's content, or None if it is not there. Raises `FileUnavailable`."""
    try:
        path = _followed(folder, name)
        if not stat.S_ISREG(path.stat().st_mode):  # opening a device may have an effect
            raise FileUnavailable(FileProblem.NOT_A_FILE)
        with open(path, "rb", opener=lambda opened, _flags: os.open(opened, _OPEN_FLAGS)) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise FileUnavailable(FileProblem.NOT_A_FILE)
            data = file.read(MAX_FILE_BYTES + 1)
            after = _stamp(os.fstat(file.fileno()))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileUnavailable(_file_problem(error)) from error
    if after != _stamp(before):
        raise FileUnavailable(FileProblem.CHANGING)
    return FileContent(after, data)


def _add(scan: FolderScan, folder: Path, entry: os.DirEntry[str]) -> None:
    try:
        if not is_decodable(entry.name):
            raise FileUnavailable(FileProblem.BAD_NAME)
        if entry.is_symlink():
            _check_link(folder, entry.name)
        status = entry.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FileUnavailable(FileProblem.NOT_A_FILE)
        scan.files[entry.name] = _stamp(status)
    except FileUnavailable as error:
        scan.problems[entry.name] = error.problem
    except OSError as error:
        if os.path.lexists(folder / entry.name):  # else it has just been deleted
            scan.problems[entry.name] = _file_problem(error)


def _check_link(folder: Path, name: str) -> None:
    """Refuse a link that leads outside the folder, by its text: what it leads to may be a hung mount."""
    target = os.path.normpath(folder / (folder / name).readlink())
    if not any(Path(target).is_relative_to(inside) for inside in (folder, folder.resolve())):
        raise FileUnavailable(FileProblem.LEADS_OUTSIDE)


def _followed(folder: Path, name: str) -> Path:
    """Return the path behind a link. Also a link whose text stays in the folder may lead outside by way of others."""
    if not (folder / name).is_symlink():
        return folder / name
    _check_link(folder, name)
    path = Path(os.path.realpath(folder / name, strict=True))
    if not path.is_relative_to(folder.resolve()):
        raise FileUnavailable(FileProblem.LEADS_OUTSIDE)
    return path


def _stamp(status: os.stat_result) -> FileStamp:
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _folder_problem(error: OSError) -> FolderProblem:
    if isinstance(error, FileNotFoundError):
        return FolderProblem.MISSING
    if isinstance(error, NotADirectoryError):
        return FolderProblem.NOT_A_FOLDER
    return FolderProblem.FORBIDDEN if isinstance(error, PermissionError) else FolderProblem.UNREADABLE


def _file_problem(error: OSError) -> FileProblem:
    if isinstance(error, PermissionError):
        return FileProblem.FORBIDDEN
    # A link to itself: ELOOP.
    return FileProblem.LEADS_NOWHERE if error.errno in (errno.ENOENT, errno.ELOOP) else FileProblem.UNREADABLE
