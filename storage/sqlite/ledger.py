"""Claims and settlements as SQLite's statements.

A batch is one statement that takes its rows as JSON, so SQLite runs it without returning to Python in between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from domain.delivery.payment import Payment
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, RunKind
from storage.claims import WITHDRAWN_FROM, Settlement, album_rows
from storage.deliveries import DueDelivery
from storage.sqlite.batch_writer import RowCountMismatch, Statement

ExecuteBatch = Callable[[Sequence[Statement]], Awaitable[list[int]]]


async def claim_and_settle(
    execute_batch: ExecuteBatch,
    bot_id: int,
    settlements: Sequence[Settlement],
    due: Sequence[DueDelivery],
    *,
    now: datetime,
) -> list[bool]:
    """Carry out `claims.claim_and_settle` in one batch, or in a second one if some cannot be claimed."""
    settle = settle_statements(settlements, now=now)
    rows = [(*delivery.key, delivery.version, int(delivery.paid)) for delivery in due]
    try:
        claim = [Statement(_CLAIM, (to_sqlite(now), _json(rows)), len(rows)), _count(bot_id, len(rows))] if rows else []
        await execute_batch([*settle, *claim])
    except RowCountMismatch:
        return await _claim_each(execute_batch, bot_id, settle, rows, now=now)
    return [True] * len(rows)


def settle_statements(settlements: Sequence[Settlement], *, now: datetime) -> list[Statement]:
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
    batches = ((_SENT, sent), (_SETTLE, others), (_OF_ALBUM, album_rows(settlements)))
    return [Statement(sql, (to_sqlite(now), _json(rows))) for sql, rows in batches if rows]


def to_sqlite(moment: datetime) -> str:
    """Return an instant as SQLite stores it (see `UTCDateTime`)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


async def _claim_each(
    execute_batch: ExecuteBatch,
    bot_id: int,
    settle: Sequence[Statement],
    rows: Sequence[tuple[int, ...]],
    *,
    now: datetime,
) -> list[bool]:
    """Claim one by one where some of a batch cannot be claimed, and skip those whose recipient has left."""
    claims = [Statement(_CLAIM, (to_sqlite(now), _json([row]))) for row in rows]
    skip = Statement(_SKIP_UNSUBSCRIBED, (to_sqlite(now), _json(rows)))
    counts = await execute_batch([*settle, skip, *claims, _count(bot_id, len(rows))])
    return [count == 1 for count in counts[len(settle) + 1 : -1]]


def _count(bot_id: int, claims: int) -> Statement:
    """Count claims, refused ones included: the high-water mark beside the database counts the same way."""
    return Statement(_COUNT, (claims, bot_id))


def _json(rows: Sequence[tuple[Any, ...]]) -> str:
    return msgspec.json.encode(rows).decode()


def _update_listed(change: str, condition: str, *, parts: str = "part = v.p") -> str:
    """Return SQL that changes the deliveries in a JSON list; `v.a` and so on are the values after each key."""
    return f"""UPDATE deliveries SET {change}, changed_at = ?
        FROM (SELECT value->>0 AS r, value->>1 AS s, value->>2 AS p, value->>3 AS a, value->>4 AS b, value->>5 AS c,
              value->>6 AS d, value->>7 AS e, value->>8 AS f FROM json_each(?)) AS v
        WHERE run_id = v.r AND subscriber_id = v.s AND {parts} AND {condition}"""  # noqa: S608 - of constants only


# A withdrawal also deletes the messages of those who have left by themselves.
_REACHABLE = f"""(SELECT active OR (coalesce(left_reason, '') IN {WITHDRAWN_FROM}
        AND (SELECT kind FROM runs WHERE id = run_id) = '{RunKind.WITHDRAWAL}')
        FROM subscribers WHERE id = subscriber_id)"""  # noqa: S608 - of constants only
_HAD_A_PART = """EXISTS (SELECT 1 FROM deliveries AS other WHERE other.run_id = v.r AND other.subscriber_id = v.s
        AND (other.state IN ('in_flight', 'sent', 'unconfirmed') OR other.resent))"""
_PAYS = f"(NOT v.b OR payment = '{Payment.PAID}')"
_RUNNING = f"""(SELECT state FROM runs WHERE id = run_id AND (version = v.a OR {_HAD_A_PART})
        AND {_PAYS}) = 'running'"""  # noqa: S608 - of constants only
_CLAIM = _update_listed(
    "state = 'in_flight', reason = NULL, error = NULL, not_before = NULL, paid = paid OR v.b",
    f"state = 'pending' AND {_REACHABLE} AND {_RUNNING}",
)
# With all later parts: whoever comes back a moment later would get them without the first.
_SKIP_UNSUBSCRIBED = _update_listed(
    f"state = 'skipped', reason = '{DeliveryReason.UNSUBSCRIBED}'",
    f"state = 'pending' AND NOT {_REACHABLE}",
    parts="part >= v.p",
)
# Of somebody who was erased while it was in flight, neither message nor error is kept.
_IS_KNOWN = "(SELECT chat_id IS NOT NULL FROM subscribers WHERE id = v.s)"
_SENT = _update_listed(
    f"state = 'sent', message_id = CASE WHEN {_IS_KNOWN} THEN v.a END, reason = NULL, error = NULL",
    "true",
)
_OF_ALBUM = f"""INSERT OR IGNORE INTO deliveries
    (changed_at, run_id, subscriber_id, part, content_id, payload_id, state, reason, message_id)
    SELECT ?, run_id, subscriber_id, value->>3, content_id, payload_id, '{DeliveryState.SENT}',
        '{DeliveryReason.OF_ALBUM}', value->>4
    FROM json_each(?) JOIN deliveries ON run_id = value->>0 AND subscriber_id = value->>1 AND part = value->>2
    WHERE (SELECT chat_id IS NOT NULL FROM subscribers WHERE id = subscriber_id)"""  # noqa: S608 - of constants only
# Telegram takes no Stars for what it refused or never got; an earlier attempt that may have arrived stays paid.
_STAYS_PAID = f"paid AND (resent OR v.f OR v.a = '{DeliveryState.UNCONFIRMED}')"
_SETTLE = _update_listed(
    f"""state = v.a, reason = v.b, error = CASE WHEN {_IS_KNOWN} THEN v.c END, not_before = v.d,
    attempts = attempts + v.e, resent = resent OR v.f, paid = {_STAYS_PAID}""",
    "state = 'in_flight'",
)
_COUNT = "UPDATE bots SET claim_count = claim_count + ? WHERE id = ?"
