"""Tests of the deadlines that depend on aiohttp calling `Server.connection_made` and `connection_lost`.

aiohttp documents neither; see aio-libs/aiohttp#13681 for the limit that it has itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from transport.webhook_server import TimeLimitedServer

HEAD_SECONDS = 0.2
REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Run a server whose responses take longer than it allows for the head of a request."""

    async def respond(_request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(2 * HEAD_SECONDS)
        return web.Response()

    runner = web.ServerRunner(TimeLimitedServer(respond, head_seconds=HEAD_SECONDS))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nHost: x\r\n"])
async def test_close_a_connection_without_a_complete_head(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(30):
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    writer.close()


async def test_keep_a_connection_during_and_after_a_request(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(REQUEST)
        async with asyncio.timeout(30):
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(2 * HEAD_SECONDS)
    writer.close()
