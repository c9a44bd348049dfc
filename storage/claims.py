"""Claims: the two writes around each send, in batches. Rows whose bytes are about to leave, or have left, in.

claim (unconfirmed, before the bytes leave) -> settle (sent | failed | pending again | still unconfirmed)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, literal_column, null, select, update

from storage.database import Tx
from storage.deliveries import Row
from storage.lean import Lean, moment
from storage.schema import DeliveryState, RunState, deliveries, runs, subscribers


class NotAllPending(Exception):
    """Some of a batch may not be sent any more: nothing of the batch may be kept; claim them one by one."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a claimed part. `attempt`: it counts as one; `not_before`: when a pending one may go again."""

    row: Row
    state: DeliveryState
    message_id: int | None = None
    error: str | None = None
    not_before: datetime | None = None
    attempt: bool = False


async def claim(tx: Tx, rows: Sequence[Row], *, now: datetime) -> None:
    """Write `unconfirmed` for parts whose bytes are about to leave; without an error, it says that they are in flight.

    Raises `NotAllPending` (roll back then) where one is not pending any more, its run does not run, or its recipient
    has left.
    """
    stamp = moment(tx, _changed_at.type, now)
    if (await _claim.run(tx, [(*row, stamp) for row in rows])).rowcount != len(rows):
        raise NotAllPending


async def claim_each(tx: Tx, rows: Sequence[Row], *, now: datetime) -> list[bool]:
    """As `claim`, telling for each part whether its bytes may leave; who has left is skipped."""
    stamp = moment(tx, _changed_at.type, now)
    may = [(await _claim.run(tx, [(*row, stamp)])).rowcount == 1 for row in rows]
    refused = [(*row, stamp) for row, claimed in zip(rows, may, strict=True) if not claimed]
    if refused:
        await _skip_left.run(tx, refused)
    return may


async def label_interrupted(tx: Tx) -> int:
    """At start nothing is in flight: what was when the former process ended is unconfirmed for good."""
    in_flight = deliveries.c.state == DeliveryState.UNCONFIRMED.value, deliveries.c.error.is_(None)
    return (await tx.execute(update(deliveries).where(*in_flight).values(error="interrupted"))).rowcount


async def settle(tx: Tx, settlements: Sequence[Settlement], *, now: datetime) -> None:
    """Write what became of claimed parts. One that a press has settled meanwhile stays sent."""
    stamp = moment(tx, _changed_at.type, now)
    simple, other = [], []
    for one in settlements:
        if one.state is DeliveryState.SENT:
            simple.append((*one.row, one.message_id, stamp))
        else:
            at = moment(tx, _changed_at.type, one.not_before)
            other.append((*one.row, one.state.value, one.error, at, int(one.attempt), stamp))
    if simple:
        await _sent.run(tx, simple)
    if other:
        await _settle.run(tx, other)


def _literal(value: str) -> Any:
    return literal_column(f"'{value}'")


_changed_at = deliveries.c.changed_at
_key = ("run", "subscriber", "number")
_this = and_(
    deliveries.c.run_id == bindparam("run"),
    deliveries.c.subscriber_id == bindparam("subscriber"),
    deliveries.c.part == bindparam("number"),
)
_is_active = select(subscribers.c.active).where(subscribers.c.id == deliveries.c.subscriber_id).scalar_subquery()
_run_state = select(runs.c.state).where(runs.c.id == deliveries.c.run_id).scalar_subquery()

_claim = Lean(
    update(deliveries)
    .where(_this, deliveries.c.state == _literal(DeliveryState.PENDING))
    .where(_is_active, _run_state == _literal(RunState.RUNNING))
    .values(state=_literal(DeliveryState.UNCONFIRMED), error=null(), not_before=null(), changed_at=bindparam("at")),
    *_key,
    "at",
)
_skip_left = Lean(
    update(deliveries)
    .where(_this, deliveries.c.state == _literal(DeliveryState.PENDING), ~_is_active)
    .values(state=_literal(DeliveryState.SKIPPED), error=_literal("left"), changed_at=bindparam("at")),
    *_key,
    "at",
)
_sent = Lean(
    update(deliveries)
    .where(_this)
    .values(
        state=_literal(DeliveryState.SENT), message_id=bindparam("message"), error=null(), changed_at=bindparam("at")
    ),
    *_key,
    "message",
    "at",
)
_settle = Lean(
    update(deliveries)
    .where(_this, deliveries.c.state == _literal(DeliveryState.UNCONFIRMED))
    .values(
        state=bindparam("became"),
        error=bindparam("why"),
        not_before=bindparam("again"),
        attempts=deliveries.c.attempts + bindparam("attempt"),
        changed_at=bindparam("at"),
    ),
    *_key,
    "became",
    "why",
    "again",
    "attempt",
    "at",
)
