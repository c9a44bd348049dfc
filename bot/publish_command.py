"""`digestbot publish`: copy digests into the folder that the bot watches, or refuse with a reason."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from bot.files import DigestFile, write_atomically
from bot.problem_report import report_lines
from domain.file_names import is_decodable, is_digest_name, shown_name


class CannotPublish(Exception):
    """Nothing was published; the message says why and what to do."""


def publish_files(files: Sequence[DigestFile], folder: Path, console: Console) -> None:
    """Copy files into the folder and print the full path of each. Raises `CannotPublish`."""
    for file in files:
        for digest in file.digests:
            for line in report_lines(str(file.path), digest):
                console.print(line)
    if any(problem.severity == "error" for file in files for digest in file.digests for problem in digest.problems):
        raise CannotPublish("correct the errors above first")
    _check_names(files)
    folder = _existing_folder(folder, console)
    for file in files:
        target = folder / file.path.name
        try:
            write_atomically(file.data, target)
        except OSError as error:
            raise CannotPublish(f"{target} cannot be written: {error.strerror}") from error
        is_draft = not any(digest.is_publishable for digest in file.digests)
        what = "[yellow]put there as a draft[/]" if is_draft else "[green]published[/]"
        console.print(f"{what} {escape(shown_name(str(target)))}")


def _check_names(files: Sequence[DigestFile]) -> None:
    """Refuse names that the bot does not read, and two files of one name, of which only one would remain."""
    by_name: dict[str, Path] = {}
    for file in files:
        name = file.path.name
        if not is_digest_name(name) or not is_decodable(name):
            raise CannotPublish(f"the bot does not read {shown_name(name)}; give it a name such as 2025-09-12.md")
        if name in by_name:
            raise CannotPublish(f"{by_name[name]} and {file.path} have the same name; publish one of them")
        by_name[name] = file.path


def _existing_folder(folder: Path, console: Console) -> Path:
    """Return the folder with its full path; a missing one is created only if a person at the terminal says so."""
    full = Path(folder.absolute())
    if full.is_dir():
        return full
    if full.exists() or full.is_symlink():
        raise CannotPublish(f"{full} is not a folder; set DIGESTS or --folder to the folder that the bot watches")
    if not sys.stdin.isatty():
        raise CannotPublish(
            f"there is no folder {full}; run this where the bot's .env is, or set DIGESTS or --folder to the folder "
            f"that the bot watches; to create it: mkdir -p '{full}'"
        )
    console.print(f"There is no folder {escape(shown_name(str(full)))}. The bot watches the one that DIGESTS names.")
    if not typer.confirm("Create it?"):
        raise CannotPublish(f"there is no folder {full}")
    try:
        full.mkdir(parents=True)
    except OSError as error:
        raise CannotPublish(f"{full} cannot be created: {error.strerror}") from error
    return full
