"""Who says too much: a person's id in, whether they are heard now out. One who floods is limited alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """What becomes of something said."""

    ALLOW = "yes"
    NOTIFY = "too much"  # the first one that is passed over: they should be told why
    DROP = "no"


@dataclass(slots=True)
class _Person:
    until: float = 0.0
    told: bool = False


class UserThrottle:
    """Lets each person say `burst` things at once and one every `seconds` in the long run.

    Remembers at most `people`, those heard last. `monotonic` tells seconds that never jump.
    """

    def __init__(
        self, monotonic: Callable[[], float], *, burst: int = 20, seconds: float = 1.0, people: int = 10_000
    ) -> None:
        self._monotonic = monotonic
        self._slack = (burst - 1) * seconds
        self._seconds = seconds
        self._most = people
        self._people: OrderedDict[int, _Person] = OrderedDict()

    def check(self, person_id: int) -> Decision:
        person = self._people.setdefault(person_id, _Person())
        self._people.move_to_end(person_id)
        while len(self._people) > self._most:
            self._people.popitem(last=False)
        now = self._monotonic()
        start = max(person.until, now)
        if start - now > self._slack:
            first, person.told = not person.told, True
            return Decision.NOTIFY if first else Decision.DROP
        person.until, person.told = start + self._seconds, False
        return Decision.ALLOW
