"""Paid broadcasts in the ledger: what may be paid for, how often, and what counts as paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.chat.event import Chat
from domain.delivery.payment import Payment, max_cost_stars
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, WaveState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import claims, deliveries, planning, run_progress, runs, subscribers, waves
from storage.claims import Settlement
from storage.database import Database
from storage.deliveries import DueDelivery
from storage.retention import KEPT, forget_some
from tests.databases import open_database
from tests.storage.test_runs import ADMIN, CARD, NOW

PEOPLE = 5


async def _started(database: Database, payment: Payment = Payment.PAID) -> int:
    """Confirm a broadcast to five people and plan it; return its run."""
    async with database.write() as tx:
        for number in range(PEOPLE):
            wishes = Schedule("Asia/Shanghai", 480), ContentPreferences()
            person = await subscribers.add(tx, Chat(1000 + number), wishes, now=NOW)
            await subscribers.activate(tx, person.id, now=NOW)
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)
        assert await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW, payment=payment)
        (wave,) = await waves.waiting(tx, until=NOW)
        assert await planning.plan(tx, planning.planning_passes([wave])[0], 1, upto=None) == PEOPLE
        await waves.close(tx, [wave.id], 0, WaveState.PLANNED)
    return run_id


async def _page(database: Database, run_id: int) -> list[DueDelivery]:
    async with database.read() as tx:
        return await deliveries.page(tx, run_id, size=10, now=NOW + timedelta(hours=1))


async def _paid(database: Database, run_id: int) -> int:
    async with database.read() as tx:
        progress = await run_progress.get(tx, run_id)
    assert progress is not None
    return progress.paid


async def _claim(database: Database, due: list[DueDelivery]) -> list[bool]:
    return await claims.claim_and_settle(database, [], due, now=NOW)


async def _settle(database: Database, *settlements: Settlement) -> None:
    await claims.claim_and_settle(database, settlements, [], now=NOW)


@pytest.mark.parametrize(("messages", "stars"), [(0, 0), (1, 1), (10, 1), (11, 2), (123_456, 12_346)])
def test_stars_are_rounded_up(messages: int, stars: int) -> None:
    assert max_cost_stars(messages) == stars


@pytest.mark.parametrize("payment", [Payment.FREE, Payment.PAID])
async def test_choice_is_a_fact_of_the_run(tmp_path: Path, payment: Payment) -> None:
    database = await open_database(tmp_path / "other.db")
    run_id = await _started(database, payment)
    await database.close()
    again = await open_database(tmp_path / "other.db")
    async with again.read() as tx:
        progress = await run_progress.get(tx, run_id)
    page = await _page(again, run_id)
    await again.close()
    assert progress is not None
    assert (progress.payment, progress.paid) == (payment, 0)
    assert [due.paid for due in page] == [payment is Payment.PAID] * PEOPLE


async def test_nothing_is_claimed_as_paid_once_the_run_stopped_paying(database: Database) -> None:
    run_id = await _started(database)
    page = await _page(database, run_id)
    assert await _claim(database, page[:2]) == [True, True]
    async with database.write() as tx:
        assert await runs.stop_paying(tx, run_id, "Bad Request: BALANCE_TOO_LOW")
        assert not await runs.stop_paying(tx, run_id, "again")
    assert await _claim(database, page[2:]) == [False] * 3
    fresh = await _page(database, run_id)
    assert [(due.key, due.paid) for due in fresh] == [(due.key, False) for due in page[2:]]
    assert await _claim(database, fresh) == [True] * 3
    assert await _paid(database, run_id) == 2
    async with database.read() as tx:
        progress = await run_progress.get(tx, run_id)
    assert progress is not None
    assert (progress.payment, progress.payment_detail) == (Payment.STOPPED, "Bad Request: BALANCE_TOO_LOW")


@pytest.mark.parametrize("payment", [Payment.FREE, Payment.STOPPED])
async def test_run_that_does_not_pay_refuses_paid_claims(database: Database, payment: Payment) -> None:
    run_id = await _started(database, payment)
    page = await _page(database, run_id)
    assert {due.paid for due in page} == {False}
    assert await _claim(database, [replace(due, paid=True) for due in page]) == [False] * PEOPLE
    assert await _claim(database, page) == [True] * PEOPLE


async def test_only_what_may_have_arrived_counts_as_paid(database: Database) -> None:
    run_id = await _started(database)
    page = await _page(database, run_id)
    assert await _claim(database, page) == [True] * PEOPLE
    assert await _paid(database, run_id) == PEOPLE, "in flight: Telegram may take Stars for them"
    keys = [due.key for due in page]
    refused = Settlement(key=keys[3], state=DeliveryState.PENDING, reason=DeliveryReason.PAYMENT_REFUSED)
    await _settle(
        database,
        Settlement(key=keys[0], state=DeliveryState.SENT, message_id=7),
        Settlement(key=keys[1], state=DeliveryState.UNCONFIRMED, reason=DeliveryReason.NO_RESPONSE),
        Settlement(key=keys[2], state=DeliveryState.FAILED, reason=DeliveryReason.BLOCKED),
        refused,
    )
    assert await _paid(database, run_id) == 3, "sent, unconfirmed, and one in flight"
    (due,) = await _page(database, run_id)
    assert (due.key, due.attempts) == (keys[3], 0), "a refused payment uses up no attempt"


async def test_message_that_goes_again_is_paid_for_once(database: Database) -> None:
    """It may have arrived the first time, and then Telegram has its Stars."""
    run_id = await _started(database)
    first = (await _page(database, run_id))[0]
    assert await _claim(database, [first]) == [True]
    await _settle(database, Settlement(key=first.key, state=DeliveryState.UNCONFIRMED))
    async with database.write() as tx:
        assert await runs.resend_unconfirmed(tx, run_id) == 1
    again = (await _page(database, run_id))[0]
    assert (again.key, again.paid) == (first.key, False)
    assert await _claim(database, [again]) == [True]
    await _settle(database, Settlement(key=first.key, state=DeliveryState.PENDING, attempt=True))
    assert await _paid(database, run_id) == 1, "the first attempt stays paid"
    resent = (await _page(database, run_id))[0]
    assert not resent.paid


async def test_interrupted_message_stays_paid_and_goes_again_for_free(database: Database) -> None:
    run_id = await _started(database)
    first = (await _page(database, run_id))[0]
    assert await _claim(database, [first]) == [True]
    async with database.write() as tx:
        assert await claims.resend_interrupted(tx, max_attempts=3) == 1
    assert not (await _page(database, run_id))[0].paid
    assert await _paid(database, run_id) == 1


async def test_number_of_paid_messages_outlives_their_rows(database: Database) -> None:
    run_id = await _started(database)
    page = await _page(database, run_id)
    await _claim(database, page)
    await _settle(database, *(Settlement(key=due.key, state=DeliveryState.SENT, message_id=1) for due in page))
    async with database.write() as tx:
        assert await runs.finish(tx, run_id, now=NOW)
        while await forget_some(tx, now=NOW + KEPT + timedelta(days=1)):
            pass
    async with database.read() as tx:
        assert (await tx.exec_driver_sql("SELECT count(*) FROM deliveries")).scalar_one() == 0
    assert await _paid(database, run_id) == PEOPLE
