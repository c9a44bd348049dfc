"""The language of the command line: `--lang` of any command, else the locale of the environment, else English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from functools import cache
from itertools import pairwise

from domain.chat.i18n import ENGLISH, Translations, Translator, language_for
from domain.chat.language_names import find_language

LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""As POSIX has it: the first one that is not empty counts."""

LANGUAGE_OPTION = "--lang"

_current: ContextVar[str] = ContextVar("language of the command line", default=ENGLISH.code)


def translator() -> Translator:
    """Return the translator of the call that is running."""
    return _load_translator(_current.get())


def use_language(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Let the command line speak the language that a call asks for."""
    _current.set(choose_language(arguments, environment))


def choose_language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language that `--lang` names, wherever it stands, else that of the environment's locale."""
    named = next((code for name in _named(arguments) if (code := language_named(name))), None)
    locale = next(filter(None, (environment.get(name, "") for name in LOCALE_VARIABLES)), "C")
    return named or language_for(_without_encoding(locale))


def language_named(name: str) -> str | None:
    """Return the language that a person or a locale means: zh-Hant, zh_TW.UTF-8, 繁體中文; None for any other."""
    return find_language(_without_encoding(name))


def _named(arguments: Sequence[str]) -> list[str]:
    """Return what follows `--lang`; after `--` there are no options."""
    options = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    apart = [name for option, name in pairwise(options) if option == LANGUAGE_OPTION]
    joined = [option.partition("=")[2] for option in options if option.startswith(f"{LANGUAGE_OPTION}=")]
    return joined or apart[-1:]


def _without_encoding(locale: str) -> str:
    return locale.partition(".")[0].partition("@")[0]


@cache
def _load_translator(language: str) -> Translator:
    return Translations.load().translator(language)
