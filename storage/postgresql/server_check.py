"""Refuse servers on which a committed claim could be lost: what was sent would be sent again.

Nothing is changed on the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from domain.chat.i18n import joined, lazy_text
from storage.advisory_locks import LockSpace
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import connect
from storage.postgresql.errors import DatabaseRefused, ServerUnavailable
from storage.postgresql.open_errors import translated_errors

_ROUND_TRIPS = 5

OLDEST_MAJOR_VERSION = 14
"""The first version with `idle_session_timeout`."""

DURABLE_COMMITS = ("on", "remote_apply")
PRIMARY_TIMEOUT_SECONDS = 3.0
"""For each of several servers to say whether it takes writes; one of them may be gone."""

POOLER_TIMEOUT_SECONDS = 5.0
"""For a statement that a pooler with a single server connection lets wait until another transaction ends."""

POOLER_PROBES = 2
"""A late answer is not yet a pooler's: it may have been lost on the way."""

USE_SESSION_MODE = lazy_text(
    "connect to the server directly, or through a pooler in session mode (pool_mode = session)"
)


@dataclass(frozen=True, slots=True)
class ServerProblem:
    """Why a server cannot be used, and what to do."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What a server says about itself to a session of ours."""

    version: int
    fsync: str
    full_page_writes: str
    synchronous_commit: str
    synchronous_standby_names: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDescription:
    """What a server is like now: `standbys` confirm its commits, or none are expected.

    `round_trip_ms` is the shortest of a few: one slow answer tells nothing of the network.

    `schema` is that of the bots' tables; None if there are none yet. It is for programs that know `oldest_program`.
    """

    version: str
    round_trip_ms: float
    expects_standbys: bool
    standbys: tuple[str, ...]
    schema: str | None
    oldest_program: str | None = None


async def _round_trip_ms(connection: asyncpg.Connection) -> float:
    started_at = time.perf_counter()
    await connection.fetchval("SELECT 1")
    return (time.perf_counter() - started_at) * 1000


async def describe_server(address: PostgresqlAddress) -> ServerDescription:
    """Describe a server that `check_server` accepts. Raises as it does."""
    async with translated_errors(address), _session(address) as connection:
        round_trip_ms = min([await _round_trip_ms(connection) for _ in range(_ROUND_TRIPS)])
        has_schema = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
        return ServerDescription(
            version=await connection.fetchval("SELECT current_setting('server_version')"),
            round_trip_ms=round_trip_ms,
            expects_standbys=bool((await _read_settings(connection)).synchronous_standby_names),
            standbys=tuple(row[0] for row in await connection.fetch(_SYNCHRONOUS_STANDBYS)),
            schema=await connection.fetchval("SELECT version_num FROM alembic_version") if has_schema else None,
            oldest_program=await connection.fetchval("SELECT max(oldest) FROM supported_programs")
            if has_schema
            else None,
        )


_SYNCHRONOUS_STANDBYS = """SELECT application_name FROM pg_stat_replication
WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum') ORDER BY application_name"""


async def check_server(address: PostgresqlAddress, *, has_standbys: bool = False) -> None:
    """Raise `DatabaseRefused` for a server that may forget claims, or `ServerUnavailable` if it is away or a standby.

    Several servers in the address have standbys among them.
    """
    has_standbys = has_standbys or len(address.servers) > 1
    async with translated_errors(address):
        await _check_primaries(address)
        async with _session(address) as connection:
            if await connection.fetchval("SELECT pg_is_in_recovery()"):
                raise ServerUnavailable(
                    address, lazy_text("the server is a standby"), lazy_text("name the primary, or promote the standby")
                )
            settings = await _read_settings(connection)
            problems = list(find_problems(settings, has_standbys=has_standbys))
            if not problems and not await _keeps_sessions(connection, address):
                problems = [
                    ServerProblem(lazy_text("a pooler gives each transaction another session"), USE_SESSION_MODE)
                ]
    if problems:
        raise DatabaseRefused(
            address, joined(problem.why for problem in problems), joined(problem.remedy for problem in problems)
        )


