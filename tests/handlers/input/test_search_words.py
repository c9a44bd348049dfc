"""Searches with days among their words."""

from __future__ import annotations

import time
from datetime import date

import pytest

from handlers.input.search_words import SearchWords, parse_search_words

TODAY = date(2025, 9, 12)
SINCE = date(2025, 9, 1)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("chips", SearchWords(words="chips")),
        ("chips since 1 September 2025", SearchWords(words="chips", since=SINCE)),
        ("since 1 September 2025 chips", SearchWords(words="chips", since=SINCE)),
        ("since 1 September 2025 until 12 September 2025", SearchWords(words="", since=SINCE, until=TODAY)),
        ("chips until 1 Sep in Asia since then", SearchWords(words="chips in Asia since then", until=SINCE)),
        ("since", SearchWords(words="since")),
        ("", SearchWords(words="")),
    ],
)
def test_days_are_told_from_words(text: str, wanted: SearchWords) -> None:
    assert parse_search_words(text, TODAY) == wanted


def test_time_grows_with_the_number_of_words() -> None:
    """It grew with the square: these took 40 seconds, and a megabyte of them minutes in which nobody was answered."""
    started = time.process_time()
    found = parse_search_words("a b " * 100_000, TODAY)
    assert time.process_time() - started < 10
    assert len(found.words.split()) == 200_000
