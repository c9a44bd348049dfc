"""No regular expression takes more than linear time on a text that was written against it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from handlers.input.reader import MAX_CHARACTERS
from tests.regular_expressions import Expression, find_expressions, hostile_texts

LENGTH = 2_000
NOTICEABLE_SECONDS = 0.004
"""CPU time from which the growth is measured; linear expressions take a tenth of it."""

MOST_GROWTH = 8.0
"""Four times the length takes four times as long if the time is linear, sixteen times if it is quadratic."""

BOUNDED = {
    "handlers.input.cues:_IDLE_AFTER": MAX_CHARACTERS,
    "digest.segmentation.categories:_TRAILING_TAGS": 300,
    "emulator.entity_detection:_DETECTORS": 500,  # messages of at most 4,096 characters, in tests and the demo
}
"""Expressions that may take longer, since their texts are cut before."""

MOST_SECONDS = 0.5
"""CPU time for the worst text of that length, which takes some milliseconds."""


def _seconds(run: Callable[[str], None], text: str, times: int) -> float:
    """Return the least CPU time of some runs: what else the machine does only adds to it."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        run(text)
        taken.append(time.process_time() - begin)
    return min(taken)


def _growth(expression: Expression, length: int) -> float:
    """Return by how much more time the worst text of four times the length takes; 0 if none takes long."""
    texts = list(hostile_texts(expression, length))
    for number, text in enumerate(texts):
        if _seconds(expression.run, text, 1) < NOTICEABLE_SECONDS:
            continue
        shorter = _seconds(expression.run, text, 3)
        if shorter >= NOTICEABLE_SECONDS:
            longer = list(hostile_texts(expression, 4 * length))[number]
            growth = _seconds(expression.run, longer, 2) / shorter
            if growth > MOST_GROWTH:
                return growth
    return 0.0


def test_every_expression_takes_linear_time() -> None:
    expressions = find_expressions()
    assert len(expressions) > 200
    assert {expression.place for expression in expressions} >= BOUNDED.keys()
    slow = {
        expression.place: expression.pattern.pattern
        for expression in expressions
        if expression.place not in BOUNDED and _growth(expression, LENGTH) > MOST_GROWTH
    }
    assert slow == {}
    for expression in expressions:
        if (length := BOUNDED.get(expression.place)) is not None:
            worst = max(_seconds(expression.run, text, 3) for text in hostile_texts(expression, length))
            assert worst < MOST_SECONDS, expression.place


def test_quadratic_expression_is_found() -> None:
    for pattern, is_slow in ((r"\s*#$", True), (r"(?:(?<!\s)\s+)?#$", False), (r"<!--.*?-->", True)):
        expression = Expression(place="here", pattern=re.compile(pattern), is_searched=True)
        assert (_growth(expression, 3 * LENGTH) > MOST_GROWTH) == is_slow, pattern
