"""Tracebacks in the log have types and places, and no messages."""

from __future__ import annotations

import sqlite3

import pytest

from bot.exception_text import exception_text

WORDS = "what Ann wrote"


def raised(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_message_is_left_out_and_place_is_kept() -> None:
    text = exception_text(raised(ValueError(f"invalid literal: {WORDS}")))
    assert WORDS not in text
    assert text.endswith("\nValueError")
    assert "in raised" in text
    assert text.startswith("Traceback (most recent call last):")


def test_causes_contexts_and_group_members_are_shown() -> None:
    inner = raised(KeyError(WORDS))
    cause = RuntimeError(WORDS)
    cause.__cause__ = inner
    context = RuntimeError(WORDS)
    context.__context__ = ZeroDivisionError(WORDS)
    text = exception_text(raised(BaseExceptionGroup(WORDS, [cause, context])))
    assert WORDS not in text
    assert text.count("which led to:") == 2
    for name in ("KeyError", "RuntimeError", "ZeroDivisionError", "ExceptionGroup", "member 2"):
        assert name in text


def test_suppressed_context_and_cycles_end() -> None:
    first, second = RuntimeError(WORDS), ValueError(WORDS)
    first.__context__, second.__context__ = second, first
    assert exception_text(first).count("ValueError") == 1
    first.__suppress_context__ = True
    assert exception_text(first) == "RuntimeError"


def test_errors_of_the_system_and_of_sqlite_keep_their_meaning() -> None:
    assert exception_text(OSError(28, WORDS, WORDS)) == "OSError: No space left on device (28)"
    assert exception_text(ConnectionError(WORDS)) == "ConnectionError"
    with sqlite3.connect(":memory:") as database, pytest.raises(sqlite3.OperationalError) as caught:
        database.execute("SELECT 'what Ann wrote' FROM missing_table")
    database.close()
    assert exception_text(caught.value).endswith("sqlite3.OperationalError: SQLITE_ERROR")
