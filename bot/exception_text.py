"""Format exceptions for the log: types and places without messages, which may quote anybody's words."""

from __future__ import annotations

import os
import sqlite3
import traceback
from collections.abc import Iterator


def exception_text(error: BaseException) -> str:
    """Return the traceback of an exception, its causes and, for a group, its members.

    Of messages only those remain that come from the operating system or SQLite and name an error by number.
    """
    return "".join(_lines(error, frozenset())).rstrip("\n")


def _lines(error: BaseException, seen: frozenset[int]) -> Iterator[str]:
    seen |= {id(error)}
    origin = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if origin is not None and id(origin) not in seen:
        yield from _lines(origin, seen)
        yield "which led to:\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(error.__traceback__)
    yield f"{_name(error)}{_error_number(error)}\n"
    if isinstance(error, BaseExceptionGroup):
        for number, member in enumerate(error.exceptions, 1):
            yield f"member {number}:\n"
            if id(member) not in seen:
                yield from _lines(member, seen)


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _error_number(error: BaseException) -> str:
    match error:
        case OSError(errno=int(number)):
            return f": {os.strerror(number)} ({number})"
        case sqlite3.Error():
            return f": {getattr(error, 'sqlite_errorname', 'no error of SQLite itself')}"
        case _:
            return ""
