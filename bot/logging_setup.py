"""Configure structured logging as text or JSON, with every secret redacted."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.types import Processor

from bot.settings import LogFormat


def configure_logging(*, level: str, form: LogFormat, secrets: tuple[str, ...], stream: TextIO = sys.stderr) -> None:
    """Send our logs and the libraries' logs to `stream`, with secrets redacted in values and tracebacks."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    redact_secrets = _SecretRedactor(secrets)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact_secrets,
            _renderer(form, stream),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # These log the URL, which holds the token, or users' texts with every call; their errors are raised as well.
    for notifier in ("httpx", "httpcore", "telegram"):
        logging.getLogger(notifier).setLevel(logging.CRITICAL)
    for name in ("apscheduler", "aiosqlite", "aiogram.event", "sqlalchemy", "alembic", "markdown_it"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _SecretRedactor:
    """Log processor that replaces secrets in every value of an event."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        # A library may quote the half after the colon alone, and that half is the secret.
        parts = [part for secret in secrets for part in (secret, secret.partition(":")[2]) if len(part) > 7]
        self._secrets = tuple(parts)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            event[key] = self._redact(value)
        return event

    def _redact(self, value: Any) -> Any:
        if isinstance(value, int | float | bool | None):
            return value
        text = value if isinstance(value, str) else repr(value)
        for secret in self._secrets:
            text = text.replace(secret, "[token]")
        return text


def _renderer(form: LogFormat, stream: TextIO) -> Processor:
    if form is LogFormat.JSON or (form is LogFormat.AUTO and not stream.isatty()):
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=stream.isatty())
