"""Segments: who belongs to them, how many, and that a broadcast goes to them alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from domain.chat.event import Chat, ChatKind
from domain.chat.frozen_message import FrozenMessage
from domain.delivery.broadcast import Broadcast
from domain.delivery.progress import CardMessage
from domain.delivery.segment import EVERYBODY, AudienceKind, Segment, SegmentSize
from domain.edition_day import EditionDay, slot_of
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import (
    broadcasts,
    digests,
    edition_texts,
    planning,
    runs,
    schedules,
    segments,
    slot_schedules,
    subscribers,
    waves,
)
from storage.database import Database, Tx
from storage.digests import Source
from storage.slot_schedules import SlotSchedule
from tests.databases import sql
from tests.delivery.harness import MORNING
from tests.handlers.editions import edition

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


EVENING = EditionDay.of(DAY, "evening")
SENT: dict[str, tuple[Segment, set[int]]] = {
    "morning": (Segment(had=str(DAY)), {1, 2}),
    "in English": (Segment(had=f"{DAY}.en"), {1}),
    "in Chinese": (Segment(had=f"{DAY}.zh"), {2}),
    "not in English": (Segment(missed=f"{DAY}.en"), {2, 3}),
    "evening": (Segment(had=str(EVENING)), {3}),
    "not the evening": (Segment(missed=str(EVENING)), {1}),
    "one and not the other": (Segment(had=str(DAY), missed=str(EVENING)), {1}),
    "neither language": (Segment(had=f"{DAY}.zh-hant"), set()),
    "another day": (Segment(had="2025-09-10"), set()),
}


@pytest.mark.parametrize("name", SENT)
async def test_slots_and_languages_of_editions_are_told_apart(name: str, database: Database) -> None:
    """1 had the morning in English and chose the evening, 2 had it in Chinese, 3 had the evening that it chose."""
    segment, expected = SENT[name]
    async with database.write() as tx:
        first, second, third = [await add(tx, number) for number in (1, 2, 3)]
        for subscriber in (first, third):
            await slot_schedules.choose(tx, subscriber, "evening", SlotSchedule(SHANGHAI, NOW - timedelta(days=9)))
        morning = await runs.add_digest(tx, DAY, published=NOW - timedelta(days=1), upto=0)
        evening = await runs.add_digest(tx, EVENING, published=NOW - timedelta(hours=9), upto=0)
        for run_id, subscriber, language in ((morning, first, "en"), (morning, second, "zh"), (evening, third, "zh")):
            await add_delivered(tx, run_id, subscriber, language)
        assert (await segments.size(tx, segment, now=NOW)).total == len(expected)
        run_id = await confirmed(tx, Broadcast(messages=(TEXT,), segment=segment), {None: NOW})
        await plan_all(tx, run_id, NOW)
        assert await planned_chats(tx, run_id) == expected


async def add_delivered(tx: Tx, run_id: int, subscriber_id: int, language: str) -> None:
    """Add a delivery of a digest in a language."""
    values = f"{run_id}, 'full', '{language}', ''"
    await sql(tx, f"INSERT INTO contents (run_id, layout, language, item_positions) VALUES ({values})")  # noqa: S608
    ((content_id,),) = await sql(tx, "SELECT max(id) FROM contents")
    columns = "run_id, subscriber_id, part, content_id, payload_id, state"
    await sql(tx, f"INSERT INTO deliveries ({columns}) VALUES ({run_id}, {subscriber_id}, 1, {content_id}, 1, 'sent')")  # noqa: S608


async def test_nobody_missed_what_is_not_kept_any_more(database: Database) -> None:
    """Where the rows of an edition are deleted, everybody would seem to have missed it."""
    async with database.write() as tx:
        await populate(tx)
        had, missed = Segment(had=str(DAY)), Segment(missed=f"{DAY}.en")
        for days, people in ((28, 2), (30, 0)):
            at = NOW + timedelta(days=days)
            assert (await segments.size(tx, had, now=at)).total == people
            assert ((await segments.size(tx, missed, now=at)).total > 0) is (people > 0)
            forgotten = await segments.forgotten_editions(tx, [had, missed], now=at)
            assert forgotten == (frozenset(had.editions() + missed.editions()) if not people else frozenset())


async def test_editions_are_listed_newest_first(database: Database) -> None:
    """A withdrawn edition is listed too: those who had it are to be told."""
    async with database.write() as tx:
        english = replace(edition(DAY), title="Morning", language="en", content_hash="en")
        for day in (DAY, EVENING, DAY - timedelta(days=1)):
            at = NOW - timedelta(days=(DAY - date(day.year, day.month, day.day)).days, hours=day != EVENING)
            await digests.upsert(
                tx,
                replace(edition(day), slot=slot_of(day), title=str(day)),
                Source(f"{day}.md", b""),
                published=at,
                now=at,
            )
        await digests.upsert_variant(tx, english, Source("en.md", b""), now=NOW)
        await digests.withdraw(tx, DAY - timedelta(days=1), now=NOW)
        listed = await edition_texts.titles_since(tx, NOW - timedelta(days=5), now=NOW)
        assert [(str(one.day), one.has_variants, one.is_withdrawn) for one in listed] == [
            (str(EVENING), False, False),
            (str(DAY), True, False),
            (str(DAY - timedelta(days=1)), False, True),
        ]
        assert [listed[1].title_in(language) for language in ("en", "zh")] == ["Morning", str(DAY)]
        in_time = await edition_texts.titles_since(tx, NOW - timedelta(hours=2), now=NOW - timedelta(minutes=1))
        assert [one.day for one in in_time] == [DAY]


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
        assert not await runs.return_to_draft(tx, run_id, actor=8)
        assert await runs.return_to_draft(tx, run_id, actor=9)
        assert not await runs.return_to_draft(tx, run_id, actor=9), "it is a draft"
        assert await waves.waiting(tx, until=later) == []
        assert await runs.confirm(tx, run_id, actor=9, card=CardMessage(9, 1), now=NOW)
        await plan_all(tx, run_id, NOW)
        assert not await runs.return_to_draft(tx, run_id, actor=9), "somebody may have it"
