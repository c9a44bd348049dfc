"""A short torture, and proof that it sees: three planted bugs must each turn it red."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.audit import Entry, Morning, Received, audit
from tests.torture.plants import PLANTS
from tests.torture.runner import Torture, torture


@pytest.mark.slow
async def test_nobody_twice_nobody_left_out_whenever_the_bot_is_killed(tmp_path: Path) -> None:
    found = await torture(Torture(mornings=2, people=300, seed=7), tmp_path)
    assert found.wrong == []
    assert found.kills_with_requests_open > 0


@pytest.mark.slow
@pytest.mark.parametrize("plant", sorted(PLANTS))
async def test_each_planted_bug_is_found(tmp_path: Path, plant: str) -> None:
    found = await torture(Torture(mornings=4, people=300, seed=7, plant=plant), tmp_path)
    assert any("messages for" in one for one in found.wrong), found


GOOD = Morning(
    audience=frozenset({1, 2, 3}),
    ledger=(
        Entry(1, 1, "sent", 11, None),
        Entry(2, 1, "unconfirmed", None, "interrupted"),
        Entry(3, 1, "unconfirmed", None, "no_response"),
    ),
    received=(Received(1, 11), Received(3, 13)),
    faulty=frozenset({(3, "drop"), (1, "delay")}),
)


def test_books_that_agree_are_passed() -> None:
    assert audit(GOOD) == []


@pytest.mark.parametrize(
    ("ledger", "received", "word"),
    [
        (GOOD.ledger[:2], GOOD.received, "left out"),
        ((*GOOD.ledger, Entry(4, 1, "sent", 1, None)), (*GOOD.received, Received(4, 1)), "not in the audience"),
        (GOOD.ledger, (*GOOD.received, Received(1, 12)), "2 messages for 1"),
        (GOOD.ledger, GOOD.received[1:], "does not have it"),
        ((Entry(1, 1, "unconfirmed", None, "no_response"), *GOOD.ledger[1:]), GOOD.received, "nothing happened"),
        ((Entry(1, 1, "failed", None, "chat_not_found"), *GOOD.ledger[1:]), GOOD.received, "ended failed"),
        ((Entry(1, 1, "pending", None, None), *GOOD.ledger[1:]), (), "ended pending"),
    ],
)
def test_books_that_disagree_are_not(ledger: tuple[Entry, ...], received: tuple[Received, ...], word: str) -> None:
    assert any(word in one for one in audit(Morning(GOOD.audience, ledger, received, GOOD.faulty)))


def test_more_than_may_be_in_flight_is_noticed() -> None:
    many = tuple(Entry(chat, 1, "unconfirmed", None, "interrupted") for chat in range(300))
    assert audit(Morning(frozenset(range(300)), many, (), frozenset()))
