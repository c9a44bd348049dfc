"""What the bot should hear of -> numbered updates, kept up to 24 hours until it confirms them by asking for later ones.

At least once: an update is handed out again until an offset above it comes. One poller at a time: a new one ends the
one that waits.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from emulator.errors import Conflict

KEPT_SECONDS = 24 * 3600
LONGEST_POLL = 50
MOST_PENDING = 100_000
ANSWER_BYTES = 1 << 22  # an answer of getUpdates is cut there
CONFLICT_PAUSE = 3.0  # a second conflict within this time is answered that much later

TERMINATED = "terminated by other getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "terminated by setWebhook request"
ASKED_FOR_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = frozenset({
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query",
    "chosen_inline_result", "my_chat_member", "chat_member", "message_reaction", "message_reaction_count", "poll",
    "poll_answer", "chat_join_request", "chat_boost", "removed_chat_boost", "shipping_query", "pre_checkout_query",
    "business_connection", "business_message", "edited_business_message", "deleted_business_messages",
    "purchased_paid_media",
})  # fmt: skip
DEFAULT = KINDS - ASKED_FOR_ONLY


@dataclass(frozen=True, slots=True)
class Update:
    """`body` is the whole Update as JSON; `born` on the monotonic clock."""

    update_id: int
    kind: str
    body: bytes
    born: float


class Updates:
    """The queue of one bot, at most `most` long.

    `first_id` lies above whatever an earlier run of this emulator may have given out.
    """

    def __init__(
        self, first_id: int, monotonic: Callable[[], float] = time.monotonic, most: int = MOST_PENDING
    ) -> None:
        self._most = most
        self._next_id = first_id
        self._monotonic = monotonic
        self._queue: deque[Update] = deque()
        self._again: deque[Update] = deque()
        self._past: dict[int, Update] = {}
        self._waiting: asyncio.Future[None] | None = None
        self._changed = asyncio.Event()
        self._next_quick_conflict = 0.0
        self._last_poll = (-1, float("-inf"))
        self.confirmed = 0
        self.allowed: frozenset[str] = DEFAULT

    def allow(self, kinds: Collection[str]) -> None:
        """Remember what the bot asked for; an empty list means the default again. Unknown names are ignored."""
        self.allowed = frozenset(kinds) & KINDS or DEFAULT

    def add(self, kind: str, payload: Any) -> int | None:
        """Queue an update; None when the bot did not ask for this kind, or has let too many wait."""
        if kind not in self.allowed or len(self._queue) >= self._most:
            return None
        update_id = self._next_id
        self._next_id += 1
        body = msgspec.json.encode({"update_id": update_id, kind: payload})
        update = Update(update_id, kind, body, self._monotonic())
        self._queue.append(update)
        self._remember(update)
        self._wake()
        return update_id

    def repeat(self, update_id: int, times: int) -> bool:
        """Deliver an update again, whatever the offset says; False when it is not remembered."""
        update = self._past.get(update_id)
        if update is None:
            return False
        self._again.extend([update] * times)
        self._wake()
        return True

    def _remember(self, update: Update) -> None:
        self._past[update.update_id] = update
        if len(self._past) > 5000:
            del self._past[next(iter(self._past))]

    def _wake(self) -> None:
        self._changed.set()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _expire(self) -> None:
        oldest = self._monotonic() - KEPT_SECONDS
        while self._queue and self._queue[0].born < oldest:
            self._queue.popleft()

    def confirm_below(self, update_id: int) -> None:
        """Forget every update before this one."""
        while self._queue and self._queue[0].update_id < update_id:
            self.confirmed = self._queue.popleft().update_id
            self._changed.set()

    def take(self, update: Update) -> None:
        """The webhook has acknowledged this one."""
        if self._again and self._again[0] is update:
            self._again.popleft()
            self._changed.set()
        else:
            self.confirm_below(update.update_id + 1)

    def _take_offset(self, offset: int) -> None:
        self._expire()
        if offset < 0:
            while len(self._queue) > -offset:
                self.confirmed = self._queue.popleft().update_id
            self._changed.set()
        elif offset > 0:
            self.confirm_below(offset)

    def _collect(self, limit: int) -> list[Update]:
        found: list[Update] = []
        size = 0
        while self._again and len(found) < limit:
            found.append(self._again.popleft())
            self._changed.set()
        for update in self._queue:
            size += len(update.body) + 50
            if len(found) >= limit or (found and size > ANSWER_BYTES):
                break
            found.append(update)
        return found

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Update]:
        """getUpdates: hold open up to `seconds`. Raises Conflict when another poller takes over."""
        limit, seconds = self._hold_back(offset, limit, seconds)
        self._take_offset(offset)
        found = self._collect(limit)
        if found or seconds <= 0:
            return found
        self.terminate(TERMINATED)
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            return []
        finally:
            if self._waiting is waiting:
                self._waiting = None
        self._expire()
        return self._collect(limit)

    def _hold_back(self, offset: int, limit: int, seconds: float) -> tuple[int, float]:
        """Who asks for the same again within half a second gets one update; within three seconds, waits three."""
        now = self._monotonic()
        last_offset, last_time = self._last_poll
        self._last_poll = offset, now
        if offset != last_offset:
            return limit, seconds
        return (1 if now < last_time + 0.5 else limit), (max(seconds, 3.0) if now < last_time + 3.0 else seconds)

    def terminate(self, reason: str) -> None:
        """End the poller that waits, if any, with a 409."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(Conflict(reason))

    def release(self) -> None:
        """Let everybody go who waits, with nothing: the server stops."""
        self._changed.set()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def conflict_pause(self) -> float:
        """How long the answer of a conflict that happens now is held back, in seconds."""
        now = self._monotonic()
        if now >= self._next_quick_conflict:
            self._next_quick_conflict = now + CONFLICT_PAUSE
            return 0.0
        return CONFLICT_PAUSE

    def pending(self) -> list[Update]:
        """Not confirmed yet, oldest first; repeated ones not yet handed out come first."""
        self._expire()
        return [*self._again, *self._queue]

    def drop_pending(self) -> None:
        self._queue.clear()
        self._again.clear()
        self._changed.set()

    async def change(self) -> None:
        """Wait until something is queued or confirmed."""
        self._changed.clear()
        await self._changed.wait()
