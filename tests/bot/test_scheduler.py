"""The scheduler ticks when something is due, after each wake, and after a failed tick."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.scheduler import Scheduler


@dataclass
class Looks:
    """Answers each look with what was prepared for it, and tells when so many have happened."""

    answers: list[Callable[[], datetime | None]]
    seen: int = 0
    happened: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __call__(self) -> datetime | None:
        async with self.happened:
            self.seen += 1
            self.happened.notify_all()
        return self.answers.pop(0)() if self.answers else None

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(60), self.happened:
            await self.happened.wait_for(lambda: self.seen >= count)


async def tidy() -> None: ...


@asynccontextmanager
async def scheduling(looks: Looks, clock: Clock) -> AsyncIterator[Scheduler]:
    scheduler = Scheduler(looks, tidy, clock)
    task = asyncio.create_task(scheduler.run())
    yield scheduler
    task.cancel()
    await asyncio.wait((task,))


async def test_ticks_at_start_and_when_something_is_due() -> None:
    clock = Clock()
    looks = Looks([lambda: clock() + timedelta(milliseconds=50)])
    async with scheduling(looks, clock):
        await looks.reach(2)


async def test_due_instants_use_the_bots_clock() -> None:
    clock = Clock(timedelta(days=-30))
    looks = Looks([lambda: clock() + timedelta(milliseconds=50)])
    async with scheduling(looks, clock):
        await looks.reach(2)


async def test_wake_triggers_a_tick() -> None:
    looks = Looks([lambda: None])
    async with scheduling(looks, Clock()) as scheduler:
        await looks.reach(1)
        scheduler.wake()
        await looks.reach(2)


async def test_overdue_instant_ticks_without_delay() -> None:
    clock = Clock()
    looks = Looks([lambda: clock() - timedelta(hours=3)])
    async with scheduling(looks, clock):
        await looks.reach(2)


async def test_ticks_again_after_a_failed_tick() -> None:
    def fail() -> None:
        raise OSError("disk full")

    looks = Looks([fail])
    async with scheduling(looks, Clock()) as scheduler:
        await looks.reach(1)
        scheduler.wake()
        await looks.reach(2)
