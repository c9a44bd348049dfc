"""The whole bot against an emulated Telegram: in this event loop, or in a process of its own as an operator runs it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import serve
from bot.clock import Clock
from bot.settings import Settings, load_settings
from emulator.client import EmulatorClient

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds for what may have to wait for a busy machine."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where one bot lives: its database, the editor's folder, its log."""

    folder: Path
    emulator: EmulatorClient
    admins: tuple[int, ...] = ()

    @property
    def digests(self) -> Path:
        return self.folder / "digests"

    @property
    def log(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.log")))

    def without(self, package: str) -> str:
        """A PYTHONPATH on which that package cannot be imported, as if it were not installed."""
        hidden = self.folder / "hidden"
        hidden.mkdir()
        (hidden / f"{package}.py").write_text(f"raise ModuleNotFoundError('hidden', name={package!r})\n")
        return os.pathsep.join((str(hidden), str(ROOT)))

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "BOT_TOKEN": self.emulator.token,
            "API_URL": self.emulator.api_url,
            "ADMIN_IDS": ",".join(map(str, self.admins)),
            "DIGESTS": str(self.digests),
            "DATABASE": str(self.folder / "bot.db"),
            "DEFAULT_LANGUAGE": "en",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
            **more,
        }


def settings_of(home: Home, **given: str) -> Settings:
    """The settings that a bot of this home would have."""
    values = {name.lower(): value for name, value in home.environment(**given).items()}
    return load_settings(_env_file=None, **{name: values[name] for name in Settings.model_fields if name in values})


@asynccontextmanager
async def bot_here(home: Home, **given: str) -> AsyncIterator[None]:
    """The bot in this event loop, from its first poll on; stopped in order at the end."""
    known, before = len(await home.emulator.calls("setMyCommands")), gc.get_threshold()
    stop = asyncio.Event()
    task = asyncio.create_task(serve(settings_of(home, **given), Clock(), stop))
    try:
        async with asyncio.timeout(PATIENCE):
            while len(await home.emulator.calls("setMyCommands")) == known and not task.done():  # noqa: ASYNC110 - the emulator has no event for it
                await asyncio.sleep(0.02)
        yield
    finally:
        stop.set()
        try:
            await asyncio.wait_for(task, PATIENCE)
        finally:  # the process is the tests', and what they leave behind must be found
            gc.unfreeze()
            gc.set_threshold(*before)


@asynccontextmanager
async def running_bot(home: Home, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`digestbot run` in a process of its own, from its first poll on; ended by SIGTERM if it still runs then."""
    known = len(await home.emulator.calls("setMyCommands"))
    process = await start_bot(home, **environment)
    try:
        async with asyncio.timeout(PATIENCE):
            while len(await home.emulator.calls("setMyCommands")) == known:
                assert process.returncode is None, home.log
                await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), PATIENCE)


async def start_bot(home: Home, **environment: str) -> asyncio.subprocess.Process:
    """`digestbot run`, without waiting for anything; its log is added to the home's."""
    number = len(list(home.folder.glob("*.log")))
    with (home.folder / f"{number}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from bot.cli import main; main()",
            "run",
            env=home.environment(**environment),
            cwd=home.folder,
            stdout=log,
            stderr=log,
        )
