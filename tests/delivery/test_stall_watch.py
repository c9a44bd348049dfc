"""A delivery that is stuck is noticed after a minute, unless it is known why nothing is claimed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.stall_watch import STALL_SECONDS, StallWatch
from domain.delivery.outcome import Retry
from emulator.client import EmulatorClient
from storage.database import WriteError
from tests.delivery.harness import MORNING, DeliveryHarness, open_harness, run_of
from transport.turn_queue import Priority


async def without_standby() -> WriteError:
    return WriteError("no standby", 61.0, is_waiting=True)


@pytest.fixture
async def stuck(emulator: EmulatorClient, tmp_path: Path) -> AsyncIterator[DeliveryHarness]:
    """Yield a harness in which a row is due and nothing runs."""
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        await harness.crowd(1)
        run_of(await harness.publish())
        await harness.at(MORNING)
        yield harness


def watch(harness: DeliveryHarness, ends: list[str]) -> StallWatch:
    components = harness.delivery_service._components
    return StallWatch(
        harness.database,
        components.ledger,
        components.startup_check,
        harness.circuit_breaker,
        harness.rate_limiter,
        now=harness.clock,
        on_stall=ends.append,
    )


async def test_stuck_delivery_ends_the_process(stuck: DeliveryHarness) -> None:
    ends: list[str] = []
    watching = watch(stuck, ends)
    for at in (0.0, 30.0, STALL_SECONDS - 0.1):
        await watching.check(at)
    assert ends == []
    await watching.check(STALL_SECONDS)
    assert ends == ["deliveries are due, and none was claimed for 60 s"]


async def test_claim_begins_a_new_minute(stuck: DeliveryHarness) -> None:
    ends: list[str] = []
    watching = watch(stuck, ends)
    await watching.check(0)
    stuck.delivery_service._components.ledger.claimed += 1
    for at in (50.0, 100.0):
        await watching.check(at)
    assert ends == []
    await watching.check(110)
    assert len(ends) == 1


@pytest.mark.parametrize(
    "reason", ["held", "outage", "retry after", "chat must wait", "paused", "delayed", "standbys gone"]
)
async def test_known_reason_ends_nothing(stuck: DeliveryHarness, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    match reason:
        case "standbys gone":
            monkeypatch.setattr(stuck.database, "find_write_error", without_standby)
        case "held":
            stuck.delivery_service._components.startup_check.hold("restored")
        case "outage":
            for _ in range(20):
                stuck.circuit_breaker.record(Priority.NOTIFICATION, Retry("refused"))
        case "retry after":
            stuck.rate_limiter.restore_retry_after(None, 3600)
        case "chat must wait":
            async with stuck.database.read() as tx:
                chat_id = (await tx.exec_driver_sql("SELECT chat_id FROM subscribers")).scalar_one()
            stuck.rate_limiter.restore_retry_after(chat_id, 3600)
        case "paused":
            async with stuck.database.write() as tx:
                await tx.exec_driver_sql("UPDATE runs SET state = 'paused'")
        case _:
            stuck.clock.now = MORNING - timedelta(hours=1)
            async with stuck.database.write() as tx:
                await tx.exec_driver_sql("UPDATE deliveries SET not_before = '2025-09-12 00:00:00.000000'")
    ends: list[str] = []
    watching = watch(stuck, ends)
    for at in (0.0, 61.0, 200.0):
        await watching.check(at)
    assert ends == []


async def test_database_that_fails_is_no_reason(stuck: DeliveryHarness) -> None:
    ends: list[str] = []
    watching = watch(stuck, ends)
    async with stuck.database.write() as tx:
        await tx.exec_driver_sql("DROP TABLE deliveries")
    for at in (0.0, 61.0):
        await watching.check(at)
    assert len(ends) == 1


@pytest.mark.parametrize("failure", ["error", "silence"])
async def test_server_that_cannot_be_asked_ends_it(
    stuck: DeliveryHarness, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether commits wait for a standby is not known then, and the watch itself neither fails nor waits for ever."""

    async def find_write_error() -> WriteError | None:
        if failure == "error":
            raise RuntimeError("no connection is free")
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr(stuck.database, "find_write_error", find_write_error)
    monkeypatch.setattr("delivery.stall_watch.CHECK_INTERVAL_SECONDS", 0.1)
    ends: list[str] = []
    watching = watch(stuck, ends)
    async with asyncio.timeout(20):
        await watching.check(0.0)
        await watching.check(STALL_SECONDS)
    assert len(ends) == 1
