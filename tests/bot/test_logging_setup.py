"""Logs are text or JSON, and never contain the token."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logging_setup import configure_logging
from bot.settings import LogFormat

TOKEN = "123456:abcdefghijklmnop"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def write_all(form: LogFormat) -> str:
    """Everything through which a token could get out, at DEBUG."""
    stream = io.StringIO()
    configure_logging(level="debug", form=form, secrets=(TOKEN,), stream=stream)
    log = structlog.get_logger("bot.test")
    log.info("started", url=f"https://api.telegram.org/bot{TOKEN}/getMe", half=TOKEN.partition(":")[2])
    log.warning("odd", value={"inside": [TOKEN]}, none=None, number=3)
    logging.getLogger("aiohttp.client").debug("GET /bot%s/getUpdates", TOKEN)
    try:
        raise ConnectionError(f"cannot connect to /bot{TOKEN}/sendMessage")
    except ConnectionError:
        log.exception("failed")
        logging.getLogger("some.library").exception("failed too")
    return stream.getvalue()


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.TEXT, LogFormat.AUTO])
def test_token_is_never_logged(form: LogFormat) -> None:
    written = write_all(form)
    assert "abcdefghijklmnop" not in written
    assert written.count("[token]") >= 6
    assert "cannot connect" in written


def test_json_lines_have_event_level_time_and_values() -> None:
    lines = [json.loads(line) for line in write_all(LogFormat.JSON).splitlines()]
    assert lines[0]["event"] == "started"
    assert lines[0]["level"] == "info"
    assert lines[0]["logger"] == "bot.test"
    assert lines[0]["timestamp"].endswith("Z")
    assert lines[1]["number"] == 3
    assert lines[2]["logger"] == "aiohttp.client"
    assert "Traceback" in lines[3]["exception"]


def test_lower_levels_are_not_logged() -> None:
    stream = io.StringIO()
    configure_logging(level="warning", form=LogFormat.TEXT, secrets=(TOKEN,), stream=stream)
    structlog.get_logger("bot.test").info("quiet")
    structlog.get_logger("bot.test").warning("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()
