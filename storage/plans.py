"""Plans: the rows of a wave's recipients, made where the database is. A wave in, pending deliveries out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, bindparam, func, insert, select, true

from storage.conditions import written
from storage.database import Tx
from storage.schema import DeliveryState, bodies, deliveries, subscribers
from storage.waves import Wave

EVERYBODY = 2**62
"""An id that no subscriber reaches."""


async def chunk_end(tx: Tx, wave: Wave, size: int) -> int | None:
    """The last of the wave's next `size` subscribers after its cursor; None where fewer are left."""
    statement = _nth_of_all if wave.schedule_id is None else _nth
    last: int | None = await tx.scalar(statement, _values(wave) | {"nth": size - 1})
    return last


async def plan(tx: Tx, wave: Wave, version: int, *, upto: int | None) -> int:
    """Rows for the wave's recipients after its cursor and up to a subscriber (None: all of them).

    Whoever has a row of the run already is passed over, so planning again is harmless. Answers how many rows.
    """
    statement = _plan_for_all if wave.schedule_id is None else _plan
    values = _values(wave) | {"version": version, "upto": EVERYBODY if upto is None else upto}
    return (await tx.execute(statement, values)).rowcount


async def people_left_out(tx: Tx, wave: Wave) -> int:
    """How many recipients of a wave have no row of its run."""
    statement = _left_out_of_all if wave.schedule_id is None else _left_out
    count: int = (await tx.execute(statement, _values(wave))).scalar_one()
    return count


def _values(wave: Wave) -> dict[str, Any]:
    return {"run": wave.run_id, "schedule": wave.schedule_id, "cursor": wave.cursor, "due": wave.due_at}


# Built once: SQLAlchemy takes longer to build these than SQLite to run them for a small wave.
_active = subscribers.c.active
_theirs = subscribers.c.schedule_id == bindparam("schedule")
_after = subscribers.c.id > bindparam("cursor")
_joined = subscribers.c.joined_at <= bindparam("due")
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


def _rows_for(theirs: Any, taste: Any) -> Any:
    """Who joined after the wave was due waits for the next edition."""
    ours = bodies.c.run_id == bindparam("run"), bodies.c.version == bindparam("version")
    chosen = (
        select(
            bodies.c.run_id,
            subscribers.c.id,
            bodies.c.part,
            bodies.c.id,
            written(DeliveryState.PENDING),
        )
        .join_from(subscribers, bodies, and_(*ours, taste))
        .where(theirs, _active, _joined, _after, subscribers.c.id <= bindparam("upto"), ~_has_row)
        .order_by(subscribers.c.id)
    )
    return insert(deliveries).from_select(["run_id", "subscriber_id", "part", "body_id", "state"], chosen)


def _count_left_out(theirs: Any) -> Select[Any]:
    return select(func.count()).select_from(subscribers).where(theirs, _active, _joined, ~_has_row)


_nth, _nth_of_all = _nth_after(_theirs), _nth_after(true())
_plan = _rows_for(_theirs, bodies.c.taste_id == subscribers.c.taste_id)
_plan_for_all = _rows_for(true(), bodies.c.taste_id.is_(None))
_left_out, _left_out_of_all = _count_left_out(_theirs), _count_left_out(true())
