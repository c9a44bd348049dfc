"""HTTP endpoints for operators on loopback: `/metrics` for Prometheus and `/health` for probes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from transport.ports import listen

HealthChecks = Callable[[], Mapping[str, str]]
"""Return the failing checks: a message by check name, empty when healthy."""


@asynccontextmanager
async def serve_health(
    port: int | None, registry: CollectorRegistry, failing_checks: HealthChecks
) -> AsyncIterator[None]:
    """Serve both endpoints inside the block; do nothing without a port. Raises `PortTaken`."""
    if port is None:
        yield
        return
    runner = web.AppRunner(create_health_app(registry, failing_checks), access_log=None)
    await runner.setup()
    try:
        await listen(runner, "127.0.0.1", port)
        yield
    finally:
        await runner.cleanup()


def create_health_app(registry: CollectorRegistry, failing_checks: HealthChecks) -> web.Application:
    """Create the web application with both endpoints; `/health` answers 503 while a check fails."""

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def health(_request: web.Request) -> web.Response:
        failing = dict(failing_checks())
        body = {"status": "unhealthy" if failing else "healthy", "checks": failing}
        return web.json_response(body, status=503 if failing else 200)

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/health", health)])
    return app
