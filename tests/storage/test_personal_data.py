"""Export and erasing: complete, for one person only, whatever table their data is in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, SmallInteger, Table, func, insert, select

from domain.audit import AuditAction, AuditEntry
from domain.chat.event import Chat
from domain.chat.frozen_message import FrozenMessage
from domain.delivery.broadcast import Broadcast
from domain.delivery.progress import CardMessage, Progress
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, WaveState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import LeftReason, RichRefusal
from storage import (
    audit,
    broadcasts,
    claims,
    deliveries,
    personal_data,
    planning,
    retention,
    run_progress,
    runs,
    subscribers,
    waves,
)
from storage import schedules as schedule_rows
from storage.claims import Settlement
from storage.column_types import UTCDateTime
from storage.database import Database, Tx
from storage.personal_data import PERSONAL
from storage.schema import deliveries as delivery_rows
from storage.schema import metadata, schedules
from storage.schema import subscribers as subscriber_rows

NOW = datetime(2025, 9, 12, tzinfo=UTC)
ANN, BEN = 7_700_000_001, 7_700_000_002
WORDS = {ANN: "ann-was-here", BEN: "ben-was-here"}
SETTINGS = Schedule("Asia/Shanghai", 480), ContentPreferences()
OWNERS = ("chat_id", "user_id", "author", "actor", "card_chat_id")
"""Columns that hold the id of a chat or person."""


async def add_subscriber(tx: Tx, chat_id: int) -> int:
    added = await subscribers.add(tx, Chat(chat_id), SETTINGS, now=NOW)
    await subscribers.activate(tx, added.id, now=NOW)
    return added.id


async def start_broadcast(tx: Tx, author: int) -> int:
    """Return a broadcast that is planned for everybody who is subscribed."""
    words = FrozenMessage(message_id=1, kind="text", method="sendMessage", parameters={"text": WORDS[author]})
    run_id = await broadcasts.draft(tx, Broadcast(messages=(words,)), actor=author, now=NOW)
    assert await runs.confirm(tx, run_id, actor=author, card=CardMessage(author, 2), now=NOW)
    (wave,) = await waves.waiting(tx, until=NOW)
    await planning.plan(tx, planning.planning_passes([wave])[0], 1, upto=None)
    await waves.close(tx, [wave.id], 0, WaveState.PLANNED)
    return run_id


async def leave_traces(tx: Tx, chat_id: int, run_id: int) -> None:
    """Give somebody a row in every table that is theirs alone, with their words in every text."""
    subscriber = await subscribers.get(tx, chat_id)
    assert subscriber is not None
    for table in {personal.table for personal in PERSONAL if not (personal.is_shared or personal.emptied)}:
        schedule_id = await schedule_rows.get_or_create(tx, subscriber.schedule)
        values = {"bot_id": tx.bot_id, "subscriber_id": subscriber.id, "run_id": run_id, "schedule_id": schedule_id}
        row = {column.name: _filled(column, chat_id, values) for column in table.c}
        await tx.execute(insert(table).values({name: value for name, value in row.items() if value is not None}))
    await audit.record(tx, AuditEntry(at=NOW, action=AuditAction.ROLE_CHANGED, actor=chat_id, person=chat_id))


def _filled(column: Column[Any], chat_id: int, values: Mapping[str, Any]) -> Any:
    if column.name in values:
        return values[column.name]
    if column.name in OWNERS:
        return chat_id
    match column.type:
        case Boolean():
            return False
        case UTCDateTime():
            return NOW
        case LargeBinary():
            return f"{WORDS[chat_id]} {chat_id}".encode()
        case BigInteger() | Integer() | SmallInteger():
            return None if column.primary_key and column.table.primary_key.columns.keys() == ["id"] else chat_id % 100
    length = getattr(column.type, "length", None) or 100
    return 1.0 if column.type.python_type is float else WORDS[chat_id][:length]


async def all_cells(tx: Tx) -> Iterator[tuple[Table, str, Any]]:
    return iter(
        [
            (table, name, value)
            for table in metadata.sorted_tables
            for row in await tx.execute(select(table))
            for name, value in row._mapping.items()
        ]
    )


async def traces(tx: Tx, chat_id: int) -> list[str]:
    """Return the cells of the whole database that hold somebody's id, a hash of it, or their words."""
    marks = [str(chat_id), WORDS[chat_id], *_hashes(chat_id)]
    found = []
    for table, name, value in await all_cells(tx):
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if any(mark in text for mark in marks):
            found.append(f"{table.name}.{name}")
    return sorted(set(found))


def _hashes(chat_id: int) -> Iterator[str]:
    for data in (str(chat_id).encode(), chat_id.to_bytes(8)):
        for algorithm in ("md5", "sha1", "sha256", "sha512"):
            yield hashlib.new(algorithm, data).hexdigest()[:12]
        yield from (hashlib.blake2b(data, digest_size=size).hexdigest() for size in (5, 8, 16, 32, 64))


