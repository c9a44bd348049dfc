"""The demo: example digests in; an emulated Telegram, the bot in its own process, and a page to chat on out.

digestbot demo ─┬─ python -m emulator      the Telegram, the page, the clock
                └─ python -m bot.demo      the bot, whose clock follows the page's
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.panel import Panel

from bot import gc_tuning
from bot.clock import Clock
from bot.examples import EXAMPLES, evening_of_newest
from bot.settings import DriverName, Settings, load
from emulator.client import EmulatorClient, spawn_emulator
from transport.ports import is_taken

ADMIN = 9001


async def show(*, port: int, digests: Path | None, browser: bool, driver: DriverName) -> int:
    """Run the demo until it is interrupted; the exit code."""
    console = Console()
    console.print("Starting a Telegram of our own, and the bot beside it …")
    source = digests or EXAMPLES
    evening = evening_of_newest(source)
    if evening is None:
        console.print(f"[bold red]There is no digest with a date in[/] {source}: digestbot check says why")
        return 1
    if is_taken("127.0.0.1", port):
        console.print(f"[bold red]Port {port} is taken.[/] Try another one: digestbot demo --port {port + 1}")
        return 1
    with tempfile.TemporaryDirectory(prefix="digestbot-demo-") as name:
        folder = Path(name)
        shutil.copytree(source, folder / "digests", ignore=lambda _, names: [n for n in names if not n.endswith(".md")])
        async with spawn_emulator("--control-port", str(port)) as emulator:
            await _set_the_stage(emulator, evening)
            return await _run_bot(emulator, Bot(folder, driver), console, browser=browser)


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot of one demo: where its files are, and the framework it runs on."""

    folder: Path
    driver: DriverName


async def _run_bot(emulator: EmulatorClient, bot: Bot, console: Console, *, browser: bool) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with _bot_process(emulator, bot) as process:
        await _listening(emulator, process)
        console.print(_welcome(emulator.control_url, bot.folder))
        if browser:
            await asyncio.to_thread(webbrowser.open, emulator.control_url)
        waits = [asyncio.create_task(process.wait()), asyncio.create_task(stopped.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
    return 0 if stopped.is_set() else 1


@asynccontextmanager
async def _bot_process(emulator: EmulatorClient, bot: Bot) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot in a process of its own, in a session of its own: it is we who tell it to stop."""
    arguments = (emulator.control_url, emulator.api_url, emulator.token, str(bot.folder), bot.driver)
    # -P keeps a bot.py in the working directory from shadowing this package.
    command = (sys.executable, "-P", "-m", "bot.demo", *arguments)
    process = await asyncio.create_subprocess_exec(*command, start_new_session=True)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listening(emulator: EmulatorClient, process: asyncio.subprocess.Process) -> None:
    """Wait until the bot is there (it sets its menus then): a Start pressed before that would seem to do nothing."""
    while process.returncode is None and not await emulator.calls("setMyCommands"):  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.1)


async def _set_the_stage(emulator: EmulatorClient, evening: datetime) -> None:
    await emulator.set_clock(evening, baseline=True)
    await emulator.create_user("小雨", language="zh-hans", id=1001, username="xiaoyu")
    await emulator.create_user("Alex", language="en", id=1002, username="alex")
    await emulator.create_user("林主编", language="zh-hans", id=ADMIN, username="editor_lin", started=True)


def _welcome(url: str, folder: Path) -> Panel:
    return Panel(
        f"[bold]The page:[/] [link={url}]{url}[/link]\n\n"
        "1. Press [bold]Start[/] as 小雨 or Alex\n"
        "2. Move the clock to tomorrow 07:59\n"
        "3. Watch the morning arrive; then try [bold]/item 3[/], [bold]/categories[/], [bold]点评[/]\n"
        "4. As 林主编 (the admin) try [bold]/broadcast[/] Hello\n\n"
        f"Edit or add digests in {folder / 'digests'}\n"
        "Ctrl-C ends it; nothing is left behind.",
        title="digestbot demo",
        expand=False,
    )


def settings_for(api_url: str, token: str, folder: Path, driver: DriverName = DriverName.AIOGRAM) -> Settings:
    """The demo's settings, all of them, so that nothing of the surroundings gets in."""
    given = {name: field.default for name, field in Settings.model_fields.items() if not field.is_required()}
    given |= {
        "bot_token": token,
        "admin_ids": str(ADMIN),
        "driver": driver,
        "api_url": api_url,
        "digests": folder / "digests",
        "database": folder / "digestbot.db",
        "log_level": "warning",
    }
    return load(_env_file=None, **given)


async def follow_clock(control_url: str, clock: Clock, moved: Callable[[], None]) -> None:
    """Keep the bot's clock with the page's, from now on and until cancelled."""
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(control_url, timeout=timeout) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await _follow_once(session, clock, moved)
            await asyncio.sleep(0.5)


async def _follow_once(session: aiohttp.ClientSession, clock: Clock, moved: Callable[[], None]) -> None:
    async with session.get("/control/events") as events, session.get("/control/clock") as now:
        _set(clock, await now.json(), moved)
        event = ""
        async for line in events.content:
            name, _, value = line.decode().strip().partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event == "clock":
                _set(clock, json.loads(value), moved)


def _set(clock: Clock, told: dict[str, float], moved: Callable[[], None]) -> None:
    clock.offset = timedelta(seconds=told["offset_seconds"])
    moved()


def _main(control_url: str, api_url: str, token: str, folder: str, driver: str) -> int:
    gc_tuning.disable_during_startup()
    from bot.app import serve_until_stopped  # noqa: PLC0415 - only the bot's own process needs all of it

    return serve_until_stopped(
        settings_for(api_url, token, Path(folder), DriverName(driver)),
        clock=(clock := Clock()),
        beside=lambda moved: follow_clock(control_url, clock, moved),
    )


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
