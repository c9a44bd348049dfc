"""Figures of a run for the tests of views."""

from __future__ import annotations

from dataclasses import replace

from domain.delivery.payment import Payment
from domain.delivery.progress import Counts, Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunPurpose, RunState
from tests.delivery.harness import DAY, MORNING


def run_progress(**changes: object) -> Progress:
    plain = Progress(
        run_id=17,
        purpose=RunPurpose.DIGEST,
        state=RunState.RUNNING,
        state_reason=RunStateReason.NONE,
        state_detail="",
        payment=Payment.FREE,
        payment_detail="",
        edition=DAY,
        version=1,
        published_at=MORNING,
        finished_at=None,
        actor=None,
        card=None,
        counts=Counts(recipients=10, pending=4, in_flight=1, sent=3, unconfirmed=1, failed=1, skipped=0),
        missed=0,
        next_due=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # Progress' fields by name
