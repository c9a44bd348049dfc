"""Runs as storage returns them, for tests of rules that look at nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from domain.delivery.states import RunKind, RunState
from domain.edition_day import EditionDay
from storage.runs import Run

DAY = EditionDay(2026, 2, 17)
NOON = datetime(2026, 2, 17, 12, tzinfo=UTC)


def stored_run(kind: RunKind = RunKind.DIGEST, **fields: Any) -> Run:
    """Return a run of a kind that was published at noon."""
    plain = {"edition": None, "actor": None, "card": None, "reported_at": None, "published_at": NOON}
    return Run(
        id=9,
        kind=kind,
        state=RunState.RUNNING,
        version=1,
        rendered_up_to_preferences_id=0,
        change_count=0,
        **plain | fields,
    )
