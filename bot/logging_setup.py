"""Configure structured logging as text, JSON or journal entries, without anybody's words, with every secret redacted.

our event -> values, exception without messages -> secrets redacted -> text, JSON or journal
a library's record, warning or uncaught exception -> its logger, level and place in the code -> likewise

Libraries quote updates, answers and statement parameters in what they log and raise, so none of their text is logged.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.types import Processor

from bot.exception_text import exception_text
from bot.journal import JOURNAL_SOCKET, JournalHandler, is_journal
from bot.settings import LogFormat
from domain.printable import json_printable, printable_line

log = structlog.get_logger(__name__)

NOISY_LIBRARIES = ("apscheduler", "aiosqlite", "watchfiles", "aiogram.event", "sqlalchemy", "alembic", "markdown_it")
"""Libraries that log each step of theirs: only their warnings and errors are worth a line."""

NOTIFYING_LIBRARIES = ("telegram", "httpx", "httpcore")
"""Libraries that log what they also raise."""


_SECRETS: list[str] = []
"""What no line of the log may have, of all bots of this process."""


def redact(*secrets: str) -> None:
    """Redact further secrets from now on, such as the token of a bot that was added to a running process."""
    # A library may quote the half after the colon alone, and that half is the secret.
    parts = [part for secret in secrets for part in (secret, secret.partition(":")[2]) if len(part) > 7]
    _SECRETS.extend(part for part in parts if part not in _SECRETS)


def configure_logging(
    *,
    level: str,
    form: LogFormat,
    secrets: tuple[str, ...],
    stream: TextIO = sys.stderr,
    journal_socket: Path = JOURNAL_SOCKET,
) -> None:
    """Send our logs and the places of the libraries' logs to `stream`."""
    _SECRETS.clear()
    redact(*secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _describe_exception,
    ]
    to_journal = form is LogFormat.AUTO and is_journal(stream)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_replace_library_text, *shared],
        use_get_message=False,  # formatting a library's message could fail, and the failure would quote its arguments
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _redact_secrets,
            *_renderers(form, stream),
        ],
    )
    handler = JournalHandler(stream, journal_socket) if to_journal else logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in NOTIFYING_LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in NOISY_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def log_warnings_and_crashes() -> None:
    """Log this process's warnings and uncaught exceptions instead of printing them with their text."""
    warnings.showwarning = _show_warning
    sys.excepthook = lambda _kind, error, _traceback: _log_crash(error)
    threading.excepthook = lambda args: _log_crash(args.exc_value)
    sys.unraisablehook = lambda unraisable: _log_crash(unraisable.exc_value)
    logging.raiseExceptions = False  # else a record that cannot be written is printed with its arguments


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("library_warning", category=category.__name__, where=_place(filename, lineno))


def _log_crash(error: BaseException | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    log.critical("uncaught_exception", exc_info=error)


def _replace_library_text(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace a library's message by its place in the code."""
    record: logging.LogRecord = event["_record"]
    event.pop("stack_info", None)
    event["event"], event["where"] = "library_message", _place(record.pathname, record.lineno)
    return event


def _place(path: str, line: int) -> str:
    return f"{'/'.join(path.replace(chr(92), '/').split('/')[-3:])}:{line}"


def _describe_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace `exc_info` by the traceback without messages."""
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        event["exception"] = exception_text(error)
    return event


def _redact_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace secrets in every value of an event."""
    for key, value in event.items():
        event[key] = _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    if isinstance(value, int | float | bool | None):
        return value
    text = value if isinstance(value, str) else repr(value)
    for secret in _SECRETS:
        text = text.replace(secret, "[token]")
    return text


def _renderers(form: LogFormat, stream: TextIO) -> tuple[Processor, Processor]:
    if form is LogFormat.JSON or (form is LogFormat.AUTO and not stream.isatty()):
        return structlog.processors.JSONRenderer(ensure_ascii=False), _escape_json
    return _escape_values, structlog.dev.ConsoleRenderer(colors=stream.isatty())


def _escape_json(_logger: Any, _method: str, line: Any) -> Any:
    """Escape what JSON may hold as it is, but readers of lines and terminals obey."""
    return json_printable(line)


def _escape_values(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let no value end its line or steer a terminal; only a traceback has several lines, none of them foreign."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = printable_line(value)
    return event
