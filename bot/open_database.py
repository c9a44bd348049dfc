"""Open the bots' database: a file for this process alone, or one on a server that other processes have open too.

SQLite: lock -> finish an interrupted restore -> check the files -> open and migrate -> begin a session
PostgreSQL: check the server -> open and migrate; each bot is taken when it starts (`bot.ownership`)
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot.settings import Settings
from delivery.high_water_mark import HighWaterMark
from domain.chat.i18n import lazy_text
from storage import bots
from storage.database import Database
from storage.errors import DatabaseInUse, DatabaseLost, DatabaseMissing
from storage.made_files import leave_to_owner_of_folder, make_folder
from storage.migrate import SchemaIsOlder
from storage.postgresql.address import PostgresqlAddress
from storage.schema import FIRST_BOT_ID
from storage.sqlite.backup import finish_restore
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.file_check import check_file
from storage.sqlite.files import WAL, side_file, size_bytes
from storage.sqlite.lock import DatabaseLock, database_lock
from storage.sqlite.moved import check_not_moved
from storage.sqlite.open_errors import open_error
from storage.sqlite.open_errors import translated_errors as sqlite_errors
from storage.sqlite.session import DatabaseSession

if TYPE_CHECKING:
    from storage.postgresql.database import PostgresqlDatabase

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """The database, and this process's session with its files if it has any."""

    database: Database
    session: DatabaseSession | None = None


@asynccontextmanager
async def open_database(
    place: Path | PostgresqlAddress,
    *,
    has_standbys: bool = False,
    during_move: bool = False,
    role: str = "",
    creates: bool = True,
    migrates: bool = True,
) -> AsyncIterator[OpenDatabase]:
    """Yield the database, and close it. Raises `DatabaseInUse`, `DatabaseUnusable`, `SchemaIsNewer`.

    `has_standbys` refuses a server whose standbys may lag behind. Only `during_move` is a file opened that was moved,
    and a server's database whose move is unfinished. `role` is what a process that stays is there for. Unless it
    `creates` a file, one that is missing raises `DatabaseMissing`; unless it `migrates`, an older one `SchemaIsOlder`.
    """
    async with AsyncExitStack() as stack:
        if isinstance(place, Path):
            opened = await _open_file(place, stack, during_move=during_move, creates=creates, migrates=migrates)
        else:
            await _check_server(place, has_standbys=has_standbys, during_move=during_move)
            opened = OpenDatabase(await _connect(place, stack, role, migrates=migrates))
        yield opened


@asynccontextmanager
async def translated_errors(place: Path | PostgresqlAddress) -> AsyncIterator[None]:
    """Raise, for an error of an open database inside the block, what says what to do; other errors stay as they are.

    The kinds are those that `open_database` raises.
    """
    if isinstance(place, Path):
        with sqlite_errors(place):
            yield
        return
    from storage.postgresql.open_errors import translated_errors as server_errors  # noqa: PLC0415 - its driver, too

    async with server_errors(place, has_files=True):
        yield


@asynccontextmanager
async def open_beside(
    place: Path | PostgresqlAddress, *, creates: bool = False, migrates: bool = False
) -> AsyncIterator[Database]:
    """Yield the database for a short look or change, also while another process works on it.

    Raises as `open_database` does, also for what fails within the block; `DatabaseMissing` unless it `creates` a file,
    and `SchemaIsOlder` unless it `migrates` one that no process works on. `DatabaseLost` says that the process at work
    on a file has lost it.
    """
    async with AsyncExitStack() as stack:
        if isinstance(place, PostgresqlAddress):
            await _check_server(place)
            database: Database = await _connect_beside(place, stack, migrates=migrates)
            await stack.enter_async_context(translated_errors(place))
            yield database
            return
        if not creates and has_never_been(place):
            raise _missing(place)
        try:
            opened = await stack.enter_async_context(open_database(place, creates=creates, migrates=migrates))
            database = opened.database
        except DatabaseInUse as error:
            database = await _open_in_use(place, error)
            stack.push_async_callback(database.close)
        await stack.enter_async_context(translated_errors(place))
        yield database


def high_water_mark(settings: Settings, bot_id: int = FIRST_BOT_ID) -> HighWaterMark:
    """Return this machine's mark of a bot; a PostgreSQL database is known by its name, wherever its server is."""
    if isinstance(settings.database, Path):
        return HighWaterMark.beside(settings.database, bot_id)
    make_folder(settings.state_folder)
    return HighWaterMark(settings.state_folder / f"{settings.database.database}.mark", bot_id)


