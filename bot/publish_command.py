"""`digestbot publish`: copy digests into the folder that the bot watches, or refuse with a reason."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from bot.files import DigestFile, write_atomically
from bot.problem_report import Reader, file_report, name_advice
from bot.shared_editions import ReadFiles, days_of, find_shared, find_shared_with_folder
from domain.chat.i18n import Translator, translated
from domain.file_names import is_decodable, is_digest_name, shown_name


class CannotPublish(Exception):
    """Nothing was published; the message says why and what to do."""


def publish_files(files: Sequence[DigestFile], folder: Path, console: Console, reader: Reader, read: ReadFiles) -> None:
    """Copy files into the folder and print the full path of each. `read` reads other files. Raises `CannotPublish`."""
    translate = reader.translate
    for file in files:
        console.print(*file_report(file, reader), sep="\n")
    if any(problem.severity == "error" for file in files for digest in file.digests for problem in digest.problems):
        raise CannotPublish(translate("correct the errors above first"))
    _check_names(files, reader)
    folder = _existing_folder(folder, console, translate)
    _check_editions(files, folder, reader, read)
    for file in files:
        target = folder / file.path.name
        former = _read_former(target, read)
        try:
            write_atomically(file.data, target)
        except OSError as error:
            template = translate("{file} cannot be written: {reason}")
            raise CannotPublish(template.format(file=shown_name(str(target)), reason=error.strerror)) from error
        is_draft = not any(digest.is_publishable for digest in file.digests)
        template = translate("put there as a draft: {file}") if is_draft else translate("published: {file}")
        console.print(Text(template.format(file=shown_name(str(target))), "yellow" if is_draft else "green"))
        for day in sorted(days_of(former) - days_of(file)) if former is not None else ():
            template = translate("  it replaced the file with the edition of {day}; to keep both, name one otherwise")
            console.print(Text(template.format(day=day), "yellow"))


def _check_names(files: Sequence[DigestFile], reader: Reader) -> None:
    """Refuse names that the bot does not read, and two files of one name, of which only one would remain."""
    by_name: dict[str, Path] = {}
    for file in files:
        name = file.path.name
        if not is_digest_name(name) or not is_decodable(name):
            raise CannotPublish(name_advice(name, reader))
        if name in by_name:
            template = reader.translate("{file} and {other} have the same name; publish one of them")
            raise CannotPublish(template.format(file=shown_name(str(by_name[name])), other=shown_name(str(file.path))))
        by_name[name] = file.path


def _check_editions(files: Sequence[DigestFile], folder: Path, reader: Reader, read: ReadFiles) -> None:
    """Refuse an edition that another file holds, of the given ones or of the folder."""
    for shared in find_shared(files):
        raise CannotPublish(translated(shared.text, reader.translate))
    for shared in find_shared_with_folder(files, folder, read):
        template = reader.translate(
            "{other} holds the edition of {day} already; correct the date of {file}, name it {name} to correct that "
            "edition, or delete the other file"
        )
        file, other = shown_name(str(shared.file)), shown_name(str(shared.other))
        name = shown_name(shared.other.name)
        raise CannotPublish(template.format(file=file, other=other, day=shared.day, name=name))


def _read_former(target: Path, read: ReadFiles) -> DigestFile | None:
    """Return what a file holds that is about to be replaced."""
    with suppress(OSError):
        return next(read([target])) if target.is_file() else None
    return None


def _existing_folder(folder: Path, console: Console, translate: Translator) -> Path:
    """Return the folder with its full path; a missing one is created only if a person at the terminal says so."""
    full = Path(folder.absolute())
    if full.is_dir():
        return full
    if full.exists() or full.is_symlink():
        template = translate("{folder} is not a folder; set DIGESTS or --folder to the folder that the bot watches")
        raise CannotPublish(template.format(folder=shown_name(str(full))))
    if not sys.stdin.isatty():
        template = translate(
            "there is no folder {folder}; run this where the bot's .env is, or set DIGESTS or --folder to the folder "
            "that the bot watches; to create it:\n  mkdir -p '{folder}'"
        )
        raise CannotPublish(template.format(folder=shown_name(str(full))))
    template = translate("There is no folder {folder}. The bot watches the one that DIGESTS names.")
    console.print(Text(template.format(folder=shown_name(str(full)))))
    if not typer.confirm(translate("Create it?")):
        raise CannotPublish(translate("there is no folder {folder}").format(folder=shown_name(str(full))))
    try:
        full.mkdir(parents=True)
    except OSError as error:
        template = translate("{folder} cannot be created: {reason}")
        raise CannotPublish(template.format(folder=shown_name(str(full)), reason=error.strerror)) from error
    return full
