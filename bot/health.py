"""HTTP endpoints for operators on loopback: `/metrics` for Prometheus and `/health` for probes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from transport.ports import listen

HealthChecks = Callable[[], Mapping[str, str]]
"""Return the failing checks: a message by check name, empty when healthy."""


class Health:
    """What the endpoints answer: first what the start waits for, then the checks of the running bot."""

    def __init__(self) -> None:
        self.startup: str | None = "the bot is starting"
        """What the start waits for; None once the bot has signed in."""
        self.registry = CollectorRegistry()
        self.running_checks: HealthChecks = dict

    def failing_checks(self) -> Mapping[str, str]:
        """Return the failing checks, that of the start included."""
        return ({"startup": self.startup} if self.startup else {}) | dict(self.running_checks())


@asynccontextmanager
async def serve_health(port: int | None, health: Health) -> AsyncIterator[None]:
    """Serve both endpoints inside the block; do nothing without a port. Raises `PortTaken`."""
    if port is None:
        yield
        return
    runner = web.AppRunner(create_health_app(health), access_log=None)
    await runner.setup()
    try:
        await listen(runner, "127.0.0.1", port)
        yield
    finally:
        await runner.cleanup()


def create_health_app(health: Health) -> web.Application:
    """Create the web application with both endpoints; `/health` answers 503 while a check fails."""

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(health.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def checks(_request: web.Request) -> web.Response:
        failing = dict(health.failing_checks())
        body = {"status": "unhealthy" if failing else "healthy", "checks": failing}
        return web.json_response(body, status=503 if failing else 200)

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/health", checks)])
    return app
