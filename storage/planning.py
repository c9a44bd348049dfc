"""Insert the delivery rows of waves' recipients, inside the database.

A single wave is planned along the index of its schedule. Many waves of a run are planned together, in the order of
subscribers: one after the other, each would touch every page of the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import FromClause, Select, and_, bindparam, func, insert, or_, select, text, true

from domain.delivery.segment import Segment
from domain.delivery.states import DeliveryState
from domain.edition_day import DEFAULT_SLOT
from storage.database import Tx
from storage.predicates import DIALECTS, IS_WAITING, is_among, without_index, written
from storage.schema import deliveries, payloads, run_contents, slot_schedules, subscribers, waves
from storage.segments import matches
from storage.waves import Wave

MAX_SUBSCRIBER_ID = 2**62
"""An id that no subscriber reaches."""

MANY_WAVES = 8
"""From so many waves on, one pass through all subscribers costs less than a pass for each wave."""


@dataclass(frozen=True, slots=True)
class PlanningPass:
    """Waves of one run that are planned together; `first` is one of them.

    `cursor` is what the waves have stored, and `after` the subscriber that the pass goes on after, which may be ahead.
    """

    first: Wave
    waves: tuple[int, ...]
    cursor: int
    after: int


def planning_passes(due: Iterable[Wave]) -> list[PlanningPass]:
    """Return the passes that plan waves of one run: many waves together, few one by one."""
    passes: list[PlanningPass] = []
    for _, group in groupby(sorted(due, key=_grouping), _grouping):
        alike = tuple(group)
        together = len(alike) >= MANY_WAVES and alike[0].schedule_id is not None
        groups = [alike] if together else [(wave,) for wave in alike]
        passes += [_begin(members) for members in groups]
    return passes


def _begin(together: tuple[Wave, ...]) -> PlanningPass:
    first = together[0]
    return PlanningPass(first, tuple(wave.id for wave in together), first.cursor, after=first.cursor)


async def chunk_end(tx: Tx, current: PlanningPass, size: int, *, slot: str = DEFAULT_SLOT) -> int | None:
    """Return the last of a pass's next `size` subscribers; None if fewer are left."""
    has_schedule = len(current.waves) == 1 and current.first.schedule_id is not None
    statement, values = _nth if has_schedule else _nth_of_all, _values(tx, current)
    if has_schedule and slot != DEFAULT_SLOT:
        statement, values = _nth_of_slot, values | {"slot": slot}
    last: int | None = await tx.scalar(statement, values | {"nth": size - 1})
    return last


async def plan(
    tx: Tx,
    current: PlanningPass,
    version: int,
    *,
    upto: int | None,
    segment: Segment | None = None,
    recap_weekday: int | None = None,
    slot: str = DEFAULT_SLOT,
) -> int:
    """Insert the rows of the pass's recipients up to a subscriber (None: all of them); return how many rows.

    A broadcast goes to a segment, and all get the same of it.
    A recap goes to those who chose its weekday before it was due, and so does an edition to those who chose its slot.
    Recipients that have a row of the run are passed over, so planning again is harmless. A full chunk of a digest is
    asked at once whether anybody has one, since to look for each recipient's costs a tenth of planning.
    """
    values = _values(tx, current) | {"version": version, "upto": MAX_SUBSCRIBER_ID if upto is None else upto}
    if recap_weekday is not None:
        many = {"waves": list(current.waves)} if len(current.waves) > 1 else {}
        return (await tx.execute(_plan_recap(tx, current, recap_weekday), values | many)).rowcount
    if segment is not None:
        many = {"waves": list(current.waves)} if len(current.waves) > 1 else {}
        return (await tx.execute(_plan_segment(tx, current, segment), values | many)).rowcount
    if slot != DEFAULT_SLOT:
        many = {"waves": list(current.waves)} if len(current.waves) > 1 else {}
        planned = _plan_slot_together[tx.dialect.name] if many else _plan_slot
        return (await tx.execute(planned, values | many | {"slot": slot})).rowcount
    if current.first.schedule_id is None:
        return (await tx.execute(_plan_for_all, values)).rowcount
    if tx.dialect.name == "postgresql":
        await tx.execute(_SETTINGS_OF_A_CHUNK)
    has_rows = upto is None or bool(await tx.scalar(_rows_exist, values))
    if len(current.waves) > 1:
        together = _plan_together if has_rows else _plan_together_first
        return (await tx.execute(together[tx.dialect.name], values | {"waves": list(current.waves)})).rowcount
    return (await tx.execute(_plan if has_rows else _plan_first, values)).rowcount


