"""Reports of `digestbot check` for the terminal: what was read, and the problems by severity with their lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.text import Text

from bot.files import DigestFile
from bot.shared_editions import SharedEdition, find_shared
from bot.wrapping import NO_BREAK_SPACE, wrap
from digest.model import Digest, Problem, Severity
from digest.problems import shorten
from domain.chat.i18n import LANGUAGE_NAMES, Translator, translated
from domain.file_names import is_digest_name, shown_name
from domain.printable import printable_line
from views.digest_passages import format_item_count

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_CLEAN = ("✓", "green")
_MARKS = {Severity.ERROR: ("✗", "bold red"), Severity.WARNING: ("!", "yellow"), Severity.INFO: _CLEAN}
_QUOTE = "      │ "


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a report: their language, their day for the examples in messages, and the columns they have."""

    translate: Translator
    today: date
    width: int


def file_report(file: DigestFile, reader: Reader) -> Iterator[Text]:
    """Yield the lines about a file: what was read of each of its digests, and the problems of each."""
    for digest in file.digests:
        yield from _heading(str(file.path), digest, reader)
        for severity in Severity:
            yield from _group(severity, digest, reader)
    if not file.data.strip():
        yield Text(f"  {reader.translate('The file is empty.')}", "yellow")
    if not is_digest_name(file.path.name):
        yield from wrap(Text(f"  {name_advice(file.path.name, reader)}", "yellow"), reader.width, indent="    ")


def name_advice(name: str, reader: Reader) -> str:
    """Return that the bot does not read a file of this name, and what to call it."""
    template = reader.translate("The bot reads no file named {name}; give it a name such as {today}.md.")
    return template.format(name=shown_name(name), today=reader.today)


def is_ready(file: DigestFile) -> bool:
    """Return whether the bot reads a file of this name and finds no error in it."""
    has_errors = any(problem.severity is Severity.ERROR for digest in file.digests for problem in digest.problems)
    return is_digest_name(file.path.name) and not has_errors


def shared_by_folder(files: Iterable[DigestFile]) -> list[SharedEdition]:
    """Return the editions that several files of one folder hold."""
    by_folder: dict[Path, list[DigestFile]] = {}
    for file in (file for file in files if is_digest_name(file.path.name)):
        by_folder.setdefault(file.path.absolute().parent, []).append(file)
    return [shared for group in by_folder.values() for shared in find_shared(group)]


def summary_lines(files: Sequence[DigestFile], shared: Sequence[SharedEdition], reader: Reader) -> list[Text]:
    """Return which editions several files hold, how many digests can be published, and how many problems there are."""
    digests = [digest for file in files for digest in file.digests]
    named = [file for file in files if is_digest_name(file.path.name)]
    ready = sum(digest.is_publishable for file in named for digest in file.digests) - len(shared)
    conflicts = [translated(one.text, reader.translate) for one in shared]
    severities = [problem.severity for digest in digests for problem in digest.problems]
    counted = [
        count_text(level, severities.count(level), reader.translate) for level in Severity if level in severities
    ]
    template = reader.translate.ngettext(
        "{ready} of {n} digest can be published", "{ready} of {n} digests can be published", len(digests)
    )
    parts = [template.format(ready=ready, n=len(digests)), *counted]
    return [
        *(line for text in conflicts for line in wrap(Text(text, "bold red"), reader.width)),
        *wrap(Text(" · ".join(part.replace(" ", NO_BREAK_SPACE) for part in parts), "bold"), reader.width),
    ]


def count_text(severity: Severity, n: int, translate: Translator) -> str:
    """Return a number of problems of one severity."""
    match severity:
        case Severity.ERROR:
            return translate.ngettext("{n} error", "{n} errors", n).format(n=n)
        case Severity.WARNING:
            return translate.ngettext("{n} warning", "{n} warnings", n).format(n=n)
        case Severity.INFO:
            return translate.ngettext("{n} note", "{n} notes", n).format(n=n)


def _heading(path: str, digest: Digest, reader: Reader) -> list[Text]:
    translate = reader.translate
    worst = next((level for level in Severity if any(each.severity is level for each in digest.problems)), None)
    day = str(digest.date) if digest.date else translate("no date")
    if digest.language:
        day += f" ({LANGUAGE_NAMES.get(digest.language, digest.language)})"
    counted = (
        format_item_count(len(digest.items), translate),
        translate("with commentary") if digest.commentary.plain.strip() else translate("without commentary"),
        *([translate("form {name}").format(name=digest.source_form)] if digest.items else []),
    )
    whole_parts = [part.replace(" ", NO_BREAK_SPACE) for part in counted]
    text = Text.assemble(
        _CLEAN if worst is None else _MARKS[worst],
        (f"{NO_BREAK_SPACE}{shown_name(path)}", "bold"),
        ": ",
        " · ".join(filter(None, (day, printable_line(digest.title), *whole_parts))),
    )
    return wrap(text, reader.width, indent="  ")


def _group(severity: Severity, digest: Digest, reader: Reader) -> Iterator[Text]:
    """Yield the problems of one severity below their number, in the order of their lines."""
    problems = sorted((one for one in digest.problems if one.severity is severity), key=lambda one: one.line)
    if not problems:
        return
    yield Text(f"  {count_text(severity, len(problems), reader.translate)}", _STYLES[severity])
    for problem, following in zip(problems, (*problems[1:], None), strict=True):
        message = printable_line(problem.translated(reader.translate, reader.today))
        template = reader.translate("Line {line}: {problem}")
        text = Text(f"    {template.format(line=problem.line, problem=message)}")
        yield from wrap(text, reader.width, indent="      ")
        if following is None or following.line != problem.line:
            yield from _quoted(problem, reader.width)


def _quoted(problem: Problem, width: int) -> Iterator[Text]:
    if problem.excerpt:
        yield Text(_QUOTE + shorten(printable_line(problem.excerpt), width - len(_QUOTE)), "dim")
