"""Muted words: bounded, plain, and found as words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.subscription.mutes import (
    MAX_WORD_BYTES,
    MAX_WORD_CHARACTERS,
    comparable_text,
    has_word,
    muted_word,
    without_muted,
)


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("He said so", "ai", False),
        ("AI said so", "ai", True),
        ("用AI写作", "ai", True),
        ("OpenAI", "ai", False),
        ("马斯克说", "马斯克", True),
        ("Ｂｉｔｃｏｉｎ falls", "bitcoin", True),
        ("bitcoins", "bitcoin", False),
        ("a.b", "a.b", True),
        ("aXb", "a.b", False),
        ("elon  musk", "elon musk", True),
        ("手语课堂开讲", "手語課堂", True),
        ("手語課堂開講", "手语课堂", True),
        ("手工课", "手語課堂", False),
    ],
)
def test_word_is_found_as_a_word(text: str, word: str, found: bool) -> None:
    assert has_word(comparable_text(text), comparable_text(word)) is found


@pytest.mark.parametrize("typed", ["", "x", "。。", "a" * 25, "词" * 14, " | "])
def test_what_is_no_word_is_not_muted(typed: str) -> None:
    assert muted_word(typed) is None


@given(st.text(max_size=60))
def test_muted_words_are_bounded_and_found_in_themselves(typed: str) -> None:
    word = muted_word(typed)
    if word is not None:
        assert 2 <= len(word) <= MAX_WORD_CHARACTERS
        assert len(word.encode()) <= MAX_WORD_BYTES
        assert has_word(word, word)


def test_word_is_taken_back_in_either_script() -> None:
    assert without_muted(frozenset({"手語", "AI"}), frozenset({"手语"})) == {"AI"}
    assert without_muted(frozenset({"手语"}), frozenset({"手語"})) == frozenset()
