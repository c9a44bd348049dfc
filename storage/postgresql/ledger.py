"""Claims and settlements as PostgreSQL's statement, on a session of its own: one statement is one durable commit.

It means what `storage.sqlite.ledger` means: first all settlements, then all claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.delivery.payment import Payment
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, RunKind
from storage.claims import WITHDRAWN_FROM, Settlement, album_rows
from storage.deliveries import DueDelivery
from storage.postgresql.ledger_session import LedgerSession


async def claim_and_settle(
    session: LedgerSession,
    bot_id: int,
    settlements: Sequence[Settlement],
    due: Sequence[DueDelivery],
    *,
    now: datetime,
) -> list[bool]:
    """Carry out `claims.claim_and_settle`. Raises `OwnershipLost`; then nothing was changed, or it is not known."""
    settled_keys = {settlement.key for settlement in settlements}
    if any(delivery.key in settled_keys for delivery in due):  # a statement changes each row once
        await _commit(session, bot_id, settlements, (), now)
        settlements = ()
    if not settlements and not due:
        return []
    claimed = await _commit(session, bot_id, settlements, due, now)
    return [delivery.key in claimed for delivery in due]


async def _commit(
    session: LedgerSession,
    bot_id: int,
    settlements: Sequence[Settlement],
    due: Sequence[DueDelivery],
    now: datetime,
) -> set[tuple[int, int, int]]:
    """Commit one statement; return the keys that it claimed."""
    columns = *_settled_columns(settlements), *_due_columns(due), session.epoch(bot_id), *_album_columns(settlements)
    rows = await session.fetch(COMMIT, bot_id, now, *columns)
    if not rows:
        session.lose(f"another process has taken bot {bot_id}")
    return {(row[0], row[1], row[2]) for row in rows if row[0] is not None}


def _settled_columns(settlements: Sequence[Settlement]) -> tuple[list[Any], ...]:
    """Return the settlements by column, in the order of their keys: so that no two sessions wait for each other."""
    # Of two settlements of one delivery the last one counts, as it does where they are carried out one by one.
    rows = sorted({settlement.key: settlement for settlement in settlements}.values(), key=lambda row: row.key)
    return (
        [row.key.run_id for row in rows],
        [row.key.subscriber_id for row in rows],
        [row.key.part for row in rows],
        [row.state.value for row in rows],
        [row.message_id for row in rows],
        [None if row.reason is None else row.reason.value for row in rows],
        [row.error for row in rows],
        [row.not_before for row in rows],
        [row.attempt for row in rows],
        [row.resend for row in rows],
    )


def _album_columns(settlements: Sequence[Settlement]) -> tuple[list[int], ...]:
    """Return the rows of albums' other messages by column."""
    rows = album_rows(settlements)
    return tuple([row[column] for row in rows] for column in range(5))


def _due_columns(due: Sequence[DueDelivery]) -> tuple[list[Any], ...]:
    """Return what is to be claimed by column, in the order of the keys."""
    rows = sorted(due, key=lambda row: row.key)
    return (
        [row.key.run_id for row in rows],
        [row.key.subscriber_id for row in rows],
        [row.key.part for row in rows],
        [row.version for row in rows],
        [row.paid for row in rows],
    )


_ARRIVES = "('in_flight', 'sent', 'unconfirmed')"
# All parts of the statement see the rows as they were before it, so a claim looks up what its settlement will be.
_HAD_A_PART = f"""EXISTS (
    SELECT FROM deliveries AS other LEFT JOIN settlement AS s USING (run_id, subscriber_id, part)
    WHERE other.run_id = c.run_id AND other.subscriber_id = c.subscriber_id AND (
        other.resent OR (s.resend AND other.state = 'in_flight' AND s.state <> 'sent')
        OR CASE WHEN s.state = 'sent' OR other.state = 'in_flight' THEN coalesce(s.state, other.state)
           ELSE other.state END IN {_ARRIVES}))"""
# The plan must begin with the keys and look up each delivery by its own, whatever was counted when it was made. So the
# server has to expect few keys (of positive numbers a third each), and no partial index may answer for the state.
_KEYS_EXIST = "v.run_id > 0 AND v.subscriber_id > 0 AND v.part > 0"
_IS_PENDING = f"d.state LIKE '{DeliveryState.PENDING}'"
# Telegram takes no Stars for what it refused or never got; an earlier attempt that may have arrived stays paid.
_STAYS_PAID = f"d.paid AND (s.state = 'sent' OR d.resent OR s.resend OR s.state = '{DeliveryState.UNCONFIRMED}')"
# Of somebody who was erased while it was in flight, neither message nor error is kept.
_IS_KNOWN = "(SELECT chat_id IS NOT NULL FROM subscribers WHERE id = s.subscriber_id)"
# A withdrawal also deletes the messages of those who have left by themselves.
_REACHABLE = f"""(subscribers.active OR (coalesce(subscribers.left_reason, '') IN {WITHDRAWN_FROM}
        AND (SELECT kind FROM runs WHERE id = c.run_id) = '{RunKind.WITHDRAWAL}'))"""  # noqa: S608 - of constants only
