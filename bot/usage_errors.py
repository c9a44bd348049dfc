"""Errors of usage in the language of the call.

The library of the command line writes them in English. They are recognised by their templates, which are the keys of
the catalogue; one that no template fits stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from domain.chat.i18n import Translator, gettext_noop

TEMPLATES = (
    gettext_noop("Invalid value for {name}: {problem}"),
    gettext_noop("Invalid value: {problem}"),
    gettext_noop("Missing argument {name}."),
    gettext_noop("Missing option {name}."),
    gettext_noop("Missing command."),
    gettext_noop("No such option: {name} (Possible options: {names})"),
    gettext_noop("No such option: {name}"),
    gettext_noop("No such command {name}. Did you mean {names}?"),
    gettext_noop("No such command {name}."),
    gettext_noop("Got unexpected extra argument(s) ({words})"),
    gettext_noop("Option {name} requires an argument."),
    gettext_noop("Option {name} does not take a value."),
    gettext_noop("{value} is not one of {names}."),
    gettext_noop("Input should be a valid integer, unable to parse string as an integer"),
    gettext_noop("Input should be greater than or equal to {least}"),
    gettext_noop("Input should be less than or equal to {most}"),
    gettext_noop("file {path} does not exist."),
    gettext_noop("path {path} does not exist."),
    gettext_noop("dir {path} does not exist."),
    gettext_noop("file {path} is a directory."),
    gettext_noop("dir {path} is a file."),
    gettext_noop("file {path} is not readable."),
    gettext_noop("dir {path} is not readable."),
    gettext_noop("path {path} is not readable."),
)
"""What the library says, the longer of two that begin alike first."""


def translated_error(message: str, translate: Translator) -> str:
    """Return the library's message in the translator's language, with the problem that it quotes."""
    message = message.replace("Value error, ", "")
    for template in TEMPLATES:
        found = _pattern(template).fullmatch(message)
        if found is not None:
            values = found.groupdict()
            if "problem" in values:
                values["problem"] = translated_error(values["problem"], translate)
            return translate(template).format(**values)
    return message


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = (
        re.escape(words) + (f"(?P<{name}>.+?)" if name else "") for words, name, _, _ in Formatter().parse(template)
    )
    return re.compile("".join(parts), re.DOTALL)
