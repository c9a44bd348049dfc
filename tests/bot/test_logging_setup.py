"""Logs are text or JSON, and never contain the token or the text of a library."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.logging_setup import configure_logging
from bot.settings import LogFormat
from tests.hostile_text import HOSTILE_CHARACTERS, hostile_in
from tests.plain_logs import log_plain_tracebacks

ROOT = Path(__file__).parents[2]
TOKEN = "123456:abcdefghijklmnop"
WORDS = "what Ann wrote"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    log_plain_tracebacks()


def write_all(form: LogFormat) -> str:
    """Everything through which a token could get out, at DEBUG."""
    stream = io.StringIO()
    configure_logging(level="debug", form=form, secrets=(TOKEN,), stream=stream)
    log = structlog.get_logger("bot.test")
    log.info("started", url=f"https://api.telegram.org/bot{TOKEN}/getMe", half=TOKEN.partition(":")[2])
    log.warning("odd", value={"inside": [TOKEN]}, none=None, number=3)
    logging.getLogger("aiohttp.client").debug("GET /bot%s/getUpdates", TOKEN)
    message = f"cannot connect to /bot{TOKEN}/sendMessage"
    try:
        raise ConnectionError(message)
    except ConnectionError:
        log.exception("failed")
        logging.getLogger("some.library").exception("failed too")
    return stream.getvalue()


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.TEXT, LogFormat.AUTO])
def test_token_is_never_logged(form: LogFormat) -> None:
    written = write_all(form)
    assert "abcdefghijklmnop" not in written
    assert written.count("[token]") >= 3
    assert "ConnectionError" in written
    assert "sendMessage" not in written  # whose message it is, nobody can tell


def test_json_lines_have_event_level_time_and_values() -> None:
    lines = [json.loads(line) for line in write_all(LogFormat.JSON).splitlines()]
    assert lines[0]["event"] == "started"
    assert lines[0]["level"] == "info"
    assert lines[0]["logger"] == "bot.test"
    assert lines[0]["timestamp"].endswith("Z")
    assert lines[1]["number"] == 3
    assert lines[2]["logger"] == "aiohttp.client"
    assert "Traceback" in lines[3]["exception"]


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.TEXT])
def test_text_of_libraries_is_never_logged(form: LogFormat) -> None:
    """Text of a library comes in a message, its arguments, an exception, a stack, or arguments that do not fit."""
    stream = io.StringIO()
    configure_logging(level="debug", form=form, secrets=(TOKEN,), stream=stream)
    library = logging.getLogger("some.library")
    library.debug("update %s", {"text": WORDS})
    library.warning(f"cannot read {WORDS}", stack_info=True)
    library.error("two %s %s", WORDS)
    library.log(35, WORDS)
    library.info({"text": WORDS})
    try:
        raise ValueError(WORDS)
    except ValueError:
        library.exception(WORDS, extra={"text": WORDS})
    written = stream.getvalue()
    assert WORDS not in written
    assert written.count("library_message") == 6
    assert written.count("tests/bot/test_logging_setup.py:") >= 6
    assert "ValueError" in written


def test_warnings_and_crashes_of_a_process_are_logged_without_text() -> None:
    script = f"""
import gc, sys, threading, warnings
from bot.logging_setup import configure_logging, log_warnings_and_crashes
from bot.settings import LogFormat
from tests.hostile_text import HOSTILE_CHARACTERS, hostile_in
configure_logging(level="debug", form=LogFormat.JSON, secrets=(), stream=sys.stderr)
log_warnings_and_crashes()
def fail(*_):
    raise RuntimeError("{WORDS}")
warnings.warn("{WORDS}", RuntimeWarning)
thread = threading.Thread(target=fail)
thread.start()
thread.join()
type("Unraisable", (), {{"__del__": fail}})()
fail()
"""
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert process.returncode == 1
    lines = [json.loads(line) for line in process.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["library_warning", *["uncaught_exception"] * 3]
    assert lines[0]["category"] == "RuntimeWarning"
    for line in lines[1:]:
        assert line["exception"].endswith("\nRuntimeError")


def test_lower_levels_are_not_logged() -> None:
    stream = io.StringIO()
    configure_logging(level="warning", form=LogFormat.TEXT, secrets=(TOKEN,), stream=stream)
    structlog.get_logger("bot.test").info("quiet")
    structlog.get_logger("bot.test").warning("loud")
    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.TEXT, LogFormat.AUTO])
def test_no_value_forges_a_line(form: LogFormat) -> None:
    stream = io.StringIO()
    configure_logging(level="info", form=form, secrets=(TOKEN,), stream=stream)
    log = structlog.get_logger("bot.test")
    for character in HOSTILE_CHARACTERS:
        for name in (f"a{character}b", f"a b{character}2026-11-27 [error] bot_stopped"):
            log.warning("digest_rejected", file=name, within=[name, {name: 1}])
    lines = stream.getvalue().split("\n")[:-1]
    assert len(lines) == 2 * len(HOSTILE_CHARACTERS)
    assert all(("digest_rejected" in line) and ("\t" not in line) for line in lines)
    assert hostile_in(stream.getvalue()) == set()


def test_json_lines_keep_the_value() -> None:
    stream = io.StringIO()
    configure_logging(level="info", form=LogFormat.JSON, secrets=(), stream=stream)
    structlog.get_logger("bot.test").warning("digest_rejected", file=HOSTILE_CHARACTERS)
    assert json.loads(stream.getvalue())["file"] == HOSTILE_CHARACTERS
