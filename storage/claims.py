"""The ledger's two writes around each send, many deliveries per transaction.

claim (pending → in_flight, before the bytes leave) → settle (in_flight → sent | unconfirmed | failed | pending)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, RunKind, RunState
from domain.subscription.subscriber import BY_HAND, LeftReason
from storage.database import Database, Tx
from storage.deliveries import DeliveryKey, DueDelivery
from storage.predicates import IS_IN_FLIGHT
from storage.schema import deliveries, runs

WITHDRAWN_FROM = "(" + ", ".join(f"'{reason}'" for reason in (*BY_HAND, LeftReason.BLOCKED)) + ")"
"""Why somebody may have left, as SQL, so that a withdrawal still deletes what they have: their chat is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """New state of a claimed delivery.

    `error` holds Telegram's own words; `not_before` is when a pending one may go again; `attempt` counts it as one.
    `resend`: a pending one goes again although it may have arrived. Each of `other_message_ids` (an album's) gets a row
    of its own, as the parts after this one.
    """

    key: DeliveryKey
    state: DeliveryState
    message_id: int | None = None
    other_message_ids: tuple[int, ...] = ()
    reason: DeliveryReason | None = None
    error: str | None = None
    not_before: datetime | None = None
    attempt: bool = False
    resend: bool = False


def album_rows(settlements: Sequence[Settlement]) -> list[tuple[int, int, int, int, int]]:
    """Return run, subscriber, first part, part and message id of each row that an album's other messages get."""
    return [
        (*settlement.key, settlement.key.part + number, message_id)
        for settlement in settlements
        for number, message_id in enumerate(settlement.other_message_ids, 1)
    ]


async def claim_and_settle(
    database: Database, settlements: Sequence[Settlement], due: Sequence[DueDelivery], *, now: datetime
) -> list[bool]:
    """Settle and claim deliveries in one durable transaction; return for each claim whether its bytes may leave.

    A delivery is not claimed if it is no longer pending, its run is not running, or its recipient has left; if it is
    to be paid for and its run pays no more; or if its payload is of another version than the run's and the recipient
    has had no part of it. One that a press has settled meanwhile stays sent.
    """
    return await database.claim_and_settle(settlements, due, now=now)


async def resend_interrupted(tx: Tx, *, max_attempts: int) -> int:
    """Make pending again what a dead process left in flight in live runs; return how many deliveries.

    Deliveries that were attempted `max_attempts` times stay as they are.
    """
    of_live_runs = _of_bot(tx, RunState.RUNNING, RunState.PAUSED)
    interrupted = IS_IN_FLIGHT, deliveries.c.attempts < max_attempts, of_live_runs
    values = {
        "state": DeliveryState.PENDING,
        "reason": DeliveryReason.INTERRUPTED,
        "attempts": deliveries.c.attempts + 1,
        "resent": True,
    }
    return (await tx.execute(update(deliveries).where(*interrupted).values(values))).rowcount


async def repeat_interrupted_changes(tx: Tx) -> int:
    """Make pending again the edits and deletions that a dead process left in flight: to repeat one does no harm."""
    changes = _of_bot(tx, kinds=(RunKind.CORRECTION, RunKind.WITHDRAWAL)), deliveries.c.message_id.is_not(None)
    attempts = deliveries.c.attempts + 1
    values = {"state": DeliveryState.PENDING, "reason": DeliveryReason.INTERRUPTED, "attempts": attempts}
    return (await tx.execute(update(deliveries).where(IS_IN_FLIGHT, *changes).values(values))).rowcount


async def mark_interrupted(tx: Tx) -> int:
    """Make unconfirmed what a dead process left in flight; return how many deliveries."""
    values = {"state": DeliveryState.UNCONFIRMED, "reason": DeliveryReason.INTERRUPTED}
    return (await tx.execute(update(deliveries).where(IS_IN_FLIGHT, _of_bot(tx)).values(values))).rowcount


def _of_bot(tx: Tx, *states: RunState, kinds: Collection[RunKind] = ()) -> ColumnElement[bool]:
    of_bot = select(runs.c.id).where(runs.c.bot_id == tx.bot_id)
    if kinds:
        of_bot = of_bot.where(runs.c.kind.in_(kinds))
    return deliveries.c.run_id.in_(of_bot.where(runs.c.state.in_(states)) if states else of_bot)
