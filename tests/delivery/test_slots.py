"""Several editions a day: each slot goes to those who chose it, at their time for it, and to nobody twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from digest.model import Digest
from domain.edition_day import EditionDay
from domain.subscription.calendar import EVERY_DAY, Schedule
from storage import deliveries, digests, reach, runs, schedules, send_now, slot_schedules, waves, withdrawals
from storage.slot_schedules import SlotSchedule
from tests.databases import sql
from tests.delivery.harness import DAY, EVE, MORNING, DeliveryHarness, edition, run_of

EVENING = EditionDay.of(DAY, "evening")
AT_SIX = Schedule("Asia/Shanghai", 18 * 60, EVERY_DAY)
SIX = MORNING + timedelta(hours=10)
"""18:00 in Shanghai on DAY."""


def evening(hours: float = 9, *, day: EditionDay = EVENING, title: str = "晚报") -> Digest:
    """Return an evening edition that was published some hours after the morning."""
    built = edition(day, title=title, published=MORNING + timedelta(hours=hours))
    return replace(built, slot=day.slot)


async def choose(
    harness: DeliveryHarness, subscriber_id: int, schedule: Schedule = AT_SIX, slot: str = "evening"
) -> int:
    async with harness.database.write() as tx:
        return await slot_schedules.choose(tx, subscriber_id, slot, SlotSchedule(schedule, EVE))


async def titles(harness: DeliveryHarness, chat: int) -> list[str]:
    """Return which editions a chat got, in their order."""
    texts = [entry.message.text for entry in await harness.received(chat) if entry.message is not None]
    return [next(title for title in ("早报", "晚报", "新报") if title in text) for text in texts]


async def test_each_slot_comes_to_those_who_chose_it_at_its_time(harness: DeliveryHarness) -> None:
    """Those of the evening have many times: they are planned together, and late ones by the calendar of the slot."""
    both, morning_only, late = await harness.emulator.create_users(3)
    ids = await harness.audience((both, morning_only, late))
    await choose(harness, ids[0])
    await choose(harness, ids[2], Schedule("Asia/Shanghai", 21 * 60))
    await harness.publish()
    harness.clock.now = MORNING
    published = await harness.publish(evening())
    assert published.edition == EVENING
    for at, expected in (
        (MORNING, (["早报"], ["早报"], ["早报"])),
        (SIX - timedelta(minutes=1), (["早报"], ["早报"], ["早报"])),
        (SIX, (["早报", "晚报"], ["早报"], ["早报"])),
        (SIX + timedelta(hours=3), (["早报", "晚报"], ["早报"], ["早报", "晚报"])),
    ):
        await harness.at(at)
        await harness.settled()
        assert tuple([await titles(harness, chat) for chat in (both, morning_only, late)]) == expected
    assert (await harness.finished(run_of(published))).missed == 0


async def test_newest_applies_within_a_slot_only(harness: DeliveryHarness) -> None:
    """The evening's edition does not take the place of the morning's, and a newer one of its slot does."""
    (chat,) = await harness.emulator.create_users(1)
    (row,) = await harness.audience([chat], Schedule("Asia/Shanghai", 18 * 60))
    await choose(harness, row)
    await harness.publish(edition(published=MORNING + timedelta(hours=9)))
    await harness.publish(evening(8, day=EditionDay.of(DAY - timedelta(days=1), "evening"), title="旧报"))
    await harness.publish(evening())
    await harness.at(SIX)
    await harness.settled()
    assert sorted(await titles(harness, chat)) == ["早报", "晚报"]


async def test_nobody_gets_a_slot_twice(harness: DeliveryHarness) -> None:
    """Not after another time for it, another zone, switching it off and on, or a send at once."""
    (chat,) = await harness.emulator.create_users(1)
    (row,) = await harness.audience([chat])
    await choose(harness, row)
    harness.clock.now = MORNING
    published = await harness.publish(evening())
    await harness.at(SIX)
    await harness.settled()
    for minute in (19 * 60, 20 * 60):
        later = await choose(harness, row, Schedule("Asia/Shanghai", minute))
        async with harness.database.write() as tx:
            await waves.set_waiting(tx, run_of(published), later, SIX + timedelta(minutes=minute - 18 * 60))
            await runs.reopen(tx, run_of(published))
    await harness.at(SIX + timedelta(hours=3))
    async with harness.database.write() as tx:
        await send_now.send_now(tx, EVENING, now=harness.clock.now)
    await harness.at(harness.clock.now)
    await harness.settled()
    assert await titles(harness, chat) == ["晚报"]


async def test_paused_slot_stays_away_and_goes_on_by_itself(harness: DeliveryHarness) -> None:
    """Neither what is due in the pause nor, afterwards, what was missed; the digest comes all the time."""
    (chat,) = await harness.emulator.create_users(1)
    (row,) = await harness.audience([chat])
    midnight = SIX + timedelta(hours=6)
    async with harness.database.write() as tx:
        await slot_schedules.choose(tx, row, "evening", SlotSchedule(AT_SIX, midnight))
    await harness.publish()
    await harness.at(MORNING)
    await harness.settled()
    await harness.publish(evening())
    await harness.at(SIX)
    await harness.settled()
    async with harness.database.read() as tx:
        paused = await reach.of_edition(tx, EVENING, SIX, now=SIX)
    assert (paused.in_time, paused.late, paused.too_late) == (0, 0, 0)
    assert await titles(harness, chat) == ["早报"]
    await harness.at(midnight + timedelta(minutes=1))
    await harness.settled()
    assert await titles(harness, chat) == ["早报"]
    tomorrow = EditionDay.of(DAY + timedelta(days=1), "evening")
    await harness.publish(evening(33, day=tomorrow, title="新报"))
    await harness.at(SIX + timedelta(days=1))
    await harness.settled()
    assert await titles(harness, chat) == ["早报", "新报"]


async def test_who_chose_it_after_it_was_due_waits_for_the_next(harness: DeliveryHarness) -> None:
    (chat,) = await harness.emulator.create_users(1)
    (row,) = await harness.audience([chat])
    harness.clock.now = MORNING
    published = await harness.publish(evening())
    await harness.at(SIX + timedelta(minutes=5))
    async with harness.database.write() as tx:
        chosen = SlotSchedule(AT_SIX, harness.clock.now)
        schedule_id = await slot_schedules.choose(tx, row, "evening", chosen)
        await waves.set_waiting(tx, run_of(published), schedule_id, SIX)
        await runs.reopen(tx, run_of(published))
    await harness.at(SIX + timedelta(minutes=6))
    await harness.settled()
    assert await titles(harness, chat) == []


async def test_send_now_reaches_those_of_the_slot_only(harness: DeliveryHarness) -> None:
    chosen, other = await harness.emulator.create_users(2)
    first, _ = await harness.audience([chosen, other])
    await choose(harness, first)
    harness.clock.now = MORNING
    await harness.publish(evening())
    async with harness.database.write() as tx:
        reached = await reach.of_edition(tx, EVENING, MORNING + timedelta(hours=9), now=MORNING)
        assert (reached.without, reached.had) == (1, 0)
        await send_now.send_now(tx, EVENING, now=MORNING)
    await harness.at(MORNING)
    await harness.settled()
    assert (await titles(harness, chosen), await titles(harness, other)) == (["晚报"], [])


async def test_late_start_follows_the_calendar_of_the_slot(harness: DeliveryHarness) -> None:
    """What is pending past its window waits for the slot's next one, by the slot's schedule, not the morning's."""
    (chat,) = await harness.emulator.create_users(1)
    (row,) = await harness.audience([chat])
    schedule_id = await choose(harness, row)
    harness.clock.now = MORNING
    published = await harness.publish(evening())
    async with harness.database.write(alone=True) as tx:
        (wave,) = await waves.waiting(tx, until=SIX)
        assert wave.schedule_id == schedule_id
        assert list(await schedules.of_slot(tx, "evening")) == [schedule_id]
    await harness.at(SIX)
    await harness.settled()
    async with harness.database.write() as tx:
        await sql(tx, "UPDATE deliveries SET state = 'pending' WHERE run_id = ?", run_of(published))
        assert await deliveries.shift(tx, wave, SIX + timedelta(hours=24), now=SIX) == 0
        assert await deliveries.shift(tx, wave, SIX + timedelta(hours=24), now=SIX, slot="evening") == 1
        rows = await deliveries.page(tx, run_of(published), size=9, now=SIX + timedelta(days=2), slot="evening")
        assert [due.schedule_id for due in rows] == [schedule_id]
        await sql(tx, "UPDATE deliveries SET state = 'sent' WHERE run_id = ?", run_of(published))


async def test_withdrawal_leaves_the_other_slots(harness: DeliveryHarness) -> None:
    (chat,) = await harness.emulator.create_users(1)
    (row,) = await harness.audience([chat])
    await choose(harness, row)
    await harness.publish()
    harness.clock.now = MORNING
    await harness.publish(evening())
    await harness.at(SIX)
    await harness.settled()
    async with harness.database.write(alone=True) as tx:
        assert await withdrawals.withdraw(tx, EVENING, actor=None, now=SIX) == 1
        assert await digests.get_published(tx, DAY, now=SIX) is not None
        assert await digests.get_published(tx, EVENING, now=SIX) is None
        assert await runs.get_by_edition(tx, DAY) is not None
        withdrawal = await withdrawals.newest(tx, EVENING)
        assert withdrawal is not None
        assert withdrawal.edition == EVENING
        assert await withdrawals.newest(tx, DAY) is None
