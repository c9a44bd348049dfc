"""What becomes of a due wave: planned now, a chunk at a time; postponed, superseded or missed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog.testing

from delivery import planner as planner_module
from delivery.metrics import Metrics
from delivery.planner import (
    CHUNK_SHARE,
    FIRST_CHUNK_RECIPIENTS,
    MAX_CHUNK_RECIPIENTS,
    MIN_CHUNK_RECIPIENTS,
    STEP_SECONDS,
    Planner,
)
from domain.chat.event import Chat, ChatKind
from domain.delivery.progress import CardMessage
from domain.delivery.reasons import RunStateReason
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences, Layout
from domain.subscription.subscriber import LeftReason
from domain.subscription.wave_decision import allowed_at
from storage import planning, runs, subscribers, waves
from storage.database import Tx
from storage.planning import MANY_WAVES, PlanningPass
from storage.waves import Wave
from tests.databases import as_text, sql
from tests.delivery.harness import (
    ADMIN,
    DAY,
    DEFAULT_SCHEDULE,
    EVE,
    MORNING,
    TEXTS,
    DeliveryHarness,
    edition,
    run_of,
)
from tests.waiting import PATIENCE

NINE = Schedule("Asia/Shanghai", 9 * 60)
HOUR = timedelta(hours=1)
CHUNK_SECONDS = STEP_SECONDS * CHUNK_SHARE


@pytest.fixture
def metrics() -> Metrics:
    return Metrics((), now=lambda: MORNING)


@pytest.fixture
def planner(idle: DeliveryHarness, metrics: Metrics) -> Planner:
    return Planner(idle.database, TEXTS, metrics)


async def _states(harness: DeliveryHarness) -> list[tuple[object, ...]]:
    """Return run, state, cursor, number of missed recipients and due instant of all waves."""
    rows = "SELECT run_id, state, cursor, missed, due_at FROM waves ORDER BY due_at, run_id"
    async with harness.database.read() as tx:
        found = await tx.exec_driver_sql(rows)
        return [(row.run_id, row.state, row.cursor, row.missed, as_text(row.due_at)[:16]) for row in found]


async def _due(harness: DeliveryHarness, now: datetime = MORNING) -> list[Wave]:
    async with harness.database.read() as tx:
        return await waves.waiting(tx, until=now)


async def _recipients(harness: DeliveryHarness) -> list[int]:
    async with harness.database.read() as tx:
        return list((await tx.exec_driver_sql("SELECT subscriber_id FROM deliveries ORDER BY 1")).scalars())


@pytest.mark.parametrize(
    ("published", "now", "at"),
    [
        (EVE, EVE, MORNING),
        (EVE, MORNING, MORNING),
        (EVE, MORNING + HOUR, MORNING + HOUR),
        (EVE, MORNING + 6 * HOUR, None),
        (MORNING + HOUR, MORNING, MORNING + HOUR),
        (MORNING + 7 * HOUR, MORNING, MORNING + 24 * HOUR),
        (MORNING, MORNING + 6 * HOUR, MORNING + 24 * HOUR),  # exactly a day later
        (MORNING - timedelta(seconds=1), MORNING + 6 * HOUR, None),
    ],
)
def test_instant_from_which_a_late_edition_may_go(published: datetime, now: datetime, at: datetime | None) -> None:
    assert allowed_at(published, DEFAULT_SCHEDULE, now) == at


async def test_due_waves_are_planned_and_no_others(idle: DeliveryHarness, planner: Planner) -> None:
    eight, nine = await idle.audience([1, 2]), await idle.audience([3], NINE)
    run_id = run_of(await idle.publish())
    assert await planner.plan_due(MORNING - timedelta(seconds=1)) == frozenset()
    with structlog.testing.capture_logs() as logs:
        assert await planner.plan_due(MORNING) == {run_id}
    assert [(entry["event"], entry["run"], entry["rows"]) for entry in logs] == [("run_planned", run_id, 2)]
    assert await _recipients(idle) == eight
    assert [row[1] for row in await _states(idle)] == ["planned", "waiting"]
    assert 0 < planner.longest_step_seconds < PATIENCE
    assert await planner.plan_due(MORNING) == frozenset()
    assert await planner.plan_due(MORNING + HOUR) == {run_id}
    assert await _recipients(idle) == eight + nine


async def test_runs_due_together_are_all_planned(idle: DeliveryHarness, planner: Planner) -> None:
    """Broadcasts belong to no schedule, and are never too late."""
    people = await idle.audience([1, 2])
    async with idle.database.write() as tx:
        broadcasts = []
        for number in range(2):
            body = {"text": f"news {number}"}
            run_id = await runs.draft_broadcast(tx, actor=ADMIN, method="sendMessage", body=body, now=MORNING)
            assert await runs.confirm(tx, run_id, actor=ADMIN, card=CardMessage(ADMIN, number), now=MORNING)
            broadcasts.append(run_id)
    digest = run_of(await idle.publish())
    assert await planner.plan_due(MORNING + HOUR) == {digest, *broadcasts}
    assert await _recipients(idle) == sorted(people * 3)


async def test_late_wave_waits_for_the_next_window(idle: DeliveryHarness, planner: Planner) -> None:
    await idle.audience([1])
    run_id = run_of(await idle.publish(edition(published=MORNING + HOUR)))
    assert await planner.plan_due(MORNING + 6 * HOUR) == {run_id}
    assert await _states(idle) == [(run_id, "waiting", 0, 0, "2025-09-13 00:00")]
    assert await _recipients(idle) == []
    await planner.plan_due(MORNING + 24 * HOUR)
    assert len(await _recipients(idle)) == 1


async def test_missed_wave_is_closed_and_its_people_counted(
    idle: DeliveryHarness, planner: Planner, metrics: Metrics
) -> None:
    await idle.audience([1, 2])
    await idle.audience([3], NINE)
    run_id = run_of(await idle.publish())
    with structlog.testing.capture_logs() as logs:
        assert await planner.plan_due(MORNING + 6 * HOUR) == {run_id}
    assert [(row[1], row[3]) for row in await _states(idle)] == [("missed", 2), ("planned", 0)]
    assert metrics.registry.get_sample_value("digestbot_missed_recipients_total") == 2
    assert [entry["recipients"] for entry in logs if entry["event"] == "wave_missed"] == [2]
    assert len(await _recipients(idle)) == 1


async def test_missed_wave_of_nobody_is_not_reported(idle: DeliveryHarness, planner: Planner) -> None:
    (subscriber_id,) = await idle.audience([1])
    await idle.publish()
    async with idle.database.write() as tx:
        await subscribers.deactivate(tx, subscriber_id, LeftReason.STOPPED, now=EVE)
    with structlog.testing.capture_logs() as logs:
        await planner.plan_due(MORNING + 6 * HOUR)
    assert [row[1] for row in await _states(idle)] == ["missed"]
    assert logs == []


async def test_older_of_two_due_editions_is_superseded(idle: DeliveryHarness, planner: Planner) -> None:
    """Only where the newer one is due as well, and only within two days."""
    await idle.audience([1])
    await idle.audience([2], NINE)
    older = run_of(await idle.publish(edition(DAY - timedelta(days=1), published=EVE - 8 * HOUR)))
    newer = run_of(await idle.publish(edition(published=MORNING + timedelta(minutes=30))))
    async with idle.database.write() as tx:
        at = MORNING.replace(hour=3)
        await sql(tx, "UPDATE waves SET due_at = ? WHERE run_id = ? AND due_at > '2025-09-12 00:59'", at, newer)
    await planner.plan_due(MORNING + HOUR)
    assert [row[:2] for row in await _states(idle)] == [
        (older, "superseded"),
        (newer, "planned"),
        (older, "planned"),
        (newer, "waiting"),
    ]


async def test_edition_sent_before_its_day_takes_no_place(idle: DeliveryHarness, planner: Planner) -> None:
    """Neither that of one published after it, nor that of one that is due with it; each comes once."""
    await idle.audience([1])
    today = run_of(await idle.publish(edition(published=MORNING)))
    early = run_of(await idle.publish(edition(DAY + timedelta(days=3), published=MORNING)))
    await planner.plan_due(MORNING)
    tomorrow = run_of(await idle.publish(edition(DAY + timedelta(days=1), published=MORNING + 12 * HOUR)))
    await planner.plan_due(MORNING + 24 * HOUR)
    await planner.plan_due(MORNING + 96 * HOUR)
    assert sorted(row[:2] for row in await _states(idle)) == [
        (today, "planned"),
        (early, "planned"),
        (tomorrow, "planned"),
    ]


async def test_edition_sent_before_its_day_takes_places_from_its_day_on(
    idle: DeliveryHarness, planner: Planner
) -> None:
    await idle.audience([1])
    early = run_of(await idle.publish(edition(DAY + timedelta(days=2), published=MORNING + HOUR)))
    await planner.plan_due(MORNING + HOUR)
    older = run_of(await idle.publish(edition(DAY + timedelta(days=1), published=MORNING + 40 * HOUR)))
    await planner.plan_due(MORNING + 48 * HOUR)
    assert [row[:2] for row in await _states(idle)] == [(early, "planned"), (older, "superseded")]


async def test_run_paused_meanwhile_is_not_planned(idle: DeliveryHarness, planner: Planner) -> None:
    await idle.audience([1])
    run_id = run_of(await idle.publish())
    due = await _due(idle)
    async with idle.database.write() as tx:
        assert await runs.pause(tx, run_id, RunStateReason.ADMIN)
    with structlog.testing.capture_logs() as logs:
        await planner._plan_run(run_id, due)
    assert [entry["rows"] for entry in logs] == [0]
    assert await _recipients(idle) == []
    passes = planning.planning_passes(due)
    async with idle.database.write() as tx:
        assert await planner._plan_step(tx, 4711, passes, until=0) == 0
    assert passes == []


async def test_step_waits_for_payloads_of_new_preferences(idle: DeliveryHarness, planner: Planner) -> None:
    await idle.audience([1])
    run_id = run_of(await idle.publish())
    await idle.audience([2], preferences=ContentPreferences(Layout.FULL, "en"))
    passes = planning.planning_passes(await _due(idle))
    async with idle.database.write() as tx:
        assert await planner._plan_step(tx, run_id, passes, until=0) is None
    assert len(passes) == 1
    await planner.plan_due(MORNING)
    assert len(await _recipients(idle)) == 2


class OvertakenPlanner(Planner):
    """Planner in whose first step somebody joins with preferences that nobody had."""

    is_overtaken = False

    async def _plan_step(self, tx: Tx, run_id: int, passes: list[PlanningPass], **options: Any) -> int | None:
        if not self.is_overtaken:
            self.is_overtaken = True
            wishes = DEFAULT_SCHEDULE, ContentPreferences(Layout.FULL, "en")
            joined = await subscribers.add(tx, Chat(2, ChatKind.PRIVATE), wishes, now=EVE)
            await subscribers.activate(tx, joined.id, now=EVE)
        return await super()._plan_step(tx, run_id, passes, **options)


async def test_preferences_that_come_between_steps_are_rendered(idle: DeliveryHarness, metrics: Metrics) -> None:
    await idle.audience([1])
    await idle.publish()
    await OvertakenPlanner(idle.database, TEXTS, metrics).plan_due(MORNING)
    assert len(await _recipients(idle)) == 2


async def _passes(harness: DeliveryHarness, planner: Planner, people: int) -> tuple[int, list[PlanningPass]]:
    """Return a run for so many people and its pass; two of them are a chunk."""
    await harness.audience(range(1, people + 1))
    run_id = run_of(await harness.publish())
    planner._chunk_size = 2
    return run_id, planning.planning_passes(await _due(harness))


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a chunk hold two recipients."""
    monkeypatch.setattr(planner_module, "MIN_CHUNK_RECIPIENTS", 2)
    monkeypatch.setattr(planner_module, "MAX_CHUNK_RECIPIENTS", 2)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(("distance", "second"), [(2, 4), (3, 2)])
