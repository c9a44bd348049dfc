"""Commands that take `--lang`, and the group that finds the language of a call before anything is said in it."""

from __future__ import annotations

import functools
import inspect
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ParamSpec

import typer
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from bot.cli_help import help_text, usage_line
from bot.cli_language import LANGUAGE_OPTION, language_named, translator, use_language
from bot.cli_support import usage_error
from bot.printing import echo
from bot.usage_errors import translated_error
from bot.wrapping import MAX_TEXT_COLUMNS, wrap
from domain.chat.i18n import SPOKEN, lazy_text

Parameters = ParamSpec("Parameters")

SPOKEN_TAGS = ", ".join(language.locale.replace("_", "-") for language in SPOKEN)


def read_language(name: str | None) -> str | None:
    """Return the code of the language that an option names; an unknown one is an error of usage."""
    if name is None:
        return None
    language = language_named(name)
    if language is None:
        usage_error(lazy_text("there is no language {name!r}; choose one of {tags}", name=name, tags=SPOKEN_TAGS))
    return language


Language = Annotated[
    str | None,
    typer.Option(
        LANGUAGE_OPTION,
        help="Language of what is printed: zh-Hans, zh-Hant or en; without it, that of LANG.",
        metavar="LANGUAGE",
        callback=read_language,
    ),
]


class SpokenCommand(TyperCommand):
    """A command whose help speaks the language of the call."""

    def get_help(self, ctx: Any) -> str:
        return help_text(self, ctx, translator())


class SpokenGroup(TyperGroup):
    """Speaks the language of the call, in its help and errors too."""

    def get_help(self, ctx: Any) -> str:
        return help_text(self, ctx, translator())

    def main(self, args: Sequence[str] | None = None, *others: Any, **settings: Any) -> Any:
        args = list(sys.argv[1:] if args is None else args)
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        use_language(args, os.environ)
        try:
            sys.exit(super().main(args, *others, **settings | {"standalone_mode": False}))
        except typer.TyperException as error:
            _print_error(error)
            sys.exit(error.exit_code)
        except typer.Abort:
            sys.exit(1)


def _print_error(error: typer.TyperException) -> None:
    """Print an error of usage: how the command is called, where its help is, and what is wrong."""
    translate, context = translator(), getattr(error, "ctx", None)
    message = error.format_message()
    if context is not None and message == context.get_help():  # a call without arguments
        echo(message)
        return
    lines = [translate("Error: {problem}").format(problem=translated_error(message, translate))]
    if context is not None:
        hint = translate("{call} --help explains it.").format(call=context.command_path)
        lines = [usage_line(context.command, context, translate), hint, *lines]
    width = min(shutil.get_terminal_size().columns, MAX_TEXT_COLUMNS)
    for line in lines:
        echo("\n".join(part.plain for part in wrap(Text(line), width, indent="  ")), err=True)


def register(
    app: typer.Typer, name: str | None = None, **settings: Any
) -> Callable[[Callable[Parameters, None]], Callable[Parameters, None]]:
    """Return a decorator that makes a function a command of the program, with `--lang` if it has none of its own."""

    def decorate(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
        app.command(name, **{"cls": SpokenCommand, **settings})(_with_language(command))
        return command

    return decorate


def _with_language(command: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(command, eval_str=True)
    if "lang" in signature.parameters:
        return command

    @functools.wraps(command)
    def speaking(*args: Any, lang: str | None = None, **kwargs: Any) -> None:
        command(*args, **kwargs)

    option = inspect.Parameter("lang", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Language)
    parameters = [*signature.parameters.values(), option]
    speaking.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return speaking
