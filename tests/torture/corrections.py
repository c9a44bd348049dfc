"""Correct a delivered edition for thousands while the process is killed: `python -m tests.torture.corrections`.

edition to all -> correction -> SIGKILL, start, … -> a newer correction -> SIGKILL, start, … -> what each chat shows

Exit code 1 if somebody shows something else than the newest version, or has it twice, or if the last process fails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

from domain.delivery.policy import CorrectionPolicy
from domain.delivery.states import RunState
from emulator.client import EmulatorClient, spawn_emulator
from storage import correction_runs
from tests.delivery.harness import ADMIN, DAY, MORNING, Clock, open_harness, run_of
from tests.delivery.test_corrections import FULL, texts_of, version

PATIENCE = 600.0
OLD, NEW, NEWEST = "错字", "正字", "最新"


class RunningClock(Clock):
    """Clock that runs on from an hour after the morning."""

    def __call__(self) -> datetime:
        return MORNING + timedelta(hours=1, seconds=time.time() % 1e6)


async def serve(addresses: tuple[str, str, str], path: Path, rate: float) -> None:
    """Edit what is to be edited until killed, or until the newest correction has ended."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(EmulatorClient.connect(*addresses))
        opened = open_harness(client, path, clock=RunningClock(), rate=rate, in_flight=64)
        harness = await stack.enter_async_context(opened)
        while True:
            await harness.delivery_service.tick()
            async with harness.database.read() as tx:
                newest = await correction_runs.newest(tx, DAY)
            if newest is not None and newest.state is RunState.FINISHED:
                return
            await asyncio.sleep(0.2)


async def torture(folder: Path, *, people: int, kills: int, rate: float, seed: int) -> bool:
    """Kill the process so many times during two corrections; return whether everybody shows the newest version."""
    chance, path = random.Random(seed), folder / "bot.db"
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(spawn_emulator("--keep", "200000"))
        async with open_harness(client, path) as harness:
            crowd = await harness.crowd(people, preferences=FULL)
            chats = [chat for chat in crowd if chat != ADMIN]  # who gets notices too
            run_id = run_of(await harness.publish(version(OLD)))
            await harness.at(MORNING)
            await harness.finished(run_id, within=PATIENCE)
        began = time.monotonic()
        command = [sys.executable, "-m", "tests.torture.corrections", "--serve"]
        options = json.dumps([client.control_url, client.api_url, client.token, str(path), rate])
        interrupted = 0
        for number in range(kills + 1):
            if number in (0, kills // 2):
                title = NEWEST if number else NEW
                async with open_harness(
                    client, path, clock=RunningClock(), running=False, corrections=CorrectionPolicy.AT_ONCE
                ) as harness:
                    await harness.publish(version(title))
            process = await asyncio.create_subprocess_exec(*command, options)
            if number < kills:
                since, wanted = await client.last_call_seq(), chance.randint(1, people // (3 * kills))
                async with asyncio.timeout(PATIENCE):
                    while len(await client.calls("editMessageText", since)) < wanted:  # noqa: ASYNC110 - it tells nobody
                        await asyncio.sleep(0.02)
                interrupted += process.returncode is None
                process.kill()
            ended = await process.wait()
        seconds = time.monotonic() - began
        expected = await texts_of(version(NEWEST))
        shown: dict[int, dict[int, str]] = {chat: {} for chat in chats}
        for kind in ("bot_message", "bot_edit"):
            for entry in await client.log(kind=kind):
                if entry.message is not None and entry.message.chat_id in shown:
                    shown[entry.message.chat_id][entry.message.message_id] = entry.message.text
        wrong = sum(list(texts.values()) != expected for texts in shown.values())
        sys.stdout.write(
            f"{len(chats)} people, {interrupted} of {kills} kills while editing, {seconds:.0f} s: "
            f"{len(chats) - wrong} show the newest version, {wrong} something else; "
            f"the last process exited with {ended}\n"
        )
        return wrong == ended == 0 and interrupted == kills


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rate", type=float, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        control_url, api_url, token, path, rate = json.loads(given.serve)
        asyncio.run(serve((control_url, api_url, token), Path(path), rate))
        return 0
    with tempfile.TemporaryDirectory(prefix="torture-") as name:
        options = {"people": given.people, "kills": given.kills, "rate": given.rate, "seed": given.seed}
        return 0 if asyncio.run(torture(Path(name), **options)) else 1


if __name__ == "__main__":
    sys.exit(main())
