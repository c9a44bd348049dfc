"""What a recipient holds of an edition, by the ledger's rows, and what a correction changes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.delivery.correction import (
    DELETED_UP_TO,
    HeldMessage,
    HeldParts,
    LedgerRow,
    PartChange,
    changes,
    held_parts,
    needs_correction,
)
from domain.delivery.states import DeliveryState

SENT = datetime(2026, 11, 26, 8, tzinfo=UTC)


def row(part: int, *, message_id: int | None, state: DeliveryState = DeliveryState.SENT, version: int = 1) -> LedgerRow:
    return LedgerRow(part=part, state=state, version=version, message_id=message_id, changed_at=SENT)


def message(message_id: int, version: int = 1) -> HeldMessage:
    return HeldMessage(message_id=message_id, version=version, sent_at=SENT)


def test_part_without_an_answer_is_uncertain() -> None:
    held = held_parts([row(1, message_id=7), row(2, message_id=None, state=DeliveryState.UNCONFIRMED)])
    assert (held.messages, held.uncertain, held.is_open) == ({1: message(7)}, frozenset({2}), False)


def test_unconfirmed_edit_leaves_what_is_held() -> None:
    held = held_parts([row(1, message_id=7), row(1, message_id=7, state=DeliveryState.UNCONFIRMED, version=2)])
    assert (held.messages, held.uncertain) == ({1: message(7)}, frozenset())


def test_part_that_arrived_later_is_certain() -> None:
    held = held_parts([row(1, message_id=None, state=DeliveryState.UNCONFIRMED), row(1, message_id=9, version=2)])
    assert (held.messages, held.uncertain) == ({1: message(9, version=2)}, frozenset())


def test_edit_changes_the_version_and_a_deletion_takes_the_part() -> None:
    later = SENT + timedelta(hours=1)
    edit = LedgerRow(part=1, state=DeliveryState.SENT, version=2, message_id=7, changed_at=later)
    deletion = LedgerRow(
        part=2, state=DeliveryState.SENT, version=2, message_id=8, changed_at=later, is_deletion=True, is_open=True
    )
    held = held_parts([row(1, message_id=7), row(2, message_id=8), edit, deletion])
    assert (held.messages, held.is_open) == ({1: message(7, version=2)}, True)


def test_correction_edits_adds_and_takes_back() -> None:
    held = HeldParts(messages={1: message(7), 3: message(9)}, uncertain=frozenset({2}))
    assert needs_correction(held, 2)
    assert not needs_correction(held, 1)
    decided = changes(held, 4, 2, planned=frozenset(), now=SENT)
    assert decided == {1: PartChange.EDIT, 2: PartChange.UNCONFIRMED, 3: PartChange.EDIT, 4: PartChange.ADD}
    assert changes(held, 4, 2, planned=frozenset({1}), now=SENT) == {3: PartChange.EDIT}
    assert changes(held, 4, 1, planned=frozenset(), now=SENT) == {}


@pytest.mark.parametrize(
    ("age", "change"),
    [(DELETED_UP_TO - timedelta(seconds=1), PartChange.DELETE), (DELETED_UP_TO, PartChange.WITHDRAW)],
)
def test_part_too_many_goes_by_its_age(age: timedelta, change: PartChange) -> None:
    held = HeldParts(messages={1: message(7), 2: message(8)})
    assert changes(held, 1, 2, planned=frozenset(), now=SENT + age) == {1: PartChange.EDIT, 2: change}


def test_nothing_changes_while_more_is_on_its_way() -> None:
    assert changes(HeldParts(messages={1: message(7)}, is_open=True), 1, 2, planned=frozenset(), now=SENT) == {}
