"""Generate the reference: settings, command line, chat commands and problem codes, as the program has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from bot.cli import app
from bot.settings import Settings, default_text
from digest.problems import ProblemCode
from domain.chat.commands import COMMANDS
from domain.chat.i18n import Translations

NOTE = "This page is generated from the program.\n"


def reference_pages(root: Path) -> dict[str, str]:
    """Return the text of each page by its file name."""
    return {
        "settings.md": _settings(),
        "command-line.md": _command_line(),
        "chat-commands.md": _chat_commands(),
        "problems.md": _problems((root / "docs" / "digest-format.md").read_text(encoding="utf-8")),
    }


def _settings() -> str:
    lines = ["# Settings", "", "From the environment, or from lines `NAME=value` in the file `.env`.", NOTE]
    for name, field in Settings.model_fields.items():
        default = default_text(name)
        told = f"`{default}`" if default else "required" if field.is_required() else "empty"
        lines += [f"## {name.upper()}", "", f"{field.description}", "", f"Default: {told}", ""]
    return "\n".join(lines)


def _command_line() -> str:
    lines = ["# Command line", "", "`digestbot COMMAND --help` shows the same.", NOTE]
    for path, command in _commands(typer.main.get_command(app), ()):
        lines += [f"## digestbot {' '.join(path)}", "", (command.help or "").strip(), ""]
        for parameter in command.params:
            lines += [_parameter(parameter)]
        lines += [""]
    return "\n".join(lines)


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from _commands(each, (*path, name))


def _parameter(parameter: Any) -> str:
    is_option = parameter.param_type_name == "option"
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [parameter.metavar or parameter.name.upper()]
    called = ", ".join(f"`{name}`" for name in names)
    default = parameter.default
    has_default = isinstance(default, int | str | Path) and not isinstance(default, bool) and str(default) != ""
    return f"- {called}: {(parameter.help or '').rstrip('.')}{f' (default: `{default}`)' if has_default else ''}."


def _chat_commands() -> str:
    translations = Translations.load()
    english, chinese = translations.translator("en"), translations.translator("zh")
    lines = ["# Commands in the chat", "", NOTE, "| command | who | what it does | 中文 |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `/{command.usage(english)}` | {command.permission} | {english(command.description)} "
        f"| {chinese(command.description)} |"
        for command in COMMANDS
    ]
    return "\n".join([*lines, "", "[Commands](../docs/commands.md) explains them.", ""])


def _problems(digest_format: str) -> str:
    """Return a section for each code, with the meaning that the page for editors gives it."""
    found = re.findall(r"^\| `(D\d{3}-[\w-]+)` \| \w+ \| (.+) \|$", digest_format, re.MULTILINE)
    meanings = {code: meaning.replace("](#", "](../docs/digest-format.md#") for code, meaning in found}
    lines = ["# Problem codes", "", "What `digestbot check` and the notices to admins report.", NOTE]
    for problem in ProblemCode:
        lines += [f"## {problem.code}", "", f"*{problem.level.value}*: {meanings[problem.code]}", ""]
    return "\n".join(lines)
