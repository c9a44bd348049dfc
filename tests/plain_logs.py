"""The tests' logs: plain tracebacks.

By default structlog shows every local variable of a traceback, down to the last statement of a cache; rendering that
takes longer than the tests.
"""

from __future__ import annotations

import structlog


def log_plain_tracebacks() -> None:
    """Set structlog's configuration to its defaults, but for tracebacks."""
    structlog.reset_defaults()
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])
