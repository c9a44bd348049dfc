"""Databases in files, as processes leave them that end in order or are killed."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from bot.open_database import open_database

CRASHED = 77
FILE_STEPS = frozenset({"open", "os.rename", "os.remove", "sqlite3.connect"})
DESCRIPTOR_STEPS = frozenset({"os.truncate"})
"""Audit events of Python at which a process opens or changes files."""


def note(path: Path, *names: str) -> None:
    """Write names into a database that nobody else has open."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name in names:
            connection.execute("INSERT INTO kv (bot_id, name, value) VALUES (1, ?, '')", (name,))


def names_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM kv ORDER BY name")]


def add_claims(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE bots SET claim_count = claim_count + ?", (number,))


def open_and_close(path: Path) -> None:
    """Open a database as the bot does, and end in order."""

    async def run() -> None:
        async with open_database(path):
            pass

    asyncio.run(run())


def kill_after(path: Path, change: Callable[[Path], None]) -> None:
    """Open a database as the bot does, change it, and die without closing it."""

    def run() -> None:
        async def change_and_die() -> None:
            async with open_database(path):
                change(path)
                os._exit(CRASHED)

        asyncio.run(change_and_die())

    assert _in_child(run) == CRASHED


def at_each_step(prepare: Callable[[], object], work: Callable[[], object]) -> Iterator[int]:
    """Yield each time that some work died at its next step with a database file, and after the whole of it."""
    for number in count(1):
        prepare()
        exit_code = _in_child(work, die_at=number)
        yield number
        if exit_code != CRASHED:
            return


def copy_set(source: Path, target: Path) -> None:
    """Copy a database with its write-ahead log and its lock file, as they are."""
    for suffix in ("", "-wal", ".lock", ".mark"):
        if source.with_name(source.name + suffix).exists():
            shutil.copy(source.with_name(source.name + suffix), target.with_name(target.name + suffix))


def _die_at(number: int) -> None:
    steps = count(1)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        is_step = event in DESCRIPTOR_STEPS or (event in FILE_STEPS and ".db" in str(arguments[0]))
        if is_step and next(steps) == number:
            os._exit(CRASHED)

    sys.addaudithook(hook)


def _in_child(work: Callable[[], object], *, die_at: int = 0) -> int:
    child = os.fork()
    if child == 0:
        try:
            _die_at(die_at)
            work()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    exit_code = os.waitstatus_to_exitcode(status)
    assert exit_code in (0, CRASHED), f"the child ended with {exit_code}"
    return exit_code
