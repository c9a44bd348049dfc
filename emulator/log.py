"""What happened, line by line -> kept within bounds, asked for by number, waited for.

The log is the authority on what each chat received; the calls are what the bot asked for and was told.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from emulator.memory import Budget
from emulator.values import Message


class LogEntry(msgspec.Struct):
    """`answered` turns false afterwards when a fault keeps the answer from the bot."""

    seq: int
    at: str
    monotonic: float
    kind: str
    chat_id: int | None = None
    message_id: int | None = None
    method: str | None = None
    answered: bool = True
    message: Message | None = None
    detail: dict[str, Any] | None = None


class Call(msgspec.Struct):
    """One Bot API call. `status` 0: no HTTP answer was sent. `ms`: until the answer was ready."""

    seq: int
    at: str
    monotonic: float
    method: str
    chat_id: int | None
    status: int
    description: str | None
    fault_id: int | None
    duration_ms: float


Line = TypeVar("Line", LogEntry, Call)


class Journal(Generic[Line]):
    """The newest `keep` lines, fewer when they are large. Numbers start at 1 and have no gaps."""

    def __init__(self, keep: int) -> None:
        self._lines: deque[Line] = deque()
        self._keep = keep
        self._budget = Budget()
        self.last = 0
        self._changed = asyncio.Event()

    @property
    def dropped(self) -> int:
        """How many old lines were forgotten."""
        return self.last - len(self._lines)

    def add(self, make: Callable[[int], Line]) -> Line:
        self.last += 1
        line = make(self.last)
        self._lines.append(line)
        self._budget.add(getattr(line, "message", None))
        while len(self._lines) > self._keep or self._budget.exceeded:
            self._budget.remove(getattr(self._lines.popleft(), "message", None))
        self._changed.set()
        return line

    def wake(self) -> None:
        """Let those go who wait for a line: the server stops."""
        self._changed.set()

    def after(self, since: int) -> Iterator[Line]:
        """Lines with a number above `since`, oldest first."""
        skip = max(0, since - self.dropped)
        if skip > len(self._lines) // 2:  # near the end: walking from there is cheaper
            newest = [line for line, _ in zip(reversed(self._lines), range(len(self._lines) - skip), strict=False)]
            return reversed(newest)
        lines = iter(self._lines)
        for _ in range(skip):
            next(lines)
        return lines

    async def change(self) -> None:
        """Wait until a line is added."""
        self._changed.clear()
        await self._changed.wait()
