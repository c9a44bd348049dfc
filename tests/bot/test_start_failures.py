"""Failures of starts: those of processes that are gone are not kept, however often one is started again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.start_failures import StartFailures
from storage import start_failures
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
