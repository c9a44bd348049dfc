"""After an interruption: what was in flight is listed; a restored backup sends nothing until the operator's word."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog.testing

from delivery import recovery
from delivery.high_water_mark import HighWaterMark
from delivery.publishing import PublishStatus
from delivery.recovery import StartupState
from delivery.restore import ResumeResult, resume_after_restore
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from emulator.client import EmulatorClient
from handlers.subscription_changes import join_runs
from storage import bots, claims, deliveries, payloads, runs, schedules, schema
from storage.database import Tx
from tests.databases import as_text, open_database, sql
from tests.delivery.harness import (
    ADMIN,
    DAY,
    DEFAULT_SCHEDULE,
    EVE,
    MORNING,
    Clock,
    DeliveryHarness,
    edition,
    open_harness,
    run_of,
)
from tests.delivery.test_progress_reporter import start_broadcast


class MarkOfOthers(HighWaterMark):
    """Mark of a machine on which another process counts on, while this one is frozen at its first look."""

    def __init__(self, path: Path, harness: DeliveryHarness) -> None:
        super().__init__(path)
        self._database, self._loop = harness.database, asyncio.get_running_loop()

    def read(self) -> int:
        asyncio.run_coroutine_threadsafe(self._count_on(), self._loop).result(60)
        return 500

    async def _count_on(self) -> None:
        async with self._database.write() as tx:
            await bots.raise_claim_count(tx, 500)


async def test_claims_of_others_during_the_check_hold_nothing(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        mark = MarkOfOthers(tmp_path / "mark", harness)
        state = await recovery.begin(harness.database, MORNING, UnconfirmedPolicy.ASK, mark)
    assert state == StartupState(behind=False, claimed=500)


async def test_sends_in_flight_at_a_crash_are_listed_unconfirmed(emulator: EmulatorClient, tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    async with open_harness(emulator, path, running=False) as harness:
        await harness.crowd(3)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        async with harness.database.read() as tx:
            page = await deliveries.page(tx, run_id, size=9, now=MORNING)
        await claims.claim_and_settle(harness.database, [], page[:1], now=MORNING)
    async with open_harness(emulator, path, clock=Clock(MORNING)) as harness:
        await harness.delivery_service.tick()
        progress = await harness.finished(run_id)
        assert (progress.sent, progress.unconfirmed, progress.in_flight) == (2, 1, 0)
        async with harness.database.read() as tx:
            (listed,) = await deliveries.unconfirmed(tx, run_id, limit=9)
        assert (listed.key, listed.reason) == (page[0].key, DeliveryReason.INTERRUPTED)


def keep_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("backup.db"))


def put_back_copy(path: Path) -> None:
    """Put the copy in the database's place, as an operator does: without the former one's other files."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copy(path.with_name("backup.db"), path)


@pytest.mark.sqlite
async def test_restored_backup_holds_sending_until_resumed(emulator: EmulatorClient, tmp_path: Path) -> None:
    path, clock = tmp_path / "bot.db", Clock()
    async with open_harness(emulator, path, clock=clock) as harness:
        chats = await harness.crowd(5)
        await harness.delivery_service.tick()
    keep_copy(path)
    async with open_harness(emulator, path, clock=clock) as harness:
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.finished(run_id)
    put_back_copy(path)

    admin = await emulator.chat(ADMIN)
    async with open_harness(emulator, path, clock=clock) as harness:
        await harness.publish()
        assert await harness.at(MORNING + timedelta(minutes=5)) is None
        assert "resume --after-restore" in (await admin.next_message()).text
        assert "on_hold" in harness.delivery_service.health_checks()
        await harness.settled()
        assert await harness.times() == dict.fromkeys(chats, 1)

    database = await open_database(path)
    assert await resume_after_restore(database, HighWaterMark.beside(path), DEFAULT_SCHEDULE, clock()) == ResumeResult(
        runs=1, parts=0
    )
    await database.close()
    async with open_harness(emulator, path, clock=clock) as harness:
        await harness.publish(edition(title="again"))
        await harness.at(MORNING + timedelta(minutes=6))
        await harness.settled()
        assert harness.delivery_service.health_checks() == {}
        assert await harness.times() == dict.fromkeys(chats, 1)
        tomorrow = await harness.publish(edition(DAY + timedelta(days=1), published=MORNING + timedelta(hours=20)))
        assert tomorrow.status is PublishStatus.NEW
        await harness.at(MORNING + timedelta(days=1))
        await harness.finished(run_of(tomorrow))
        assert await harness.times() == dict.fromkeys(chats, 2)


