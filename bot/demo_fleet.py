"""The demo of several processes: a page on which a person kills or freezes senders while a morning goes out.

digestbot demo --fleet ─┬─ postgres                     a cluster of its own
                        ├─ python -m emulator           the Bot API server of two bots, a page for each, one clock
                        └─ python -m bot.demo_fleet     three senders, each of which may run either bot
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import webbrowser
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp
from rich.panel import Panel

from bot import gc_tuning
from bot.cli_language import translator
from bot.clock import Clock
from bot.demo import (
    check_page_port,
    demo_settings,
    events_of,
    follow_clock,
    prepare_emulator,
    wait_until_ready,
    welcome_panel,
)
from bot.demo_cluster import NoCluster, find_programs, run_cluster
from bot.demo_morning import (
    FIRST_READER_ID,
    LEAD,
    NEWSLETTERS,
    Newsletter,
    Tally,
    next_morning,
    subscribe,
    write_edition,
    write_examples,
)
from bot.demo_senders import SENDERS, Senders, SenderState
from bot.examples import EXAMPLES, evening_of_newest
from bot.exit_code import ExitCode
from bot.printing import PrintableConsole, print_translated
from bot.settings import DriverName, Settings
from domain.chat.i18n import lazy_text
from domain.subscription.calendar import Schedule
from emulator.client import EmulatorClient, EmulatorError, spawn_emulators
from storage import bots, digests, fleet
from storage.database import Database
from storage.fleet import Fleet
from storage.postgresql.address import parse_address

SHOW_INTERVAL_SECONDS = 0.2
MAX_NOTES = 20
TIMEOUT_SECONDS = 60.0
"""For what has to happen on a machine that may be busy."""

MIN_MORNING_SECONDS = 3.0
"""How long a morning is shown as going at least: its first messages come a moment after it began."""


async def run_fleet_demo(*, port: int, browser: bool, driver: DriverName, people: int) -> int:
    """Run the demo until it is interrupted, and return the exit code."""
    console = PrintableConsole()
    if (code := check_page_port(port)) is not None:
        return code
    try:
        if find_spec("asyncpg") is None:
            raise NoCluster(
                lazy_text("PostgreSQL's driver is not installed; install it: pip install 'digestbot[postgresql]'")
            )
        find_programs()
        print_translated("Starting PostgreSQL, an emulated Telegram, two bots and three senders …")
        await _run_until_signalled(_run(console, port=port, browser=browser, driver=driver, people=people))
    except NoCluster as error:
        print_translated("No fleet: {problem}", problem=str(error))
        return ExitCode.FAILURE
    return ExitCode.SUCCESS


async def _run_until_signalled(demo: Coroutine[Any, Any, None]) -> None:
    """Run the demo until SIGINT or SIGTERM; a second one does not interrupt its end."""
    running = asyncio.create_task(demo)
    stopped = asyncio.Event()

    def stop() -> None:
        if not stopped.is_set():
            stopped.set()
            running.cancel()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await running
    except asyncio.CancelledError:
        if not stopped.is_set():
            raise


async def _run(console: PrintableConsole, *, port: int, browser: bool, driver: DriverName, people: int) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="digestbot-demo-")))
        url = await stack.enter_async_context(run_cluster())
        emulators = await stack.enter_async_context(_emulators(port))
        settings = sender_settings(emulators[0].api_url, folder, url, 0, driver)
        database = await stack.enter_async_context(_database(settings))
        tallies = [await prepare(*each, folder, people) for each in zip(NEWSLETTERS, emulators, strict=True)]
        arguments = (emulators[0].control_url, emulators[0].api_url, str(folder), url, driver)
        # -P keeps a bot.py in the working directory from shadowing this package.
        senders = Senders(lambda number: (sys.executable, "-P", "-m", "bot.demo_fleet", str(number), *arguments))
        stack.push_async_callback(senders.end_all)
        await senders.start_all()
        await add_bots(database, settings.default_schedule, tallies, folder)
        demo = FleetDemo(database, senders, tallies, folder)
        async with asyncio.TaskGroup() as group:
            group.create_task(demo.follow_presses())
            group.create_task(demo.show())
            for emulator in emulators:
                await wait_until_ready(emulator)
            console.print(_welcome(emulators, folder, console.text_width))
            if browser:
                await asyncio.to_thread(webbrowser.open, emulators[0].control_url)


@asynccontextmanager
async def _emulators(port: int) -> AsyncIterator[list[EmulatorClient]]:
    first, *others = NEWSLETTERS
    arguments = ["--control-port", str(port), "--name", first.bot_name, "--username", first.username]
    for other in others:
        arguments += ["--other-bot", other.token, other.bot_name, other.username]
    tokens = [newsletter.token for newsletter in NEWSLETTERS]
    async with spawn_emulators(*arguments, tokens=tokens) as emulators:
        yield emulators


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    from bot.open_database import open_database  # noqa: PLC0415 - its driver is an extra

    async with open_database(settings.database) as opened:
        yield opened.database


async def prepare(newsletter: Newsletter, emulator: EmulatorClient, folder: Path, people: int) -> Tally:
    """Make the digests of a newsletter and its people."""
    evening = evening_of_newest(EXAMPLES)
    assert evening is not None  # noqa: S101 - the examples have dates
    await prepare_emulator(emulator, evening)
    write_examples(newsletter, folder)
    return Tally(emulator, await emulator.create_users(people, FIRST_READER_ID, "zh-hans", is_crowd=True))


async def add_bots(database: Database, schedule: Schedule, tallies: list[Tally], folder: Path) -> None:
    """Add the bots that the database does not have yet once all senders are there to share them, and all people."""
    while sum(process.shares_bots for process in await database.processes()) < SENDERS:  # noqa: ASYNC110 - they are other processes
        await asyncio.sleep(0.1)
    for newsletter, tally in zip(NEWSLETTERS, tallies, strict=True):
        if newsletter.number > 1:
            await _add_bot(database, newsletter, folder)
        own = database.for_bot(newsletter.number)
        await subscribe(own, schedule, tally.people, await tally.emulator.clock())


async def _add_bot(database: Database, newsletter: Newsletter, folder: Path) -> None:
    token = folder / f"{newsletter.name}.token"
    token.touch(mode=0o600)
    token.write_text(newsletter.token)
    own = {"digests": str(folder / newsletter.folder), "quiet_seconds": "1"}
    async with database.write() as tx:
        await bots.add(tx, newsletter.name, f"file:{token}", own)


@dataclass(slots=True)
class _Shown:
    """What is known of a bot from look to look: its owner, its epoch, and when the owner was killed or frozen."""

    owner: int | None = None
    epoch: int = 0
    lost_at: datetime | None = None
    unconfirmed_before: int = 0


@dataclass(slots=True)
class FleetDemo:
    """Carries out what is pressed on the page, and shows there what becomes of it."""

    database: Database
    senders: Senders
    tallies: list[Tally]
    folder: Path
    _notes: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MAX_NOTES))
    _shown: dict[int, _Shown] = field(default_factory=lambda: {each.number: _Shown() for each in NEWSLETTERS})
    _began_at: float | None = None
    _is_preparing: bool = False

    @property
    def _page(self) -> EmulatorClient:
        return self.tallies[0].emulator

    async def follow_presses(self) -> None:
        """Carry out presses until cancelled."""
        async with asyncio.TaskGroup() as group, aiohttp.ClientSession(self._page.control_url) as session:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get("/control/events", timeout=NO_TIMEOUT) as stream:
                        async for name, data in events_of(stream):
                            if name == "fleet_action":
                                group.create_task(self._act(data["action"], data["sender"]))
                await asyncio.sleep(SHOW_INTERVAL_SECONDS)

    async def _act(self, action: str, number: int | None) -> None:
        if action == "morning":
            await self._begin_morning()
            return
        if number is None:
            return
        sender = self.senders.get(number)
        if action in ("kill", "freeze"):
            for shown in self._shown.values():
                if shown.owner == number and sender.state is SenderState.RUNNING:
                    shown.lost_at = datetime.now(UTC)
        match action:
            case "kill":
                self.senders.kill(sender)
            case "freeze":
                self.senders.freeze(sender)
            case "wake":
                self.senders.wake(sender)
            case "start":
                await self.senders.start(sender)

    async def _begin_morning(self) -> None:
        """Publish an edition of each newsletter, and move the clock to the moment before it is due."""
        if self._is_preparing or self._began_at is not None:
            return
        self._is_preparing = True
        try:
            morning = next_morning(await self._page.clock())
            for newsletter in NEWSLETTERS:
                write_edition(newsletter, self.folder, morning.date())
            async with asyncio.timeout(TIMEOUT_SECONDS):
                for newsletter in NEWSLETTERS:
                    while not await self._is_published(newsletter, morning):  # noqa: ASYNC110 - a table has no event
                        await asyncio.sleep(0.1)
            for tally in self.tallies:
                await tally.restart()
            for bot in (await self._load()).bots:
                self._shown[bot.id].unconfirmed_before = bot.backlog.unconfirmed
            self._began_at = asyncio.get_running_loop().time()
            await self._page.set_clock(morning - LEAD)
        except TimeoutError:  # no sender is at work that could read the editions
            pass
        finally:
            self._is_preparing = False

    async def _is_published(self, newsletter: Newsletter, morning: datetime) -> bool:
        async with self.database.for_bot(newsletter.number).read() as tx:
            return await digests.get_metadata(tx, morning.date()) is not None

    async def _load(self) -> Fleet:
        return await fleet.load(self.database, now=await self._page.clock())

    async def show(self) -> None:
        """Show the fleet on the page until cancelled."""
        shown: dict[str, Any] | None = None
        while True:
            await self._take_up_ends()
            found = await self._load()
            for tally in self.tallies:
                await tally.update()
            self._note_states(found)
            if (view := self._view(found)) != shown:
                with suppress(EmulatorError, aiohttp.ClientError):
                    await self._page.request("POST", "/fleet", view)
                    shown = view
            await asyncio.sleep(SHOW_INTERVAL_SECONDS)

    async def _take_up_ends(self) -> None:
        """Start again, as a service manager does, what has ended because it had lost its bots."""
        self.senders.note_ends()
        for sender in self.senders.all:
            if sender.has_lost_its_bots:
                self._notes.append({"kind": "woke", "sender": sender.number})
                await self.senders.start(sender)

    def _note_states(self, found: Fleet) -> None:
        at_work = {process.name for process in found.processes}
        for sender in self.senders.all:
            if sender.state is SenderState.STARTING and sender.name in at_work:
                sender.state = SenderState.RUNNING
        numbers = {sender.name: sender.number for sender in self.senders.all if sender.name}
        for bot in found.bots:
            shown = self._shown[bot.id]
            owner = None if bot.owner is None else numbers.get(bot.owner)
            epoch = 0 if bot.lease is None else bot.lease.epoch
            if owner is not None and bot.lease is not None and shown.epoch and epoch > shown.epoch:
                seconds = None if shown.lost_at is None else (bot.lease.since - shown.lost_at).total_seconds()
                note = {"kind": "took_over", "sender": owner, "bot": bot.id, "seconds": seconds}
                self._notes.append({name: value for name, value in note.items() if value is not None})
                shown.lost_at = None
            shown.owner, shown.epoch = owner, epoch if owner is not None else shown.epoch

    def _view(self, found: Fleet) -> dict[str, Any]:
        return {
            "senders": [
                {
                    "number": sender.number,
                    "state": sender.state.value,
                    "bots": sorted(number for number, shown in self._shown.items() if shown.owner == sender.number),
                }
                for sender in self.senders.all
            ],
            "bots": [
                {
                    "number": newsletter.number,
                    "name": newsletter.bot_name,
                    "page": tally.emulator.control_url,
                    "people": len(tally.people),
                    "delivered": tally.delivered,
                    "unconfirmed": bot.backlog.unconfirmed - self._shown[bot.id].unconfirmed_before,
                    "twice": tally.twice,
                }
                for newsletter, tally, bot in zip(NEWSLETTERS, self.tallies, found.bots, strict=True)
            ],
            "is_going": self._is_preparing or self._is_going(found),
            "notes": list(self._notes),
        }

    def _is_going(self, found: Fleet) -> bool:
        if self._began_at is None:
            return False
        is_young = asyncio.get_running_loop().time() - self._began_at < MIN_MORNING_SECONDS + LEAD.total_seconds()
        if not is_young and all(bot.backlog.oldest_due is None for bot in found.bots):
            self._began_at = None
        return self._began_at is not None


NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_read=60)


def _welcome(emulators: list[EmulatorClient], folder: Path, width: int) -> Panel:
    translate = translator()
    first, second = (emulator.control_url for emulator in emulators)
    steps = (
        translate("1. Press Start a morning in the panel on the right"),
        translate("2. While it goes out, press Kill or Freeze at a sender that has a newsletter"),
        translate(
            "3. Watch another one go on: nobody gets anything twice, and 林主编 (the admin) gets a list of what is not "
            "confirmed"
        ),
    )
    head = translate("The page: {url}   (the second newsletter: {other})").format(url=first, other=second)
    return welcome_panel("digestbot demo --fleet", head, steps, translate("Everything is in {folder}"), folder, width)


def sender_settings(api_url: str, folder: Path, database_url: str, number: int, driver: DriverName) -> Settings:
    """Return the settings of a sender; each has a state folder of its own, as on a machine of its own."""
    own = {"database": parse_address(database_url), "state_folder": folder / f"state-{number}"}
    return demo_settings(api_url, NEWSLETTERS[0].token, folder, driver).model_copy(update=own)


def _main(number: str, control_url: str, api_url: str, folder: str, database_url: str, driver: str) -> int:
    gc_tuning.disable_during_startup()
    from bot.serve import serve_until_stopped  # noqa: PLC0415 - only a sender needs all of it

    return serve_until_stopped(
        sender_settings(api_url, Path(folder), database_url, int(number), DriverName(driver)),
        clock=(clock := Clock()),
        background_task=lambda wake: follow_clock(control_url, clock, wake),
    )


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
