"""What operators watch: `/metrics` for Prometheus and `/health` for eyes and probes, on loopback only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from transport.ports import listen

State = Callable[[], Mapping[str, str]]
"""What is wrong, by its name; nothing when all is well."""


@asynccontextmanager
async def serve_health(port: int | None, registry: CollectorRegistry, troubles: State) -> AsyncIterator[None]:
    """Serve both pages while the bot runs; without a port, nothing. Raises `PortTaken`."""
    if port is None:
        yield
        return
    runner = web.AppRunner(build(registry, troubles), access_log=None)
    await runner.setup()
    try:
        await listen(runner, "127.0.0.1", port)
        yield
    finally:
        await runner.cleanup()


def build(registry: CollectorRegistry, troubles: State) -> web.Application:
    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def health(_request: web.Request) -> web.Response:
        wrong = dict(troubles())
        return web.json_response({"well": not wrong, "troubles": wrong}, status=503 if wrong else 200)

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/health", health)])
    return app
