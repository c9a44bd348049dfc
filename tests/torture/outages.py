"""Outages of the torture: which faults make one, how long it lasts, and how many sends it may cost.

Durations of 1 to 300 seconds are drawn evenly on a logarithmic scale. A morning is delivered 60 times faster than at
30 messages a second or less, so outages and the circuit breaker's waits are 60 times shorter too (`SPEEDUP`).
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulator.client import EmulatorClient
from tests.torture.bot import RestartableProxy

SPEEDUP = 60
READ_SECONDS = 8.0
"""How long the bot waits for an answer here; not shortened as much, because the emulator may be held up for seconds."""

LATENCY_SECONDS = 0.05
"""Delay of each answer, so that requests are open at the kill."""

SHORTEST_SECONDS, LONGEST_SECONDS = 1, 300

NAME_GONE = "name-gone"
"""File in the bot's folder that makes its name lookups fail."""

IN_FLIGHT_NOTES = "in-flight"
"""File in the bot's folder with a line for each delivery that was lost: the time, and how many were in flight then."""

FAULTS: Mapping[str, Mapping[str, Any]] = {
    "refused": {"kind": "refuse"},
    "reset_before": {"kind": "reset"},
    "reset_after": {"kind": "drop"},
    "page_before": {"kind": "html502", "execute": False},
    "page_after": {"kind": "html502"},
    "hanging": {"kind": "hang"},
    "name_gone": {"kind": "refuse", "seconds": 0.05},
    "only_sending": {"kind": "html502", "method": "send*Message"},
}
"""The fault of each kind of outage. Names are looked up only for new connections, so `name_gone` breaks the others."""

PROXY_KILLED = "proxy_killed"
"""The outage without a fault of the emulator: the proxy is killed, and started again at the end."""

KINDS = (*FAULTS, PROXY_KILLED)

KINDS_THAT_CUT_CONNECTIONS = ("refused", "name_gone", PROXY_KILLED)
"""Outages whose beginning also cuts off requests that the server has not read yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePlan:
    """An outage to come: its kind, its length, and whether the process is killed in it."""

    kind: str
    seconds: float
    is_killed_within: bool

    @classmethod
    def draw(cls, chance: random.Random, kinds: Sequence[str] = KINDS) -> OutagePlan:
        seconds = math.exp(chance.uniform(math.log(SHORTEST_SECONDS), math.log(LONGEST_SECONDS)))
        return cls(
            kind=chance.choice(sorted(kinds)), seconds=seconds / SPEEDUP, is_killed_within=chance.random() < 0.25
        )


@dataclass(slots=True)
class OutageTimes:
    """When an outage began at the earliest and at the latest, when it was over, and its fault's id, if it has one.

    `in_flight` is the greatest number of deliveries in flight that the ledger showed around its beginning.
    """

    plan: OutagePlan
    is_behind_proxy: bool = False
    fault_id: int = 0
    before: float = field(default_factory=time.monotonic)
    began: float = 0.0
    over: float = 0.0
    in_flight: int = 0


@asynccontextmanager
async def outage(
    emulator: EmulatorClient,
    folder: Path,
    plan: OutagePlan,
    delay: Mapping[str, Any],
    proxy: RestartableProxy | None = None,
) -> AsyncIterator[OutageTimes]:
    """Have an outage inside the block and as long as planned; `delay` is the fault that answers late in between."""
    times = OutageTimes(plan, is_behind_proxy=proxy is not None)
    kind = _without_proxy(proxy, times) if plan.kind == PROXY_KILLED else _with_fault(emulator, folder, times, delay)
    async with kind:
        times.began = time.monotonic()
        yield times
        await asyncio.sleep(max(0.0, plan.seconds - (time.monotonic() - times.began)))


@asynccontextmanager
async def _with_fault(
    emulator: EmulatorClient, folder: Path, times: OutageTimes, delay: Mapping[str, Any]
) -> AsyncIterator[None]:
    if times.plan.kind == "name_gone":
        (folder / NAME_GONE).touch()
    times.fault_id = await emulator.add_fault(**FAULTS[times.plan.kind])
    await _put_last(emulator, delay)
    try:
        yield
    finally:
        (folder / NAME_GONE).unlink(missing_ok=True)
        await emulator.request("DELETE", f"/faults/{times.fault_id}")
        times.over = time.monotonic()


@asynccontextmanager
async def _without_proxy(proxy: RestartableProxy | None, times: OutageTimes) -> AsyncIterator[None]:
    """Kill the proxy for the block. No call of the bot arrives until `times.over`, but for those under way."""
    assert proxy is not None
    await proxy.kill()
    try:
        yield
    finally:
        times.over = time.monotonic()
        await proxy.start()


async def _put_last(emulator: EmulatorClient, fault: Mapping[str, Any]) -> None:
    """Put a fault behind all others: the first that matches a call applies."""
    for rule in await emulator.faults():
        if rule["kind"] == fault["kind"]:
            await emulator.request("DELETE", f"/faults/{rule['id']}")
    await emulator.add_fault(**fault)