async def test_chunks_follow_one_another(
    idle: DeliveryHarness, planner: Planner, monkeypatch: pytest.MonkeyPatch, distance: int, second: int
) -> None:
    """The first cursor is stored at once, the next one when it is far enough."""
    monkeypatch.setattr(planner_module, "CURSOR_DISTANCE", distance)
    run_id, passes = await _passes(idle, planner, 5)
    seen = []
    for _ in range(3):
        async with idle.database.write() as tx:
            rows = await planner._plan_step(tx, run_id, passes, until=0)
        ((_, state, cursor, _, _),) = await _states(idle)
        seen.append((rows, state, cursor, len(passes)))
    assert seen == [(2, "waiting", 2, 1), (2, "waiting", second, 1), (1, "planned", second, 0)]
    assert await _recipients(idle) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("steps", [1, 2])
async def test_wave_that_is_set_back_between_steps_is_planned_again(
    idle: DeliveryHarness, planner: Planner, steps: int
) -> None:
    """The first person comes back behind the pass, whose second step stores no cursor."""
    async with idle.database.write() as tx:
        wishes = DEFAULT_SCHEDULE, ContentPreferences()
        returning = await subscribers.add(tx, Chat(9, ChatKind.PRIVATE), wishes, now=EVE)
    run_id, passes = await _passes(idle, planner, 5)
    for _ in range(steps):
        async with idle.database.write() as tx:
            assert await planner._plan_step(tx, run_id, passes, until=0) == 2
    async with idle.database.write() as tx:
        await subscribers.activate(tx, returning.id, now=EVE)
        schedule_id = passes[0].first.schedule_id
        assert schedule_id is not None
        await waves.set_waiting(tx, run_id, schedule_id, passes[0].first.due_at)
    while passes:
        async with idle.database.write() as tx:
            await planner._plan_step(tx, run_id, passes, until=0)
    assert returning.id not in await _recipients(idle)
    await planner.plan_due(MORNING)
    assert await _recipients(idle) == [1, 2, 3, 4, 5, 6]


