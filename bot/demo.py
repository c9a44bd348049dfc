"""The demo: the bot and an emulated Telegram, each in a process of its own, and a web page to chat on.

digestbot demo ─┬─ python -m emulator      the Bot API server, the page, the clock
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
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from rich.panel import Panel
from rich.text import Text

from bot import gc_tuning
from bot.cli_language import translator
from bot.clock import Clock
from bot.examples import EXAMPLES, evening_of_newest
from bot.exit_code import ExitCode
from bot.printing import PrintableConsole, print_translated
from bot.settings import DriverName, Settings, load_settings
from bot.wrapping import wrap
from emulator.client import EmulatorClient, spawn_emulator
from transport.ports import PortTaken, check_port

DEMO_ADMIN_ID = 9001
DEMO_STARS = 1000


async def run_demo(*, port: int, digests: Path | None, browser: bool, driver: DriverName) -> int:
    """Run the demo until it is interrupted, and return the exit code."""
    console = PrintableConsole()
    print_translated("Starting an emulated Telegram and the bot …")
    source = digests or EXAMPLES
    evening = evening_of_newest(source)
    if evening is None:
        print_translated(
            "No digest with a date in {folder}. To see why, run: digestbot check {folder}/*.md", folder=source
        )
        return ExitCode.FAILURE
    if (code := check_page_port(port)) is not None:
        return code
    with tempfile.TemporaryDirectory(prefix="digestbot-demo-") as name:
        folder = Path(name)
        shutil.copytree(source, folder / "digests", ignore=lambda _, names: [n for n in names if not n.endswith(".md")])
        async with spawn_emulator("--control-port", str(port), "--drop-folder", str(folder / "digests")) as emulator:
            await prepare_emulator(emulator, evening)
            return await _run_bot(emulator, DemoBot(folder, driver), console, browser=browser)


def check_page_port(port: int) -> int | None:
    """Return the exit code if the page's port cannot be used, and say why."""
    try:
        check_port("127.0.0.1", port)
    except PortTaken as error:
        print_translated(
            "Port {port} is {reason}. Choose another: digestbot demo --port {other}, or make demo PORT={other}",
            port=port,
            reason=error.reason,
            other=port + 1,
        )
        return ExitCode.PORT_UNAVAILABLE
    return None


@dataclass(frozen=True, slots=True)
class DemoBot:
    """The demo's bot: the folder of its files and the framework that it runs on."""

    folder: Path
    driver: DriverName


