"""The bot's one rate limiter: every message, whoever sends it, waits here for its permit and its turn.

reply, notification:          permit ──────────────────┐
                                                       ├─> turn: one at a time, evenly spaced, replies first
bulk: permit -> claim commits -> permit.wait_for_turn ─┤
                                                       └─> (paid broadcast) turn: under a limit of its own

A bulk message needs its permit before its claim is committed, and its turn afterwards. So few messages are claimed
that cannot be sent yet, and sends stay evenly spaced although commits take a varying time. A 429 holds all turns until
its `retry_after` has passed, or those of one group.

Replies take turns between chats: first to whom had the fewest in the last minute.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Protocol, Self

from domain.delivery.payment import PAID_MESSAGES_PER_SECOND
from transport.rate_limits import ExpiringDict, PerChatRateLimit, SendRecord
from transport.turn_queue import LONG_HOLD_SECONDS, Priority, TurnQueue

MAX_HELD_CHATS = 1000
"""Number of chats with a 429 of their own from which on expired entries are dropped."""

RECENT_SECONDS = 60.0
"""Time without a reply after which the replies that a chat had are forgotten."""


_held: ContextVar[Permit | None] = ContextVar("held", default=None)
"""The permit that the current task holds: the frameworks do not hand one through to the client."""


def record_send_time() -> None:
    """Record that the bytes of the message for which this task holds a permit leave now; do nothing without one."""
    permit = _held.get()
    if permit is not None:
        permit.record_send_time()


class RetryAfterListener(Protocol):
    """Callback for each 429, so that its deadline can be stored. `chat_id` is None if it holds every chat."""

    def __call__(self, chat_id: int | None, seconds: float) -> None: ...


class RateLimiter:
    """Keeps Telegram's limits for one bot; `per_second` is the number of messages it may send to all chats for free.

    `async with rate_limiter.permit(chat_id, priority):` waits until one message may be sent. Messages of paid
    broadcasts go beside the others, up to `paid_per_second`. A 429 is reported with `apply_retry_after`: one for a
    group holds that group, one for a private chat holds everything.
    """

    def __init__(
        self,
        per_second: float = 30,
        *,
        paid_per_second: float = PAID_MESSAGES_PER_SECOND,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = TurnQueue(per_second, monotonic)
        self._paid = TurnQueue(paid_per_second, monotonic)
        self._chat_limit = PerChatRateLimit()
        self._monotonic = monotonic
        self._listeners: list[RetryAfterListener] = []
        self._recent_replies: ExpiringDict[int] = ExpiringDict(RECENT_SECONDS)
        self._held_until = 0.0
        self._held_chats: dict[int, float] = {}

    @property
    def retry_after(self) -> float:
        """Seconds for which nothing may be sent to any chat."""
        return max(0.0, self._held_until - self._monotonic())

    @property
    def slowdown(self) -> float:
        """Factor by which free messages are spaced wider than the limit requires; 1 at the full rate."""
        return self._free.slowdown

    def chat_wait(self, chat_id: int) -> float:
        """Return the seconds for which nothing may be sent to this chat, by its own limits or a 429 of its own."""
        now = self._monotonic()
        return max(self._held_chats.get(chat_id, 0.0) - now, self._chat_limit.wait_seconds(chat_id, now), 0.0)

    def leaves_room(self, chat_id: int) -> bool:
        """Return whether a message to this chat now would leave its next one, as the answer to a press, no wait."""
        return self._chat_limit.leaves_room(chat_id, self._monotonic())

    def permit(self, chat_id: int, priority: Priority, *, paid: bool = False, messages: int = 1) -> Permit:
        """Return the permit for a call to a chat, perhaps of a paid broadcast, to be entered with `async with`.

        It makes so many messages: an album counts as each of its photos.
        """
        return Permit(self, self._paid if paid else self._free, chat_id, priority, messages)

    def continue_other_process(self) -> None:
        """Leave room for messages that another process of this bot may have sent until now, unknown to this one."""
        for queue in (self._free, self._paid):
            queue.continue_other_process()

    def add_retry_after_listener(self, listener: RetryAfterListener) -> None:
        """Have a listener called for each new 429."""
        self._listeners.append(listener)

    def apply_retry_after(self, chat_id: int, seconds: float, *, paid: bool = False) -> None:
        """Obey a 429 that a message to this chat met. Slow down its kind a little if it holds every chat."""
        if chat_id >= 0:
            self.restore_retry_after(None, seconds)
            (self._paid if paid else self._free).slow_down(seconds)
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
        for queue in (self._free, self._paid):
            queue.hold(until, seconds)

    def _hold_chat(self, chat_id: int, until: float) -> None:
        if len(self._held_chats) > MAX_HELD_CHATS:
            now = self._monotonic()
            self._held_chats = {chat: end for chat, end in self._held_chats.items() if end > now}
        self._held_chats[chat_id] = max(self._held_chats.get(chat_id, 0.0), until)

    # Called by Permit

    def _reserve_chat(self, chat_id: int, messages: int) -> float:
        """Reserve the chat's next messages, which go together; return the seconds until they may be sent."""
        now = self._monotonic()
        held = self._held_chats.get(chat_id, 0.0) - now if self._held_chats else 0.0
        wait = self._chat_limit.reserve(chat_id, now)
        for _ in range(1, messages):
            self._chat_limit.reserve(chat_id, now)
        return max(wait, held)

    def _count_reply(self, chat_id: int) -> int:
        """Count a reply to a chat; return how many it had before, until it was quiet for `RECENT_SECONDS`."""
        now = self._monotonic()
        recent = self._recent_replies.get(chat_id, now) or 0
        self._recent_replies.put(chat_id, recent + 1, now)
        return recent


