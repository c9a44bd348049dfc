"""Files of digests on the command line: paths in, digests out; and one put into the editor's folder in one step."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import track

from bot.watch import MOST_BYTES
from digest.categorise import Classifier
from digest.model import Digest
from digest.parse import parse

MANY = 20
"""From so many files on, how far the work has come is shown."""


class FileRead(NamedTuple):
    """A file and the digests in it."""

    path: Path
    data: bytes
    digests: tuple[Digest, ...]


def load_classifier(path: Path | None) -> Classifier:
    """The words that speak for a category: the operator's file, or the one that comes along."""
    return Classifier.load(path.read_text(encoding="utf-8")) if path else Classifier.shipped()


def read_files(paths: Sequence[Path], classifier: Classifier, zone: tzinfo) -> Iterator[FileRead]:
    """Each file's digests, in order; progress on standard error where there are many. Raises OSError."""
    for path in _shown(paths):
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        yield FileRead(path, data, parse(data, name=path.name, zone=zone, classifier=classifier))


def place(data: bytes, target: Path) -> None:
    """Write a file so that whoever watches its folder sees all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with half.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def _shown(paths: Sequence[Path]) -> Iterator[Path]:
    console = Console(stderr=True)
    if len(paths) < MANY:
        yield from paths
    elif console.is_terminal:
        yield from track(paths, "Reading", console=console, transient=True)
    else:
        for number, path in enumerate(paths, 1):
            yield path
            if number % 100 == 0 or number == len(paths):
                sys.stderr.write(f"read {number} of {len(paths)} files\n")
