"""Each statement that is executed often examines few rows, however many there are and whatever was counted.

Never a time: what a statement examines is the same on a busy machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, literal, select, update

from delivery.metrics import Metrics
from delivery.planner import Planner
from domain.chat.i18n import Translations
from domain.delivery.states import DeliveryState
from storage import claims, planning, reach, run_progress, snapshot
from storage import deliveries as delivery_rows
from storage import payloads as payload_rows
from storage import runs as run_rows
from storage import waves as wave_rows
from storage.claims import Settlement
from storage.database import Tx
from storage.deliveries import DueDelivery
from storage.payloads import Content, NewPayload, RenderedContent
from storage.planning import ROW_COLUMNS
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from storage.schema import content_preferences, deliveries, run_contents, runs, schedules, subscribers, waves
from tests.databases import LEASE_SECONDS
from tests.postgresql import Cluster
from tests.storage.postgresql.plans import Plan, note_plans, noted_plans

NOON = datetime(2025, 9, 12, 12, 0, tzinfo=UTC)
DAY = date(2025, 9, 12)
SMALL, LARGE = 1_000, 40_000
MILLION = pytest.param(1_000_000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])
"""Minutes for each, so `make long` runs them: the bounds are the same."""

SCHEDULES = 300
PREFERENCES = 20
PAGE, BATCH = 500, 50
FEW = 50
"""More rows of a small table than a statement on one run needs."""


@pytest.fixture
async def noted(cluster: Cluster, address: PostgresqlAddress) -> AsyncIterator[PostgresqlDatabase]:
    """Yield a database whose plans are noted, and whose rows are counted when the program says so only."""
    note_plans(cluster, address.database)
    database = await PostgresqlDatabase.open(address, lease_seconds=LEASE_SECONDS)
    assert await database.take("test")
    yield database
    await database.close()


async def _enrol(tx: Tx, people: int, *, schedule_count: int = 1, first_chat: int = 1) -> None:
    """Store subscribers; the first ones with the schedules and content preferences of all."""
    number = _numbers(people)
    if first_chat == 1:
        stored = [{"zone": "UTC", "minute_of_day": 400 + minute, "weekdays": 127} for minute in range(schedule_count)]
        await tx.execute(insert(schedules), stored)
        wanted = [{"layout": "full", "language": "zh", "categories": str(one)} for one in range(PREFERENCES)]
        await tx.execute(insert(content_preferences), wanted)
    values = {
        "bot_id": literal(1),
        "chat_id": number + first_chat - 1,
        "kind": literal("private"),
        "active": literal(True),
        "silent": literal(False),
        "language_chosen": literal(False),
        "schedule_id": 1 + number % schedule_count,
        "preferences_id": 1 + number % PREFERENCES,
        "joined_at": literal(NOON - timedelta(days=9)),
        "last_seen_at": literal(NOON - timedelta(days=9)),
    }
    await tx.execute(insert(subscribers).from_select(list(values), select(*values.values())))


def _numbers(count: int) -> Any:
    return func.generate_series(1, count).column_valued("number")


async def _add_run(tx: Tx, day: date) -> int:
    """Store a run with a wave for each schedule, all due; a tenth of its recipients get two parts."""
    run_id = await run_rows.add_digest(tx, day, published=NOON - timedelta(hours=6), upto=PREFERENCES)
    parts = NewPayload(1, "sendMessage", {}), NewPayload(2, "sendMessage", {})
    rendered = [
        RenderedContent(Content("full", "zh", (number,)), (number,), parts if number % 10 == 0 else parts[:1])
        for number in range(1, PREFERENCES + 1)
    ]
    await payload_rows.add(tx, run_id, 1, rendered)
    stored = await tx.scalars(select(schedules.c.id))
    await wave_rows.add(tx, run_id, dict.fromkeys(stored, NOON - timedelta(minutes=1)))
    return run_id


async def _plan_at_once(tx: Tx, run_id: int) -> None:
    """Insert a row for everybody as one statement, and close the waves."""
    everybody = select(literal(run_id), subscribers.c.id, *map(literal, (1, 1, 1, "pending")))
    await tx.execute(insert(deliveries).from_select(ROW_COLUMNS, everybody))
    await tx.execute(update(waves).where(waves.c.run_id == run_id).values(state="planned"))


def _rows(plans: list[Plan], table: str) -> int:
    return sum(plan.rows(table) for plan in plans)


def _assert_bounded(plans: list[Plan], **rows: int) -> None:
    """Assert that statements read no whole table, and examined at most so many rows of each."""
    assert plans
    assert [plan for plan in plans if plan.reads_whole("deliveries") or plan.reads_whole("subscribers")] == []
    assert {table: _rows(plans, table) for table in rows if _rows(plans, table) > rows[table]} == {}


async def _claim(
    database: PostgresqlDatabase, cluster: Cluster, run_id: int, *, after: int, count: int = 4
) -> list[Plan]:
    """Claim and settle so many batches of a page as the bot does; return the plans of the page and of all commits."""
    settlements: list[Settlement] = []
    with noted_plans(cluster) as page_plans:
        async with database.read() as tx:
            page = await delivery_rows.page(tx, run_id, size=PAGE, now=NOON, after=after)
    _assert_bounded(page_plans, deliveries=2 * PAGE, subscribers=PAGE, payloads=PAGE, runs=FEW)
    with noted_plans(cluster) as commits:
        for number in range(count):
            batch: list[DueDelivery] = page[number * BATCH : (number + 1) * BATCH]
            assert all(await claims.claim_and_settle(database, settlements, batch, now=NOON))
            settlements = [Settlement(key=due.key, state=DeliveryState.SENT, message_id=1) for due in batch]
        await claims.claim_and_settle(database, settlements, [], now=NOON)
    assert len(commits) == count + 1
    _assert_bounded(commits, deliveries=count * BATCH * 4, subscribers=count * BATCH * 3, runs=count * BATCH * 2)
    return commits


async def _examine(database: PostgresqlDatabase, cluster: Cluster, run_id: int) -> None:
    """Assert what the statements of each tick, card and press examine, of which none may look at the whole ledger."""
    pending_at_most_one: list[Callable[[Tx], Awaitable[Any]]] = [
        lambda tx: delivery_rows.has_pending(tx, run_id),
        lambda tx: run_rows.is_over(tx, run_id),
        lambda tx: delivery_rows.planned(tx, run_id),
        lambda tx: delivery_rows.unconfirmed(tx, run_id, limit=10),
        lambda tx: delivery_rows.settle(tx, 1, 1, 7, now=NOON),
        snapshot.load_snapshot,
        lambda tx: wave_rows.waiting(tx, until=NOON),
        claims.mark_interrupted,
    ]
    for work in pending_at_most_one:
        with noted_plans(cluster) as plans:
            async with database.write() as tx:
                await work(tx)
        _assert_bounded(plans, deliveries=1, subscribers=1, waves=2 * SCHEDULES + 2)


@pytest.mark.parametrize("counted", ["never", "empty", "pending"])
@pytest.mark.parametrize("people", [SMALL, LARGE, MILLION])
async def test_claims_cost_the_same_whatever_was_counted(
    people: int, counted: str, cluster: Cluster, noted: PostgresqlDatabase
) -> None:
    """The session's statements are prepared and planned while the ledger is small; it grows until the next count."""
    async with noted.write() as tx:
        await _enrol(tx, 2 * PAGE)
        first = await _add_run(tx, DAY - timedelta(days=1))
        await _plan_at_once(tx, first)
    if counted == "empty":
        await noted.update_statistics()
    await _claim(noted, cluster, first, after=0, count=8)
    async with noted.write() as tx:
        await tx.execute(update(deliveries).values(state="sent"))
        await _enrol(tx, people, first_chat=10_000)
        run_id = await _add_run(tx, DAY)
        await _plan_at_once(tx, run_id)
    if counted == "pending":
        await noted.update_statistics()
    await _claim(noted, cluster, run_id, after=0)
    async with noted.write() as tx:
        done = people * 4 // 5
        await tx.execute(update(deliveries).where(deliveries.c.subscriber_id <= done).values(state="sent"))
    await _claim(noted, cluster, run_id, after=done)
    await _claim(noted, cluster, run_id, after=0)
    await _examine(noted, cluster, run_id)