def _plan_recap(tx: Tx, current: PlanningPass, weekday: int) -> Any:
    """Return the insert of the rows of a recap."""
    if len(current.waves) > 1:
        return _rows_for(and_(_of_waves[tx.dialect.name], _chose(weekday, waves.c.due_at)), _gets(waves.c.due_at))
    return _rows_for(and_(_of_schedule, _chose(weekday, bindparam("due"))))


def _chose(weekday: int, due: Any) -> Any:
    return and_(subscribers.c.recap_weekday == weekday, subscribers.c.recap_since <= due)


def _plan_segment(tx: Tx, current: PlanningPass, segment: Segment) -> Any:
    """Return the insert of the rows of a broadcast, which all of its recipients get the same of."""
    chosen = matches(segment, bot_id=tx.bot_id, at=current.first.due_at)
    if len(current.waves) > 1:
        gets = _gets(waves.c.due_at)
        return _rows_for(and_(_of_waves[tx.dialect.name], chosen), gets, by_preferences=False)
    of_wave = true() if current.first.schedule_id is None else _of_schedule
    return _rows_for(and_(of_wave, chosen), by_preferences=False)


async def plan_recall(tx: Tx, current: PlanningPass, recalled: int, *, upto: int | None) -> int:
    """Insert a row for each message that a pass's subscribers up to one have of a recalled run; return how many."""
    values = _values(tx, current) | {"recalled": recalled, "upto": MAX_SUBSCRIBER_ID if upto is None else upto}
    return (await tx.execute(_plan_recall, values)).rowcount


async def plan_pins(tx: Tx, current: PlanningPass, pinned: int, *, upto: int | None) -> int:
    """Insert a row for each first message that a pass's subscribers up to one have of a broadcast, unless it has one.

    Return how many.
    """
    values = _values(tx, current) | {"recalled": pinned, "upto": MAX_SUBSCRIBER_ID if upto is None else upto}
    return (await tx.execute(_plan_pins, values)).rowcount


async def count_unplanned(tx: Tx, wave: Wave, *, slot: str = DEFAULT_SLOT) -> int:
    """Return how many recipients of a wave have no row of its run."""
    statement = _all_without_row if wave.schedule_id is None else _without_row
    values = _values(tx, _begin((wave,)))
    if slot != DEFAULT_SLOT:
        statement, values = _without_row_of_slot, values | {"slot": slot}
    count: int = (await tx.execute(statement, values)).scalar_one()
    return count


def _values(tx: Tx, current: PlanningPass) -> dict[str, Any]:
    wave = current.first
    return {
        "bot": tx.bot_id,
        "run": wave.run_id,
        "schedule": wave.schedule_id,
        "cursor": current.cursor,
        "after": current.after,
        "due": wave.due_at,
    }


def _grouping(wave: Wave) -> tuple[bool, int]:
    return wave.schedule_id is None, wave.cursor


# For the rest of a transaction. A chunk has thousands of recipients, and the waves, contents and payloads of a run are
# some hundreds: to look them up for each recipient takes PostgreSQL longer than to insert the row. And nothing waits
# for the commit: a claim of these rows comes after it in the log, and what a crash undoes is planned again.
_SETTINGS_OF_A_CHUNK = text(
    "SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_nestloop', 'off', true),"
    " set_config('synchronous_commit', 'off', true)"
)

# Built once: building them takes SQLAlchemy longer than SQLite needs to plan a small wave.
_active = and_(subscribers.c.bot_id == bindparam("bot"), subscribers.c.active)
_of_schedule = subscribers.c.schedule_id == bindparam("schedule")
_after = subscribers.c.id > bindparam("after")


