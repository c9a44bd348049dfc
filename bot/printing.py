"""Print on the terminal what may hold foreign text, which must not steer it."""

from __future__ import annotations

import json
from collections.abc import Iterable

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from bot.wrapping import MAX_TEXT_COLUMNS
from domain.printable import json_printable, printable


class PrintableConsole(Console):
    """A console that shows the control and direction characters of every text as escapes."""

    @property
    def text_width(self) -> int:
        """The columns for sentences: those of the terminal, and no more than are easy to read."""
        return min(self.width, MAX_TEXT_COLUMNS)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def echo(text: str, *, nl: bool = True, err: bool = False) -> None:
    """Print a text of any number of lines, such as an error that names a file."""
    typer.echo(printable(text), nl=nl, err=err)


def echo_json(value: object) -> None:
    """Print a value as one line of JSON."""
    typer.echo(json_printable(json.dumps(value, ensure_ascii=False)))
