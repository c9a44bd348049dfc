"""docs/behind-a-firewall.md, followed as an operator does, and each reason that it explains."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from emulator.client import EmulatedUser, EmulatorClient, run_emulator
from tests.bot.harness import ROOT, TIMEOUT_SECONDS
from tests.hostile_server import HostileServer, http_response
from tests.proxies import OUTGOING, Relay, ScriptedProxy, listening, running_proxy
from transport.bot_api_client import BotApiClient
from transport.driver import ApiCallFailed
from transport.drivers.api_session import CallFailed
from transport.proxy import Proxy, ProxyScheme

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "behind-a-firewall.md").read_text(encoding="utf-8")
TELEGRAM = "https://api.telegram.org"
PAGES_PROXY = "socks5h://127.0.0.1:1080"
PAGES_TOKEN = "123456789:ABC…"


def block_with(part: str) -> str:
    """Return the page's only code block that contains a text."""
    blocks = re.findall(r"(?ms)^( *)```\w*\n(.*?)^\1```$", PAGE)
    [found] = [block for _, block in blocks if part in block]
    return str(found)


async def run_in_shell(script: str, folder: Path) -> str:
    environment = {"PATH": os.environ["PATH"]}
    shell = await asyncio.create_subprocess_exec(
        "sh", "-euc", script, cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(shell.communicate(), TIMEOUT_SECONDS)
    return output.decode()


@asynccontextmanager
async def digestbot(folder: Path, log: Path) -> AsyncIterator[None]:
    """Run `digestbot run` in a folder, with nothing set but what is in its `.env`."""
    command = (sys.executable, "-c", "from bot.cli import main; main()", "run")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        yield
    finally:
        process.terminate()
        await asyncio.wait_for(process.wait(), TIMEOUT_SECONDS)


async def ask(person: EmulatedUser, words: str) -> str:
    await person.send(words)
    return (await person.next_message(timeout=TIMEOUT_SECONDS)).text


@pytest.mark.parametrize("scheme", [ProxyScheme.SOCKS5H, ProxyScheme.HTTP])
@pytest.mark.parametrize("driver", ["aiogram", "ptb"])
async def test_operator_gets_a_first_delivery_by_the_page(scheme: ProxyScheme, driver: str, tmp_path: Path) -> None:
    """Only addresses are replaced, and the wait for slow uploads is shorter; Telegram is the emulator."""
    folder = tmp_path / "digestbot"
    folder.mkdir()
    async with (
        run_emulator() as emulator,
        Relay(emulator.api_url).running() as relay,
        running_proxy(scheme, tmp_path) as running,
    ):
        telegram = f"http://127.0.0.1:{relay.port}"

        def as_here(text: str) -> str:
            here = text.replace(TELEGRAM, telegram).replace(PAGES_PROXY, running.url)
            return here.replace(PAGES_TOKEN, emulator.token)

        check = await run_in_shell(as_here(block_with("--proxy")), folder)
        assert check.startswith('{"ok":false,"error_code":401,')
        assert relay.peers == {OUTGOING}
        more = f"API_URL={telegram}\nDRIVER={driver}\nQUIET_SECONDS=1\nLOG_FORMAT=text\n"
        (folder / ".env").write_text(as_here(block_with("BOT_TOKEN=")) + more, encoding="utf-8")
        async with digestbot(folder, tmp_path / "log"):
            ann = await emulator.create_user("Ann", language="en")
            assert "subscribed" in await ask(ann, "/start")
            [command] = re.findall("`(/timezone [^`]*)`", PAGE)
            await ask(ann, command)
            an_hour_ago = datetime.now(ZoneInfo("Europe/Lisbon")) - timedelta(hours=1)
            assert f"{an_hour_ago:%H:%M}" in await ask(ann, f"/time {an_hour_ago:%H:%M}")
            await run_in_shell(block_with("printf"), folder)
            delivered = await ann.next_message(lambda message: "It works" in message.text, timeout=TIMEOUT_SECONDS)
        assert "Hello" in delivered.text
        assert relay.peers == {OUTGOING}
    check_log((tmp_path / "log").read_text(encoding="utf-8"), str(running.proxy))


def check_log(log: str, proxy: str) -> None:
    """The log has the events that the page shows, with the same fields."""
    shown = block_with("telegram_route").replace("SOCKS5h proxy 127.0.0.1:1080", proxy)
    for line in shown.replace("your_bot", "digest_demo_bot").splitlines():
        event, _, fields = line.partition(" ")
        [logged] = [entry for entry in log.splitlines() if f" {event} " in entry]
        assert re.sub(" +", " ", fields.strip()) in re.sub(" +", " ", logged)


async def test_first_check_needs_no_proxy_where_telegram_is_reached(tmp_path: Path) -> None:
    [check] = [block for _, block in re.findall(r"(?ms)^( *)```\n(curl.*?)^\1```$", PAGE) if "--proxy" not in block]
    async with run_emulator() as emulator:
        answer = await run_in_shell(check.replace(TELEGRAM, emulator.api_url), tmp_path)
    assert json.loads(answer)["error_code"] == 401


async def reason_of(url: str, proxy: Proxy | None = None, seconds: float = 20) -> str:
    """Return why a call is not answered."""
    async with BotApiClient(url, "42:x", proxy=proxy, connect_seconds=seconds) as client:
        failure = CallFailed(await client.call("getMe", b"{}")).translate()
    assert isinstance(failure, ApiCallFailed)
    return str(failure)


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1 << 16)
    writer.close()
    await writer.wait_closed()


