"""A bot for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.handlers.dialogue import Bot, open_bot
from tests.known_texts import noting_unknown_texts


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with open_bot(tmp_path) as made:
        yield made


@pytest.fixture(autouse=True)
def _fail_at_unknown_texts() -> Iterator[None]:
    with noting_unknown_texts() as unknown:
        yield
    assert unknown == []
