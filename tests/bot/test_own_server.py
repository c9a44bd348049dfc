"""The whole bot at a Bot API server of one's own: over IPv6, below a path, and moved away from it by logOut."""

from __future__ import annotations

import asyncio
import gc
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.clock import Clock
from bot.exit_code import ExitCode
from bot.files import write_atomically
from bot.serve import serve
from bot.startup_errors import CannotStart
from emulator.client import EmulatorClient, run_emulator
from tests.bot.harness import ROOT, TIMEOUT_SECONDS, BotInstallation, load_settings_of, run_bot_in_process, start_bot
from tests.ipv6 import needs_ipv6
from tests.waiting import wait_for_checks
from transport import webhook

pytestmark = pytest.mark.slow

LOGGED_OUT_LINE = (
    "API_URL: the bot is logged out of {api_url}; if it has moved to another Bot API server, set API_URL to that one; "
    "to use this one, start the bot again ten minutes after logOut"
)
SECRET = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _collect_garbage_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator(path="/telegram") as found:
        yield found


@pytest.fixture
def installation(tmp_path: Path, emulator: EmulatorClient) -> BotInstallation:
    return BotInstallation(tmp_path, emulator)


async def log_out(emulator: EmulatorClient) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{emulator.api_url}/bot{emulator.token}/logOut") as response,
    ):
        assert response.status == 200


def edition() -> bytes:
    published = datetime.now(UTC) - timedelta(minutes=5)
    return f"---\ntitle: The day\ndate: {published.isoformat()}\n---\n\n1. [News](https://a.example/1)\n".encode()


@needs_ipv6
@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
@pytest.mark.parametrize("host", ["::1", "::"])
async def test_first_delivery_with_ipv6_alone(
    driver: str, host: str, tmp_path: Path, unused_tcp_port_factory: type[int]
) -> None:
    """Bot API server, webhook and its answer over IPv6; the health endpoint stays on 127.0.0.1."""
    port, metrics_port = unused_tcp_port_factory(), unused_tcp_port_factory()
    variables = {
        "WEBHOOK_URL": f"http://[::1]:{port}/updates",
        "WEBHOOK_SECRET": SECRET,
        "WEBHOOK_HOST": host,
        "WEBHOOK_PORT": str(port),
        "METRICS_PORT": str(metrics_port),
    }
    async with run_emulator(host="::1", path="/telegram") as emulator:
        assert emulator.api_url.startswith("http://[::1]:")
        installation = BotInstallation(tmp_path, emulator)
        async with run_bot_in_process(installation, DRIVER=driver, **variables):
            ann = await emulator.create_user("Ann", language="en")
            for words in ("/start", "/timezone UTC", f"/time {datetime.now(UTC) - timedelta(hours=1):%H:%M}"):
                await ann.send(words)
                await ann.next_message(timeout=TIMEOUT_SECONDS)
            write_atomically(edition(), installation.digests / "today.md")
            message = await ann.next_message(lambda message: "News" in message.text, timeout=TIMEOUT_SECONDS)
            assert message.text
            await wait_for_checks(metrics_port, lambda checks: not checks)


@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
@pytest.mark.parametrize("mode", ["sign-in", "polling", "webhook"])
async def test_logged_out_bot_ends_with_one_line(
    driver: str,
    mode: str,
    installation: BotInstallation,
    emulator: EmulatorClient,
    monkeypatch: pytest.MonkeyPatch,
    unused_tcp_port: int,
) -> None:
    monkeypatch.setattr(webhook, "CHECK_INTERVAL_SECONDS", 0.05)
    hook = {
        "WEBHOOK_URL": f"http://127.0.0.1:{unused_tcp_port}/updates",
        "WEBHOOK_SECRET": SECRET,
        "WEBHOOK_PORT": str(unused_tcp_port),
    }
    variables = {"DRIVER": driver, **(hook if mode == "webhook" else {})}
    if mode == "sign-in":
        await log_out(emulator)
    bot = asyncio.create_task(serve(load_settings_of(installation, **variables), Clock(), asyncio.Event()))
    if mode != "sign-in":
        ann = await emulator.create_user("Ann", language="en")
        await ann.send("/start")
        await ann.next_message(timeout=TIMEOUT_SECONDS)
        await log_out(emulator)
    await asyncio.wait([bot], timeout=TIMEOUT_SECONDS)
    caught = bot.exception()
    assert isinstance(caught, CannotStart)
    assert str(caught) == LOGGED_OUT_LINE.format(api_url=emulator.api_url)
    assert caught.exit_code == ExitCode.SETTINGS


async def test_bot_logged_out_in_mid_run_is_no_refused_token(
    installation: BotInstallation, emulator: EmulatorClient
) -> None:
    """As a process: it ends by itself, and after ten minutes the same server takes it again."""
    ann = await emulator.create_user("Ann", language="en")
    bot = await start_bot(installation)
    await ann.send("/start")
    await ann.next_message(timeout=TIMEOUT_SECONDS)
    await log_out(emulator)
    assert await asyncio.wait_for(bot.wait(), TIMEOUT_SECONDS) == ExitCode.SETTINGS
    assert installation.log.strip().splitlines()[-1] == "digestbot: " + LOGGED_OUT_LINE.format(api_url=emulator.api_url)
    assert "Traceback" not in installation.log
    await emulator.advance_clock(11 * 60)
    async with run_bot_in_process(installation):
        await ann.send("/help")
        assert (await ann.next_message(timeout=TIMEOUT_SECONDS)).text


async def test_documented_command_logs_the_bot_out(
    installation: BotInstallation, emulator: EmulatorClient, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^( *)```\w*\n(.*?)^\1```$", page)
    [block] = [block for _, block in blocks if "/logOut" in block]
    assert "https://api.telegram.org/" in block
    (tmp_path / ".env").write_text(f"ADMIN_IDS=1\nBOT_TOKEN={emulator.token}\nRATE=30\n")
    script = block.replace("https://api.telegram.org", emulator.api_url)
    shell = await asyncio.create_subprocess_exec("sh", "-c", script, cwd=tmp_path, stdout=asyncio.subprocess.PIPE)
    answer, _ = await asyncio.wait_for(shell.communicate(), TIMEOUT_SECONDS)
    assert json.loads(answer) == {"ok": True, "result": True}
    assert [call.method for call in await emulator.calls()] == ["logOut"]