async def every_reason(stack: AsyncExitStack, folder: Path, emulator: EmulatorClient, free_port: int) -> list[str]:
    """Return the reasons that arise where everything is wrong that can be."""
    url = emulator.api_url
    silent = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
    dead = f"http://127.0.0.1:{free_port}"
    reasons = [await reason_of(dead), await reason_of("http://telegram.invalid")]
    reasons.append(await reason_of(url.replace("http:", "https:")))
    foreign = await stack.enter_async_context(HostileServer().running())
    foreign.answer = lambda _method: http_response(502, b"<html>")
    reasons.append(await reason_of(foreign.url))
    hanging_up = await stack.enter_async_context(listening(hang_up))
    reasons.append(await reason_of(url, Proxy(scheme=ProxyScheme.SOCKS5H, host="127.0.0.1", port=hanging_up)))
    for scheme in (ProxyScheme.HTTP, ProxyScheme.SOCKS5H):
        running = await stack.enter_async_context(running_proxy(scheme, folder, with_password=True))
        proxy = running.proxy
        reasons.append(await reason_of(url, replace(proxy, username="", password="")))
        reasons.append(await reason_of(url, replace(proxy, password="wrong-one")))
        reasons.append(await reason_of(dead, proxy))
        reasons.append(await reason_of(url, replace(proxy, port=free_port)))
        reasons.append(await reason_of(url, replace(proxy, host="proxy.invalid")))
        reasons.append(await reason_of(url, replace(proxy, port=silent), seconds=0.3))
        other = await stack.enter_async_context(ScriptedProxy(scheme, reply=(b"EHLO\r\n\r\n\r\n\r\n",)).running())
        reasons.append(await reason_of(url, other.proxy))
    closed = await stack.enter_async_context(running_proxy(ProxyScheme.HTTP, folder, allowed_port=free_port))
    reasons.append(await reason_of(url, closed.proxy))
    microsocks = await stack.enter_async_context(running_proxy(ProxyScheme.SOCKS5H, folder))
    reasons.append(await reason_of(url, replace(microsocks.proxy, scheme=ProxyScheme.HTTP)))
    return reasons


async def test_each_reason_of_the_page_is_said(tmp_path: Path, unused_tcp_port: int) -> None:
    section = PAGE.partition("## When it does not work")[2].partition("\n## ")[0]
    explained = [part for item in re.findall(r"(?m)^- (`.*?`):", section) for part in re.findall("`([^`]+)`", item)]
    assert len(explained) >= 12
    async with run_emulator() as emulator, AsyncExitStack() as stack:
        reasons = await every_reason(stack, tmp_path, emulator, unused_tcp_port)
    said = "\n".join(reasons).replace(f"127.0.0.1:{unused_tcp_port}", "api.telegram.org:443")
    assert [part for part in explained if part not in said] == []
    assert [reason for reason in said.splitlines() if not any(part in reason for part in explained)] == []