@pytest.mark.sqlite
async def test_resumed_backup_never_revives_skipped_runs(emulator: EmulatorClient, tmp_path: Path) -> None:
    """The backup has the run, and not that it was sent: no newcomer to the schedule, no new version may plan it."""
    path, clock = tmp_path / "bot.db", Clock()
    async with open_harness(emulator, path, clock=clock) as harness:
        chats = await harness.crowd(3)
        run_id = run_of(await harness.publish())
    keep_copy(path)
    async with open_harness(emulator, path, clock=clock) as harness:
        await harness.at(MORNING)
        await harness.finished(run_id)
    put_back_copy(path)
    database = await open_database(path)
    await resume_after_restore(database, HighWaterMark.beside(path), DEFAULT_SCHEDULE, clock())
    await database.close()

    async with open_harness(emulator, path, clock=clock, policy=UnconfirmedPolicy.RESEND) as harness:
        async with harness.database.write() as tx:
            schedule_id = await schedules.get_or_create(tx, DEFAULT_SCHEDULE)
            await join_runs(tx, schedule_id, DEFAULT_SCHEDULE, now=clock(), default_zone="Asia/Shanghai")
        await harness.at(MORNING + timedelta(minutes=6))
        assert (await harness.publish(edition(title="again"))).status is PublishStatus.STORED
        await harness.at(MORNING + timedelta(minutes=7))
        await harness.settled()
        assert await harness.times() == dict.fromkeys(chats, 1)


@pytest.mark.sqlite
async def test_editions_up_to_the_day_of_restore_go_to_nobody(emulator: EmulatorClient, tmp_path: Path) -> None:
    """The backup is older than today's edition: no run in it says that everybody has had today's."""
    path, clock = tmp_path / "bot.db", Clock()
    async with open_harness(emulator, path, clock=clock) as harness:
        chats = await harness.crowd(3)
        await harness.delivery_service.tick()
    keep_copy(path)
    async with open_harness(emulator, path, clock=clock) as harness:
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.finished(run_id)
    shutil.copy(tmp_path / "backup.db", path)
    database = await open_database(path)
    await resume_after_restore(database, HighWaterMark.beside(path), DEFAULT_SCHEDULE, clock())
    await database.close()

    async with open_harness(emulator, path, clock=clock) as harness:
        yesterday = edition(DAY - timedelta(days=1), published=EVE - timedelta(hours=20))
        stored = [await harness.publish(yesterday), await harness.publish()]
        assert [(result.status, result.run_id) for result in stored] == [(PublishStatus.STORED, None)] * 2
        await harness.at(MORNING + timedelta(minutes=6))
        tomorrow = await harness.publish(edition(DAY + timedelta(days=1), published=MORNING + timedelta(hours=20)))
        await harness.at(MORNING + timedelta(days=1))
        await harness.finished(run_of(tomorrow))
        assert await harness.times() == dict.fromkeys(chats, 2)


async def test_sends_in_flight_in_the_backup_are_listed_only(emulator: EmulatorClient, tmp_path: Path) -> None:
    path, clock = tmp_path / "bot.db", Clock(MORNING)
    async with open_harness(emulator, path, clock=clock, running=False) as harness:
        await harness.crowd(1)
        run_id = run_of(await harness.publish())
        await harness.delivery_service.tick()
        async with harness.database.read() as tx:
            page = await deliveries.page(tx, run_id, size=9, now=MORNING)
        await claims.claim_and_settle(harness.database, [], page[:1], now=MORNING)
        await resume_after_restore(harness.database, HighWaterMark.beside(path), DEFAULT_SCHEDULE, MORNING)
    async with open_harness(emulator, path, clock=clock, policy=UnconfirmedPolicy.RESEND) as harness:
        await harness.delivery_service.tick()
        assert (await harness.progress(run_id)).unconfirmed == 1
        assert await harness.times() == {}


