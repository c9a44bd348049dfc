"""What follows from an outcome."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from delivery.resolution import (
    RESEND_SECONDS,
    ClearTopic,
    DeactivateSubscriber,
    MigrateSubscriber,
    Resolution,
    held_back,
    resolve,
    retry_seconds,
)
from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Fatal,
    Incomplete,
    Outcome,
    RateLimited,
    Refused,
    Retry,
    Sent,
    TopicClosed,
    Unconfirmed,
)
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.reasons import DeliveryReason as Reason
from domain.delivery.states import DeliveryState as State
from domain.subscription.subscriber import BY_HAND, LeftReason
from storage.claims import Settlement
from storage.deliveries import DeliveryKey, DueDelivery
from tests.delivery.harness import MORNING

KEY = DeliveryKey(1, 2, 1)
PRIVATE = DueDelivery(KEY, 5, 0, 1001, None, silent=False, schedule_id=1)
TOPIC = DueDelivery(KEY, 5, 0, -1001, 77, silent=False, schedule_id=1)

NOT_FROM_TELEGRAM = (*BY_HAND, LeftReason.REMOVED, LeftReason.MIGRATED, LeftReason.ERASED)


def resolved(due: DueDelivery, outcome: Outcome, policy: UnconfirmedPolicy = UnconfirmedPolicy.ASK) -> Resolution:
    return resolve(due, outcome, now=MORNING, policy=policy, chance=random.Random(1))


FIRST_RETRY = MORNING + timedelta(seconds=retry_seconds(0, random.Random(1)))


@pytest.mark.parametrize(
    ("due", "outcome", "expected"),
    [
        (PRIVATE, Sent(9), Resolution(Settlement(key=KEY, state=State.SENT, message_id=9))),
        (
            PRIVATE,
            Unconfirmed("lost"),
            Resolution(Settlement(key=KEY, state=State.UNCONFIRMED, reason=Reason.NO_RESPONSE, error="lost")),
        ),
        (
            PRIVATE,
            Refused("bad entities", is_content_error=True),
            Resolution(Settlement(key=KEY, state=State.FAILED, reason=Reason.REJECTED, error="bad entities")),
        ),
        (
            PRIVATE,
            Refused("no rights", is_content_error=False),
            Resolution(Settlement(key=KEY, state=State.FAILED, reason=Reason.NOT_ALLOWED, error="no rights")),
        ),
        (
            PRIVATE,
            ChatUnavailable(LeftReason.BLOCKED),
            Resolution(
                Settlement(key=KEY, state=State.FAILED, reason=Reason.BLOCKED),
                (DeactivateSubscriber(LeftReason.BLOCKED),),
                go_on=False,
            ),
        ),
        (
            TOPIC,
            ChatMigrated(-1007),
            Resolution(
                Settlement(key=KEY, state=State.PENDING, reason=Reason.CHAT_MIGRATED),
                (MigrateSubscriber(-1007),),
                go_on=False,
            ),
        ),
        (
            replace(TOPIC, message_id=21),
            ChatMigrated(-1007),
            Resolution(
                Settlement(key=KEY, state=State.FAILED, reason=Reason.CHAT_MIGRATED),
                (MigrateSubscriber(-1007),),
                go_on=False,
            ),
        ),
        (
            TOPIC,
            TopicClosed("closed"),
            Resolution(
                Settlement(key=KEY, state=State.PENDING, reason=Reason.TOPIC_CLOSED, error="closed"),
                (ClearTopic(),),
                go_on=False,
            ),
        ),
        (
            PRIVATE,
            TopicClosed("closed"),
            Resolution(Settlement(key=KEY, state=State.FAILED, reason=Reason.TOPIC_CLOSED, error="closed")),
        ),
        (
            PRIVATE,
            Retry("refused"),
            Resolution(
                Settlement(
                    key=KEY,
                    state=State.PENDING,
                    reason=Reason.NOT_SENT,
                    error="refused",
                    not_before=FIRST_RETRY,
                    attempt=True,
                ),
                go_on=False,
            ),
        ),
        (
            PRIVATE,
            RateLimited(7),
            Resolution(Settlement(key=KEY, state=State.PENDING, reason=Reason.RATE_LIMITED), go_on=False),
        ),
        (
            TOPIC,
            RateLimited(7),
            Resolution(
                Settlement(
                    key=KEY,
                    state=State.PENDING,
                    reason=Reason.RATE_LIMITED,
                    not_before=MORNING + timedelta(seconds=7),
                ),
                go_on=False,
            ),
        ),
        (
            PRIVATE,
            Fatal("401"),
            Resolution(
                Settlement(key=KEY, state=State.PENDING, reason=Reason.API_UNAVAILABLE, error="401"), go_on=False
            ),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_resolution_of_each_outcome(due: DueDelivery, outcome: Outcome, expected: Resolution) -> None:
    assert resolved(due, outcome) == expected


def test_held_back_part_waits_and_uses_no_attempt() -> None:
    assert held_back(PRIVATE) == Settlement(key=KEY, state=State.PENDING, reason=Reason.HELD_BACK)


@pytest.mark.parametrize("reason", [reason for reason in LeftReason if reason not in NOT_FROM_TELEGRAM])
def test_unavailable_chat_fails_with_its_reason(reason: LeftReason) -> None:
    resolution = resolved(PRIVATE, ChatUnavailable(reason))
    assert resolution.settlement.reason == reason.value
    assert resolution.effects == (DeactivateSubscriber(reason),)


def test_retry_delays_grow_with_jitter_up_to_a_limit() -> None:
    chance = random.Random(3)
    for attempt in range(40):
        bounds = min(2.0**attempt, 300.0)
        assert bounds * 0.5 <= retry_seconds(attempt, chance) <= bounds * 1.5
    assert len({retry_seconds(4, chance) for _ in range(20)}) > 15


@pytest.mark.parametrize(
    ("policy", "attempts", "state"),
    [
        (UnconfirmedPolicy.ASK, 0, State.UNCONFIRMED),
        (UnconfirmedPolicy.NEVER, 0, State.UNCONFIRMED),
        (UnconfirmedPolicy.RESEND, 0, State.PENDING),
        (UnconfirmedPolicy.RESEND, 3, State.UNCONFIRMED),
    ],
)
def test_policy_decides_whether_unconfirmed_parts_are_resent(
    policy: UnconfirmedPolicy, attempts: int, state: State
) -> None:
    due = replace(PRIVATE, attempts=attempts)
    assert resolved(due, Unconfirmed("x"), policy).settlement.state is state


def test_resent_part_goes_again_after_a_pause() -> None:
    expected = Settlement(
        key=KEY,
        state=State.PENDING,
        reason=Reason.NO_RESPONSE,
        error="lost",
        not_before=MORNING + timedelta(seconds=RESEND_SECONDS),
        attempt=True,
        resend=True,
    )
    assert resolved(PRIVATE, Unconfirmed("lost"), UnconfirmedPolicy.RESEND) == Resolution(expected, go_on=False)


def test_album_that_is_not_whole_has_failed() -> None:
    """Its messages that did arrive are kept, to be found again."""
    failed = resolved(PRIVATE, Incomplete((7, 8))).settlement
    assert (failed.state, failed.reason) == (State.FAILED, Reason.INCOMPLETE)
    assert (failed.message_id, failed.other_message_ids) == (None, (7, 8))
    whole = resolved(PRIVATE, Sent(7, (8, 9))).settlement
    assert (whole.state, whole.message_id, whole.other_message_ids) == (State.SENT, 7, (8, 9))
