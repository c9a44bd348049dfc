"""What must be remembered of source files between restarts."""

from __future__ import annotations

from sqlalchemy import select, update

from storage.database import Tx
from storage.schema import source_files
from storage.upsert import insert


async def is_unfinished(tx: Tx, path: str) -> bool:
    """Return whether publishing a file's digests has begun and not ended."""
    this_file = source_files.c.bot_id == tx.bot_id, source_files.c.path == path
    return bool(await tx.scalar(select(source_files.c.unfinished).where(*this_file)))


async def set_unfinished(tx: Tx, path: str, *, unfinished: bool) -> None:
    """Note that publishing a file's digests has begun, or ended."""
    await _put(tx, path, unfinished=unfinished)


async def mark_rejected(tx: Tx, path: str, content_hash: str) -> bool:
    """Note that a file cannot be published; return False if that was noted before for the same content or problem."""
    this_file = source_files.c.bot_id == tx.bot_id, source_files.c.path == path
    known: str | None = await tx.scalar(select(source_files.c.rejected_hash).where(*this_file))
    await _put(tx, path, rejected_hash=content_hash)
    return known != content_hash


async def unmark_rejected(tx: Tx, path: str) -> None:
    """Note that a file is no longer rejected."""
    await tx.execute(
        update(source_files)
        .where(source_files.c.bot_id == tx.bot_id, source_files.c.path == path)
        .values(rejected_hash=None)
    )


async def set_ingested(tx: Tx, path: str, source_hash: str) -> None:
    """Note which bytes of a file were ingested last, whether an edition was stored from them or not."""
    await _put(tx, path, ingested_hash=source_hash)


async def mark_reported(tx: Tx, path: str, source_hash: str) -> bool:
    """Note that the editors are told what was read from a file; return False if they were told of these bytes."""
    this_file = source_files.c.bot_id == tx.bot_id, source_files.c.path == path
    known: str | None = await tx.scalar(select(source_files.c.reported_hash).where(*this_file))
    await _put(tx, path, reported_hash=source_hash)
    return known != source_hash


async def ingested(tx: Tx) -> frozenset[tuple[str, str]]:
    """Return path and hash of each file as it was ingested last."""
    columns = select(source_files.c.path, source_files.c.ingested_hash)
    rows = await tx.execute(
        columns.where(source_files.c.bot_id == tx.bot_id, source_files.c.ingested_hash.is_not(None))
    )
    return frozenset((row.path, row.ingested_hash) for row in rows)


async def unfinished(tx: Tx) -> frozenset[str]:
    """Return the files whose publishing has begun and not ended."""
    of_bot = source_files.c.bot_id == tx.bot_id, source_files.c.unfinished
    return frozenset(await tx.scalars(select(source_files.c.path).where(*of_bot)))


async def _put(tx: Tx, path: str, **values: bool | str) -> None:
    row = insert(tx, source_files).values(bot_id=tx.bot_id, path=path, **values)
    await tx.execute(row.on_conflict_do_update(index_elements=["bot_id", "path"], set_=values))
