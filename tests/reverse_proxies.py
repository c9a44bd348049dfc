"""Real reverse proxies on loopback, nginx and Caddy, with the configuration that docs/operating.md gives.

The certificate is left out, as Telegram's requests come from the test itself. Without the programs the tests are
skipped; with CI=true they fail.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path

import pytest

from tests.ports import unused_port
from tests.waiting import PATIENCE

PAGE = Path(__file__).parent.parent / "docs" / "operating.md"
LIFE_SECONDS = 280
"""A proxy ends after this time whatever becomes of its test."""

START_SECONDS = PATIENCE


class ReverseProxy(StrEnum):
    """The programs, by the names of their commands."""

    NGINX = "nginx"
    CADDY = "caddy"


@asynccontextmanager
async def running(program: ReverseProxy, bot_port: int, folder: Path) -> AsyncIterator[int]:
    """Run a reverse proxy in front of a bot's port, and yield the proxy's port."""
    _require(program)
    port = unused_port()
    config = folder / f"{program}.conf"
    config.write_text(_nginx(port, bot_port) if program is ReverseProxy.NGINX else _caddy(port, bot_port))
    command = {
        ReverseProxy.NGINX: ("nginx", "-p", str(folder), "-e", "stderr", "-c", str(config)),
        ReverseProxy.CADDY: ("caddy", "run", "--config", str(config), "--adapter", "caddyfile"),
    }[program]
    process = await asyncio.create_subprocess_exec(
        "timeout",
        str(LIFE_SECONDS),
        *command,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)},
    )
    try:
        await _wait_until_listening(process, port)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _require(program: ReverseProxy) -> None:
    if shutil.which(program) is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no {program} (apt-get install nginx caddy)")


def documented(beginning: str) -> str:
    """Return the configuration on the page whose first line begins so."""
    block = re.search(rf"^```\n({re.escape(beginning)}.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert block is not None, f"{PAGE.name} has no configuration that begins with {beginning}"
    return block[1]


def _nginx(port: int, bot_port: int) -> str:
    block = re.sub(r"^ *(?:server_name|ssl_certificate(?:_key)?) .*\n", "", documented("server {"), flags=re.MULTILINE)
    block = block.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace(":8080", f":{bot_port}")
    folders = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return (
        "daemon off; master_process off; pid nginx.pid; worker_rlimit_nofile 8192;\n"
        "events { worker_connections 4096; }\n"
        f"http {{ access_log off; {folders}\n{block}}}\n"
    )


def _caddy(port: int, bot_port: int) -> str:
    block = documented("bot.example.org {\n    reverse_proxy 127.0.0.1:8080")
    address = f"http://127.0.0.1:{port} "
    return "{\n    admin off\n}\n" + block.replace("bot.example.org ", address).replace(":8080", f":{bot_port}")


async def _wait_until_listening(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert process.returncode is None, "the reverse proxy did not start"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            return
