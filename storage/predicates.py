"""Predicates that partial indexes answer.

They hold their value literally, as the index does: with a bound value SQLite would not use the index.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, any_, bindparam, func, literal_column, select

from domain.delivery.states import DeliveryState, RunState, WaveState
from storage.column_types import IdList
from storage.schema import deliveries, runs, waves


def written(value: str) -> ColumnElement[Any]:
    """Return a constant of the program as part of the statement itself."""
    return literal_column(f"'{value}'")


def without_index(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a number column as an expression that SQLite looks up by no index.

    Without it SQLite would plan many waves by looking up each of them by its id for every subscriber.
    """
    return column + 0


def is_among(column: ColumnElement[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """Return that a number is one of a list, the parameter `name`: hundreds of ids are one value."""
    ids = bindparam(name, type_=IdList)
    if dialect == "postgresql":
        return column == any_(ids)
    return column.in_(select(func.json_each(ids).table_valued("value").c.value))


DIALECTS = "sqlite", "postgresql"

IS_PENDING = deliveries.c.state == written(DeliveryState.PENDING)
IS_IN_FLIGHT = deliveries.c.state == written(DeliveryState.IN_FLIGHT)
IS_UNCONFIRMED = deliveries.c.state == written(DeliveryState.UNCONFIRMED)
MAY_HAVE_ARRIVED = (
    deliveries.c.state.in_(
        written(state) for state in (DeliveryState.IN_FLIGHT, DeliveryState.SENT, DeliveryState.UNCONFIRMED)
    )
    | deliveries.c.resent
)
"""The recipient has, or may have, the part; so the rest of its version follows."""
IS_WAITING = waves.c.state == written(WaveState.WAITING)
IS_RUNNING = runs.c.state == written(RunState.RUNNING)
