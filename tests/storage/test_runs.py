"""Runs: a draft is confirmed once and by its author only; figures count what became of whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chat.event import Chat
from digest.calendar import Schedule
from digest.taste import Taste
from storage import claims, deliveries, plans, runs, subscribers, waves
from storage.claims import Settlement
from storage.database import Database, Tx
from storage.deliveries import Row
from storage.runs import Card
from storage.schema import DeliveryState, RunState, WaveState

NOW = datetime(2025, 9, 12, 0, 0, tzinfo=UTC)
ADMIN = 4201
CARD = Card(ADMIN, 17)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "bot.db")
    yield database
    await database.close()


async def _people(tx: Tx, count: int) -> list[int]:
    ids = []
    for number in range(count):
        one = await subscribers.add(tx, Chat(1000 + number), (Schedule("Asia/Shanghai", 480), Taste()), now=NOW)
        await subscribers.activate(tx, one.id, now=NOW)
        ids.append(one.id)
    return ids


async def _broadcast(tx: Tx, people: int) -> int:
    await _people(tx, people)
    run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)
    assert await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)
    (wave,) = await waves.waiting(tx, until=NOW)
    assert await plans.plan(tx, wave, 1, upto=None) == people
    await waves.close(tx, wave.id, WaveState.PLANNED)
    return run_id


async def test_a_draft_is_confirmed_once(database: Database) -> None:
    async with database.write() as tx:
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)
        assert not await runs.confirm(tx, run_id, actor=1, card=CARD, now=NOW)
        assert await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)
        assert not await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)
        assert not await runs.discard(tx, run_id, actor=ADMIN)
        assert len(await waves.waiting(tx, until=NOW)) == 1


async def test_a_discarded_draft_is_gone(database: Database) -> None:
    async with database.write() as tx:
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)
        assert not await runs.discard(tx, run_id, actor=1)
        assert await runs.discard(tx, run_id, actor=ADMIN)
        assert not await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)


async def test_figures_count_what_became_of_whom(database: Database) -> None:
    async with database.write() as tx:
        run_id = await _broadcast(tx, 5)
        rows = [one.row for one in await deliveries.page(tx, run_id, size=10, now=NOW)]
        await claims.claim(tx, rows[:4], now=NOW)
        done = [
            Settlement(rows[0], DeliveryState.SENT, message_id=7),
            Settlement(rows[1], DeliveryState.FAILED, error="chat not found"),
            Settlement(rows[2], DeliveryState.PENDING, not_before=NOW + timedelta(seconds=9), attempt=True),
        ]
        await claims.settle(tx, done, now=NOW)
        progress = await runs.progress(tx, run_id)
    assert progress is not None
    figures = (
        progress.recipients,
        progress.total,
        progress.sent,
        progress.failed,
        progress.pending,
        progress.unconfirmed,
    )
    assert figures == (5, 5, 1, 1, 2, 1)


async def test_what_is_left_of_a_cancelled_run_counts_as_skipped_at_once(database: Database) -> None:
    async with database.write() as tx:
        run_id = await _broadcast(tx, 5)
        assert await runs.cancel(tx, run_id)
        before = await runs.progress(tx, run_id)
        assert await deliveries.drop(tx, run_id, "cancelled", now=NOW, size=3) == 4
        assert await deliveries.drop(tx, run_id, "cancelled", now=NOW, size=3) == 1
        after = await runs.progress(tx, run_id)
    assert before is not None
    assert after is not None
    assert (before.pending, before.skipped) == (after.pending, after.skipped) == (0, 5)


async def test_only_a_run_of_which_nothing_is_left_finishes(database: Database) -> None:
    async with database.write() as tx:
        run_id = await _broadcast(tx, 1)
        assert not await runs.finish(tx, run_id, now=NOW)
        (one,) = await deliveries.page(tx, run_id, size=10, now=NOW)
        await claims.claim(tx, [one.row], now=NOW)
        assert await runs.finish(tx, run_id, now=NOW)


async def test_unconfirmed_parts_go_again_by_an_admins_word(database: Database) -> None:
    async with database.write() as tx:
        run_id = await _broadcast(tx, 2)
        page = await deliveries.page(tx, run_id, size=10, now=NOW)
        await claims.claim(tx, [one.row for one in page], now=NOW)
        await runs.finish(tx, run_id, now=NOW)
        assert await runs.resend_unconfirmed(tx, run_id) == 0  # they are in flight
        assert await claims.label_interrupted(tx) == 2
        assert len(await deliveries.unconfirmed(tx, run_id, limit=9)) == 2
        assert await runs.resend_unconfirmed(tx, run_id) == 2
        found = await runs.find(tx, run_id)
        assert found is not None
        assert found.state is RunState.RUNNING
        assert len(await deliveries.page(tx, run_id, size=10, now=NOW)) == 2


async def test_a_paused_run_claims_nothing(database: Database) -> None:
    async with database.write() as tx:
        run_id = await _broadcast(tx, 2)
        assert await runs.pause(tx, run_id, "an admin's word")
        rows = [Row(run_id, 1, 1), Row(run_id, 2, 1)]
        assert await claims.claim_each(tx, rows, now=NOW) == [False, False]
        with pytest.raises(claims.NotAllPending):
            await claims.claim(tx, rows, now=NOW)
        assert await runs.resume(tx, run_id)
        await claims.claim(tx, rows, now=NOW)


async def test_who_has_left_is_skipped_at_the_last_moment(database: Database) -> None:
    async with database.write() as tx:
        run_id = await _broadcast(tx, 3)
        await subscribers.deactivate(tx, 2, "stop", now=NOW)
        rows = [Row(run_id, number, 1) for number in (1, 2, 3)]
        assert await claims.claim_each(tx, rows, now=NOW) == [True, False, True]
        assert (await deliveries.count(tx, run_id)).skipped == 1


async def test_a_press_settles_what_was_unconfirmed_and_nothing_else(database: Database) -> None:
    async with database.write() as tx:
        run_id = await _broadcast(tx, 2)
        one, other = await deliveries.page(tx, run_id, size=10, now=NOW)
        assert not await deliveries.settle(tx, one.body_id, one.chat_id, 5, now=NOW)
        await claims.claim(tx, [one.row, other.row], now=NOW)
        assert await deliveries.settle(tx, one.body_id, one.chat_id, 5, now=NOW)
        assert not await deliveries.settle(tx, one.body_id, one.chat_id, 5, now=NOW)
        # The ledger's own word comes later, and knows less.
        await claims.settle(tx, [Settlement(one.row, DeliveryState.UNCONFIRMED, error="no answer")], now=NOW)
        counts = await deliveries.count(tx, run_id)
    assert (counts.sent, counts.unconfirmed) == (1, 1)
