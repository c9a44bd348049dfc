"""Several bots in one process: added while it runs, apart from each other, and one that fails stops no other."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import bots_commands, supervisor
from bot.clock import Clock
from bot.exit_code import ExitCode
from bot.files import write_atomically
from bot.open_database import high_water_mark
from bot.printing import PrintableConsole
from bot.serve import serve
from bot.settings import Settings
from bot.startup_errors import CannotStart
from bot.status_command import show_status
from domain.delivery.states import BotState
from emulator.client import EmulatorClient, run_emulator
from storage import bots, start_failures
from storage.process_name import process_name
from tests.bot.bot_api_router import route_by_token
from tests.bot.harness import (
    TIMEOUT_SECONDS,
    BotInstallation,
    load_settings_of,
    run_bot,
    run_bot_in_process,
    subscribe_with_open_window,
)
from tests.bot.test_app import edition
from tests.databases import open_database
from tests.waiting import wait_for_checks, wait_until

pytestmark = pytest.mark.slow

ADMIN = 9001
READER = 77
"""The same person and admin at both bots."""


@dataclass(frozen=True, slots=True)
class TwoBots:
    """An installation with the first bot, and what a second one needs; `url` is the Bot API server of both."""

    installation: BotInstallation
    first: EmulatorClient
    second: EmulatorClient
    url: str

    @property
    def folder(self) -> Path:
        return self.installation.folder / "tech"

    @property
    def token_file(self) -> Path:
        return self.installation.folder / "token"

    def settings(self, **given: str) -> Settings:
        return load_settings_of(self.installation, API_URL=self.url, **given)

    async def add(self, **own: str) -> int:
        """Run `digestbot bots add tech`, and return its exit code."""
        own = {"digests": str(self.folder), "timezone": "UTC", "quiet_seconds": "1", **own}
        reference = f"file:{self.token_file}"
        return await asyncio.to_thread(bots_commands.add_bot, self.settings(), "tech", reference, own)

    async def listed(self) -> list[str]:
        """Return the lines of `digestbot bots list`, without METRICS_PORT."""
        file = io.StringIO()
        console = PrintableConsole(file=file, width=1000)
        assert await asyncio.to_thread(bots_commands.list_bots, self.settings(), console) == ExitCode.SUCCESS
        return file.getvalue().splitlines()

    async def set_state(self, state: BotState, name: str = "tech") -> None:
        assert await asyncio.to_thread(bots_commands.set_state, self.settings(), name, state) == ExitCode.SUCCESS


@pytest.fixture
async def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TwoBots]:
    monkeypatch.setattr(supervisor, "READ_INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(supervisor, "FIRST_RETRY_SECONDS", 0.2)
    monkeypatch.setattr(supervisor, "RETRY_SECONDS", 0.2)
    async with (
        run_emulator(token="4242:secret-loopback-token", username="news_bot") as first,
        run_emulator(token="4343:another-loopback-token", username="tech_bot") as second,
        route_by_token((first, second)) as url,
    ):
        found = TwoBots(BotInstallation(tmp_path, first, (ADMIN,)), first, second, url)
        found.token_file.write_text(second.token)
        found.token_file.chmod(0o600)
        yield found


async def test_added_bot_delivers_its_own_digest_to_its_own_people(two: TwoBots, unused_tcp_port: int) -> None:
    """Same person, same chat, same day and same file name at both: each gets what its own bot publishes."""
    users = [await emulator.create_user("Ann", language="en", id=READER) for emulator in (two.first, two.second)]
    admins = [await emulator.create_user("Lin", language="en", id=ADMIN) for emulator in (two.first, two.second)]
    async with run_bot_in_process(two.installation, API_URL=two.url, METRICS_PORT=str(unused_tcp_port)):
        await subscribe_with_open_window(users[0])
        assert await two.add() == ExitCode.SUCCESS
        await subscribe_with_open_window(users[1])
        await admins[1].send("/start")
        await admins[1].next_message(timeout=TIMEOUT_SECONDS)
        for folder, news in ((two.installation.digests, "Plain news"), (two.folder, "Tech news")):
            write_atomically(edition(news, commentary=f"{news} indeed."), folder / "today.md")
        got = [await user.next_message(timeout=TIMEOUT_SECONDS) for user in users]
        assert ["Plain news" in got[0].text, "Tech news" in got[1].text] == [True, True]
        for user, digest, news in zip(users, got, ("Plain news", "Tech news"), strict=True):
            await user.press(digest, "1", timeout=TIMEOUT_SECONDS)
            assert f"Details of {news}" in (await user.next_message(timeout=TIMEOUT_SECONDS)).text
        await admins[0].send("/start")
        await admins[0].next_message(timeout=TIMEOUT_SECONDS)
        await wait_for_checks(unused_tcp_port, lambda checks: not checks)
        for name in ("main", "tech"):
            await _until_metrics(unused_tcp_port, f'digestbot_deliveries_in_flight{{bot="{name}"}} 0.0')
    for user in users:
        assert await user.drain_messages() == []
    database = await open_database(two.installation.folder / "bot.db", own=False)
    for bot_id in (1, 2):
        async with database.for_bot(bot_id).read() as tx:
            claimed = await bots.claim_count(tx)
        assert claimed == high_water_mark(two.settings(), bot_id).read() > 0
    await database.close()


async def test_paused_bot_answers_and_sends_no_digest_until_resumed(two: TwoBots) -> None:
    ann = await two.second.create_user("Ann", language="en", id=READER)
    async with run_bot_in_process(two.installation, API_URL=two.url):
        await two.add()
        await subscribe_with_open_window(ann)
        await two.set_state(BotState.PAUSED)
        await _until_logged_in(two.second, 2)
        write_atomically(edition("Tech news"), two.folder / "today.md")
        asked = datetime.now(UTC)
        while "Tech news" not in (text := await _ask(ann, "/today")):
            assert (datetime.now(UTC) - asked).total_seconds() < TIMEOUT_SECONDS, text
        assert await ann.drain_messages() == []
        await two.set_state(BotState.RUNNING)
        assert "Tech news" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text


async def test_drained_bot_fetches_nothing_until_resumed(two: TwoBots, unused_tcp_port: int) -> None:
    ann = await two.second.create_user("Ann", language="en", id=READER)
    bob = await two.first.create_user("Bob", language="en", id=READER)
    async with run_bot_in_process(two.installation, API_URL=two.url, METRICS_PORT=str(unused_tcp_port)):
        await two.add()
        await _ask(ann, "/start")
        await two.set_state(BotState.DRAINING)
        await _until_metrics(unused_tcp_port, 'bot="tech"', contain=False)
        await ann.send("/help")
        assert "subscribed" in await _ask(bob, "/start")
        assert await two.second.count_pending_updates() == 1
        await wait_for_checks(unused_tcp_port, lambda checks: not checks)
        await two.set_state(BotState.RUNNING)
        assert "/today" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text


async def test_bot_that_cannot_start_stops_no_other(two: TwoBots, unused_tcp_port: int) -> None:
    """A token that Telegram refuses, a token file that is gone; each is said, and mended without a restart."""
    ann, bob = [await emulator.create_user("Ann", language="en", id=READER) for emulator in (two.first, two.second)]
    two.token_file.write_text("4343:not-the-token-of-this-bot")
    async with run_bot_in_process(two.installation, API_URL=two.url, METRICS_PORT=str(unused_tcp_port)):
        await two.add()
        checks = await wait_for_checks(unused_tcp_port, lambda checks: "token" in checks.get("tech.startup", ""))
        assert "does not know this token" in checks["tech.startup"]
        main, tech = (await two.listed())[1:]
        assert main.split() == ["main", "running", "0", "none", "yet", "none"]
        assert f"tech.startup: {two.token_file}: Telegram does not know this token" in tech
        assert "subscribed" in await _ask(ann, "/start")
        two.token_file.unlink()
        await wait_for_checks(unused_tcp_port, lambda checks: "No such file" in checks.get("tech.startup", ""))
        two.token_file.touch(mode=0o600)
        two.token_file.write_text(two.second.token)
        assert "subscribed" in await _ask(bob, "/start")
        await wait_for_checks(unused_tcp_port, lambda checks: not checks)


async def test_admins_hear_once_of_a_bot_that_cannot_start(two: TwoBots) -> None:
    """Whoever looks after the installation hears it from a bot that runs, and again when it is over."""
    lin = await two.first.create_user("Lin", language="en", id=ADMIN)
    two.token_file.write_text("4343:not-the-token-of-this-bot")
    async with run_bot_in_process(two.installation, API_URL=two.url):
        assert "subscribed" in await _ask(lin, "/start")
        await two.add()
        notice = (await lin.next_message(timeout=TIMEOUT_SECONDS)).text
        assert notice.startswith("⚠️ The bot tech is not running: it cannot be started.")
        assert f"· {process_name()}: {two.token_file}: Telegram does not know this token" in notice
        await _until_failed_again(two)
        two.token_file.write_text(two.second.token)
        assert (await lin.next_message(timeout=TIMEOUT_SECONDS)).text == "✅ The bot tech is running again."
    assert await lin.drain_messages() == []


async def test_admin_reads_in_chinese_why_a_bot_cannot_start(two: TwoBots) -> None:
    lin = await two.first.create_user("Lin", language="zh-hans", id=ADMIN)
    two.token_file.write_text("4343:not-the-token-of-this-bot")
    async with run_bot_in_process(two.installation, API_URL=two.url):
        await _ask(lin, "/start")
        await two.add()
        notice = (await lin.next_message(timeout=TIMEOUT_SECONDS)).text
        assert f"· {process_name()}: {two.token_file}：Telegram（已）不认得这个 token" in notice


async def test_first_bot_that_cannot_start_stops_no_other(two: TwoBots, unused_tcp_port: int) -> None:
    """Alone it ends the process, with others it does not."""
    bob = await two.second.create_user("Bob", language="en", id=READER)
    wrong = {"API_URL": two.url, "BOT_TOKEN": "4242:not-the-token-of-this-bot"}
    with pytest.raises(CannotStart, match="does not know this token"):
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await serve(load_settings_of(two.installation, **wrong), Clock(), asyncio.Event())
    reason = f"could not start on {process_name()}: BOT_TOKEN: Telegram does not know this token"
    assert reason in (await two.listed())[1]
    console = PrintableConsole(file=(file := io.StringIO()), width=1000)
    assert await asyncio.to_thread(show_status, two.settings(), console, as_json=False) == ExitCode.FAILURE
    assert f"main {reason}" in " ".join(file.getvalue().split())
    assert await two.add() == ExitCode.SUCCESS
    other = BotInstallation(two.installation.folder, two.second)
    async with run_bot_in_process(other, METRICS_PORT=str(unused_tcp_port), **wrong):
        assert "subscribed" in await _ask(bob, "/start")
        checks = await wait_for_checks(unused_tcp_port, lambda checks: "token" in checks.get("startup", ""))
        assert "does not know this token" in checks["startup"]
        assert len(checks) == 1


@pytest.mark.sqlite
async def test_lost_database_stops_both_bots_and_is_said_by_both(two: TwoBots, unused_tcp_port: int) -> None:
    admins = [
        await emulator.create_user("Lin", language="en", id=ADMIN, started=True) for emulator in (two.first, two.second)
    ]
    async with run_bot_in_process(two.installation, API_URL=two.url, METRICS_PORT=str(unused_tcp_port)):
        await two.add()
        for admin in admins:
            assert "subscribed" in await _ask(admin, "/start")
        (two.installation.folder / "bot.db").unlink()
        checks = await wait_for_checks(
            unused_tcp_port, lambda checks: {"on_hold", "tech.on_hold", "database"} <= set(checks)
        )
        assert checks["database"].endswith("bot.db was deleted or moved")
        for admin in admins:
            assert "bot.db was deleted" in (await admin.next_message(timeout=TIMEOUT_SECONDS)).text
    (saved,) = two.installation.folder.glob("bot.db.saved-*[0-9]")
    assert saved.stat().st_size > 0


@pytest.mark.sqlite
async def test_no_bot_starts_after_the_database_is_lost(
    two: TwoBots, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its token is mended too late: what it sent would be in no copy of the database."""
    lin = await two.first.create_user("Lin", language="en", id=ADMIN, started=True)
    two.token_file.write_text("4343:not-the-token-of-this-bot")
    async with run_bot_in_process(two.installation, API_URL=two.url, METRICS_PORT=str(unused_tcp_port)):
        await two.add()
        await wait_for_checks(unused_tcp_port, lambda checks: "token" in checks.get("tech.startup", ""))
        monkeypatch.setattr(supervisor, "READ_INTERVAL_SECONDS", 600.0)
        (two.installation.folder / "bot.db").unlink()
        await lin.next_message(lambda message: "bot.db was deleted" in message.text, timeout=TIMEOUT_SECONDS)
        two.token_file.write_text(two.second.token)
        checks = await wait_for_checks(unused_tcp_port, lambda checks: checks.get("tech.startup") == supervisor.STOPPED)
        assert "main.startup" not in checks
    assert await two.second.calls("getMe") == []


