"""Run mornings with network faults, an outage, a flood and one SIGKILL each, against the whole bot in its own process.

write an edition -> set the clock to the morning -> outage and flood -> SIGKILL, in the outage or after it -> restart ->
wait for the end -> audit the ledger
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.settings import DriverName
from emulator.client import Call, EmulatedUser, EmulatorClient, spawn_emulator
from tests.mornings import (
    ADMIN_ID,
    FIRST_DAY,
    STEADY_FAULTS,
    edition,
    enrol,
    read_ledger,
    read_rows,
    shanghai,
)
from tests.torture.audit import Morning, MorningOutage, ReceivedMessage, audit, outage_cost
from tests.torture.outages import KINDS_THAT_CUT_CONNECTIONS, OutagePlan, OutageTimes, outage

PENDING = """SELECT count(*) FROM deliveries d JOIN runs r ON r.id = d.run_id
    WHERE r.date = ? AND d.state = 'pending'"""
IN_FLIGHT = "SELECT count(*) FROM deliveries WHERE state = 'in_flight'"
FINISHED = "SELECT count(*) FROM runs WHERE date = ? AND state = 'finished'"
MORNING_SECONDS = 120
BEGINNING_SECONDS = 0.5
"""How long after an outage's beginning earlier calls may still be answered on a busy machine."""

FLOODER = 9002
OTHERS = (ADMIN_ID, FLOODER)
"""People who are no subscribers."""

LATENCY_SECONDS = 0.05
"""Delay of each answer, so that requests are open at the kill."""

DELAY: Mapping[str, Any] = {"kind": "delay", "method": "sendMessage", "seconds": LATENCY_SECONDS}
ON_THE_WAY_SECONDS = 0.05
"""How much earlier than its call's arrival, or later than its answer, a delivery may be in flight."""

HELD_UP_SECONDS = 1.0
"""How much longer an answer may be on its way on a busy machine: an outage may cut it off."""

FLOOD_UPDATES = 100
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class TortureOptions:
    """How many mornings for how many people; `mutation` names a defect to be found."""

    mornings: int = 100
    people: int = 5000
    seed: int = 1
    rate: int = 1000
    mutation: str = ""
    driver: DriverName = DriverName.AIOGRAM


@dataclass(slots=True)
class TortureResult:
    """The disagreements of all mornings, how many requests were open at kills outside of outages, and the outages."""

    disagreements: list[str] = field(default_factory=list)
    open_at_kill: list[int] = field(default_factory=list)
    outages: list[tuple[MorningOutage, int]] = field(default_factory=list)
    """The mornings' outages with their cost."""

    mornings: int = 0
    unconfirmed: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def share_of_kills_with_open_requests(self) -> float:
        return sum(count > 0 for count in self.open_at_kill) / max(1, len(self.open_at_kill))


async def torture(options: TortureOptions, folder: Path, report: Callable[[str], object] = print) -> TortureResult:
    """Run the mornings until one of them disagrees."""
    result = TortureResult()
    async with spawn_emulator("--limits", "--keep", str(max(100_000, 20 * options.people))) as emulator:
        await emulator.set_limits(per_second=options.rate, per_second_paid=options.rate)
        chats = frozenset(await emulator.create_users(options.people))
        await emulator.create_user("Admin", id=ADMIN_ID, started=True)
        flooder = await emulator.create_user("Flooder", id=FLOODER, started=True)
        await emulator.set_clock(shanghai(FIRST_DAY, 5))
        await enrol(folder, sorted(chats))
        await _inject_faults(emulator, options.seed)
        bot = await _start(emulator, folder, options)
        try:
            for number in range(options.mornings):
                day = FIRST_DAY + timedelta(days=number)
                chance = random.Random(f"{options.seed} {number}")
                bot, disagreements = await _morning(
                    emulator, folder, options, bot, day=day, chance=chance, chats=chats, flooder=flooder, result=result
                )
                result.mornings += 1
                result.disagreements += [f"morning {number} (seed {options.seed}): {text}" for text in disagreements]
                outage, cost = result.outages[-1]
                report(
                    f"morning {number}: outage {outage.kind} cost {cost} of at most {outage.bound}, "
                    f"{len(disagreements)} disagreements"
                )
                if disagreements:
                    break
        finally:
            if bot.returncode is None:
                bot.kill()
            await bot.wait()
    return result