async def is_behind_mark(database: Database, settings: Settings) -> bool:
    """Return whether this machine has claimed more for a bot than its database knows of: a backup was restored."""
    async with database.read() as tx:
        return await bots.claim_count(tx) < high_water_mark(settings, database.bot_id).read()


async def _check_server(address: PostgresqlAddress, *, has_standbys: bool = False, during_move: bool = False) -> None:
    from storage.postgresql.move_target import check_finished  # noqa: PLC0415 - its driver is an extra
    from storage.postgresql.server_check import check_server  # noqa: PLC0415

    await check_server(address, has_standbys=has_standbys)
    if not during_move:
        await check_finished(address)


async def _connect_beside(address: PostgresqlAddress, stack: AsyncExitStack, *, migrates: bool) -> PostgresqlDatabase:
    try:
        return await _connect(address, stack, migrates=migrates)
    except SchemaIsOlder as error:
        if error.revision is None:
            raise _without_tables(address) from error
        raise


async def _connect(
    address: PostgresqlAddress, stack: AsyncExitStack, role: str = "", *, migrates: bool = True
) -> PostgresqlDatabase:
    from storage.postgresql.database import PostgresqlDatabase  # noqa: PLC0415 - its driver is an extra

    database = await PostgresqlDatabase.open(address, role=role, migrates=migrates)
    stack.push_async_callback(database.close)
    return database


async def _open_in_use(path: Path, error: DatabaseInUse) -> SqliteDatabase:
    """Open a file beside the process that works on it, which `error` names."""
    if not size_bytes(path):  # SQLite would create another one
        raise _gone(path) from error
    try:
        return await SqliteDatabase.open(path, migrates=False)
    except SchemaIsOlder as older:
        raise SchemaIsOlder(older.revision, is_in_use=True) from error


def _gone(path: Path) -> DatabaseLost:
    return DatabaseLost(
        lazy_text(
            "the database of the running process is gone ({path}); what to do: digestbot status", path=path.absolute()
        )
    )


def has_never_been(path: Path) -> bool:
    """Return whether there is no database and no trace of one; else opening it says what has become of it."""
    has_traces = HighWaterMark.beside(path).exists() or path.with_name(f"{path.name}.lock").exists()
    return not size_bytes(path) and not has_traces


def _missing(path: Path) -> DatabaseMissing:
    return DatabaseMissing(
        lazy_text(
            "there is no database {path}; the first digestbot run creates it, so run this where the bot's .env is, or "
            "set DATABASE",
            path=path.absolute(),
        )
    )


def _without_tables(address: PostgresqlAddress) -> DatabaseMissing:
    return DatabaseMissing(
        lazy_text(
            "there are no tables of the bot in {address} yet; the first digestbot run creates them", address=address
        )
    )


async def _open_file(
    path: Path, stack: AsyncExitStack, *, during_move: bool, creates: bool, migrates: bool
) -> OpenDatabase:
    try:
        return await _open(path, stack, during_move=during_move, creates=creates, migrates=migrates)
    except (sqlite3.Error, OSError) as error:
        raise open_error(path, error) from error


async def _open(path: Path, stack: AsyncExitStack, *, during_move: bool, creates: bool, migrates: bool) -> OpenDatabase:
    lock = stack.enter_context(database_lock(path))
    await asyncio.to_thread(_prepare, path, lock, creates=creates)
    if not during_move:
        await asyncio.to_thread(check_not_moved, path)
    database = await SqliteDatabase.open(path, migrates=migrates)
    try:
        session = await asyncio.to_thread(DatabaseSession.begin, path, lock)
    except BaseException:
        await database.close()
        raise
    stack.callback(session.close)
    stack.push_async_callback(database.close)
    return OpenDatabase(database, session)


def _prepare(path: Path, lock: DatabaseLock, *, creates: bool) -> None:
    kept = finish_restore(path)
    if kept is not None:
        log.warning("restore_finished", former_database=str(kept))
    was_used = bool(lock.sessions) or HighWaterMark.beside(path).read() > 0
    if lock.was_killed and kept is None and path.exists() and not side_file(path, WAL).exists():
        log.warning("write_ahead_log_missing", database=str(path), lost="what was committed since the last checkpoint")
    lock.hold(path)  # a finished restore has put another file there
    check_file(path, sessions=lock.sessions, was_used=was_used)
    if not creates and not size_bytes(path):
        raise _missing(path)
    if not path.exists():
        path.touch(mode=0o600)  # a command that creates it has the umask of its user
        leave_to_owner_of_folder(path)
