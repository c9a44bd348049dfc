"""Run mornings with faults, an outage, a flood and a SIGKILL each, against the whole bot, perhaps behind a proxy.

A share of the people read the rich layout; some of their chats refuse it, and some of its messages are refused.

write an edition -> set the clock to the morning -> outage and flood -> SIGKILL, in the outage or after it -> restart ->
wait for the end -> audit the ledger -> a broadcast to a drawn segment, with a kill of its own -> audit its ledger ->
perhaps a change of the edition and of the broadcast, each with a kill of its own -> look at every chat
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

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
from tests.torture.audit import MorningOutage, audit, outage_cost
from tests.torture.bot import BotProcess, RestartableProxy, real_proxies
from tests.torture.changes import DELETING, EDITING, Delivered, change
from tests.torture.evidence import FLOODER, OTHERS, read_broadcast, read_morning
from tests.torture.outages import FAULTS, KINDS, LATENCY_SECONDS, PROXY_KILLED, READ_SECONDS, OutagePlan, outage
from tests.torture.standstill import Standstill
from transport.responses import RICH_METHOD

PENDING = """SELECT count(*) FROM deliveries d JOIN runs r ON r.id = d.run_id
    WHERE r.date = ? AND d.state = 'pending'"""
EDITION_RUN = "SELECT id FROM runs WHERE date = ? AND kind = 'digest'"
DRAFTS = "SELECT count(*) FROM runs WHERE kind = 'broadcast' AND state = 'draft'"
IN_FLIGHT = "SELECT count(*) FROM deliveries WHERE state = 'in_flight'"
FINISHED = "SELECT count(*) FROM runs WHERE date = ? AND state = 'finished'"
MORNING_SECONDS = 120
BEGINNING_SECONDS = 0.5
"""How long after an outage's beginning earlier calls may still be answered on a busy machine."""

DELAY: Mapping[str, Any] = {"kind": "delay", "method": "*Message*", "seconds": LATENCY_SECONDS}

REFUSALS = (("RICH_MESSAGE_EMPTY", 0.05), ("WEBPAGE_CURL_FAILED", 0.05))
"""Refusals of single rich messages, each with its probability."""

RICH_SHARE, REFUSING_SHARE = 3, 50
"""One in so many people reads the rich layout; of these, one in so many refuses it from a morning on."""

LATE_SECONDS = READ_SECONDS / 2
"""How long the machine stands still before answers may be waited for in vain: it stops the server as well."""

FLOOD_UPDATES = 100
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class TortureOptions:
    """How many mornings for how many people; `mutation` names a defect to be found, `outage` the only kind drawn."""

    mornings: int = 100
    people: int = 5000
    seed: int = 1
    rate: int = 1000
    mutation: str = ""
    driver: DriverName = DriverName.AIOGRAM
    outage: str = ""


@dataclass(slots=True)
class TortureResult:
    """The disagreements of all mornings, how many requests were open at kills outside of outages, and the outages."""

    disagreements: list[str] = field(default_factory=list)
    open_at_kill: list[int] = field(default_factory=list)
    outages: list[tuple[MorningOutage, int]] = field(default_factory=list)
    """The mornings' outages with their cost."""

    mornings: int = 0
    unconfirmed: int = 0
    refused: int = 0
    """Chats for which a rich message was refused, of all mornings."""

    standstills: int = 0
    """Mornings in which the machine stood still for so long that answers came too late."""

    faults: Counter[str] = field(default_factory=Counter)

    @property
    def share_of_kills_with_open_requests(self) -> float:
        return sum(count > 0 for count in self.open_at_kill) / max(1, len(self.open_at_kill))


async def torture(options: TortureOptions, folder: Path, report: Callable[[str], object] = print) -> TortureResult:
    """Run the mornings until one of them disagrees."""
    result = TortureResult()
    with Standstill() as standstill:
        await _mornings(options, folder, report, standstill, result)
    return result


