"""The bot under torture: a process that is killed and started again, with or without a proxy to the emulator."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.proxies import PROGRAMS, RunningProxy, running_proxy
from transport.proxy import ProxyScheme

SCHEMES = (ProxyScheme.HTTP, ProxyScheme.SOCKS5)
"""One for each of the two programs."""

PROXY_LIFE_SECONDS = 4 * 3600
STOP_SECONDS = 30.0


class RestartableProxy:
    """A real proxy that is killed, and started again on the same port."""

    def __init__(self, scheme: ProxyScheme, folder: Path) -> None:
        self._scheme, self._folder = scheme, folder
        self._stack = AsyncExitStack()
        self._running: RunningProxy | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The proxy as the setting PROXY names it; the same whether it runs or not."""
        return f"{self._scheme}://127.0.0.1:{self._port}"

    async def start(self) -> None:
        running = running_proxy(self._scheme, self._folder, port=self._port, life_seconds=PROXY_LIFE_SECONDS)
        self._port = (await self._stack.enter_async_context(running)).proxy.port

    async def kill(self) -> None:
        """End it with SIGKILL; do nothing if it does not run."""
        await self._stack.aclose()


@asynccontextmanager
async def real_proxies(
    folder: Path, report: Callable[[str], object]
) -> AsyncIterator[Mapping[ProxyScheme, RestartableProxy]]:
    """Run one proxy of each kind whose program is installed; report the programs that are missing."""
    proxies = {}
    async with AsyncExitStack() as stack:
        for scheme in SCHEMES:
            if shutil.which(PROGRAMS[scheme]) is None:
                report(f"no {PROGRAMS[scheme]} is installed: the bot is not run through it, and it does not die")
                continue
            proxies[scheme] = RestartableProxy(scheme, folder)
            stack.push_async_callback(proxies[scheme].kill)
            await proxies[scheme].start()
        yield proxies


@dataclass(slots=True)
class BotProcess:
    """The bot's process. `config` is what tests/torture/process.py reads, but for the proxy."""

    config: Mapping[str, Any]
    proxy: RestartableProxy | None = None
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> None:
        config = {**self.config, "proxy": self.proxy.url if self.proxy else "none"}
        command = [sys.executable, "-m", "tests.torture.process", json.dumps(config)]
        self.process = await asyncio.create_subprocess_exec(*command, start_new_session=True)

    async def use(self, proxy: RestartableProxy | None) -> None:
        """Have the bot reach the emulator by this proxy; stop it in order and start it again if it does not yet."""
        if proxy is self.proxy:
            return
        self.proxy = proxy
        await self._end(signal.SIGTERM)
        await self.start()

    async def kill(self) -> None:
        """End the bot with SIGKILL; do nothing if it does not run."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
