"""The whole bot behind a real proxy: from the start to a delivery, with nothing around the proxy, and what it says."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.exit_code import ExitCode
from bot.files import write_atomically
from bot.framework import create_driver
from bot.settings import DriverName
from emulator.client import EmulatorClient, run_emulator
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, run_bot, start_bot, subscribe_with_open_window
from tests.bot.test_app import edition
from tests.bot.test_start_waits import wait_for_check
from tests.conformance.transports import FakeHandler, UnlimitedRateLimiter, closed_circuit_breaker
from tests.proxies import OUTGOING, PASSWORD, Relay, ScriptedProxy, running_proxy
from tests.transport.test_http_connection import serving
from transport.driver import ApiCallFailed
from transport.proxy import ProxyScheme

pytestmark = pytest.mark.slow

ADMIN = 9001


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator(token="4242:secret-loopback-token") as found:
        yield found


@pytest.fixture
def installation(tmp_path: Path, emulator: EmulatorClient) -> BotInstallation:
    return BotInstallation(tmp_path, emulator, (ADMIN,))


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
@pytest.mark.parametrize("scheme", list(ProxyScheme))
async def test_whole_bot_works_behind_a_proxy(
    scheme: ProxyScheme, driver: str, installation: BotInstallation, emulator: EmulatorClient, tmp_path: Path
) -> None:
    ann = await emulator.create_user("Ann", language="en")
    async with (
        Relay(emulator.api_url).running() as relay,
        running_proxy(scheme, tmp_path, with_password=True) as running,
        run_bot(installation, DRIVER=driver, API_URL=f"http://127.0.0.1:{relay.port}", PROXY=running.url) as bot,
    ):
        await subscribe_with_open_window(ann)
        write_atomically(edition("First", "Second"), installation.digests / "today.md")
        assert "First" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        await ann.send("2")
        assert "Details of Second" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
        bot.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == ExitCode.SUCCESS
    assert relay.peers == {OUTGOING}
    (route,) = [json.loads(line) for line in installation.log.splitlines() if "telegram_route" in line]
    assert (route["route"], route["source"]) == (str(running.proxy), "PROXY")
    assert PASSWORD not in installation.log
    assert "secret-loopback-token" not in installation.log
    for path in installation.folder.rglob("bot.db*"):
        assert PASSWORD.encode() not in path.read_bytes()


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_webhook_bot_works_behind_a_proxy(
    driver: str,
    installation: BotInstallation,
    emulator: EmulatorClient,
    tmp_path: Path,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """The registration goes through the proxy; the updates come from Telegram."""
    ann = await emulator.create_user("Ann", language="en")
    async with (
        Relay(emulator.api_url).running() as relay,
        running_proxy(ProxyScheme.HTTP, tmp_path, with_password=True) as running,
    ):
        port = unused_tcp_port_factory()
        hook = {
            "WEBHOOK_URL": f"http://127.0.0.1:{port}/updates",
            "WEBHOOK_PORT": str(port),
            "WEBHOOK_SECRET": "0123456789abcdef",
        }
        api_url = f"http://127.0.0.1:{relay.port}"
        async with run_bot(installation, DRIVER=driver, API_URL=api_url, PROXY=running.url, **hook):
            await ann.send("/start")
            assert "Welcome" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
    assert relay.peers == {OUTGOING}


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
@pytest.mark.parametrize("scheme", list(ProxyScheme))
async def test_start_says_what_the_proxy_refused(
    scheme: ProxyScheme,
    driver: str,
    installation: BotInstallation,
    tmp_path: Path,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """In the log and in /health; the password is in neither."""
    async with running_proxy(scheme, tmp_path, with_password=True) as running:
        port = unused_tcp_port_factory()
        url = running.url.replace(PASSWORD, "wrong-password")
        bot = await start_bot(installation, DRIVER=driver, PROXY=url, METRICS_PORT=str(port))
        try:
            part = f"{running.proxy}: the proxy refused the user name and password"
            await wait_for_check(port, "startup", part)
            bot.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == ExitCode.SUCCESS
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()
    unreachable = [json.loads(line) for line in installation.log.splitlines() if "telegram_unreachable" in line]
    assert unreachable
    assert part in unreachable[0]["reason"]
    assert unreachable[0]["reason"].endswith("; check PROXY")
    assert "wrong-password" not in installation.log
    assert "Traceback" not in installation.log


@pytest.mark.parametrize("driver", list(DriverName))
@pytest.mark.parametrize(("is_proxied", "seconds"), [(True, 25), (False, 50)])
async def test_poll_is_held_shorter_behind_a_proxy(driver: DriverName, is_proxied: bool, seconds: int) -> None:
    """Many proxies cut a connection that is idle for half a minute; each cut poll would count as a failure."""
    body = b'{"ok":true,"result":[]}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with serving(answer) as server, ScriptedProxy(ProxyScheme.HTTP).running() as scripted:
        bot = create_driver(
            driver,
            "42:x",
            f"http://127.0.0.1:{server.port}",
            UnlimitedRateLimiter(),
            closed_circuit_breaker(),
            proxy=scripted.proxy if is_proxied else None,
        )
        with pytest.raises(ApiCallFailed):  # no such answer to getMe; it opens the session
            await bot.sign_in()
        server.answers.append(answer)
        assert await bot.update_source(FakeHandler(), FakeHandler()).fetch(None) == []
        await bot.close()
    assert b'"timeout":%d,' % seconds in server.requests[-1][1]
    assert len(scripted.destinations) == (2 if is_proxied else 0)