async def test_figures_of_a_run_count_its_own_rows_only(cluster: Cluster, noted: PostgresqlDatabase) -> None:
    async with noted.write() as tx:
        await _enrol(tx, LARGE)
        await _plan_at_once(tx, await _add_run(tx, DAY - timedelta(days=1)))
        small = await _add_run(tx, DAY)
        some = select(literal(small), _numbers(SMALL), *map(literal, (1, 1, 1, "sent")))
        await tx.execute(insert(deliveries).from_select(ROW_COLUMNS, some))
    for is_counted in (False, True):
        if is_counted:
            await noted.update_statistics()
        with noted_plans(cluster) as plans:
            async with noted.read() as tx:
                progress = await run_progress.get(tx, small)
        assert progress is not None
        assert progress.sent == SMALL
        _assert_bounded(plans, deliveries=SMALL, waves=FEW)


@pytest.mark.parametrize("people", [0, 50, 8_000, MILLION])
async def test_planning_examines_each_recipient_once(people: int, cluster: Cluster, noted: PostgresqlDatabase) -> None:
    """With hundreds of waves and tables of which nothing was ever counted; then with a full ledger."""
    async with noted.write() as tx:
        await _enrol(tx, people, schedule_count=SCHEDULES)
    planner = Planner(noted, Translations.load(), Metrics((), now=lambda: NOON))
    for day in (DAY, DAY + timedelta(days=1)):
        async with noted.write() as tx:
            await tx.execute(update(runs).values(state="finished"))
            run_id = await _add_run(tx, day)
        with noted_plans(cluster) as plans:
            await planner.plan_due(NOON)
        inserts = [plan for plan in plans if plan.statement.startswith("INSERT INTO deliveries")]
        others = [plan for plan in plans if "subscribers" in plan.statement and plan not in inserts]
        _assert_bounded(inserts, deliveries=0, waves=2 * people + 2 * SCHEDULES * len(inserts))
        assert _rows(inserts, "subscribers") <= 2 * people  # an average of each look, rounded
        assert _rows(others, "subscribers") <= people + 1
        async with noted.read() as tx:
            rows = await tx.scalar(select(func.count()).where(deliveries.c.run_id == run_id))
        assert rows == people + people // 10


