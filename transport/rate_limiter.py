"""The bot's one rate limiter: every message, whoever sends it, waits here for its permit and its turn.

reply, notification:          permit ──────────────────┐
                                                       ├─> turn: one at a time, evenly spaced, replies first
bulk: permit -> claim commits -> permit.wait_for_turn ─┘

A bulk message needs its permit before its claim is committed, and its turn afterwards. So few messages are claimed
that cannot be sent yet, and sends stay evenly spaced although commits take a varying time. A 429 holds all turns until
its `retry_after` has passed, or those of one group.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from types import TracebackType
from typing import Protocol, Self

from transport.rate_limits import GlobalRateLimit, PerChatRateLimit, SendRecord

CLAIM_LEAD_SECONDS = 0.05
"""How long before its turn a bulk message may get its permit: the time for its claim to commit. Twice as much would
bridge slower commits, and leave half as many deliveries again unconfirmed after a kill."""

REPLY_LEAD_SECONDS = 0.0015
"""How long before its evenly spaced turn a reply may be sent; the spacing after it stays, so the rate does too."""

LONG_HOLD_SECONDS = 1.0
"""A 429 for longer than this refuses the turn of bulk messages that were claimed and not sent yet."""

RECOVERY_STEP_SECONDS = 5.0
"""Time without a 429 after which the rate rises by one step."""

MAX_HELD_CHATS = 1000
"""Number of chats with a 429 of their own from which on expired entries are dropped."""


class Priority(IntEnum):
    """Order in which waiting messages are sent: the lowest value first."""

    REPLY = 0  # somebody waits for an answer
    NOTIFICATION = 1  # a progress card or report for an admin
    BULK = 2  # digests and broadcasts


class RetryAfterListener(Protocol):
    """Callback for each 429, so that its deadline can be stored. `chat_id` is None if it holds every chat."""

    def __call__(self, chat_id: int | None, seconds: float) -> None: ...


class RateLimiter:
    """Keeps Telegram's limits for one bot; `per_second` is the number of messages it may send to all chats.

    `async with rate_limiter.permit(chat_id, priority):` waits until one message may be sent. A 429 is reported with
    `apply_retry_after`: one for a group holds that group, one for a private chat holds everything.
    """

    def __init__(self, per_second: float = 30, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._global_limit = GlobalRateLimit(per_second)
        self._chat_limit = PerChatRateLimit()
        self._monotonic = monotonic
        self._listeners: list[RetryAfterListener] = []
        self._max_admitted = max(2, int(per_second * CLAIM_LEAD_SECONDS) + 1)
        self._admitted = 0
        self._waiting_for_admission: deque[asyncio.Future[None]] = deque()
        self._waiting_for_turn: tuple[deque[asyncio.Future[SendRecord | None]], ...] = tuple(deque() for _ in Priority)
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._held_until = 0.0
        self._held_chats: dict[int, float] = {}
        self._rate_changed_at = -RECOVERY_STEP_SECONDS

    @property
    def retry_after(self) -> float:
        """Seconds for which nothing may be sent to any chat."""
        return max(0.0, self._held_until - self._monotonic())

    @property
    def slowdown(self) -> float:
        """Factor by which messages are spaced wider than the limit requires; 1 at the full rate."""
        return self._global_limit.slowdown

    def chat_wait(self, chat_id: int) -> float:
        """Return the seconds for which nothing may be sent to this chat, by its own limits or a 429 of its own."""
        now = self._monotonic()
        return max(self._held_chats.get(chat_id, 0.0) - now, self._chat_limit.wait_seconds(chat_id, now), 0.0)

    def permit(self, chat_id: int, priority: Priority) -> Permit:
        """Return the permit for one message to a chat, to be entered with `async with`."""
        return Permit(self, chat_id, priority)

    def add_retry_after_listener(self, listener: RetryAfterListener) -> None:
        """Have a listener called for each new 429."""
        self._listeners.append(listener)

    def apply_retry_after(self, chat_id: int, seconds: float) -> None:
        """Obey a 429 that a message to this chat met. Slow down a little if it holds every chat."""
        if chat_id >= 0:
            self.restore_retry_after(None, seconds)
            self._slow_down(seconds)
        else:
            self.restore_retry_after(chat_id, seconds)
        for listener in self._listeners:
            listener(None if chat_id >= 0 else chat_id, seconds)

    def restore_retry_after(self, chat_id: int | None, seconds: float) -> None:
        """Obey the rest of a 429 that was stored, for one chat or (None) for all, as if it had come before."""
        until = self._monotonic() + seconds
        if chat_id is not None:
            self._hold_chat(chat_id, until)
            return
        self._held_until = max(self._held_until, until)
        if seconds > LONG_HOLD_SECONDS:
            _refuse_turns(self._waiting_for_turn[Priority.BULK])
        self._serve()

    def _hold_chat(self, chat_id: int, until: float) -> None:
        if len(self._held_chats) > MAX_HELD_CHATS:
            now = self._monotonic()
            self._held_chats = {chat: end for chat, end in self._held_chats.items() if end > now}
        self._held_chats[chat_id] = max(self._held_chats.get(chat_id, 0.0), until)

    def _slow_down(self, seconds: float) -> None:
        """Lower the rate by one step, once for all 429s of the same moment."""
        now = self._monotonic()
        if now - self._rate_changed_at > LONG_HOLD_SECONDS:
            self._global_limit.slow_down()
        self._rate_changed_at = now + seconds

    # Called by Permit

    def _reserve_chat(self, chat_id: int) -> float:
        """Reserve the chat's next message; return the seconds until it may be sent."""
        now = self._monotonic()
        held = self._held_chats.get(chat_id, 0.0) - now if self._held_chats else 0.0
        return max(self._chat_limit.reserve(chat_id, now), held)

    async def _wait_for_admission(self) -> None:
        """Wait until the claim may be committed: no more are admitted than can be sent in `CLAIM_LEAD_SECONDS`."""
        is_free = self._admitted < self._max_admitted and not self._waiting_for_admission
        if is_free and self._held_until <= self._monotonic():
            self._admitted += 1
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting_for_admission.append(future)
        self._serve()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._end_admission()
            raise

    def _end_admission(self) -> None:
        self._admitted -= 1
        self._admit()

    async def _wait_for_turn(self, priority: Priority) -> SendRecord | None:
        """Wait until the global limit allows a message of this priority. None if a 429 refused its turn."""
        now = self._monotonic()
        is_held = self._held_until > now
        lead_seconds = REPLY_LEAD_SECONDS if priority is Priority.REPLY else 0.0
        is_due = self._global_limit.next_send_at(lead_seconds=lead_seconds) <= now
        if is_due and not is_held and not any(self._waiting_for_turn[: priority + 1]):
            return self._record_send(now)
        future: asyncio.Future[SendRecord | None] = asyncio.get_running_loop().create_future()
        self._waiting_for_turn[priority].append(future)
        self._serve()
        record = await future
        if record is not None:
            record.at = self._monotonic()  # other tasks may have run since the turn was granted
        return record

    # Serving those who wait

    def _serve(self) -> None:
        """Grant every turn that may be granted now, and set the timer for the next one."""
        now = self._monotonic()
        if self._held_until <= now:
            self._admit()
        while any(self._waiting_for_turn) or self._waiting_for_admission:
            lead_seconds = REPLY_LEAD_SECONDS if self._waiting_for_turn[Priority.REPLY] else 0.0
            at = max(self._global_limit.next_send_at(lead_seconds=lead_seconds), self._held_until)
            if at > now:
                self._set_timer(at, now)
                return
            if not self._grant_turn(now):
                return

    def _admit(self) -> None:
        if self._held_until > self._monotonic():
            return
        while self._waiting_for_admission and self._admitted < self._max_admitted:
            future = self._waiting_for_admission.popleft()
            if not future.done():
                self._admitted += 1
                future.set_result(None)

    def _grant_turn(self, now: float) -> bool:
        """Let the first waiting message of the highest priority be sent; return whether there was one."""
        for queue in self._waiting_for_turn:
            while queue:
                future = queue.popleft()
                if not future.done():
                    future.set_result(self._record_send(now))
                    return True
        return False

    def _record_send(self, now: float) -> SendRecord:
        if self._global_limit.slowdown > 1 and now - self._rate_changed_at > RECOVERY_STEP_SECONDS:
            self._global_limit.recover()
            self._rate_changed_at = now
        return self._global_limit.record_send(now)

    def _set_timer(self, at: float, now: float) -> None:
        if self._timer is not None and self._timer_at <= at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = asyncio.get_running_loop().call_later(at - now, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._serve()


class Permit:
    """Permission to send one message, made by `RateLimiter.permit`.

    Entering waits for the chat's limits and then, for replies and notifications, for the message's turn. A bulk
    message calls `wait_for_turn` once its claim is committed; leaving the block without it gives the permit up.
    """

    __slots__ = ("_chat_id", "_is_admitted", "_priority", "_rate_limiter", "_record")

    def __init__(self, rate_limiter: RateLimiter, chat_id: int, priority: Priority) -> None:
        self._rate_limiter = rate_limiter
        self._chat_id = chat_id
        self._priority = priority
        self._is_admitted = False
        self._record: SendRecord | None = None

    async def __aenter__(self) -> Self:
        wait = self._rate_limiter._reserve_chat(self._chat_id)
        if wait > 0:
            await asyncio.sleep(wait)
        if self._priority is Priority.BULK:
            await self._rate_limiter._wait_for_admission()
            self._is_admitted = True
        else:
            self._record = await self._rate_limiter._wait_for_turn(self._priority)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end_admission()

    async def wait_for_turn(self) -> bool:
        """Wait until a bulk message may be sent. False if a 429 came since: it must not be sent now."""
        try:
            if self._rate_limiter.retry_after <= LONG_HOLD_SECONDS:
                self._record = await self._rate_limiter._wait_for_turn(self._priority)
            return self._record is not None
        finally:
            self._end_admission()

    def record_send_time(self) -> None:
        """Record that the message's bytes leave now.

        Otherwise it counts as sent at its turn: too early if it had to wait for a connection, so that a second later
        one message too many would arrive.
        """
        if self._record is not None:
            self._record.at = self._rate_limiter._monotonic()

    def _end_admission(self) -> None:
        if self._is_admitted:
            self._is_admitted = False
            self._rate_limiter._end_admission()


def _refuse_turns(queue: deque[asyncio.Future[SendRecord | None]]) -> None:
    while queue:
        future = queue.popleft()
        if not future.done():
            future.set_result(None)
