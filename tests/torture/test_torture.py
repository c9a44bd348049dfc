"""Run a short torture, and check that it finds each mutation."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.settings import DriverName
from tests.proxies import require_program
from tests.torture.audit import LedgerRow, Morning, MorningOutage, ReceivedMessage, audit
from tests.torture.bot import SCHEMES
from tests.torture.mutations import MUTATIONS
from tests.torture.outages import KINDS, PROXY_KILLED, SPEEDUP, OutagePlan
from tests.torture.runner import TortureOptions, torture
from tests.torture.standstill import Standstill
from transport.circuit_breaker import WINDOW_ENDINGS


@pytest.mark.slow
async def test_kills_leave_nobody_out_and_send_nothing_twice(tmp_path: Path) -> None:
    result = await torture(TortureOptions(mornings=1, people=200, seed=7), tmp_path)
    assert result.disagreements == []
    assert result.mornings == 1
    assert result.refused > 0


@pytest.mark.long
@pytest.mark.parametrize("driver", list(DriverName))
async def test_dying_proxy_costs_no_more_than_other_outages(driver: DriverName, tmp_path: Path) -> None:
    """Of two mornings; each draws one of the two proxies."""
    for scheme in SCHEMES:
        require_program(scheme)
    options = TortureOptions(mornings=2, people=300, seed=7, driver=driver, outage=PROXY_KILLED)
    result = await torture(options, tmp_path)
    assert result.disagreements == []
    assert [outage.kind for outage, _ in result.outages] == [PROXY_KILLED] * 2


@pytest.mark.long
@pytest.mark.parametrize("mutation", sorted(MUTATIONS))
async def test_each_mutation_is_found(tmp_path: Path, mutation: str) -> None:
    """The planted fault of outages meets one in which calls fail at once: the others cost a slow machine too little."""
    is_of_outages = mutation == "send-on-in-outage"
    outage = "page_after" if is_of_outages else ""
    options = TortureOptions(mornings=6, people=800, seed=7, mutation=mutation, outage=outage)
    result = await torture(options, tmp_path)
    expected = "because of one outage" if is_of_outages else "messages for"
    assert any(expected in text for text in result.disagreements), result


GOOD = Morning(
    audience=frozenset({1, 2, 3}),
    ledger=(
        LedgerRow(1, 1, "sent", 11, None),
        LedgerRow(2, 1, "unconfirmed", None, "interrupted"),
        LedgerRow(3, 1, "unconfirmed", None, "no_response"),
    ),
    received=(ReceivedMessage(1, 11), ReceivedMessage(3, 13)),
    faults=frozenset({(3, "drop"), (1, "delay")}),
)


def test_agreeing_ledger_is_accepted() -> None:
    assert audit(GOOD) == []


@pytest.mark.parametrize(
    ("ledger", "received", "word"),
    [
        (GOOD.ledger[:2], GOOD.received, "left out"),
        (
            (*GOOD.ledger, LedgerRow(4, 1, "sent", 1, None)),
            (*GOOD.received, ReceivedMessage(4, 1)),
            "not in the audience",
        ),
        (GOOD.ledger, (*GOOD.received, ReceivedMessage(1, 12)), "2 messages for 1"),
        (GOOD.ledger, GOOD.received[1:], "does not have it"),
        (GOOD.ledger, (ReceivedMessage(1, 11, is_whole=False), *GOOD.received[1:]), "not the whole edition"),
        ((LedgerRow(1, 1, "unconfirmed", None, "no_response"), *GOOD.ledger[1:]), GOOD.received, "nothing happened"),
        ((LedgerRow(1, 1, "failed", None, "chat_not_found"), *GOOD.ledger[1:]), GOOD.received, "ended failed"),
        ((LedgerRow(1, 1, "pending", None, None), *GOOD.ledger[1:]), (), "ended pending"),
    ],
)
def test_disagreeing_ledger_is_reported(
    ledger: tuple[LedgerRow, ...], received: tuple[ReceivedMessage, ...], word: str
) -> None:
    assert any(word in text for text in audit(Morning(GOOD.audience, ledger, received, GOOD.faults)))


def test_standstill_explains_nothing_but_timeouts() -> None:
    late = (LedgerRow(1, 1, "unconfirmed", None, "no_response", "TimeoutError"), *GOOD.ledger[1:])
    other = (LedgerRow(1, 1, "unconfirmed", None, "no_response", "ConnectionLost"), *GOOD.ledger[1:])
    assert audit(replace(GOOD, ledger=late, stood_still=True)) == []
    assert any("nothing happened" in text for text in audit(replace(GOOD, ledger=late)))
    assert any("nothing happened" in text for text in audit(replace(GOOD, ledger=other, stood_still=True)))


def test_longest_standstill_is_told_once() -> None:
    standstill = Standstill()
    for at in (100.0, 100.1, 109.2, 110.2):
        standstill.note(at)
    assert standstill.take() == pytest.approx(9.0)
    standstill.note(110.3)
    assert standstill.take() == pytest.approx(0.0)


def test_refused_message_without_another_is_reported() -> None:
    failed = (LedgerRow(1, 1, "failed", None, "rejected"), *GOOD.ledger[1:])
    assert any("took its place" in text for text in audit(replace(GOOD, ledger=failed, refused=frozenset({1}))))
    assert audit(replace(GOOD, refused=frozenset({1, 2}))) == []


def test_too_many_interrupted_parts_are_reported() -> None:
    many = tuple(LedgerRow(chat, 1, "unconfirmed", None, "interrupted") for chat in range(300))
    assert audit(Morning(frozenset(range(300)), many, (), frozenset()))


def _outage(in_flight: int, *, chats: frozenset[int] = frozenset(), processes: int = 1) -> MorningOutage:
    return MorningOutage(kind="reset_before", chats=chats, in_flight=in_flight, processes=processes, answered_probes=1)


def test_outage_that_costs_too_much_is_reported() -> None:
    lost = frozenset(range(WINDOW_ENDINGS + 12))
    rows = tuple(LedgerRow(chat, 1, "unconfirmed", None, "no_response") for chat in sorted(lost))
    assert audit(Morning(lost, rows, (), frozenset(), _outage(11, chats=lost))) == []
    (text,) = audit(Morning(lost, rows, (), frozenset(), _outage(10, chats=lost)))
    assert "because of one outage" in text


def test_outage_explains_only_the_chats_that_it_met() -> None:
    rows = (LedgerRow(1, 1, "unconfirmed", None, "no_response"), LedgerRow(2, 1, "unconfirmed", None, "no_response"))
    (text,) = audit(Morning(frozenset({1, 2}), rows, (), frozenset(), _outage(50, chats=frozenset({1}))))
    assert text.startswith("chat 2: unconfirmed")


def test_outages_last_from_a_second_to_five_minutes() -> None:
    plans = [OutagePlan.draw(random.Random(number)) for number in range(500)]
    assert {plan.kind for plan in plans} == set(KINDS)
    seconds = [plan.seconds * SPEEDUP for plan in plans]
    assert 1 <= min(seconds) < 2
    assert 200 < max(seconds) <= 300
