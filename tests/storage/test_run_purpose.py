"""What a run does follows from what is stored of it."""

from __future__ import annotations

import pytest

from domain.delivery.states import CORRECTIONS, RunKind, RunPurpose
from storage.runs import Run
from tests.stored_runs import DAY, stored_run


@pytest.mark.parametrize(
    ("run", "purpose", "changed"),
    [
        (stored_run(RunKind.DIGEST, edition=DAY), RunPurpose.DIGEST, None),
        (stored_run(RunKind.RECAP, edition=DAY), RunPurpose.RECAP, None),
        (stored_run(RunKind.BROADCAST), RunPurpose.BROADCAST, None),
        (stored_run(RunKind.WITHDRAWAL, edition=DAY, corrected_run_id=3), RunPurpose.WITHDRAWAL, 3),
        (stored_run(RunKind.CORRECTION, edition=DAY, corrected_run_id=3), RunPurpose.CORRECTION, 3),
        (stored_run(RunKind.CORRECTION, corrected_run_id=3), RunPurpose.EDIT, 3),
        (stored_run(RunKind.CORRECTION, recalled_run_id=3), RunPurpose.RECALL, 3),
        (stored_run(RunKind.CORRECTION, pinned_run_id=3), RunPurpose.PINS, 3),
    ],
    ids=lambda value: str(value) if isinstance(value, RunPurpose) else "",
)
def test_purpose_follows_from_what_is_changed(run: Run, purpose: RunPurpose, changed: int | None) -> None:
    assert (run.purpose, run.changed_run_id) == (purpose, changed)
    assert (run.purpose in CORRECTIONS) is (run.kind is RunKind.CORRECTION)