def _gets(due: Any) -> Any:
    """Return who gets what is due at an instant.

    Who joined, or whose pause ended, after it was due waits for the next (`domain.subscription.pause.is_withheld`).
    """
    paused_until = subscribers.c.paused_until
    return and_(subscribers.c.joined_at <= due, or_(paused_until.is_(None), paused_until <= due))


_gets_wave = _gets(bindparam("due"))
# A wave that was set back to its beginning meanwhile is not among them any more.
_waves_of_pass = {
    dialect: and_(
        waves.c.run_id == bindparam("run"),
        is_among(without_index(waves.c.id), "waves", dialect),
        waves.c.cursor == bindparam("cursor"),
        IS_WAITING,
    )
    for dialect in DIALECTS
}
_of_waves = {
    dialect: and_(of_pass, waves.c.schedule_id == subscribers.c.schedule_id)
    for dialect, of_pass in _waves_of_pass.items()
}
_chose_slot = and_(
    slot_schedules.c.bot_id == bindparam("bot"),
    slot_schedules.c.slot == bindparam("slot"),
    slot_schedules.c.subscriber_id == subscribers.c.id,
)
_of_slot = and_(_chose_slot, slot_schedules.c.schedule_id == bindparam("schedule"))
_of_slot_waves = {
    dialect: and_(of_pass, _chose_slot, waves.c.schedule_id == slot_schedules.c.schedule_id)
    for dialect, of_pass in _waves_of_pass.items()
}


def _gets_slot(due: Any) -> Any:
    """Return who gets an edition of a slot that is due at an instant: they chose the slot before."""
    return and_(_gets(due), slot_schedules.c.since <= due)


# With an offset, or PostgreSQL may join all rows of the run, or of a chunk row by row, instead of looking up each.
_has_row = (
    select(deliveries.c.run_id)
    .where(deliveries.c.run_id == bindparam("run"), deliveries.c.subscriber_id == subscribers.c.id)
    .offset(0)
    .exists()
)


_rows_exist = select(
    select(deliveries.c.run_id)
    .where(
        deliveries.c.run_id == bindparam("run"),
        deliveries.c.subscriber_id > bindparam("after"),
        deliveries.c.subscriber_id <= bindparam("upto"),
    )
    .exists()
)


def _nth_after(of_wave: Any) -> Select[Any]:
    return (
        select(subscribers.c.id)
        .where(of_wave, _active, _after)
        .order_by(subscribers.c.id)
        .offset(bindparam("nth"))
        .limit(1)
    )


ROW_COLUMNS = ["run_id", "subscriber_id", "part", "content_id", "payload_id", "state"]
"""Columns of `deliveries` that `select_rows` fills."""


def select_rows(*, by_preferences: bool) -> Select[Any]:
    """Return the pending rows of a version for its recipients, who are still to be chosen.

    They get its payloads by their content preferences, or all of them.
    """
    row = payloads.c.run_id, subscribers.c.id, payloads.c.part, payloads.c.content_id, payloads.c.id
    return select(*row, written(DeliveryState.PENDING)).select_from(_join_payloads(by_preferences=by_preferences))


def _join_payloads(*, by_preferences: bool) -> FromClause:
    of_version = and_(payloads.c.run_id == bindparam("run"), payloads.c.version == bindparam("version"))
    if not by_preferences:
        return subscribers.join(payloads, of_version)
    gets = and_(
        run_contents.c.run_id == bindparam("run"), run_contents.c.preferences_id == subscribers.c.preferences_id
    )
    return subscribers.join(run_contents, gets).join(
        payloads, and_(of_version, payloads.c.content_id == run_contents.c.content_id)
    )


