"""Editions and processed updates, as they are kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest.model import Digest, Item, Link, Problem, Severity
from domain.chat.text import bold, link
from storage import digests, updates
from storage.database import Database, Tx
from storage.digests import Neighbours, Source

NOW = datetime(2025, 9, 12, 6, 5, tzinfo=UTC)
SOURCE = Source("2025-09-12.md", b"---\n")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "bot.db")
    yield database
    await database.close()


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    async with database.write() as tx:
        yield tx


def _digest(day: date, *, hash_of: str = "a") -> Digest:
    item = Item(
        position=1,
        written_number="1.",
        headline="头条 <3",
        url="https://example.org",
        body=bold("粗") + link("链", "https://x.org"),
        section="节",
        categories=("甲",),
    )
    return Digest(
        date=day,
        published_at=NOW,
        title="日报",
        categories=("甲", "乙"),
        intro=bold("引"),
        items=(replace(item, links=(Link("链", "https://x.org"),)),),
        commentary=bold("评"),
        trailing=bold("尾"),
        source_form="reference",
        content_hash=hash_of,
        problems=(Problem(line=1, column=2, severity=Severity.WARNING, code="code", template="message"),),
    )


async def _keep(tx: Tx, digest: Digest, published: datetime = NOW) -> int:
    return await digests.upsert(tx, digest, SOURCE, published=published, now=NOW)


async def test_stored_digest_round_trips(tx: Tx) -> None:
    digest = _digest(date(2025, 9, 12))
    await _keep(tx, digest)
    assert await digests.get(tx, date(2025, 9, 12)) == digest
    assert await digests.get(tx, date(2025, 9, 11)) is None


async def test_visible_change_makes_a_new_version(tx: Tx) -> None:
    day = date(2025, 9, 12)
    assert await _keep(tx, _digest(day)) == 1
    assert await _keep(tx, _digest(day)) == 1
    assert await _keep(tx, _digest(day, hash_of="b")) == 2


async def test_undated_digest_is_not_stored(tx: Tx) -> None:
    with pytest.raises(ValueError, match="without a date"):
        await _keep(tx, replace(_digest(date(2025, 9, 12)), date=None))


async def test_only_published_editions_are_visible(tx: Tx) -> None:
    tomorrow = date(2025, 9, 13)
    for day in (date(2025, 9, 9), date(2025, 9, 12)):
        await _keep(tx, _digest(day))
    await _keep(tx, _digest(tomorrow), NOW + timedelta(days=1))

    newest = await digests.newest_published(tx, now=NOW)
    assert newest is not None
    assert newest.date == date(2025, 9, 12)
    assert await digests.get_published(tx, tomorrow, now=NOW) is None
    assert await digests.get_published(tx, tomorrow, now=NOW + timedelta(days=1)) is not None
    assert await digests.dates(tx, now=NOW) == [date(2025, 9, 12), date(2025, 9, 9)]
    assert [digest.date for digest in await digests.recent(tx, now=NOW, limit=1)] == [date(2025, 9, 12)]
    assert await digests.neighbours(tx, date(2025, 9, 12), now=NOW) == Neighbours(date(2025, 9, 9), None)
    assert await digests.neighbours(tx, date(2025, 9, 10), now=NOW) == Neighbours(date(2025, 9, 9), date(2025, 9, 12))
    assert await digests.last_published(tx) == (tomorrow, NOW + timedelta(days=1))


async def test_empty_archive(tx: Tx) -> None:
    assert await digests.newest_published(tx, now=NOW) is None
    assert await digests.last_published(tx) is None
    assert await digests.neighbours(tx, date(2025, 9, 12), now=NOW) == Neighbours(None, None)


async def test_update_is_marked_processed_once(database: Database) -> None:
    async def mark() -> bool:
        async with database.write() as tx:
            return await updates.mark_processed(tx, 7, now=NOW)

    assert sorted(await asyncio.gather(*(mark() for _ in range(5)))) == [False] * 4 + [True]


async def test_old_processed_marks_are_deleted(tx: Tx) -> None:
    await updates.mark_processed(tx, 1, now=NOW - timedelta(days=3))
    await updates.mark_processed(tx, 2, now=NOW)
    await updates.delete_before(tx, before=NOW - timedelta(days=2))
    assert await updates.mark_processed(tx, 1, now=NOW)
    assert not await updates.mark_processed(tx, 2, now=NOW)


async def test_a_known_file_is_found_by_its_path(tx: Tx) -> None:
    """At a start every file of the folder is looked up: with a full scan each, thousands would take minutes."""
    await digests.upsert(tx, _digest(date(2025, 9, 12)), SOURCE, published=NOW, now=NOW)
    statements: list[str] = []
    connection: Any = (await tx.get_raw_connection()).driver_connection
    await connection.set_trace_callback(statements.append)
    assert await digests.exists(tx, SOURCE)
    await connection.set_trace_callback(None)
    [statement] = statements
    plan = [row.detail for row in await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    assert any("USING INDEX ix_digests_path" in step for step in plan), plan
