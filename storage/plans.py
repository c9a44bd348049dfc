"""Plans: the rows of a wave's recipients, made where the database is. A wave in, pending deliveries out."""

from __future__ import annotations

from sqlalchemy import and_, func, literal, select

from storage.conflict import insert
from storage.database import Tx
from storage.schema import DeliveryState, bodies, deliveries, subscribers
from storage.waves import Wave, recipients


async def chunk_end(tx: Tx, wave: Wave, size: int) -> int | None:
    """The last of the wave's next `size` subscribers after its cursor; None where fewer are left."""
    theirs = () if wave.schedule_id is None else (subscribers.c.schedule_id == wave.schedule_id,)
    after = select(subscribers.c.id).where(*theirs, subscribers.c.active, subscribers.c.id > wave.cursor)
    last: int | None = await tx.scalar(after.order_by(subscribers.c.id).offset(size - 1).limit(1))
    return last


async def plan(tx: Tx, wave: Wave, version: int, *, upto: int | None) -> int:
    """Rows for the wave's recipients after its cursor and up to a subscriber (None: all of them).

    Whoever has a row of the run already is passed over, so planning again is harmless. Answers how many rows.
    """
    has_row = select(deliveries.c.run_id).where(
        deliveries.c.run_id == wave.run_id, deliveries.c.subscriber_id == subscribers.c.id
    )
    ours = bodies.c.run_id == wave.run_id, bodies.c.version == version
    theirs = bodies.c.taste_id.is_(None) if wave.schedule_id is None else bodies.c.taste_id == subscribers.c.taste_id
    chosen = (
        select(
            literal(wave.run_id),
            subscribers.c.id,
            bodies.c.part,
            bodies.c.id,
            literal(DeliveryState.PENDING.value),
        )
        .join_from(subscribers, bodies, and_(*ours, theirs))
        .where(*recipients(wave), subscribers.c.id > wave.cursor, ~has_row.exists())
        .order_by(subscribers.c.id)
    )
    if upto is not None:
        chosen = chosen.where(subscribers.c.id <= upto)
    columns = ["run_id", "subscriber_id", "part", "body_id", "state"]
    return (await tx.execute(insert(tx, deliveries).from_select(columns, chosen))).rowcount


async def people_left_out(tx: Tx, wave: Wave) -> int:
    """How many recipients of a wave have no row of its run."""
    has_row = select(deliveries.c.run_id).where(
        deliveries.c.run_id == wave.run_id, deliveries.c.subscriber_id == subscribers.c.id
    )
    counted = select(func.count()).select_from(subscribers).where(*recipients(wave), ~has_row.exists())
    count: int = (await tx.execute(counted)).scalar_one()
    return count
