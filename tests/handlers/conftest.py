"""A bot for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.handlers.dialogue import Bot, open_bot


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with open_bot(tmp_path) as made:
        yield made
