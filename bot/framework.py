"""The operator's choice of a framework in, its driver out. The other framework is never imported."""

from __future__ import annotations

from bot.settings import DriverName
from transport.driver import Driver
from transport.rate_limiter import RateLimiter

PACKAGES = {DriverName.AIOGRAM: "aiogram", DriverName.PTB: "telegram"}
"""What is imported."""

INSTALL_NAMES = {DriverName.AIOGRAM: "digestbot", DriverName.PTB: "digestbot[ptb]"}
"""What is installed, to have that."""


class DriverNotInstalled(Exception):
    """The chosen framework is not installed."""

    def __init__(self, framework: DriverName) -> None:
        super().__init__(f"DRIVER={framework} is not installed; install it: pip install '{INSTALL_NAMES[framework]}'")


def create_driver(framework: DriverName, token: str, api_url: str, rate_limiter: RateLimiter) -> Driver:
    """The driver of one bot. Raises `FrameworkMissing`."""
    try:
        match framework:
            case DriverName.AIOGRAM:
                from transport.drivers.aiogram import AiogramDriver  # noqa: PLC0415 - as above: only if chosen

                return AiogramDriver(token, api_url, rate_limiter)
            case DriverName.PTB:
                from transport.drivers.ptb import PtbDriver  # noqa: PLC0415

                return PtbDriver(token, api_url, rate_limiter)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != PACKAGES[framework]:
            raise
        raise DriverNotInstalled(framework) from None
