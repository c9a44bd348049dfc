"""Segments: who belongs to them, how many, and that a broadcast goes to them alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.chat.event import Chat, ChatKind
from domain.chat.frozen_message import FrozenMessage
from domain.delivery.broadcast import Broadcast
from domain.delivery.progress import CardMessage
from domain.delivery.segment import EVERYBODY, AudienceKind, Segment, SegmentSize
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import broadcasts, planning, runs, schedules, segments, subscribers, waves
from storage.database import Database, Tx
from tests.databases import sql
from tests.delivery.harness import MORNING

NOW = MORNING
DAY = date(2025, 9, 11)
TEXT = FrozenMessage(message_id=1, kind="text", method="sendMessage", parameters={"text": "Hi"})
SHANGHAI, BERLIN = Schedule("Asia/Shanghai", 480), Schedule("Europe/Berlin", 480)


async def add(
    tx: Tx,
    chat_id: int,
    *,
    kind: ChatKind = ChatKind.PRIVATE,
    days: int = 90,
    schedule: Schedule = SHANGHAI,
    **wanted: Any,
) -> int:
    """Add a subscriber who joined, and was seen last, so many days ago."""
    since = NOW - timedelta(days=days)
    added = await subscribers.add(tx, Chat(chat_id, kind), (schedule, ContentPreferences(**wanted)), now=since)
    await subscribers.activate(tx, added.id, now=since)
    await subscribers.touch_last_seen(tx, added.id, now=since)
    return added.id


async def populate(tx: Tx) -> None:
    """Add five subscribers, two of whom have an edition, and one in a pause."""
    first = await add(tx, 1, language="en", days=3)
    second = await add(tx, 2, categories=frozenset({"ai"}), days=20)
    third = await add(tx, 3, muted_categories=frozenset({"ai"}), schedule=BERLIN)
    await add(tx, -4, kind=ChatKind.SUPERGROUP, categories=frozenset({"a_%"}))
    await add(tx, -5, kind=ChatKind.CHANNEL, language="en")
    await subscribers.set_pause(tx, await add(tx, 6), NOW + timedelta(days=1))
    run_id = await runs.add_digest(tx, DAY, published=NOW - timedelta(days=1), upto=0)
    for subscriber, state in ((first, "sent"), (second, "unconfirmed"), (third, "failed")):
        columns = "run_id, subscriber_id, part, content_id, payload_id, state"
        values = f"{run_id}, {subscriber}, 1, 1, 1, '{state}'"
        await sql(tx, f"INSERT INTO deliveries ({columns}) VALUES ({values})")  # noqa: S608


SEGMENTS: dict[str, tuple[Segment, set[int]]] = {
    "everybody": (EVERYBODY, {1, 2, 3, -4, -5}),
    "people": (Segment(kind=AudienceKind.PEOPLE), {1, 2, 3}),
    "groups": (Segment(kind=AudienceKind.GROUPS), {-4}),
    "channels": (Segment(kind=AudienceKind.CHANNELS), {-5}),
    "language": (Segment(language="en"), {1, -5}),
    "category": (Segment(category="ai"), {1, 2, -5}),
    "category with signs": (Segment(category="a_%"), {1, 3, -4, -5}),
    "joined": (Segment(joined_days=7), {1}),
    "active": (Segment(active_days=30), {1, 2}),
    "had": (Segment(had=str(DAY)), {1, 2}),
    "missed": (Segment(missed=str(DAY)), {3, -4, -5}),
    "missed an unknown day": (Segment(missed=str(date(2020, 1, 1))), {1, 2, 3, -4, -5}),
    "several": (Segment(kind=AudienceKind.PEOPLE, language="en", had=str(DAY)), {1}),
    "nobody": (Segment(kind=AudienceKind.GROUPS, language="en"), set()),
}


@pytest.mark.parametrize("name", SEGMENTS)
async def test_broadcast_goes_to_its_segment_alone(name: str, database: Database) -> None:
    segment, expected = SEGMENTS[name]
    async with database.write() as tx:
        await populate(tx)
        size = await segments.size(tx, segment, now=NOW)
        run_id = await confirmed(tx, Broadcast(messages=(TEXT,), segment=segment), {None: NOW})
        await plan_all(tx, run_id, NOW)
        assert await planned_chats(tx, run_id) == expected
    assert size.total == len(expected)


async def confirmed(tx: Tx, broadcast: Broadcast, dues: dict[int | None, datetime]) -> int:
    run_id = await broadcasts.draft(tx, broadcast, actor=9, now=NOW)
    assert await runs.confirm(tx, run_id, actor=9, card=CardMessage(9, 1), now=NOW, dues=dues)
    return run_id


async def plan_all(tx: Tx, run_id: int, until: datetime) -> None:
    segment = await broadcasts.segment(tx, run_id)
    due = [wave for wave in await waves.waiting(tx, until=until) if wave.run_id == run_id]
    for current in planning.planning_passes(due):
        await planning.plan(tx, current, 1, upto=None, segment=segment)


async def planned_chats(tx: Tx, run_id: int) -> set[int]:
    joined = "deliveries JOIN subscribers ON subscribers.id = subscriber_id"
    return {row[0] for row in await sql(tx, f"SELECT chat_id FROM {joined} WHERE run_id = {run_id}")}  # noqa: S608


async def test_sizes_are_counted_by_kind(database: Database) -> None:
    async with database.write() as tx:
        await populate(tx)
        everybody, none = await segments.sizes(tx, [EVERYBODY, SEGMENTS["nobody"][0]], now=NOW)
        assert (everybody, none) == (SegmentSize(3, 1, 1), SegmentSize())
        assert await segments.sizes(tx, [], now=NOW) == []


@pytest.mark.parametrize("schedule_count", [2, 12])
async def test_each_schedule_is_planned_at_its_own_time(schedule_count: int, database: Database) -> None:
    """Few waves are planned one by one, many together; whoever changed to another schedule comes last, and once."""
    segment = Segment(kind=AudienceKind.PEOPLE)
    async with database.write() as tx:
        for number in range(schedule_count):
            await add(tx, 100 + number, schedule=Schedule("UTC", number * 10))
        await add(tx, -7, kind=ChatKind.SUPERGROUP)
        later = NOW + timedelta(hours=1)
        in_use = await schedules.in_use(tx)
        first, *others = (number for number, schedule in in_use.items() if schedule.zone == "UTC")
        dues: dict[int | None, datetime] = {first: NOW, **dict.fromkeys(others, later), None: later}
        run_id = await confirmed(tx, Broadcast(messages=(TEXT,), segment=segment), dues)
        await plan_all(tx, run_id, NOW)
        assert await planned_chats(tx, run_id) == {100}
        moved = await subscribers.get(tx, 101)
        assert moved is not None
        await subscribers.set_schedule(tx, moved.id, Schedule("Asia/Tokyo", 600))
        await plan_all(tx, run_id, later)
        assert await planned_chats(tx, run_id) == {100 + number for number in range(schedule_count)}


async def test_saved_segments_are_replaced_and_forgotten(database: Database) -> None:
    people, new = Segment(kind=AudienceKind.PEOPLE), Segment(joined_days=7, missed=str(DAY))
    async with database.write() as tx:
        for name, segment in (("b", people), ("a", people), ("b", new)):
            await segments.save(tx, name, segment)
        assert [(one.name, one.segment) for one in await segments.saved(tx)] == [("a", people), ("b", new)]
        await segments.forget(tx, "a")
        assert [one.name for one in await segments.saved(tx)] == ["b"]


async def test_broadcast_is_called_back_only_before_it_begins(database: Database) -> None:
    async with database.write() as tx:
        await populate(tx)
        later = NOW + timedelta(hours=1)
        run_id = await confirmed(tx, Broadcast(messages=(TEXT,)), {None: later})
        assert [run.id for run in await runs.scheduled(tx, now=NOW)] == [run_id]
        assert not await runs.call_back(tx, run_id, actor=8)
        assert await runs.call_back(tx, run_id, actor=9)
        assert not await runs.call_back(tx, run_id, actor=9), "it is a draft"
        assert await waves.waiting(tx, until=later) == []
        assert await runs.confirm(tx, run_id, actor=9, card=CardMessage(9, 1), now=NOW)
        await plan_all(tx, run_id, NOW)
        assert not await runs.call_back(tx, run_id, actor=9), "somebody may have it"
