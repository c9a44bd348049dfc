"""A database for each test, and one transaction in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from storage.database import Database, Tx
from tests.databases import open_database

collect_ignore = [] if find_spec("asyncpg") else ["postgresql"]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(tmp_path / "bot.db")
    yield database
    await database.close()


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    async with database.write() as tx:
        yield tx
