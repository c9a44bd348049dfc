"""Run the whole bot against an emulated Telegram, in this event loop or in a process of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import Shared
from bot.clock import Clock
from bot.ownership import Ownership
from bot.serve import serve
from bot.settings import Settings, load_settings
from emulator.client import EmulatedUser, EmulatorClient
from storage.database import Database
from tests.databases import on_postgresql, postgresql_address, write_blank_file
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
MUTATION = {name: value for name, value in os.environ.items() if name == "DIGESTBOT_MUTATION"}
"""The measure that `tests.mutations` takes out, in the bot's process too; its hook is on the path."""

PYTHON_PATH = os.environ["PYTHONPATH"] if MUTATION else str(ROOT)

TIMEOUT_SECONDS = PATIENCE


@dataclass(frozen=True, slots=True)
class BotInstallation:
    """Files of one bot: database, digest folder and logs."""

    folder: Path
    emulator: EmulatorClient
    admins: tuple[int, ...] = ()

    @property
    def digests(self) -> Path:
        return self.folder / "digests"

    @property
    def log(self) -> str:
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.log")))

    def python_path_without(self, package: str) -> str:
        """Return a PYTHONPATH on which importing the package fails, as if it were not installed."""
        hidden = self.folder / "hidden"
        hidden.mkdir()
        (hidden / f"{package}.py").write_text(f"raise ModuleNotFoundError('hidden', name={package!r})\n")
        return os.pathsep.join((str(hidden), PYTHON_PATH))

    def environment(self, **more: str) -> dict[str, str]:
        path = self.folder / "bot.db"
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": PYTHON_PATH,
            **MUTATION,
            "BOT_TOKEN": self.emulator.token,
            "API_URL": self.emulator.api_url,
            "ADMIN_IDS": ",".join(map(str, self.admins)),
            "DIGESTS": str(self.digests),
            "QUIET_SECONDS": "1",
            "DATABASE": postgresql_address(path).url if on_postgresql() else str(path),
            "STATE_FOLDER": str(self.folder),
            "DEFAULT_LANGUAGE": "en",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
            **more,
        }


def load_settings_of(installation: BotInstallation, **given: str) -> Settings:
    """Return the settings that a bot of this installation has."""
    values = {name.lower(): value for name, value in installation.environment(**given).items()}
    return load_settings(_env_file=None, **{name: values[name] for name in Settings.model_fields if name in values})


def shared_by_bots(database: Database) -> Shared:
    """Return what the bots of a process share, as `bot.serve` builds it."""
    return Shared(database=database, clock=Clock(), ownership=Ownership(database))


@asynccontextmanager
async def run_bot_in_process(installation: BotInstallation, **given: str) -> AsyncIterator[None]:
    """Run the bot in this event loop, from its first poll on, and stop it in order."""
    known, before = len(await installation.emulator.calls("setMyCommands")), gc.get_threshold()
    if not on_postgresql() and "DATABASE" not in given:
        await write_blank_file(installation.folder / "bot.db")
    stop = asyncio.Event()
    task = asyncio.create_task(serve(load_settings_of(installation, **given), Clock(), stop))
    try:
        await wait_until(
            lambda: installation.emulator.calls("setMyCommands"), lambda calls: len(calls) > known or task.done()
        )
        yield
    finally:
        stop.set()
        try:
            await asyncio.wait_for(task, TIMEOUT_SECONDS)
        finally:  # the collector must find what later tests leave behind
            gc.unfreeze()
            gc.set_threshold(*before)


@asynccontextmanager
async def run_bot(installation: BotInstallation, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `digestbot run` in a process of its own, from its first poll on, and end it by SIGTERM."""
    known = len(await installation.emulator.calls("setMyCommands"))
    process = await start_bot(installation, **environment)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while len(await installation.emulator.calls("setMyCommands")) == known:
                assert process.returncode is None, installation.log
                await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), TIMEOUT_SECONDS)


async def start_bot(
    installation: BotInstallation, *, before: str = "", **environment: str
) -> asyncio.subprocess.Process:
    """Start `digestbot run` without waiting for it, after some code; its log file is one more of the installation's."""
    number = len(list(installation.folder.glob("*.log")))
    with (installation.folder / f"{number}.log").open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            f"{before}\nfrom bot.cli import main; main()",
            "run",
            env=installation.environment(**environment),
            cwd=installation.folder,
            stdout=log,
            stderr=log,
        )


async def subscribe_with_open_window(person: EmulatedUser) -> None:
    """Subscribe with a delivery window that began an hour ago, so that a new edition is due at once."""
    begun = datetime.now(UTC) - timedelta(hours=1)
    for words in ("/start", "/timezone UTC", f"/time {begun:%H:%M}"):
        await person.send(words)
        await person.next_message(timeout=TIMEOUT_SECONDS)
