"""What is forgotten, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.chat.event import Chat
from domain.delivery.progress import CardMessage
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import DeliveryState, WaveState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import claims, deliveries, planning, retention, run_progress, runs, subscribers, waves
from storage.claims import Settlement
from storage.database import Database, Tx
from storage.retention import KEPT, forget_some

NOW = datetime(2025, 9, 12, tzinfo=UTC)


async def _sent_broadcast(database: Database) -> int:
    async with database.write() as tx:
        one = await subscribers.add(tx, Chat(7), (Schedule("Asia/Shanghai", 480), ContentPreferences()), now=NOW)
        await subscribers.activate(tx, one.id, now=NOW)
        run_id = await runs.draft_broadcast(tx, actor=1, method="sendMessage", body={"text": "x"}, now=NOW)
        await runs.confirm(tx, run_id, actor=1, card=CardMessage(1, 2), now=NOW)
        (wave,) = await waves.waiting(tx, until=NOW)
        await planning.plan(tx, planning.planning_passes([wave])[0], 1, upto=None)
        await waves.close(tx, [wave.id], 0, WaveState.PLANNED)
        (part,) = await deliveries.page(tx, run_id, size=9, now=NOW)
    await claims.claim_and_settle(database, [], [part], now=NOW)
    await claims.claim_and_settle(
        database, [Settlement(key=part.key, state=DeliveryState.SENT, message_id=5)], [], now=NOW
    )
    return run_id


async def _forget(database: Database, now: datetime) -> int:
    steps, more = 0, True
    while more:
        async with database.write() as tx:
            more = await forget_some(tx, now=now)
        steps += more
    return steps


async def test_old_run_keeps_only_its_figures(database: Database) -> None:
    run_id = await _sent_broadcast(database)
    async with database.write() as tx:
        assert await runs.finish(tx, run_id, now=NOW)
        await tx.exec_driver_sql(f"INSERT INTO former_versions VALUES ({run_id}, 1, '{{}}')")  # noqa: S608 - ours
    assert await _forget(database, NOW + KEPT - timedelta(days=1)) == 0
    assert await _forget(database, NOW + KEPT + timedelta(days=1)) > 0
    async with database.read() as tx:
        progress = await run_progress.get(tx, run_id)
        assert progress is not None
        assert (progress.sent, progress.recipients) == (1, 1)
        assert not await deliveries.planned(tx, run_id)
        for table in ("payloads", "contents", "run_contents", "former_versions", "waves", "deliveries"):
            assert (await tx.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one() == 0  # noqa: S608 - ours


async def _planned_broadcast(tx: Tx, now: datetime) -> int:
    run_id = await runs.draft_broadcast(tx, actor=1, method="sendMessage", body={"text": "x"}, now=now)
    await runs.confirm(tx, run_id, actor=1, card=CardMessage(1, 2), now=now)
    (wave,) = await waves.waiting(tx, until=now)
    await planning.plan(tx, planning.planning_passes([wave])[0], 1, upto=None)
    await waves.close(tx, [wave.id], 0, WaveState.PLANNED)
    return run_id


async def _rows_of(tx: Tx, run_id: int) -> list[int]:
    """Return how many deliveries, payloads and waves a run has."""
    return [
        (await tx.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE run_id = {run_id}")).scalar_one()  # noqa: S608 - ours
        for table in ("deliveries", "payloads", "waves")
    ]


async def test_rows_are_deleted_in_short_steps(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest run's first; the figures are kept before the first row goes."""
    monkeypatch.setattr(retention, "CHUNK_RECIPIENTS", 2)
    async with database.write() as tx:
        for chat in range(4):
            wishes = Schedule("Asia/Shanghai", 480), ContentPreferences()
            one = await subscribers.add(tx, Chat(7 + chat), wishes, now=NOW)
            await subscribers.activate(tx, one.id, now=NOW)
        old, second = [await _planned_broadcast(tx, NOW) for _ in range(2)]
        recent = await _planned_broadcast(tx, NOW + timedelta(seconds=1))
        for run_id in (old, second, recent):
            assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)

        steps = []
        while await forget_some(tx, now=NOW + KEPT + timedelta(seconds=1)):
            steps.append((await _rows_of(tx, old), await _rows_of(tx, second)))

        whole, nothing = [4, 1, 1], [0, 0, 0]
        of_one_run = [whole, [1, 1, 1], [0, 1, 1], nothing]
        assert steps == [*((rows, whole) for rows in of_one_run), *((nothing, rows) for rows in of_one_run)]
        assert await _rows_of(tx, recent) == whole
        for run_id in (old, second):
            progress = await run_progress.get(tx, run_id)
            assert progress is not None
            assert (progress.recipients, progress.skipped) == (4, 4)


async def test_unfinished_run_is_kept(database: Database) -> None:
    run_id = await _sent_broadcast(database)
    assert await _forget(database, NOW + 2 * KEPT) == 0
    async with database.read() as tx:
        assert await deliveries.planned(tx, run_id)


async def test_payload_ids_are_never_reused(database: Database) -> None:
    run_id = await _sent_broadcast(database)
    async with database.write() as tx:
        await runs.finish(tx, run_id, now=NOW)
        (payload_id,) = (await tx.exec_driver_sql("SELECT max(id) FROM payloads")).one()
    await _forget(database, NOW + 2 * KEPT)
    async with database.write() as tx:
        await runs.draft_broadcast(tx, actor=1, method="sendMessage", body={"text": "y"}, now=NOW)
        assert (await tx.exec_driver_sql("SELECT min(id) FROM payloads")).scalar_one() > payload_id
