"""Statements that give recipients another content or version: rows take its payloads, others are skipped."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Update, bindparam, select, update
from sqlalchemy.sql.dml import Insert

from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState
from storage import upsert
from storage.database import Tx
from storage.planning import ROW_COLUMNS
from storage.predicates import IS_PENDING
from storage.schema import deliveries, payloads


def write_rows(tx: Tx, rows: Select[Any]) -> Insert:
    """Return the statement that writes selected rows as pending, over those that are there."""
    insert = upsert.insert(tx, deliveries)
    values = {
        "content_id": insert.excluded.content_id,
        "payload_id": insert.excluded.payload_id,
        "state": DeliveryState.PENDING,
        "reason": None,
        "error": None,
        "not_before": None,
    }
    key = list(deliveries.primary_key)
    # Beside the ledger: a row that was claimed a moment ago stays as it is.
    is_open = deliveries.c.state.not_in((DeliveryState.IN_FLIGHT, DeliveryState.SENT, DeliveryState.UNCONFIRMED))
    return insert.from_select(ROW_COLUMNS, rows).on_conflict_do_update(index_elements=key, set_=values, where=is_open)


def skip_rows(*rows: ColumnElement[bool], payloads_kept: ColumnElement[bool], reason: DeliveryReason) -> Update:
    """Return the statement that skips those of a run's pending rows which have no payload to be kept.

    It wants `run` and `now`.
    """
    return (
        update(deliveries)
        .where(
            deliveries.c.run_id == bindparam("run"),
            *rows,
            deliveries.c.payload_id.not_in(select(payloads.c.id).where(payloads_kept)),
            IS_PENDING,
        )
        .values(
            state=DeliveryState.SKIPPED,
            reason=reason,
            error=None,
            not_before=None,
            changed_at=bindparam("now"),
        )
    )
