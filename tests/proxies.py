"""Proxies on loopback: real ones (tinyproxy, microsocks), one that tests script, and a server that sees who connects.

Without the programs the tests are skipped; with CI=true they fail.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ports import unused_port
from tests.waiting import PATIENCE
from transport.proxy import Proxy, ProxyScheme

PROGRAMS = {
    ProxyScheme.HTTP: "tinyproxy",
    ProxyScheme.SOCKS5: "microsocks",
    ProxyScheme.SOCKS5H: "microsocks",
}
LIFE_SECONDS = 280
"""A proxy ends after this time whatever becomes of its test."""

OUTGOING = "127.0.0.5"
"""The address from which the real proxies connect to servers; nobody else does."""

USERNAME, PASSWORD = "ann", "pass.word-of_ann"
START_SECONDS = PATIENCE


@dataclass(slots=True)
class RunningProxy:
    """A real proxy in a process group of its own."""

    proxy: Proxy
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        """The proxy as the setting PROXY names it."""
        credentials = f"{self.proxy.username}:{self.proxy.password}@" if self.proxy.username else ""
        return f"{self.proxy.scheme}://{credentials}{self.proxy.host}:{self.proxy.port}"

    async def kill(self) -> None:
        """End the proxy, and with it all its connections, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


@asynccontextmanager
async def running_proxy(
    scheme: ProxyScheme,
    folder: Path,
    *,
    with_password: bool = False,
    allowed_port: int | None = None,
    port: int = 0,
    life_seconds: int = LIFE_SECONDS,
) -> AsyncIterator[RunningProxy]:
    """Run a real proxy on a free port; `allowed_port` is the only one that an HTTP proxy connects to."""
    require_program(scheme)
    username, password = (USERNAME, PASSWORD) if with_password else ("", "")
    proxy = Proxy(scheme=scheme, host="127.0.0.1", port=port or unused_port(), username=username, password=password)
    command = _tinyproxy(proxy, folder, allowed_port) if scheme is ProxyScheme.HTTP else _microsocks(proxy)
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        "timeout", str(life_seconds), *command, stdout=quiet, stderr=quiet, start_new_session=True
    )
    running = RunningProxy(proxy, process)
    try:
        await _wait_until_listening(running)
        yield running
    finally:
        await running.kill()


def require_program(scheme: ProxyScheme) -> None:
    """Skip the test if the proxy's program is not installed; fail it with CI=true."""
    if shutil.which(PROGRAMS[scheme]) is not None:
        return
    reason = f"no {PROGRAMS[scheme]} (apt-get install tinyproxy-bin microsocks)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _tinyproxy(proxy: Proxy, folder: Path, allowed_port: int | None) -> tuple[str, ...]:
    lines = [f"Port {proxy.port}", "Listen 127.0.0.1", f"Bind {OUTGOING}", "Timeout 600", "MaxClients 1000"]
    lines += ["LogLevel Critical"]
    lines += [f"BasicAuth {proxy.username} {proxy.password}"] if proxy.username else []
    lines += [f"ConnectPort {allowed_port}"] if allowed_port else []
    path = folder / f"tinyproxy-{proxy.port}.conf"
    path.write_text("\n".join(lines) + "\n")
    return ("tinyproxy", "-d", "-c", str(path))


def _microsocks(proxy: Proxy) -> tuple[str, ...]:
    credentials = ("-u", proxy.username, "-P", proxy.password) if proxy.username else ()
    return ("microsocks", "-i", "127.0.0.1", "-p", str(proxy.port), "-b", OUTGOING, *credentials)


async def _wait_until_listening(running: RunningProxy) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            assert running.process.returncode is None, f"{running.proxy} did not start"
            try:
                _, writer = await asyncio.open_connection(running.proxy.host, running.proxy.port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            return


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    context: ssl.SSLContext | None = None,
    port: int = 0,
) -> AsyncIterator[int]:
    """Serve connections at a port of 127.0.0.1, and break them off at the end."""
    served: dict[asyncio.Task[object], asyncio.StreamWriter] = {}

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served[task] = writer
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await serve(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(handle, "127.0.0.1", port, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in served.values():
            writer.transport.abort()
        await asyncio.gather(*served)


@dataclass
class Relay:
    """A server in front of another one; notes the address of everybody who connects."""

    upstream: str
    peers: set[str] = field(default_factory=set)
    port: int = 0

    @asynccontextmanager
    async def running(self, context: ssl.SSLContext | None = None) -> AsyncIterator[Relay]:
        async with listening(self._serve, context) as self.port:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.add(writer.get_extra_info("peername")[0])
        upstream = urlsplit(self.upstream)
        await join(reader, writer, upstream.hostname or "", upstream.port or 80)


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    """Pass everything on to a server and back until one side ends."""
    other_reader, other_writer = await asyncio.open_connection(host, port)
    tasks = [asyncio.create_task(_pump(reader, other_writer)), asyncio.create_task(_pump(other_reader, writer))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        other_writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


@dataclass
class ScriptedProxy:
    """A proxy without a password that reaches 127.0.0.1 only, and knows names that nobody else knows.

    `reply` takes the place of its last answer, in pieces; None: the answer is the right one.
    """

    scheme: ProxyScheme
    hosts: Mapping[str, str] = field(default_factory=dict)
    reply: tuple[bytes, ...] | None = None
    destinations: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def proxy(self) -> Proxy:
        return Proxy(scheme=self.scheme, host="127.0.0.1", port=self.port)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ScriptedProxy]:
        async with listening(self._serve) as self.port:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_http = self.scheme is ProxyScheme.HTTP
        host, port = await (_read_connect(reader) if is_http else _read_socks5(reader, writer))
        self.destinations.append(host)
        host = self.hosts.get(host, host)
        is_reached = host == "127.0.0.1"
        for piece in self.reply or (self.answer(is_reached=is_reached),):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)  # so that each piece is read alone
        if is_reached:
            await join(reader, writer, host, port)
        else:
            await reader.read()

    def answer(self, *, is_reached: bool) -> bytes:
        if self.scheme is ProxyScheme.HTTP:
            return b"HTTP/1.1 200 Connection established\r\n\r\n" if is_reached else b"HTTP/1.1 502 No\r\n\r\n"
        return b"\5\0\0\1\0\0\0\0\0\0" if is_reached else b"\5\5\0\1\0\0\0\0\0\0"


async def _read_connect(reader: asyncio.StreamReader) -> tuple[str, int]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    method, authority, _ = head.split(" ", 2)
    assert method == "CONNECT"
    host, _, port = authority.rpartition(":")
    return host.strip("[]"), int(port)


async def _read_socks5(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\5\0")
    kind = (await reader.readexactly(4))[3]
    if kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        family, length = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
        host = socket.inet_ntop(family, await reader.readexactly(length))
    return host, int.from_bytes(await reader.readexactly(2), "big")
