"""One Bot API server for several bots: it passes each call on to the emulator of the bot whose token it carries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from emulator.client import EmulatorClient


@asynccontextmanager
async def route_by_token(emulators: Sequence[EmulatorClient]) -> AsyncIterator[str]:
    """Yield the address of the server; it answers 401 to a token that no emulator has."""
    by_token = {emulator.token: emulator.api_url for emulator in emulators}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:

        async def pass_on(request: web.Request) -> web.Response:
            url = by_token.get(request.match_info["token"])
            if url is None:
                return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
            headers = {"Content-Type": request.headers.get("Content-Type", "application/json")}
            async with session.request(
                request.method, f"{url}{request.raw_path}", data=await request.read(), headers=headers
            ) as answer:
                return web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)

        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", pass_on)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
