"""How the parser reads the utterances that others wrote, and that no text takes it long."""

from __future__ import annotations

import pytest

from handlers.input.reader import read_text
from tests.handlers.utterances.judge import SURROUNDINGS, meaning_of, utterances

LEAST_RIGHT = {"development": 0.97, "held_out": 0.77, "blind": 0.9, "everyday": 0.92, "fresh": 0.9}
"""Shares that must be right; those of the sets that only measure were measured, not chosen (docs/decisions/0103)."""


@pytest.mark.parametrize("name", LEAST_RIGHT)
def test_utterances_are_understood_and_none_by_mistake(name: str) -> None:
    read = [(utterance, meaning_of(utterance.text)) for utterance in utterances(name)]
    assert [meaning["intent"] for utterance, meaning in read if utterance.is_dangerous(meaning)] == []
    right = sum(utterance.is_right(meaning) for utterance, meaning in read)
    assert right / len(read) >= LEAST_RIGHT[name]


@pytest.mark.parametrize(
    "text",
    ["看" * 160, "不要" * 80, "1-" * 80, "周一" * 80, "a b " * 40, "the " * 40, "，" * 160, "\u202e" * 50, "第" * 160],
)
def test_every_text_has_a_reading(text: str) -> None:
    assert read_text(text, SURROUNDINGS).kind
