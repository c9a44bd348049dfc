"""Limit incoming updates per sender and per group, so that those who flood the bot delay nobody else.

An update that is dropped costs some microseconds: it is judged by its JSON, before a framework or a database sees it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from transport.rate_limits import GROUP_WINDOW_MESSAGES, GROUP_WINDOW_SECONDS

SENDER_BURST_UPDATES = 20
SENDER_INTERVAL_SECONDS = 1.0
"""Limits of each sender: so many updates at once, and one per interval in the long run."""

GROUP_BURST_UPDATES = GROUP_WINDOW_MESSAGES
GROUP_INTERVAL_SECONDS = GROUP_WINDOW_SECONDS / GROUP_WINDOW_MESSAGES
"""Limits of each group, whoever writes in it: as many updates as Telegram lets the bot answer there."""

QUIET_SECONDS = 60.0
"""Time without a drop after which a chat's next drop is announced again."""

MAX_REMEMBERED = 10_000
"""How many senders, groups and chats are remembered: the ones active last."""


class UpdateThrottle:
    """Decides which updates are handled. `monotonic` returns seconds that never go back.

    Its limits are `leniency` times the usual ones.
    """

    def __init__(self, monotonic: Callable[[], float], *, leniency: int = 1) -> None:
        self._senders = RequestLimit(
            monotonic,
            burst=leniency * SENDER_BURST_UPDATES,
            interval_seconds=SENDER_INTERVAL_SECONDS / leniency,
        )
        self._groups = RequestLimit(
            monotonic,
            burst=leniency * GROUP_BURST_UPDATES,
            interval_seconds=GROUP_INTERVAL_SECONDS / leniency,
        )

    def allow(self, sender_id: int, chat_id: int) -> bool:
        """Count an update for its sender and its group, and return whether it may be handled."""
        return self._senders.allow(sender_id) and (chat_id >= 0 or self._groups.allow(chat_id))


class RequestLimit:
    """Allows each key `burst` requests at once and one per `interval_seconds` in the long run (GCRA)."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        burst: int,
        interval_seconds: float,
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        self._monotonic = monotonic
        self._tolerance_seconds = (burst - 1) * interval_seconds
        self._interval_seconds = interval_seconds
        self._next_at = _RecentDict(max_remembered)

    def allow(self, key: int) -> bool:
        """Count one request and return whether it is within the limit; one that is not costs nothing."""
        now = self._monotonic()
        next_at = max(self._next_at.get(key, now), now)
        is_allowed = next_at - now <= self._tolerance_seconds
        self._next_at.put(key, next_at + self._interval_seconds if is_allowed else next_at)
        return is_allowed


class DropAnnouncements:
    """Tells a chat's first drop from the following ones, until it has been quiet for `QUIET_SECONDS`."""

    def __init__(self, monotonic: Callable[[], float], *, max_remembered: int = MAX_REMEMBERED) -> None:
        self._monotonic = monotonic
        self._dropped_at = _RecentDict(max_remembered)

    def record_drop(self, chat_id: int) -> bool:
        """Record a drop and return whether it has to be announced."""
        now = self._monotonic()
        dropped_at = self._dropped_at.get(chat_id, now - QUIET_SECONDS)
        self._dropped_at.put(chat_id, now)
        return now - dropped_at >= QUIET_SECONDS


class _RecentDict:
    """Dictionary of times that keeps the `size` entries put last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._times: OrderedDict[int, float] = OrderedDict()

    def get(self, key: int, default: float) -> float:
        return self._times.get(key, default)

    def put(self, key: int, time: float) -> None:
        self._times[key] = time
        self._times.move_to_end(key)
        if len(self._times) > self._size:
            self._times.popitem(last=False)
