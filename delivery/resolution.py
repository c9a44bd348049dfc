"""What follows from an outcome: a part and its outcome in, a settlement and effects out. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Fatal,
    Outcome,
    RateLimited,
    Refused,
    Retry,
    Sent,
    TopicClosed,
    Unconfirmed,
)
from domain.delivery.states import DeliveryState
from storage.claims import Settlement
from storage.deliveries import DueDelivery

FIRST_DELAY = 1.0
LONGEST_DELAY = 300.0
RESENDS = 3
"""How often at most the policy `resend` sends a part that was not confirmed."""


class UnconfirmedPolicy(StrEnum):
    """What becomes of a part that was not confirmed: listed for the admins to decide, sent again, or left."""

    ASK = "ask"
    RESEND = "resend"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class DeactivateSubscriber:
    """The recipient's chat is gone: it gets nothing until it speaks again."""

    why: str


@dataclass(frozen=True, slots=True)
class MigrateSubscriber:
    """The recipient's chat has a new id."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class ClearTopic:
    """The recipient's topic is closed or gone: from now on what it got goes to the general one."""


Effect = DeactivateSubscriber | MigrateSubscriber | ClearTopic


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a part is settled, what else is to be written with it, and whether the recipient's later parts may go."""

    settlement: Settlement
    effects: tuple[Effect, ...] = ()
    go_on: bool = True


def resolve(
    due: DueDelivery, outcome: Outcome, *, now: datetime, policy: UnconfirmedPolicy, chance: random.Random
) -> Resolution:
    """What follows from a part's outcome."""
    row = due.key
    match outcome:
        case Sent(message_id):
            return Resolution(Settlement(row, DeliveryState.SENT, message_id=message_id))
        case Unconfirmed(why):
            return _unconfirmed(due, why, now, policy)
        case Refused(why):
            return Resolution(Settlement(row, DeliveryState.FAILED, error=why))
        case ChatUnavailable(why):
            return Resolution(
                Settlement(row, DeliveryState.FAILED, error=why), (DeactivateSubscriber(why),), go_on=False
            )
        case ChatMigrated(chat_id):
            return Resolution(_again(due, "moved"), (MigrateSubscriber(chat_id),), go_on=False)
        case TopicClosed(why):
            if due.topic_id is None:
                return Resolution(Settlement(row, DeliveryState.FAILED, error=why))
            return Resolution(_again(due, why), (ClearTopic(),), go_on=False)
        case Retry(why):
            at = now + timedelta(seconds=delay(due.attempts, chance))
            return Resolution(_again(due, why, at, attempt=True), go_on=False)
        case RateLimited(seconds):
            # A group waits by itself; for a person everybody does, and the pace sees to that.
            until = now + timedelta(seconds=seconds) if due.chat_id < 0 else None
            return Resolution(_again(due, "too many requests", until), go_on=False)
        case Fatal(why):
            return Resolution(_again(due, why), go_on=False)


def held_back(due: DueDelivery) -> Settlement:
    """A part that was claimed, and then not sent: a 429 for another came in between."""
    return _again(due, "held back")


def delay(attempts: int, chance: random.Random) -> float:
    """Seconds before the next attempt: growing, and spread so that not all come back at once."""
    return float(min(FIRST_DELAY * 2 ** min(attempts, 20), LONGEST_DELAY) * chance.uniform(0.5, 1.5))


def _again(due: DueDelivery, why: str, at: datetime | None = None, *, attempt: bool = False) -> Settlement:
    return Settlement(due.key, DeliveryState.PENDING, error=why, not_before=at, attempt=attempt)


def _unconfirmed(due: DueDelivery, why: str, now: datetime, policy: UnconfirmedPolicy) -> Resolution:
    if policy is UnconfirmedPolicy.RESEND and due.attempts < RESENDS:
        return Resolution(_again(due, why, now + timedelta(seconds=5), attempt=True), go_on=False)
    return Resolution(Settlement(due.key, DeliveryState.UNCONFIRMED, error=why))
