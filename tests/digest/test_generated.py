"""Generated digests: the generator is steady, the judge sees each kind of difference, the reader keeps its share."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from tests.digest.generated.combine import combinations, generate, generate_many
from tests.digest.generated.judge import find_file_differences, words_of
from tests.digest.generated.truth import COMMENTARY, INTRO, Placed, TrueItem, Truth

SHARE_READ_RIGHT = 0.98
"""The share of generated digests that must be read right; raise it with the reader, never lower it."""

SAMPLE = 150

DIGEST = """---
title: Morning
date: 2026-11-27
---

Windy today.

---

## Tools

1. [One ships](https://example.org/1)

   It is small.

2. [Two ships](https://example.org/2)

   It is large.

---

### **Commentary**

Small is better.
"""
TRUTH = Truth(
    items=(
        TrueItem(
            headlines=("One ships",), urls=("https://example.org/1",), sections=("Tools",), words=("It is small",)
        ),
        TrueItem(
            headlines=("Two ships",), urls=("https://example.org/2",), sections=("Tools",), words=("It is large",)
        ),
    ),
    placed=(Placed("Windy today", (INTRO,)), Placed("Small is better", (COMMENTARY,))),
    title="Morning",
)


def test_share_of_generated_digests_read_right() -> None:
    digests = islice(generate_many(27, held_out=None), SAMPLE)
    right = [digest.seed for digest in digests if not find_file_differences(digest.source.encode(), digest.truth)]
    assert len(right) / SAMPLE >= SHARE_READ_RIGHT


def test_a_seed_always_makes_the_same_digest() -> None:
    assert [generate(seed) for seed in range(20)] == [generate(seed) for seed in range(20)]


def test_three_of_ten_combinations_are_held_out() -> None:
    held_out = [combination for combination in combinations() if combination.is_held_out]
    assert 0.27 < len(held_out) / len(combinations()) < 0.33
    assert {combination.language for combination in held_out} == {each.language for each in combinations()}
    assert {combination.form.name for combination in held_out} == {each.form.name for each in combinations()}


def test_splits_share_no_combination() -> None:
    fitting, held_out = (
        {digest.combination.name for digest in islice(generate_many(3, held_out=part), 100)} for part in (False, True)
    )
    assert len(fitting) > 50
    assert len(held_out) > 50
    assert not fitting & held_out


def test_the_judge_finds_no_difference_in_a_right_reading() -> None:
    assert find_file_differences(DIGEST.encode(), TRUTH) == []


@pytest.mark.parametrize(
    ("written", "instead", "difference"),
    [
        ("[One ships](", "[Another ships](", "item 1: headline “Another ships” instead of “One ships”"),
        ("org/1", "org/9", "item 1: link “https://example.org/9” instead of “https://example.org/1”"),
        ("## Tools", "## Business", "item 2: section “Business” instead of “Tools”"),
        ("It is small.", "It is red.", "item 1 lacks “It is small”: it is nowhere"),
        ("Windy today.", "Calm today.", "introduction lacks “Windy today”: it is nowhere"),
        ("Small is better.", "Large is better.", "commentary lacks “Small is better”: it is nowhere"),
        ("title: Morning", "title: Evening", "title “Evening” instead of “Morning”"),
        ("2. [Two", "2. [Three ships](https://example.org/3)\n\n3. [Two", "no item: “Three ships”"),
        ("2. [Two ships](https://example.org/2)\n\n", "", "missing item: “Two ships”"),
        ("It is large.", "", "item 2 lacks “It is large”: it is in item 1"),
    ],
)
def test_the_judge_tells_each_kind_of_difference(written: str, instead: str, difference: str) -> None:
    source = DIGEST.replace(written, instead, 1)
    if "it is in item 1" in difference:
        source = source.replace("It is small.", "It is small. It is large.")
    assert difference in find_file_differences(source.encode(), TRUTH)


def test_the_judge_tells_links_that_cannot_be_pressed() -> None:
    first, second = TRUTH.items
    truth = replace(TRUTH, items=(replace(first, links=("https://example.org/paper",)), second))
    assert find_file_differences(DIGEST.encode(), truth) == ["item 1: link https://example.org/paper cannot be pressed"]


def test_the_judge_takes_either_of_two_readings() -> None:
    truth = replace(TRUTH, placed=(Placed("Windy today", (COMMENTARY, INTRO)),))
    assert find_file_differences(DIGEST.encode(), truth) == []


def test_all_words_of_a_truth_stand_in_its_source() -> None:
    for digest in islice(generate_many(5, held_out=None), 100):
        source = words_of(digest.source)
        told = [digest.truth.title, *(placed.words for placed in digest.truth.all_placed())]
        told += [item.headlines[0] for item in digest.truth.items]
        assert [words for words in told if words_of(words) not in source] == [], digest.seed
