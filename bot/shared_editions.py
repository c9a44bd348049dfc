"""Editions that two files hold: the bot publishes that of the file it has read first, and refuses the other file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.files import DigestFile
from bot.folder_scan import FolderScan, FolderUnavailable, scan_folder
from domain.chat.i18n import lazy_text
from domain.file_names import is_copy_of, shown_name

MAX_COMPARED_FILES = 100
"""The most files of a folder that are read for a comparison, a second's work: the newest ones."""

ReadFiles = Callable[[Iterable[Path]], Iterator[DigestFile]]


@dataclass(frozen=True, slots=True)
class SharedEdition:
    """An edition of `file` that `other` holds, too."""

    file: Path
    other: Path
    day: date

    @property
    def text(self) -> str:
        return lazy_text(
            "{file} and {other} both hold the edition of {day}, and the bot publishes one of them: correct the date of "
            "one, or leave one out",
            file=shown_name(str(self.file)),
            other=shown_name(str(self.other)),
            day=self.day,
        )


def find_shared(files: Iterable[DigestFile]) -> list[SharedEdition]:
    """Return the editions that a file shares with an earlier one."""
    holders: dict[tuple[date, str], Path] = {}
    shared = []
    for file in files:
        for day, language in _texts(file):
            holder = holders.setdefault((day, language), file.path)
            if holder.resolve() != file.path.resolve():
                shared.append(SharedEdition(file.path, holder, day))
    return shared


def find_shared_with_folder(files: Iterable[DigestFile], folder: Path, read: ReadFiles) -> list[SharedEdition]:
    """Return the editions that files would share with others of the folder into which they are to be copied."""
    files = tuple(files)
    others = read(_newest_paths(folder, leave_out={file.path.name for file in files}))
    holders = {text: other.path for other in others for text in _texts(other)}
    return [
        SharedEdition(file.path, holders[text], text[0])
        for file in files
        for text in sorted(_texts(file) & holders.keys())
        if not is_copy_of(holders[text].name, file.path.name)
    ]


def days_of(file: DigestFile) -> set[date]:
    """Return the days of the editions that the bot publishes from a file."""
    return {day for day, _ in _texts(file)}


def _texts(file: DigestFile) -> set[tuple[date, str]]:
    """Return edition and language of each text of a file; one file may have each of them once."""
    return {(one.date, one.language) for one in file.digests if one.is_publishable and one.date is not None}


def newest_names(scan: FolderScan) -> list[str]:
    """Return the names of all digests of a folder, those that were changed last first."""
    return sorted(scan.files, key=lambda name: scan.files[name].modified_ns, reverse=True)


def _newest_paths(folder: Path, *, leave_out: set[str]) -> list[Path]:
    try:
        scan = scan_folder(folder)
    except FolderUnavailable:  # copying into it tells what is wrong
        return []
    return [folder / name for name in newest_names(scan) if name not in leave_out][:MAX_COMPARED_FILES]
