"""Withdraw an edition from thousands while the process is killed: `python -m tests.torture.withdrawals`.

edition to all -> correction -> SIGKILL -> withdrawal -> start, SIGKILL, … -> what each chat shows

The correction is on its way when the edition is withdrawn. Exit code 1 if somebody shows anything of it at the end, if
anything was sent or edited after the withdrawal was stored, or if the last process fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from domain.delivery.policy import CorrectionPolicy
from domain.delivery.states import RunState
from domain.delivery.withdrawal import WithdrawalFigures
from emulator.client import EmulatorClient, spawn_emulator
from storage import run_progress, withdrawals
from tests.delivery.harness import ADMIN, DAY, MORNING, Clock, open_harness, run_of
from tests.delivery.test_corrections import FULL, version
from tests.torture.corrections import PATIENCE


class MorningClock(Clock):
    """Clock that runs on from the morning, in every process alike."""

    def __init__(self, started_at: float) -> None:
        super().__init__()
        self._started_at = started_at

    def __call__(self) -> datetime:
        return MORNING + timedelta(seconds=time.time() - self._started_at)


SENDING = "sendMessage", "editMessageText"


async def serve(addresses: tuple[str, str, str], path: Path, clock: Clock, rate: float) -> None:
    """Send and take back what is to be until killed, or until the withdrawal has ended."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(EmulatorClient.connect(*addresses))
        opened = open_harness(client, path, clock=clock, rate=rate, in_flight=64)
        harness = await stack.enter_async_context(opened)
        while True:
            await harness.delivery_service.tick()
            async with harness.database.read() as tx:
                withdrawal = await withdrawals.newest(tx, DAY)
            if withdrawal is not None and withdrawal.state is RunState.FINISHED:
                return
            await asyncio.sleep(0.2)


async def torture(folder: Path, *, people: int, kills: int, rate: float, seed: int) -> bool:
    """Kill the process so many times during the withdrawal; return whether nobody keeps the edition."""
    chance, path = random.Random(seed), folder / "bot.db"
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(spawn_emulator("--keep", "200000"))
        async with open_harness(client, path) as harness:
            chats = [chat for chat in await harness.crowd(people, preferences=FULL) if chat != ADMIN]
            run_id = run_of(await harness.publish(version("错字")))
            await harness.at(MORNING)
            await harness.finished(run_id, within=PATIENCE)
        began, interrupted = time.time(), 0
        clock = MorningClock(began)
        command = [sys.executable, "-m", "tests.torture.withdrawals", "--serve"]
        options = json.dumps([client.control_url, client.api_url, client.token, str(path), began, rate])
        at_once = CorrectionPolicy.AT_ONCE
        async with open_harness(client, path, clock=clock, running=False, corrections=at_once) as harness:
            await harness.publish(version("正字"))
        process = await asyncio.create_subprocess_exec(*command, options)
        await _wait_for(client, "editMessageText", max(1, people // 20))
        process.kill()
        await process.wait()
        async with open_harness(client, path, clock=clock, running=False) as harness, harness.database.write() as tx:
            await withdrawals.withdraw(tx, DAY, actor=ADMIN, now=clock())
        since = await client.last_call_seq()
        for number in range(kills + 1):
            process = await asyncio.create_subprocess_exec(*command, options)
            if number < kills:
                await _wait_for(client, "deleteMessage", chance.randint(1, max(1, people // (2 * kills))))
                interrupted += process.returncode is None
                process.kill()
            ended = await process.wait()
        later = [call for method in SENDING for call in await client.calls(method, since)]
        sent_later = sum(call.chat_id in set(chats) for call in later)
        sent, deleted = await _messages(client, "bot_message", chats), await _messages(client, "bot_delete", chats)
        shown = len(sent - deleted)
        figures = await _figures(client, path, clock)
        sys.stdout.write(
            f"{len(chats)} people, {interrupted} of {kills} kills while withdrawing, {time.time() - began:.0f} s: "
            f"{figures.deleted} messages deleted, {figures.unconfirmed} unconfirmed, {figures.kept} kept; "
            f"{shown} still shown, {sent_later} sent or edited afterwards; the last process exited with {ended}\n"
        )
        return shown == sent_later == ended == 0 and interrupted == kills


async def _messages(client: EmulatorClient, kind: str, chats: Iterable[int]) -> set[tuple[int | None, int | None]]:
    """Return chat and number of each message that log entries of a kind are about."""
    wanted = set(chats)
    return {(entry.chat_id, entry.message_id) for entry in await client.log(kind=kind) if entry.chat_id in wanted}


async def _wait_for(client: EmulatorClient, method: str, wanted: int) -> None:
    since = await client.last_call_seq()
    async with asyncio.timeout(PATIENCE):
        while len(await client.calls(method, since)) < wanted:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def _figures(client: EmulatorClient, path: Path, clock: Clock) -> WithdrawalFigures:
    opened = open_harness(client, path, clock=clock, running=False)
    async with opened as harness, harness.database.read() as tx:
        withdrawal = await withdrawals.newest(tx, DAY)
        progress = None if withdrawal is None else await run_progress.get(tx, withdrawal.id)
    return WithdrawalFigures() if progress is None or progress.withdrawal is None else progress.withdrawal


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rate", type=float, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        control_url, api_url, token, path, began, rate = json.loads(given.serve)
        asyncio.run(serve((control_url, api_url, token), Path(path), MorningClock(began), rate))
        return 0
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        options = {"people": given.people, "kills": given.kills, "rate": given.rate, "seed": given.seed}
        return 0 if asyncio.run(torture(Path(name), **options)) else 1


if __name__ == "__main__":
    sys.exit(main())
