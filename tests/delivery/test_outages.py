"""Outages do not use up the audience: real rates on virtual time, every kind, from a second to five minutes."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery import service
from domain.delivery.outcome import Retry, Sent, Unconfirmed
from domain.delivery.states import DeliveryState
from emulator.client import EmulatorClient
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness, open_harness, run_of
from tests.delivery.outage_simulation import MIXES, OutageKind, SimulatedOutage, SimulationResult, simulate
from tests.examples import examples
from tests.virtual_time import in_virtual_time
from tests.waiting import PATIENCE
from transport import circuit_breaker
from transport.circuit_breaker import MAX_WAIT_SECONDS, WINDOW_ENDINGS, BreakerState
from views import run_reports

PEOPLE = 900
NEVER = SimulatedOutage(OutageKind.REFUSED, 10**6, 0)


def _bad_calls(result: SimulationResult, *, state: BreakerState | None = None) -> int:
    return sum(isinstance(call.outcome, Unconfirmed | Retry) and state in (None, call.state) for call in result.calls)


def _assert_everybody_is_accounted_for(result: SimulationResult, people: int = PEOPLE) -> None:
    assert result.states.total() == people
    assert result.states.keys() <= {DeliveryState.SENT, DeliveryState.UNCONFIRMED}
    assert set(result.received.values()) == {1}
    confirmed = sum(isinstance(call.outcome, Sent) for call in result.calls)
    assert result.states[DeliveryState.SENT] == confirmed


@pytest.mark.parametrize("per_second", [30, 200, 1000])
@pytest.mark.parametrize("kind", [kind for kind in OutageKind if kind not in MIXES])
@in_virtual_time
async def test_an_outage_costs_few_recipients(kind: OutageKind, per_second: int) -> None:
    """Whatever the kind, five minutes cost no more than what was in flight and one window."""
    outage = SimulatedOutage(kind, begins_at=0.5, seconds=300)
    result = await simulate(outage, people=PEOPLE, per_second=per_second)
    _assert_everybody_is_accounted_for(result)
    trials = _bad_calls(result, state=BreakerState.HALF_OPEN)
    assert result.states[DeliveryState.UNCONFIRMED] <= result.in_flight_at_start + WINDOW_ENDINGS + trials
    assert trials == 0
    assert _bad_calls(result) <= result.in_flight_at_start + WINDOW_ENDINGS
    assert (len(result.began), len(result.over)) == (1, 1)
    assert result.over[0].unconfirmed == result.states[DeliveryState.UNCONFIRMED]
    sending_seconds = PEOPLE / per_second
    assert result.ended_at <= 300 + MAX_WAIT_SECONDS + sending_seconds + 10


@settings(max_examples=examples(25), deadline=None)
@given(
    kind=st.sampled_from(OutageKind),
    seconds=st.floats(1, 300),
    begins_after=st.floats(0, 0.9),
    per_second=st.sampled_from([30, 200, 1000]),
    seed=st.integers(0, 99),
)
@in_virtual_time
async def test_any_outage_stays_within_the_bound(
    kind: OutageKind, seconds: float, begins_after: float, per_second: int, seed: int
) -> None:
    """A mix of bad and good answers, or of answered probes and lost messages, costs the failed probes as well.

    The outage begins after a share of the run.
    """
    people = 300
    outage = SimulatedOutage(kind, begins_after * people / per_second, seconds)
    result = await simulate(outage, people=people, per_second=per_second, seed=seed)
    _assert_everybody_is_accounted_for(result, people)
    failed_probes = len(result.probed_at) if kind in MIXES else 0
    assert result.states[DeliveryState.UNCONFIRMED] <= result.in_flight_at_start + WINDOW_ENDINGS + failed_probes
    assert len(result.began) == len(result.over) <= 2
    waits = [later - earlier for earlier, later in pairwise(result.probed_at)]
    assert max(waits, default=0) <= 2 * MAX_WAIT_SECONDS + 30


@in_virtual_time
async def test_leavers_do_not_stop_the_others_at_thirty_a_second() -> None:
    """At 30 a second two deliveries are admitted at once: a permit that is not given back stops everything."""
    leavers = range(1, PEOPLE, 3)
    result = await simulate(NEVER, people=PEOPLE, per_second=30, leavers=leavers)
    assert result.states == {DeliveryState.SKIPPED: len(leavers), DeliveryState.SENT: PEOPLE - len(leavers)}
    assert result.ended_at <= PEOPLE / 30 + 5


@pytest.mark.parametrize("per_second", [30, 200, 1000])
@in_virtual_time
async def test_rate_is_reached_without_an_outage(per_second: int) -> None:
    """Neither permits nor the circuit breaker's window slow a run down."""
    result = await simulate(NEVER, people=PEOPLE, per_second=per_second)
    assert result.states == {DeliveryState.SENT: PEOPLE}
    assert result.began == []
    assert result.ended_at <= PEOPLE / per_second + 2


