"""Create the driver of the configured framework, without importing the other one."""

from __future__ import annotations

from bot.settings import DriverName
from domain.chat.i18n import lazy_text
from transport.circuit_breaker import CircuitBreaker
from transport.driver import LONG_POLL_SECONDS, PROXIED_POLL_SECONDS, Driver
from transport.proxy import Proxy
from transport.rate_limiter import RateLimiter

PACKAGES = {DriverName.AIOGRAM: "aiogram", DriverName.PTB: "telegram"}
"""Import name of each framework."""

INSTALL_NAMES = {DriverName.AIOGRAM: "digestbot", DriverName.PTB: "digestbot[ptb]"}
"""Distribution to install for each framework."""


class DriverNotInstalled(Exception):
    """The configured framework is not installed."""

    def __init__(self, framework: DriverName) -> None:
        super().__init__(
            lazy_text(
                "DRIVER={name} is not installed; install it: pip install '{package}'",
                name=framework,
                package=INSTALL_NAMES[framework],
            )
        )


def create_driver(
    framework: DriverName,
    token: str,
    api_url: str,
    rate_limiter: RateLimiter,
    circuit_breaker: CircuitBreaker,
    *,
    proxy: Proxy | None = None,
) -> Driver:
    """Create the driver of one bot. Raises `DriverNotInstalled`."""
    poll_seconds = LONG_POLL_SECONDS if proxy is None else PROXIED_POLL_SECONDS
    try:
        match framework:
            case DriverName.AIOGRAM:
                from transport.drivers.aiogram import AiogramDriver  # noqa: PLC0415 - as above: only if chosen

                return AiogramDriver(
                    token, api_url, rate_limiter, circuit_breaker, proxy=proxy, poll_seconds=poll_seconds
                )
            case DriverName.PTB:
                from transport.drivers.ptb import PtbDriver  # noqa: PLC0415

                return PtbDriver(token, api_url, rate_limiter, circuit_breaker, proxy=proxy, poll_seconds=poll_seconds)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != PACKAGES[framework]:
            raise
        raise DriverNotInstalled(framework) from None
