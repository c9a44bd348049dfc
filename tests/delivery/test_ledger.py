"""The ledger's writer: what is promised of a claim and a settlement that share a commit, whatever comes with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
import structlog.testing

from delivery import ledger as ledger_module
from delivery.ledger import Ledger
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState
from storage import bots, deliveries
from storage.claims import Settlement
from storage.database import Tx
from storage.deliveries import DueDelivery
from tests.databases import break_writes, mend_writes, sql
from tests.delivery.harness import MORNING, DeliveryHarness, run_of
from tests.waiting import PATIENCE

WAIT = 0.3
"""Seconds within which a ledger that is not held up commits several times."""


async def _due(harness: DeliveryHarness, people: int) -> tuple[int, list[DueDelivery]]:
    """Plan an edition for so many people; return the run and its deliveries."""
    await harness.audience(range(1, people + 1))
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    async with harness.database.read() as tx:
        return run_id, list(await deliveries.page(tx, run_id, size=people, now=MORNING))


@asynccontextmanager
async def _writing(ledger: Ledger) -> AsyncIterator[None]:
    """Let a ledger write meanwhile."""
    task = asyncio.create_task(ledger.run())
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    finally:
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])


def _sent(due: DueDelivery) -> Settlement:
    return Settlement(key=due.key, state=DeliveryState.SENT, message_id=7)


async def test_failed_effects_keep_claims_and_settlements(idle: DeliveryHarness) -> None:
    """A part that was claimed beside them may leave: nobody would ever send it otherwise."""
    run_id, (first, second) = await _due(idle, 2)
    ledger = Ledger(idle.database, idle.clock, linger=0.001)
    async with _writing(ledger):
        assert await ledger.claim(first)
        blocked = Settlement(key=first.key, state=DeliveryState.FAILED, error="blocked")
        may, _ = await asyncio.gather(ledger.claim(second), ledger.settle(blocked, _fail_at_the_commit))
        assert may
    progress = await idle.progress(run_id)
    assert (progress.failed, progress.in_flight, ledger.claimed) == (1, 1, 2)


async def _fail_at_the_commit(tx: Tx) -> None:
    """As a full disk does: whatever was done, the transaction cannot end well."""
    if tx.dialect.name == "sqlite":
        await sql(tx, "PRAGMA defer_foreign_keys = ON")
        await sql(tx, "UPDATE subscribers SET schedule_id = 4711")
    else:
        await sql(tx, "CREATE TEMPORARY TABLE twice (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP")
        await sql(tx, "INSERT INTO twice VALUES (1), (1)")


async def test_failed_effect_undoes_no_other(idle: DeliveryHarness) -> None:
    _, (first, second) = await _due(idle, 2)
    ledger = Ledger(idle.database, idle.clock)

    async def half_done(tx: Tx) -> None:
        await tx.exec_driver_sql("UPDATE subscribers SET topic_id = 1")
        raise RuntimeError("half done")

    async def whole(tx: Tx) -> None:
        await tx.exec_driver_sql("UPDATE subscribers SET topic_id = 2 WHERE chat_id = 2")

    with structlog.testing.capture_logs() as logs:
        async with _writing(ledger):
            await asyncio.gather(ledger.claim(first), ledger.claim(second))
            await asyncio.gather(ledger.settle(_sent(first), half_done), ledger.settle(_sent(second), whole))
    assert [entry["event"] for entry in logs] == ["effect_write_failed"]
    async with idle.database.read() as tx:
        rows = await tx.exec_driver_sql("SELECT chat_id, topic_id FROM subscribers ORDER BY chat_id")
        assert [tuple(row) for row in rows] == [(1, None), (2, 2)]


async def test_waiting_claims_are_refused_at_once_on_a_stop(idle: DeliveryHarness) -> None:
    """Those that wait, and those that come later; what is in flight can still be settled."""
    run_id, (first, second, third) = await _due(idle, 3)
    ledger = Ledger(idle.database, idle.clock)
    async with _writing(ledger):
        assert await ledger.claim(first)
    waiting = asyncio.create_task(ledger.claim(second))
    await asyncio.sleep(0)
    ledger.refuse_claims()
    async with asyncio.timeout(PATIENCE):
        assert await waiting is False
        assert await ledger.claim(third) is False
    async with _writing(ledger):
        await ledger.settle(_sent(first))
    progress = await idle.progress(run_id)
    assert (progress.sent, progress.in_flight, progress.pending, ledger.claimed) == (1, 0, 2, 1)


async def test_claim_whose_commit_fails_in_a_stop_is_refused(
    idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "RETRY_SECONDS", 0.02)
    run_id, (first, second) = await _due(idle, 2)
    ledger = Ledger(idle.database, idle.clock)
    async with _writing(ledger):
        assert await ledger.claim(first)
        await _break(idle)
        claim, settle = asyncio.create_task(ledger.claim(second)), asyncio.create_task(ledger.settle(_sent(first)))
        await _until_a_write_failed(ledger)
        ledger.refuse_claims()
        assert await claim is False
        assert not settle.done()
        await _repair(idle)
        await settle
        assert ledger.good
    progress = await idle.progress(run_id)
    assert (progress.sent, progress.in_flight, progress.pending) == (1, 0, 1)


async def _break(harness: DeliveryHarness) -> None:
    async with harness.database.write() as tx:
        await break_writes(tx, "deliveries", event="UPDATE OF state")


async def _until_a_write_failed(ledger: Ledger) -> None:
    while ledger.good:  # noqa: ASYNC110 - the ledger notifies nobody
        await asyncio.sleep(0.01)


async def _repair(harness: DeliveryHarness) -> None:
    async with harness.database.write() as tx:
        await mend_writes(tx)


async def test_failed_commit_is_written_as_soon_as_it_can_be(
    idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order in which it came, and with no new entry to wake the ledger."""
    monkeypatch.setattr(ledger_module, "RETRY_SECONDS", 0.02)
    run_id, due = await _due(idle, 3)
    ledger = Ledger(idle.database, idle.clock)
    finished: list[int] = []

    async def claim(number: int) -> bool:
        allowed = await ledger.claim(due[number])
        finished.append(number)
        return allowed

    async with _writing(ledger):
        await _break(idle)
        first = asyncio.create_task(claim(0))
        await _until_a_write_failed(ledger)
        later = [asyncio.create_task(claim(number)) for number in (1, 2)]
        done, _ = await asyncio.wait({first, *later}, timeout=WAIT)
        assert not done
        assert ledger.claimed == 0
        await _repair(idle)
        assert await asyncio.gather(first, *later) == [True] * 3
    assert finished == [0, 1, 2]
    assert (ledger.claimed, ledger.good) == (3, True)
    assert (await idle.progress(run_id)).in_flight == 3


