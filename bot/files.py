"""Digest files for the command line: read, fix, and write atomically."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from difflib import unified_diff
from pathlib import Path

from rich.progress import track

from bot.picture_files import PictureFolder
from bot.printing import PrintableConsole
from bot.profile_file import FILE_NAME, profile_to_toml, read_profile
from digest.fix import fix_source
from digest.model import DEFAULT_PICTURES, Digest, PictureMode
from digest.parsing.front_matter import split_front_matter
from digest.parsing.source_text import read_source_text
from digest.reader import choose_reading, explain_digests, read_digests
from digest.segmentation.classifier import Classifier
from digest.segmentation.profile import Profile
from domain.chat.i18n import Translator, lazy_text
from domain.known_reasons import reason_text

MAX_FILE_BYTES = 5 * 1024 * 1024
"""The largest file that is read in full; a daily digest has some ten kilobytes."""

PROGRESS_MIN_FILES = 20
"""Show progress from this many files on."""


@dataclass(frozen=True, slots=True)
class DigestFile:
    """A file and the digests that were read from it."""

    path: Path
    data: bytes
    digests: tuple[Digest, ...]
    profile: Profile


def load_classifier(path: Path | None) -> Classifier:
    """Load the category keywords from the operator's file, or the built-in ones.

    Raises ValueError with a message for the operator if the file cannot be read.
    """
    if path is None:
        return Classifier.load_default()
    try:
        return Classifier.from_toml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(
            lazy_text("{name}: {problem}", name=path, problem=lazy_text("is not UTF-8; save it as UTF-8"))
        ) from error
    except (OSError, ValueError) as error:
        problem = reason_text(getattr(error, "strerror", None) or error)
        raise ValueError(lazy_text("{name}: {problem}", name=path, problem=problem)) from error


def read_files(
    paths: Iterable[Path], classifier: Classifier, zone: tzinfo, pictures: PictureMode = DEFAULT_PICTURES
) -> Iterator[DigestFile]:
    """Yield each file with its digests, in order. Raises OSError."""
    for path in paths:
        data = _read(path)
        profile = read_profile(path.parent)
        digests = read_digests(
            data,
            name=path.name,
            zone=zone,
            classifier=classifier,
            profile=profile,
            pictures=pictures,
            read_picture=PictureFolder(path.parent),
        )
        yield DigestFile(path, data, digests, profile)


def _read(path: Path) -> bytes:
    """Return the bytes of a file, at most one more than is allowed. Raises OSError with the file's name."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


class NoSuchReading(Exception):
    """The explanation of a file has no reading of a number."""


class IndistinctReading(Exception):
    """Nothing that later days have too tells a reading from the others."""


def keep_choice(path: Path, number: int, zone: tzinfo) -> Path | None:
    """Keep an editor's choice among the readings of a file in its folder's profile, and return that file.

    None if the file is read so without it, and there is nothing to learn. Raises `NoSuchReading`, `IndistinctReading`
    and OSError.
    """
    data, known = _read(path), read_profile(path.parent)
    profile = choose_reading(data, number, name=path.name, zone=zone, profile=known)
    if profile is None:
        explained = explain_digests(data, name=path.name, zone=zone, profile=known)
        is_shown = any(line.startswith(f"{number}. ") for line in explained.splitlines())
        raise IndistinctReading if is_shown else NoSuchReading
    if profile == known:
        return None
    target = path.parent / FILE_NAME
    write_atomically(profile_to_toml(profile).encode(), target)
    return target


def extra_front_matter(file: DigestFile, zone: tzinfo) -> dict[str, object]:
    """Return the front matter fields that `Digest` does not hold, also from broken YAML as far as it can be fixed."""
    return split_front_matter(
        read_source_text(fix_source(file.data, name=file.path.name, zone=zone).data).text
    ).extra_fields


def write_atomically(data: bytes, target: Path) -> None:
    """Write a file in one step, so that a watcher never sees half of it. Symlinks and permissions are kept."""
    target = target.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def with_progress(paths: Sequence[Path], translate: Translator) -> Iterator[Path]:
    """Yield the paths, and show on standard error how many are done if they are many."""
    console = PrintableConsole(stderr=True)
    if len(paths) < PROGRESS_MIN_FILES:
        yield from paths
    elif console.is_terminal:
        yield from track(paths, translate("Reading"), console=console, transient=True)
    else:
        for number, path in enumerate(paths, 1):
            yield path
            if number % 100 == 0 or number == len(paths):
                progress = translate("read {number} of {n} files").format(number=number, n=len(paths))
                sys.stderr.write(f"{progress}\n")


def fix_files(paths: Sequence[Path], zone: tzinfo, translate: Translator, *, write: bool) -> Iterator[str]:
    """Fix each file in place and yield what was done; without `write`, yield a diff instead. Raises OSError."""
    for path in paths:
        data = _read(path)
        mended = fix_source(data, name=path.name, zone=zone)
        if mended.data == data:
            continue
        if write:
            write_atomically(mended.data, path)
            changes = translate(", ").join(map(translate, mended.changes))
            yield translate("{file}: mended: {changes}").format(file=path, changes=changes)
            for words in mended.removed:
                yield translate("{file}: taken out: {words}").format(file=path, words=words)
            if mended.guessed_encoding:
                doubt = translate("{file}: its bytes looked like {encoding}; see whether its text is right.")
                yield doubt.format(file=path, encoding=mended.guessed_encoding)
        else:
            yield from _diff(path, data, mended.data, translate)


def _diff(path: Path, before: bytes, after: bytes, translate: Translator) -> Iterator[str]:
    old, new = (data.decode("utf-8", "replace").splitlines(keepends=True) for data in (before, after))
    for line in unified_diff(old, new, str(path), translate("{file} (mended)").format(file=path)):
        yield repr(line)[1:-1] if "\r" in line or "\0" in line or "\ufeff" in line else line.rstrip("\n")
