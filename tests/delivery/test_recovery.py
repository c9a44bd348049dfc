"""After an interruption: what was in flight is listed; a restored backup sends nothing until the operator's word."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

from delivery.high_water_mark import HighWaterMark
from delivery.publishing import PublishStatus
from delivery.resolution import UnconfirmedPolicy
from delivery.restore import ResumeResult, resume_after_restore
from domain.delivery.reasons import DeliveryReason
from emulator.client import EmulatorClient
from storage import claims, deliveries, schedules, waves
from storage.database import Database
from tests.delivery.harness import ADMIN, DAY, HOUSE, MORNING, Clock, edition, run_of, staged


async def test_what_was_in_flight_at_a_crash_is_unconfirmed_and_listed(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    async with staged(emulator, path, running=False) as stage:
        await stage.crowd(3)
        run_id = run_of(await stage.publish())
        await stage.at(MORNING)
        async with stage.database.read() as tx:
            page = await deliveries.page(tx, run_id, size=9, now=MORNING)
        await claims.claim_and_settle(stage.database, [], [page[0].key], now=MORNING)
    async with staged(emulator, path, clock=Clock(MORNING)) as stage:
        await stage.delivery_service.tick()
        progress = await stage.finished(run_id)
        assert (progress.sent, progress.unconfirmed, progress.in_flight) == (2, 1, 0)
        async with stage.database.read() as tx:
            (listed,) = await deliveries.unconfirmed(tx, run_id, limit=9)
        assert (listed.key, listed.reason) == (page[0].key, DeliveryReason.INTERRUPTED)


def test_the_mark_keeps_the_highest_number_it_was_told(tmp_path: Path) -> None:
    mark = HighWaterMark.beside(tmp_path / "bot.db")
    assert mark.read() == 0
    for number in (7, 1234567, 1234568):
        mark.write(number)
        assert HighWaterMark.beside(tmp_path / "bot.db").read() == number
    (tmp_path / "bot.db.mark").write_text("garbage")
    assert mark.read() == 0


async def test_a_restored_backup_sends_nothing_and_says_why_until_the_operators_word(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    path, clock = tmp_path / "bot.db", Clock()
    async with staged(emulator, path, clock=clock) as stage:
        chats = await stage.crowd(5)
        await stage.delivery_service.tick()
    shutil.copy(path, tmp_path / "backup.db")
    async with staged(emulator, path, clock=clock) as stage:
        run_id = run_of(await stage.publish())
        await stage.at(MORNING)
        await stage.finished(run_id)
    for name in ("bot.db", "bot.db-wal", "bot.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", path)

    admin = await emulator.chat(ADMIN)
    async with staged(emulator, path, clock=clock) as stage:
        await stage.publish()
        assert await stage.at(MORNING + timedelta(minutes=5)) is None
        assert "resume --after-restore" in (await admin.next_message()).text
        assert "on_hold" in stage.delivery_service.health_checks()
        await asyncio.sleep(0.2)
        assert await stage.times() == dict.fromkeys(chats, 1)

    database = await Database.open(path)
    assert await resume_after_restore(database, HighWaterMark.beside(path), HOUSE, clock()) == ResumeResult(
        runs=1, parts=0
    )
    await database.close()
    async with staged(emulator, path, clock=clock) as stage:
        await stage.publish(edition(title="again"))
        await stage.at(MORNING + timedelta(minutes=6))
        await asyncio.sleep(0.2)
        assert stage.delivery_service.health_checks() == {}
        assert await stage.times() == dict.fromkeys(chats, 1)
        tomorrow = await stage.publish(edition(DAY + timedelta(days=1), published=MORNING + timedelta(hours=20)))
        assert tomorrow.what is PublishStatus.NEW
        await stage.at(MORNING + timedelta(days=1))
        await stage.finished(run_of(tomorrow))
        assert await stage.times() == dict.fromkeys(chats, 2)


async def test_after_the_operators_word_nobody_can_bring_a_given_up_morning_back(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    """The backup has the run, and not that it was sent: no newcomer to the schedule, no new version may plan it."""
    path, clock = tmp_path / "bot.db", Clock()
    async with staged(emulator, path, clock=clock) as stage:
        chats = await stage.crowd(3)
        run_id = run_of(await stage.publish())
    shutil.copy(path, tmp_path / "backup.db")
    async with staged(emulator, path, clock=clock) as stage:
        await stage.at(MORNING)
        await stage.finished(run_id)
    for name in ("bot.db", "bot.db-wal", "bot.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", path)
    database = await Database.open(path)
    await resume_after_restore(database, HighWaterMark.beside(path), HOUSE, clock())
    await database.close()

    async with staged(emulator, path, clock=clock, policy=UnconfirmedPolicy.RESEND) as stage:
        async with stage.database.write() as tx:
            schedule_id = await schedules.get_or_create(tx, HOUSE)
            await waves.add_for_schedule(tx, schedule_id, HOUSE, now=clock())
        await stage.at(MORNING + timedelta(minutes=6))
        assert (await stage.publish(edition(title="again"))).what is PublishStatus.STORED
        await stage.at(MORNING + timedelta(minutes=7))
        await asyncio.sleep(0.2)
        assert await stage.times() == dict.fromkeys(chats, 1)


async def test_what_was_in_flight_when_the_backup_was_made_is_listed_and_never_sent_again(
    emulator: EmulatorClient, tmp_path: Path
) -> None:
    path, clock = tmp_path / "bot.db", Clock(MORNING)
    async with staged(emulator, path, clock=clock, running=False) as stage:
        await stage.crowd(1)
        run_id = run_of(await stage.publish())
        await stage.delivery_service.tick()
        async with stage.database.read() as tx:
            page = await deliveries.page(tx, run_id, size=9, now=MORNING)
        await claims.claim_and_settle(stage.database, [], [page[0].key], now=MORNING)
        await resume_after_restore(stage.database, HighWaterMark.beside(path), HOUSE, MORNING)
    async with staged(emulator, path, clock=clock, policy=UnconfirmedPolicy.RESEND) as stage:
        await stage.delivery_service.tick()
        assert (await stage.progress(run_id)).unconfirmed == 1
        assert await stage.times() == {}
