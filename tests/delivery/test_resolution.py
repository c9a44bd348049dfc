"""What follows from an outcome."""

from __future__ import annotations

import random

import pytest

from delivery.resolution import ClearTopic, DeactivateSubscriber, MigrateSubscriber, held_back, resolve, retry_seconds
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
from domain.delivery.policy import UnconfirmedPolicy
from domain.delivery.states import DeliveryState as State
from domain.subscription.subscriber import LeftReason
from storage.deliveries import DeliveryKey, DueDelivery
from tests.delivery.harness import MORNING

PRIVATE = DueDelivery(DeliveryKey(1, 2, 1), 5, 0, 1001, None, silent=False, schedule_id=1)
TOPIC = DueDelivery(DeliveryKey(1, 2, 1), 5, 0, -1001, 77, silent=False, schedule_id=1)

NOT_FROM_TELEGRAM = (LeftReason.STOPPED, LeftReason.REMOVED, LeftReason.MIGRATED)


@pytest.mark.parametrize(
    ("due", "outcome", "state", "effects", "go_on"),
    [
        (PRIVATE, Sent(9), State.SENT, (), True),
        (PRIVATE, Unconfirmed("x"), State.UNCONFIRMED, (), True),
        (PRIVATE, Refused("x"), State.FAILED, (), True),
        (
            PRIVATE,
            ChatUnavailable(LeftReason.BLOCKED),
            State.FAILED,
            (DeactivateSubscriber(LeftReason.BLOCKED),),
            False,
        ),
        (TOPIC, ChatMigrated(-1007), State.PENDING, (MigrateSubscriber(-1007),), False),
        (TOPIC, TopicClosed("x"), State.PENDING, (ClearTopic(),), False),
        (PRIVATE, TopicClosed("x"), State.FAILED, (), True),
        (PRIVATE, Retry("x"), State.PENDING, (), False),
        (PRIVATE, RateLimited(7), State.PENDING, (), False),
        (TOPIC, RateLimited(7), State.PENDING, (), False),
        (PRIVATE, Fatal("x"), State.PENDING, (), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_resolution_of_each_outcome(
    due: DueDelivery, outcome: Outcome, state: State, effects: tuple[object, ...], *, go_on: bool
) -> None:
    verdict = resolve(due, outcome, now=MORNING, policy=UnconfirmedPolicy.ASK, chance=random.Random(1))
    assert (verdict.settlement.state, verdict.effects, verdict.go_on) == (state, effects, go_on)
    assert (verdict.settlement.reason is None) is (state is State.SENT)


@pytest.mark.parametrize("reason", [reason for reason in LeftReason if reason not in NOT_FROM_TELEGRAM])
def test_unavailable_chat_fails_with_its_reason(reason: LeftReason) -> None:
    resolution = resolve(
        PRIVATE, ChatUnavailable(reason), now=MORNING, policy=UnconfirmedPolicy.ASK, chance=random.Random(1)
    )
    assert resolution.settlement.reason == reason.value
    assert resolution.effects == (DeactivateSubscriber(reason),)


def test_429_uses_no_attempt_but_a_failed_connection_does() -> None:
    held = resolve(
        PRIVATE, RateLimited(7), now=MORNING, policy=UnconfirmedPolicy.ASK, chance=random.Random(1)
    ).settlement
    never = resolve(
        PRIVATE, Retry("refused"), now=MORNING, policy=UnconfirmedPolicy.ASK, chance=random.Random(1)
    ).settlement
    assert (held.attempt, never.attempt, held_back(PRIVATE).attempt) == (False, True, False)
    assert never.not_before is not None
    assert never.not_before > MORNING


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
    due = DueDelivery(DeliveryKey(1, 2, 1), 5, attempts, 1001, None, silent=False, schedule_id=1)
    assert resolve(due, Unconfirmed("x"), now=MORNING, policy=policy, chance=random.Random(1)).settlement.state is state
