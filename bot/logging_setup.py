"""The log: events with key=value in, lines for eyes or JSON for machines out; the token never."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.types import Processor

from bot.settings import LogFormat


def configure_logging(*, level: str, form: LogFormat, secrets: tuple[str, ...], stream: TextIO = sys.stderr) -> None:
    """Send all logs, our own and the libraries', to `stream`, with every secret blotted out, in tracebacks too."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    blot = _SecretRedactor(secrets)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, blot, _renderer(form, stream)],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # What these two have to say they raise as well; and with every call they tell its address, or people's words.
    for notifier in ("httpx", "httpcore", "telegram"):
        logging.getLogger(notifier).setLevel(logging.CRITICAL)
    for noisy in ("apscheduler", "aiosqlite", "watchfiles", "aiogram.event", "sqlalchemy", "alembic", "markdown_it"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _SecretRedactor:
    """Replaces secrets in every value of an event."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        # The half after the colon is the secret; alone, as a library may quote it, it must not appear either.
        halves = [half for secret in secrets for half in (secret, secret.partition(":")[2]) if len(half) > 7]
        self._secrets = tuple(halves)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in event.items():
            event[key] = self._clean(value)
        return event

    def _clean(self, value: Any) -> Any:
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
