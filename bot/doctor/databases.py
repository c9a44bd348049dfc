"""Checks of the database: where it is, whether it is whole, and whether it keeps what is committed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.doctor.file_systems import CONTAINER_KINDS, MEMORY_KINDS, NETWORK_KINDS, file_system_kind
from bot.doctor.findings import Finding, advice, bad, good
from bot.host_checks import find_database_errors
from bot.open_database import is_behind_mark, open_beside
from bot.settings import Settings
from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from storage import bots
from storage.bots import StoredBot
from storage.errors import DatabaseInUse, DatabaseUnusable
from storage.migrate import LATEST_REVISION, is_served
from storage.postgresql.address import PostgresqlAddress
from storage.sqlite.backup import has_newest_schema, schema_difference
from storage.sqlite.file_check import find_damage
from storage.sqlite.files import WAL, side_file, size_bytes
from storage.sqlite.lock import check_unlocked
from storage.sqlite.moved import check_not_moved

SLOW_ROUND_TRIP_MS = 20.0
"""A commit waits for several round trips; the send loop commits dozens of times a second."""

SCARCE_BYTES = 500_000_000
"""Free space below which the operator is told; a full disk stops all sending."""


async def check_database(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the file or the server; nothing is created, migrated or written."""
    errors = find_database_errors(settings)
    for error in errors:
        yield bad("database", error.text)
    if errors:
        return
    if isinstance(settings.database, PostgresqlAddress):
        async for finding in _check_server(settings.database, has_standbys=settings.ha):
            yield finding
        return
    for finding in await asyncio.to_thread(lambda path: list(_check_file(path)), settings.database):
        yield finding


def _check_file(path: Path) -> Iterator[Finding]:
    full = path.absolute()
    yield from _check_place(full)
    if not size_bytes(path):
        yield good("database", lazy_text("{path} does not exist yet; the first start creates it", path=full))
        return
    try:
        check_not_moved(path)
    except DatabaseUnusable as error:
        yield bad("database", str(error))
        return
    damage = find_damage(path, immutable=not size_bytes(side_file(path, WAL)), is_thorough=True)
    if damage is not None:
        yield bad(
            "database",
            lazy_text("{path} is damaged ({reason})", path=full, reason=reason_text(damage.splitlines()[-1])),
            lazy_text("restore a backup: digestbot restore"),
        )
        return
    place = schema_difference(path)
    if place is not None:
        yield bad(
            "database",
            lazy_text(
                "{path} has not the tables and columns of the schema that it names (see {place})",
                path=full,
                place=place,
            ),
            lazy_text("restore a backup: digestbot restore"),
        )
        return
    if not has_newest_schema(path):
        yield advice(
            "database",
            lazy_text("{path} has another schema than this program", path=full),
            lazy_text("back it up; digestbot run migrates it"),
        )
    yield good(
        "database",
        lazy_text(
            "{path} is whole, {size:.1f} MB, {holder}", path=full, size=size_bytes(path) / 1e6, holder=_holder(path)
        ),
    )


def _check_place(path: Path) -> Iterator[Finding]:
    kind = file_system_kind(path.parent)
    if kind in NETWORK_KINDS:
        text = lazy_text(
            "{path} is on a network file system ({kind}), where SQLite's locks and shared memory are not safe",
            path=path,
            kind=kind,
        )
        yield bad("disk", text, lazy_text("move it to a local disk, or use PostgreSQL: digestbot move --to URL"))
    elif kind in MEMORY_KINDS:
        text = lazy_text("{path} is in memory ({kind}): all subscribers are gone after a restart", path=path, kind=kind)
        yield bad("disk", text, lazy_text("set DATABASE to a file on a disk"))
    elif kind in CONTAINER_KINDS:
        text = lazy_text(
            "{path} is in the container's own layer ({kind}), which goes with the container", path=path, kind=kind
        )
        yield advice("disk", text, lazy_text("mount a volume there, and ignore this on a machine without containers"))
    free = shutil.disk_usage(next(parent for parent in path.parents if parent.exists())).free
    text = lazy_text("{size:.1f} GB are free for {name}", size=free / 1e9, name=path.name)
    if free < max(SCARCE_BYTES, 2 * size_bytes(path)):
        yield advice(
            "disk",
            text,
            lazy_text("make room: a full disk stops all sending, and a backup needs the file's size again"),
        )
    else:
        yield good("disk", text)


def _holder(path: Path) -> str:
    try:
        check_unlocked(path)
    except DatabaseInUse:
        return lazy_text("the bot is running")
    return lazy_text("the bot is not running")


async def _check_server(address: PostgresqlAddress, *, has_standbys: bool) -> AsyncIterator[Finding]:
    from storage.postgresql.move_target import check_finished  # noqa: PLC0415 - its driver is an extra
    from storage.postgresql.server_check import check_server, describe_server  # noqa: PLC0415

    try:
        await check_server(address, has_standbys=has_standbys)
        await check_finished(address)
        server = await describe_server(address)
    except DatabaseUnusable as error:
        yield bad("database", str(error))
        return
    yield good(
        "database",
        lazy_text(
            "PostgreSQL {version} at {address}, answers in {time:.1f} ms",
            version=server.version,
            address=address,
            time=server.round_trip_ms,
        ),
    )
    yield good("durability", lazy_text("the server keeps what it commits, and each connection is a session of its own"))
    if server.expects_standbys and not server.standbys:
        text = lazy_text("no synchronous standby is connected, so nothing can be committed and nothing is sent")
        yield bad(
            "standbys", text, lazy_text("start one, or take those that are gone out of synchronous_standby_names")
        )
    elif server.expects_standbys:
        yield good(
            "standbys", lazy_text("each commit is confirmed by one of: {standbys}", standbys=", ".join(server.standbys))
        )
    if server.round_trip_ms > SLOW_ROUND_TRIP_MS:
        yield advice("database", lazy_text("its answers are slow"), lazy_text("run the bot in the server's network"))
    if server.schema is not None and not _serves_without_migration(server.schema, server.oldest_program):
        text = lazy_text(
            "it has schema {schema}, this program {latest}",
            schema=server.schema,
            latest=LATEST_REVISION,
        )
        yield advice("database", text, lazy_text("back it up; digestbot run migrates an older one"))


def _serves_without_migration(schema: str, oldest_program: str | None) -> bool:
    """Return whether this program may run on a schema as it is, as during a rolling upgrade on a newer one."""
    return schema >= LATEST_REVISION and is_served(schema, oldest_program)


@dataclass(frozen=True, slots=True)
class KnownBot:
    """A bot of the database; `is_behind` says that this machine has sent more for it than the database knows of."""

    stored: StoredBot
    is_behind: bool


async def read_bots(settings: Settings) -> list[KnownBot]:
    """Return the bots of a database that `check_database` found usable; none while it would have to be migrated.

    Raises `DatabaseUnusable` and `DatabaseInUse`.
    """
    if isinstance(settings.database, PostgresqlAddress):
        from storage.postgresql.server_check import describe_server  # noqa: PLC0415 - its driver is an extra

        server = await describe_server(settings.database)
        is_readable = server.schema is not None and _serves_without_migration(server.schema, server.oldest_program)
    else:
        is_readable = await asyncio.to_thread(has_newest_schema, settings.database)
    if not is_readable:
        return []
    async with open_beside(settings.database) as database:
        async with database.read() as tx:
            stored = await bots.get_all(tx)
        return [KnownBot(bot, await is_behind_mark(database.for_bot(bot.id), settings)) for bot in stored]
