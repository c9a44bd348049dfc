"""Resolution: what a send's outcome means for the delivery and its recipient. Pure.

delivery and outcome → settlement and effects
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Fatal,
    FileRefused,
    Incomplete,
    Outcome,
    PaymentRefused,
    RateLimited,
    Refused,
    Retry,
    RichRefused,
    Sent,
    TopicClosed,
    Unconfirmed,
)
from domain.delivery.policy import MAX_RESENDS, UnconfirmedPolicy
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState
from domain.subscription.subscriber import LeftReason
from storage.claims import Settlement
from storage.deliveries import DueDelivery
from transport.responses import is_deletion_refused, is_message_gone

FIRST_RETRY_SECONDS = 1.0
MAX_RETRY_SECONDS = 300.0
MAX_PHOTO_ATTEMPTS = 5
"""How often photos whose file ids are refused go again, with new ones, before their part has failed."""

RESEND_SECONDS = 5.0
"""How long the policy `resend` waits before it sends an unconfirmed part again."""


@dataclass(frozen=True, slots=True)
class DeactivateSubscriber:
    """Effect: the recipient's chat is unavailable, so it gets nothing until it speaks again."""

    reason: LeftReason


@dataclass(frozen=True, slots=True)
class MigrateSubscriber:
    """Effect: the recipient's chat has a new id."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class ClearTopic:
    """Effect: the recipient's topic is closed or gone, so deliveries go to the general topic."""


@dataclass(frozen=True, slots=True)
class RenewPhotos:
    """Effect: photos are uploaded again, because their file ids are refused."""

    file_ids: tuple[str, ...]


Effect = DeactivateSubscriber | MigrateSubscriber | ClearTopic | RenewPhotos


@dataclass(frozen=True, slots=True)
class Resolution:
    """How to settle a delivery, its effects, and whether the recipient's later parts may go."""

    settlement: Settlement
    effects: tuple[Effect, ...] = ()
    go_on: bool = True


def resolve(
    due: DueDelivery, outcome: Outcome, *, now: datetime, policy: UnconfirmedPolicy, chance: random.Random
) -> Resolution:
    """Return what follows from the outcome of a send."""
    match outcome:
        case Sent() | Incomplete():
            return Resolution(_arrived(due, outcome))
        case Unconfirmed(error):
            return _unconfirmed(due, error, now, policy, chance)
        case Refused(error, is_content_error=is_content_error):
            return Resolution(_failed(due, _refusal_reason(due, error, is_content_error=is_content_error), error))
        case FileRefused() | RichRefused():
            return _replaced(due, outcome, now, chance)
        case ChatUnavailable(why):
            return Resolution(_failed(due, DeliveryReason(why.value)), (DeactivateSubscriber(why),), go_on=False)
        case ChatMigrated(chat_id):
            return _migrated(due, chat_id)
        case TopicClosed(error):
            if due.topic_id is None:
                return Resolution(_failed(due, DeliveryReason.TOPIC_CLOSED, error))
            return Resolution(_pending(due, DeliveryReason.TOPIC_CLOSED, error), (ClearTopic(),), go_on=False)
        case Retry(error):
            return Resolution(_again(due, DeliveryReason.NOT_SENT, error, now, chance), go_on=False)
        case RateLimited(seconds):
            # A group waits by itself; a 429 for a person holds everybody, and the rate limiter sees to that.
            until = now + timedelta(seconds=seconds) if due.chat_id < 0 else None
            return Resolution(_pending(due, DeliveryReason.RATE_LIMITED, not_before=until), go_on=False)
        case PaymentRefused(error) | Fatal(error):
            is_payment = isinstance(outcome, PaymentRefused)
            reason = DeliveryReason.PAYMENT_REFUSED if is_payment else DeliveryReason.API_UNAVAILABLE
            return Resolution(_pending(due, reason, error), go_on=False)


def _migrated(due: DueDelivery, chat_id: int) -> Resolution:
    """Return what follows for a part of a former group: it goes to the new chat, which has no message to change."""
    reason = DeliveryReason.CHAT_MIGRATED
    settlement = _pending(due, reason) if due.message_id is None else _failed(due, reason)
    return Resolution(settlement, (MigrateSubscriber(chat_id),), go_on=False)


