"""What keeps the bot from starting or going on, as one plain line each: what is wrong, where, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.cli_language import translator
from bot.exit_code import ExitCode
from bot.printing import print_sentence
from bot.settings import InvalidSettings
from domain.chat.i18n import gettext_noop, lazy_text, translated
from domain.printable import printable

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class StartupError:
    """One line for the operator, the exit code of its kind, and the setting it is about (empty: several or none)."""

    text: str
    exit_code: ExitCode
    setting: str = ""


class CannotStart(Exception):
    """The bot cannot start or go on; each error tells the operator why and what to do."""

    def __init__(self, *errors: StartupError) -> None:
        super().__init__("; ".join(error.text for error in errors))
        self.errors = errors

    @property
    def exit_code(self) -> ExitCode:
        """The code of the first error."""
        return self.errors[0].exit_code


def settings_errors(invalid: InvalidSettings) -> list[StartupError]:
    """Return the lines for wrong settings."""
    return [StartupError(text, ExitCode.SETTINGS) for text in invalid.errors]


CANNOT_START = gettext_noop("cannot start, {n} things are wrong; digestbot run --help explains every setting")


def error_lines(errors: Sequence[StartupError], *, intro: str = CANNOT_START) -> Iterator[str]:
    """Yield what to print: a line for a single error, else a line that introduces a list."""
    translate = translator()
    lines = [printable(_CONTROL_CHARACTERS.sub(" ", translated(error.text, translate))) for error in errors]
    if len(lines) == 1:
        yield f"digestbot: {lines[0]}"
        return
    yield f"digestbot: {translate(intro).format(n=len(lines))}"
    for line in lines:
        yield f"  • {line}"


def print_errors(errors: Sequence[StartupError], *, intro: str = CANNOT_START) -> None:
    """Print the lines on standard error."""
    for line in error_lines(errors, intro=intro):
        print_sentence(line, indent="    " if line.startswith(" ") else "  ", err=True)


def print_warnings(errors: Sequence[StartupError]) -> None:
    """Print on standard error what keeps the bot from its next start, but not a command from its work."""
    for error in errors:
        text = lazy_text("the bot could not start again: {problem}", problem=error.text)
        print_errors([StartupError(text, error.exit_code)])