async def _mornings(
    options: TortureOptions,
    folder: Path,
    report: Callable[[str], object],
    standstill: Standstill,
    result: TortureResult,
) -> None:
    async with (
        spawn_emulator("--limits", "--keep", str(max(100_000, 20 * options.people))) as emulator,
        real_proxies(folder, report) as proxies,
    ):
        await emulator.set_limits(per_second=options.rate, per_second_paid=options.rate)
        chats = frozenset(await emulator.create_users(options.people))
        await emulator.create_user("Admin", id=ADMIN_ID, started=True)
        flooder = await emulator.create_user("Flooder", id=FLOODER, started=True)
        await emulator.set_clock(shanghai(FIRST_DAY, 5))
        rich = sorted(chats)[::RICH_SHARE]
        await enrol(folder, sorted(chats), rich=frozenset(rich))
        await _inject_faults(emulator, options.seed)
        bot = BotProcess(_config(emulator, folder, options))
        await bot.start()
        try:
            for number in range(options.mornings):
                day = FIRST_DAY + timedelta(days=number)
                chance = random.Random(f"{options.seed} {number}")
                plan, proxy = _draw(chance, list(proxies.values()), options.outage)
                await bot.use(proxy)
                await _refuse_rich_messages(emulator, chance.sample(rich, len(rich) // REFUSING_SHARE + 1))
                since = await emulator.last_log_seq()
                disagreements = await _morning(
                    emulator,
                    folder,
                    options,
                    bot,
                    day=day,
                    plan=plan,
                    chance=chance,
                    chats=chats,
                    flooder=flooder,
                    standstill=standstill,
                    result=result,
                )
                broadcast_run_id, found = await _broadcast(
                    emulator, folder, bot, day=day, chance=chance, chats=chats, standstill=standstill
                )
                disagreements += found
                delivered = Delivered(
                    emulator=emulator,
                    folder=folder,
                    bot=bot,
                    day=day,
                    since=since,
                    edition_run_id=_scalar(folder, EDITION_RUN, str(day)),
                    broadcast_run_id=broadcast_run_id,
                )
                disagreements += await change(delivered, chance)
                result.mornings += 1
                result.disagreements += [f"morning {number} (seed {options.seed}): {text}" for text in disagreements]
                outage, cost = result.outages[-1]
                route = proxy.url if proxy else "no proxy"
                report(
                    f"morning {number}: {route}, outage {outage.kind} cost {cost} of at most {outage.bound}, "
                    f"{len(disagreements)} disagreements"
                )
                if disagreements:
                    break
        finally:
            await bot.kill()


def _draw(
    chance: random.Random, proxies: Sequence[RestartableProxy], kind: str
) -> tuple[OutagePlan, RestartableProxy | None]:
    """Return a morning's outage and the proxy that the bot uses in it, if any."""
    kinds = KINDS if proxies else tuple(FAULTS)
    plan = OutagePlan.draw(chance, (kind,) if kind else kinds)
    return plan, chance.choice(proxies if plan.kind == PROXY_KILLED else [None, *proxies])


async def _morning(
    emulator: EmulatorClient,
    folder: Path,
    options: TortureOptions,
    bot: BotProcess,
    *,
    day: date,
    plan: OutagePlan,
    chance: random.Random,
    chats: frozenset[int],
    flooder: EmulatedUser,
    standstill: Standstill,
    result: TortureResult,
) -> list[str]:
    """Run one morning with its outage and its kill; return the disagreements."""
    since = await emulator.last_log_seq()
    calls_since = await emulator.last_call_seq()
    await emulator.set_clock(shanghai(day, 7, 50))
    (folder / "digests" / f"{day}.md").write_text(edition(day))
    await _until(folder, "SELECT count(*) FROM runs WHERE date = ?", str(day), wanted=1)
    await emulator.set_clock(shanghai(day, 8))
    await _wait_for_messages(emulator, folder, day, since, chance.randrange(1, options.people // 2))
    watching = asyncio.create_task(_greatest_in_flight(folder))
    async with outage(emulator, folder, plan, DELAY, bot.proxy) as times:
        async with asyncio.TaskGroup() as group:
            for _ in range(FLOOD_UPDATES):
                group.create_task(flooder.send("/help"))
        if plan.is_killed_within:
            await asyncio.sleep(plan.seconds / 2)
            await _kill(folder, bot)
    times.in_flight = await watching
    if not plan.is_killed_within:
        left = _scalar(folder, PENDING, str(day))
        after = await emulator.last_log_seq()
        await _wait_for_messages(emulator, folder, day, after, chance.randrange(1, max(2, int(left * 0.9))))
        await asyncio.sleep(chance.uniform(0, 0.02))
        open_requests = await _kill(folder, bot)
        if not _is_finished(folder, day):
            result.open_at_kill.append(open_requests)
    await _until(folder, FINISHED, str(day), wanted=1)
    await _check_that_commands_are_answered(flooder)
    morning = await read_morning(emulator, folder, day, chats, since, calls_since, times)
    morning = replace(morning, stood_still=standstill.take() > LATE_SECONDS)
    result.standstills += morning.stood_still
    assert morning.outage is not None
    result.outages.append((morning.outage, outage_cost(morning)))
    result.unconfirmed += sum(entry.state == "unconfirmed" for entry in morning.ledger)
    result.refused += len(morning.refused)
    result.faults.update(kind for _, kind in morning.faults)
    return audit(morning)


async def _broadcast(
    emulator: EmulatorClient,
    folder: Path,
    bot: BotProcess,
    *,
    day: date,
    chance: random.Random,
    chats: frozenset[int],
    standstill: Standstill,
) -> tuple[int | None, list[str]]:
    """Let the admin broadcast to a drawn segment, now or in an hour, and kill the bot meanwhile; audit it.

    Return the run, or None if the segment has nobody, and the disagreements.

    Who had the edition is reckoned from the rows of the morning, apart from the program's own predicate.
    """
    had = {row.chat_id for row in read_ledger(folder, "SELECT id FROM runs WHERE date = ?", str(day))
           if row.state in ("sent", "unconfirmed")}  # fmt: skip
    choice, audience = chance.choice(
        [("all", chats), ("kind people", chats), (f"had {day}", chats & had), (f"missed {day}", chats - had)]
    )
    is_later, text = chance.random() < 0.5, f"Broadcast of {day}"
    since, calls_since = await emulator.last_log_seq(), await emulator.last_call_seq()
    admin = EmulatedUser(emulator, ADMIN_ID, since)
    await admin.send(f"/broadcast {text}")
    await _until(folder, DRAFTS, wanted=1)
    run_id = _scalar(folder, "SELECT max(id) FROM runs WHERE kind = 'broadcast'")
    newest = (await admin.history())[-1]
    for words in (f"to {choice}", *(["when hour"] if is_later else [])):
        await admin.send_press(newest, f"broadcast {run_id} {words}", forge=True)
    await emulator.wait_until_confirmed()
    if not audience:
        await admin.send_press(newest, f"broadcast {run_id} discard", forge=True)
        await _until(folder, DRAFTS, wanted=0)
        return None, []
    await admin.send_press(newest, f"broadcast {run_id} send", forge=True)
    await _until(folder, DRAFTS, wanted=0)
    if is_later:
        await emulator.advance_clock(3600)
    await asyncio.sleep(chance.uniform(0, 0.4))
    await _kill(folder, bot)
    await _until(folder, "SELECT count(*) FROM runs WHERE id = ? AND state = 'finished'", run_id, wanted=1)
    books = await read_broadcast(emulator, folder, run_id, text, audience, since, calls_since)
    books = replace(books, stood_still=standstill.take() > LATE_SECONDS)
    return run_id, [f"broadcast ({choice}): {disagreement}" for disagreement in audit(books)]


async def _greatest_in_flight(folder: Path) -> int:
    """Return the most deliveries in flight while an outage begins.

    For the bot it begins with the last answer, which comes later than the fault: calls before it are still answered.
    """
    greatest, until = 0, time.monotonic() + BEGINNING_SECONDS
    while time.monotonic() < until:
        greatest = max(greatest, _scalar(folder, IN_FLIGHT))
        await asyncio.sleep(0.01)
    return greatest


async def _kill(folder: Path, bot: BotProcess) -> int:
    """Kill the bot and start it again; return how many requests were open."""
    await bot.kill()
    open_requests = _scalar(folder, IN_FLIGHT)
    await bot.start()
    return open_requests


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
    for method, first in (("send*Message", 10 * seed), (EDITING, 10 * seed + 1000), (DELETING, 10 * seed + 2000)):
        for number, (kind, probability) in enumerate(STEADY_FAULTS):
            await emulator.add_fault(kind, method=method, probability=probability, seed=first + number, retry_after=1)
    for number, (description, probability) in enumerate(REFUSALS):
        await emulator.add_fault(
            "error",
            method=RICH_METHOD,
            probability=probability,
            seed=10 * seed + 5 + number,
            description=f"Bad Request: {description}",
        )
    await emulator.add_fault(**DELAY)


async def _refuse_rich_messages(emulator: EmulatorClient, chats: Iterable[int]) -> None:
    for chat in chats:
        await EmulatedUser(emulator, chat, 0).refuse_rich_messages()


def _config(emulator: EmulatorClient, folder: Path, options: TortureOptions) -> Mapping[str, Any]:
    return {
        "control": emulator.control_url,
        "api": emulator.api_url,
        "token": emulator.token,
        "folder": str(folder),
        "rate": options.rate,
        "mutation": options.mutation,
        "driver": options.driver,
    }


async def _wait_for_messages(emulator: EmulatorClient, folder: Path, day: date, since: int, count: int) -> None:
    """Wait until the bot has sent so many messages this morning, or has finished."""
    seen = 0
    async with asyncio.timeout(MORNING_SECONDS):
        while seen < count and not _is_finished(folder, day):
            entries = await emulator.log(since=since, kind="bot_message", wait=1)
            if entries:
                since = entries[-1].seq
            seen += sum(entry.chat_id not in OTHERS for entry in entries)


def _scalar(folder: Path, query: str, *values: object) -> int:
    return int(read_rows(folder, query, *values)[0][0])


def _is_finished(folder: Path, day: date) -> bool:
    return bool(_scalar(folder, FINISHED, str(day)))


async def _until(folder: Path, query: str, *values: object, wanted: int) -> None:
    async with asyncio.timeout(MORNING_SECONDS):
        while _scalar(folder, query, *values) != wanted:  # noqa: ASYNC110 - the bot is another process
            await asyncio.sleep(0.1)