@pytest.mark.usefixtures("small_chunks")
async def test_step_plans_as_many_chunks_as_time_allows(idle: DeliveryHarness, planner: Planner) -> None:
    run_id, passes = await _passes(idle, planner, 5)
    async with idle.database.write() as tx:
        assert await planner._plan_step(tx, run_id, passes, until=float("inf")) == 5
    assert passes == []


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("people", range(1, 10))
@pytest.mark.parametrize("until", [0, float("inf")])
async def test_chunks_in_several_transactions_follow_one_another(
    idle: DeliveryHarness, planner: Planner, people: int, until: float
) -> None:
    run_id, passes = await _passes(idle, planner, people)
    rows = []
    while passes:
        async with idle.database.write_in_parallel() as (tx, *further):
            rows.append(await planner._plan_step(tx, run_id, passes, further=further, until=until) or 0)
    assert sum(rows) == people
    assert await _recipients(idle) == list(range(1, people + 1))
    assert [row[1] for row in await _states(idle)] == ["planned"]
    if not until:
        together = 1 + len(further)
        assert rows == [min(2 * together, people - done) for done in range(0, people + 1, 2 * together)]


@pytest.mark.usefixtures("small_chunks")
async def test_passes_with_the_same_recipients_do_not_wait_for_one_another(
    idle: DeliveryHarness, planner: Planner
) -> None:
    """No transaction sees what another one has planned: it would plan the same again, and wait for ever."""
    run_id, passes = await _passes(idle, planner, 5)
    passes += passes
    rows = []
    async with asyncio.timeout(PATIENCE):
        while passes:
            async with idle.database.write_in_parallel() as (tx, *further):
                rows.append(await planner._plan_step(tx, run_id, passes, further=further, until=float("inf")))
    assert sum(row or 0 for row in rows) == 5
    assert await _recipients(idle) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("small_chunks")
