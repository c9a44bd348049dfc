"""The key by which people and tables name an edition: its day, and its slot on that day. Pure.

2026-11-26            the edition of a day; in the default slot
2026-11-26-evening    the one of another slot
"""

from __future__ import annotations

import re
from datetime import date, datetime

DEFAULT_SLOT = "morning"
"""Slot of an edition that names none; every subscriber has it."""

SLOTS_IN_NAMES = ("am", "morning", "midday", "noon", "lunch", "afternoon", "pm", "evening", "night")
"""Slots that a file's name can give, in the order of a day; other words behind the day may be a title."""

_SLOT = re.compile(r"[a-z0-9]{1,12}", re.ASCII)
_WRITTEN = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?:-(?P<slot>[a-z0-9]{1,12}))?", re.ASCII)

EDITION_PATTERN = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:-[a-z0-9]{1,12})?"
"""What `str` makes of an edition's day, for the data of buttons and links."""


class EditionDay(date):
    """The day of an edition with its slot; a plain date is the day of the default slot.

    `isoformat` is the day alone, `str` names the edition.
    """

    __slots__ = ("slot",)
    slot: str

    def __new__(cls, year: int, month: int, day: int, slot: str = DEFAULT_SLOT) -> EditionDay:
        if not is_slot(slot):
            raise ValueError(f"no such slot: {slot!r}")
        edition = super().__new__(cls, year, month, day)
        edition.slot = slot
        return edition

    @classmethod
    def of(cls, day: date, slot: str = DEFAULT_SLOT) -> EditionDay:
        """Return the edition of a slot on a day."""
        return cls(day.year, day.month, day.day, slot)

    @classmethod
    def read(cls, day: str, slot: str = DEFAULT_SLOT) -> EditionDay:
        """Return the edition of a day as tables have it: `2026-11-26`."""
        return cls.of(date.fromisoformat(day), slot)

    def __str__(self) -> str:
        return self.isoformat() if self.slot == DEFAULT_SLOT else f"{self.isoformat()}-{self.slot}"

    def __repr__(self) -> str:
        return f"EditionDay({self.year}, {self.month}, {self.day}, {self.slot!r})"

    def __eq__(self, other: object) -> bool:
        return _key(self) == _key(other) if _is_day(other) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other if _is_day(other) else NotImplemented

    # All of them: `date` has its own, so `functools.total_ordering` would leave them as they are.
    def __lt__(self, other: date) -> bool:
        return _key(self) < _key(other) if _is_day(other) else NotImplemented

    def __le__(self, other: date) -> bool:
        return _key(self) <= _key(other) if _is_day(other) else NotImplemented

    def __gt__(self, other: date) -> bool:
        return _key(self) > _key(other) if _is_day(other) else NotImplemented

    def __ge__(self, other: date) -> bool:
        return _key(self) >= _key(other) if _is_day(other) else NotImplemented

    def __hash__(self) -> int:
        return super().__hash__() if self.slot == DEFAULT_SLOT else hash(_key(self))

    def __reduce__(self) -> tuple[type[EditionDay], tuple[int, int, int, str]]:
        return EditionDay, (self.year, self.month, self.day, self.slot)


def is_slot(name: str) -> bool:
    """Return whether a slot can have a name."""
    return _SLOT.fullmatch(name) is not None


def slot_of(day: date) -> str:
    """Return the slot of an edition."""
    return day.slot if isinstance(day, EditionDay) else DEFAULT_SLOT


def calendar_day(day: date) -> date:
    """Return the day of an edition alone, to be compared with other days."""
    return date(day.year, day.month, day.day)


def slot_order(slot: str) -> tuple[int, str]:
    """Return what slots are listed by: those with a name of a time of day in its order, then the others."""
    known = SLOTS_IN_NAMES.index(slot) if slot in SLOTS_IN_NAMES else len(SLOTS_IN_NAMES)
    return known, slot


def parse_edition_day(text: str) -> EditionDay | None:
    """Return the edition that a text names as `str` does, or None."""
    match = _WRITTEN.fullmatch(text.strip().lower())
    try:
        return None if match is None else EditionDay.read(match["day"], match["slot"] or DEFAULT_SLOT)
    except ValueError:
        return None


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _key(day: object) -> tuple[int, bool, str]:
    """Return what editions are ordered by: the day, and on a day the default slot first."""
    if not isinstance(day, date):
        raise TypeError(f"{day!r} is no day")
    slot = slot_of(day)
    return day.toordinal(), slot != DEFAULT_SLOT, slot
