"""What all parts of the command line share: the settings, and errors of usage."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, NoReturn

import typer

from bot.cli_language import translator
from bot.settings import InvalidSettings, Settings, load_settings
from domain.chat.i18n import translated
from domain.printable import printable


def load_settings_or_exit(*, for_run: bool = False, uses: Collection[str] | None = None, **given: Any) -> Settings:
    """Load the settings, some of them given as options, or print all errors.

    Those of a run include what is unusable around the bot. A command that `uses` only some settings is warned of errors
    in the others, and gets their defaults: it has to work where the bot has not been started again since.
    """
    from bot.startup_errors import print_errors, print_warnings, settings_errors

    try:
        return load_settings(**given)
    except InvalidSettings as invalid:
        errors = settings_errors(invalid)
        is_usable = uses is not None and invalid.doubtful.isdisjoint(name.lower() for name in uses)
        if is_usable and invalid.valid is not None:
            print_warnings(errors)
            return invalid.valid
        if for_run and invalid.valid is not None:
            from bot.host_checks import find_host_errors

            around = asyncio.run(find_host_errors(invalid.valid))
            errors += [error for error in around if error.setting not in invalid.wrong]
        print_errors(errors)
        raise typer.Exit(errors[0].exit_code) from None


def usage_error(why: str) -> NoReturn:
    """End with an error of usage, in the language of the call."""
    raise typer.BadParameter(printable(translated(why, translator())))
