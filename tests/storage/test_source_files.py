"""What is remembered of source files between restarts."""

from __future__ import annotations

from storage import source_files
from storage.database import Tx


async def test_publishing_is_unfinished_until_it_ends(tx: Tx) -> None:
    assert not await source_files.is_unfinished(tx, "a.md")
    for path in ("a.md", "b.md"):
        await source_files.set_unfinished(tx, path, unfinished=True)
    await source_files.set_ingested(tx, "c.md", "hash")
    assert await source_files.unfinished(tx) == {"a.md", "b.md"}
    await source_files.set_unfinished(tx, "a.md", unfinished=False)
    assert await source_files.unfinished(tx) == {"b.md"}
    unfinished = [await source_files.is_unfinished(tx, path) for path in ("a.md", "b.md", "c.md")]
    assert unfinished == [False, True, False]


async def test_rejection_is_new_once_for_each_content(tx: Tx) -> None:
    assert await source_files.mark_rejected(tx, "a.md", "one")
    assert await source_files.mark_rejected(tx, "b.md", "one")
    assert not await source_files.mark_rejected(tx, "a.md", "one")
    assert await source_files.mark_rejected(tx, "a.md", "two")
    await source_files.unmark_rejected(tx, "a.md")
    assert await source_files.mark_rejected(tx, "a.md", "two")
    assert not await source_files.mark_rejected(tx, "b.md", "one")


async def test_ingested_files_have_the_newest_hash(tx: Tx) -> None:
    await source_files.set_ingested(tx, "a.md", "old")
    await source_files.set_ingested(tx, "a.md", "new")
    await source_files.set_ingested(tx, "b.md", "other")
    await source_files.mark_rejected(tx, "c.md", "rejected")
    assert await source_files.ingested(tx) == {("a.md", "new"), ("b.md", "other")}


async def test_each_fact_of_a_file_leaves_the_others(tx: Tx) -> None:
    await source_files.set_unfinished(tx, "a.md", unfinished=True)
    await source_files.set_ingested(tx, "a.md", "hash")
    await source_files.mark_rejected(tx, "a.md", "rejected")
    await source_files.unmark_rejected(tx, "a.md")
    assert await source_files.unfinished(tx) == {"a.md"}
    assert await source_files.ingested(tx) == {("a.md", "hash")}


async def test_files_of_another_bot_are_not_seen(tx: Tx) -> None:
    await source_files.set_unfinished(tx, "a.md", unfinished=True)
    await source_files.set_ingested(tx, "a.md", "hash")
    await source_files.mark_rejected(tx, "a.md", "rejected")
    await tx.exec_driver_sql("INSERT INTO bots (id, name, token) VALUES (2, 'second', '')")
    await tx.exec_driver_sql("UPDATE source_files SET bot_id = 2")
    assert not await source_files.is_unfinished(tx, "a.md")
    assert await source_files.unfinished(tx) == frozenset()
    assert await source_files.ingested(tx) == frozenset()
    await source_files.unmark_rejected(tx, "a.md")
    assert await source_files.mark_rejected(tx, "a.md", "rejected")
    rows = await tx.exec_driver_sql("SELECT bot_id, rejected_hash FROM source_files ORDER BY bot_id")
    assert [tuple(row) for row in rows] == [(1, "rejected"), (2, "rejected")]
