"""Rate budgets: an instant in (seconds on a clock that never jumps), how long to wait out. Pure.

Telegram counts what reached it in any second (and, for a group, in any minute). So messages leave evenly, a little
under the limit. Time lost to a stall is lost: what makes up for it is over the limit in some second, or, kept from
that, leaves the same gap in every second after it, for replies to wait in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")

UNDER = 0.992
"""The part of the allowed rate that is used: 0.98 wastes a part, 1.0 is refused now and then. Of each second it leaves
eight milliseconds for what happens between us and Telegram's count; 0.995 left five, which a busy machine needs."""

LATE = 0.003
"""Seconds that a message may leave late without those after it being late too; the slack that `UNDER` makes."""

SURE = 1 + (1 / UNDER - 1) * 0.8
"""Seconds in which no more than the limit may leave, as they really left: a message that was late shortens the time to
those after it, but not below this."""

REMEMBERED = 5000
"""Above so many a second there is no limit worth the memory."""

CHAT_SECONDS = 1.0
CHAT_BURST = 3
GROUP_MINUTE = 60.0
GROUP_MESSAGES = 20


@dataclass(slots=True)
class Departure:
    """When a message left: as it was let go first, and set right when it really does."""

    at: float


class GlobalRateLimit:
    """A budget of `per_second`, spent evenly (GCRA with hardly any tolerance), and never more than it in a second."""

    def __init__(self, per_second: float) -> None:
        self._left: deque[Departure] = deque(maxlen=max(1, int(per_second)) if per_second <= REMEMBERED else 0)
        self._interval = 1 / (per_second * UNDER)
        self._slower = 1.0
        self._next = 0.0

    def next_at(self) -> float:
        """The first instant at which a message may leave."""
        left = self._left
        return max(self._next, left[0].at + SURE) if left and len(left) == left.maxlen else self._next

    def take(self, now: float) -> Departure:
        """A message leaves now."""
        self._next = max(self._next, now - LATE) + self._interval * self._slower
        departure = Departure(now)
        self._left.append(departure)
        return departure

    @property
    def slower(self) -> float:
        """By how much messages are spaced wider than they need be: 1 when all is well."""
        return self._slower

    def slow_down(self) -> None:
        """The limit was met although we kept under it: it is lower than was thought."""
        self._slower = min(2.0, self._slower * 1.02)

    def recover(self) -> None:
        """All went well for a while."""
        self._slower = max(1.0, self._slower / 1.005)


class PerChatRateLimit:
    """One message a second for each chat, three at once; twenty a minute for each group. Remembers only what matters.

    Groups' and channels' ids are negative (Bot API).
    """

    def __init__(self) -> None:
        self._next: _Recent[float] = _Recent(2 * CHAT_SECONDS * CHAT_BURST)
        self._minutes: _Recent[deque[float]] = _Recent(GROUP_MINUTE)

    def wait(self, chat_id: int, now: float) -> float:
        """Seconds until the chat may get a message."""
        return max(0.0, self._earliest(chat_id, now) - now)

    def take(self, chat_id: int, now: float) -> float:
        """Reserve the chat's next message; the seconds until it may leave."""
        at = self._earliest(chat_id, now)
        due = max(self._next.get(chat_id, now) or 0.0, at) + CHAT_SECONDS
        self._next.put(chat_id, due, now)
        if chat_id < 0:
            minute = self._minutes.get(chat_id, now) or deque(maxlen=GROUP_MESSAGES)
            minute.append(at)
            self._minutes.put(chat_id, minute, now)
        return at - now

    def __len__(self) -> int:
        return len(self._next) + len(self._minutes)

    def _earliest(self, chat_id: int, now: float) -> float:
        due = self._next.get(chat_id, now)
        at = now if due is None else max(now, due - (CHAT_BURST - 1) * CHAT_SECONDS)
        minute = self._minutes.get(chat_id, now) if chat_id < 0 else None
        if minute is not None and len(minute) == GROUP_MESSAGES:
            at = max(at, minute[0] + GROUP_MINUTE)
        return at


class _Recent(Generic[Value]):
    """A dictionary that forgets what was not put in again for `seconds`, at the latest after twice that."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._turned = 0.0
        self._young: dict[int, Value] = {}
        self._old: dict[int, Value] = {}

    def get(self, key: int, now: float) -> Value | None:
        self._turn(now)
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def put(self, key: int, value: Value, now: float) -> None:
        self._turn(now)
        self._young[key] = value

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def _turn(self, now: float) -> None:
        if now - self._turned < self._seconds:
            return
        self._old = self._young if now - self._turned < 2 * self._seconds else {}
        self._young = {}
        self._turned = now
