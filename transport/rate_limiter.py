"""The pace of everything that leaves: a chat and a lane in, the moment at which it may leave out.

reply, card ──────────────────────────── permit ─┐
                                                 ├─> gate: one at a time, evenly, replies first
digest, broadcast: permit -> (commit) -> depart ─┘

What goes to many needs its permit before it is written down as sent, and the gate after that: so that little is
written down that cannot leave yet, and what leaves is even all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum

from transport.rate_limits import Departure, GlobalRateLimit, PerChatRateLimit

AHEAD = 0.05
"""Seconds ahead of its departure that a message for many may get its permit: the time a commit may take. Twice as much
would bridge slower commits, and leave half as many people again in doubt after a kill."""

LONG = 1.0
"""A hold of more seconds than this sends those back that were about to depart."""

CALM = 5.0
"""Seconds without a 429 after which the rate climbs again by a step."""


class Priority(IntEnum):
    """Who goes first."""

    REPLY = 0  # somebody waits for an answer
    NOTIFICATION = 1  # an admin's progress card, a report
    CORRECTION = 2
    BULK = 3  # digests and broadcasts


class RateLimiter:
    """Telegram's limits, kept for one bot. `per_second` is what it allows the bot in all.

    `on_hold(chat, seconds)` is told of each 429's deadline (chat None: it holds everybody), so that it can outlive
    the process.
    """

    def __init__(
        self,
        per_second: float = 30,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        on_hold: Callable[[int | None, float], None] | None = None,
    ) -> None:
        self._even = GlobalRateLimit(per_second)
        self._chats = PerChatRateLimit()
        self._monotonic = monotonic
        self.on_hold = on_hold
        self._room = max(2, int(per_second * AHEAD) + 1)
        self._admitted = 0
        self._waiting_room: deque[asyncio.Future[None]] = deque()
        self._gate: tuple[deque[asyncio.Future[Departure | None]], ...] = tuple(deque() for _ in Priority)
        self._timer: asyncio.TimerHandle | None = None
        self._held_until = 0.0
        self._held_chats: dict[int, float] = {}
        self._slowed_at = -CALM
        self._timer_at = 0.0

    @property
    def retry_after(self) -> float:
        """Seconds for which nothing may leave."""
        return max(0.0, self._held_until - self._monotonic())

    @property
    def slowdown(self) -> float:
        """By how much the spacing is wider than it need be, after a 429: 1 when all is well."""
        return self._even.slower

    def chat_wait(self, chat_id: int) -> float:
        """Seconds for which this chat may not get anything."""
        now = self._monotonic()
        return max(self._held_chats.get(chat_id, 0.0) - now, self._chats.wait(chat_id, now), 0.0)

    async def permit(self, chat_id: int, lane: Priority) -> None:
        """Wait until a message may leave. One for many (`BULK`, `CORRECTION`) has to `depart` after its commit, and
        must be given back with `give_back` when it does not."""
        wait = self._take_chat(chat_id)
        if wait > 0:
            await asyncio.sleep(wait)
        if lane >= Priority.CORRECTION:
            await self._enter()
        else:
            await self._pass(lane)

    async def depart(self, lane: Priority) -> Departure | None:
        """Wait for a permitted message's turn. None when a 429 came in between: then it must not leave now."""
        try:
            return await self._pass(lane) if self.retry_after <= LONG else None
        finally:
            self.give_back()

    def left(self, departure: Departure) -> None:
        """A message leaves just now. Without this word it counts as having left when its turn came: too early, if it
        had to wait for a connection, and a second later one too many would arrive."""
        departure.at = self._monotonic()

    def give_back(self) -> None:
        """A permitted message has departed, or will not."""
        self._admitted -= 1
        self._admit()

    def hold(self, chat_id: int, seconds: float) -> None:
        """A 429 came for a chat: a group waits alone; for a private chat everybody does."""
        if chat_id >= 0:
            self.hold_all(seconds)
            return
        self.hold_chat_until(chat_id, seconds)
        if self.on_hold:
            self.on_hold(chat_id, seconds)

    def hold_all(self, seconds: float) -> None:
        """Nothing may leave for so long. The rate after that is a little lower, and climbs back."""
        self.hold_until(seconds)
        now = self._monotonic()
        if now - self._slowed_at > LONG:
            self._even.slow_down()
        self._slowed_at = now + seconds
        if self.on_hold:
            self.on_hold(None, seconds)

    def hold_until(self, seconds: float) -> None:
        """As `hold_all`, for a deadline that was known before: it is not told again, nor does the rate fall."""
        self._held_until = max(self._held_until, self._monotonic() + seconds)
        if seconds > LONG:
            for lane in (Priority.CORRECTION, Priority.BULK):
                _send_back(self._gate[lane])
        self._pump()

    def hold_chat_until(self, chat_id: int, seconds: float) -> None:
        """One chat waits alone, for a deadline that was known before."""
        now = self._monotonic()
        if len(self._held_chats) > 1000:
            self._held_chats = {chat: until for chat, until in self._held_chats.items() if until > now}
        self._held_chats[chat_id] = max(self._held_chats.get(chat_id, 0.0), now + seconds)

    def _take_chat(self, chat_id: int) -> float:
        now = self._monotonic()
        held = self._held_chats.get(chat_id, 0.0) - now if self._held_chats else 0.0
        return max(self._chats.take(chat_id, now), held)

    async def _enter(self) -> None:
        """Into the room of those that may commit: as many as leave within `AHEAD`."""
        if self._admitted < self._room and not self._waiting_room and self._held_until <= self._monotonic():
            self._admitted += 1
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting_room.append(future)
        self._pump()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.give_back()
            raise

    def _admit(self) -> None:
        if self._held_until > self._monotonic():
            return
        while self._waiting_room and self._admitted < self._room:
            future = self._waiting_room.popleft()
            if not future.done():
                self._admitted += 1
                future.set_result(None)

    async def _pass(self, lane: Priority) -> Departure | None:
        """Through the gate, when it is this lane's turn."""
        now = self._monotonic()
        if self._even.next_at() <= now and self._held_until <= now and not any(self._gate):
            return self._take(now)
        future: asyncio.Future[Departure | None] = asyncio.get_running_loop().create_future()
        self._gate[lane].append(future)
        self._pump()
        departure = await future
        if departure is not None:
            self.left(departure)  # others may have run since it was let go
        return departure

    def _pump(self) -> None:
        """Let out whoever may leave now; come back when the next may."""
        now = self._monotonic()
        if self._held_until <= now:
            self._admit()
        while any(self._gate) or self._waiting_room:
            at = max(self._even.next_at(), self._held_until)
            if at > now:
                self._come_back(at, now)
                return
            if not self._let_one_out(now):
                return

    def _let_one_out(self, now: float) -> bool:
        for lane in self._gate:
            while lane:
                future = lane.popleft()
                if not future.done():
                    future.set_result(self._take(now))
                    return True
        return False

    def _take(self, now: float) -> Departure:
        if self._even.slower > 1 and now - self._slowed_at > CALM:
            self._even.recover()
            self._slowed_at = now
        return self._even.take(now)

    def _come_back(self, at: float, now: float) -> None:
        if self._timer is not None and self._timer_at <= at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = asyncio.get_running_loop().call_later(at - now, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._pump()


def _send_back(waiting: deque[asyncio.Future[Departure | None]]) -> None:
    while waiting:
        future = waiting.popleft()
        if not future.done():
            future.set_result(None)
