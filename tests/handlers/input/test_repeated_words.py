"""Texts of words that repeat themselves: a stranger may send them, and everybody waits while one is read."""

from __future__ import annotations

import random
import sys
from types import FrameType

import pytest

from handlers.input.intents import parse_intent
from handlers.input.meanings import MeaningKind
from handlers.input.phrases import load_grammar
from handlers.input.placeholders import MOST_VALUES, TextContext
from handlers.input.reader import MAX_CHARACTERS, prepare, read_text
from tests.handlers.dialogue import NOON, TIME_ZONES

CATEGORIES = ("AI产业", "Robotics")
MOST_CALLS = 250_000
"""Functions that reading a text may call; an ordinary sentence of eighty Chinese characters takes a seventh of it."""

_MIXTURES = 8
_SHORT = 3
_EVERY_SHORT, _EVERY_LONGER = 6, 300


class _Calls:
    """Count the functions of this project and of the library that are called."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, _frame: FrameType, event: str, _argument: object) -> None:
        self.number += event == "call"


def count_calls(text: str) -> int:
    """Return how many functions it takes to read a text."""
    calls, former = _Calls(), sys.getprofile()
    sys.setprofile(calls)
    try:
        parse_intent(text, CATEGORIES, TIME_ZONES, NOON, NOON.date())
    finally:
        sys.setprofile(former)
    return calls.number


def repeated(word: str) -> str:
    """Return a word as often as the longest text has room for it."""
    unit = f"{word} " if word[-1].isascii() else word
    return (unit * MAX_CHARACTERS)[:MAX_CHARACTERS].strip()


def repeatable_words() -> list[str]:
    """Return some of the fillers and of the words of phrases, more of the short ones, which repeat most often."""
    grammar = load_grammar()
    fillers = sorted(grammar.before.all | {word[::-1] for word in grammar.after.all})
    short = [word for word in fillers if len(word) <= _SHORT]
    longer = sorted(grammar.vocabulary.union(fillers).difference(short))
    return [*short[::_EVERY_SHORT], *longer[::_EVERY_LONGER]]


def mixtures() -> list[str]:
    """Return texts of many fillers of both languages in no order, which never repeat themselves."""
    fillers = sorted(load_grammar().before.all)
    chinese = [word for word in fillers if not word[0].isascii()]
    chance = random.Random(7)
    languages = [chinese, [f"{word} " for word in fillers if word[0].isascii()]]
    words = [languages[number % 2] for number in range(_MIXTURES)]
    return ["".join(chance.choices(choices, k=MAX_CHARACTERS))[:MAX_CHARACTERS].strip() for choices in words]


@pytest.mark.parametrize("words", [["请问", "请", "嗯", "想", "那个", "请请你", "想那个请"], repeatable_words()])
def test_few_steps_for_repeated_words(words: list[str]) -> None:
    """They took up to two million, half a second in which nobody else was answered."""
    prepare()
    dear = {word: calls for word in words if (calls := count_calls(repeated(word))) > MOST_CALLS}
    assert not dear


def test_few_steps_for_mixed_fillers() -> None:
    prepare()
    dear = {text: calls for text in mixtures() if (calls := count_calls(text)) > MOST_CALLS}
    assert not dear


@pytest.mark.parametrize(
    "text", ["请问请问嗯嗯那个请帮我退订", "please please hey so um just unsubscribe please please"]
)
def test_fillers_in_a_row_are_skipped(text: str) -> None:
    context = TextContext(categories=CATEGORIES, time_zones=TIME_ZONES, now=NOON, today=NOON.date())
    assert read_text(text, context).kind is MeaningKind.UNSUBSCRIBE


def test_placeholders_read_a_limited_number_of_parts() -> None:
    """What comes after that is no value; what was read before stays."""
    context = TextContext(categories=CATEGORIES, time_zones=TIME_ZONES, now=NOON, today=NOON.date())
    read = [context.read_placeholder("n", str(number)) for number in range(1, MOST_VALUES + 9)]
    assert read[:3] == [1, 2, 3]
    assert read[MOST_VALUES:] == [None] * 8
    assert context.read_placeholder("n", "2") == 2
