"""Cut the network of a bot's owner in the middle of a morning: `python -m tests.fleet.partitions [KIND]`, as root.

Prints for each kind how soon the owner was silent, and how soon another process had the bot. Exit code 1 if a promise
was broken. While packets are lost, sessions with PostgreSQL end again and again: how far a morning comes then is
printed and not promised, but that it ends well afterwards.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bot.exit_code import ExitCode
from storage.postgresql.address import parse_address
from storage.postgresql.ledger_session import LEASE_SECONDS
from tests.fleet.morning import FleetMorning, create_database, fleet_morning
from tests.fleet.network import BOTH_WAYS, Network, running_network, why_impossible
from tests.interruption import run
from tests.postgresql import USER, Cluster, running_server

PEOPLE, RATE = 90, 15
MACHINES = 2
DATABASE_PORT = 5432
LOSS, LOSS_SECONDS = 0.3, 30.0
MAX_OWNER_SECONDS = 1.5 * LEASE_SECONDS

CUTS = {"PostgreSQL": BOTH_WAYS, "requests to PostgreSQL": ("out",), "answers of PostgreSQL": ("in",)}
"""Kinds of cuts after which another process goes on, with the ways that are cut."""

TELEGRAM, LOSSY = "Telegram", "30 % of all packets"
KINDS = (*CUTS, TELEGRAM, LOSSY)


@dataclass(slots=True)
class Partition:
    """What came of a cut."""

    kind: str
    disagreements: list[str] = field(default_factory=list)
    unconfirmed: int = 0
    silent_after: float | None = None
    """Seconds from the cut to the last message of the process that was cut off."""
    owner_after: float | None = None
    """Seconds from the cut until another process had the bot."""
    messages_meanwhile: int | None = None
    """Messages that came while packets were lost."""


async def partition(kind: str, folder: Path) -> Partition:
    """Run a morning with one cut."""
    result = Partition(kind)
    with (
        running_network(MACHINES) as network,
        running_server(networks=network.everybody, options={"listen_addresses": network.address}) as server,
    ):
        create_database(Cluster(server.folder))
        address = parse_address(f"postgresql://{USER}@{network.address}:{DATABASE_PORT}/fleet")
        machines = [{"namespace": network.namespace(number)} for number in range(MACHINES)]
        async with fleet_morning(
            folder, address, people=PEOPLE, rate=RATE, host=network.address, machines=machines
        ) as morning:
            await morning.publish()
            await morning.wait_for_messages(10)
            await _cut(kind, network, morning, result)
            result.disagreements += (await morning.finish(has_outage=True))[0]
            result.unconfirmed = (await morning.audit(has_outage=True))[1]
    return result


async def _cut(kind: str, network: Network, morning: FleetMorning, result: Partition) -> None:
    owner = await morning.owner()
    pids = [machine.pid for machine in morning.manager.machines]
    assert owner is not None
    number = pids.index(owner)
    api_port = urlsplit(morning.bot_api.url).port or 0
    if kind == LOSSY:
        for machine in range(MACHINES):
            for port in (api_port, DATABASE_PORT):
                network.cut(machine, port, share=LOSS)
        before = len(await morning.arrivals())
        await asyncio.sleep(LOSS_SECONDS)  # as long as the fault lasts: nothing is waited for
        network.heal()
        result.messages_meanwhile = len(await morning.arrivals()) - before
    elif kind == TELEGRAM:
        network.cut(number, api_port)
        await morning.wait_until_silent(1)
        network.heal()
    else:
        network.cut(number, DATABASE_PORT, CUTS[kind])
        await _follow(number, owner, network, morning, result)


async def _follow(number: int, owner: int, network: Network, morning: FleetMorning, result: Partition) -> None:
    """Follow the takeover from the cut on, and mend the network when the next owner is at work."""
    cut_at, others = time.monotonic(), [m.pid for n, m in enumerate(morning.manager.machines) if n != number]
    await morning.wait_for_owner(others)
    result.owner_after = time.monotonic() - cut_at
    former, others_address = network.machine_address(number), network.machine_address(1 - number)
    await morning.wait_for_message_from(others_address)
    network.heal()
    await morning.wait_for_exit(owner, ExitCode.TEMPORARY_FAILURE)
    times = (await morning.bot_api.figures()).times
    last = max(at for at, address in times if address == former)
    result.silent_after = last - cut_at
    if any(address == others_address and at <= last for at, address in times):
        result.disagreements.append("both processes sent at once")


def check_times(result: Partition) -> Sequence[str]:
    """Return what took too long on a machine that is not busy."""
    late = []
    if result.silent_after is not None and result.silent_after > LEASE_SECONDS:
        late.append(f"the former owner was silent after {result.silent_after:.2f} s only")
    if result.owner_after is not None and result.owner_after > MAX_OWNER_SECONDS:
        late.append(f"another process had the bot after {result.owner_after:.2f} s only")
    return late


def main() -> int:
    if (reason := why_impossible()) is not None:
        sys.stderr.write(f"{reason}\n")
        return 1
    failed = 0
    for kind in sys.argv[1:] or KINDS:
        with tempfile.TemporaryDirectory(prefix="partition-") as folder:
            result = run(partition(kind, Path(folder)))
        problems = [*result.disagreements, *check_times(result)]
        failed += bool(problems)
        times = [_seconds("silent", result.silent_after), _seconds("another owner", result.owner_after)]
        if result.messages_meanwhile is not None:
            times.append(f", {result.messages_meanwhile} messages in the {LOSS_SECONDS:.0f} s of it")
        line = f"{kind:24} {result.unconfirmed:2} unconfirmed{''.join(times)}: {problems or 'nobody twice'}"
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 1 if failed else 0


def _seconds(what: str, seconds: float | None) -> str:
    return "" if seconds is None else f", {what} after {seconds:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