async def test_what_only_the_second_transaction_has_planned_is_passed_over(
    idle: DeliveryHarness, planner: Planner
) -> None:
    run_id, passes = await _passes(idle, planner, 5)
    at_first = list(passes)
    async with idle.database.write() as tx:
        current = replace(passes[0], after=2)
        assert await planning.plan(tx, current, 1, upto=4) == 2
    assert await planner.plan_due(MORNING) == {run_id}
    assert passes == at_first
    assert await _recipients(idle) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("small_chunks")
async def test_steps_add_up(idle: DeliveryHarness, planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner_module, "STEP_SECONDS", 0)
    run_id, _ = await _passes(idle, planner, 5)
    with structlog.testing.capture_logs() as logs:
        await planner.plan_due(MORNING)
    assert [(entry["run"], entry["rows"]) for entry in logs] == [(run_id, 5)]
    assert await _recipients(idle) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("seconds", "is_full", "size"),
    [
        (CHUNK_SECONDS, True, FIRST_CHUNK_RECIPIENTS),
        (CHUNK_SECONDS / 2, True, 2 * FIRST_CHUNK_RECIPIENTS),
        (CHUNK_SECONDS / 20, True, 2 * FIRST_CHUNK_RECIPIENTS),
        (CHUNK_SECONDS / 2, False, FIRST_CHUNK_RECIPIENTS),
        (CHUNK_SECONDS * 2, True, FIRST_CHUNK_RECIPIENTS // 2),
        (CHUNK_SECONDS * 2, False, FIRST_CHUNK_RECIPIENTS // 2),
        (1000.0, True, MIN_CHUNK_RECIPIENTS),
        (0.0, True, 2 * FIRST_CHUNK_RECIPIENTS),
    ],
)
def test_next_chunk_fits_the_step(
    idle: DeliveryHarness, planner: Planner, seconds: float, size: int, *, is_full: bool
) -> None:
    planner._adapt_chunk_size(seconds * idle.database.step_factor, is_full=is_full)
    assert planner._chunk_size == size


def test_chunks_grow_up_to_a_limit(planner: Planner) -> None:
    for _ in range(9):
        planner._adapt_chunk_size(0.0, is_full=True)
    assert planner._chunk_size == MAX_CHUNK_RECIPIENTS


async def test_rows_are_counted_before_many_waves_and_at_the_end(
    idle: DeliveryHarness, planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that knows of no waves looks at each of them for each recipient."""
    counted: list[tuple[bool, int]] = []

    async def note_rows(*, with_deliveries: bool = True) -> None:
        counted.append((with_deliveries, len(await _recipients(idle))))

    monkeypatch.setattr(idle.database, "update_statistics", note_rows)
    monkeypatch.setattr(planner_module, "MIN_COUNTED_ROWS", 10)
    for minute in range(MANY_WAVES):
        await idle.audience([minute + 1], replace(DEFAULT_SCHEDULE, minute_of_day=470 + minute))
    await idle.audience([101, 102], NINE)
    await idle.publish()
    await planner.plan_due(MORNING)
    assert counted == [(False, 0)]  # too few new rows
    await planner.plan_due(MORNING + HOUR)
    assert counted == [(False, 0), (True, MANY_WAVES + 2)]