async def progress_of(tx: Tx, run_id: int) -> Progress:
    progress = await run_progress.get(tx, run_id)
    assert progress is not None
    return progress


async def settle(database: Database, run_id: int, state: DeliveryState, message_id: int | None) -> None:
    async with database.read() as tx:
        due = await deliveries.page(tx, run_id, size=9, now=NOW)
    await claims.claim_and_settle(database, [], due, now=NOW)
    error = None if state is DeliveryState.SENT else "lost"
    settlements = [Settlement(key=part.key, state=state, message_id=message_id, error=error) for part in due]
    await claims.claim_and_settle(database, settlements, [], now=NOW)


async def test_erased_person_is_nowhere_and_the_sums_stay(database: Database) -> None:
    async with database.write() as tx:
        for person in (ANN, BEN):
            await add_subscriber(tx, person)
        run_id = await start_broadcast(tx, ANN)
    await settle(database, run_id, DeliveryState.SENT, 4242)
    async with database.write() as tx:
        assert await runs.finish(tx, run_id, now=NOW)
        for person in (ANN, BEN):
            await leave_traces(tx, person, run_id)
        assert {name.partition(".")[0] for name in await traces(tx, ANN)} > {"subscribers", "runs", "payloads"}
        counted, known = await progress_of(tx, run_id), await subscribers.audience(tx, now=NOW)
        of_ben = await personal_data.export(tx, BEN)
    async with database.write() as tx:
        await personal_data.erase(tx, ANN)
    async with database.write() as tx:
        assert await traces(tx, ANN) == ["broadcasts.content", "payloads.json"]
        while await retention.forget_some(tx, now=NOW):
            pass
        assert await traces(tx, ANN) == []
        assert (await progress_of(tx, run_id)).counts == counted.counts
        assert (await subscribers.audience(tx, now=NOW)).known == known.known - 1
        assert await personal_data.export(tx, ANN) == {}
        after = await personal_data.export(tx, BEN)
        assert after.pop("deliveries", []) == [] != of_ben.pop("deliveries")  # with the broadcast of nobody
        assert after == of_ben


async def test_row_that_stays_tells_nothing_of_its_owner(database: Database) -> None:
    async with database.write() as tx:
        await add_subscriber(tx, ANN)
        run_id = await start_broadcast(tx, ANN)
    await settle(database, run_id, DeliveryState.UNCONFIRMED, None)
    async with database.write() as tx:
        await personal_data.erase(tx, ANN)
        (row,) = (await tx.execute(select(subscriber_rows))).all()
        told = {name: value for name, value in row._mapping.items() if value}
        assert told == {"id": row.id, "bot_id": 1, "kind": "private", "left_reason": "erased"}
        (delivery,) = (await tx.execute(select(delivery_rows))).all()
        assert (delivery.state, delivery.error, delivery.message_id) == ("unconfirmed", None, None)
        assert (await progress_of(tx, run_id)).unconfirmed == 1
        assert (await run_progress.trouble(tx, run_id)).unconfirmed_chats == []


async def test_export_has_everything_that_was_planted(database: Database) -> None:
    async with database.write() as tx:
        for person in (ANN, BEN):
            await add_subscriber(tx, person)
        run_id = await start_broadcast(tx, ANN)
        for person in (ANN, BEN):
            await leave_traces(tx, person, run_id)
        exported = await personal_data.export(tx, ANN)
        assert set(exported) == {personal.table.name for personal in PERSONAL}
        assert exported["schedules"][0]["zone"] == "Asia/Shanghai"
        assert WORDS[ANN] in exported["payloads"][0]["json"].decode()
        assert str(BEN) not in str(exported)
        assert WORDS[BEN] not in str(exported)


async def test_delivery_in_flight_settles_without_its_message(database: Database) -> None:
    async with database.write() as tx:
        subscriber_id = await add_subscriber(tx, ANN)
        run_id = await start_broadcast(tx, ANN)
        due = await deliveries.page(tx, run_id, size=9, now=NOW)
    assert await claims.claim_and_settle(database, [], due, now=NOW) == [True]
    async with database.write() as tx:
        await personal_data.erase(tx, ANN)
    sent = Settlement(key=due[0].key, state=DeliveryState.SENT, message_id=4242)
    await claims.claim_and_settle(database, [sent], [], now=NOW)
    async with database.write() as tx:
        await subscribers.deactivate(tx, subscriber_id, LeftReason.BLOCKED, now=NOW)  # an effect that comes late
        await subscribers.refuse_rich(tx, subscriber_id, RichRefusal.CHAT)
        (row,) = (await tx.execute(select(delivery_rows.c.state, delivery_rows.c.message_id))).all()
        assert tuple(row) == ("sent", None)
        assert await tx.scalar(select(subscriber_rows.c.left_reason)) == "erased"