def _select_rows_of_materialized_parts() -> Select[Any]:
    """Return the rows that `select_rows` returns by preferences, in half the time for thousands of recipients.

    The parts for each of the preferences are looked up once, and each recipient's among these.
    """
    columns = payloads.c.run_id, payloads.c.part, payloads.c.content_id, payloads.c.id
    of_version = and_(payloads.c.run_id == bindparam("run"), payloads.c.version == bindparam("version"))
    parts = (
        select(run_contents.c.preferences_id, *columns)
        .join(payloads, and_(of_version, payloads.c.content_id == run_contents.c.content_id))
        .where(run_contents.c.run_id == bindparam("run"))
        .offset(0)  # materializes it; of a statement that begins with WITH sqlite3 would count no rows
        .subquery("parts")
    )
    row = parts.c.run_id, subscribers.c.id, parts.c.part, parts.c.content_id, parts.c.id
    preferences = without_index(subscribers.c.preferences_id)  # else SQLite may look up the recipients of each part
    return select(*row, written(DeliveryState.PENDING)).select_from(
        subscribers.join(parts, parts.c.preferences_id == preferences)
    )


def _rows_for(
    of_wave: Any,
    gets: Any = _gets_wave,
    *,
    by_preferences: bool = True,
    has_many: bool = False,
    without_row: Any = ~_has_row,
) -> Any:
    """Return the insert of the rows of recipients; `has_many`: thousands of them, by preferences."""
    rows = _select_rows_of_materialized_parts() if has_many else select_rows(by_preferences=by_preferences)
    chosen = rows.where(of_wave, _active, gets, _after, subscribers.c.id <= bindparam("upto"), without_row)
    return insert(deliveries).from_select(ROW_COLUMNS, chosen.order_by(subscribers.c.id))


def _count_without_row(of_wave: Any, gets: Any = _gets_wave) -> Select[Any]:
    return select(func.count(subscribers.c.id)).where(of_wave, _active, gets, ~_has_row)


_nth, _nth_of_all = _nth_after(_of_schedule), _nth_after(true())
# `_first`: for a chunk in which nobody has a row of the run yet.
_plan, _plan_first = _rows_for(_of_schedule), _rows_for(_of_schedule, without_row=true())
_together = {"gets": _gets(waves.c.due_at), "has_many": True}
_plan_together = {dialect: _rows_for(of_waves, **_together) for dialect, of_waves in _of_waves.items()}
_plan_together_first = {
    dialect: _rows_for(of_waves, **_together, without_row=true()) for dialect, of_waves in _of_waves.items()
}
_nth_of_slot = _nth_after(_of_slot)
_plan_slot = _rows_for(_of_slot, _gets_slot(bindparam("due")))
_plan_slot_together = {
    dialect: _rows_for(of_waves, _gets_slot(waves.c.due_at)) for dialect, of_waves in _of_slot_waves.items()
}
_plan_for_all = _rows_for(true(), by_preferences=False)
_recalled = deliveries.alias("recalled")
_recall_row = (
    payloads.c.run_id,
    _recalled.c.subscriber_id,
    _recalled.c.part,
    payloads.c.content_id,
    payloads.c.id,
    written(DeliveryState.PENDING),
    _recalled.c.message_id,
)
_recalled_messages = (
    select(*_recall_row)
    .select_from(_recalled.join(payloads, payloads.c.run_id == bindparam("run")))
    .where(
        _recalled.c.run_id == bindparam("recalled"),
        _recalled.c.state == written(DeliveryState.SENT),
        _recalled.c.message_id.is_not(None),
        _recalled.c.subscriber_id > bindparam("after"),
        _recalled.c.subscriber_id <= bindparam("upto"),
    )
    .order_by(_recalled.c.subscriber_id, _recalled.c.part)
)
_plan_recall = insert(deliveries).from_select([*ROW_COLUMNS, "message_id"], _recalled_messages)
_pinned = deliveries.alias("pinned")
_has_pin = select(_pinned.c.part).where(
    _pinned.c.run_id == bindparam("run"), _pinned.c.subscriber_id == _recalled.c.subscriber_id
)
_plan_pins = insert(deliveries).from_select(
    [*ROW_COLUMNS, "message_id"], _recalled_messages.where(_recalled.c.part == 1, ~_has_pin.exists())
)
_without_row, _all_without_row = _count_without_row(_of_schedule), _count_without_row(true())
_without_row_of_slot = _count_without_row(_of_slot, _gets_slot(bindparam("due")))
