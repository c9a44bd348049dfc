"""The operator's choice of a framework in, its driver out. The other framework is never imported."""

from __future__ import annotations

from bot.settings import Framework
from transport.driver import Driver
from transport.rate_limiter import Pace

PACKAGES = {Framework.AIOGRAM: "aiogram", Framework.PTB: "telegram"}
"""What is imported."""

BRINGS = {Framework.AIOGRAM: "digestbot", Framework.PTB: "digestbot[ptb]"}
"""What is installed, to have that."""


class FrameworkMissing(Exception):
    """The chosen framework is not installed."""

    def __init__(self, framework: Framework) -> None:
        super().__init__(f"DRIVER={framework} is not installed; install it: pip install '{BRINGS[framework]}'")


def make(framework: Framework, token: str, api_url: str, pace: Pace) -> Driver:
    """The driver of one bot. Raises `FrameworkMissing`."""
    try:
        match framework:
            case Framework.AIOGRAM:
                from transport.drivers.aiogram import AiogramDriver  # noqa: PLC0415 - as above: only if chosen

                return AiogramDriver(token, api_url, pace)
            case Framework.PTB:
                from transport.drivers.ptb import PtbDriver  # noqa: PLC0415

                return PtbDriver(token, api_url, pace)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != PACKAGES[framework]:
            raise
        raise FrameworkMissing(framework) from None