async def _morning(
    emulator: EmulatorClient,
    folder: Path,
    options: TortureOptions,
    bot: asyncio.subprocess.Process,
    *,
    day: date,
    chance: random.Random,
    chats: frozenset[int],
    flooder: EmulatedUser,
    result: TortureResult,
) -> tuple[asyncio.subprocess.Process, list[str]]:
    """Run one morning with its outage and its kill; return the restarted bot and the disagreements."""
    since = await emulator.last_log_seq()
    calls_since = await emulator.last_call_seq()
    await emulator.set_clock(shanghai(day, 7, 50))
    (folder / "digests" / f"{day}.md").write_text(edition(day))
    await _until(folder, "SELECT count(*) FROM runs WHERE date = ?", str(day), wanted=1)
    await emulator.set_clock(shanghai(day, 8))
    plan = OutagePlan.draw(chance)
    await _wait_for_messages(emulator, folder, day, since, chance.randrange(1, options.people // 2))
    watching = asyncio.create_task(_greatest_in_flight(folder))
    async with outage(emulator, folder, plan, DELAY) as times:
        async with asyncio.TaskGroup() as group:
            for _ in range(FLOOD_UPDATES):
                group.create_task(flooder.send("/help"))
        if plan.is_killed_within:
            await asyncio.sleep(plan.seconds / 2)
            bot, _ = await _kill(emulator, folder, options, bot)
    times.in_flight = await watching
    if not plan.is_killed_within:
        left = _scalar(folder, PENDING, str(day))
        after = await emulator.last_log_seq()
        await _wait_for_messages(emulator, folder, day, after, chance.randrange(1, max(2, int(left * 0.9))))
        await asyncio.sleep(chance.uniform(0, 0.02))
        bot, open_requests = await _kill(emulator, folder, options, bot)
        if not _is_finished(folder, day):
            result.open_at_kill.append(open_requests)
    await _until(folder, FINISHED, str(day), wanted=1)
    await _check_that_commands_are_answered(flooder)
    morning = await _read_morning(emulator, folder, day, chats, since, calls_since, times)
    assert morning.outage is not None
    result.outages.append((morning.outage, outage_cost(morning)))
    result.unconfirmed += sum(entry.state == "unconfirmed" for entry in morning.ledger)
    result.faults.update(kind for _, kind in morning.faults)
    return bot, audit(morning)


async def _greatest_in_flight(folder: Path) -> int:
    """Return the most deliveries in flight while an outage begins.

    For the bot it begins with the last answer, which comes later than the fault: calls before it are still answered.
    """
    greatest, until = 0, time.monotonic() + BEGINNING_SECONDS
    while time.monotonic() < until:
        greatest = max(greatest, _scalar(folder, IN_FLIGHT))
        await asyncio.sleep(0.01)
    return greatest


async def _kill(
    emulator: EmulatorClient, folder: Path, options: TortureOptions, bot: asyncio.subprocess.Process
) -> tuple[asyncio.subprocess.Process, int]:
    """Kill the bot and start it again; return the new process and how many requests were open."""
    bot.send_signal(signal.SIGKILL)
    await bot.wait()
    open_requests = _scalar(folder, IN_FLIGHT)
    return await _start(emulator, folder, options), open_requests


async def _check_that_commands_are_answered(person: EmulatedUser) -> None:
    """Send a command until it is answered: the throttle may still be busy with the flood. Raises TimeoutError."""
    await person.drain_messages()
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            await person.send("/help")
            with contextlib.suppress(TimeoutError):
                await person.next_message(timeout=2)
                return


async def _inject_faults(emulator: EmulatorClient, seed: int) -> None:
    """Inject occasional lost answers, resets and 429s, and a latency on every answer."""
    # With one seed for all they would come together.
    for number, (kind, probability) in enumerate(STEADY_FAULTS):
        await emulator.add_fault(
            kind, method="sendMessage", probability=probability, seed=10 * seed + number, retry_after=1
        )
    await emulator.add_fault(**DELAY)


async def _start(emulator: EmulatorClient, folder: Path, options: TortureOptions) -> asyncio.subprocess.Process:
    config = {
        "control": emulator.control_url,
        "api": emulator.api_url,
        "token": emulator.token,
        "folder": str(folder),
        "rate": options.rate,
        "mutation": options.mutation,
        "driver": options.driver,
    }
    command = [sys.executable, "-m", "tests.torture.process", json.dumps(config)]
    return await asyncio.create_subprocess_exec(*command, start_new_session=True)


async def _wait_for_messages(emulator: EmulatorClient, folder: Path, day: date, since: int, count: int) -> None:
    """Wait until the bot has sent so many messages this morning, or has finished."""
    seen = 0
    async with asyncio.timeout(MORNING_SECONDS):
        while seen < count and not _is_finished(folder, day):
            entries = await emulator.log(since=since, kind="bot_message", wait=1)
            if entries:
                since = entries[-1].seq
            seen += sum(entry.chat_id not in OTHERS for entry in entries)


async def _read_morning(
    emulator: EmulatorClient,
    folder: Path,
    day: date,
    chats: frozenset[int],
    since: int,
    calls_since: int,
    times: OutageTimes,
) -> Morning:
    entries = [entry for entry in await emulator.log(since=since, kind="bot_message") if entry.chat_id in chats]
    kinds = {fault["id"]: fault["kind"] for fault in await emulator.faults()}
    calls = [call for call in await emulator.calls("sendMessage", since=calls_since) if call.chat_id in chats]
    probes = await emulator.calls("getMe", since=calls_since)
    return Morning(
        audience=chats,
        ledger=read_ledger(folder, "SELECT id FROM runs WHERE date = ?", str(day)),
        received=tuple(ReceivedMessage(entry.chat_id or 0, entry.message_id or 0) for entry in entries),
        faults=frozenset((call.chat_id or 0, kinds[call.fault_id]) for call in calls if call.fault_id in kinds),
        outage=_morning_outage(times, chats, calls, probes),
    )


def _morning_outage(
    times: OutageTimes, audience: frozenset[int], calls: Sequence[Call], probes: Sequence[Call]
) -> MorningOutage:
    """Return what an outage met: calls with its fault, those without an answer when it began, and unread ones.

    A busy server reads calls late: then more are in flight than it knows of, and the ledger counts them.
    """
    sent_since = times.before - LATENCY_SECONDS - ON_THE_WAY_SECONDS
    in_flight = [call for call in calls if sent_since <= call.monotonic <= times.began]
    held_up = [call for call in calls if sent_since - HELD_UP_SECONDS <= call.monotonic < sent_since]
    met = [call for call in calls if call.fault_id == times.fault_id]
    is_cut = times.plan.kind in KINDS_THAT_CUT_CONNECTIONS
    unread = audience - {call.chat_id for call in calls} if is_cut else frozenset()
    return MorningOutage(
        kind=times.plan.kind,
        chats=frozenset(call.chat_id or 0 for call in (*held_up, *in_flight, *met)) | unread,
        in_flight=max(len(in_flight), times.in_flight),
        processes=1 + times.plan.is_killed_within,
        answered_probes=sum(times.before <= probe.monotonic <= times.over and probe.status == 200 for probe in probes),
    )


def _scalar(folder: Path, query: str, *values: object) -> int:
    return int(read_rows(folder, query, *values)[0][0])


def _is_finished(folder: Path, day: date) -> bool:
    return bool(_scalar(folder, FINISHED, str(day)))


async def _until(folder: Path, query: str, *values: object, wanted: int) -> None:
    async with asyncio.timeout(MORNING_SECONDS):
        while _scalar(folder, query, *values) != wanted:  # noqa: ASYNC110 - the bot is another process
            await asyncio.sleep(0.1)