async def test_bad_gateway_in_mid_run_stops_sending_and_tells_admins(
    emulator: EmulatorClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same over real HTTP and a real database: a proxy's 502 to everything, getMe included."""
    monkeypatch.setattr(circuit_breaker, "CALM_SECONDS", 0.5)
    admin = await emulator.chat(ADMIN)
    async with open_harness(emulator, tmp_path / "bot.db", rate=200) as harness:
        chats = await harness.crowd(300)
        run_id = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: now.sent >= 50)
        await emulator.add_fault("html502")
        async with asyncio.timeout(PATIENCE):
            while len(await emulator.calls("getMe")) < 2:  # noqa: ASYNC110 - the emulator notifies nobody
                await asyncio.sleep(0.05)
        assert "502" in harness.delivery_service.health_checks()["telegram"]
        assert (harness.delivery_service.registry.get_sample_value("digestbot_outage_seconds") or 0) > 0
        stopped = await harness.progress(run_id)
        assert stopped.pending > 100
        await emulator.clear_faults()
        progress = await harness.finished(run_id)
        assert progress.unconfirmed <= 2 * WINDOW_ENDINGS
        assert progress.sent + progress.unconfirmed == 300
        assert await harness.times() == dict.fromkeys(chats, 1)
        assert "has not answered since 08:00" in (await admin.next_message()).text
        over = await admin.next_message(lambda message: "answers again" in message.text)
        assert f"Not confirmed: {progress.unconfirmed}" in over.text
        assert harness.delivery_service.health_checks() == {}
    assert sum("has not answered" in message.text for message in await admin.history()) == 1


async def test_health_clears_after_a_mended_401(
    harness: DeliveryHarness, emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit_breaker, "FATAL_WAIT_SECONDS", 0.2)
    await emulator.add_fault("error", error_code=401, description="Unauthorized")
    await harness.crowd(20)
    run_id = run_of(await harness.publish())
    await harness.at(MORNING)
    async with asyncio.timeout(PATIENCE):
        while "telegram" not in harness.delivery_service.health_checks():  # noqa: ASYNC110 - health is polled
            await asyncio.sleep(0.01)
    assert harness.delivery_service.health_checks()["telegram"] == "Unauthorized"
    await emulator.clear_faults()
    assert (await harness.finished(run_id)).sent == 20
    assert harness.delivery_service.health_checks() == {}


async def test_notification_survives_refused_connections(harness: DeliveryHarness, emulator: EmulatorClient) -> None:
    admin = await emulator.chat(ADMIN)
    await emulator.add_fault("refuse")
    await harness.delivery_service.notify_admins(run_reports.restored_notice)
    async with asyncio.timeout(PATIENCE):
        while harness.circuit_breaker.outage is None:  # noqa: ASYNC110 - health is polled
            await asyncio.sleep(0.01)
    await emulator.clear_faults()
    await admin.next_message(lambda message: "backup" in message.text)


async def test_stop_during_an_outage_waits_for_no_notification(
    emulator: EmulatorClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notifications that wait for the end of the outage do not hold up a stop, and no delivery is in doubt."""
    monkeypatch.setattr(service, "DRAIN_SECONDS", 10**6)
    async with asyncio.timeout(PATIENCE):
        async with open_harness(emulator, tmp_path / "bot.db") as harness:
            await harness.crowd(50)
            run_id = run_of(await harness.publish())
            await emulator.add_fault("refuse")
            await harness.at(MORNING)
            while harness.circuit_breaker.outage is None:  # noqa: ASYNC110 - it notifies nobody
                await asyncio.sleep(0.01)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        progress = await harness.progress(run_id)
    assert (progress.pending, progress.in_flight, progress.unconfirmed) == (50, 0, 0)
