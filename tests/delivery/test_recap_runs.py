"""The weekly recap: a run in the ledger, built from stored editions, for whoever chose its weekday, never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.edition_day import EditionDay
from domain.names import fold_name
from domain.subscription.calendar import MAX_EDITION_AGE, Schedule
from domain.subscription.preferences import ContentPreferences
from domain.subscription.recap import decide_recap, due_recaps, next_recap, recap_instant
from domain.subscription.wave_decision import WaveDecision
from emulator.client import EmulatorClient
from storage import subscribers, votes
from storage.votes import Vote
from tests.databases import sql
from tests.delivery.harness import Clock, DeliveryHarness, edition, open_harness

SUNDAY = date(2025, 9, 14)
FRIDAY = SUNDAY - timedelta(days=2)
EVENING = Schedule("Asia/Shanghai", 20 * 60)
"""A schedule whose recap comes when the editions of the day have been delivered to others."""
DUE = datetime(2025, 9, 14, 12, tzinfo=UTC)
"""20:00 in Shanghai on the Sunday."""
CHOSEN = DUE - timedelta(days=3)


async def reader(
    harness: DeliveryHarness, *, weekday: int | None = 6, preferences: ContentPreferences | None = None
) -> int:
    """Subscribe somebody who wants the recap on a weekday but no digest of these days; return the chat's id."""
    person = await harness.emulator.create_user("Reader", started=True)
    (row,) = await harness.audience([person.id], EVENING, preferences or ContentPreferences(language="en"))
    async with harness.database.write() as tx:
        await subscribers.set_recap(tx, row, weekday, now=CHOSEN)
    return person.id


async def publish(harness: DeliveryHarness, *days: date) -> None:
    for day in days:
        harness.clock.now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        await harness.publish(edition(day, published=harness.clock.now, items=5))


async def recaps_of(harness: DeliveryHarness, chat: int) -> list[str]:
    found = [entry.message.text for entry in await harness.received(chat) if entry.message is not None]
    return [text for text in found if "Your week in headlines" in text]


async def test_recap_comes_on_its_day_with_what_readers_want(harness: DeliveryHarness) -> None:
    chosen, other_day, none = [await reader(harness, weekday=day) for day in (6, 2, None)]
    await publish(harness, FRIDAY, SUNDAY)
    async with harness.database.write() as tx:
        wanted = edition(FRIDAY, items=5).items[4]
        await votes.toggle(tx, 99, FRIDAY, wanted, Vote.MORE, now=harness.clock.now)
    await harness.at(DUE - timedelta(minutes=1))
    await harness.settled()
    assert not await recaps_of(harness, chosen)
    await harness.at(DUE)
    await harness.settled()
    (text,) = await recaps_of(harness, chosen)
    friday, sunday = text.split("Sun, 14 Sep")
    assert "5. 标题5" in friday
    assert "4. 标题4" not in text
    assert all(f"{number}. 标题{number}" in sunday for number in (1, 2, 3))
    assert not await recaps_of(harness, other_day)
    assert not await recaps_of(harness, none)


async def test_recap_comes_once_whatever_changes(emulator: EmulatorClient, tmp_path: Path) -> None:
    """A restart, a later hour and another zone on the same day bring no second one."""
    clock = Clock(CHOSEN)
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        chat = await reader(harness)
        await publish(harness, FRIDAY)
        for _ in range(2):
            await harness.at(DUE)
            await harness.settled()
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await harness.at(DUE + timedelta(minutes=5))
        for moved in (Schedule("Asia/Shanghai", 21 * 60), Schedule("America/New_York", 9 * 60)):
            async with harness.database.write() as tx:
                found = await subscribers.get(tx, chat)
                assert found is not None
                await subscribers.set_schedule(tx, found.id, moved)
            await harness.at(clock.now + timedelta(hours=1))
            await harness.settled()
        assert len(await recaps_of(harness, chat)) == 1
        async with harness.database.read() as tx:
            kinds = await sql(tx, "SELECT kind, date FROM runs WHERE kind = 'recap'")
        assert [tuple(row) for row in kinds] == [("recap", "2025-09-14")]


