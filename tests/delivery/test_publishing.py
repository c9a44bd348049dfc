"""Publishing: what becomes of a digest that is new, changed, unchanged, too old, early, or broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import structlog.testing

from delivery.payload_rendering import render_for
from delivery.publishing import PublishStatus
from digest.model import Problem, Severity
from digest.publication import published_at
from domain.audit import AuditAction
from domain.delivery.reasons import RunStateReason
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from handlers.subscription_changes import join_runs
from storage import audit, bots, digests, runs, schedules, subscribers, waves
from tests.databases import sql
from tests.delivery.harness import DAY, DEFAULT_SCHEDULE, EVE, MORNING, TEXTS, DeliveryHarness, edition, run_of


async def test_publishing_the_same_again_changes_nothing(harness: DeliveryHarness) -> None:
    await harness.crowd(3)
    run_id = run_of(await harness.publish())
    again = await harness.publish()
    assert (again.status, again.run_id) == (PublishStatus.UNCHANGED, run_id)
    assert await harness.waiting_waves() == 1
    old = edition(DAY - timedelta(days=3), published=EVE - timedelta(days=3))
    assert [
        (one.status, one.run_id, one.version) for one in (await harness.publish(old), await harness.publish(old))
    ] == [
        (PublishStatus.STORED, None, 1),
        (PublishStatus.UNCHANGED, None, 1),
    ]


async def test_undelivered_edition_is_replaced(harness: DeliveryHarness) -> None:
    await harness.crowd(3)
    run_id = run_of(await harness.publish(edition(title="错字")))
    assert (await harness.publish(edition(title="正字"))).status is PublishStatus.REPLACED
    await harness.at(MORNING)
    await harness.finished(run_id)
    texts = [entry.message.text for entry in await harness.received() if entry.message]
    assert ["正字" in text for text in texts] == [True] * 3


async def _stored_payloads(harness: DeliveryHarness, run_id: int) -> int:
    async with harness.database.read() as tx:
        rows = await sql(tx, "SELECT count(*) FROM payloads WHERE run_id = ?", run_id)
        return int(rows.scalar_one())


async def test_log_has_the_status_of_what_is_published(harness: DeliveryHarness) -> None:
    with structlog.testing.capture_logs() as logs:
        await harness.publish(edition(title="错字"))
        await harness.publish(edition(title="正字"))
    published = [event for event in logs if event["event"] == "digest_published"]
    assert [(event["status"], "what" in event) for event in published] == [("new", False), ("replaced", False)]


async def test_replaced_edition_moves_with_its_publication(harness: DeliveryHarness) -> None:
    await harness.crowd(2)
    run_id = run_of(await harness.publish(edition(title="错字")))
    later = MORNING + timedelta(minutes=5)
    replaced = await harness.publish(edition(title="正字", published=later))
    assert (replaced.status, replaced.run_id, replaced.first_due) == (PublishStatus.REPLACED, run_id, later)
    assert await _stored_payloads(harness, run_id) == 1
    await harness.at(MORNING)
    await harness.at(later - timedelta(seconds=1))
    assert (await harness.progress(run_id)).total == 0
    await harness.at(later)
    assert (await harness.finished(run_id)).sent == 2
    async with harness.database.read() as tx:
        run = await runs.get(tx, run_id)
    assert run is not None
    assert (run.published_at, run.version) == (later, replaced.version)


async def test_missed_edition_moved_to_a_later_window_goes_out(harness: DeliveryHarness) -> None:
    """Its run had finished, because the edition came too late for everybody."""
    await harness.crowd(2)
    late = MORNING + timedelta(hours=7)
    harness.clock.now = late
    published = await harness.publish()
    assert (published.status, published.first_due) == (PublishStatus.NEW, MORNING)
    await harness.at(late)
    run_id = run_of(published)
    assert (await harness.finished(run_id)).missed == 2
    assert (await harness.publish(edition(published=late))).status is PublishStatus.REPLACED
    await harness.at(MORNING + timedelta(days=1))
    assert (await harness.done(run_id)).sent == 2


async def test_new_version_keeps_its_instant_of_publication(harness: DeliveryHarness) -> None:
    """Unless its front matter names another."""
    await harness.crowd(1)
    run_id = run_of(await harness.publish(edition(published=None)))
    harness.clock.now = MORNING + timedelta(hours=5, minutes=59)
    assert (await harness.publish(edition(published=None, title="正字"))).status is PublishStatus.REPLACED
    async with harness.database.read() as tx:
        run, kept = await runs.get(tx, run_id), await digests.get_metadata(tx, DAY)
    assert run is not None
    assert kept is not None
    assert (run.published_at, kept.published) == (EVE, EVE)


async def test_moving_only_the_instant_of_a_sent_edition_is_no_news(harness: DeliveryHarness) -> None:
    await harness.crowd(1)
    await harness.publish()
    await harness.at(MORNING)
    run_id = run_of(await harness.publish())
    await harness.finished(run_id)
    moved = replace(edition(), published_at=MORNING + timedelta(hours=1))
    again = await harness.publish(moved)
    assert (again.status, again.edition, again.version, again.run_id) == (PublishStatus.UNCHANGED, DAY, 1, run_id)
    async with harness.database.read() as tx:
        run = await runs.get(tx, run_id)
    assert run is not None
    assert run.published_at == EVE


async def test_new_version_of_a_cancelled_run_is_only_stored(harness: DeliveryHarness) -> None:
    await harness.crowd(2)
    run_id = run_of(await harness.publish())
    async with harness.database.write() as tx:
        assert await runs.cancel(tx, run_id, RunStateReason.ADMIN)
    await harness.delivery_service.tick()
    again = await harness.publish(edition(title="正字"))
    assert (again.status, again.edition, again.version, again.run_id) == (PublishStatus.STORED, DAY, 2, None)
    await harness.at(MORNING)
    await harness.settled()
    assert await harness.times() == {}


async def test_edition_of_a_day_before_a_restore_is_only_stored(harness: DeliveryHarness) -> None:
    await harness.crowd(1)
    async with harness.database.write() as tx:
        await bots.set_restored_on(tx, DAY)
    assert (await harness.publish()).status is PublishStatus.STORED
    assert (await harness.publish(edition(DAY + timedelta(days=1), published=None))).status is PublishStatus.NEW


async def test_edition_of_exactly_a_day_ago_is_only_stored(harness: DeliveryHarness) -> None:
    at = EVE - timedelta(days=1)
    assert (await harness.publish(edition(DAY, published=at))).status is PublishStatus.STORED
    day = DAY - timedelta(days=1)
    assert (await harness.publish(edition(day, published=at + timedelta(seconds=1)))).status is PublishStatus.NEW


async def test_correction_reaches_only_waves_planned_later(
    harness: DeliveryHarness,
) -> None:
    early = await harness.crowd(2)
    late = await harness.crowd(2, Schedule("Asia/Shanghai", 9 * 60))
    run_id = run_of(await harness.publish(edition(title="错字")))
    await harness.at(MORNING)
    await harness.done(run_id)
    assert (await harness.publish(edition(title="正字"))).status is PublishStatus.CORRECTED
    await harness.at(MORNING + timedelta(hours=1))
    await harness.finished(run_id)
    for chats, word in ((early, "错字"), (late, "正字")):
        for chat in chats:
            (entry,) = await harness.received(chat)
            assert entry.message is not None
            assert word in entry.message.text


async def test_older_edition_that_comes_in_after_the_newer_goes_to_nobody(harness: DeliveryHarness) -> None:
    """Those who have the newer edition, and those whose morning is still to come."""
    await harness.crowd(2)
    await harness.crowd(1, Schedule("Europe/Berlin", 8 * 60))
    newer = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.until(newer, lambda now: now.sent == 2)
    older = run_of(await harness.publish(edition(DAY - timedelta(days=1), published=MORNING, title="旧报")))
    await harness.at(MORNING + timedelta(minutes=1))
    await harness.at(MORNING + timedelta(hours=6))
    assert (await harness.finished(newer)).sent == 3
    progress = await harness.finished(older)
    assert (progress.total, progress.missed) == (0, 0)
    assert set((await harness.times()).values()) == {1}


async def test_old_digests_are_stored_and_not_delivered(harness: DeliveryHarness) -> None:
    await harness.crowd(3)
    for days in range(1, 9):
        day = DAY - timedelta(days=days)
        published = await harness.publish(edition(day, published=EVE - timedelta(days=days, hours=1)))
        assert (published.status, published.run_id) == (PublishStatus.STORED, None)
    await harness.at(MORNING)
    assert await harness.times() == {}
    async with harness.database.read() as tx:
        assert await digests.get(tx, DAY - timedelta(days=3)) is not None


async def test_future_digest_waits_for_its_publication(harness: DeliveryHarness) -> None:
    await harness.crowd(1)
    tomorrow = edition(DAY + timedelta(days=1), published=None)
    published = await harness.publish(tomorrow)
    # From the start of its day in the house's zone: its first readers are those of that morning.
    assert published.first_due == MORNING + timedelta(days=1)
    await harness.at(MORNING)
    assert await harness.times() == {}
    await harness.at(MORNING + timedelta(days=1))
    assert (await harness.finished(run_of(published))).sent == 1


async def test_edition_without_an_hour_wakes_no_evening_reader(harness: DeliveryHarness) -> None:
    """Midnight lies in the window of the evening before; readers of two evenings, one of whom comes later."""
    evening, later = Schedule("Asia/Shanghai", 18 * 60 + 45), Schedule("Asia/Shanghai", 20 * 60)
    await harness.crowd(1, evening)
    run_id = run_of(await harness.publish(edition(DAY + timedelta(days=1), published=None)))
    await harness.crowd(1, later)
    await harness.delivery_service.tick()
    midnight = MORNING + timedelta(hours=16)
    async with harness.database.read() as tx:
        dues = set((await waves.dues(tx, run_id)).values())
    assert dues == {midnight + timedelta(hours=18, minutes=45), midnight + timedelta(hours=20)}
    await harness.at(midnight)
    await harness.at(midnight + timedelta(hours=18, minutes=45))
    await harness.at(midnight + timedelta(hours=20))
    assert (await harness.finished(run_id)).sent == 2


async def test_broken_digest_leaves_the_stored_edition(harness: DeliveryHarness) -> None:
    await harness.crowd(1)
    run_id = run_of(await harness.publish())
    problem = Problem(line=3, column=1, severity=Severity.ERROR, code="no-items", template="nothing to say")
    broken = replace(edition(title="坏"), problems=(problem,))
    refused = await harness.publish(broken)
    assert (refused.status, refused.why) == (PublishStatus.REFUSED, "line 3: nothing to say")
    assert (await harness.publish(replace(edition(), is_draft=True))).why == "draft"
    assert (await harness.publish(replace(edition(), date=None))).why == "no date"
    await harness.at(MORNING)
    assert (await harness.finished(run_id)).sent == 1


def test_instant_of_publication() -> None:
    def at(digest_day: date) -> object:
        return published_at(edition(digest_day, published=None), DEFAULT_SCHEDULE, EVE)

    assert published_at(edition(published=MORNING), DEFAULT_SCHEDULE, EVE) == MORNING
    assert at(DAY) == EVE
    assert at(DAY + timedelta(days=1)) == MORNING + timedelta(hours=16)
    assert at(DAY - timedelta(days=1)) == MORNING - timedelta(hours=32)


async def test_later_preferences_and_schedules_are_served(harness: DeliveryHarness) -> None:
    await harness.crowd(2)
    run_id = run_of(await harness.publish())
    await harness.delivery_service.tick()
    (new,) = await harness.crowd(1, Schedule("Asia/Tokyo", 11 * 60), ContentPreferences(Layout.FULL, "en"))
    await harness.at(MORNING)
    await harness.at(MORNING + timedelta(hours=2))
    assert (await harness.finished(run_id)).sent == 3
    (entry,) = await harness.received(new)
    assert entry.message is not None
    assert "Commentary" in entry.message.text


async def test_changing_schedules_delivers_each_edition_once(harness: DeliveryHarness) -> None:
    later = Schedule("Asia/Shanghai", 9 * 60)
    first, second = await harness.crowd(2)
    await harness.crowd(1, later)
    run_id = run_of(await harness.publish())

    async def move(chat: int, schedule: Schedule) -> None:
        async with harness.database.write() as tx:
            one = await subscribers.get(tx, chat)
            assert one is not None
            schedule_id = await subscribers.set_schedule(tx, one.id, schedule)
            await join_runs(tx, schedule_id, schedule, now=harness.clock.now, default_zone="Asia/Shanghai")
        await harness.delivery_service.tick()

    await harness.at(MORNING)
    await harness.done(run_id)
    await move(first, later)  # has it: must not get it again at nine
    await harness.at(MORNING + timedelta(minutes=59))
    await move(second, Schedule("Asia/Shanghai", 10 * 60))
    await harness.at(MORNING + timedelta(hours=1))
    await harness.done(run_id)
    await move(second, DEFAULT_SCHEDULE)
    await harness.at(MORNING + timedelta(hours=3))
    await harness.finished(run_id)
    assert set((await harness.times()).values()) == {1}
    assert len(await harness.times()) == 3


async def test_moving_to_a_past_window_delivers_at_once(harness: DeliveryHarness) -> None:
    await harness.crowd(1)
    (mover,) = await harness.crowd(1, Schedule("Asia/Shanghai", 11 * 60))
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    await harness.until(run_id, lambda now: now.sent == 1)
    async with harness.database.write() as tx:
        one = await subscribers.get(tx, mover)
        assert one is not None
        schedule_id = await subscribers.set_schedule(tx, one.id, DEFAULT_SCHEDULE)
        assert schedule_id == await schedules.get_or_create(tx, DEFAULT_SCHEDULE)
        await join_runs(tx, schedule_id, DEFAULT_SCHEDULE, now=harness.clock.now, default_zone="Asia/Shanghai")
    await harness.delivery_service.tick()
    await harness.until(run_id, lambda now: now.sent == 2)
    await harness.at(MORNING + timedelta(hours=3))
    await harness.finished(run_id)
    assert (await harness.times())[mover] == 1


async def test_equal_contents_share_payloads_and_empty_ones_have_none() -> None:
    wanted = {
        1: ContentPreferences(),
        2: ContentPreferences(Layout.FULL, "en"),
        3: ContentPreferences(Layout.FULL, "en", frozenset({"体育"})),
        4: ContentPreferences(categories=frozenset({"技术"})),
    }
    rendered = await render_for(edition(), wanted, TEXTS)
    assert [(one.preferences_ids, [call.part for call in one.payloads]) for one in rendered] == [
        ((1, 4), [1]),
        ((2,), [1]),
    ]


async def test_versions_of_an_edition_are_in_the_audit_log(harness: DeliveryHarness) -> None:
    await harness.publish(edition(title="错字"))
    await harness.publish(edition(title="错字"))
    await harness.publish(edition(title="正字"))
    old = edition(DAY - timedelta(days=3), published=EVE - timedelta(days=3))
    await harness.publish(old)
    async with harness.database.read() as tx:
        entries = await audit.newest(tx)
    assert [(entry.action, entry.edition, entry.detail, entry.actor) for entry in reversed(entries)] == [
        (AuditAction.PUBLISHED, DAY, "1", None),
        (AuditAction.CORRECTED, DAY, "2", None),
        (AuditAction.PUBLISHED, old.date, "1", None),
    ]