def _replaced(due: DueDelivery, outcome: FileRefused | RichRefused, now: datetime, chance: random.Random) -> Resolution:
    """Return what follows for a part that goes again as something else: another content, or with other file ids."""
    if isinstance(outcome, RichRefused):
        return Resolution(_pending(due, DeliveryReason(outcome.refusal.value), outcome.reason), go_on=False)
    renew = (RenewPhotos(outcome.file_ids),)
    if due.attempts >= MAX_PHOTO_ATTEMPTS:
        return Resolution(_failed(due, DeliveryReason.REJECTED, outcome.reason), renew)
    return Resolution(_again(due, DeliveryReason.FILE_REFUSED, outcome.reason, now, chance), renew, go_on=False)


def held_back(due: DueDelivery) -> Settlement:
    """Return the settlement of a part that was claimed and not sent, because a 429 or an outage came in between."""
    return _pending(due, DeliveryReason.HELD_BACK)


def retry_seconds(attempts: int, chance: random.Random) -> float:
    """Return the seconds before the next attempt: growing, and spread so that not all come back at once."""
    return float(min(FIRST_RETRY_SECONDS * 2 ** min(attempts, 20), MAX_RETRY_SECONDS) * chance.uniform(0.5, 1.5))


def _pending(
    due: DueDelivery,
    reason: DeliveryReason,
    error: str | None = None,
    *,
    not_before: datetime | None = None,
    attempt: bool = False,
    resend: bool = False,
) -> Settlement:
    return Settlement(
        key=due.key,
        state=DeliveryState.PENDING,
        reason=reason,
        error=error,
        not_before=not_before,
        attempt=attempt,
        resend=resend,
    )


def _again(due: DueDelivery, reason: DeliveryReason, error: str, now: datetime, chance: random.Random) -> Settlement:
    not_before = now + timedelta(seconds=retry_seconds(due.attempts, chance))
    return _pending(due, reason, error, not_before=not_before, attempt=True)


def _arrived(due: DueDelivery, outcome: Sent | Incomplete) -> Settlement:
    """Return the settlement of what Telegram has made; an album that is not whole has failed, and its ids are kept."""
    if isinstance(outcome, Incomplete):
        return replace(_failed(due, DeliveryReason.INCOMPLETE), other_message_ids=outcome.message_ids)
    return Settlement(
        key=due.key,
        state=DeliveryState.SENT,
        message_id=outcome.message_id,
        other_message_ids=outcome.other_message_ids,
    )


def _refusal_reason(due: DueDelivery, error: str, *, is_content_error: bool) -> DeliveryReason:
    if due.message_id is not None and is_message_gone(error):
        return DeliveryReason.MESSAGE_GONE
    if due.message_id is not None and is_deletion_refused(error):
        return DeliveryReason.DELETION_REFUSED
    return DeliveryReason.REJECTED if is_content_error else DeliveryReason.NOT_ALLOWED


def _failed(due: DueDelivery, reason: DeliveryReason, error: str | None = None) -> Settlement:
    return Settlement(key=due.key, state=DeliveryState.FAILED, reason=reason, error=error)


def _unconfirmed(
    due: DueDelivery, error: str, now: datetime, policy: UnconfirmedPolicy, chance: random.Random
) -> Resolution:
    reason = DeliveryReason.NO_RESPONSE
    if due.message_id is not None:  # to edit or delete a message again does no harm
        return Resolution(_again(due, reason, error, now, chance), go_on=False)
    if policy is UnconfirmedPolicy.RESEND and due.attempts < MAX_RESENDS:
        not_before = now + timedelta(seconds=RESEND_SECONDS)
        settlement = _pending(due, reason, error, not_before=not_before, attempt=True, resend=True)
        return Resolution(settlement, go_on=False)
    return Resolution(Settlement(key=due.key, state=DeliveryState.UNCONFIRMED, reason=reason, error=error))
