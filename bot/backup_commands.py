"""The commands `digestbot backup`, `restore` and `resume`: copy the database, put a copy in its place, accept it."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bot.bot_settings import default_schedule_of
from bot.clock import Clock
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, startup_error
from bot.open_database import high_water_mark, is_behind_mark, open_database, translated_errors
from bot.ownership import keep_ownership
from bot.printing import echo, print_lazy, print_translated
from bot.settings import Settings
from bot.startup_errors import StartupError, print_errors
from delivery import restore
from delivery.high_water_mark import HighWaterMark
from delivery.restore import ResumeResult
from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from storage import bots
from storage.errors import DatabaseInUse, DatabaseUnusable
from storage.made_files import make_folder
from storage.postgresql.address import PostgresqlAddress
from storage.process_name import process_name
from storage.sqlite import backup
from storage.sqlite.backup import BackupFailed, DatabaseSummary
from storage.sqlite.lock import database_lock
from storage.sqlite.moved import DatabaseMoved, check_not_moved

STDOUT = Path("-")


BACKUP_COMMAND = "  pg_dump --format=custom --file=digestbot.dump {address}"
RESTORE_COMMAND = "pg_restore --clean --if-exists --single-transaction --dbname={address} digestbot.dump"
THEN_RESUME = lazy_text("then: digestbot resume --after-restore (gives up the runs under way), then: digestbot run")
NEXT_RESUME = lazy_text("Next: digestbot resume --after-restore (gives up the runs under way), then: digestbot run")


def run_backup(database: Path | PostgresqlAddress, target: Path, *, is_folder: bool = False) -> int:
    """Back up the database into a file, a folder (under a dated name) or standard output; return the exit code.

    `is_folder` creates the folder if it is missing.
    """
    if isinstance(database, PostgresqlAddress):
        text = lazy_text("DATABASE is on a PostgreSQL server, so back it up with PostgreSQL's own tools:")
        print_errors([StartupError(text, ExitCode.FAILURE)])
        echo(BACKUP_COMMAND.format(address=shlex.quote(database.without_secrets)), err=True)
        return ExitCode.FAILURE
    try:
        check_not_moved(database)
        if target == STDOUT:
            return _back_up_to_stdout(database)
        if is_folder:
            _make_folder(target)
        if target.is_dir():
            target /= f"{database.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}.db"
        summary = backup.back_up(database, target)
    except (BackupFailed, DatabaseMoved) as error:
        text = lazy_text("no backup was written: {problem}", problem=str(error))
        print_errors([StartupError(text, ExitCode.FAILURE)])
        return ExitCode.FAILURE
    print_translated(
        "backup written and verified: {path} ({contents})", path=target.resolve(), contents=_describe(summary)
    )
    return 0


def run_restore(database: Path | PostgresqlAddress, source: Path) -> int:
    """Replace the database by a backup, keep the former one, and return the exit code."""
    if isinstance(database, PostgresqlAddress):
        text = lazy_text("DATABASE is on a PostgreSQL server, so restore it with PostgreSQL's own tools:")
        print_errors([StartupError(text, ExitCode.FAILURE)])
        command = RESTORE_COMMAND.format(address=shlex.quote(database.without_secrets))
        stop = lazy_text("stop the bot, then: {command}", command=command)
        print_lazy(stop, THEN_RESUME, start="  ", err=True)
        return ExitCode.FAILURE
    try:
        with database_lock(database):
            backup.finish_restore(database)  # of a restore that was interrupted
            check_not_moved(database)
            summary = backup.stage(source, database)
            is_held = _raise_mark(database, summary)
            backup.commit_staged(database)
            kept = backup.finish_restore(database)
    except (BackupFailed, DatabaseInUse, DatabaseUnusable, OSError) as error:
        exit_code = ExitCode.TEMPORARY_FAILURE if isinstance(error, DatabaseInUse) else ExitCode.FAILURE
        problem = _describe_file_error(error) if isinstance(error, OSError) else str(error)
        print_errors([StartupError(lazy_text("nothing was restored: {problem}", problem=problem), exit_code)])
        return exit_code
    print_translated("restored: {path} ({contents})", path=database.absolute(), contents=_describe(summary))
    if kept is not None and kept.exists():
        print_translated("the former database is kept: {path}", path=kept.absolute())
    print_lazy(*(HELD if is_held else COMPLETE))
    return 0


def _make_folder(folder: Path) -> None:
    try:
        make_folder(folder)
    except OSError as error:
        raise BackupFailed(_describe_file_error(error)) from error


HELD = (
    lazy_text("Messages may have been sent since this backup was made, so sending is held and nothing is sent twice."),
    NEXT_RESUME,
)
COMPLETE = (lazy_text("Nothing was sent since this backup was made. Next: digestbot run"),)


def _back_up_to_stdout(database: Path) -> int:
    if sys.stdout.isatty():
        raise BackupFailed(lazy_text("a terminal cannot take it; write: digestbot backup - > FILE"))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "backup.db"
        summary = backup.back_up(database, copy)
        with copy.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    print_lazy(lazy_text("backup written and verified ({contents})", contents=_describe(summary)), err=True)
    return 0


def _raise_mark(database: Path, restored: DatabaseSummary) -> bool:
    """Make each high-water mark at least what the replaced database counts; return whether sending will be held.

    The marks lag a second behind, and are missing on another machine; then nobody knows what was sent since.
    """
    replaced = backup.claim_counts(database)
    is_known = HighWaterMark.beside(database).exists() or replaced is not None
    is_held = False
    for bot_id, claimed in (dict.fromkeys(replaced or (), 0) | dict(restored.claim_counts)).items():
        mark = HighWaterMark.beside(database, bot_id)
        high_water = max(mark.read(), (replaced or {}).get(bot_id, 0)) if is_known else claimed + 1
        mark.write(high_water)
        is_held |= bot_id in restored.claim_counts and high_water > claimed
    return is_held


def _describe(summary: DatabaseSummary) -> str:
    return lazy_text(
        "{size:.1f} MB, editions: {editions}, subscribers: {subscribers}, schema {schema}",
        size=summary.size_bytes / 1_000_000,
        editions=summary.editions,
        subscribers=summary.subscribers,
        schema=summary.schema,
    )


def _describe_file_error(error: OSError) -> str:
    return lazy_text("{path} cannot be used ({reason})", path=error.filename, reason=reason_text(error.strerror))


def resume_after_restore(settings: Settings) -> int:
    """Accept a restored database as the current state and return the exit code. The bot must not be running."""
    if isinstance(settings.database, Path) and not settings.database.exists():
        text = lazy_text(
            "there is no database {path}; run this where the bot's .env is, or set DATABASE to the restored file",
            path=settings.database.absolute(),
        )
        print_errors([StartupError(text, ExitCode.FAILURE)])
        return ExitCode.FAILURE
    try:
        resumed = asyncio.run(_resume(settings))
    except EXPECTED as error:
        failure = startup_error(error, settings)
        print_errors([failure])
        return failure.exit_code
    print_translated(
        "{parts} pending messages of {runs} runs were skipped. Start the bot with: digestbot run",
        parts=resumed.parts,
        runs=resumed.runs,
    )
    return ExitCode.SUCCESS


async def _resume(settings: Settings) -> ResumeResult:
    """Accept the database for the bots that it is too old for; for all of them if it is so for none."""
    async with (
        open_database(settings.database) as opened,
        translated_errors(settings.database),
        keep_ownership(opened.database),
    ):
        async with opened.database.read() as tx:
            stored = await bots.get_all(tx)
        for bot in stored:
            if not await opened.database.for_bot(bot.id).take(process_name(), beyond_share=True):
                raise DatabaseInUse(
                    lazy_text(
                        "another process runs the bot {bot} on {database}: stop it first",
                        bot=bot.name,
                        database=settings.database,
                    )
                )
        behind = [bot for bot in stored if await is_behind_mark(opened.database.for_bot(bot.id), settings)]
        results = [
            await restore.resume_after_restore(
                opened.database.for_bot(bot.id),
                high_water_mark(settings, bot.id),
                default_schedule_of(bot, settings),
                Clock()(),
            )
            for bot in behind or stored
        ]
    return ResumeResult(sum(result.runs for result in results), sum(result.parts for result in results))
