"""What to do when the text of an edition comes in, and from which moment on the edition may go out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from delivery.publish_decision import PublishStep, StoredEdition, decide_step, moment_of
from domain.delivery.states import RunState
from domain.subscription.calendar import MAX_EDITION_AGE
from storage.digests import DigestMetadata
from tests.delivery.harness import DEFAULT_SCHEDULE, EVE, MORNING, edition
from tests.stored_runs import stored_run

SAME, OTHER = edition().text_hashes, edition(title="错字").text_hashes
NEW = StoredEdition()
TOO_OLD = EVE + MAX_EDITION_AGE
METADATA = DigestMetadata(1, EVE, edition().content_hash)
RUNNING = StoredEdition(metadata=METADATA, text_hashes=SAME, run=stored_run())
CANCELLED = replace(RUNNING, run=replace(stored_run(), state=RunState.CANCELLED))
WITHDRAWN = StoredEdition(metadata=replace(METADATA, withdrawn_at=EVE), text_hashes=SAME)


@pytest.mark.parametrize(
    ("stored", "now", "anew", "step"),
    [
        pytest.param(NEW, EVE, False, PublishStep.SEND, id="new"),
        pytest.param(NEW, TOO_OLD - timedelta(seconds=1), False, PublishStep.SEND, id="new, just young enough"),
        pytest.param(NEW, TOO_OLD, False, PublishStep.STORE, id="new, too old"),
        pytest.param(replace(NEW, is_restored=True), EVE, False, PublishStep.STORE, id="new since a restore"),
        pytest.param(RUNNING, EVE, False, PublishStep.LEAVE, id="same"),
        pytest.param(CANCELLED, TOO_OLD, False, PublishStep.LEAVE, id="same, cancelled"),
        pytest.param(replace(RUNNING, text_hashes=OTHER), TOO_OLD, False, PublishStep.SEND, id="changed"),
        pytest.param(replace(RUNNING, text_hashes=None), EVE, False, PublishStep.SEND, id="first original"),
        pytest.param(
            replace(RUNNING, metadata=replace(METADATA, published=MORNING)), EVE, False, PublishStep.SEND, id="moved"
        ),
        pytest.param(
            replace(RUNNING, text_hashes=OTHER, is_restored=True), EVE, False, PublishStep.SEND, id="changed, restored"
        ),
        pytest.param(replace(CANCELLED, text_hashes=OTHER), EVE, False, PublishStep.STORE, id="changed, cancelled"),
        pytest.param(WITHDRAWN, EVE, False, PublishStep.KEEP_WITHDRAWN, id="same, withdrawn"),
        pytest.param(
            replace(WITHDRAWN, text_hashes=OTHER), TOO_OLD, False, PublishStep.KEEP_WITHDRAWN, id="changed, withdrawn"
        ),
        pytest.param(WITHDRAWN, EVE, True, PublishStep.SEND, id="withdrawn, anew"),
        pytest.param(WITHDRAWN, TOO_OLD, True, PublishStep.STORE, id="withdrawn, anew, too old"),
    ],
)
def test_step_follows_from_what_is_stored(stored: StoredEdition, now: datetime, anew: bool, step: PublishStep) -> None:
    assert decide_step(edition(), stored, EVE, anew=anew, now=now) is step


@pytest.mark.parametrize(
    ("written", "former", "is_out", "moment"),
    [
        pytest.param(EVE, None, False, EVE, id="new"),
        pytest.param(None, None, False, MORNING, id="new without one: today, so now"),
        pytest.param(None, EVE, False, EVE, id="stored"),
        pytest.param(EVE, MORNING, True, EVE, id="earlier"),
        pytest.param(MORNING + timedelta(hours=1), EVE, False, MORNING + timedelta(hours=1), id="later"),
        pytest.param(MORNING + timedelta(hours=1), EVE, True, EVE, id="later, and somebody has it"),
        pytest.param(MORNING, EVE, True, MORNING, id="just now, and somebody has it"),
        pytest.param(
            MORNING + timedelta(hours=2),
            MORNING + timedelta(hours=1),
            True,
            MORNING + timedelta(hours=2),
            id="later, and somebody has it before its hour",
        ),
    ],
)
def test_moment_stays_where_somebody_can_read_it(
    written: datetime | None, former: datetime | None, is_out: bool, moment: datetime
) -> None:
    metadata = None if former is None else replace(METADATA, published=former)
    stored = StoredEdition(metadata=metadata, is_out=is_out)
    assert moment_of(edition(published=written), stored, DEFAULT_SCHEDULE, MORNING) == moment