async def test_recipients_with_rows_are_looked_up_one_by_one(cluster: Cluster, noted: PostgresqlDatabase) -> None:
    """Planning goes through all of them again when somebody joins, and through as many rows."""
    async with noted.write() as tx:
        await _enrol(tx, SMALL)
        run_id = await _add_run(tx, DAY)
        await _plan_at_once(tx, run_id)
        await tx.execute(update(waves).values(state="waiting"))
        (current,) = planning.planning_passes(await wave_rows.waiting(tx, until=NOON))
    with noted_plans(cluster) as plans:
        async with noted.write() as tx:
            assert await planning.plan(tx, current, 1, upto=None) == 0
    _assert_bounded(plans, deliveries=SMALL, subscribers=SMALL)


@pytest.mark.parametrize("counted", ["never", "empty", "full"])
@pytest.mark.parametrize("people", [LARGE, MILLION])
async def test_reach_examines_each_subscriber_once(
    people: int, counted: str, cluster: Cluster, noted: PostgresqlDatabase
) -> None:
    """Half of the content preferences get nothing, which is looked up for the preferences and not for each reader."""
    if counted == "empty":
        await noted.update_statistics()
    async with noted.write() as tx:
        await _enrol(tx, people, schedule_count=SCHEDULES)
        await _add_run(tx, DAY)
        await tx.execute(delete(run_contents).where(run_contents.c.preferences_id > PREFERENCES // 2))
    if counted == "full":
        await noted.update_statistics()
    with noted_plans(cluster) as plans:
        async with noted.read() as tx:
            found = await reach.of_edition(tx, DAY, NOON - timedelta(hours=6), now=NOON)
    assert found.nothing == found.without == people // 2
    for table, rows in {"subscribers": people, "deliveries": 0, "run_contents": 2 * PREFERENCES}.items():
        assert _rows(plans, table) <= rows, (table, [plan.scans for plan in plans])
