"""The commands `digestbot bots` on the command line; bot/bots_commands.py carries them out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli_commands import SpokenGroup, register
from bot.cli_support import load_settings_or_exit, usage_error
from bot.printing import PrintableConsole
from bot.settings import Settings
from domain.chat.i18n import lazy_text
from domain.delivery.states import BotState

bots_app = typer.Typer(
    cls=SpokenGroup, help="Several bots in one installation: add, list, pause, drain or resume them."
)
BotName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the bot.")]


def _own(setting: str, metavar: str) -> typer.models.OptionInfo:
    """Return the option of a setting that a bot may have of its own."""
    option: typer.models.OptionInfo = typer.Option(help=Settings.model_fields[setting].description, metavar=metavar)
    return option


@register(bots_app, "add", epilog="Settings that are not given are those of the process.")
def add_bot(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name for the bot: 1 to 32 of a-z 0-9 -")],
    digests: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of its own that it watches for digests.")],
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with its token, which only you may read.")
    ] = None,
    token_variable: Annotated[
        str | None, typer.Option(metavar="BOT_TOKEN_…", help="Or the variable that holds its token, in .env too.")
    ] = None,
    admin_ids: Annotated[str | None, _own("admin_ids", "IDS")] = None,
    categories: Annotated[Path | None, _own("categories", "FILE")] = None,
    timezone: Annotated[str | None, _own("timezone", "ZONE")] = None,
    morning: Annotated[str | None, _own("morning", "HH:MM")] = None,
    default_language: Annotated[str | None, _own("default_language", "LANGUAGE")] = None,
    rate: Annotated[str | None, _own("rate", "NUMBER")] = None,
    unconfirmed: Annotated[str | None, _own("unconfirmed", "POLICY")] = None,
    corrections: Annotated[str | None, _own("corrections", "POLICY")] = None,
    pictures: Annotated[str | None, _own("pictures", "WAY")] = None,
    paid_broadcast: Annotated[str | None, _own("paid_broadcast", "YES|NO")] = None,
    quiet_seconds: Annotated[str | None, _own("quiet_seconds", "SECONDS")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace token and settings of a bot that was added before.")
    ] = False,
) -> None:
    """Add a bot with a token and a digest folder of its own; a running digestbot starts it within seconds."""
    from bot import bots_commands as commands
    from bot.token_reference import TokenUnusable, file_reference, variable_reference

    if (token_file is None) == (token_variable is None):
        usage_error(lazy_text("give --token-file or --token-variable, one of them"))
    try:
        token = file_reference(token_file) if token_file is not None else variable_reference(token_variable or "")
    except TokenUnusable as error:
        usage_error(str(error))
    given = {
        "digests": commands.absolute(digests),
        "admin_ids": admin_ids,
        "categories": None if categories is None else commands.absolute(categories),
        "timezone": timezone,
        "morning": morning,
        "default_language": default_language,
        "rate": rate,
        "unconfirmed": unconfirmed,
        "corrections": corrections,
        "pictures": pictures,
        "paid_broadcast": paid_broadcast,
        "quiet_seconds": quiet_seconds,
    }
    own = {setting: value for setting, value in given.items() if value is not None}
    raise typer.Exit(commands.add_bot(load_settings_or_exit(), name, token, own, replace=replace))


@register(bots_app, "list")
def list_bots() -> None:
    """List the bots: state, subscribers, newest edition, and what is wrong."""
    settings = load_settings_or_exit(uses=("DATABASE", "STATE_FOLDER"))
    from bot.bots_commands import list_bots as print_bots

    raise typer.Exit(print_bots(settings, PrintableConsole(soft_wrap=True, highlight=False)))


@register(bots_app, "pause")
def pause_bot(name: BotName) -> None:
    """Let a bot answer people, and send no digest and no broadcast until it is resumed."""
    _set_bot_state(name, BotState.PAUSED)


@register(bots_app, "drain")
def drain_bot(name: BotName) -> None:
    """Let a bot finish what is in flight, and then do nothing at all until it is resumed."""
    _set_bot_state(name, BotState.DRAINING)


@register(bots_app, "resume")
def resume_bot(name: BotName) -> None:
    """Let a paused or drained bot go on."""
    _set_bot_state(name, BotState.RUNNING)


def _set_bot_state(name: str, state: BotState) -> None:
    from bot.bots_commands import set_state

    raise typer.Exit(set_state(load_settings_or_exit(), name, state))
