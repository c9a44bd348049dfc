"""Two sessions at once: whoever joins or changes the schedule at any statement of planning gets what the model says.

One of the two stops before its n-th statement, for every n; the other one then runs until it ends or waits for a lock.
With the locks of docs/decisions/0065 no other interleaving can happen: of the two, one excludes the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.chat.event import Chat
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from emulator.client import run_emulator
from handlers.subscription_changes import join_runs
from storage import runs, schedules, subscribers
from storage.database import Tx
from storage.postgresql.database import connect
from tests.databases import CLUSTER_VARIABLE, drop_databases, postgresql_address
from tests.delivery.harness import DAY, DEFAULT_SCHEDULE, EVE, MORNING, DeliveryHarness, edition, open_harness, run_of
from tests.postgresql import Cluster
from tests.storage.postgresql.waiting import WAITING

OTHER_SCHEDULE = Schedule("Asia/Shanghai", 8 * 60 - 5)
"""Due a few minutes before the default one."""

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


STOP: ContextVar[Halt | None] = ContextVar("stop", default=None)


@pytest.fixture
def _stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let statements of whoever has a `Halt` pass by it."""
    for name in STATEMENTS:
        monkeypatch.setattr(Tx, name, _passing_by(getattr(Tx, name)))


def _passing_by(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def run(self: Tx, *args: Any, **kwargs: Any) -> Any:
        if (stop := STOP.get()) is not None:
            await stop.pass_by()
        return await original(self, *args, **kwargs)

    return run


@pytest.fixture
async def harness(cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeliveryHarness]:
    """Yield a delivery that sends nothing, on the tests' own server."""
    monkeypatch.setenv(CLUSTER_VARIABLE, str(cluster.folder))
    async with run_emulator() as emulator, open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        yield harness
    drop_databases()


class Morning:
    """The n-th morning: an edition, somebody who joins and somebody who moves to another schedule."""

    def __init__(self, harness: DeliveryHarness, number: int) -> None:
        self._harness = harness
        self._chat = 1000 + 10 * number
        self._day = DAY + timedelta(days=number)
        self._now = MORNING + timedelta(days=number)
        self.run_id = 0
        self.joiner = self.mover = 0

    async def begin(self) -> None:
        harness, before = self._harness, EVE + (self._now - MORNING)
        harness.clock.now = before
        async with harness.database.write() as tx:
            wishes = DEFAULT_SCHEDULE, ContentPreferences()
            added = [await subscribers.add(tx, Chat(self._chat + n), wishes, now=before) for n in range(3)]
            for one in added[1:]:
                await subscribers.activate(tx, one.id, now=before)
        self.joiner, self.mover = added[0].id, added[1].id
        self.run_id = run_of(await harness.publish(edition(self._day, published=before)))
        harness.clock.now = self._now

    async def join(self) -> None:
        async with self._harness.database.write() as tx:
            await subscribers.activate(tx, self.joiner, now=self._now)
            await join_runs(tx, await schedules.get_or_create(tx, DEFAULT_SCHEDULE), DEFAULT_SCHEDULE, now=self._now)

    async def move(self) -> None:
        async with self._harness.database.write() as tx:
            schedule_id = await subscribers.set_schedule(tx, self.mover, OTHER_SCHEDULE)
            await join_runs(tx, schedule_id, OTHER_SCHEDULE, now=self._now)

    async def plan(self) -> None:
        """Plan and close what is due, as each tick does."""
        await self._harness.delivery_service.tick()

    async def finish(self) -> None:
        async with self._harness.database.write(alone=True) as tx:
            await runs.finish(tx, self.run_id, now=self._now)

    async def send(self) -> None:
        """Let everything planned be sent."""
        async with self._harness.database.write() as tx:
            await tx.exec_driver_sql("UPDATE deliveries SET state = 'sent' WHERE state = 'pending'")

    async def rows(self) -> dict[int, int]:
        """Return how many rows of the run each of the three has."""
        query = "SELECT subscriber_id, count(*) FROM deliveries WHERE run_id = $1 GROUP BY subscriber_id"
        async with self._harness.database.read() as tx:
            found = {row[0]: row[1] for row in await tx.exec_driver_sql(query, (self.run_id,))}
        return {one: found.get(one, 0) for one in (self.joiner, self.mover, self.mover + 1)}


CHANGES = {"join": Morning.join, "move": Morning.move}
STEPS = {"plan": Morning.plan, "finish": Morning.finish}


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


@pytest.mark.slow
@pytest.mark.usefixtures("_stopping")
@pytest.mark.parametrize("step", sorted(STEPS))
@pytest.mark.parametrize("change", sorted(CHANGES))
async def test_every_interleaving_serves_everybody_once(
    change: str, step: str, harness: DeliveryHarness, tmp_path: Path
) -> None:
    number = 0
    for change_is_first in (True, False):
        before, is_passed = 0, False
        while not is_passed:
            before, number = before + 1, number + 1
            morning, stop = Morning(harness, number), Halt(before)
            await morning.begin()
            if step == "finish":
                await morning.plan()
                await morning.send()
            pair = [lambda: CHANGES[change](morning), lambda: STEPS[step](morning)]  # noqa: B023 - used at once
            first, second = pair if change_is_first else reversed(pair)
            await run_both(first, second, stop, tmp_path / "bot.db")
            is_passed = stop.seen < before
            for _ in range(2):
                await morning.plan()
                await morning.send()
                await morning.finish()
            joined = 1 if change == "join" else 0
            expected = {morning.joiner: joined, morning.mover: 1, morning.mover + 1: 1}
            assert await morning.rows() == expected, f"{change} and {step}, {change_is_first}, before {before}"
            progress = await harness.progress(morning.run_id)
            assert (progress.state.value, progress.pending) == ("finished", 0)
    assert number > 6
