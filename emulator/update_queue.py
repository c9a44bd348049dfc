"""Queue of the bot's updates with Telegram's delivery rules.

At least once: an update is delivered again until a higher offset confirms it, for up to 24 hours. Only one poll can
wait: a new one terminates it.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from emulator.errors import ApiError, Conflict

RETENTION_SECONDS = 24 * 3600
MAX_POLL_SECONDS = 50
MAX_PENDING_UPDATES = 100_000
MAX_REDELIVERABLE_UPDATES = 5000
MAX_RESPONSE_BYTES = 1 << 22  # of getUpdates; further updates wait for the next call
CONFLICT_DELAY_SECONDS = 3.0  # a second conflict within this time is answered this much later

TERMINATED_BY_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
TERMINATED_BY_WEBHOOK = "terminated by setWebhook request"
OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
UPDATE_KINDS = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "callback_query",
        "inline_query",
        "chosen_inline_result",
        "my_chat_member",
        "chat_member",
        "message_reaction",
        "message_reaction_count",
        "poll",
        "poll_answer",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "shipping_query",
        "pre_checkout_query",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "purchased_paid_media",
    }
)
DEFAULT_KINDS = UPDATE_KINDS - OPT_IN_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedUpdate:
    """Update in the queue. `body`: the Update as JSON; `created_at`: monotonic time."""

    update_id: int
    kind: str
    body: bytes
    created_at: float


class UpdateQueue:
    """Update queue of one bot, limited to `max_pending` updates.

    `first_id` must exceed every update id that an earlier run of the emulator delivered.
    """

    def __init__(
        self, first_id: int, monotonic: Callable[[], float] = time.monotonic, max_pending: int = MAX_PENDING_UPDATES
    ) -> None:
        self._max_pending = max_pending
        self._next_id = first_id
        self._monotonic = monotonic
        self._queue: deque[QueuedUpdate] = deque()
        self._redeliveries: deque[QueuedUpdate] = deque()
        self._recent: dict[int, QueuedUpdate] = {}
        self._waiting_poll: asyncio.Future[None] | None = None
        self._changed = asyncio.Event()
        self._next_quick_conflict = 0.0
        self._last_poll = (-1, float("-inf"))
        self.last_confirmed_id = 0
        self.allowed_kinds: frozenset[str] = DEFAULT_KINDS

    def set_allowed_kinds(self, kinds: Collection[str]) -> None:
        """Set the kinds the bot asked for; an empty list restores the default. Unknown kinds are ignored."""
        self.allowed_kinds = frozenset(kinds) & UPDATE_KINDS or DEFAULT_KINDS

    def add(self, kind: str, payload: Any) -> int | None:
        """Queue an update and return its id; None if the bot did not ask for this kind or the queue is full."""
        if kind not in self.allowed_kinds or len(self._queue) >= self._max_pending:
            return None
        update_id = self._next_id
        self._next_id += 1
        body = msgspec.json.encode({"update_id": update_id, kind: payload})
        update = QueuedUpdate(update_id=update_id, kind=kind, body=body, created_at=self._monotonic())
        self._queue.append(update)
        self._remember(update)
        self._wake()
        return update_id

    def redeliver(self, update_id: int, times: int) -> bool:
        """Deliver an update again, regardless of the offset; False if it is no longer stored."""
        update = self._recent.get(update_id)
        if update is None:
            return False
        self._redeliveries.extend([update] * times)
        self._wake()
        return True

    def _remember(self, update: QueuedUpdate) -> None:
        self._recent[update.update_id] = update
        if len(self._recent) > MAX_REDELIVERABLE_UPDATES:
            del self._recent[next(iter(self._recent))]

    def _wake(self) -> None:
        self._changed.set()
        if self._waiting_poll is not None and not self._waiting_poll.done():
            self._waiting_poll.set_result(None)

    def _expire(self) -> None:
        expiry_limit = self._monotonic() - RETENTION_SECONDS
        while self._queue and self._queue[0].created_at < expiry_limit:
            self._queue.popleft()

    def confirm_below(self, update_id: int) -> None:
        """Drop every update with a lower id."""
        while self._queue and self._queue[0].update_id < update_id:
            self.last_confirmed_id = self._queue.popleft().update_id
            self._changed.set()

    def acknowledge(self, update: QueuedUpdate) -> None:
        """Remove an update that the webhook accepted."""
        if self._redeliveries and self._redeliveries[0] is update:
            self._redeliveries.popleft()
            self._changed.set()
        else:
            self.confirm_below(update.update_id + 1)

    def _apply_offset(self, offset: int) -> None:
        self._expire()
        if offset < 0:
            while len(self._queue) > -offset:
                self.last_confirmed_id = self._queue.popleft().update_id
            self._changed.set()
        elif offset > 0:
            self.confirm_below(offset)

    def _collect(self, limit: int) -> list[QueuedUpdate]:
        collected: list[QueuedUpdate] = []
        size = 0
        while self._redeliveries and len(collected) < limit:
            collected.append(self._redeliveries.popleft())
            self._changed.set()
        for update in self._queue:
            size += len(update.body) + 50
            if len(collected) >= limit or (collected and size > MAX_RESPONSE_BYTES):
                break
            collected.append(update)
        return collected

    async def poll(self, offset: int, limit: int, seconds: float) -> list[QueuedUpdate]:
        """Return updates for getUpdates, waiting up to `seconds`. Raises Conflict if another poll takes over."""
        limit, seconds = self._throttle(offset, limit, seconds)
        self._apply_offset(offset)
        collected = self._collect(limit)
        if collected or seconds <= 0:
            return collected
        self.terminate_poll(Conflict(TERMINATED_BY_POLL))
        waiting_poll = self._waiting_poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await waiting_poll
        except TimeoutError:
            return []
        finally:
            if self._waiting_poll is waiting_poll:
                self._waiting_poll = None
        self._expire()
        return self._collect(limit)

    def _throttle(self, offset: int, limit: int, seconds: float) -> tuple[int, float]:
        """Limit polls that repeat the previous offset: within 0.5 s one update, within 3 s a wait of 3 s."""
        now = self._monotonic()
        last_offset, last_time = self._last_poll
        self._last_poll = offset, now
        if offset != last_offset:
            return limit, seconds
        return (1 if now < last_time + 0.5 else limit), (max(seconds, 3.0) if now < last_time + 3.0 else seconds)

    def terminate_poll(self, error: ApiError) -> None:
        """End the waiting poll, if any, with an error."""
        waiting_poll, self._waiting_poll = self._waiting_poll, None
        if waiting_poll is not None and not waiting_poll.done():
            waiting_poll.set_exception(error)

    def release_waiters(self) -> None:
        """End all waits without a result, because the server stops."""
        self._changed.set()
        if self._waiting_poll is not None and not self._waiting_poll.done():
            self._waiting_poll.set_result(None)

    def next_conflict_delay(self) -> float:
        """Return how many seconds the answer of a conflict that happens now is delayed."""
        now = self._monotonic()
        if now >= self._next_quick_conflict:
            self._next_quick_conflict = now + CONFLICT_DELAY_SECONDS
            return 0.0
        return CONFLICT_DELAY_SECONDS

    def pending(self) -> list[QueuedUpdate]:
        """Return the unconfirmed updates, oldest first, after pending redeliveries."""
        self._expire()
        return [*self._redeliveries, *self._queue]

    def drop_pending(self) -> None:
        self._queue.clear()
        self._redeliveries.clear()
        self._changed.set()

    async def wait_for_change(self) -> None:
        """Wait until an update is queued or confirmed."""
        self._changed.clear()
        await self._changed.wait()
