"""What a correction does to the messages that a recipient has of an edition. Pure.

ledger rows of the edition and of its earlier corrections -> messages held -> a change for each part
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.chat.limits import DELETABLE_FOR
from domain.delivery.states import DeliveryState

DELETED_UP_TO = DELETABLE_FOR - timedelta(hours=1)
"""Age up to which a part too many is deleted: the run may take a while."""


class PartChange(StrEnum):
    """What a correction does with one part."""

    EDIT = "edit"
    """The message takes the text of the new version."""
    DELETE = "delete"
    """The new version has no such part, or the edition was withdrawn."""
    WITHDRAW = "withdraw"
    """The same, and the message is too old to be deleted."""
    ADD = "add"
    """The recipient has no such part, so it is sent."""
    UNCONFIRMED = "unconfirmed"
    """The part may have arrived, and there is no id to edit it by; sending it could send it twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A row of an edition's ledger, or of a correction's: what was sent, edited or deleted as a part.

    `is_open`: it is still to be sent by the edition's run.
    """

    part: int
    state: DeliveryState
    version: int
    message_id: int | None
    changed_at: datetime | None
    is_deletion: bool = False
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMessage:
    """A message that a recipient has: the version that it shows, and when it was sent."""

    message_id: int
    version: int
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldParts:
    """What a recipient has of an edition. `uncertain` parts may have arrived; `is_open`: more of it is on its way."""

    messages: Mapping[int, HeldMessage] = field(default_factory=dict)
    uncertain: frozenset[int] = frozenset()
    is_open: bool = False


def held_parts(rows: Iterable[LedgerRow]) -> HeldParts:
    """Return what a recipient has, by the rows of the edition's run and of its corrections, in this order."""
    messages: dict[int, HeldMessage] = {}
    uncertain: set[int] = set()
    is_open = False
    for row in rows:
        is_open = is_open or row.is_open
        if row.state is DeliveryState.UNCONFIRMED and row.message_id is None:
            uncertain.add(row.part)
        if row.state is not DeliveryState.SENT or row.message_id is None:
            continue
        uncertain.discard(row.part)
        former = messages.pop(row.part, None)
        if row.is_deletion:
            continue
        if former is not None and former.message_id == row.message_id:
            messages[row.part] = replace(former, version=row.version)
        else:
            messages[row.part] = HeldMessage(message_id=row.message_id, version=row.version, sent_at=row.changed_at)
    return HeldParts(messages=messages, uncertain=frozenset(uncertain), is_open=is_open)


def removal(message: HeldMessage, now: datetime) -> PartChange:
    """Return how a message is taken back: by its age."""
    is_young = message.sent_at is None or now - message.sent_at < DELETED_UP_TO
    return PartChange.DELETE if is_young else PartChange.WITHDRAW


def needs_correction(held: HeldParts, version: int) -> bool:
    """Return whether a recipient has a message of another version."""
    return any(message.version != version for message in held.messages.values())


def changes(
    held: HeldParts, parts: int, version: int, *, planned: frozenset[int], now: datetime
) -> dict[int, PartChange]:
    """Return what happens to each part of a recipient so that they have a version of so many parts.

    Parts that are `planned` already are left alone. Who gets more of the edition just now waits for that.
    """
    if held.is_open or not needs_correction(held, version):
        return {}
    decided: dict[int, PartChange] = {}
    for part, message in held.messages.items():
        decided[part] = PartChange.EDIT if part <= parts else removal(message, now)
    if not planned:
        for part in range(1, parts + 1):
            missing = PartChange.UNCONFIRMED if part in held.uncertain else PartChange.ADD
            decided.setdefault(part, missing)
    return {part: change for part, change in sorted(decided.items()) if part not in planned}
