"""A load balancer before the webhooks of several processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from transport.webhook import SECRET_HEADER


class LoadBalancer:
    """Passes each request on to the first of its ports that listens; then that is the last one.

    A process that dies under a request leaves it without an answer.
    """

    def __init__(self, ports: Sequence[int], *, takes_turns: bool = True) -> None:
        self._ports = list(ports)
        self._takes_turns = takes_turns
        self.statuses: list[int] = []
        """What the processes answered; 502 where one died, 503 where none listened."""

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as self._session:
            runner = web.ServerRunner(web.Server(self._respond))
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            try:
                yield
            finally:
                await runner.cleanup()

    async def _respond(self, request: web.BaseRequest) -> web.Response:
        status = await self._pass_on(request.path, await request.read(), request.headers.get(SECRET_HEADER, ""))
        self.statuses.append(status)
        return web.Response(status=status)

    async def _pass_on(self, path: str, body: bytes, secret: str) -> int:
        for port in tuple(self._ports):
            url, headers = f"http://127.0.0.1:{port}{path}", {SECRET_HEADER: secret}
            try:
                async with self._session.post(url, data=body, headers=headers) as answer:
                    if self._takes_turns:
                        self._ports.remove(port)
                        self._ports.append(port)
                    return answer.status
            except aiohttp.ClientConnectorError:
                continue
            except aiohttp.ClientError:
                return 502
        return 503
