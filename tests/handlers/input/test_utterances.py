"""How the parser reads the utterances that others wrote, and that no text takes it long."""

from __future__ import annotations

import json

import pytest

from handlers.input.likely_kinds import LIKELY_KINDS
from handlers.input.reader import read_text
from handlers.input.readings import ReadingKind
from tests.handlers.utterances.fit import WEIGHTS_FILE, stamp
from tests.handlers.utterances.judge import SURROUNDINGS, meaning_of, utterances

LEAST_RIGHT = {"development": 0.97, "held_out": 0.78, "blind": 0.9, "everyday": 0.92, "fresh": 0.93}
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


def test_likely_kinds_are_fitted_on_the_utterances() -> None:
    source = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    assert source["fitted_on"] == stamp(), "run python -m tests.handlers.utterances.fit"


def test_likely_kinds_never_end_or_erase() -> None:
    assert {ReadingKind.UNSUBSCRIBE, ReadingKind.ERASE_DATA}.isdisjoint(LIKELY_KINDS)
