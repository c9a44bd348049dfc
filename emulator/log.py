"""Bounded, numbered journals of chat events and Bot API calls.

The log is the authority on what each chat received; the calls record what the bot asked for and how it was answered.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from emulator.memory_budget import MemoryBudget
from emulator.models import StoredMessage


class EventRecord(msgspec.Struct):
    """Event in a chat. `answered` becomes false if a fault keeps the answer from the bot."""

    seq: int
    at: str
    monotonic: float
    kind: str
    chat_id: int | None = None
    message_id: int | None = None
    method: str | None = None
    answered: bool = True
    message: StoredMessage | None = None
    detail: dict[str, Any] | None = None


class CallRecord(msgspec.Struct):
    """Bot API call. `status` 0: no HTTP response was sent. `duration_ms`: time until the response was ready."""

    seq: int
    at: str
    monotonic: float
    method: str
    chat_id: int | None
    status: int
    description: str | None
    fault_id: int | None
    duration_ms: float


Entry = TypeVar("Entry", EventRecord, CallRecord)


class Journal(Generic[Entry]):
    """The newest `max_entries` entries, fewer if their messages are large; numbered from 1 without gaps."""

    def __init__(self, max_entries: int) -> None:
        self._entries: deque[Entry] = deque()
        self._max_entries = max_entries
        self._budget = MemoryBudget()
        self.last_seq = 0
        self._changed = asyncio.Event()

    @property
    def dropped_count(self) -> int:
        """Number of old entries that were dropped."""
        return self.last_seq - len(self._entries)

    def add(self, make_entry: Callable[[int], Entry]) -> Entry:
        self.last_seq += 1
        entry = make_entry(self.last_seq)
        self._entries.append(entry)
        self._budget.add(getattr(entry, "message", None))
        while len(self._entries) > self._max_entries or self._budget.exceeded:
            self._budget.remove(getattr(self._entries.popleft(), "message", None))
        self._changed.set()
        return entry

    def release_waiters(self) -> None:
        """Wake everyone in wait_for_change, because the server stops."""
        self._changed.set()

    def entries_after(self, since: int) -> Iterator[Entry]:
        """Return the entries numbered above `since`, oldest first."""
        skip = max(0, since - self.dropped_count)
        if skip > len(self._entries) // 2:  # near the end it is cheaper to walk backwards
            newest = [
                entry for entry, _ in zip(reversed(self._entries), range(len(self._entries) - skip), strict=False)
            ]
            return reversed(newest)
        entries = iter(self._entries)
        for _ in range(skip):
            next(entries)
        return entries

    async def wait_for_change(self) -> None:
        """Wait until an entry is added."""
        self._changed.clear()
        await self._changed.wait()