async def test_what_exceeds_a_commit_follows_in_the_next(
    idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "MAX_COMMIT_ENTRIES", 3)
    run_id, due = await _due(idle, 4)
    ledger = Ledger(idle.database, idle.clock)
    async with _writing(ledger):
        claims = [asyncio.create_task(ledger.claim(one)) for one in due]
        await claims[0]
        assert [claim.done() for claim in claims] == [True, True, True, False]
        assert await asyncio.gather(*claims) == [True] * 4
        assert ledger.claimed == 4
        async with idle.database.read() as tx:
            assert await bots.claim_count(tx) == 4
        settles = [asyncio.create_task(ledger.settle(_sent(one))) for one in due]
        await settles[0]
        assert [settle.done() for settle in settles] == [True, True, True, False]
        await settles[-1]
    progress = await idle.progress(run_id)
    assert (progress.sent, progress.in_flight) == (4, 0)


async def test_next_commit_begins_before_those_of_the_last_one_go_on(
    idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So what they do, sending first of all, overlaps with it."""
    monkeypatch.setattr(ledger_module, "MAX_COMMIT_ENTRIES", 1)
    monkeypatch.setattr(ledger_module, "FULL_GROUP_ENTRIES", 1)
    _, due = await _due(idle, 3)
    ledger = Ledger(idle.database, idle.clock)
    events: list[str] = []
    commit = idle.database.claim_and_settle

    async def record(settlements: Sequence[Settlement], claimed: Sequence[DueDelivery], *, now: datetime) -> list[bool]:
        await asyncio.sleep(0)  # PostgreSQL's session begins a statement so much later, since it is a task of its own
        events.append("begin")
        return await commit(settlements, claimed, now=now)

    async def claim(one: DueDelivery) -> None:
        assert await ledger.claim(one)
        events.append("go on")

    monkeypatch.setattr(idle.database, "claim_and_settle", record)
    async with _writing(ledger):
        await asyncio.gather(*map(claim, due))
    assert events == ["begin", "begin", "go on", "begin", "go on", "go on"]


async def test_few_entries_wait_for_more_and_a_full_group_does_not(
    idle: DeliveryHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "FULL_GROUP_ENTRIES", 4)
    _, due = await _due(idle, 9)
    ledger = Ledger(idle.database, idle.clock, linger=3600)
    async with _writing(ledger):
        assert await asyncio.gather(*[ledger.claim(one) for one in due[:4]]) == [True] * 4
        mixed = [ledger.claim(one) for one in due[4:6]] + [ledger.settle(_sent(one)) for one in due[:2]]
        assert await asyncio.gather(*mixed) == [True, True, None, None]
        few = [asyncio.create_task(ledger.claim(one)) for one in due[6:]]
        done, _ = await asyncio.wait(few, timeout=WAIT)
        assert not done
        for one in few:
            one.cancel()


async def test_cancelled_waits_stop_no_other_entry(idle: DeliveryHarness) -> None:
    run_id, (first, second, third, fourth) = await _due(idle, 4)
    ledger = Ledger(idle.database, idle.clock)
    async with _writing(ledger):
        assert await ledger.claim(first)
        assert await ledger.claim(second)
        gone = [asyncio.create_task(ledger.settle(_sent(first))), asyncio.create_task(ledger.claim(third))]
        stays = [asyncio.create_task(ledger.settle(_sent(second))), asyncio.create_task(ledger.claim(fourth))]
        await asyncio.sleep(0)
        for one in gone:
            one.cancel()
        assert list(await asyncio.gather(*stays)) == [None, True]
    progress = await idle.progress(run_id)
    assert (progress.sent, progress.in_flight, progress.pending) == (2, 2, 0)


async def test_refused_claim_refuses_no_other(idle: DeliveryHarness) -> None:
    run_id, (first, second) = await _due(idle, 2)
    ledger = Ledger(idle.database, idle.clock)
    async with _writing(ledger):
        assert await ledger.claim(first)
        assert list(await asyncio.gather(ledger.claim(first), ledger.claim(second))) == [False, True]
    assert ledger.claimed == 3
    assert (await idle.progress(run_id)).in_flight == 2


@pytest.mark.parametrize("is_whole", [True, False])
async def test_each_message_of_an_album_has_a_row(idle: DeliveryHarness, *, is_whole: bool) -> None:
    """So that all of them can be found again; no figure counts them twice."""
    run_id, (first, second) = await _due(idle, 2)
    ledger = Ledger(idle.database, idle.clock, linger=0.001)
    whole = Settlement(key=first.key, state=DeliveryState.SENT, message_id=7, other_message_ids=(8, 9))
    reason = DeliveryReason.INCOMPLETE
    part = Settlement(key=first.key, state=DeliveryState.FAILED, reason=reason, other_message_ids=(8, 9))
    async with _writing(ledger):
        assert await ledger.claim(first)
        assert await ledger.claim(second)
        await ledger.settle(whole if is_whole else part)
        await ledger.settle(_sent(second))
    async with idle.database.read() as tx:
        rows = await sql(
            tx, "SELECT subscriber_id, part, state, message_id FROM deliveries WHERE message_id IS NOT NULL"
        )
        ids = {(row[0], row[1]): row[3] for row in rows if row[2] == DeliveryState.SENT}
    first_id, second_id = first.key.subscriber_id, second.key.subscriber_id
    assert ids == {(first_id, 2): 8, (first_id, 3): 9, (second_id, 1): 7} | ({(first_id, 1): 7} if is_whole else {})
    progress = await idle.progress(run_id)
    assert (progress.sent, progress.failed, progress.recipients) == ((2, 0, 2) if is_whole else (1, 1, 2))
