"""The snapshot of a tick: the newest schedule, the next wave that is due, and the runs that go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.chat.event import Chat
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import WaveState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from storage import drafts, runs, schedules, subscribers, waves
from storage.database import Tx
from storage.snapshot import Snapshot, load_snapshot
from tests.delivery.harness import edition

NOW = datetime(2025, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_empty_database_has_nothing_to_do(tx: Tx) -> None:
    assert await load_snapshot(tx) == Snapshot(newest_schedule=0, next_due=None, running=())


async def test_snapshot_has_the_earliest_wave_of_a_running_run(tx: Tx) -> None:
    ids = [await schedules.get_or_create(tx, Schedule("Asia/Shanghai", minute)) for minute in (480, 540)]
    run_ids = [await runs.add_digest(tx, NOW.date() + n * timedelta(days=1), published=NOW, upto=0) for n in range(12)]
    paused, first, second = run_ids[0], run_ids[1], run_ids[-1]
    await waves.add(tx, paused, {ids[0]: NOW - HOUR})
    await waves.add(tx, first, {ids[0]: NOW + 2 * HOUR, ids[1]: NOW + HOUR})
    await waves.add(tx, second, {ids[0]: NOW})
    assert await runs.pause(tx, paused, RunStateReason.ADMIN)
    running = tuple(run_ids[1:])
    assert len(str(running[-1])) > len(str(running[0])), "sorted as numbers"
    assert await load_snapshot(tx) == Snapshot(max(ids), NOW, running)
    (wave,) = [wave for wave in await waves.waiting(tx, until=NOW) if wave.run_id == second]
    await waves.close(tx, [wave.id], 0, WaveState.PLANNED)
    assert (await load_snapshot(tx)).next_due == NOW + HOUR
    for run_id in running:
        assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
    assert await load_snapshot(tx) == Snapshot(max(ids), None, ())


async def test_snapshot_tells_whether_recaps_are_wanted_and_drafts_confirmed(tx: Tx) -> None:
    """Otherwise a tick looks for neither."""
    wishes = Schedule("Asia/Shanghai", 480), ContentPreferences()
    subscriber_id = (await subscribers.add(tx, Chat(1), wishes, now=NOW)).id
    await subscribers.activate(tx, subscriber_id, now=NOW)
    draft_id = await drafts.add(tx, edition(NOW.date()), author=1, message_id=1, name="a.md", source=b"", now=NOW)
    assert await _news(tx) == (False, False)
    assert await drafts.confirm(tx, draft_id, author=1)
    assert await _news(tx) == (False, True)
    await drafts.remove(tx, draft_id)
    await subscribers.set_recap(tx, subscriber_id, 0, now=NOW)
    assert await _news(tx) == (True, False)
    await subscribers.set_recap(tx, subscriber_id, None, now=NOW)
    assert await _news(tx) == (False, False)


async def _news(tx: Tx) -> tuple[bool, bool]:
    snapshot = await load_snapshot(tx)
    return snapshot.has_recaps, snapshot.has_confirmed_draft
