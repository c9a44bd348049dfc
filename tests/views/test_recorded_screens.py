"""Screens for admins, editors and administrators of chats are as they were when somebody last read them."""

from __future__ import annotations

import pytest

from tests.views.recorded_screens import FOLDER, LANGUAGES, written


@pytest.mark.parametrize("language", LANGUAGES)
def test_screens_are_as_they_were_read(language: str) -> None:
    """If a change is meant, `python -m tests.views.recorded_screens` writes them anew."""
    assert written(language) == (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
