"""Kill a process again and again while it changes what was delivered; what the tortures of such changes share.

delivered -> change -> process, SIGKILL, process, … -> the last one ends when nothing runs any more
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from domain.delivery.policy import CorrectionPolicy
from emulator.client import EmulatorClient, spawn_emulator
from storage.runs import LIVE
from storage.schema import runs
from tests.delivery.harness import MORNING, Clock, DeliveryHarness, open_harness
from tests.interruption import run

PATIENCE = 600.0


class MorningClock(Clock):
    """Clock that runs on from the morning, in every process alike."""

    def __init__(self, started_at: float) -> None:
        super().__init__()
        self._started_at = started_at

    def __call__(self) -> datetime:
        return MORNING + timedelta(seconds=time.time() - self._started_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How many people there are, and how often the process is killed; `rate` is that of its calls per second."""

    people: int
    kills: int
    rate: float
    seed: int


@dataclass(slots=True)
class Stage:
    """The emulator and the database of one torture, and its processes."""

    client: EmulatorClient
    path: Path
    options: Options
    began: float = 0.0
    interrupted: int = 0
    """Kills that met a process at work."""
    ended: int = 0
    """Exit code of the last process."""
    chance: random.Random = field(default_factory=random.Random)

    def begin(self) -> None:
        """Let the clock of all processes run on from the morning."""
        self.began = time.time()

    @property
    def seconds(self) -> float:
        return time.time() - self.began

    def harness(
        self, *, corrections: CorrectionPolicy = CorrectionPolicy.LEAVE
    ) -> AbstractAsyncContextManager[DeliveryHarness]:
        """Return the parts of the bot, which send nothing."""
        return open_harness(
            self.client, self.path, clock=MorningClock(self.began), running=False, corrections=corrections
        )

    async def start(self) -> asyncio.subprocess.Process:
        """Start a process that works until nothing runs any more."""
        addresses = self.client.control_url, self.client.api_url, self.client.token
        given = json.dumps([*addresses, str(self.path), self.began, self.options.rate])
        return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.torture.repeated_kills", given)

    async def kill_once(self, method: str, calls: int) -> None:
        """Start a process, and kill it when it has made so many calls of a method."""
        since, process = await self.client.last_call_seq(), await self.start()
        async with asyncio.timeout(PATIENCE):
            while len(await self.client.calls(method, since)) < calls:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)
        self.interrupted += process.returncode is None
        process.kill()
        await process.wait()

    async def kill(self, times: int, method: str) -> None:
        """Kill as many processes, each after a drawn number of calls, so that the last one has something left to do."""
        most = max(1, self.options.people // (3 * self.options.kills))
        for _ in range(times):
            await self.kill_once(method, self.chance.randint(1, most))

    async def finish(self) -> None:
        """Let a last process do the rest."""
        process = await self.start()
        self.ended = await asyncio.wait_for(process.wait(), PATIENCE)

    async def shown(self, chats: Iterable[int]) -> dict[int, list[str]]:
        """Return the texts that each chat shows, in order: as sent, or as edited last."""
        texts: dict[int, dict[int, str]] = {chat: {} for chat in chats}
        for kind in ("bot_message", "bot_edit"):
            for entry in await self.client.log(kind=kind):
                if entry.message is not None and entry.message.chat_id in texts:
                    texts[entry.message.chat_id][entry.message.message_id] = entry.message.text
        return {chat: list(messages.values()) for chat, messages in texts.items()}


@asynccontextmanager
async def open_stage(folder: Path, options: Options) -> AsyncIterator[Stage]:
    """Run an emulator for one torture."""
    async with spawn_emulator("--keep", "200000") as client:
        yield Stage(client, folder / "bot.db", options, chance=random.Random(options.seed))


def main(torture: Callable[[Path, Options], Awaitable[bool]], description: str | None) -> int:
    """Run a torture with the options of the command line; return its exit code."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rate", type=float, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = Options(**vars(parser.parse_args()))

    async def run_torture() -> bool:
        with tempfile.TemporaryDirectory(prefix="torture-") as name:
            return await torture(Path(name), options)

    return 0 if run(run_torture()) else 1


async def serve(addresses: tuple[str, str, str], path: Path, began: float, rate: float) -> None:
    """Do what is to be done until killed, or until no run is under way."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(EmulatorClient.connect(*addresses))
        opened = open_harness(client, path, clock=MorningClock(began), rate=rate, in_flight=64)
        harness = await stack.enter_async_context(opened)
        await harness.delivery_service.tick()
        while await _is_at_work(harness):
            await harness.delivery_service.tick()
            await asyncio.sleep(0.2)


async def _is_at_work(harness: DeliveryHarness) -> bool:
    async with harness.database.read() as tx:
        return bool(await tx.scalar(select(func.count()).select_from(runs).where(runs.c.state.in_(LIVE))))


if __name__ == "__main__":
    control_url, api_url, token, path, began, rate = json.loads(sys.argv[1])
    asyncio.run(serve((control_url, api_url, token), Path(path), began, rate))