async def _run_bot(emulator: EmulatorClient, bot: DemoBot, console: PrintableConsole, *, browser: bool) -> int:
    stopped = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopped.set)
    async with _bot_process(emulator, bot) as process:
        await wait_until_ready(emulator, lambda: process.returncode is not None or stopped.is_set())
        if not stopped.is_set():
            console.print(_welcome(emulator.control_url, bot.folder, console.text_width))
            if browser:
                await asyncio.to_thread(webbrowser.open, emulator.control_url)
        waits = [asyncio.create_task(process.wait()), asyncio.create_task(stopped.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
    return ExitCode.SUCCESS if stopped.is_set() else ExitCode.FAILURE


@asynccontextmanager
async def _bot_process(emulator: EmulatorClient, bot: DemoBot) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the bot in a process and session of its own, so that Ctrl-C reaches it only through this process."""
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


async def wait_until_ready(emulator: EmulatorClient, is_over: Callable[[], bool] = lambda: False) -> None:
    """Wait until the bot has set its menus, or is over; a Start pressed earlier would seem to do nothing."""
    while not is_over() and not await emulator.calls("setMyCommands"):  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.1)


async def prepare_emulator(emulator: EmulatorClient, evening: datetime) -> None:
    """Set the clock, and add the people whom a visitor can be."""
    await emulator.set_clock(evening, baseline=True)
    await emulator.set_stars(DEMO_STARS, paid_broadcasts=True)
    await emulator.create_user("小雨", language="zh-hans", id=1001, username="xiaoyu")
    await emulator.create_user("Alex", language="en", id=1002, username="alex")
    await emulator.create_user(
        "林主编", language="zh-hans", id=DEMO_ADMIN_ID, username="editor_lin", started=True, is_bot_admin=True
    )


def _welcome(url: str, folder: Path, width: int) -> Panel:
    translate = translator()
    steps = (
        translate("1. Press Start as 小雨 or Alex"),
        translate("2. Move the clock to tomorrow 07:59"),
        translate("3. Watch the digest arrive, then try {words}").format(words="/item 3, /categories, 点评"),
        translate("4. As 林主编 (the admin) try {words}: for free, or faster for some of the bot's Stars").format(
            words="/broadcast Hello"
        ),
        translate("5. Send {words} and choose 图文版 or Rich: one page whose items unfold").format(words="/layout"),
    )
    head = translate("The page: {url}").format(url=url)
    files = translate("Edit or add digests in {folder}")
    return welcome_panel("digestbot demo", head, steps, files, folder / "digests", width)


def welcome_panel(title: str, head: str, steps: Sequence[str], files: str, folder: Path, width: int) -> Panel:
    """Return what the demo says when its page can be opened; `files` tells of the folder."""
    translate = translator()
    end = translate("Press Ctrl-C to stop. Everything is deleted then.")
    lines = [Text(head, "bold"), Text(), *map(Text, steps), Text(), Text(files.format(folder=folder)), Text(end)]
    inner = width - 4
    return Panel(
        Text("\n").join(
            part for line in lines for part in wrap(line, inner, indent="   " if line.plain in steps else "")
        ),
        title=title,
        expand=False,
    )


def demo_settings(api_url: str, token: str, folder: Path, driver: DriverName = DriverName.AIOGRAM) -> Settings:
    """Return the demo's settings with every field given, so that the environment cannot change them."""
    given = {name: field.default for name, field in Settings.model_fields.items() if not field.is_required()}
    given |= {
        "bot_token": token,
        "admin_ids": str(DEMO_ADMIN_ID),
        "driver": driver,
        "api_url": api_url,
        "digests": folder / "digests",
        "quiet_seconds": 1,
        "database": folder / "digestbot.db",
        "log_level": "warning",
    }
    return load_settings(_env_file=None, **given)


async def follow_clock(control_url: str, clock: Clock, on_change: Callable[[], None]) -> None:
    """Keep the bot's clock in step with the page's until cancelled; call `on_change` after each change."""
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(control_url, timeout=timeout) as session:
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await _follow_once(session, clock, on_change)
            await asyncio.sleep(0.5)


async def _follow_once(session: aiohttp.ClientSession, clock: Clock, on_change: Callable[[], None]) -> None:
    async with session.get("/control/events") as stream, session.get("/control/clock") as now:
        _set_offset(clock, await now.json(), on_change)
        async for name, data in events_of(stream):
            if name == "clock":
                _set_offset(clock, data, on_change)


async def events_of(stream: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Yield the events of the emulator's stream: name and data."""
    event = ""
    async for line in stream.content:
        name, _, value = line.decode().strip().partition(": ")
        if name == "event":
            event = value
        elif name == "data":
            yield event, json.loads(value)


def _set_offset(clock: Clock, clock_state: dict[str, float], on_change: Callable[[], None]) -> None:
    clock.offset = timedelta(seconds=clock_state["offset_seconds"])
    on_change()


def _main(control_url: str, api_url: str, token: str, folder: str, driver: str) -> int:
    gc_tuning.disable_during_startup()
    from bot.serve import serve_until_stopped  # noqa: PLC0415 - only the bot's own process needs all of it

    settings = demo_settings(api_url, token, Path(folder), DriverName(driver))
    return serve_until_stopped(
        settings.model_copy(update={"paid_broadcast": True}),
        clock=(clock := Clock()),
        background_task=lambda wake: follow_clock(control_url, clock, wake),
    )


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