COMMIT = f"""
WITH fence AS MATERIALIZED (
    SELECT bot_id FROM leases WHERE bot_id = $1 AND epoch = $18 FOR SHARE
), settlement AS MATERIALIZED (
    SELECT v.* FROM fence, unnest(
        $3::bigint[], $4::bigint[], $5::smallint[], $6::text[], $7::bigint[], $8::text[], $9::text[],
        $10::timestamptz[], $11::boolean[], $12::boolean[])
    AS v (run_id, subscriber_id, part, state, message_id, reason, error, not_before, attempt, resend)
    WHERE {_KEYS_EXIST}
), claim AS MATERIALIZED (
    SELECT v.* FROM fence, unnest($13::bigint[], $14::bigint[], $15::smallint[], $16::integer[], $17::boolean[])
    AS v (run_id, subscriber_id, part, version, paid)
    WHERE {_KEYS_EXIST}
), settled AS (
    UPDATE deliveries AS d SET
        state = s.state,
        reason = CASE WHEN s.state = 'sent' THEN NULL ELSE s.reason END,
        error = CASE WHEN s.state <> 'sent' AND {_IS_KNOWN} THEN s.error END,
        message_id = CASE WHEN s.state <> 'sent' THEN d.message_id WHEN {_IS_KNOWN} THEN s.message_id END,
        not_before = CASE WHEN s.state = 'sent' THEN d.not_before ELSE s.not_before END,
        attempts = d.attempts + CASE WHEN s.attempt AND s.state <> 'sent' THEN 1 ELSE 0 END,
        resent = d.resent OR (s.resend AND s.state <> 'sent'),
        paid = {_STAYS_PAID},
        changed_at = $2
    FROM settlement AS s
    WHERE d.run_id = s.run_id AND d.subscriber_id = s.subscriber_id AND d.part = s.part
        AND (s.state = 'sent' OR d.state = 'in_flight')
), of_album AS (
    INSERT INTO deliveries (
        run_id, subscriber_id, part, content_id, payload_id, state, reason, message_id, changed_at)
    SELECT d.run_id, d.subscriber_id, v.part, d.content_id, d.payload_id, '{DeliveryState.SENT}',
        '{DeliveryReason.OF_ALBUM}', v.message_id, $2
    FROM fence, unnest($19::bigint[], $20::bigint[], $21::smallint[], $22::smallint[], $23::bigint[])
        AS v (run_id, subscriber_id, first_part, part, message_id)
    JOIN deliveries AS d ON d.run_id = v.run_id AND d.subscriber_id = v.subscriber_id AND d.part = v.first_part
    JOIN subscribers ON subscribers.id = d.subscriber_id AND subscribers.chat_id IS NOT NULL
    ON CONFLICT DO NOTHING
), skipped AS (
    -- With all later parts: whoever comes back a moment later would get them without the first.
    UPDATE deliveries AS d SET state = 'skipped', reason = '{DeliveryReason.UNSUBSCRIBED}', changed_at = $2
    FROM (
        SELECT c.run_id, c.subscriber_id, min(c.part) AS part
        FROM claim AS c JOIN subscribers ON subscribers.id = c.subscriber_id AND NOT {_REACHABLE}
        GROUP BY c.run_id, c.subscriber_id
    ) AS gone
    WHERE d.run_id = gone.run_id AND d.subscriber_id = gone.subscriber_id AND d.part >= gone.part
        AND {_IS_PENDING}
        AND NOT EXISTS (SELECT FROM settlement AS s WHERE (s.run_id, s.subscriber_id, s.part)
            = (d.run_id, d.subscriber_id, d.part))
), counted AS (
    -- Refused claims included: the high-water mark counts the same way.
    UPDATE bots SET claim_count = claim_count + cardinality($13::bigint[])
    WHERE id IN (SELECT bot_id FROM fence) AND cardinality($13::bigint[]) > 0
), claimed AS (
    UPDATE deliveries AS d SET
        state = 'in_flight', reason = NULL, error = NULL, not_before = NULL, paid = d.paid OR c.paid, changed_at = $2
    FROM claim AS c
    WHERE d.run_id = c.run_id AND d.subscriber_id = c.subscriber_id AND d.part = c.part AND {_IS_PENDING}
        AND (SELECT {_REACHABLE} FROM subscribers WHERE id = c.subscriber_id)
        AND (SELECT state = 'running' AND (version = c.version OR {_HAD_A_PART})
             AND (NOT c.paid OR payment = '{Payment.PAID}') FROM runs WHERE id = c.run_id)
    RETURNING d.run_id, d.subscriber_id, d.part
)
SELECT claimed.* FROM fence LEFT JOIN claimed ON true
"""  # noqa: S608 - of constants only
"""Settle ($3 to $12), skip and claim ($13 to $17) for bot $1 at the instant $2, if its epoch is still $18.

Albums get a row for each message after the first ($19 to $23).

No row: it is another one, and nothing was changed. Else the claimed keys, or one row of nulls if there are none.
"""
