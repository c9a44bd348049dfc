"""Print on the terminal what may hold foreign text, which must not steer it."""

from __future__ import annotations

import codecs
import io
import json
import shutil
import sys
from collections.abc import Iterable
from typing import TextIO

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from bot.cli_language import translator
from bot.wrapping import MAX_TEXT_COLUMNS, wrap
from domain.chat.i18n import lazy_text, translated
from domain.printable import json_printable, printable

PLAIN_SIGNS = {
    **dict(zip("✓✗•·│▎▸▾↗–—‘’“”\N{NO-BREAK SPACE}", "+x*-||>v^--''\"\" ", strict=True)),
    "→": "->",
    "…": "...",
}
"""What stands for a sign of ours on a terminal whose character set lacks it."""

REPLACE_UNENCODABLE = "digestbot-replace"
"""The name of the error handler of streams that shows characters as `PLAIN_SIGNS`, and others as `?`."""


def _plain_signs(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(PLAIN_SIGNS.get(character, "?") for character in characters), error.end


codecs.register_error(REPLACE_UNENCODABLE, _plain_signs)


def use_plain_signs() -> None:
    """Let the standard streams show something for each character that the terminal's character set lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not is_unicode(stream):
            stream.reconfigure(errors=REPLACE_UNENCODABLE)


def is_unicode(stream: TextIO) -> bool:
    """Return whether a stream can show every character."""
    return (stream.encoding or "utf-8").lower().startswith("utf")


class PrintableConsole(Console):
    """A console that shows the control and direction characters of every text as escapes."""

    @property
    def text_width(self) -> int:
        """The columns for sentences: those of the terminal, and no more than are easy to read."""
        return min(self.width, MAX_TEXT_COLUMNS)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def print_sentence(text: str, *, indent: str = "  ", err: bool = False) -> None:
    """Print a sentence, on a terminal in lines that are easy to read; for programs and logs it is one line."""
    stream = sys.stderr if err else sys.stdout
    width = min(shutil.get_terminal_size().columns, MAX_TEXT_COLUMNS) if stream.isatty() else sys.maxsize
    lines = wrap(Text(printable(text)), width, indent=indent)
    stream.write("".join(f"{line.plain}\n" for line in lines))


def print_translated(template: str, **values: object) -> None:
    """Print a sentence in the language of the call."""
    print_lazy(lazy_text(template, **values))


def print_lazy(*texts: str, start: str = "", err: bool = False) -> None:
    """Print sentences in the language of the call; `start` stands before each of them, such as its indentation."""
    indent = " " * (len(start) - len(start.lstrip()) + 2)
    for text in texts:
        print_sentence(start + translated(text, translator()), indent=indent, err=err)


def print_lines(text: str, width: int, *, err: bool = False) -> None:
    """Print lines, of which those that are too long go on below, further in than they begin."""
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        echo("\n".join(part.plain for part in wrap(Text(line), width, indent=indent)), err=err)


def echo(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Print a text of any number of lines, such as an error that names a file."""
    typer.echo(printable(text), nl=nl, err=err)


def echo_json(value: object) -> None:
    """Print a value as one line of JSON, in which characters that the stream lacks are JSON's own escapes."""
    typer.echo(json_printable(json.dumps(value, ensure_ascii=not is_unicode(sys.stdout))))


def write_file_text(text: str) -> None:
    """Write the text of a digest to standard output: as UTF-8 into a file, as far as it can be shown on a terminal."""
    if is_unicode(sys.stdout) or sys.stdout.isatty():
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