def find_problems(settings: ServerSettings, *, has_standbys: bool) -> Iterator[ServerProblem]:
    """Yield what is wrong with a server's settings."""
    major = settings.version // 10_000
    if major < OLDEST_MAJOR_VERSION:
        yield ServerProblem(
            lazy_text("PostgreSQL {version} is too old", version=major),
            lazy_text("use PostgreSQL {version} or newer", version=OLDEST_MAJOR_VERSION),
        )
    for name, value in (("fsync", settings.fsync), ("full_page_writes", settings.full_page_writes)):
        if value != "on":
            yield ServerProblem(
                lazy_text(
                    "{name} is {value}, so a crash of the server could lose what was committed", name=name, value=value
                ),
                f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf()",
            )
    if settings.synchronous_commit not in DURABLE_COMMITS:
        yield ServerProblem(
            lazy_text(
                "synchronous_commit is {value}, so a crash could lose what was committed",
                value=settings.synchronous_commit,
            ),
            lazy_text("set it to on in postgresql.conf, for the database, for the user and in DATABASE"),
        )
    if has_standbys and not settings.synchronous_standby_names:
        yield ServerProblem(
            lazy_text("its standbys are asynchronous, so a failover would lose the last claims and send them again"),
            lazy_text("name standbys in the server's synchronous_standby_names, such as 'ANY 1 (b, c)'"),
        )


async def _read_settings(connection: asyncpg.Connection) -> ServerSettings:
    (row,) = await connection.fetch(
        "SELECT current_setting('server_version_num')::integer, current_setting('fsync'),"
        " current_setting('full_page_writes'), current_setting('synchronous_commit'),"
        " current_setting('synchronous_standby_names')"
    )
    version, fsync, full_page_writes, synchronous_commit, synchronous_standby_names = row
    return ServerSettings(
        version=version,
        fsync=fsync,
        full_page_writes=full_page_writes,
        synchronous_commit=synchronous_commit,
        synchronous_standby_names=synchronous_standby_names,
    )


async def _check_primaries(address: PostgresqlAddress) -> None:
    """Raise `DatabaseRefused` if several servers of the address take writes, or any of them may be chosen."""
    if len(address.servers) == 1:
        return
    if not address.chooses_primary:
        remedy = lazy_text("add target_session_attrs=primary to its options")
        raise DatabaseRefused(address, lazy_text("it may be any of several servers"), remedy)
    found = await asyncio.gather(*(_is_primary(address, host, port) for host, port in address.servers))
    primaries = [
        f"{host}:{port}" for (host, port), is_primary in zip(address.servers, found, strict=True) if is_primary
    ]
    if len(primaries) > 1:
        remedy = lazy_text("stop all but the one that was promoted last, and set up the others as its standbys")
        raise DatabaseRefused(
            address, lazy_text("several servers take writes: {names}", names=", ".join(primaries)), remedy
        )


async def _is_primary(address: PostgresqlAddress, host: str, port: int) -> bool:
    """Return whether one server takes writes; one that cannot be reached does not count."""
    try:
        options = {"host": host, "port": port, "target_session_attrs": "any", "timeout": PRIMARY_TIMEOUT_SECONDS}
        async with _session(address, **options) as connection:
            return not await connection.fetchval("SELECT pg_is_in_recovery()")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


async def _keeps_sessions(connection: asyncpg.Connection, address: PostgresqlAddress) -> bool:
    """Return whether a connection is one session: its locks stay its own while other connections work.

    A pooler in transaction mode gives the second connection the session of the first, and the first another one.
    """
    for _ in range(POOLER_PROBES):
        try:
            return await _probe(connection, address)
        except _ProbeTimeout:
            continue
    return False


class _ProbeTimeout(Exception):
    """The first connection did not answer while the second one had a transaction."""


async def _probe(connection: asyncpg.Connection, address: PostgresqlAddress) -> bool:
    try:
        pid = await connection.fetchval(_TAKE_LOCK, timeout=POOLER_TIMEOUT_SECONDS)
        async with _session(address) as other, other.transaction():
            other_pid = await other.fetchval("SELECT pg_backend_pid()", timeout=POOLER_TIMEOUT_SECONDS)
            try:
                is_held = await connection.fetchval(_HOLDS_LOCK, pid, timeout=POOLER_TIMEOUT_SECONDS)
            except TimeoutError:
                raise _ProbeTimeout from None
    finally:
        with contextlib.suppress(TimeoutError):
            await connection.execute("SELECT pg_advisory_unlock_all()", timeout=POOLER_TIMEOUT_SECONDS)
    return bool(is_held) and other_pid != pid


# Its second number is the session's own, so that two starts at once do not wait for each other.
_TAKE_LOCK = f"SELECT pg_backend_pid() FROM pg_advisory_lock({LockSpace.PROBE:d}, pg_backend_pid())"  # noqa: S608
_HOLDS_LOCK = f"""SELECT pg_backend_pid() = $1::integer AND EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = {LockSpace.PROBE:d} AND pid = $1 AND granted)
"""  # noqa: S608 - of constants only


@asynccontextmanager
async def _session(address: PostgresqlAddress, **options: Any) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection that prepares and sets nothing: a pooler might have another session for that."""
    connection = await connect(address, {}, statement_cache_size=0, **options)
    try:
        yield connection
    finally:
        await connection.close()
