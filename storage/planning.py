"""Plans: the rows of waves' recipients, made where the database is. Waves in, pending deliveries out.

One wave is swept through by its schedule's index. Many waves of a run are swept through together, in the order of
subscribers: each for itself would touch every page of the ledger, and that as often as there are waves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import FromClause, Select, and_, bindparam, func, insert, select, true

from domain.delivery.states import DeliveryState
from storage.database import Tx
from storage.predicates import IS_WAITING, written
from storage.schema import deliveries, payloads, run_contents, subscribers, waves
from storage.waves import Wave

EVERYBODY = 2**62
"""An id that no subscriber reaches."""

MANY = 8
"""From so many waves on, one sweep through all subscribers costs less than one through each wave's."""


@dataclass(frozen=True, slots=True)
class PlanningPass:
    """Waves of one run that are planned in one go, all of them up to the subscriber `cursor`; `first` is one."""

    first: Wave
    waves: tuple[int, ...]
    cursor: int


def sweeps(due: Iterable[Wave]) -> list[PlanningPass]:
    """How to plan waves of one run: many together, few one by one."""
    found: list[PlanningPass] = []
    for _, alike in groupby(sorted(due, key=_alike), _alike):
        those = tuple(alike)
        groups = [those] if len(those) >= MANY and those[0].schedule_id is not None else [(wave,) for wave in those]
        found += [PlanningPass(group[0], tuple(wave.id for wave in group), group[0].cursor) for group in groups]
    return found


async def chunk_end(tx: Tx, sweep: PlanningPass, size: int) -> int | None:
    """The last of the sweep's next `size` subscribers; None where fewer are left."""
    one = len(sweep.waves) == 1 and sweep.first.schedule_id is not None
    last: int | None = await tx.scalar(_nth if one else _nth_of_all, _values(sweep) | {"nth": size - 1})
    return last


async def plan(tx: Tx, sweep: PlanningPass, version: int, *, upto: int | None) -> int:
    """Rows for the sweep's recipients after its cursor and up to a subscriber (None: all of them).

    Whoever has a row of the run already is passed over, so planning again is harmless. Answers how many rows.
    """
    values = _values(sweep) | {"version": version, "upto": EVERYBODY if upto is None else upto}
    if len(sweep.waves) > 1:
        return (await tx.execute(_plan_together, values | {"waves": sweep.waves})).rowcount
    statement = _plan_for_all if sweep.first.schedule_id is None else _plan
    return (await tx.execute(statement, values)).rowcount


async def count_unplanned(tx: Tx, wave: Wave) -> int:
    """How many recipients of a wave have no row of its run."""
    statement = _left_out_of_all if wave.schedule_id is None else _left_out
    count: int = (await tx.execute(statement, _values(PlanningPass(wave, (wave.id,), wave.cursor)))).scalar_one()
    return count


def _values(sweep: PlanningPass) -> dict[str, Any]:
    wave = sweep.first
    return {"run": wave.run_id, "schedule": wave.schedule_id, "cursor": sweep.cursor, "due": wave.due_at}


def _alike(wave: Wave) -> tuple[bool, int]:
    return wave.schedule_id is None, wave.cursor


# Built once: SQLAlchemy takes longer to build these than SQLite to run them for a small wave.
_active = subscribers.c.active
_theirs = subscribers.c.schedule_id == bindparam("schedule")
_after = subscribers.c.id > bindparam("cursor")
_joined = subscribers.c.joined_at <= bindparam("due")
# A wave that was set back meanwhile is not among them any more. The sum keeps SQLite from looking every wave up by its
# id for each subscriber, where one look by schedule is enough.
_these = and_(
    waves.c.run_id == bindparam("run"),
    waves.c.schedule_id == subscribers.c.schedule_id,
    (waves.c.id + 0).in_(bindparam("waves", expanding=True)),
    waves.c.cursor == bindparam("cursor"),
    IS_WAITING,
)
_has_row = (
    select(deliveries.c.run_id)
    .where(deliveries.c.run_id == bindparam("run"), deliveries.c.subscriber_id == subscribers.c.id)
    .exists()
)


def _nth_after(theirs: Any) -> Select[Any]:
    return (
        select(subscribers.c.id)
        .where(theirs, _active, _after)
        .order_by(subscribers.c.id)
        .offset(bindparam("nth"))
        .limit(1)
    )


def _join_payloads(*, by_preferences: bool) -> FromClause:
    """Join subscribers with the payloads of a version that they get: by their content preferences, or all of them."""
    of_version = and_(payloads.c.run_id == bindparam("run"), payloads.c.version == bindparam("version"))
    if not by_preferences:
        return subscribers.join(payloads, of_version)
    gets = and_(
        run_contents.c.run_id == bindparam("run"), run_contents.c.preferences_id == subscribers.c.preferences_id
    )
    return subscribers.join(run_contents, gets).join(
        payloads, and_(of_version, payloads.c.content_id == run_contents.c.content_id)
    )


def _rows_for(theirs: Any, joined: Any = _joined, *, by_preferences: bool = True) -> Any:
    """Return the insert of the rows of recipients; who joined after the wave was due waits for the next edition."""
    chosen = (
        select(
            payloads.c.run_id,
            subscribers.c.id,
            payloads.c.part,
            payloads.c.content_id,
            payloads.c.id,
            written(DeliveryState.PENDING),
        )
        .select_from(_join_payloads(by_preferences=by_preferences))
        .where(theirs, _active, joined, _after, subscribers.c.id <= bindparam("upto"), ~_has_row)
        .order_by(subscribers.c.id)
    )
    return insert(deliveries).from_select(
        ["run_id", "subscriber_id", "part", "content_id", "payload_id", "state"], chosen
    )


def _count_left_out(theirs: Any) -> Select[Any]:
    return select(func.count()).select_from(subscribers).where(theirs, _active, _joined, ~_has_row)


_nth, _nth_of_all = _nth_after(_theirs), _nth_after(true())
_plan = _rows_for(_theirs)
_plan_together = _rows_for(_these, subscribers.c.joined_at <= waves.c.due_at)
_plan_for_all = _rows_for(true(), by_preferences=False)
_left_out, _left_out_of_all = _count_left_out(_theirs), _count_left_out(true())
