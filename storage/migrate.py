"""Migrate a database to the newest schema, in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

if TYPE_CHECKING:
    from alembic.config import Config

LATEST_REVISION = "0001"
"""The newest migration in `migrations/versions`; a test holds it to the files."""

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaIsNewer(Exception):
    """A newer program has been at the database; this one would damage what it does not know."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database has schema {revision}, this program knows up to {LATEST_REVISION}: "
            "start the newer program, or restore the backup made before the upgrade"
        )
        self.revision = revision


async def migrate(engine: AsyncEngine) -> None:
    """Migrate in one transaction: whole, or not at all. Raises `SchemaIsNewer`."""
    async with engine.begin() as connection:
        revision = await connection.run_sync(_version)
        if revision is not None and revision > LATEST_REVISION:
            raise SchemaIsNewer(revision)
        if revision != LATEST_REVISION:
            await connection.run_sync(_upgrade)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def configure(connection: Connection) -> Config:
    """Alembic's configuration for migrating over a connection, in its transaction."""
    # Imported here: Alembic takes longer to import than all else of a start, and is needed once a version.
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415

    command.upgrade(configure(connection), "head")
