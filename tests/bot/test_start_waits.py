"""What the start waits for, what ends it, and what the health endpoint says meanwhile."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from bot.clock import Clock
from bot.exit_code import ExitCode
from bot.health import ProcessHealth, serve_health
from bot.open_database import high_water_mark
from bot.serve import serve
from bot.startup_errors import CannotStart
from emulator.client import EmulatorClient, run_emulator
from storage.sqlite import database
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, load_settings_of, start_bot
from tests.waiting import wait_for_checks, wait_until
from transport import polling

if TYPE_CHECKING:
    from tests.postgresql import Cluster

pytestmark = pytest.mark.slow

Start = Callable[..., Awaitable[asyncio.subprocess.Process]]

TOKEN_LINE = "BOT_TOKEN: Telegram does not know this token (any more); copy it again from @BotFather"
UNAUTHORIZED = {"error_code": 401, "description": "Unauthorized"}
NOT_FOUND = {"error_code": 404, "description": "Not Found"}


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator(token="4242:secret-loopback-token") as found:
        yield found


@pytest.fixture
def installation(tmp_path: Path, emulator: EmulatorClient) -> BotInstallation:
    return BotInstallation(tmp_path, emulator)


@pytest.fixture(autouse=True)
def _collect_garbage_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@asynccontextmanager
async def starting(installation: BotInstallation, **given: str) -> AsyncIterator[asyncio.Task[None]]:
    """Start the bot in this event loop, and stop it at the end in the time that an operator waits."""
    stop = asyncio.Event()
    task = asyncio.create_task(serve(load_settings_of(installation, **given), Clock(), stop))
    try:
        yield task
    finally:
        stop.set()
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await asyncio.wait([task])
    if not isinstance(task.exception(), CannotStart):
        await task


@pytest.fixture
async def start(installation: BotInstallation) -> AsyncIterator[Start]:
    """Start a bot as a process, and kill it at the end if a failed test left it."""
    processes: list[asyncio.subprocess.Process] = []

    async def start_process(**variables: str) -> asyncio.subprocess.Process:
        processes.append(await start_bot(installation, **variables))
        return processes[-1]

    yield start_process
    for process in processes:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def health(port: int) -> tuple[int, dict[str, Any]]:
    """Return the status and the body of /health, as soon as it answers."""
    async with asyncio.timeout(TIMEOUT_SECONDS), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/health") as answer:
                    return answer.status, await answer.json()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)


async def wait_for_check(port: int, name: str, part: str) -> None:
    """Wait until /health names a failing check."""
    await wait_for_checks(port, lambda checks: part in checks.get(name, ""))


async def wait_until_healthy(port: int) -> None:
    await wait_for_checks(port, lambda checks: not checks)


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
@pytest.mark.parametrize("method", ["getMe", "deleteWebhook", "getUpdates"])
@pytest.mark.parametrize("refusal", [UNAUTHORIZED, NOT_FOUND], ids=["401", "404"])
async def test_refused_token_is_one_line(
    driver: str, method: str, refusal: dict[str, Any], installation: BotInstallation, emulator: EmulatorClient
) -> None:
    """At sign-in, after it, and at a later poll, as when the token is revoked in mid-run; getMe confirms it."""
    await emulator.add_fault("error", method=method, **refusal)
    async with starting(installation, DRIVER=driver) as task:
        await wait_until(lambda: emulator.calls(method), bool)
        await emulator.add_fault("error", method="getMe", **refusal)
        await asyncio.wait([task], timeout=TIMEOUT_SECONDS)
        error = task.exception()
    assert isinstance(error, CannotStart)
    assert error.exit_code == ExitCode.TOKEN_REFUSED
    assert str(error) == f"{TOKEN_LINE}; or API_URL={emulator.api_url} is no Bot API server"


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_one_refusal_of_the_token_in_mid_run_ends_nothing(
    driver: str, installation: BotInstallation, emulator: EmulatorClient
) -> None:
    """A broken proxy answers a poll as Telegram answers a revoked token, once; getMe knows better."""
    ann = await emulator.create_user("Ann", language="en")
    async with starting(installation, DRIVER=driver) as task:
        await ann.send("/start")
        await ann.next_message(timeout=TIMEOUT_SECONDS)
        await emulator.add_fault("error", method="getUpdates", times=1, **UNAUTHORIZED)
        await ann.send("/help")
        await ann.next_message(lambda message: "/settings" in message.text, timeout=TIMEOUT_SECONDS)
        await ann.send("/status")
        await ann.next_message(lambda message: "subscribed" in message.text.lower(), timeout=TIMEOUT_SECONDS)
        assert not task.done()
        assert [fault["fired"] for fault in await emulator.faults()] == [1]


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_token_revoked_in_mid_run_ends_the_process(
    driver: str, installation: BotInstallation, emulator: EmulatorClient, start: Start
) -> None:
    ann = await emulator.create_user("Ann", language="en")
    bot = await start(DRIVER=driver)
    await ann.send("/start")
    await ann.next_message(timeout=TIMEOUT_SECONDS)
    for method in ("getUpdates", "sendMessage", "getMe"):
        await emulator.add_fault("error", method=method, **UNAUTHORIZED)
    await ann.send("/help")
    assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == ExitCode.TOKEN_REFUSED
    last = installation.log.strip().splitlines()[-1]
    assert last.startswith(f"digestbot: {TOKEN_LINE}")
    assert "Traceback" not in installation.log
    assert "secret-loopback-token" not in installation.log


@pytest.mark.parametrize("setting", ["WEBHOOK_PORT", "METRICS_PORT"])
async def test_port_taken_at_start_names_its_setting(
    setting: str, installation: BotInstallation, unused_tcp_port: int, start: Start
) -> None:
    hook = {"WEBHOOK_URL": "http://127.0.0.1:1/updates", "WEBHOOK_SECRET": "0123456789abcdef"}
    with socket.create_server(("127.0.0.1", unused_tcp_port)):
        bot = await start(**hook | {setting: str(unused_tcp_port)})
        assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == ExitCode.PORT_UNAVAILABLE
    last = installation.log.strip().splitlines()[-1]
    assert last == (
        f"digestbot: {setting}: cannot listen at 127.0.0.1, port {unused_tcp_port} (in use): choose another port"
    )
    assert "Traceback" not in installation.log


@pytest.mark.sqlite  # on PostgreSQL the process listens before it waits for Telegram
async def test_port_taken_after_the_first_look_is_one_line(
    installation: BotInstallation, emulator: EmulatorClient, unused_tcp_port: int, unused_tcp_port_factory: Any
) -> None:
    """Taken while the start waits for Telegram: the error comes out of nested task groups."""
    await emulator.add_fault("error", method="getMe", times=1, error_code=400, description="Bad Request: wait")
    metrics_port = unused_tcp_port_factory()
    where = {"WEBHOOK_URL": f"http://127.0.0.1:{unused_tcp_port}/updates", "WEBHOOK_PORT": str(unused_tcp_port)}
    secret = "0123456789abcdef"
    async with starting(installation, METRICS_PORT=str(metrics_port), WEBHOOK_SECRET=secret, **where) as task:
        await health(metrics_port)
        with socket.create_server(("127.0.0.1", unused_tcp_port)):
            await asyncio.wait([task], timeout=TIMEOUT_SECONDS)
        error = task.exception()
    assert isinstance(error, CannotStart)
    assert str(error).startswith(f"WEBHOOK_PORT: cannot listen at 127.0.0.1, port {unused_tcp_port} (in use): choose")
    assert error.exit_code == ExitCode.PORT_UNAVAILABLE


@pytest.mark.parametrize(("driver", "host"), [("aiogram", "nowhere.invalid"), ("ptb", "nowhere.invalid"), ("ptb", "")])
async def test_unreachable_telegram_is_waited_for(
    driver: str,
    host: str,
    installation: BotInstallation,
    start: Start,
    unused_tcp_port: int,
    unused_tcp_port_factory: Any,
) -> None:
    """An unknown host or a refused connection: waits that grow, health that says so, and a stop at once."""
    api_url = f"http://{host}" if host else f"http://127.0.0.1:{unused_tcp_port_factory()}"
    bot = await start(API_URL=api_url, DRIVER=driver, METRICS_PORT=str(unused_tcp_port))
    await wait_for_check(unused_tcp_port, "startup", "Telegram cannot be reached")
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while installation.log.count("telegram_unreachable") < 3:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    bot.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == ExitCode.SUCCESS
    events = [json.loads(line) for line in installation.log.splitlines() if "telegram_unreachable" in line]
    assert [event["retry_in"] for event in events[:3]] == [0.5, 1.0, 2.0]
    assert events[0]["reason"].startswith(f"{urlsplit(api_url).hostname}:")
    assert events[0]["reason"].endswith("; if this network blocks Telegram, set PROXY")
    assert " directly: " in events[0]["reason"]
    assert "Traceback" not in installation.log


@pytest.mark.sqlite
@pytest.mark.parametrize("kind", ["SQLite", "system"])
async def test_full_disk_at_start_is_waited_for(
    kind: str, installation: BotInstallation, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    """SQLite has no pages left for the schema; or the kernel refuses to write the lock."""
    lock = installation.folder / "bot.db.lock"
    if kind == "SQLite":
        monkeypatch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "max_page_count = 5"))
    else:
        lock.symlink_to("/dev/full")
    async with starting(installation, METRICS_PORT=str(unused_tcp_port)) as task:
        await wait_for_check(unused_tcp_port, "startup", "the disk is full")
        assert not task.done()
        monkeypatch.undo()
        if kind == "system":
            lock.unlink()
        await wait_until_healthy(unused_tcp_port)


@pytest.mark.sqlite
async def test_stop_while_the_disk_is_full_is_obeyed(
    installation: BotInstallation, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setattr(database, "PRAGMAS", (*database.PRAGMAS, "max_page_count = 5"))
    async with starting(installation, METRICS_PORT=str(unused_tcp_port)):
        await wait_for_check(unused_tcp_port, "startup", "the disk is full")


@asynccontextmanager
async def forwarding(port: int, cluster: Cluster) -> AsyncIterator[None]:
    """Serve the cluster's socket on a port."""
    tasks: set[asyncio.Task[None]] = set()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(str(cluster.folder / ".s.PGSQL.5432"))
        for source, target in ((reader, server_writer), (server_reader, writer)):
            task = asyncio.create_task(copy(source, target))
            tasks.add(task)

    async with await asyncio.start_server(serve_connection, "127.0.0.1", port):
        yield
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_unreachable_postgresql_at_start_is_waited_for(
    installation: BotInstallation,
    cluster: Cluster,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """And the password is neither in the log nor in what /health says."""
    port, metrics_port = unused_tcp_port_factory(), unused_tcp_port_factory()
    cluster.execute("CREATE DATABASE awaited")
    given = {"DATABASE": f"postgresql://digestbot:hush@127.0.0.1:{port}/awaited", "METRICS_PORT": str(metrics_port)}
    process = await start_bot(installation, **given)
    try:
        await wait_for_check(metrics_port, "startup", f"postgresql://127.0.0.1:{port}/awaited cannot be reached (")
        async with forwarding(port, cluster):
            await wait_until_healthy(metrics_port)
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while not (installation.folder / "awaited.mark").exists():  # noqa: ASYNC110 - a file has no event
                    await asyncio.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), TIMEOUT_SECONDS) == ExitCode.SUCCESS
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        cluster.execute("DROP DATABASE awaited WITH (FORCE)")
    assert '"event": "database_unreachable"' in installation.log
    assert "hush" not in installation.log


