"""Claims: the two writes around each send, many at a time. Rows whose bytes are about to leave, or have left, in.

claim (unconfirmed, before the bytes leave) -> settle (sent | failed | pending again | still unconfirmed)

Each batch is one statement that gets its rows as JSON: SQLite then runs it in one go, without Python in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import select, update

from domain.delivery.states import DeliveryState, RunState
from storage.batch_writer import RowCountMismatch, Statement
from storage.database import Database, Tx
from storage.deliveries import DeliveryKey
from storage.predicates import IS_UNCONFIRMED
from storage.schema import deliveries, runs

CLAIMED = "claimed"
"""The mark that counts every claim ever made: a database that is behind it was restored from a backup."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a claimed part. `attempt`: it counts as one; `not_before`: when a pending one may go again."""

    key: DeliveryKey
    state: DeliveryState
    message_id: int | None = None
    error: str | None = None
    not_before: datetime | None = None
    attempt: bool = False


async def claim_and_settle(
    database: Database, settlements: Sequence[Settlement], rows: Sequence[DeliveryKey], *, now: datetime
) -> list[bool]:
    """Settle parts and claim others, in one durable transaction; for each claimed one, whether its bytes may leave.

    A part may not leave that is not pending any more, whose run does not run, or whose recipient has left.
    """
    settle = settle_statements(settlements, now=now)
    try:
        claim = [Statement(_CLAIM, (stored(now), _json(rows)), len(rows)), _count(len(rows))] if rows else []
        await database.execute_batch([*settle, *claim])
    except RowCountMismatch:
        return await _write_each(database, settle, rows, now)
    return [True] * len(rows)


def settle_statements(settlements: Iterable[Settlement], *, now: datetime) -> list[Statement]:
    """What became of parts, as statements. One that a press has settled meanwhile stays sent."""
    sent: list[tuple[Any, ...]] = []
    other: list[tuple[Any, ...]] = []
    for one in settlements:
        if one.state is DeliveryState.SENT:
            sent.append((*one.key, one.message_id))
        else:
            again = None if one.not_before is None else stored(one.not_before)
            other.append((*one.key, one.state.value, one.error, again, int(one.attempt)))
    found = ((_SENT, sent), (_SETTLE, other))
    return [Statement(sql, (stored(now), _json(rows))) for sql, rows in found if rows]


async def resend_interrupted(tx: Tx, *, most: int) -> int:
    """At start: what was in flight when the former process ended goes again, if it went fewer than `most` times, in
    runs that go on; answers how many parts that are."""
    live = select(runs.c.id).where(runs.c.state.in_((RunState.RUNNING, RunState.PAUSED)))
    those = IS_UNCONFIRMED, deliveries.c.error.is_(None), deliveries.c.attempts < most, deliveries.c.run_id.in_(live)
    values = {"state": DeliveryState.PENDING, "error": "interrupted", "attempts": deliveries.c.attempts + 1}
    return (await tx.execute(update(deliveries).where(*those).values(values))).rowcount


async def label_interrupted(tx: Tx) -> int:
    """At start nothing is in flight: what was when the former process ended is unconfirmed for good."""
    in_flight = IS_UNCONFIRMED, deliveries.c.error.is_(None)
    return (await tx.execute(update(deliveries).where(*in_flight).values(error="interrupted"))).rowcount


def stored(moment: datetime) -> str:
    """An instant as the database has it (`storage.column_types`)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


async def _write_each(
    database: Database, settle: Sequence[Statement], rows: Sequence[DeliveryKey], now: datetime
) -> list[bool]:
    """Some of a batch cannot be claimed: claim one by one, and skip those whose recipient has left."""
    each = [Statement(_CLAIM, (stored(now), _json([row]))) for row in rows]
    skip = Statement(_SKIP_LEFT, (stored(now), _json(rows)))
    counts = await database.execute_batch([*settle, skip, *each, _count(len(rows))])
    return [count == 1 for count in counts[len(settle) + 1 : -1]]


def _count(claims: int) -> Statement:
    """A little too many is no harm: the mark beside the database counts what this one does."""
    return Statement(_COUNT, (CLAIMED, claims))


def _json(rows: Sequence[tuple[Any, ...]]) -> str:
    return msgspec.json.encode(rows).decode()


def _for_these(change: str, only: str) -> str:
    """A statement that changes the parts given as a JSON list; `v.a` and so on are what comes after a part's key."""
    return f"""UPDATE deliveries SET {change}, changed_at = ?
        FROM (SELECT value->>0 AS r, value->>1 AS s, value->>2 AS p, value->>3 AS a, value->>4 AS b, value->>5 AS c,
              value->>6 AS d FROM json_each(?)) AS v
        WHERE run_id = v.r AND subscriber_id = v.s AND part = v.p AND {only}"""  # noqa: S608 - of constants only


_ACTIVE = "(SELECT active FROM subscribers WHERE id = subscriber_id)"
_RUNNING = "(SELECT state FROM runs WHERE id = run_id) = 'running'"
_CLAIM = _for_these(
    "state = 'unconfirmed', error = NULL, not_before = NULL", f"state = 'pending' AND {_ACTIVE} AND {_RUNNING}"
)
_SKIP_LEFT = _for_these("state = 'skipped', error = 'left'", f"state = 'pending' AND NOT {_ACTIVE}")
_SENT = _for_these("state = 'sent', message_id = v.a, error = NULL", "true")
_SETTLE = _for_these("state = v.a, error = v.b, not_before = v.c, attempts = attempts + v.d", "state = 'unconfirmed'")
_COUNT = """INSERT INTO marks (name, value) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + CAST(excluded.value AS INTEGER) AS TEXT)"""
