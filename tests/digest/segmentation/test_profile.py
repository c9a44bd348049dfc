"""An editor's choice of a reading: told where it is needed, kept, and decisive on later days."""

from __future__ import annotations

import pytest

from digest.model import Digest
from digest.reader import choose_reading, explain_digests, read_digests
from digest.segmentation.classifier import Classifier
from digest.segmentation.profile import MAX_FEATURES, Profile

HEAD = "---\ntitle: Morning\ndate: 2026-11-27\n---\n\n"
_CLOSING = (
    "## [{} {}](https://e.org/1)\n\nText one.\n\n## [Two {}](https://e.org/2)\n\nText two.\n\n"
    "## At work\n\nSmall is better, I think.\n"
)
CLOSING = (_CLOSING.format("One", "ships", "ships"), _CLOSING.format("Rain", "falls", "rains"))
POINTS = (
    "## One ships\n\n- It is small.\n- It is cheap.\n\n## Two ships\n\n- It is big.\n- It is dear.\n",
    "## Rain falls\n\n- It is wet.\n- It is late.\n\n## Sun shines\n\n- It is dry.\n- It is hot.\n- It is over.\n",
)
LISTS = (
    "1. One ships today\n2. Two ships tomorrow\n\n- [Three ships](https://e.org/1)\n- [Four ships](https://e.org/2)\n",
    "1. Rain falls today\n2. Sun shines later\n3. Wind blows\n\n- [Snow](https://e.org/1)\n- [Ice](https://e.org/2)\n",
)


def read(page: str, profile: Profile | None = None) -> Digest:
    (digest,) = read_digests((HEAD + page).encode(), classifier=Classifier(), profile=profile)
    return digest


def choose(page: str, number: int, profile: Profile | None = None) -> Profile:
    chosen = choose_reading((HEAD + page).encode(), number, profile=profile)
    assert chosen is not None
    return chosen


def heads(digest: Digest) -> list[str]:
    return [item.headline for item in digest.items]


def doubts(digest: Digest) -> int:
    return sum(problem.code == "D210-two-readings" for problem in digest.problems)


@pytest.mark.parametrize(
    ("days", "first", "second", "later"),
    [
        (CLOSING, ["One ships", "Two ships", "At work"], ["One ships", "Two ships"], 2),
        (POINTS, ["It is small.", "It is cheap.", "It is big.", "It is dear."], ["One ships", "Two ships"], 2),
        (LISTS, ["Three ships", "Four ships"], ["One ships today", "Two ships tomorrow"], 3),
    ],
    ids=["closing words", "points below headlines", "two lists"],
)
def test_one_choice_settles_later_days(days: tuple[str, str], first: list[str], second: list[str], later: int) -> None:
    assert heads(read(days[0])) == first
    profile = choose(days[0], 2)
    assert heads(read(days[0], profile)) == second
    assert len(read(days[1], profile).items) == later
    assert heads(read(days[1], profile)) != heads(read(days[1]))
    assert doubts(read(days[0], profile)) == doubts(read(days[1], profile)) == 0


def test_close_readings_are_told_until_one_is_chosen() -> None:
    assert doubts(read(CLOSING[0])) == 1
    for number in (1, 2):
        assert doubts(read(CLOSING[0], choose(CLOSING[0], number))) == 0
    sure = read("1. [One](https://e.org/1)\n\n   Text.\n\n2. [Two](https://e.org/2)\n\n   Text.\n")
    assert doubts(sure) == 0


def test_latest_choice_decides() -> None:
    second = choose(CLOSING[0], 2)
    back = choose(CLOSING[0], 2, second)  # what was the first reading is the second one now
    assert heads(read(CLOSING[0], back)) == heads(read(CLOSING[0]))
    assert not set(back.prefer) & set(back.avoid)


def test_explanation_numbers_the_readings_as_choices_do() -> None:
    page = (HEAD + CLOSING[0]).encode()
    assert "1. linked-headings, 3 items" in explain_digests(page)
    explained = explain_digests(page, profile=choose(CLOSING[0], 2))
    assert "1. linked-headings, 2 items" in explained
    assert "profile -12.0" in explained


@pytest.mark.parametrize("number", [0, 99])
def test_unknown_reading_is_refused(number: int) -> None:
    assert choose_reading((HEAD + CLOSING[0]).encode(), number) is None


def test_page_of_another_form_is_read_by_itself() -> None:
    other = "1. [One](https://e.org/1)\n\n   Text.\n\n2. [Two](https://e.org/2)\n\n   Text.\n"
    assert heads(read(other, choose(POINTS[0], 2))) == heads(read(other))


def test_profile_stays_small() -> None:
    profile = Profile()
    for number in range(300):
        profile = profile.learn(frozenset((f"a{number}",)), frozenset((f"b{number}",)))
    assert len(profile.prefer) == len(profile.avoid) == MAX_FEATURES
    assert profile.prefer[-1] == "a299"
