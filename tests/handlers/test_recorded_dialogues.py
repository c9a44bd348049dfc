"""Dialogues go as they did when somebody last read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.handlers.dialogue import Bot
from tests.handlers.recorded_dialogues import FOLDER, record

FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_dialogue_goes_as_it_was_read(file: Path, bot: Bot) -> None:
    """If a change is meant, `python -m tests.handlers.recorded_dialogues` writes the answers anew."""
    read = file.read_text(encoding="utf-8")
    assert await record(bot, read) == read