async def test_webhooks_of_two_bots_share_a_port(two: TwoBots, unused_tcp_port: int) -> None:
    users = [await emulator.create_user("Ann", language="en", id=READER) for emulator in (two.first, two.second)]
    where = {"WEBHOOK_URL": f"http://127.0.0.1:{unused_tcp_port}/updates", "WEBHOOK_PORT": str(unused_tcp_port)}
    hook: dict[str, Any] = {"WEBHOOK_SECRET": "0123456789abcdef", **where}
    async with run_bot_in_process(two.installation, API_URL=two.url, **hook):
        await two.add()
        for user in users:
            assert "subscribed" in await _ask(user, "/start")
    assert not await two.second.calls("getUpdates")


async def test_log_names_the_bot_and_no_token(two: TwoBots) -> None:
    ann = await two.second.create_user("Ann", language="en", id=READER)
    async with run_bot(two.installation, API_URL=two.url):
        await two.add()
        await two.second.add_fault("error", method="sendMessage", times=1, error_code=400, description="Bad Request: x")
        await ann.send("/start")
        await two.second.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
        assert "/today" in await _ask(ann, "/help")
    log = two.installation.log
    assert '"username": "tech_bot"' in log
    assert '"bot": "tech"' in log
    assert "loopback-token" not in log
    for path in two.installation.folder.glob("bot.db*"):
        assert b"loopback-token" not in path.read_bytes()


async def _ask(user: Any, words: str) -> str:
    await user.send(words)
    text: str = (await user.next_message(timeout=TIMEOUT_SECONDS)).text
    return text


async def _until_logged_in(emulator: EmulatorClient, times: int) -> None:
    await wait_until(lambda: emulator.calls("getMe"), lambda calls: len(calls) >= times)


async def _until_metrics(port: int, part: str, *, contain: bool = True) -> None:
    """Wait until the metrics contain some text, or do not any more."""

    async def read() -> str:
        async with aiohttp.request("GET", f"http://127.0.0.1:{port}/metrics") as answer:
            return await answer.text()

    await wait_until(read, lambda text: (part in text) is contain)


async def _until_failed_again(two: TwoBots) -> None:
    """Wait until two more attempts to start a bot have failed."""
    database = await open_database(two.installation.folder / "bot.db", own=False)
    failed_at: set[datetime] = set()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while len(failed_at) < 3:
            async with database.read() as tx:
                failed_at |= {failure.failed_at for failure in await start_failures.get_all(tx)}
            await asyncio.sleep(0.05)
    await database.close()
