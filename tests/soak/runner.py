"""Run the bot for a long time with everything that happens to it, and check that nothing is lost and nothing grows.

Each round: an edition and its morning, a broadcast, a flood of one person, now and then an outage or a freeze, while
others send commands all the time. After each run its ledger is audited.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from bot.settings import DriverName
from emulator.client import EmulatedUser, EmulatorClient, spawn_emulator
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
from tests.soak.growth import MIN_ROUNDS, Sample, growth, quietest
from tests.torture.audit import Morning, ReceivedMessage, audit

FLOOD_UPDATES = 400
RUN_SECONDS = 120
"""Longest time that a run may take, an outage included."""

ANSWER_SECONDS = 60.0
STOP_SECONDS = 15.0
COMMANDERS = 20
MIN_KEPT = 20_000
"""Log entries that the emulator keeps at least: a person who waits for an answer on a slow machine still finds it."""

COMMANDS = ("/help", "/today", "/item 1", "/categories", "/status", "/settings", "点评", "what is this?")
OUTAGES = ("html502", "reset", "refuse", "hang")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakOptions:
    """How long, for how many people, and how fast. There are at least `min_rounds` rounds, however long they take."""

    minutes: float = 30.0
    min_rounds: int = MIN_ROUNDS
    people: int = 300
    rate: int = 200
    seed: int = 1
    longest_outage_seconds: float = 12.0
    driver: DriverName = DriverName.AIOGRAM


@dataclass(slots=True)
class SoakResult:
    """Figures of a soak, and everything that was wrong."""

    complaints: list[str] = field(default_factory=list)
    rounds: list[Sample] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    unconfirmed: int = 0
    asked: int = 0
    answered: int = 0
    broadcasts: int = 0


async def soak(options: SoakOptions, folder: Path, report: Callable[[str], object] = print) -> SoakResult:
    """Run rounds until the time is over, then stop the bot, and judge what was seen."""
    async with spawn_emulator("--limits", "--keep", str(max(MIN_KEPT, 40 * options.people))) as emulator:
        await emulator.set_limits(per_second=options.rate, per_second_paid=options.rate)
        bench = await _Bench.prepare(emulator, folder, options)
        async with _bot(emulator, folder, options) as bot, asyncio.TaskGroup() as group:
            sampling = group.create_task(bench.collect_samples(bot))
            commands = [group.create_task(bench.send_commands(number)) for number in range(COMMANDERS)]
            until = time.monotonic() + options.minutes * 60
            while time.monotonic() < until or len(bench.result.rounds) < options.min_rounds:
                await bench.run_round(bot)
                report(f"round {len(bench.result.rounds)}: {bench.result.rounds[-1]}")
            for task in commands:
                task.cancel()
            bench.result.complaints += await _stop(bot)
            await sampling
    if len(bench.result.rounds) >= MIN_ROUNDS:
        bench.result.complaints += growth(bench.result.rounds)
    bench.result.complaints += _log_complaints(folder / "log")
    return bench.result


class _Bench:
    """The emulated people of a soak and what happened to them."""

    def __init__(self, emulator: EmulatorClient, folder: Path, options: SoakOptions) -> None:
        self.emulator = emulator
        self.folder = folder
        self.options = options
        self.chance = random.Random(options.seed)
        self.result = SoakResult()
        self.audience: frozenset[int] = frozenset()
        self.admin: EmulatedUser
        self.flooder: EmulatedUser
        self.commanders: list[EmulatedUser] = []
        self._samples: list[Sample] = []
        self._is_calm = asyncio.Event()
        self._outages = 0

    @classmethod
    async def prepare(cls, emulator: EmulatorClient, folder: Path, options: SoakOptions) -> _Bench:
        """Create the people and the subscriptions."""
        bench = cls(emulator, folder, options)
        bench.audience = frozenset(await emulator.create_users(options.people))
        bench.admin = await emulator.create_user("Admin", "en", id=ADMIN_ID, started=True)
        bench.flooder = await emulator.create_user("Flooder", "en", started=True)
        bench.commanders = [await emulator.create_user("Asker", "en", started=True) for _ in range(COMMANDERS)]
        await emulator.set_clock(shanghai(FIRST_DAY, 5))
        await enrol(folder, sorted(bench.audience))
        await bench._set_steady_faults()
        bench._is_calm.set()
        return bench

    async def run_round(self, bot: Process) -> None:
        """Run a day: its morning, its broadcast, and what else happens to the bot on it."""
        number = len(self.result.rounds)
        self._samples = []
        day = FIRST_DAY + timedelta(days=number)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._disturb(number, bot))
            group.create_task(self._morning(day))
        await self._broadcast(day)
        await self._flood()
        await self._wait_for_samples()
        self.result.rounds.append(quietest(self._samples))

    async def send_commands(self, number: int) -> None:
        """Send one command after the other as one person, and wait for each answer, until cancelled."""
        person, chance = self.commanders[number], random.Random(f"{self.options.seed} {number}")
        while True:
            await asyncio.sleep(chance.expovariate(0.5))
            await self._is_calm.wait()
            outages = self._outages
            since = await self.emulator.last_call_seq()
            await person.send(chance.choice(COMMANDS))
            self.result.asked += 1
            try:
                await person.next_message(timeout=ANSWER_SECONDS)
            except TimeoutError:
                if self._outages == outages and not await self._was_faulted(person.id, since):
                    self.result.complaints.append(f"a command of {person.id} was not answered")
            else:
                self.result.answered += 1

    async def collect_samples(self, bot: Process) -> None:
        """Read the samples that the bot writes, until it ends."""
        assert bot.stdout is not None
        async for line in bot.stdout:
            self._samples.append(Sample(**json.loads(line)))

    async def _morning(self, day: date) -> None:
        since, calls_since = await self.emulator.last_log_seq(), await self.emulator.last_call_seq()
        await self.emulator.set_clock(shanghai(day, 7, 50))
        (self.folder / "digests" / f"{day}.md").write_text(edition(day))
        await self._until("SELECT count(*) FROM runs WHERE date = ?", str(day))
        await self.emulator.set_clock(shanghai(day, 8))
        await self._until("SELECT count(*) FROM runs WHERE date = ? AND state = 'finished'", str(day))
        await self._audit("SELECT id FROM runs WHERE date = ?", str(day), since, calls_since)

    async def _broadcast(self, day: date) -> None:
        """Broadcast as the admin; a preview that a fault took is given up."""
        since, calls_since = await self.emulator.last_log_seq(), await self.emulator.last_call_seq()
        await self.admin.drain_messages()
        await self.admin.send(f"/broadcast Good morning on {day}")
        try:
            preview = await self.admin.next_message(lambda message: any("📣 Send" in row for row in message.buttons))
            await self.admin.press(preview, "📣 Send")
        except TimeoutError:
            return
        newest = "SELECT id FROM runs WHERE kind = 'broadcast' ORDER BY id DESC LIMIT 1"
        await self._until(f"SELECT count(*) FROM runs WHERE id = ({newest}) AND state = 'finished'")  # noqa: S608
        self.result.broadcasts += 1
        await self._audit(newest, None, since, calls_since)

    async def _flood(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(FLOOD_UPDATES):
                group.create_task(self.flooder.send(f"/item {number}"))
        await self.emulator.wait_until_confirmed(timeout=60)

    async def _disturb(self, number: int, bot: Process) -> None:
        """Have every third morning an outage, and every fifth a freeze of the process."""
        if number % 3 == 1:
            self._is_calm.clear()
            self._outages += 1
            await asyncio.sleep(self.chance.uniform(0, 1.5))
            await self.emulator.add_fault(self.chance.choice(OUTAGES))
            await asyncio.sleep(self.chance.uniform(1, self.options.longest_outage_seconds))
            await self.emulator.clear_faults()
            await self._set_steady_faults()
            self._is_calm.set()
        elif number % 5 == 2:
            await asyncio.sleep(self.chance.uniform(0, 1.5))
            bot.send_signal(signal.SIGSTOP)
            await asyncio.sleep(self.chance.uniform(0.5, 4))
            bot.send_signal(signal.SIGCONT)

    async def _set_steady_faults(self) -> None:
        for kind, probability in STEADY_FAULTS:
            await self.emulator.add_fault(
                kind, method="sendMessage", probability=probability, seed=self.chance.randrange(1 << 30), retry_after=1
            )

    async def _wait_for_samples(self) -> None:
        """Wait until three samples were taken after everything of the round was done."""
        wanted = len(self._samples) + 3
        async with asyncio.timeout(30):
            while len(self._samples) < wanted:  # noqa: ASYNC110 - the bot is another process
                await asyncio.sleep(0.2)

    async def _was_faulted(self, chat_id: int, since: int) -> bool:
        calls = await self.emulator.calls(since=since)
        return any(call.fault_id is not None for call in calls if call.chat_id in (chat_id, None))

    async def _audit(self, run_query: str, value: str | None, since: int, calls_since: int) -> None:
        """Compare the ledger of a run with what the chats received."""
        entries = await self.emulator.log(since=since, kind="bot_message")
        kinds = {fault["id"]: fault["kind"] for fault in await self.emulator.faults()}
        calls = [call for call in await self.emulator.calls(since=calls_since) if call.chat_id in self.audience]
        ledger = read_ledger(self.folder, run_query, *([value] if value else []))
        morning = Morning(
            audience=self.audience,
            ledger=ledger,
            received=tuple(
                ReceivedMessage(entry.chat_id or 0, entry.message_id or 0)
                for entry in entries
                if entry.chat_id in self.audience
            ),
            faults=frozenset(
                (call.chat_id or 0, kinds.get(call.fault_id, "html502")) for call in calls if call.fault_id
            ),
        )
        self.result.sent += sum(row.state == "sent" for row in ledger)
        self.result.unconfirmed += sum(row.state == "unconfirmed" for row in ledger)
        self.result.faults.update(kind for _, kind in morning.faults)
        self.result.complaints += [f"{value or 'broadcast'}: {text}" for text in audit(morning)]

    async def _until(self, query: str, *values: str) -> None:
        async with asyncio.timeout(RUN_SECONDS):
            while not read_rows(self.folder, query, *values)[0][0]:  # noqa: ASYNC110 - the bot is another process
                await asyncio.sleep(0.1)


@asynccontextmanager
async def _bot(emulator: EmulatorClient, folder: Path, options: SoakOptions) -> AsyncIterator[Process]:
    config = {
        "control": emulator.control_url,
        "api": emulator.api_url,
        "token": emulator.token,
        "folder": str(folder),
        "rate": options.rate,
        "driver": options.driver,
    }
    command = [sys.executable, "-m", "tests.soak.process", json.dumps(config)]
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _stop(bot: Process) -> list[str]:
    bot.terminate()
    try:
        code = await asyncio.wait_for(bot.wait(), STOP_SECONDS)
    except TimeoutError:
        bot.kill()
        return [f"the bot did not stop within {STOP_SECONDS:.0f} s"]
    return [f"the bot ended with exit code {code}"] if code else []


def _log_complaints(log: Path) -> list[str]:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [f"log: {line}" for line in lines if "Traceback" in line or "[critical" in line]
