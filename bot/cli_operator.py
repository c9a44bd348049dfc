"""Commands for who runs the bot: look at it, copy its database, move it. Registered by `bot.cli`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bot.cli_support import load_settings_or_exit, usage_error
from bot.printing import PrintableConsole
from bot.settings import InvalidSettings, Settings, load_settings
from domain.chat.i18n import lazy_text
from domain.edition_day import EditionDay, parse_edition_day


def read_edition(written: str) -> EditionDay:
    """Return the edition that an argument names."""
    edition = parse_edition_day(written)
    if edition is None:
        usage_error(
            lazy_text("{name!r} is no edition; write its day, such as 2025-09-12 or 2025-09-12-evening", name=written)
        )
    return edition


def read_day(written: str) -> date:
    """Return the day that an option names."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        usage_error(lazy_text("{name!r} is no day; write it as 2026-11-01", name=written))


EDITION_ARGUMENT = typer.Argument(
    metavar="EDITION", help="Its day: 2025-09-12, or 2025-09-12-evening.", parser=read_edition
)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per finding, one per line.")] = False,
) -> None:
    """Check settings, machine, digest folder, database and the way to Telegram, and say what to do; change nothing."""
    from bot.doctor.command import run_doctor

    settings: Settings | InvalidSettings
    try:
        settings = load_settings()
    except InvalidSettings as invalid:
        settings = invalid
    raise typer.Exit(run_doctor(settings, PrintableConsole(highlight=False), as_json=as_json))


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask the running bot how it is, and show how the newest digest went; the exit code is 0 if all is well."""
    settings = load_settings_or_exit(uses=("DATABASE", "STATE_FOLDER"))
    from bot.status_command import show_status

    raise typer.Exit(show_status(settings, PrintableConsole(highlight=False), as_json=as_json))


def fleet(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what runs where, and what is to be sent. Fails if something is to be sent and nobody does it."""
    settings = load_settings_or_exit(uses=("DATABASE",))
    from bot.fleet_command import show_fleet

    raise typer.Exit(show_fleet(settings, PrintableConsole(highlight=False), as_json=as_json))


def audit(
    since: Annotated[
        date | None,
        typer.Option(metavar="DAY", help="Only from this day on, such as 2026-11-01.", parser=read_day),
    ] = None,
    limit: Annotated[int | None, typer.Option(metavar="NUMBER", help="Only so many of the newest.", min=1)] = None,
    bot: Annotated[str | None, typer.Option(help="Only this bot.", metavar="NAME")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, newest first.")] = False,
) -> None:
    """Show who did what with the bots: roles, publications, broadcasts and settings, newest last."""
    settings = load_settings_or_exit(uses=("DATABASE", "TIMEZONE"))
    from bot.audit_command import show_audit_log

    raise typer.Exit(show_audit_log(settings, since=since, limit=limit, bot=bot, as_json=as_json))


def resume(
    after_restore: Annotated[
        bool, typer.Option("--after-restore", help="Confirm that the restored backup is the truth now.")
    ] = False,
) -> None:
    """Resume sending after a restore; what was sent since the backup is not sent again. The bot must not be running."""
    if not after_restore:
        usage_error(
            lazy_text("add --after-restore to confirm: pending sends of the restored database are cancelled for good")
        )
    settings = load_settings_or_exit()
    from bot.backup_commands import resume_after_restore

    raise typer.Exit(resume_after_restore(settings))


def backup(
    target: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Where to write it: a file, a folder (DIR/), or - for standard output."),
    ],
) -> None:
    """Write a verified backup of the database, also while the bot runs; an older backup there is replaced."""
    settings = load_settings_or_exit(uses=("DATABASE",))
    from bot.backup_commands import run_backup

    raise typer.Exit(run_backup(settings.database, Path(target), is_folder=target.endswith("/")))


def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", exists=True, dir_okay=False)],
) -> None:
    """Replace the database by a backup; the former one is kept. The bot must not be running."""
    settings = load_settings_or_exit(uses=("DATABASE",))
    from bot.backup_commands import run_restore

    raise typer.Exit(run_restore(settings.database, source))


def move(
    to: Annotated[
        str | None, typer.Option("--to", metavar="URL", help="Empty PostgreSQL database: postgresql://user@host/name.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let the file that was moved be used again.")] = False,
) -> None:
    """Move the SQLite file's data to an empty PostgreSQL database; the file is kept. The bot must not be running."""
    from bot.setting_values import parse_database
    from storage.postgresql.address import EXAMPLE

    if (to is None) != undo:
        usage_error(lazy_text("give --to URL or --undo, one of them"))
    try:
        target = None if to is None else parse_database(to)
    except ValueError as error:
        usage_error(lazy_text("--to {problem}", problem=str(error)))
    if isinstance(target, Path):
        usage_error(lazy_text("--to is no PostgreSQL database; write {example}", example=EXAMPLE))
    settings = load_settings_or_exit()
    from bot.move_command import run_move, run_undo

    raise typer.Exit(run_undo(settings) if target is None else run_move(settings, target))


def import_chats(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV or JSON with a column chat_id; also language, zone, time, kind, title, active.",
            exists=True,
            dir_okay=False,
        ),
    ],
    bot: Annotated[str | None, typer.Option(help="Which bot, if there are several.", metavar="NAME")] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Subscribe the new chats; without it nothing changes.")
    ] = False,
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help="Leave out lines with an error.")] = False,
) -> None:
    """Show what importing the chats of another bot with the same token would do, and do it with --write."""
    settings = load_settings_or_exit()
    from bot.import_command import import_chats as run_import

    raise typer.Exit(run_import(settings, file, bot=bot, is_dry=not write, skip_invalid=skip_invalid))


def send(
    edition: Annotated[EditionDay, EDITION_ARGUMENT],
    now: Annotated[bool, typer.Option("--now", help="Send it; without it only the numbers are shown.")] = False,
    bot: Annotated[str | None, typer.Option(help="Which bot, if there are several.", metavar="NAME")] = None,
) -> None:
    """Show how many have not had an edition, and with --now send it to them at once, whatever times they chose."""
    settings = load_settings_or_exit()
    from bot.send_command import send_edition

    raise typer.Exit(send_edition(settings, edition, bot=bot, is_agreed=now))


def withdraw(
    edition: Annotated[EditionDay, EDITION_ARGUMENT],
    yes: Annotated[bool, typer.Option("--yes", help="Withdraw it; without it only the numbers are shown.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Publish a withdrawn edition again.")] = False,
    bot: Annotated[str | None, typer.Option(help="Which bot, if there are several.", metavar="NAME")] = None,
) -> None:
    """Show how many have an edition, and with --yes take it back from them and from the archive; --undo ends that."""
    if yes and undo:
        usage_error(lazy_text("give --yes or --undo, not both"))
    settings = load_settings_or_exit()
    from bot.withdraw_command import publish_again, withdraw_edition

    raise typer.Exit(
        publish_again(settings, edition, bot=bot)
        if undo
        else withdraw_edition(settings, edition, bot=bot, is_agreed=yes)
    )


COMMANDS: dict[str, Callable[..., None]] = {
    "doctor": doctor,
    "status": status,
    "fleet": fleet,
    "audit": audit,
    "send": send,
    "withdraw": withdraw,
    "resume": resume,
    "backup": backup,
    "restore": restore,
    "move": move,
    "import": import_chats,
}