@pytest.mark.parametrize("state", [DeliveryState.UNCONFIRMED, DeliveryState.PENDING])
async def test_nothing_goes_to_an_erased_person_again(database: Database, state: DeliveryState) -> None:
    async with database.write() as tx:
        await add_subscriber(tx, ANN)
        run_id = await start_broadcast(tx, BEN)
        due = await deliveries.page(tx, run_id, size=9, now=NOW)
    assert await claims.claim_and_settle(database, [], due, now=NOW) == [True]
    async with database.write() as tx:
        await personal_data.erase(tx, ANN)
    late = Settlement(key=due[0].key, state=state, reason=DeliveryReason.NO_RESPONSE, error=f"chat {ANN}")
    await claims.claim_and_settle(database, [late], [], now=NOW)
    async with database.write() as tx:
        await runs.resend_unconfirmed(tx, run_id)
        (again,) = await deliveries.page(tx, run_id, size=9, now=NOW)
        assert again.chat_id == deliveries.ERASED_CHAT
    assert await claims.claim_and_settle(database, [], [again], now=NOW) == [False]
    async with database.write() as tx:
        assert await runs.is_over(tx, run_id)
        assert (await progress_of(tx, run_id)).skipped == 1
        assert await traces(tx, ANN) == []


async def test_planning_that_has_begun_leaves_an_erased_person_out(database: Database) -> None:
    async with database.write() as tx:
        first, second = [await add_subscriber(tx, person) for person in (ANN, BEN)]
        run_id = await runs.draft_broadcast(tx, actor=BEN, method="sendMessage", body={"text": "x"}, now=NOW)
        await runs.confirm(tx, run_id, actor=BEN, card=CardMessage(BEN, 2), now=NOW)
        (wave,) = await waves.waiting(tx, until=NOW)
        whole = planning.planning_passes([wave])[0]
        assert await planning.plan(tx, whole, 1, upto=first) == 1
    async with database.write() as tx:
        await personal_data.erase(tx, BEN)
        await personal_data.erase(tx, ANN)
    async with database.write() as tx:
        assert await planning.plan(tx, replace(whole, after=first), 1, upto=None) == 0
        assert not await deliveries.has_pending(tx, run_id)
        assert second > first


async def test_who_starts_again_is_a_new_person(database: Database) -> None:
    async with database.write() as tx:
        before = await add_subscriber(tx, ANN)
        run_id = await start_broadcast(tx, BEN)
    await settle(database, run_id, DeliveryState.SENT, 4242)
    async with database.write() as tx:
        await personal_data.erase(tx, ANN)
        assert await add_subscriber(tx, ANN) > before
        assert "deliveries" not in await personal_data.export(tx, ANN)
        assert not await deliveries.settle(tx, 1, ANN, 4242, now=NOW)  # an old button proves nothing of the new one


async def test_another_bot_keeps_what_it_knows(database: Database) -> None:
    async with database.write() as tx:
        await add_subscriber(tx, ANN)
        await tx.exec_driver_sql("INSERT INTO bots (id, name, token) VALUES (2, 'other', 'env:OTHER')")
    async with database.for_bot(2).write() as tx:
        await add_subscriber(tx, ANN)
    async with database.write() as tx:
        await personal_data.erase(tx, ANN)
        assert await personal_data.export(tx, ANN) == {}
    async with database.for_bot(2).read() as tx:
        assert set(await personal_data.export(tx, ANN)) == {"subscribers", "schedules", "content_preferences"}


async def test_draft_is_discarded_with_its_text(database: Database) -> None:
    async with database.write() as tx:
        run_id = await runs.draft_broadcast(tx, actor=ANN, method="sendMessage", body={"text": WORDS[ANN]}, now=NOW)
        await personal_data.erase(tx, ANN)
        assert await traces(tx, ANN) == []
        assert (await progress_of(tx, run_id)).state == "cancelled"
        assert await runs.unreported(tx) != []  # nobody is told of it: a report needs an author
        assert not await runs.confirm(tx, run_id, actor=ANN, card=CardMessage(ANN, 2), now=NOW)


async def test_running_broadcast_goes_on_without_its_author(database: Database) -> None:
    async with database.write() as tx:
        for person in (ANN, BEN):
            await add_subscriber(tx, person)
        run_id = await start_broadcast(tx, ANN)
        await personal_data.erase(tx, ANN)
        assert not await retention.forget_some(tx, now=NOW + timedelta(days=1))
    await settle(database, run_id, DeliveryState.SENT, 4242)
    async with database.write() as tx:
        assert await runs.finish(tx, run_id, now=NOW)
        progress = await progress_of(tx, run_id)
        assert (progress.sent, progress.skipped, progress.actor, progress.card) == (1, 1, None, None)
        assert await tx.scalar(select(func.count()).select_from(schedules)) == 1
