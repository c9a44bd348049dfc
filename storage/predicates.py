"""Conditions that partial indexes answer: written out as the index has them, for a bound value would not find it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal_column

from domain.delivery.states import DeliveryState, RunState, WaveState
from storage.schema import deliveries, runs, waves


def written(value: str) -> ColumnElement[Any]:
    """A value of our own as part of the statement itself."""
    return literal_column(f"'{value}'")


IS_PENDING = deliveries.c.state == written(DeliveryState.PENDING)
IS_IN_FLIGHT = deliveries.c.state == written(DeliveryState.IN_FLIGHT)
IS_UNCONFIRMED = deliveries.c.state == written(DeliveryState.UNCONFIRMED)
IS_WAITING = waves.c.state == written(WaveState.WAITING)
IS_RUNNING = runs.c.state == written(RunState.RUNNING)