async def test_health_answers_503_for_each_failing_check(unused_tcp_port: int) -> None:
    state = ProcessHealth("all")
    bot = state.add("main")
    state.startup = None
    failing: dict[str, str] = {}
    bot.running_checks = lambda: failing
    async with serve_health(unused_tcp_port, state):
        assert await health(unused_tcp_port) == (
            503,
            {"status": "unhealthy", "role": "all", "checks": {"startup": "the bot is starting"}},
        )
        bot.startup = None
        assert await health(unused_tcp_port) == (200, {"status": "healthy", "role": "all", "checks": {}})
        for name in ("on_hold", "planning", "ledger", "telegram", "updates", "folder"):
            failing = {name: "broken"}
            answer = {"status": "unhealthy", "role": "all", "checks": failing}
            assert await health(unused_tcp_port) == (503, answer)
    assert isinstance(state.registry, CollectorRegistry)


@pytest.mark.parametrize(("name", "part"), [("on_hold", "older than what was sent"), ("updates", "not answered")])
async def test_health_of_a_running_bot_answers_503(
    name: str,
    part: str,
    installation: BotInstallation,
    emulator: EmulatorClient,
    monkeypatch: pytest.MonkeyPatch,
    unused_tcp_port: int,
) -> None:
    """A database behind its mark, and a poll that is refused for too long."""
    if name == "on_hold":
        (installation.folder / "bot.db").touch()
        async with starting(installation, METRICS_PORT=str(unused_tcp_port)):
            await wait_until_healthy(unused_tcp_port)
        high_water_mark(load_settings_of(installation)).write(5)
    else:
        monkeypatch.setattr(polling, "STALE_POLL_SECONDS", 0.5)
        await emulator.add_fault("error", method="getUpdates", error_code=409, description="Conflict: other")
    async with starting(installation, METRICS_PORT=str(unused_tcp_port)):
        await wait_for_check(unused_tcp_port, name, part)
        if name == "updates":
            await wait_for_check(unused_tcp_port, name, "another program polls with this bot's token")
