"""Failures of starts: those of processes that are gone are not kept, however often one is started again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.start_failures import StartFailures
from storage import fleet, start_failures
from storage.database import Tx
from storage.fleet import NO_BACKLOG, Backlog
from storage.sqlite.database import SqliteDatabase

pytestmark = pytest.mark.sqlite


async def test_process_that_is_started_again_replaces_its_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await SqliteDatabase.open(tmp_path / "bot.db")
    failures = StartFailures(database, frozenset(), {})
    for pid in (7, 8, 9):
        monkeypatch.setattr("os.getpid", lambda pid=pid: pid)
        await failures.note(1, f"refused {pid}")
    async with database.read() as tx:
        assert [failure.reason for failure in await start_failures.get_all(tx)] == ["refused 9"]
    await database.close()


async def test_look_at_failures_counts_no_deliveries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes every two seconds in each process, for all bots of the database."""
    counted = []

    async def count_backlog(tx: Tx, now: datetime) -> Backlog:
        counted.append(tx.bot_id)
        return NO_BACKLOG

    monkeypatch.setattr("storage.fleet._backlog", count_backlog)
    database = await SqliteDatabase.open(tmp_path / "bot.db")
    failures = StartFailures(database, frozenset(), {})
    await failures.note(1, "refused")
    await failures.check_and_tell()
    assert counted == []
    found = await fleet.load(database, now=datetime.now(UTC), holder="other:7")
    assert ([bot.id for bot in found.bots], counted) == ([1], [1])
    await database.close()
