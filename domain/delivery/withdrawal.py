"""What a withdrawal does to the messages that a recipient has of an edition, and its figures. Pure.

messages held -> deletion, or a note in their place for those that Telegram deletes no more
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.delivery.correction import HeldParts, PartChange, removal


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalOutlook:
    """What a withdrawal would find: how many `people` have the edition, and what becomes of their messages.

    `young` messages are deleted, `old` ones edited. The chats of `out_of_reach` people are closed to the bot.
    `unconfirmed` messages may have arrived. `is_forgotten`: the rows of the edition are past their retention.
    """

    people: int = 0
    young: int = 0
    old: int = 0
    out_of_reach: int = 0
    unconfirmed: int = 0
    is_forgotten: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalFigures:
    """The messages of a withdrawn edition by what became of them.

    `kept` ones are still there: their recipient has left, or Telegram refused. `unconfirmed` ones may have arrived.
    """

    deleted: int = 0
    edited: int = 0
    to_go: int = 0
    kept: int = 0
    unconfirmed: int = 0


def withdrawal_changes(held: HeldParts, *, planned: frozenset[int], now: datetime) -> dict[int, PartChange]:
    """Return what happens to each message that a recipient has; parts that are `planned` already are left alone."""
    return {part: removal(message, now) for part, message in sorted(held.messages.items()) if part not in planned}
