"""The key of an edition: its day with a slot, which a plain date is without one."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.edition_day import DEFAULT_SLOT, EditionDay, calendar_day, is_slot, parse_edition_day, slot_of, slot_order

DAY = date(2026, 11, 26)
slots = st.just(DEFAULT_SLOT) | st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)
editions = st.builds(EditionDay.of, st.dates(), slots)


@given(editions)
def test_its_name_is_read_back(edition: EditionDay) -> None:
    assert parse_edition_day(str(edition)) == parse_edition_day(f"{edition}") == edition
    assert EditionDay.read(edition.isoformat(), edition.slot) == edition
    for copied in (pickle.loads(pickle.dumps(edition)), copy.deepcopy(edition)):  # noqa: S301 - our own bytes
        assert (copied, copied.slot) == (edition, edition.slot)


@given(st.lists(editions | st.dates()))
def test_editions_and_dates_have_one_order(days: list[date]) -> None:
    ordered = sorted(days)
    assert ordered == sorted(days, key=lambda day: (day.toordinal(), slot_of(day) != DEFAULT_SLOT, slot_of(day)))
    for one, other in pairwise(ordered):
        assert one <= other
        assert not other < one
        assert (one == other) is (hash(one) == hash(other) and calendar_day(one) == calendar_day(other))


def test_plain_date_is_the_default_slot() -> None:
    evening = EditionDay.of(DAY, "evening")
    assert EditionDay.of(DAY) == DAY
    assert {DAY: 1}[EditionDay.of(DAY)] == 1
    assert evening != DAY
    assert DAY < evening < date(2026, 11, 27)
    assert calendar_day(evening) == DAY
    assert (str(EditionDay.of(DAY)), str(evening), evening.isoformat()) == (
        "2026-11-26",
        "2026-11-26-evening",
        "2026-11-26",
    )


@pytest.mark.parametrize("name", ["", "Evening", "abcdefghijklm", "晚间", "a b", "a-b", "١"])
def test_odd_names_are_no_slots(name: str) -> None:
    assert not is_slot(name)
    with pytest.raises(ValueError, match="no such slot"):
        EditionDay.of(DAY, name)


@pytest.mark.parametrize("text", ["", "2026-11-26-", "2026-13-01", "2026-11-26-a-b", "2026-11-26 evening", "evening"])
def test_other_texts_name_no_edition(text: str) -> None:
    assert parse_edition_day(text) is None


def test_slots_are_listed_in_the_order_of_a_day() -> None:
    slots = ["zoo", "evening", "morning", "noon", "art"]
    assert sorted(slots, key=slot_order) == ["morning", "noon", "evening", "art", "zoo"]