async def test_week_without_a_digest_brings_nothing(harness: DeliveryHarness) -> None:
    harness.clock.now = CHOSEN
    chat = await reader(harness)
    await publish(harness, SUNDAY - timedelta(days=7))
    await harness.at(DUE)
    await harness.settled()
    assert not await recaps_of(harness, chat)


async def test_recap_shows_what_the_reader_s_digests_show(harness: DeliveryHarness) -> None:
    muting = ContentPreferences(language="en", muted_words=frozenset({fold_name("标题2")}))
    empty = ContentPreferences(language="en", categories=frozenset({"体育"}))
    left_out, nothing = [await reader(harness, preferences=each) for each in (muting, empty)]
    await publish(harness, FRIDAY)
    await harness.at(DUE)
    await harness.settled()
    (text,) = await recaps_of(harness, left_out)
    assert "标题2" not in text
    assert "4. 标题4" in text
    assert not await recaps_of(harness, nothing)


@pytest.mark.parametrize(("late", "comes"), [(timedelta(hours=5), True), (timedelta(hours=7), False)])
async def test_late_start_follows_the_rules_of_digests(
    emulator: EmulatorClient, tmp_path: Path, late: timedelta, comes: bool
) -> None:
    clock = Clock(CHOSEN)
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock, running=False) as harness:
        chat = await reader(harness)
        await publish(harness, FRIDAY)
    clock.now = DUE + late
    async with open_harness(emulator, tmp_path / "bot.db", clock=clock) as harness:
        await harness.at(clock.now)
        await harness.settled()
        assert bool(await recaps_of(harness, chat)) is comes
        await harness.at(DUE + timedelta(days=1))  # the next window of a day, at most a day later
        await harness.settled()
        assert len(await recaps_of(harness, chat)) == 1


async def test_chosen_after_the_hour_it_comes_next_week(harness: DeliveryHarness) -> None:
    chat = await reader(harness)
    await publish(harness, FRIDAY)
    async with harness.database.write() as tx:
        found = await subscribers.get(tx, chat)
        assert found is not None
        await subscribers.set_recap(tx, found.id, 6, now=DUE + timedelta(minutes=1))
    await harness.at(DUE + timedelta(minutes=2))
    await harness.settled()
    assert not await recaps_of(harness, chat)
    since = DUE + timedelta(minutes=1)
    assert next_recap(EVENING, 6, harness.clock.now, since=since) == DUE + timedelta(days=7)


@given(
    minutes=st.integers(0, 2 * 365 * 1440),
    weekday=st.integers(0, 6),
    minute=st.integers(0, 1439),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_what_is_told_is_what_is_planned(minutes: int, weekday: int, minute: int, zone: str) -> None:
    """The told instant is one at which a recap, planned from then on, goes out; none goes out before it."""
    now, schedule = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), Schedule(zone, minute)
    told = next_recap(schedule, weekday, now, since=now - timedelta(days=30))
    assert now <= told <= now + timedelta(days=8)
    due = [recap for recap in due_recaps(schedule, weekday, told) if recap.at <= told]
    (recap,) = due
    assert decide_recap(recap.at, schedule, told) is WaveDecision.NOW
    assert recap_instant(recap.day, schedule) == recap.at
    assert recap.day.weekday() == weekday
    assert told - recap.at <= MAX_EDITION_AGE
    if told > now:
        earlier = [each for each in due_recaps(schedule, weekday, now) if each.at <= now]
        assert WaveDecision.NOW not in [decide_recap(each.at, schedule, now) for each in earlier]


async def test_recap_has_the_editions_of_all_slots_once(harness: DeliveryHarness) -> None:
    """Also for who gets one of the slots only; an edition of another slot of the day hides none."""
    chat = await reader(harness)
    await publish(harness, FRIDAY)
    evening = edition(EditionDay.of(FRIDAY, "evening"), title="晚报", published=harness.clock.now, items=2)
    items = tuple(replace(item, headline=f"晚间{item.position}") for item in evening.items)
    await harness.publish(replace(evening, slot="evening", items=items))
    await harness.at(DUE)
    await harness.settled()
    (text,) = await recaps_of(harness, chat)
    for headline in ("标题1", "标题2", "晚间1", "晚间2"):
        assert text.count(headline) == 1
