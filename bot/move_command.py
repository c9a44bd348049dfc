"""The command `digestbot move`: the SQLite file's rows, moved to an empty PostgreSQL database, and the way back.

lock the file -> begin -> copy and verify -> take the high-water marks along -> mark the file -> finish
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.backup_commands import NEXT_RESUME
from bot.cli_language import translator
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, startup_error
from bot.open_database import high_water_mark, open_database, translated_errors
from bot.printing import PrintableConsole, print_lazy, print_translated
from bot.settings import Settings
from bot.startup_errors import StartupError, print_errors
from domain.chat.i18n import gettext_noop, lazy_text
from storage import bots, table_rows
from storage.bots import StoredBot
from storage.database import Tx
from storage.postgresql.address import PostgresqlAddress
from storage.sqlite.moved import mark_moved, moved_to, unmark

PLAIN_INTERVAL_ROWS = 100_000
"""Rows for each line of progress where standard output is no terminal."""

_PROGRESS = {
    gettext_noop("copied"): gettext_noop("copied {n} of {rows} rows"),
    gettext_noop("verified"): gettext_noop("verified {n} of {rows} rows"),
}
"""What is counted, and a line of progress for it."""


class CannotMove(Exception):
    """The move is refused; the message says why and what to do. Nothing was changed."""


def run_move(settings: Settings, target: PostgresqlAddress) -> int:
    """Move the file's rows to an empty database and return the exit code. The bot must not be running."""
    return _run(settings, lambda path: _move(settings, path, target))


def run_undo(settings: Settings) -> int:
    """Let the moved file be used again and return the exit code."""
    return _run(settings, lambda path: _undo(settings, path))


def _run(settings: Settings, work: Callable[[Path], Coroutine[Any, Any, None]]) -> int:
    """Do asynchronous work on the file; print an error as one line."""
    if find_spec("asyncpg") is None:
        text = lazy_text("install PostgreSQL's driver: pip install 'digestbot[postgresql]'")
        print_errors([StartupError(text, ExitCode.SETTINGS)])
        return ExitCode.SETTINGS
    from storage.postgresql.move_target import MoveFailed  # noqa: PLC0415 - its driver is an extra

    try:
        asyncio.run(work(_file_of(settings)))
    except EXPECTED as error:
        failure = startup_error(error, settings)
    except (CannotMove, MoveFailed) as error:
        failure = StartupError(lazy_text("nothing was moved: {problem}", problem=str(error)), ExitCode.FAILURE)
    else:
        return ExitCode.SUCCESS
    print_errors([failure])
    return failure.exit_code


def _file_of(settings: Settings) -> Path:
    if isinstance(settings.database, PostgresqlAddress):
        raise CannotMove(lazy_text("DATABASE is {address}; set it to the SQLite file", address=settings.database))
    if not settings.database.exists():
        raise CannotMove(
            lazy_text("there is no database {path}; set DATABASE to the SQLite file", path=settings.database.absolute())
        )
    return settings.database.absolute()


async def _move(settings: Settings, path: Path, address: PostgresqlAddress) -> None:
    from storage.postgresql import move_target  # noqa: PLC0415 - its driver is an extra
    from storage.postgresql.server_check import check_server  # noqa: PLC0415

    async with open_database(path, during_move=True) as source, translated_errors(path):
        # One transaction around it all keeps commands such as `bots add` from changing what was read already.
        async with source.database.write() as tx:
            former = await moved_to(tx)
            if former is None:
                await check_server(address, has_standbys=settings.ha)
                await move_target.begin(address, str(path))
                await _fill(settings, tx, address)
                await _take_marks_along(settings, await bots.get_all(tx), address)
                await mark_moved(tx, str(address))
        if former not in (None, str(address)):
            raise CannotMove(
                lazy_text(
                    "{path} was moved to {target} already; to use the file again: digestbot move --undo",
                    path=path,
                    target=former,
                )
            )
        await move_target.finish(address, str(path))
    print_translated("moved. The file {path} is kept, and no bot starts on it any more.", path=path)
    print_translated(
        "Next: set DATABASE to {target} with its user and password, then: digestbot run", target=str(address)
    )


async def _fill(settings: Settings, source: Tx, address: PostgresqlAddress) -> None:
    from storage.postgresql import move_target  # noqa: PLC0415 - its driver is an extra

    async with open_database(address, has_standbys=settings.ha, during_move=True) as target:
        rows = sum([await table_rows.count(source, table) for table in table_rows.tables()])
        with _Progress(rows) as progress:
            await move_target.fill(address, target.database, source, progress)


async def _take_marks_along(settings: Settings, stored: Sequence[StoredBot], address: PostgresqlAddress) -> None:
    """Raise the target's high-water marks to the file's: a file that is held after a restore stays held."""
    target = settings.model_copy(update={"database": address})
    await asyncio.to_thread(settings.state_folder.mkdir, parents=True, exist_ok=True)
    for bot in stored:
        mark = high_water_mark(target, bot.id)
        mark.write(max(mark.read(), high_water_mark(settings, bot.id).read()))


async def _undo(settings: Settings, path: Path) -> None:
    """Unmark the file, held: what the other database has sent since is not in it."""
    async with open_database(path, during_move=True) as source, translated_errors(path):
        async with source.database.read() as tx:
            target, stored = await moved_to(tx), await bots.get_all(tx)
        if target is None:
            raise CannotMove(lazy_text("{path} was not moved, and can be used as it is", path=path))
        for bot in stored:
            async with source.database.for_bot(bot.id).read() as tx:
                count = await bots.claim_count(tx)
            mark = high_water_mark(settings, bot.id)
            mark.write(max(mark.read(), count + 1))
        async with source.database.write() as tx:
            await unmark(tx)
    print_translated(
        "{path} can be used again. Whatever was done on {target} since the move is not in it,", path=path, target=target
    )
    print_translated("so sending is held and nothing is sent twice. Stop every bot that runs there.")
    print_lazy(NEXT_RESUME)


class _Progress:
    """Shows how far the move has come: a bar on a terminal, else a line now and then."""

    def __init__(self, rows: int) -> None:
        self._console = PrintableConsole()
        self._rows = rows
        self._done = {"copied": 0, "verified": 0}
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks = {what: self._bar.add_task(what, total=rows) for what in self._done}

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def copied(self, table: str, rows: int) -> None:
        """Add rows that were copied."""
        self._add("copied", table, rows)

    def verified(self, table: str, rows: int) -> None:
        """Add rows that were read again and compared."""
        self._add("verified", table, rows)

    def _add(self, what: str, table: str, rows: int) -> None:
        before, after = self._done[what], self._done[what] + rows
        self._done[what] = after
        self._bar.update(self._tasks[what], completed=after, description=f"{translator()(what)} {table}")
        is_due = before // PLAIN_INTERVAL_ROWS != after // PLAIN_INTERVAL_ROWS or after == self._rows
        if is_due and not self._console.is_terminal:
            print_translated(_PROGRESS[what], n=after, rows=self._rows)
            sys.stdout.flush()
