"""HTTP endpoints for operators on loopback: `/metrics` for Prometheus and `/health` for probes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.chat.i18n import lazy_text
from transport.ports import listen
from transport.rejection_log import HealthRejectionLog, MalformedRequestLog

_LOOPBACK_HOST = re.compile(r"(?:localhost|127\.0\.0\.\d{1,3}|\[::1\])(?::\d{1,5})?")

HealthChecks = Callable[[], Mapping[str, str]]
"""Return the failing checks: a message by check name, empty when healthy."""


class HealthSource(Protocol):
    """What the endpoints answer with."""

    role: str

    @property
    def registry(self) -> CollectorRegistry: ...

    def failing_checks(self) -> Mapping[str, str]:
        """Return the failing checks, that of the start included."""


class Health:
    """State of one bot: first what the start waits for, then the checks of the running bot."""

    def __init__(self) -> None:
        self.startup: str | None = lazy_text("the bot is starting")
        """What the start waits for; None once the bot has signed in."""
        self.registry = CollectorRegistry()
        self.running_checks: HealthChecks = dict

    def failing_checks(self) -> Mapping[str, str]:
        """Return the failing checks, that of the start included."""
        return ({"startup": self.startup} if self.startup else {}) | dict(self.running_checks())


class ProcessHealth(Collector):
    """State of a process and of all its bots: the first bot's checks by their names, the others' as `bot.check`.

    Every metric of a bot has the label `bot`.
    """

    def __init__(self, role: str) -> None:
        self.role = role
        self.startup: str | None = lazy_text("the bot is starting")
        """What the process waits for before it starts its bots; None from then on."""
        self.database_problem: Callable[[], str | None] = lambda: None
        self.registry = CollectorRegistry()
        self.registry.register(self)
        self._bots: dict[str, Health] = {}

    def add(self, bot: str) -> Health:
        """Return the state of a bot that starts; why its former start failed is said until it has signed in."""
        former, health = self._bots.get(bot), Health()
        health.startup = (former and former.startup) or health.startup
        self._bots[bot] = health
        return health

    def failing_checks(self) -> Mapping[str, str]:
        """Return the failing checks of the process and of its bots."""
        failing = {"startup": self.startup, "database": self.database_problem()}
        for number, (bot, health) in enumerate(self._bots.items()):
            prefix = f"{bot}." if number else ""
            failing |= {f"{prefix}{check}": message for check, message in health.failing_checks().items()}
        return {check: message for check, message in failing.items() if message}

    def collect(self) -> Iterator[Metric]:
        """Yield version, role and checks of the process, and the metrics of all bots, those of one name together."""
        failing = self.failing_checks()
        yield InfoMetricFamily("digestbot_build", "Version of the program", {"version": version("digestbot")})
        yield InfoMetricFamily("digestbot_process", "What this process does", {"role": self.role})
        yield GaugeMetricFamily("digestbot_healthy", "1 if no check fails, otherwise 0", value=not failing)
        checks = GaugeMetricFamily("digestbot_check_failing", "1 for each check that fails now", labels=["check"])
        for check in failing:
            checks.add_metric([check], 1)
        yield checks
        merged: dict[str, Metric] = {}
        for bot, health in self._bots.items():
            for metric in health.registry.collect():
                family = merged.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                family.samples += [sample._replace(labels={"bot": bot, **sample.labels}) for sample in metric.samples]
        yield from merged.values()


@asynccontextmanager
async def serve_health(port: int | None, health: HealthSource) -> AsyncIterator[None]:
    """Serve both endpoints inside the block; do nothing without a port. Raises `PortTaken`."""
    if port is None:
        yield
        return
    logger = MalformedRequestLog(HealthRejectionLog())
    runner = web.AppRunner(create_health_app(health), access_log=None, logger=logger)
    await runner.setup()
    try:
        await listen(runner, "127.0.0.1", port)
        yield
    finally:
        await runner.cleanup()


def create_health_app(health: HealthSource) -> web.Application:
    """Create the web application with both endpoints; `/health` answers 503 while a check fails."""

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(health.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def checks(_request: web.Request) -> web.Response:
        failing = dict(health.failing_checks())
        status = "unhealthy" if failing else "healthy"
        body = {"status": status, "role": health.role, "checks": failing}
        return web.json_response(body, status=503 if failing else 200)

    app = web.Application(middlewares=[_refuse_other_sites])
    app.add_routes([web.get("/metrics", metrics), web.get("/health", checks)])
    return app


@web.middleware
async def _refuse_other_sites(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse a browser that another site's page sends here, or a name of its own that leads here (DNS rebinding).

    Programs may use any name, as through a reverse proxy.
    """
    headers = request.headers
    is_other_page = "Origin" in headers or headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    is_browser = is_other_page or "Sec-Fetch-Site" in headers or headers.get("User-Agent", "").startswith("Mozilla")
    if is_other_page or (is_browser and not _LOOPBACK_HOST.fullmatch(request.host)):
        raise web.HTTPForbidden(text="only programs, and a browser at 127.0.0.1, may read this")
    return await handler(request)
