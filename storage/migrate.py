"""Migrate a database to the newest schema, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from sqlalchemy import Connection, create_engine, func, inspect, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.chat.i18n import gettext_noop, lazy_text
from domain.printable import printable_line
from storage.schema import metadata, supported_programs

if TYPE_CHECKING:
    from alembic.config import Config

LATEST_REVISION = "0004"
"""The newest migration in `migrations/versions`; a test holds it to the files."""

OLDEST_PROGRAM = "0001"
"""The newest migration that a program must know to run on the newest schema, as that migration says itself.

It is older than `LATEST_REVISION` where the later migrations have only added something (docs/decisions/0083).
"""

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaIsNewer(Exception):
    """A newer program has been at the database; this one would damage what it does not know."""

    def __init__(self, revision: str, oldest_program: str | None) -> None:
        needed = oldest_program or revision
        super().__init__(
            lazy_text(
                "the database has schema {schema}, for programs that know schema {needed}; "
                "this program knows up to {latest}: "
                "start the newer program, or restore the backup made before the upgrade",
                schema=printable_line(revision),
                needed=printable_line(needed),
                latest=LATEST_REVISION,
            )
        )
        self.revision = revision


class SchemaIsOlder(Exception):
    """The database has to be migrated, which a command that only looks leaves to the bot's start.

    `revision` is None if it has no tables yet.
    """

    def __init__(self, revision: str | None, *, is_in_use: bool = False) -> None:
        template = (
            gettext_noop(
                "the running bot is of an older version (its database has schema {schema}, this program {latest}): "
                "restart it"
            )
            if is_in_use
            else gettext_noop(
                "the database has the older schema {schema}, and this program {latest}: digestbot run migrates it; "
                "a bot that runs is of an older version, so restart it"
            )
        )
        super().__init__(lazy_text(template, schema=revision, latest=LATEST_REVISION))
        self.revision = revision


class SchemaDiffers(Exception):
    """The database does not have the tables and columns of the schema that it names, so no migration fits it."""

    def __init__(self, revision: str, place: str) -> None:
        super().__init__(
            lazy_text(
                "the database has not the tables and columns of schema {schema}, which it names (see {place}): it is "
                "from before the first release, or was changed by hand; restore a backup",
                schema=revision,
                place=place,
            )
        )


async def migrate(engine: AsyncEngine) -> None:
    """Migrate in one transaction: whole, or not at all. Raises `SchemaIsNewer`, `SchemaDiffers`.

    A newer schema that still serves this program is left as it is.
    """
    async with engine.begin() as connection:
        await connection.run_sync(_migrate)


async def check_migrated(engine: AsyncEngine) -> None:
    """Raise `SchemaIsOlder` where `migrate` would change something, or `SchemaIsNewer`; change nothing."""
    async with engine.begin() as connection:
        await connection.run_sync(_check_migrated)


def _migrate(connection: Connection) -> None:
    try:
        _check_migrated(connection)
    except SchemaIsOlder:
        _upgrade(connection)
        connection.execute(update(supported_programs).values(oldest=OLDEST_PROGRAM))


def _check_migrated(connection: Connection) -> None:
    revision = _version(connection)
    if revision is None or revision < LATEST_REVISION:
        raise SchemaIsOlder(revision)
    if revision > LATEST_REVISION:
        oldest = _oldest_program(connection)
        if not is_served(revision, oldest):
            raise SchemaIsNewer(revision, oldest)


def is_served(revision: str, oldest_program: str | None) -> bool:
    """Return whether this program may run on a schema, which it migrates first if it is older."""
    if not is_revision(revision):
        return False
    return revision <= LATEST_REVISION or (oldest_program is not None and oldest_program <= LATEST_REVISION)


def is_revision(version: object) -> TypeGuard[str]:
    """Return whether a database's version is a migration's name, of this program or of a newer one."""
    return isinstance(version, str) and re.fullmatch(r"(?!0000)[0-9]{4}", version) is not None


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version is not None and not is_revision(version):
        raise SchemaIsNewer(str(version), None)
    return version


def _oldest_program(connection: Connection) -> str | None:
    """Return the newest migration that a program must know, or None if the schema does not say so."""
    if not inspect(connection).has_table(supported_programs.name):
        return None
    oldest: str | None = connection.scalar(select(func.max(supported_programs.c.oldest)))
    return oldest


def belongs_to_schema(_item: object, name: str | None, kind: str, is_reflected: bool, counterpart: object) -> bool:
    """Tell Alembic what to compare: not what one database keeps as its own index of items (`storage.item_index`)."""
    if not is_reflected or counterpart is not None or name is None:
        return True
    return not (name.startswith("indexed_items_fts") or (kind, name) in _POSTGRESQL_INDEX)


_POSTGRESQL_INDEX = {("column", "vector"), ("index", "ix_indexed_items_vector")}


def configure(connection: Connection, folder: Path = MIGRATIONS) -> Config:
    """Alembic's configuration for migrating over a connection, in its transaction."""
    # Imported here: Alembic takes longer to import than all else of a start, and is needed once a version.
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    """Upgrade a database to the newest schema. Raises `SchemaDiffers`."""
    revision = _version(connection)
    place = revision and find_difference(connection, revision)
    if revision and place:
        raise SchemaDiffers(revision, place)
    _run_migrations(connection, "head")


def _run_migrations(connection: Connection, revision: str) -> None:
    from alembic import command  # noqa: PLC0415

    command.upgrade(configure(connection), revision)


def find_difference(connection: Connection, revision: str) -> str | None:
    """Return the first column, as `table.column`, in which a database differs from the schema `revision`.

    None if there is none: tables that are not the bot's do not count, nor do what a newer schema adds to its own.
    """
    none: frozenset[str] = frozenset()
    expected = dict.fromkeys(metadata.tables, none) | _expected_columns(revision)
    existing = _columns(connection, expected)
    for table, columns in sorted(expected.items()):
        found = existing.get(table, none)
        differing = columns - found if revision > LATEST_REVISION else columns ^ found
        for column in sorted(differing):
            if column in columns or _is_in_schema(column, "column"):
                return f"{table}.{printable_line(column)}"
    return None


def _expected_columns(revision: str) -> dict[str, frozenset[str]]:
    """Return the names of the columns of each table that a schema has on every database."""
    if revision >= LATEST_REVISION:
        return {table.name: frozenset(table.columns.keys()) for table in metadata.tables.values()}
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            _run_migrations(connection, revision)
            names = [name for name in inspect(connection).get_table_names() if _is_in_schema(name, "table")]
            return _columns(connection, names)
    finally:
        engine.dispose()


def _is_in_schema(name: str, kind: str) -> bool:
    return belongs_to_schema(None, name, kind, is_reflected=True, counterpart=None)


def _columns(connection: Connection, tables: Iterable[str]) -> dict[str, frozenset[str]]:
    found = inspect(connection).get_multi_columns(filter_names=list(tables))
    return {table: frozenset(column["name"] for column in columns) for (_, table), columns in found.items()}
