"""Runs: a draft is confirmed once and by its author only; figures count what became of whom."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from domain.chat.event import Chat
from domain.delivery.progress import CardMessage, Progress
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import DeliveryState, RunKind, RunState, WaveState
from domain.subscription.calendar import Schedule
from domain.subscription.due_runs import Publication
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import LeftReason
from storage import bots, claims, deliveries, planning, run_progress, runs, schema, subscribers, waves
from storage.claims import Settlement
from storage.database import Database, Tx
from storage.deliveries import DueDelivery
from storage.sqlite import ledger

NOW = datetime(2025, 9, 12, 0, 0, tzinfo=UTC)
ADMIN = 4201
CARD = CardMessage(ADMIN, 17)


async def _people(tx: Tx, count: int) -> list[int]:
    ids = []
    for number in range(count):
        one = await subscribers.add(
            tx, Chat(1000 + number), (Schedule("Asia/Shanghai", 480), ContentPreferences()), now=NOW
        )
        await subscribers.activate(tx, one.id, now=NOW)
        ids.append(one.id)
    return ids


async def _broadcast(tx: Tx, people: int) -> int:
    await _people(tx, people)
    run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)
    assert await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)
    (wave,) = await waves.waiting(tx, until=NOW)
    assert await planning.plan(tx, planning.planning_passes([wave])[0], 1, upto=None) == people
    await waves.close(tx, [wave.id], 0, WaveState.PLANNED)
    return run_id


async def test_draft_is_confirmed_once(database: Database) -> None:
    async with database.write() as tx:
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)
        assert not await runs.confirm(tx, run_id, actor=1, card=CARD, now=NOW)
        assert await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)
        assert not await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)
        assert not await runs.discard(tx, run_id, actor=ADMIN)
        assert len(await waves.waiting(tx, until=NOW)) == 1


async def test_discarded_draft_cannot_be_confirmed(database: Database) -> None:
    async with database.write() as tx:
        run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)
        assert not await runs.discard(tx, run_id, actor=1)
        assert await runs.discard(tx, run_id, actor=ADMIN)
        assert not await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=NOW)


async def _started(database: Database, people: int) -> tuple[int, list[DueDelivery]]:
    async with database.write() as tx:
        run_id = await _broadcast(tx, people)
        return run_id, await deliveries.page(tx, run_id, size=10, now=NOW)


async def _claim(database: Database, due: list[DueDelivery]) -> list[bool]:
    return await claims.claim_and_settle(database, [], due, now=NOW)


async def _figures(database: Database, run_id: int) -> Progress:
    async with database.read() as tx:
        progress = await run_progress.get(tx, run_id)
    assert progress is not None
    return progress


async def test_progress_counts_states_and_recipients(database: Database) -> None:
    run_id, page = await _started(database, 5)
    rows = [one.key for one in page]
    assert await _claim(database, page[:4]) == [True] * 4
    done = [
        Settlement(key=rows[0], state=DeliveryState.SENT, message_id=7),
        Settlement(key=rows[1], state=DeliveryState.FAILED, error="chat not found"),
        Settlement(key=rows[2], state=DeliveryState.PENDING, not_before=NOW + timedelta(seconds=9), attempt=True),
    ]
    await claims.claim_and_settle(database, done, [], now=NOW)
    now = await _figures(database, run_id)
    assert (now.recipients, now.total, now.sent, now.failed, now.pending, now.in_flight) == (5, 5, 1, 1, 2, 1)
    assert now.unconfirmed == 0
    async with database.read() as tx:
        assert [one.key for one in await deliveries.page(tx, run_id, size=10, now=NOW)] == [rows[4]]
        assert await deliveries.next_retry(tx, run_id, after=NOW) == NOW + timedelta(seconds=9)
        again = await deliveries.page(tx, run_id, size=10, now=NOW + timedelta(seconds=9))
    assert [(one.key, one.attempts) for one in again] == [(rows[2], 1), (rows[4], 0)]


async def test_pending_parts_of_a_cancelled_run_count_as_skipped(database: Database) -> None:
    run_id, _ = await _started(database, 5)
    async with database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    before = await _figures(database, run_id)
    async with database.write() as tx:
        assert await deliveries.drop(tx, run_id, DeliveryReason.CANCELLED, now=NOW, size=3) == 3
        assert await deliveries.drop(tx, run_id, DeliveryReason.CANCELLED, now=NOW, size=3) == 2
        assert await deliveries.drop(tx, run_id, DeliveryReason.CANCELLED, now=NOW, size=3) == 0
    after = await _figures(database, run_id)
    assert (before.pending, before.skipped) == (after.pending, after.skipped) == (0, 5)


async def test_run_finishes_when_nothing_is_left(database: Database) -> None:
    run_id, (one,) = await _started(database, 1)
    async with database.write() as tx:
        assert not await runs.finish(tx, run_id, now=NOW)
    await _claim(database, [one])
    async with database.write() as tx:
        assert await runs.finish(tx, run_id, now=NOW)


async def test_resend_reopens_unconfirmed_but_not_in_flight_parts(database: Database) -> None:
    run_id, page = await _started(database, 2)
    await _claim(database, page)
    async with database.write() as tx:
        await runs.finish(tx, run_id, now=NOW)
        assert await runs.resend_unconfirmed(tx, run_id) == 0
        assert await claims.mark_interrupted(tx) == 2
        assert len(await deliveries.unconfirmed(tx, run_id, limit=9)) == 2
        assert await runs.resend_unconfirmed(tx, run_id) == 2
        assert len(await deliveries.page(tx, run_id, size=10, now=NOW)) == 2
    assert (await _figures(database, run_id)).state is RunState.RUNNING


async def test_paused_run_claims_nothing(database: Database) -> None:
    run_id, page = await _started(database, 2)
    async with database.write() as tx:
        assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
    assert await _claim(database, page) == [False, False]
    async with database.write() as tx:
        assert await runs.resume(tx, run_id)
    assert await _claim(database, page) == [True, True]
    assert await _claim(database, page) == [False, False]


async def test_leaver_is_skipped_when_claimed(database: Database) -> None:
    run_id, page = await _started(database, 3)
    async with database.write() as tx:
        await subscribers.deactivate(tx, page[1].key.subscriber_id, LeftReason.STOPPED, now=NOW)
    assert await _claim(database, page) == [True, False, True]
    assert (await _figures(database, run_id)).skipped == 1


async def test_leaver_who_returns_gets_no_later_part_alone(database: Database) -> None:
    run_id, (first,) = await _started(database, 1)
    async with database.write() as tx:
        await tx.exec_driver_sql(
            """INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state)
                SELECT run_id, subscriber_id, 2, content_id, payload_id, state FROM deliveries"""
        )
        await subscribers.deactivate(tx, first.key.subscriber_id, LeftReason.STOPPED, now=NOW)
    assert await _claim(database, [first]) == [False]
    async with database.write() as tx:
        await subscribers.activate(tx, first.key.subscriber_id, now=NOW)
        assert await deliveries.page(tx, run_id, size=10, now=NOW) == []
    assert (await _figures(database, run_id)).skipped == 2


async def test_press_settles_only_unconfirmed_parts(database: Database) -> None:
    run_id, (one, other) = await _started(database, 2)
    async with database.write() as tx:
        assert not await deliveries.settle(tx, one.payload_id, one.chat_id, 5, now=NOW)
    await _claim(database, [one, other])
    async with database.write() as tx:
        assert await deliveries.settle(tx, one.payload_id, one.chat_id, 5, now=NOW)
        assert not await deliveries.settle(tx, one.payload_id, one.chat_id, 5, now=NOW)
    # The ledger's own word comes later, and knows less.
    await claims.claim_and_settle(
        database, [Settlement(key=one.key, state=DeliveryState.UNCONFIRMED, error="no answer")], [], now=NOW
    )
    now = await _figures(database, run_id)
    assert (now.sent, now.in_flight, now.unconfirmed) == (1, 1, 0)
    async with database.write() as tx:
        assert await claims.mark_interrupted(tx) == 1
        assert await deliveries.settle(tx, other.payload_id, other.chat_id, 6, now=NOW)
    now = await _figures(database, run_id)
    assert (now.sent, now.in_flight, now.unconfirmed) == (2, 0, 0)


async def test_claims_are_counted(database: Database) -> None:
    _, page = await _started(database, 3)
    await _claim(database, page[:2])
    await _claim(database, page)
    async with database.read() as tx:
        assert await bots.claim_count(tx) >= 3


async def test_interrupted_parts_of_live_runs_are_resent_thrice(database: Database) -> None:
    run_id, page = await _started(database, 3)
    for attempt in (1, 2, 3):
        assert await _claim(database, page) == [True] * 3
        async with database.write() as tx:
            assert await claims.resend_interrupted(tx, max_attempts=3) == 3
            page = await deliveries.page(tx, run_id, size=10, now=NOW)
            rows = await tx.exec_driver_sql("SELECT DISTINCT state, reason, attempts, resent FROM deliveries")
            assert [tuple(row) for row in rows] == [(DeliveryState.PENDING, DeliveryReason.INTERRUPTED, attempt, 1)]
    assert await _claim(database, page) == [True] * 3
    async with database.write() as tx:
        assert await claims.resend_interrupted(tx, max_attempts=3) == 0
    assert (await _figures(database, run_id)).in_flight == 3


@pytest.mark.parametrize(("paused", "count"), [(True, 2), (False, 0)], ids=["paused", "cancelled"])
async def test_interrupted_parts_of_ended_runs_stay(database: Database, count: int, *, paused: bool) -> None:
    run_id, page = await _started(database, 2)
    assert await _claim(database, page) == [True, True]
    async with database.write() as tx:
        assert await (runs.pause if paused else runs.cancel)(tx, run_id, RunStateReason.ADMIN)
        assert await claims.resend_interrupted(tx, max_attempts=3) == count


async def test_only_interrupted_changes_of_ones_own_bot_are_repeated(database: Database) -> None:
    run_id, page = await _started(database, 3)
    async with database.write() as tx:
        await bots.add(tx, "second", "", {})
    assert await _claim(database, page) == [True] * 3
    changed = page[0].key.subscriber_id
    async with database.write() as tx:
        of_changed = schema.deliveries.c.subscriber_id == changed
        await tx.execute(update(schema.deliveries).where(of_changed).values(message_id=7, attempts=1))
        # Only an edit of a message that the row knows is repeated: not a message, nor one of another bot.
        assert await claims.repeat_interrupted_changes(tx) == 0
        await tx.execute(update(schema.runs).where(schema.runs.c.id == run_id).values(kind=RunKind.CORRECTION))
        assert await claims.repeat_interrupted_changes(Tx(tx.connection, 2)) == 0
        assert await claims.mark_interrupted(Tx(tx.connection, 2)) == 0
        assert await claims.repeat_interrupted_changes(tx) == 1
        rows = {row.subscriber_id: row for row in await tx.execute(select(schema.deliveries))}
    repeated = rows[changed]
    assert (repeated.state, repeated.reason, repeated.attempts) == (
        DeliveryState.PENDING,
        DeliveryReason.INTERRUPTED,
        2,
    )
    assert {each.state for each in rows.values() if each != repeated} == {DeliveryState.IN_FLIGHT}


def test_instants_are_stored_in_utc_whatever_the_machines_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert ledger.to_sqlite(datetime(2026, 5, 2, 1, 30, tzinfo=UTC)) == "2026-05-02 01:30:00.000000"
    finally:
        monkeypatch.undo()
        time.tzset()


async def _confirmed(tx: Tx, now: datetime) -> int:
    run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=now)
    assert await runs.confirm(tx, run_id, actor=ADMIN, card=CARD, now=now)
    return run_id


async def test_runs_are_found_by_state_and_changed_alone(database: Database) -> None:
    async with database.write() as tx:
        first, second, third = [await _confirmed(tx, NOW + timedelta(minutes=n)) for n in (2, 1, 3)]
        draft = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body={"text": "hi"}, now=NOW)
        for run_id in (first, second):
            assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
        assert await runs.resume(tx, second)
        assert not await runs.resume(tx, second)
        assert [run.id for run in await runs.in_state(tx, RunState.PAUSED)] == [first]
        assert [run.id for run in await runs.in_state(tx, RunState.RUNNING, RunState.DRAFT)] == [second, third, draft]
        assert not await runs.pause(tx, draft, RunStateReason.ADMIN)
        assert [progress.run_id for progress in await run_progress.recent(tx, 9)] == [third, first, second]
        assert [progress.run_id for progress in await run_progress.recent(tx, 1)] == [third]


async def test_unreported_runs_are_ended_broadcasts(database: Database) -> None:
    async with database.write() as tx:
        first, second, _running = [await _confirmed(tx, NOW) for _ in range(3)]
        edition = await runs.add_digest(tx, NOW.date(), published=NOW, upto=0)
        for run_id in (first, second, edition):
            assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
        assert [run.id for run in await runs.unreported(tx)] == [first, second]
        await runs.note_report(tx, first, figures="{}", now=NOW)
        assert [run.id for run in await runs.unreported(tx)] == [second]
        assert [await runs.reported_figures(tx, run_id) for run_id in (first, second)] == ["{}", None]


async def test_version_and_changes_are_noted_on_one_run(database: Database) -> None:
    async with database.write() as tx:
        first, second = [await _confirmed(tx, NOW) for _ in range(2)]
        before = await runs.get(tx, second)
        later = NOW + timedelta(hours=1)
        await runs.set_version(tx, first, 2, published=later, upto=7)
        changed = await runs.get(tx, first)
        assert changed is not None
        assert (changed.version, changed.published_at, changed.rendered_up_to_preferences_id) == (2, later, 7)
        await runs.set_rendered(tx, first, 9)
        await runs.note_change(tx, first)
        again = await runs.get(tx, first)
        assert again is not None
        assert (again.rendered_up_to_preferences_id, again.change_count) == (9, changed.change_count + 1)
        assert await runs.get(tx, second) == before


async def test_runs_of_editions(database: Database) -> None:
    day, tomorrow = NOW.date(), NOW.date() + timedelta(days=1)
    async with database.write() as tx:
        await _confirmed(tx, NOW)
        older = await runs.add_digest(tx, day, published=NOW, upto=3)
        newer = await runs.add_digest(tx, tomorrow, published=NOW + timedelta(hours=1), upto=0)
        run = await runs.get_by_edition(tx, day)
        assert run is not None
        assert (run.id, run.edition, run.version, run.card) == (older, day, 1, None)
        assert run.rendered_up_to_preferences_id == 3
        assert await runs.get_by_edition(tx, day - timedelta(days=1)) is None
        assert await runs.editions_since(tx, NOW) == 1
        publications = await runs.digest_publications(
            tx, RunState.RUNNING, default_zone="Asia/Shanghai", since=NOW - timedelta(seconds=1)
        )
        assert publications == {older: Publication(NOW), newer: Publication(NOW + timedelta(hours=1))}
        await runs.reopen(tx, older)
        assert await runs.finish(tx, older, now=NOW)
        await runs.reopen(tx, older)
        reopened = await run_progress.get(tx, older)
        assert reopened is not None
        assert (reopened.state, reopened.finished_at) == (RunState.RUNNING, None)
        assert await run_progress.get(tx, newer + 1) is None


async def test_leftovers_are_cancelled_runs_with_pending_rows(database: Database) -> None:
    run_id, _ = await _started(database, 2)
    async with database.write() as tx:
        assert await runs.leftovers(tx) == []
        run = await runs.get(tx, run_id)
        assert run is not None
        assert run.card == CARD
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
        assert await runs.leftovers(tx) == [run_id]
