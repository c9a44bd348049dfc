"""A bot for each test, over a copy of a database that was migrated once."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.databases import on_postgresql, open_database
from tests.handlers.dialogue import Bot, open_bot


@pytest.fixture(scope="session")
def blank_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "bot.db"

    async def make() -> None:
        await (await open_database(path)).close()

    if not on_postgresql():
        asyncio.run(make())
    return path


@pytest.fixture
async def bot(tmp_path: Path, blank_database: Path) -> AsyncIterator[Bot]:
    if blank_database.exists():
        shutil.copy(blank_database, tmp_path / "bot.db")
    async with open_bot(tmp_path) as made:
        yield made