class Permit:
    """Permission to send one message, made by `RateLimiter.permit`.

    Entering waits for the chat's limits and then, for replies and notifications, for the message's turn. A bulk
    message calls `wait_for_turn` once its claim is committed; leaving the block without it gives the permit up.
    """

    __slots__ = ("_chat_id", "_is_admitted", "_messages", "_priority", "_queue", "_rate_limiter", "_record", "_token")

    def __init__(
        self, rate_limiter: RateLimiter, queue: TurnQueue, chat_id: int, priority: Priority, messages: int = 1
    ) -> None:
        self._messages = messages
        self._rate_limiter = rate_limiter
        self._queue = queue
        self._chat_id = chat_id
        self._priority = priority
        self._is_admitted = False
        self._record: SendRecord | None = None
        self._token: Token[Permit | None] | None = None

    async def __aenter__(self) -> Self:
        wait = self._rate_limiter._reserve_chat(self._chat_id, self._messages)
        if wait > 0:
            await asyncio.sleep(wait)
        if self._priority is Priority.BULK:
            await self._queue.wait_for_admission()
            self._is_admitted = True
        else:
            is_reply = self._priority is Priority.REPLY
            recent = self._rate_limiter._count_reply(self._chat_id) if is_reply else 0
            self._record = await self._queue.wait_for_turn(self._priority, recent=recent)
        self._token = _held.set(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._token is not None:
            _held.reset(self._token)
        self._end_admission()

    async def wait_for_turn(self) -> bool:
        """Wait until a bulk message may be sent. False if a 429 came since: it must not be sent now."""
        try:
            if self._rate_limiter.retry_after <= LONG_HOLD_SECONDS:
                for _ in range(self._messages):
                    self._record = await self._queue.wait_for_turn(self._priority)
                    if self._record is None:
                        break
            return self._record is not None
        finally:
            self._end_admission()

    def record_send_time(self) -> None:
        """Record that the message's bytes leave now, at the latest at the end of the event loop's iteration.

        Otherwise it counts as sent at its turn: too early if it had to wait for a connection, so that a second later
        one message too many would arrive. The process may lose its core between this call and the write, too; what
        counts is the later moment, after it.
        """
        self._record_now()
        asyncio.get_running_loop().call_soon(self._record_now)

    def _record_now(self) -> None:
        if self._record is not None:
            self._record.at = self._rate_limiter._monotonic()

    def _end_admission(self) -> None:
        if self._is_admitted:
            self._is_admitted = False
            self._queue.end_admission()
