"""An edition sent at once: everybody who has not had it gets it once, whatever the windows."""

from __future__ import annotations

from datetime import timedelta

from domain.chat.event import Chat
from domain.delivery.reasons import RunStateReason
from domain.delivery.send_now import SendNow
from domain.delivery.states import RunState
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import LeftReason
from handlers.subscription_changes import join_runs
from storage import reach, runs, send_now, subscribers
from tests.delivery.harness import DAY, EVE, MORNING, DeliveryHarness, edition, run_of

EVENING = Schedule("Asia/Shanghai", 20 * 60)
HOUR = timedelta(hours=1)


async def _send(harness: DeliveryHarness) -> SendNow:
    async with harness.database.write() as tx:
        sent = await send_now.send_now(tx, DAY, now=harness.clock.now)
    await harness.delivery_service.tick()
    return sent


async def test_everybody_without_it_gets_it_at_once_and_nobody_twice(harness: DeliveryHarness) -> None:
    """The window of eight is open; those of the evening, and one who came too late, would wait or miss it."""
    here = await harness.crowd(5)
    evening = await harness.crowd(5, EVENING)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.done(run_id)
    assert await harness.times() == dict.fromkeys(here, 1)
    assert await _send(harness) is SendNow.SENT
    await harness.finished(run_id)
    assert await harness.times() == dict.fromkeys([*here, *evening], 1)
    assert await _send(harness) is SendNow.SENT
    await harness.at(MORNING + 12 * HOUR)
    await harness.finished(run_id)
    assert await harness.times() == dict.fromkeys([*here, *evening], 1)


async def test_what_came_too_late_for_all_windows_can_be_sent(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING + 40 * HOUR)
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.missed) == (0, 3)
    async with harness.database.read() as tx:
        assert (await reach.of_edition(tx, DAY, EVE, now=harness.clock.now)).too_late == 3
    await _send(harness)
    progress = await harness.finished(run_id)
    assert (progress.sent, progress.missed) == (3, 0)
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_edition_stored_for_reading_only_can_be_sent(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    harness.clock.now = MORNING + 72 * HOUR
    assert (await harness.publish()).run_id is None
    await _send(harness)
    await harness.finished(await harness.edition_run())
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_who_paused_or_left_gets_nothing(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    (paused, left) = await harness.audience(await harness.emulator.create_users(2))
    async with harness.database.write() as tx:
        await subscribers.set_pause(tx, paused, MORNING + 48 * HOUR)
        await subscribers.deactivate(tx, left, LeftReason.STOPPED, now=EVE)
    run_id = run_of(await harness.publish())
    await _send(harness)
    await harness.finished(run_id)
    assert await harness.times() == dict.fromkeys(chats, 1)


async def test_what_is_sent_at_once_survives_a_standstill(harness: DeliveryHarness) -> None:
    """After the machine slept, what is pending is moved to a window; not what an editor sent at once."""
    await harness.crowd(3)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING - HOUR)
    async with harness.database.write() as tx:
        await runs.pause(tx, run_id, RunStateReason.ADMIN)
        assert await send_now.check(tx, DAY) is SendNow.PAUSED
        await runs.resume(tx, run_id)
        assert await send_now.send_now(tx, DAY, now=harness.clock.now) is SendNow.SENT
    await harness.at(MORNING + 40 * HOUR)
    assert (await harness.finished(run_id)).sent == 3


async def test_newcomer_after_a_send_at_once_gets_it_at_their_own_time(harness: DeliveryHarness) -> None:
    await harness.crowd(2)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING - HOUR)
    await _send(harness)
    await harness.finished(run_id)
    harness.clock.now = MORNING - HOUR / 2
    (chat,) = await harness.emulator.create_users(1)
    async with harness.database.write() as tx:
        newcomer = await subscribers.add(
            tx, Chat(chat), (Schedule("Asia/Shanghai", 480), ContentPreferences()), now=harness.clock.now
        )
        await subscribers.activate(tx, newcomer.id, now=harness.clock.now)
        schedule_id = await subscribers.set_schedule(tx, newcomer.id, newcomer.schedule)
        await join_runs(tx, schedule_id, newcomer.schedule, now=harness.clock.now)
    await harness.delivery_service.tick()
    assert (await harness.times()).get(chat) is None
    await harness.at(MORNING)
    await harness.finished(run_id)
    assert (await harness.times())[chat] == 1


async def test_edition_of_a_later_hour_is_published_and_a_cancelled_one_refused(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(1)
    run_id = run_of(await harness.publish(edition(published=MORNING + HOUR)))
    await _send(harness)
    progress = await harness.finished(run_id)
    assert progress.state is RunState.FINISHED
    assert await harness.times() == dict.fromkeys(chats, 1)
    async with harness.database.write() as tx:
        run = await runs.get(tx, run_id)
        assert run is not None
        assert run.published_at == harness.clock.now
        await runs.reopen(tx, run_id)
        await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    assert await _send(harness) is SendNow.CANCELLED
