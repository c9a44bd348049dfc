"""Two sessions at once: one stops before its n-th statement, and the other one runs until it ends or waits for a lock.

With the locks of docs/decisions/0065 no other interleaving can happen: of the two, one excludes the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from storage.database import Tx
from storage.postgresql.database import connect
from tests.databases import postgresql_address
from tests.storage.postgresql.waiting import WAITING

STATEMENTS = "execute", "scalar", "scalars", "exec_driver_sql"


@dataclass(slots=True)
class Halt:
    """Stops whoever runs with it before the n-th statement; `reached` tells that it stands there or has ended."""

    before: int
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    seen: int = 0

    async def pass_by(self) -> None:
        self.seen += 1
        if self.seen == self.before:
            self.reached.set()
            await self.go_on.wait()

    @property
    def was_passed(self) -> bool:
        """Whether the other one had fewer statements, so that all places are through."""
        return self.seen < self.before


STOP: ContextVar[Halt | None] = ContextVar("stop", default=None)


def let_statements_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let statements of whoever has a `Halt` pass by it."""
    for name in STATEMENTS:
        monkeypatch.setattr(Tx, name, _passing_by(getattr(Tx, name)))


def _passing_by(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def run(self: Tx, *args: Any, **kwargs: Any) -> Any:
        if (stop := STOP.get()) is not None:
            await stop.pass_by()
        return await original(self, *args, **kwargs)

    return run


async def run_both(
    first: Callable[[], Awaitable[None]], second: Callable[[], Awaitable[None]], stop: Halt, path: Path
) -> None:
    """Run one until its stop, the other one until it ends or waits for a lock, and then both to their ends."""

    async def stopping() -> None:
        STOP.set(stop)
        try:
            await first()
        finally:
            stop.reached.set()

    async def free() -> None:
        await second()

    one = asyncio.create_task(stopping())
    await stop.reached.wait()
    other = asyncio.create_task(free())
    watch = await connect(postgresql_address(path))
    async with asyncio.timeout(60):
        while not other.done() and not await watch.fetchval(WAITING):  # noqa: ASYNC110 - the server notifies nobody
            await asyncio.sleep(0.002)
    await watch.close()
    stop.go_on.set()
    await asyncio.gather(one, other)