@pytest.fixture
async def planned(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[tuple[DeliveryHarness, int]]:
    """Yield a harness at rest with a run that is planned for three people, and the run."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience([1, 2, 3])
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        yield harness, run_id


async def _rows(harness: DeliveryHarness) -> list[tuple[object, ...]]:
    """Return state, reason, attempts and `not_before` of all deliveries, by recipient."""
    rows = "SELECT state, reason, attempts, not_before FROM deliveries ORDER BY subscriber_id"
    async with harness.database.read() as tx:
        return [tuple(map(as_text, row)) for row in await tx.exec_driver_sql(rows)]


async def _claim_first(harness: DeliveryHarness, run_id: int) -> None:
    async with harness.database.read() as tx:
        page = await deliveries.page(tx, run_id, size=1, now=MORNING)
    assert await claims.claim_and_settle(harness.database, [], page, now=MORNING) == [True]


PENDING = ("pending", None, 0, None)


@pytest.mark.parametrize(
    ("policy", "first"),
    [
        (UnconfirmedPolicy.ASK, ("unconfirmed", "interrupted", 0, None)),
        (UnconfirmedPolicy.RESEND, ("pending", "interrupted", 1, None)),
    ],
)
async def test_start_settles_what_was_in_flight(
    planned: tuple[DeliveryHarness, int], tmp_path: Path, policy: UnconfirmedPolicy, first: tuple[object, ...]
) -> None:
    harness, run_id = planned
    await _claim_first(harness, run_id)
    mark = HighWaterMark(tmp_path / "own.mark")
    mark.write(1)  # as many as the database counts: it is not behind
    with structlog.testing.capture_logs() as logs:
        assert await recovery.begin(harness.database, MORNING, policy, mark) == StartupState(behind=False, claimed=1)
    assert await _rows(harness) == [first, PENDING, PENDING]
    event = "retried" if policy is UnconfirmedPolicy.RESEND else "unconfirmed"
    assert [(entry["event"], entry["count"]) for entry in logs] == [(f"interrupted_sends_{event}", 1)]


async def test_start_behind_the_mark_touches_nothing(planned: tuple[DeliveryHarness, int], tmp_path: Path) -> None:
    harness, run_id = planned
    await _claim_first(harness, run_id)
    mark = HighWaterMark(tmp_path / "own.mark")
    mark.write(2)
    late = MORNING + timedelta(hours=6)
    for policy in UnconfirmedPolicy:
        state = await recovery.begin(harness.database, late, policy, mark)
        assert state == StartupState(behind=True, claimed=1)
        assert await _rows(harness) == [("in_flight", None, 0, None), PENDING, PENDING]
    assert (await recovery.begin(harness.database, MORNING, UnconfirmedPolicy.ASK, None)).behind is False


async def test_start_skips_what_a_cancelled_run_left(planned: tuple[DeliveryHarness, int]) -> None:
    harness, run_id = planned
    async with harness.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    assert await _rows(harness) == [PENDING] * 3
    await recovery.begin(harness.database, MORNING, UnconfirmedPolicy.ASK, None)
    assert await _rows(harness) == [("skipped", "cancelled", 0, None)] * 3


async def test_only_a_cancelled_run_is_dropped(planned: tuple[DeliveryHarness, int]) -> None:
    harness, run_id = planned
    await recovery.drop_cancelled(harness.database, run_id, MORNING)
    await recovery.drop_cancelled(harness.database, 4711, MORNING)
    assert await _rows(harness) == [PENDING] * 3
    async with harness.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    await recovery.drop_cancelled(harness.database, run_id, MORNING + timedelta(hours=1))
    assert await _rows(harness) == [("skipped", "cancelled", 0, None)] * 3
    async with harness.database.read() as tx:
        changed = await tx.exec_driver_sql("SELECT DISTINCT changed_at FROM deliveries")
        assert as_text(changed.scalar_one()) == "2025-09-12 01:00:00.000000"


async def test_cancelled_run_of_many_is_dropped_whole(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Some thousands at a time, so that others can write in between."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience([1])
        async with harness.database.write() as tx:
            await _copy_subscriber(tx, 11_000)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        async with harness.database.write() as tx:
            assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
        await recovery.drop_cancelled(harness.database, run_id, MORNING)
        assert Counter(await _rows(harness)) == {("skipped", "cancelled", 0, None): 11_001}


async def _copy_subscriber(tx: Tx, copies: int) -> None:
    """Add copies of the only subscriber, each with a chat of its own."""
    columns = [column.name for column in schema.subscribers.columns]
    values = ", ".join(f"{name} + n" if name in ("id", "chat_id") else name for name in columns)
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(? AS integer))"
    copy = f"INSERT INTO subscribers ({', '.join(columns)}) {numbers} SELECT {values} FROM subscribers, numbers"  # noqa: S608 - schema's names
    await sql(tx, copy, copies)


async def _delay(harness: DeliveryHarness) -> None:
    async with harness.database.write() as tx:
        await tx.exec_driver_sql("UPDATE deliveries SET not_before = '2025-09-12 04:00:00.000000'")


@pytest.mark.parametrize("paused", [False, True])
async def test_within_the_window_delays_are_forgotten(planned: tuple[DeliveryHarness, int], *, paused: bool) -> None:
    harness, run_id = planned
    await _delay(harness)
    if paused:
        async with harness.database.write() as tx:
            assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
    await recovery.catch_up(harness.database, MORNING + timedelta(hours=1))
    assert await _rows(harness) == [PENDING] * 3


async def test_after_the_last_window_what_is_pending_is_missed(planned: tuple[DeliveryHarness, int]) -> None:
    harness, run_id = planned
    await _claim_first(harness, run_id)
    with structlog.testing.capture_logs() as logs:
        await recovery.catch_up(harness.database, MORNING + timedelta(hours=6))
    missed = ("skipped", "missed", 0, None)
    assert await _rows(harness) == [("in_flight", None, 0, None), missed, missed]
    assert [(entry["event"], entry["run"], entry["rows"]) for entry in logs] == [("late_deliveries_shifted", run_id, 2)]


async def test_what_another_window_allows_waits_for_it(emulator: EmulatorClient, tmp_path: Path) -> None:
    """One schedule's window is over, the other's is not; a run without pending rows stays as it is."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience([1])
        await harness.audience([2], Schedule("Asia/Shanghai", 9 * 60))
        published = MORNING + timedelta(hours=2)
        harness.clock.now = published
        run_id = run_of(await harness.publish(edition(published=published)))
        await harness.at(published)
        await recovery.catch_up(harness.database, MORNING + timedelta(hours=6, minutes=30))
        tomorrow = ("pending", None, 0, "2025-09-13 00:00:00.000000")
        assert await _rows(harness) == [tomorrow, PENDING]
        with structlog.testing.capture_logs() as logs:
            await recovery.catch_up(harness.database, MORNING + timedelta(hours=6))
            assert [entry["due_at"][:16] for entry in logs] == ["2025-09-13 00:00"]
        await _claim_first(harness, run_id)


async def test_broadcast_is_never_too_late(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience([1, 2])
        harness.clock.now = MORNING
        await start_broadcast(harness.database, emulator)
        await harness.at(MORNING)
        await _delay(harness)
        await recovery.catch_up(harness.database, MORNING + timedelta(days=3))
        assert await _rows(harness) == [PENDING] * 2


async def test_resume_gives_up_what_was_under_way_and_counts_it(
    planned: tuple[DeliveryHarness, int], tmp_path: Path
) -> None:
    harness, run_id = planned
    await _claim_first(harness, run_id)
    mark = HighWaterMark(tmp_path / "own.mark")
    mark.write(77)
    evening = datetime(2025, 9, 12, 16, 30, tzinfo=UTC)  # half past midnight in Shanghai
    result = await resume_after_restore(harness.database, mark, DEFAULT_SCHEDULE, evening)
    assert result == ResumeResult(runs=1, parts=2)
    skipped = ("skipped", "restored", 0, None)
    assert await _rows(harness) == [("unconfirmed", "interrupted", 0, None), skipped, skipped]
    async with harness.database.read() as tx:
        run = await runs.get(tx, run_id)
        assert await bots.restored_on(tx) == DAY + timedelta(days=1)
        assert await bots.claim_count(tx) == 77
        reason = await tx.exec_driver_sql("SELECT state_reason FROM runs")
        assert reason.scalar_one() == RunStateReason.RESTORED
        changed = await tx.exec_driver_sql("SELECT max(changed_at) FROM deliveries")
        assert as_text(changed.scalar_one()) == "2025-09-12 16:30:00.000000"
    assert run is not None
    assert run.state is RunState.CANCELLED


async def test_resume_cancels_paused_runs_and_skips_payload_ids(
    planned: tuple[DeliveryHarness, int], tmp_path: Path
) -> None:
    """A button of a payload sent since the backup must never be taken for one of a new payload."""
    harness, run_id = planned
    async with harness.database.write() as tx:
        assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
    result = await resume_after_restore(harness.database, HighWaterMark(tmp_path / "no"), DEFAULT_SCHEDULE, MORNING)
    assert result == ResumeResult(runs=1, parts=3)
    await harness.publish(edition(DAY + timedelta(days=1), published=None))
    async with harness.database.read() as tx:
        newest = await tx.exec_driver_sql("SELECT max(id) FROM payloads")
        assert newest.scalar_one() > payloads.SKIPPED_IDS


async def test_resume_skips_all_of_several_large_runs(emulator: EmulatorClient, tmp_path: Path) -> None:
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.audience([1])
        async with harness.database.write() as tx:
            await _copy_subscriber(tx, 6000)
        await harness.publish()
        await start_broadcast(harness.database, emulator)
        await harness.at(MORNING)
        result = await resume_after_restore(harness.database, HighWaterMark(tmp_path / "no"), DEFAULT_SCHEDULE, MORNING)
        assert result == ResumeResult(runs=2, parts=12_002)
        assert Counter(await _rows(harness)) == {("skipped", "restored", 0, None): 12_002}
