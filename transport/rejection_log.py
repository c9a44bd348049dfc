"""Count the requests that strangers get rejected, instead of logging them one by one."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import structlog
from aiohttp.http_exceptions import HttpProcessingError

log = structlog.get_logger(__name__)

LOG_INTERVAL_SECONDS = 60.0
"""Time between two log lines about rejected requests: anybody may send as many as they like."""


class RejectionLog:
    """Logs rejected requests at most once an interval; each line tells how many `others` there were before it."""

    def __init__(self) -> None:
        self._unlogged = 0
        self._next_at = 0.0

    def note(self, reason: str, **context: object) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._next_at:
            self._unlogged += 1
            return
        self._write(reason=reason, others=self._unlogged, **context)
        self._unlogged, self._next_at = 0, now + LOG_INTERVAL_SECONDS

    def _write(self, **context: object) -> None:
        log.warning("webhook_rejected", **context)


class HealthRejectionLog(RejectionLog):
    """The same at the port of the health and the metrics."""

    def _write(self, **context: object) -> None:
        log.warning("health_request_rejected", **context)


class MalformedRequestLog(logging.LoggerAdapter[logging.Logger]):
    """The logger of an aiohttp server: counts what is no HTTP, which aiohttp logs as it does failures of a handler.

    Those are logged as they were. tests/transport/test_webhook.py holds that aiohttp logs both by `exception`.
    """

    def __init__(self, rejections: RejectionLog) -> None:
        super().__init__(logging.getLogger("aiohttp.server"))
        self._rejections = rejections

    def exception(self, msg: object, *args: Any, exc_info: Any = True, **kwargs: Any) -> None:
        if isinstance(exc_info, HttpProcessingError):
            self._rejections.note("malformed request", error=type(exc_info).__name__)
        else:
            super().exception(msg, *args, exc_info=exc_info, stacklevel=2, **kwargs)
