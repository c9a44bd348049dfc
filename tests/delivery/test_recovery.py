"""After an interruption: what was in flight is listed; a restored backup sends nothing until the operator's word."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from delivery.high_water_mark import HighWaterMark
from delivery.publishing import PublishStatus
from delivery.restore import ResumeResult, resume_after_restore
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.reasons import DeliveryReason
from emulator.client import EmulatorClient
from handlers.subscription_changes import join_runs
from storage import claims, deliveries, schedules
from storage.database import Database
from tests.delivery.harness import ADMIN, DAY, DEFAULT_SCHEDULE, EVE, MORNING, Clock, edition, open_harness, run_of


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


def test_high_water_mark_keeps_the_highest_count(tmp_path: Path) -> None:
    mark = HighWaterMark.beside(tmp_path / "bot.db")
    assert mark.read() == 0
    for number in (7, 1234567, 1234568):
        mark.write(number)
        assert HighWaterMark.beside(tmp_path / "bot.db").read() == number
    (tmp_path / "bot.db.mark").write_text("garbage")
    assert mark.read() == 0


async def test_restored_backup_holds_sending_until_resumed(emulator: EmulatorClient, tmp_path: Path) -> None:
    path, clock = tmp_path / "bot.db", Clock()
    async with open_harness(emulator, path, clock=clock) as harness:
        chats = await harness.crowd(5)
        await harness.delivery_service.tick()
    shutil.copy(path, tmp_path / "backup.db")
    async with open_harness(emulator, path, clock=clock) as harness:
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.finished(run_id)
    for name in ("bot.db", "bot.db-wal", "bot.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", path)

    admin = await emulator.chat(ADMIN)
    async with open_harness(emulator, path, clock=clock) as harness:
        await harness.publish()
        assert await harness.at(MORNING + timedelta(minutes=5)) is None
        assert "resume --after-restore" in (await admin.next_message()).text
        assert "on_hold" in harness.delivery_service.health_checks()
        await harness.settled()
        assert await harness.times() == dict.fromkeys(chats, 1)

    database = await Database.open(path)
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
        assert tomorrow.what is PublishStatus.NEW
        await harness.at(MORNING + timedelta(days=1))
        await harness.finished(run_of(tomorrow))
        assert await harness.times() == dict.fromkeys(chats, 2)


async def test_resumed_backup_never_revives_skipped_runs(emulator: EmulatorClient, tmp_path: Path) -> None:
    """The backup has the run, and not that it was sent: no newcomer to the schedule, no new version may plan it."""
    path, clock = tmp_path / "bot.db", Clock()
    async with open_harness(emulator, path, clock=clock) as harness:
        chats = await harness.crowd(3)
        run_id = run_of(await harness.publish())
    shutil.copy(path, tmp_path / "backup.db")
    async with open_harness(emulator, path, clock=clock) as harness:
        await harness.at(MORNING)
        await harness.finished(run_id)
    for name in ("bot.db", "bot.db-wal", "bot.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", path)
    database = await Database.open(path)
    await resume_after_restore(database, HighWaterMark.beside(path), DEFAULT_SCHEDULE, clock())
    await database.close()

    async with open_harness(emulator, path, clock=clock, policy=UnconfirmedPolicy.RESEND) as harness:
        async with harness.database.write() as tx:
            schedule_id = await schedules.get_or_create(tx, DEFAULT_SCHEDULE)
            await join_runs(tx, schedule_id, DEFAULT_SCHEDULE, now=clock())
        await harness.at(MORNING + timedelta(minutes=6))
        assert (await harness.publish(edition(title="again"))).what is PublishStatus.STORED
        await harness.at(MORNING + timedelta(minutes=7))
        await harness.settled()
        assert await harness.times() == dict.fromkeys(chats, 1)


async def test_editions_up_to_the_day_of_restore_go_to_nobody(emulator: EmulatorClient, tmp_path: Path) -> None:
    """The backup is older than today's edition: no run in it says that everybody has had today's."""
    path, clock = tmp_path / "bot.db", Clock()
    async with open_harness(emulator, path, clock=clock) as harness:
        chats = await harness.crowd(3)
        await harness.delivery_service.tick()
    shutil.copy(path, tmp_path / "backup.db")
    async with open_harness(emulator, path, clock=clock) as harness:
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.finished(run_id)
    shutil.copy(tmp_path / "backup.db", path)
    database = await Database.open(path)
    await resume_after_restore(database, HighWaterMark.beside(path), DEFAULT_SCHEDULE, clock())
    await database.close()

    async with open_harness(emulator, path, clock=clock) as harness:
        yesterday = edition(DAY - timedelta(days=1), published=EVE - timedelta(hours=20))
        stored = [await harness.publish(yesterday), await harness.publish()]
        assert [(result.what, result.run_id) for result in stored] == [(PublishStatus.STORED, None)] * 2
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
