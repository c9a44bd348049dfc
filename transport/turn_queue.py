"""Queue of the messages that share one bot-wide limit: admission of bulk messages, and turns by priority.

reply, notification:             turn ─┐
                                       ├─> one at a time, evenly spaced, replies first
bulk: admission -> (claim) -> turn ────┘

Of the replies those to the chats go first that had the fewest in the last minute; so whoever asks once does not wait
for those who ask all the time. After some replies in a row another message goes, so that no flood stops the digests.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from itertools import count

from transport.rate_limits import GlobalRateLimit, SendRecord

CLAIM_LEAD_SECONDS = 0.05
"""How long before its turn a bulk message may get its permit: the time for its claim to commit. Twice as much would
bridge slower commits, and leave half as many deliveries again unconfirmed after a kill."""

REPLY_LEAD_SECONDS = 0.0015
"""How long before its evenly spaced turn a reply may be sent; the spacing after it stays, so the rate does too."""

LONG_HOLD_SECONDS = 1.0
"""A 429 for longer than this refuses the turn of bulk messages that were claimed and not sent yet."""

RECOVERY_STEP_SECONDS = 5.0
"""Time without a 429 after which the rate rises by one step."""

MAX_REPLIES_IN_A_ROW = 3
"""After so many replies one message of another kind is sent, if any waits."""


class Priority(IntEnum):
    """Order in which waiting messages are sent: the lowest value first."""

    REPLY = 0  # somebody waits for an answer
    NOTIFICATION = 1  # a progress card or report for an admin
    BULK = 2  # digests and broadcasts
    PIN = 3  # a pin of a digest, when nothing else waits


class _Waiting:
    """Messages of one priority that wait for their turns: those of the chats that had the least first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, asyncio.Future[SendRecord | None]]] = []
        self._numbers = count()

    def __bool__(self) -> bool:
        return bool(self._heap)

    def add(self, recent: int) -> asyncio.Future[SendRecord | None]:
        """Add a message to a chat that had so many recently; return the future of its turn."""
        future: asyncio.Future[SendRecord | None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._heap, (recent, next(self._numbers), future))
        return future

    def pop(self) -> asyncio.Future[SendRecord | None] | None:
        """Take out the first message that still waits; None if there is none."""
        while self._heap:
            (_, _, future) = heapq.heappop(self._heap)
            if not future.done():
                return future
        return None


class TurnQueue:
    """Messages that wait for their turns under one limit of `per_second`."""

    def __init__(self, per_second: float, monotonic: Callable[[], float]) -> None:
        self._global_limit = GlobalRateLimit(per_second)
        self._monotonic = monotonic
        self._max_admitted = max(2, int(per_second * CLAIM_LEAD_SECONDS) + 1)
        self._admitted = 0
        self._waiting_for_admission: deque[asyncio.Future[None]] = deque()
        self._waiting_for_turn = tuple(_Waiting() for _ in Priority)
        self._replies_in_a_row = 0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._held_until = 0.0
        self._rate_changed_at = -RECOVERY_STEP_SECONDS

    @property
    def slowdown(self) -> float:
        """Factor by which messages are spaced wider than the limit requires; 1 at the full rate."""
        return self._global_limit.slowdown

    def continue_other_process(self) -> None:
        """Space the next message as if another process had sent at the full rate until now."""
        self._global_limit.continue_after(self._monotonic())

    def hold(self, until: float, seconds: float) -> None:
        """Send nothing until an instant, as a 429 for so many seconds wants; a long one refuses turns of bulk."""
        self._held_until = max(self._held_until, until)
        if seconds > LONG_HOLD_SECONDS:
            _refuse_turns(self._waiting_for_turn[Priority.BULK])
        self._serve()

    def slow_down(self, seconds: float) -> None:
        """Lower the rate by one step, once for all 429s of the same moment, which hold for so many seconds."""
        now = self._monotonic()
        if now - self._rate_changed_at > LONG_HOLD_SECONDS:
            self._global_limit.slow_down()
        self._rate_changed_at = now + seconds

    async def wait_for_admission(self) -> None:
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
                self.end_admission()
            raise

    def end_admission(self) -> None:
        self._admitted -= 1
        self._admit()

    async def wait_for_turn(self, priority: Priority, *, recent: int = 0) -> SendRecord | None:
        """Wait until the limit allows a message of this priority. None if a 429 refused its turn.

        `recent` is how many its chat had lately: among messages of one priority those with less go first.
        """
        now = self._monotonic()
        is_held = self._held_until > now
        lead_seconds = REPLY_LEAD_SECONDS if priority is Priority.REPLY else 0.0
        is_due = self._global_limit.next_send_at(lead_seconds=lead_seconds) <= now
        if is_due and not is_held and not any(self._waiting_for_turn[: priority + 1]):
            return self._record_send(now, priority)
        future = self._waiting_for_turn[priority].add(recent)
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
        queues = list(zip(Priority, self._waiting_for_turn, strict=True))
        if self._replies_in_a_row >= MAX_REPLIES_IN_A_ROW:
            queues.append(queues.pop(Priority.REPLY))
        for priority, queue in queues:
            future = queue.pop()
            if future is not None:
                future.set_result(self._record_send(now, priority))
                return True
        return False

    def _record_send(self, now: float, priority: Priority) -> SendRecord:
        self._replies_in_a_row = self._replies_in_a_row + 1 if priority is Priority.REPLY else 0
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


def _refuse_turns(queue: _Waiting) -> None:
    while (future := queue.pop()) is not None:
        future.set_result(None)
