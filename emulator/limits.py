"""Who sends how often -> a 429 with the seconds to wait, or leave to go on. Rolling windows on monotonic time.

Telegram publishes no exact figures; these are the ones its FAQ names: about 30 a second overall, 1 a second in a chat
(short bursts pass), 20 a minute in a group, 1000 a second with allow_paid_broadcast (Bot API 7.11).
"""

import math
import time
from collections import deque
from collections.abc import Callable

import msgspec

from emulator.errors import TooMany

REMEMBERED_CHATS = 20_000


class Limits(msgspec.Struct):
    """The rates. `chat_burst` messages may come at once in a chat that was quiet."""

    enabled: bool = False
    per_second: int = 30
    per_second_paid: int = 1000
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20


class Gate:
    """Lets a call through or raises TooMany. A refused call uses nothing up."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._monotonic = monotonic
        self._all: deque[float] = deque()
        self._paid: deque[float] = deque()
        self._groups: dict[int, deque[float]] = {}
        self._debts: dict[int, float] = {}

    def reset(self) -> None:
        """Forget what was sent so far."""
        self._all.clear()
        self._paid.clear()
        self._groups.clear()
        self._debts.clear()

    def enter(self, chat_id: int, *, group: bool, paid: bool, count: int = 1) -> None:
        """Account `count` messages to this chat. Raises TooMany."""
        if not self.limits.enabled:
            return
        now = self._monotonic()
        overall, most = (self._paid, self.limits.per_second_paid) if paid else (self._all, self.limits.per_second)
        wait = max(
            _window_wait(overall, now, 1.0, most, count=count),
            self._chat_wait(chat_id, now, count),
            _window_wait(self._group(chat_id), now, 60.0, self.limits.group_per_minute, count=count) if group else 0.0,
        )
        if wait > 0:
            raise TooMany(max(1, math.ceil(wait)))
        overall.extend([now] * count)
        if group:
            self._group(chat_id).extend([now] * count)
        self._debts[chat_id] = max(self._debts.pop(chat_id, now), now) + count / self.limits.chat_per_second
        self._forget(now)

    def _group(self, chat_id: int) -> deque[float]:
        return self._groups.setdefault(chat_id, deque())

    def _chat_wait(self, chat_id: int, now: float, count: int) -> float:
        """Each message takes a second of the chat's time; a quiet chat may run into debt by a burst of them."""
        paid_off = max(self._debts.get(chat_id, now), now)
        burst = max(self.limits.chat_burst, count) / self.limits.chat_per_second
        return paid_off + count / self.limits.chat_per_second - burst - now

    def _forget(self, now: float) -> None:
        if len(self._debts) > REMEMBERED_CHATS:
            self._debts = {chat: until for chat, until in self._debts.items() if until > now}
            self._groups = {chat: sent for chat, sent in self._groups.items() if sent and sent[-1] > now - 60}


def _window_wait(sent: deque[float], now: float, span: float, most: int, *, count: int) -> float:
    """Seconds until `count` more fit into the rolling window; 0 when they fit now."""
    while sent and sent[0] <= now - span:
        sent.popleft()
    surplus = len(sent) + count - most
    if surplus <= 0:
        return 0.0
    return sent[min(surplus, len(sent)) - 1] + span - now if sent else span
