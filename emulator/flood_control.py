"""Telegram's flood limits: a call that exceeds one fails with 429 and the seconds to wait.

Telegram publishes no exact figures. The FAQ names about 30 messages a second overall, 1 a second in a chat (short
bursts pass) and 20 a minute in a group; Bot API 7.11 names 1000 a second with allow_paid_broadcast, of which those
above the free rate are billed.
"""

import math
import time
from collections import deque
from collections.abc import Callable

import msgspec

from emulator.errors import TooManyRequests

MAX_TRACKED_CHATS = 20_000


class FloodLimits(msgspec.Struct):
    """Flood limits. `chat_burst`: messages an idle chat accepts at once."""

    enabled: bool = False
    per_second: int = 30
    per_second_paid: int = 1000
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20


class FloodControl:
    """Checks of messages against the limits, in rolling windows of monotonic time; a refused call is not counted."""

    def __init__(self, limits: FloodLimits, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._free_sends: deque[float] = deque()
        self._paid_sends: deque[float] = deque()
        self._group_sends: dict[int, deque[float]] = {}
        self._busy_until: dict[int, float] = {}

    def reset(self) -> None:
        """Forget all earlier messages."""
        self._free_sends.clear()
        self._paid_sends.clear()
        self._group_sends.clear()
        self._busy_until.clear()

    def check_and_count(self, chat_id: int, *, group: bool, paid: bool, count: int = 1) -> None:
        """Count `count` messages to the chat. Raises TooManyRequests if they exceed a limit."""
        now = self._monotonic()
        if not self.limits.enabled:
            if paid:
                self._paid_sends.extend([now] * count)
            return
        window, limit = (
            (self._paid_sends, self.limits.per_second_paid) if paid else (self._free_sends, self.limits.per_second)
        )
        wait = max(
            _window_wait(window, now, 1.0, limit, count=count),
            self._chat_wait(chat_id, now, count),
            _window_wait(self._sends_to_group(chat_id), now, 60.0, self.limits.group_per_minute, count=count)
            if group
            else 0.0,
        )
        if wait > 0:
            raise TooManyRequests(max(1, math.ceil(wait)))
        window.extend([now] * count)
        if group:
            self._sends_to_group(chat_id).extend([now] * count)
        self._busy_until[chat_id] = max(self._busy_until.pop(chat_id, now), now) + count / self.limits.chat_per_second
        self._forget_idle_chats(now)

    def exceeds_free_rate(self) -> bool:
        """Whether one more message of this second is above the free rate, so that a paid one is billed."""
        now = self._monotonic()
        for window in (self._free_sends, self._paid_sends):
            _forget_before(window, now - 1.0)
        return len(self._free_sends) + len(self._paid_sends) >= self.limits.per_second

    def _sends_to_group(self, chat_id: int) -> deque[float]:
        return self._group_sends.setdefault(chat_id, deque())

    def _chat_wait(self, chat_id: int, now: float, count: int) -> float:
        """Return the seconds until the chat accepts the messages (GCRA: each message occupies one second)."""
        busy_until = max(self._busy_until.get(chat_id, now), now)
        burst_seconds = max(self.limits.chat_burst, count) / self.limits.chat_per_second
        return busy_until + count / self.limits.chat_per_second - burst_seconds - now

    def _forget_idle_chats(self, now: float) -> None:
        if len(self._busy_until) > MAX_TRACKED_CHATS:
            self._busy_until = {chat: until for chat, until in self._busy_until.items() if until > now}
            self._group_sends = {chat: sent for chat, sent in self._group_sends.items() if sent and sent[-1] > now - 60}


def _window_wait(sent: deque[float], now: float, window_seconds: float, limit: int, *, count: int) -> float:
    """Return the seconds until `count` more messages fit into the rolling window."""
    _forget_before(sent, now - window_seconds)
    surplus = len(sent) + count - limit
    if surplus <= 0:
        return 0.0
    return sent[min(surplus, len(sent)) - 1] + window_seconds - now if sent else window_seconds


def _forget_before(sent: deque[float], earliest: float) -> None:
    while sent and sent[0] <= earliest:
        sent.popleft()
