"""Editions, as they are kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from digest.model import Digest, Item, Link, Problem, Severity
from domain.chat.text import bold, link
from storage import digests, schema
from storage.database import Tx
from storage.digests import DigestMetadata, Neighbours, Source, StoredSource

NOW = datetime(2025, 9, 12, 6, 5, tzinfo=UTC)
SOURCE = Source("2025-09-12.md", b"---\n")


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


async def test_row_holds_the_newest_version(tx: Tx) -> None:
    day, later = date(2025, 9, 12), NOW + timedelta(hours=1)
    await _keep(tx, _digest(day))
    newest = replace(_digest(day, hash_of="b"), title="改")
    corrected = Source("corrected.md", b"new")
    assert await digests.upsert(tx, newest, corrected, published=later, now=later) == 2
    (row,) = await tx.execute(select(schema.digests))
    assert (row.date, row.version, row.title, row.content_hash) == ("2025-09-12", 2, "改", "b")
    assert (row.path, row.source, row.source_hash) == ("corrected.md", b"new", corrected.hash)
    assert (row.published_at, row.stored_at, msgspec.json.decode(row.parsed, type=Digest)) == (later, later, newest)


async def test_metadata_and_source_of_one_edition(tx: Tx) -> None:
    day, other = date(2025, 9, 12), date(2025, 9, 13)
    for one, content_hash in ((day, "a"), (other, "b")):
        await _keep(tx, _digest(one, hash_of=content_hash))
    assert await digests.get_metadata(tx, day) == DigestMetadata(1, NOW, "a")
    assert await digests.get_metadata(tx, date(2025, 9, 14)) is None
    assert await digests.get_origin(tx, date(2025, 9, 14)) is None

    moved = Source("moved.md", b"moved")
    assert not await digests.exists(tx, replace(SOURCE, path=moved.path))
    assert not await digests.exists(tx, replace(SOURCE, data=moved.data))
    await digests.set_source(tx, _digest(day, hash_of="a"), moved)

    assert await digests.get_origin(tx, day) == StoredSource("moved.md", "a")
    assert await digests.get_origin(tx, other) == StoredSource(SOURCE.path, "b")
    assert await digests.stored_sources(tx) == {(moved.path, moved.hash), (SOURCE.path, SOURCE.hash)}
    rows = await tx.execute(select(schema.digests.c.source).order_by(schema.digests.c.date))
    assert [row.source for row in rows] == [moved.data, SOURCE.data]


async def test_publications_since_an_instant_include_it(tx: Tx) -> None:
    for days in range(3):
        await _keep(tx, _digest(NOW.date() + timedelta(days=days)), NOW + timedelta(days=days))
    since = await digests.published_since(tx, NOW + timedelta(days=1), "UTC")
    assert sorted(each.at for each in since) == [NOW + timedelta(days=1), NOW + timedelta(days=2)]


async def test_lists_hold_ten_editions_by_default(tx: Tx) -> None:
    days = [date(2025, 9, 1) + timedelta(days=n) for n in range(11)]
    for day in days:
        await _keep(tx, _digest(day))
    assert await digests.dates(tx, now=NOW) == days[:0:-1]
    assert [digest.date for digest in await digests.recent(tx, now=NOW)] == days[:0:-1]
    assert await digests.dates(tx, now=NOW, limit=2) == days[:8:-1]


async def test_editions_of_another_bot_are_not_seen(tx: Tx) -> None:
    days = [date(2025, 9, day) for day in (11, 12, 13)]
    for day in days:
        await _keep(tx, _digest(day))
    await tx.exec_driver_sql("INSERT INTO bots (id, name, token) VALUES (2, 'second', '')")
    await tx.exec_driver_sql("UPDATE digests SET bot_id = 2")
    day = days[1]
    assert await digests.get(tx, day) is None
    assert await digests.get_published(tx, day, now=NOW) is None
    assert await digests.get_metadata(tx, day) is None
    assert await digests.get_origin(tx, day) is None
    assert await digests.published_since(tx, NOW, "UTC") == []
    assert not await digests.exists(tx, SOURCE)
    assert await digests.stored_sources(tx) == frozenset()
    assert await digests.recent(tx, now=NOW) == []
    assert await digests.dates(tx, now=NOW) == []
    assert await digests.last_published(tx) is None
    assert await digests.newest_published(tx, now=NOW) is None
    assert await digests.neighbours(tx, day, now=NOW) == Neighbours(None, None)


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


@pytest.mark.sqlite
async def test_a_known_file_is_found_by_its_path(tx: Tx) -> None:
    """At a start every file of the folder is looked up: with a full scan each, thousands would take minutes."""
    await digests.upsert(tx, _digest(date(2025, 9, 12)), SOURCE, published=NOW, now=NOW)
    statements: list[str] = []
    connection: Any = (await tx.connection.get_raw_connection()).driver_connection
    await connection.set_trace_callback(statements.append)
    assert await digests.exists(tx, SOURCE)
    await connection.set_trace_callback(None)
    [statement] = statements
    plan = [row.detail for row in await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    assert any("USING INDEX ix_digests_path" in step for step in plan), plan
