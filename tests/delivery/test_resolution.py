"""What follows from an outcome."""

from __future__ import annotations

import random

import pytest

from delivery.circuit_breaker import IN_A_ROW, OF_ONE_BODY, SHARE_OF, Refusals
from delivery.resolution import ForgetTopic, Leave, Move, Policy, delay, held_back, judge
from domain.delivery.outcome import (
    Gone,
    Moved,
    Outcome,
    Refused,
    Retry,
    Sent,
    Stop,
    Throttled,
    TopicClosed,
    Unconfirmed,
)
from domain.delivery.states import DeliveryState as State
from storage.deliveries import Due, Row
from tests.delivery.harness import MORNING

PRIVATE = Due(Row(1, 2, 1), 5, 0, 1001, None, silent=False, schedule_id=1)
TOPIC = Due(Row(1, 2, 1), 5, 0, -1001, 77, silent=False, schedule_id=1)


@pytest.mark.parametrize(
    ("due", "outcome", "state", "effects", "go_on"),
    [
        (PRIVATE, Sent(9), State.SENT, (), True),
        (PRIVATE, Unconfirmed("x"), State.UNCONFIRMED, (), True),
        (PRIVATE, Refused("x"), State.FAILED, (), True),
        (PRIVATE, Gone("blocked"), State.FAILED, (Leave("blocked"),), False),
        (TOPIC, Moved(-1007), State.PENDING, (Move(-1007),), False),
        (TOPIC, TopicClosed("x"), State.PENDING, (ForgetTopic(),), False),
        (PRIVATE, TopicClosed("x"), State.FAILED, (), True),
        (PRIVATE, Retry("x"), State.PENDING, (), False),
        (PRIVATE, Throttled(7), State.PENDING, (), False),
        (TOPIC, Throttled(7), State.PENDING, (), False),
        (PRIVATE, Stop("x"), State.PENDING, (), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_outcome(due: Due, outcome: Outcome, state: State, effects: tuple[object, ...], *, go_on: bool) -> None:
    verdict = judge(due, outcome, now=MORNING, policy=Policy.ASK, chance=random.Random(1))
    assert (verdict.settlement.state, verdict.effects, verdict.go_on) == (state, effects, go_on)
    # Whatever stays unconfirmed says why: without a reason it would look as if it were in flight.
    assert state is not State.UNCONFIRMED or verdict.settlement.error


def test_a_429_uses_up_no_attempt_and_a_failed_connection_does() -> None:
    held = judge(PRIVATE, Throttled(7), now=MORNING, policy=Policy.ASK, chance=random.Random(1)).settlement
    never = judge(PRIVATE, Retry("refused"), now=MORNING, policy=Policy.ASK, chance=random.Random(1)).settlement
    assert (held.attempt, never.attempt, held_back(PRIVATE).attempt) == (False, True, False)
    assert never.not_before is not None
    assert never.not_before > MORNING


def test_delays_grow_and_are_spread_and_end_somewhere() -> None:
    chance = random.Random(3)
    for attempt in range(40):
        bounds = min(2.0**attempt, 300.0)
        assert bounds * 0.5 <= delay(attempt, chance) <= bounds * 1.5
    assert len({delay(4, chance) for _ in range(20)}) > 15


@pytest.mark.parametrize(
    ("policy", "attempts", "state"),
    [
        (Policy.ASK, 0, State.UNCONFIRMED),
        (Policy.NEVER, 0, State.UNCONFIRMED),
        (Policy.RESEND, 0, State.PENDING),
        (Policy.RESEND, 3, State.UNCONFIRMED),
    ],
)
def test_the_policy_says_whether_an_unconfirmed_part_goes_again(policy: Policy, attempts: int, state: State) -> None:
    due = Due(Row(1, 2, 1), 5, attempts, 1001, None, silent=False, schedule_id=1)
    assert judge(due, Unconfirmed("x"), now=MORNING, policy=policy, chance=random.Random(1)).settlement.state is state


def test_refusals_in_a_row_are_too_many() -> None:
    refusals = Refusals()
    told = [refusals.note(body, Refused("too long")) for body in range(IN_A_ROW)]
    assert told == [None] * (IN_A_ROW - 1) + ["too long"]


def test_one_variant_that_nobody_can_get_is_noticed_among_those_that_arrive() -> None:
    refusals = Refusals()
    told = []
    for _ in range(OF_ONE_BODY):
        told.append(refusals.note(7, Refused("bad entity")))
        refusals.note(8, Sent(1))
    assert told == [None] * (OF_ONE_BODY - 1) + ["bad entity"]


def test_a_share_of_refusals_is_too_many() -> None:
    refusals = Refusals()
    told = []
    for number in range(SHARE_OF):
        told.append(refusals.note(number, Refused("x") if number % 4 == 0 else Sent(1)))
        refusals.note(number, Sent(1)) if number % 4 == 0 else None
    assert told[:10] == [None] * 10
    assert "x" in told


def test_what_one_chat_does_not_allow_counts_for_nothing() -> None:
    refusals = Refusals()
    assert {refusals.note(1, Refused("no rights", content=False)) for _ in range(99)} == {None}
    assert {refusals.note(1, Gone("blocked")) for _ in range(99)} == {None}
