"""Claims and settlements mean the same on PostgreSQL as on SQLite, and go well with what others write meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from domain.delivery.payment import Payment
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, RunState
from storage import bots, claims
from storage.claims import Settlement
from storage.database import Database, Tx
from storage.deliveries import DeliveryKey, DueDelivery
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from storage.schema import content_preferences, deliveries, runs, schedules, subscribers
from storage.sqlite.database import SqliteDatabase
from tests.storage.postgresql.waiting import until_somebody_waits

NOW = datetime(2025, 9, 12, 0, 0, tzinfo=UTC)
RUNS, PEOPLE, PARTS = 2, 6, 3
KEYS = [
    DeliveryKey(run, person, part)
    for run in range(1, RUNS + 1)
    for person in range(1, PEOPLE + 1)
    for part in range(1, PARTS + 1)
]
STATES = (DeliveryState.PENDING, DeliveryState.PENDING, DeliveryState.IN_FLIGHT, *DeliveryState)

SETTLED = (DeliveryState.PENDING, *(state for state in DeliveryState if state is not DeliveryState.IN_FLIGHT))


def _subscriber(number: int, *, active: bool) -> dict[str, Any]:
    return {
        "id": number,
        "bot_id": 1,
        "chat_id": number,
        "kind": "private",
        "active": active,
        "silent": False,
        "language_chosen": False,
        "schedule_id": 1,
        "preferences_id": 1,
        "last_seen_at": NOW,
    }


def _run(number: int, state: RunState, payment: Payment) -> dict[str, Any]:
    row = {"id": number, "bot_id": 1, "kind": "broadcast", "version": 2, "state": state, "payment": payment}
    return row | {"published_at": NOW}


async def _fill(database: Database, chance: random.Random) -> None:
    """Store runs, people and deliveries in any state."""
    async with database.write() as tx:
        await tx.execute(insert(schedules).values(id=1, zone="UTC", minute_of_day=0, weekdays=127))
        await tx.execute(insert(content_preferences).values(id=1, layout="full", language="zh", categories=""))
        people = [_subscriber(number, active=chance.random() < 0.7) for number in range(1, PEOPLE + 1)]
        await tx.execute(insert(subscribers), people)
        states = RunState.RUNNING, chance.choice([*RunState])
        stored = [_run(number, state, chance.choice([*Payment])) for number, state in enumerate(states, 1)]
        await tx.execute(insert(runs), stored)
        columns = {"content_id": 1, "payload_id": 1}
        rows = [
            key._asdict() | columns | {"state": chance.choice(STATES), "resent": chance.random() < 0.2, "paid": False}
            for key in KEYS
        ]
        await tx.execute(insert(deliveries), rows)


def _settlement(key: DeliveryKey, chance: random.Random) -> Settlement:
    state = chance.choice(SETTLED)
    return Settlement(
        key=key,
        state=state,
        message_id=chance.randrange(2**40) if state is DeliveryState.SENT else None,
        reason=chance.choice([None, *DeliveryReason]),
        error=chance.choice([None, "'; DROP TABLE deliveries; -- 🚲"]),
        not_before=chance.choice([None, NOW + timedelta(seconds=chance.randrange(99), microseconds=7)]),
        attempt=chance.random() < 0.5,
        resend=chance.random() < 0.3,
    )


def _due(key: DeliveryKey, chance: random.Random) -> DueDelivery:
    """Return a delivery as a page shows it: all parts of a recipient are of one version."""
    paid, version = chance.random() < 0.3, 1 + key.subscriber_id % 2
    return DueDelivery(key, 1, 0, key.subscriber_id, None, False, 1, version=version, paid=paid)


async def _rows(tx: Tx) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await tx.execute(select(deliveries).order_by(*deliveries.primary_key))]


@pytest.mark.parametrize("seed", range(12))
async def test_claims_and_settlements_are_those_of_sqlite(
    seed: int, database: PostgresqlDatabase, tmp_path: Path
) -> None:
    sqlite = await SqliteDatabase.open(tmp_path / "bot.db")
    both: Sequence[Database] = (database, sqlite)
    for one in both:
        await _fill(one, random.Random(seed))
    chance = random.Random(seed)
    claimed = 0
    for step in range(12):
        now = NOW + timedelta(minutes=step)
        settled = [_settlement(key, chance) for key in chance.sample(KEYS, chance.randrange(18))]
        due = [_due(key, chance) for key in chance.sample(KEYS, chance.randrange(18))]
        results = [await claims.claim_and_settle(one, settled, due, now=now) for one in both]
        assert results[0] == results[1]
        claimed += sum(results[0])
        tables, counts = [], []
        for one in both:
            async with one.read() as tx:
                tables.append(await _rows(tx))
                counts.append(await bots.claim_count(tx))
        assert tables[0] == tables[1]
        assert counts[0] == counts[1]
    assert claimed > 0
    await sqlite.close()


async def test_row_that_is_settled_meanwhile_is_not_claimed(
    database: PostgresqlDatabase, address: PostgresqlAddress
) -> None:
    """The claim waits for the row, and then sees what became of it."""
    other = await PostgresqlDatabase.open(address)
    await _fill(database, random.Random(1))
    key = KEYS[0]
    async with database.write() as tx:
        await tx.execute(update(subscribers).values(active=True))
        await tx.execute(update(runs).values(state=RunState.RUNNING, payment=Payment.PAID))
        await tx.execute(update(deliveries).values(state=DeliveryState.PENDING))
    async with other.write() as tx:
        await tx.execute(
            update(deliveries).where(deliveries.c.subscriber_id == key.subscriber_id).values(state=DeliveryState.SENT)
        )
        due = [_due(key, random.Random(1)), _due(DeliveryKey(1, 3, 1), random.Random(1))]
        claim = asyncio.create_task(claims.claim_and_settle(database, [], due, now=NOW))
        await until_somebody_waits(address)
        assert not claim.done()
    assert await claim == [False, True]
    await other.close()
