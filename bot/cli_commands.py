"""Commands that take `--lang`, and the group that finds the language of a call before anything is said in it."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, ParamSpec

import typer
from typer.core import TyperGroup

from bot.cli_language import LANGUAGE_OPTION, language_named, use_language
from bot.cli_support import usage_error
from domain.chat.i18n import SPOKEN

Parameters = ParamSpec("Parameters")

SPOKEN_TAGS = ", ".join(language.locale.replace("_", "-") for language in SPOKEN)


def read_language(name: str | None) -> str | None:
    """Return the code of the language that an option names; an unknown one is an error of usage."""
    if name is None:
        return None
    language = language_named(name)
    if language is None:
        usage_error(f"there is no language {name!r}; choose one of {SPOKEN_TAGS}")
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


class SpokenGroup(TyperGroup):
    """Speaks the language of the call, in its help and errors too."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **settings: Any) -> Any:
        use_language(sys.argv[1:] if args is None else args, os.environ)
        return super().main(args, *others, **settings)


def register(
    app: typer.Typer, name: str | None = None, **settings: Any
) -> Callable[[Callable[Parameters, None]], Callable[Parameters, None]]:
    """Return a decorator that makes a function a command of the program, with `--lang` if it has none of its own."""

    def decorate(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
        app.command(name, **settings)(_with_language(command))
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
