"""What /status tells is what the planner does: random schedules, editions, pauses and moments on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from delivery.metrics import Metrics
from delivery.planner import Planner
from delivery.publishing import publish
from domain.chat.event import Chat
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.calendar import MAX_EDITION_AGE, Schedule
from domain.subscription.next_delivery import Eligibility, NextDelivery, next_delivery
from domain.subscription.preferences import ContentPreferences
from storage import slot_schedules, subscribers, waves
from storage.database import Database
from storage.digests import Source
from storage.schema import contents, deliveries, digests, payloads, run_contents, runs
from storage.schema import schedules as schedules_table
from storage.schema import slot_schedules as slot_schedules_table
from storage.schema import subscribers as subscribers_table
from storage.schema import waves as waves_table
from storage.slot_schedules import SlotSchedule
from storage.snapshot import load_snapshot
from tests.databases import open_database, sql
from tests.delivery.harness import TEXTS, edition

ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Apia", "Asia/Kathmandu")
FIRST = datetime(2025, 10, 29, tzinfo=UTC)
"""New York leaves summer time four days later."""

OTHER_SCHEDULE = Schedule("Asia/Shanghai", 3 * 60 + 33)
"""Of the default slot, for a subscriber whose editions are those of another one."""

EXAMPLES = 25
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Morning:
    """Editions by the minutes at which they are published and come in, and the minute of the question."""

    schedule: Schedule
    editions: list[tuple[int, int]]
    asked: int
    joined: int
    paused_until: int | None
    later: int
    slot: str = DEFAULT_SLOT


schedules = st.builds(Schedule, st.sampled_from(ZONES), st.integers(0, 95).map(lambda n: n * 15), st.integers(1, 127))
_minutes = st.integers(0, 4 * 24 * 60)
mornings = st.builds(
    Morning,
    schedules,
    st.lists(st.tuples(_minutes, st.integers(-600, 900)), max_size=4),
    _minutes,
    st.integers(-60, 2 * 24 * 60),
    st.none() | _minutes,
    st.integers(0, 10_000),
    st.sampled_from((DEFAULT_SLOT, "evening")),
)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def database(loop: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("mornings") / "bot.db"
    database = loop.run_until_complete(open_database(path))
    yield database
    loop.run_until_complete(database.close())


@settings(max_examples=EXAMPLES, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow])
@given(mornings)
def test_told_delivery_is_the_planners(database: Database, loop: asyncio.AbstractEventLoop, morning: Morning) -> None:
    loop.run_until_complete(_compare(database, morning))


async def _compare(database: Database, morning: Morning) -> None:
    world = await _World.of(database, morning)
    asked = FIRST + timedelta(minutes=max(morning.asked, morning.joined))
    events = sorted((max(published, came_in), published) for published, came_in in _instants(morning))
    for came_in, published in events:
        if came_in <= asked:
            await world.plan_until(came_in)
            await world.publish(published, came_in)
    await world.plan_until(asked)
    told, had = await world.told(asked), await world.received()
    await world.plan_until(asked + timedelta(days=10), stop_after=had)
    if told.is_known:
        assert await world.received() > had
        assert world.now == max(told.at, asked)
        return
    assert await world.received() == had, "something came of which nothing was told"
    if told.until is None:  # a new edition is one of the last day
        first, last = max(world.recipient.paused_until or asked, asked, told.at - MAX_EDITION_AGE + MINUTE), told.at
    else:
        first, last = told.at, told.until - MINUTE
    published = min(first + timedelta(minutes=morning.later), last)
    world.now = asked
    await world.publish(published, published)
    await world.plan_until(last, stop_after=had)
    assert await world.received() > had, "an edition that was out by then did not come"
    assert world.now <= told.at or world.now == published


def _instants(morning: Morning) -> list[tuple[datetime, datetime]]:
    return [
        (FIRST + timedelta(minutes=minute), FIRST + timedelta(minutes=minute + delay))
        for minute, delay in morning.editions
    ]


@dataclass(slots=True)
class _World:
    """One subscriber in front of a planner whose clock goes from due instant to due instant."""

    database: Database
    planner: Planner
    subscriber_id: int
    recipient: Eligibility
    now: datetime
    slot: str
    editions: int = 0

    @classmethod
    async def of(cls, database: Database, morning: Morning) -> _World:
        joined = FIRST + timedelta(minutes=morning.joined)
        pause = None if morning.paused_until is None else FIRST + timedelta(minutes=morning.paused_until)
        async with database.write() as tx:
            for table in (deliveries, waves_table, payloads, run_contents, contents, runs, digests, subscribers_table):
                await tx.execute(table.delete())
            await tx.execute(slot_schedules_table.delete())
            await tx.execute(schedules_table.delete())
            is_default = morning.slot == DEFAULT_SLOT
            wishes = morning.schedule if is_default else OTHER_SCHEDULE, ContentPreferences()
            subscriber = await subscribers.add(tx, Chat(1), wishes, now=joined)
            await subscribers.activate(tx, subscriber.id, now=joined)
            await subscribers.set_pause(tx, subscriber.id, pause)
            if not is_default:
                chosen = SlotSchedule(morning.schedule, joined)
                await slot_schedules.choose(tx, subscriber.id, morning.slot, chosen)
        planner = Planner(database, TEXTS, Metrics((), now=lambda: FIRST))
        recipient = Eligibility(schedule=morning.schedule, joined_at=joined, paused_until=pause)
        return cls(database, planner, subscriber.id, recipient, FIRST - timedelta(days=7), morning.slot)

    async def publish(self, published: datetime, came_in: datetime) -> None:
        """Let an edition of the next date come in."""
        self.editions += 1
        day = FIRST.date() + timedelta(days=self.editions)
        digest = replace(edition(day, published=published), slot=self.slot)
        await publish(self.database, TEXTS, self.recipient.schedule, digest, Source(f"{day}.md", b""), now=came_in)

    async def plan_until(self, instant: datetime, *, stop_after: int | None = None) -> None:
        """Tick at each due instant; stop once more than so many editions have been received."""
        while (due := await self._next_due()) is not None and due <= instant:
            self.now = max(self.now, due)
            await self.planner.plan_due(self.now)
            if stop_after is not None and await self.received() > stop_after:
                return
        self.now = max(self.now, instant)

    async def _next_due(self) -> datetime | None:
        async with self.database.read() as tx:
            return (await load_snapshot(tx)).next_due

    async def received(self) -> int:
        statement = "SELECT count(DISTINCT run_id) FROM deliveries WHERE subscriber_id = ?"
        async with self.database.read() as tx:
            return int((await sql(tx, statement, self.subscriber_id)).scalar_one())

    async def told(self, now: datetime) -> NextDelivery:
        async with self.database.read() as tx:
            since = now - 2 * MAX_EDITION_AGE
            known = await waves.known_editions(tx, self.subscriber_id, since=since, slot=self.slot)
        return next_delivery(self.recipient, known, now)
