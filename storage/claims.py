"""The ledger's two writes around each send, many deliveries per statement.

claim (pending → in_flight, before the bytes leave) → settle (in_flight → sent | unconfirmed | failed | pending)

A batch is one statement that takes its rows as JSON, so SQLite runs it without returning to Python in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import select, update

from domain.delivery.payment import Payment
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, RunState
from storage.batch_writer import RowCountMismatch, Statement
from storage.database import Database, Tx
from storage.deliveries import DeliveryKey, DueDelivery
from storage.predicates import IS_IN_FLIGHT
from storage.schema import BOT_ID, deliveries, runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """New state of a claimed delivery.

    `error` holds Telegram's own words; `not_before` is when a pending one may go again; `attempt` counts it as one.
    `resend`: a pending one goes again although it may have arrived.
    """

    key: DeliveryKey
    state: DeliveryState
    message_id: int | None = None
    reason: DeliveryReason | None = None
    error: str | None = None
    not_before: datetime | None = None
    attempt: bool = False
    resend: bool = False


async def claim_and_settle(
    database: Database, settlements: Sequence[Settlement], due: Sequence[DueDelivery], *, now: datetime
) -> list[bool]:
    """Settle and claim deliveries in one durable transaction; return for each claim whether its bytes may leave.

    A delivery is not claimed if it is no longer pending, its run is not running, or its recipient has left; if it is
    to be paid for and its run pays no more; or if its payload is of another version than the run's and the recipient
    has had no part of it.
    """
    settle = settle_statements(settlements, now=now)
    rows = [(*delivery.key, delivery.version, int(delivery.paid)) for delivery in due]
    try:
        claim = [Statement(_CLAIM, (to_sqlite(now), _json(rows)), len(rows)), _count(len(rows))] if rows else []
        await database.execute_batch([*settle, *claim])
    except RowCountMismatch:
        return await _claim_each(database, settle, rows, now)
    return [True] * len(rows)


def settle_statements(settlements: Iterable[Settlement], *, now: datetime) -> list[Statement]:
    """Return the statements that settle deliveries; one that a press has settled meanwhile stays sent."""
    sent: list[tuple[Any, ...]] = []
    others: list[tuple[Any, ...]] = []
    for settlement in settlements:
        if settlement.state is DeliveryState.SENT:
            sent.append((*settlement.key, settlement.message_id))
        else:
            not_before = None if settlement.not_before is None else to_sqlite(settlement.not_before)
            change = settlement.state, settlement.reason, settlement.error, not_before
            others.append((*settlement.key, *change, int(settlement.attempt), int(settlement.resend)))
    batches = ((_SENT, sent), (_SETTLE, others))
    return [Statement(sql, (to_sqlite(now), _json(rows))) for sql, rows in batches if rows]


async def resend_interrupted(tx: Tx, *, max_attempts: int) -> int:
    """Make pending again what a dead process left in flight in live runs; return how many deliveries.

    Deliveries that were attempted `max_attempts` times stay as they are.
    """
    live = select(runs.c.id).where(runs.c.state.in_((RunState.RUNNING, RunState.PAUSED)))
    interrupted = IS_IN_FLIGHT, deliveries.c.attempts < max_attempts, deliveries.c.run_id.in_(live)
    values = {
        "state": DeliveryState.PENDING,
        "reason": DeliveryReason.INTERRUPTED,
        "attempts": deliveries.c.attempts + 1,
        "resent": True,
    }
    return (await tx.execute(update(deliveries).where(*interrupted).values(values))).rowcount


async def mark_interrupted(tx: Tx) -> int:
    """Make unconfirmed what a dead process left in flight; return how many deliveries."""
    values = {"state": DeliveryState.UNCONFIRMED, "reason": DeliveryReason.INTERRUPTED}
    return (await tx.execute(update(deliveries).where(IS_IN_FLIGHT).values(values))).rowcount


def to_sqlite(moment: datetime) -> str:
    """Return an instant as SQLite stores it (see `UTCDateTime`)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


async def _claim_each(
    database: Database, settle: Sequence[Statement], rows: Sequence[tuple[int, ...]], now: datetime
) -> list[bool]:
    """Claim one by one where some of a batch cannot be claimed, and skip those whose recipient has left."""
    claims = [Statement(_CLAIM, (to_sqlite(now), _json([row]))) for row in rows]
    skip = Statement(_SKIP_UNSUBSCRIBED, (to_sqlite(now), _json(rows)))
    counts = await database.execute_batch([*settle, skip, *claims, _count(len(rows))])
    return [count == 1 for count in counts[len(settle) + 1 : -1]]


def _count(claims: int) -> Statement:
    """Count claims, refused ones included: the high-water mark beside the database counts the same way."""
    return Statement(_COUNT, (claims,))


def _json(rows: Sequence[tuple[Any, ...]]) -> str:
    return msgspec.json.encode(rows).decode()


def _update_listed(change: str, condition: str, *, parts: str = "part = v.p") -> str:
    """Return SQL that changes the deliveries in a JSON list; `v.a` and so on are the values after each key."""
    return f"""UPDATE deliveries SET {change}, changed_at = ?
        FROM (SELECT value->>0 AS r, value->>1 AS s, value->>2 AS p, value->>3 AS a, value->>4 AS b, value->>5 AS c,
              value->>6 AS d, value->>7 AS e, value->>8 AS f FROM json_each(?)) AS v
        WHERE run_id = v.r AND subscriber_id = v.s AND {parts} AND {condition}"""  # noqa: S608 - of constants only


_ACTIVE = "(SELECT active FROM subscribers WHERE id = subscriber_id)"
_HAD_A_PART = """EXISTS (SELECT 1 FROM deliveries AS other WHERE other.run_id = v.r AND other.subscriber_id = v.s
        AND (other.state IN ('in_flight', 'sent', 'unconfirmed') OR other.resent))"""
_PAYS = f"(NOT v.b OR payment = '{Payment.PAID}')"
_RUNNING = f"""(SELECT state FROM runs WHERE id = run_id AND (version = v.a OR {_HAD_A_PART})
        AND {_PAYS}) = 'running'"""  # noqa: S608 - of constants only
_CLAIM = _update_listed(
    "state = 'in_flight', reason = NULL, error = NULL, not_before = NULL, paid = paid OR v.b",
    f"state = 'pending' AND {_ACTIVE} AND {_RUNNING}",
)
# With all later parts: whoever comes back a moment later would get them without the first.
_SKIP_UNSUBSCRIBED = _update_listed(
    f"state = 'skipped', reason = '{DeliveryReason.UNSUBSCRIBED}'",
    f"state = 'pending' AND NOT {_ACTIVE}",
    parts="part >= v.p",
)
_SENT = _update_listed("state = 'sent', message_id = v.a, reason = NULL, error = NULL", "true")
# Telegram takes no Stars for what it refused or never got; an earlier attempt that may have arrived stays paid.
_STAYS_PAID = f"paid AND (resent OR v.f OR v.a = '{DeliveryState.UNCONFIRMED}')"
_SETTLE = _update_listed(
    f"""state = v.a, reason = v.b, error = v.c, not_before = v.d, attempts = attempts + v.e, resent = resent OR v.f,
    paid = {_STAYS_PAID}""",
    "state = 'in_flight'",
)
_COUNT = f"UPDATE bots SET claim_count = claim_count + ? WHERE id = {BOT_ID}"  # noqa: S608 - of constants only
