"""What a run does follows from what is stored of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.delivery.states import CORRECTIONS, RunKind, RunPurpose, RunState
from domain.edition_day import EditionDay
from storage.runs import Run

DAY = EditionDay(2026, 2, 17)
NOON = datetime(2026, 2, 17, 12, tzinfo=UTC)


def _run(kind: RunKind, edition: date | None = None, **changed: int) -> Run:
    fields: dict[str, Any] = {"id": 9, "kind": kind, "edition": edition, "state": RunState.RUNNING, **changed}
    fields |= dict.fromkeys(("actor", "card", "reported_at"))
    return Run(version=1, published_at=NOON, rendered_up_to_preferences_id=0, change_count=0, **fields)


@pytest.mark.parametrize(
    ("run", "purpose", "changed"),
    [
        (_run(RunKind.DIGEST, DAY), RunPurpose.DIGEST, None),
        (_run(RunKind.RECAP, DAY), RunPurpose.RECAP, None),
        (_run(RunKind.BROADCAST), RunPurpose.BROADCAST, None),
        (_run(RunKind.WITHDRAWAL, DAY, corrected_run_id=3), RunPurpose.WITHDRAWAL, 3),
        (_run(RunKind.CORRECTION, DAY, corrected_run_id=3), RunPurpose.CORRECTION, 3),
        (_run(RunKind.CORRECTION, corrected_run_id=3), RunPurpose.EDIT, 3),
        (_run(RunKind.CORRECTION, recalled_run_id=3), RunPurpose.RECALL, 3),
        (_run(RunKind.CORRECTION, pinned_run_id=3), RunPurpose.PINS, 3),
    ],
    ids=lambda value: str(value) if isinstance(value, RunPurpose) else "",
)
def test_purpose_follows_from_what_is_changed(run: Run, purpose: RunPurpose, changed: int | None) -> None:
    assert (run.purpose, run.changed_run_id) == (purpose, changed)
    assert (run.purpose in CORRECTIONS) is (run.kind is RunKind.CORRECTION)
