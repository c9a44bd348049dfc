"""The help of a command in the language of the call, in lines of at most 80 columns.

`typer` writes its help in English, and breaks lines of Chinese anywhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from bot.wrapping import MAX_TEXT_COLUMNS, wrap
from domain.chat.i18n import LazyText, Translator, gettext_noop, translated

HELP_OPTION = gettext_noop("Show this message and exit.")
"""The help of `--help`, which is the library's."""

_NAME_COLUMNS = 24
"""A longer name stands on a line of its own."""

_MANY = -1
"""The number of values of an argument that takes any number."""


def help_text(command: Any, context: Any, translate: Translator) -> str:
    """Return the help of a command or of a group of commands."""
    width = min(shutil.get_terminal_size().columns, MAX_TEXT_COLUMNS)
    parameters = [one for one in command.get_params(context) if not getattr(one, "hidden", False)]
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    options = [one for one in parameters if one.param_type_name == "option"]
    commands = [command.get_command(context, name) for name in _names_of_commands(command, context)]
    sections = [
        (translate("Arguments"), [(_metavar(one), _explanation(one, translate)) for one in arguments]),
        (translate("Options"), [(_option_names(one), _explanation(one, translate)) for one in options]),
        (translate("Commands"), [(one.name, _sentence(one.help, translate)) for one in commands]),
    ]
    lines = [
        *_wrapped(usage_line(command, context, translate), width, "    "),
        "",
        *_wrapped(_sentence(command.help, translate), width, ""),
    ]
    for title, rows in sections:
        if rows:
            lines += ["", title, *(line for name, text in rows for line in _row(name, text, width))]
    for paragraph in getattr(command, "closing_paragraphs", lambda _: [])(translate):
        lines += ["", *_wrapped(paragraph, width, "  ")]
    if command.epilog:
        lines += ["", *_wrapped(translate(command.epilog), width, "")]
    return "\n".join(lines)


def usage_line(command: Any, context: Any, translate: Translator) -> str:
    """Return how a command is called."""
    parts = [context.command_path, translate("[OPTIONS]")]
    if hasattr(command, "commands"):
        parts.append(translate("COMMAND …"))
    parts += [
        _metavar(one) if one.required else f"[{_metavar(one)}]"
        for one in command.get_params(context)
        if one.param_type_name == "argument"
    ]
    return translate("Usage: {call}").format(call=" ".join(parts))


def texts_of(command: Any) -> Iterator[str]:
    """Yield the texts of a command, of its parameters and of the commands in it, in English."""
    yield from (text for text in (command.help, command.epilog) if text)
    yield from (one.help for one in command.params if getattr(one, "help", None))
    for inner in getattr(command, "commands", {}).values():
        yield from texts_of(inner)


def _names_of_commands(command: Any, context: Any) -> Sequence[str]:
    return command.list_commands(context) if hasattr(command, "commands") else ()


def _metavar(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return f"{name}..." if parameter.nargs == _MANY and not parameter.metavar else str(name)


def _option_names(option: Any) -> str:
    names = ", ".join((*option.opts, *option.secondary_opts))
    return names if option.is_flag or option.count else f"{names} {_value(option)}"


def _value(option: Any) -> str:
    """Return what stands for an option's value: its own word, its choices, its bounds, or its name."""
    kind = option.type_descriptor.annotation
    if option.metavar:
        return str(option.metavar)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(one.value) for one in kind)
    if option.min is not None:
        return f"{option.min}…{'' if option.max is None else option.max}"
    return str(option.name.upper().replace("_", "-"))


def _explanation(parameter: Any, translate: Translator) -> str:
    """Return the help of a parameter, with its variable and its default."""
    notes = [translate("required")] if parameter.required and parameter.param_type_name == "option" else []
    if parameter.envvar:
        notes.append(translate("variable: {name}").format(name=parameter.envvar))
    default = getattr(parameter.default, "value", parameter.default)
    if parameter.show_default and default is not None and not isinstance(default, bool):
        notes.append(translate("default: {value}").format(value=default))
    text = _sentence(parameter.help, translate)
    return " ".join((text, *(f"[{note}]" for note in notes)))


def _sentence(text: str | None, translate: Translator) -> str:
    """Return a text in the language of the call; the marks of code are not shown."""
    if not text:
        return ""
    return (translated(text, translate) if isinstance(text, LazyText) else translate(text)).replace("`", "")


def _row(name: str, text: str, width: int) -> Iterator[str]:
    indent = " " * (_NAME_COLUMNS + 2)
    lines = [line.plain for line in wrap(Text(text), width - len(indent))]
    if cell_len(name) < _NAME_COLUMNS:
        padding = " " * (_NAME_COLUMNS - cell_len(name))
        yield f"  {name}{padding}{lines[0]}"
        lines = lines[1:]
    else:
        yield f"  {name}"
    yield from (f"{indent}{line}" for line in lines)


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return [line.plain for line in wrap(Text(text), width, indent=indent)]
