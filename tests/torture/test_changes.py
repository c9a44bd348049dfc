"""Test that the torture notices each way in which a change of what was delivered can go wrong."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.torture.audit import LedgerRow
from tests.torture.changes import audit_change

DELIVERED = (
    LedgerRow(1, 1, "sent", 11, None),
    LedgerRow(2, 1, "sent", 12, None),
    LedgerRow(3, 1, "unconfirmed", None, "no_response"),
)
CHANGED = (LedgerRow(1, 1, "sent", 11, None), LedgerRow(2, 1, "sent", 12, None))
EDITED = {(1, 11): "a new text", (2, 12): "a new text", (3, 13): "an old text"}


def test_change_that_everybody_has_is_accepted() -> None:
    assert not list(audit_change(DELIVERED, CHANGED, EDITED, words="new", new=0))
    assert not list(audit_change(DELIVERED, CHANGED, {(3, 13): "an old text"}, words="", new=0))


@pytest.mark.parametrize(
    ("changed", "texts", "words", "new", "expected"),
    [
        (CHANGED, EDITED | {(2, 12): "an old text"}, "new", 0, "chat 2: message 12 shows 'an old text'"),
        (CHANGED, {(1, 11): "a new text"}, "new", 0, "chat 2: message 12 shows None"),
        (CHANGED, {(2, 12): "an old text"}, "", 0, "chat 2: message 12 is still there"),
        (CHANGED, EDITED, "new", 1, "1 messages were sent"),
        ((LedgerRow(1, 1, "pending", 11, None),), EDITED, "new", 0, "chat 1: the change ended pending (None: None)"),
    ],
)
def test_change_that_somebody_lacks_is_reported(
    changed: tuple[LedgerRow, ...], texts: Mapping[tuple[int, int], str], words: str, new: int, expected: str
) -> None:
    assert list(audit_change(DELIVERED, changed, texts, words=words, new=new)) == [expected]
