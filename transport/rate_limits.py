"""Telegram's rate limits as pure calculations over a monotonic clock: the bot-wide limit and the limits of each chat.

Telegram counts the messages that reach it in any second and, for a group, in any minute. Sends are therefore spaced
evenly, a little below the limit. A message that a short stall delayed does not delay the next. Time lost to a longer
one is not made up for: a burst leaves a gap in every later second, in which replies would have to wait.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")

USED_SHARE_OF_LIMIT = 0.992
"""Share of the allowed rate that is used. 0.98 wastes capacity and 1.0 is refused now and then; 0.992 leaves eight
milliseconds of each second for jitter between this process and Telegram, which 0.995 did not on a busy machine."""

MAX_LATENESS_SECONDS = 0.025
"""How late a message may be sent without delaying those after it, which then follow faster until they are on time.

On a busy machine a process waits for its core as long as others may run at a time: some 3 to 20 ms on Linux, many times
a second.
"""

WINDOW_SECONDS = 1 + (1 / USED_SHARE_OF_LIMIT - 1) * 0.8
"""Window in which no more messages than the limit are sent, measured at the moments they really left."""

MAX_TRACKED_PER_SECOND = 5000
"""Limits above this rate are not tracked by window: there are none in practice, and the records would cost memory."""

CHAT_INTERVAL_SECONDS = 1.0
CHAT_BURST_MESSAGES = 3
GROUP_WINDOW_SECONDS = 60.0
GROUP_WINDOW_MESSAGES = 20


@dataclass(slots=True)
class SendRecord:
    """When a message was sent: first the moment of its turn, corrected when its bytes really leave."""

    at: float


class GlobalRateLimit:
    """Bot-wide limit of `per_second` messages: evenly spaced (GCRA), and never more in any one-second window."""

    def __init__(self, per_second: float) -> None:
        tracked = max(1, int(per_second)) if per_second <= MAX_TRACKED_PER_SECOND else 0
        self._window: deque[SendRecord] = deque(maxlen=tracked)
        self._interval = 1 / (per_second * USED_SHARE_OF_LIMIT)
        self._tolerance = MAX_LATENESS_SECONDS if tracked else 1 - USED_SHARE_OF_LIMIT
        self._slowdown = 1.0
        self._next_slot = 0.0

    def next_send_at(self, *, lead_seconds: float = 0.0) -> float:
        """Return the first instant at which a message may be sent, up to `lead_seconds` before its even spacing."""
        window, slot = self._window, self._next_slot - lead_seconds
        if window and len(window) == window.maxlen:
            return max(slot, window[0].at + WINDOW_SECONDS)
        return slot

    def continue_after(self, now: float) -> None:
        """Space the next message as if another process had sent at the full rate until now, the last one late.

        Neither window knows the other's messages, but the two spacings together hold no more than the limit in any
        second if the gap between them makes up for the lateness that the other one's messages may have had.
        """
        self._next_slot = max(self._next_slot, now + self._tolerance + self._interval)

    def record_send(self, now: float) -> SendRecord:
        """Count a message that is sent now."""
        self._next_slot = max(self._next_slot, now - self._tolerance) + self._interval * self._slowdown
        record = SendRecord(now)
        self._window.append(record)
        return record

    @property
    def slowdown(self) -> float:
        """Factor by which messages are spaced wider than the limit requires; 1 at the full rate."""
        return self._slowdown

    def slow_down(self) -> None:
        """Widen the spacing: Telegram refused although the limit was kept, so its limit is lower than assumed."""
        self._slowdown = min(2.0, self._slowdown * 1.02)

    def recover(self) -> None:
        """Narrow the spacing by one step towards the full rate."""
        self._slowdown = max(1.0, self._slowdown / 1.005)


class PerChatRateLimit:
    """Limits of each chat: one message a second with bursts of three, and for groups twenty a minute.

    Ids of groups and channels are negative (Bot API). Chats that were quiet for a while are forgotten.
    """

    def __init__(self) -> None:
        self._next: ExpiringDict[float] = ExpiringDict(2 * CHAT_INTERVAL_SECONDS * CHAT_BURST_MESSAGES)
        self._group_sends: ExpiringDict[deque[float]] = ExpiringDict(GROUP_WINDOW_SECONDS)

    def wait_seconds(self, chat_id: int, now: float) -> float:
        """Return the seconds until the chat may get another message."""
        return max(0.0, self._earliest(chat_id, now) - now)

    def leaves_room(self, chat_id: int, now: float) -> bool:
        """Return whether a message now would let the next one go at once too; a group's window is not looked at."""
        return (self._next.get(chat_id, now) or now) <= now + (CHAT_BURST_MESSAGES - 2) * CHAT_INTERVAL_SECONDS

    def reserve(self, chat_id: int, now: float) -> float:
        """Reserve the chat's next message and return the seconds until it may be sent."""
        at = self._earliest(chat_id, now)
        next_at = max(self._next.get(chat_id, now) or 0.0, at) + CHAT_INTERVAL_SECONDS
        self._next.put(chat_id, next_at, now)
        if chat_id < 0:
            sends = self._group_sends.get(chat_id, now) or deque(maxlen=GROUP_WINDOW_MESSAGES)
            sends.append(at)
            self._group_sends.put(chat_id, sends, now)
        return at - now

    def __len__(self) -> int:
        return len(self._next) + len(self._group_sends)

    def _earliest(self, chat_id: int, now: float) -> float:
        next_at = self._next.get(chat_id, now)
        at = now if next_at is None else max(now, next_at - (CHAT_BURST_MESSAGES - 1) * CHAT_INTERVAL_SECONDS)
        sends = self._group_sends.get(chat_id, now) if chat_id < 0 else None
        if sends is not None and len(sends) == GROUP_WINDOW_MESSAGES:
            at = max(at, sends[0] + GROUP_WINDOW_SECONDS)
        return at


class ExpiringDict(Generic[Value]):
    """Dictionary that drops entries not put again for `seconds`, at the latest after twice that time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rotated_at = 0.0
        self._young: dict[int, Value] = {}
        self._old: dict[int, Value] = {}

    def get(self, key: int, now: float) -> Value | None:
        self._rotate(now)
        value = self._young.get(key)
        return self._old.get(key) if value is None else value

    def put(self, key: int, value: Value, now: float) -> None:
        self._rotate(now)
        self._young[key] = value

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def _rotate(self, now: float) -> None:
        if now - self._rotated_at < self._seconds:
            return
        self._old = self._young if now - self._rotated_at < 2 * self._seconds else {}
        self._young = {}
        self._rotated_at = now
