"""All rows of all tables in one order, whatever the database: what a move copies, and compares afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, String, Table, func, select, tuple_

from storage.database import Tx
from storage.schema import metadata, supported_programs

ROWS_PER_BATCH = 5000
BLOB_ROWS_PER_BATCH = 200
"""Rows that are in memory at a time; those with blobs have kilobytes each."""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class TableDigest:
    """What a table holds: the number of its rows, and a hash of all their values in the order of their keys."""

    rows: int
    sha256: str


class TableHasher:
    """Computes a `TableDigest` batch by batch."""

    def __init__(self) -> None:
        self._rows = 0
        self._hash = hashlib.sha256()

    def add(self, rows: Sequence[Row]) -> None:
        """Add the next rows."""
        self._rows += len(rows)
        for row in rows:
            self._hash.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))

    def digest(self) -> TableDigest:
        """Return the digest of what was added."""
        return TableDigest(self._rows, self._hash.hexdigest())


def tables() -> list[Table]:
    """Return all tables, each after those that it refers to, without the one that describes the schema itself."""
    return [table for table in metadata.sorted_tables if table is not supported_programs]


async def count(tx: Tx, table: Table) -> int:
    """Return the number of rows."""
    rows: int = await tx.scalar(select(func.count()).select_from(table))
    return rows


async def batches(tx: Tx, table: Table) -> AsyncIterator[Sequence[Row]]:
    """Yield all rows of a table, of every bot, in the order of their keys."""
    has_blobs = any(isinstance(column.type, LargeBinary) for column in table.columns)
    size = BLOB_ROWS_PER_BATCH if has_blobs else ROWS_PER_BATCH
    key = _key_in_byte_order(tx, table)
    positions = [list(table.columns).index(column) for column in table.primary_key.columns]
    after: list[Any] | None = None
    while True:
        rows = (await tx.execute(_page(key, table, after).limit(size))).all()
        if rows:
            yield rows
        if len(rows) < size:
            return
        after = [rows[-1][position] for position in positions]


def _page(key: list[ColumnElement[Any]], table: Table, after: list[Any] | None) -> Select[Any]:
    """Return the query for the rows after a key, or for the first ones."""
    page = select(table).order_by(*key)
    if after is None:
        return page
    return page.where(tuple_(*key) > tuple_(*after, types=[column.type for column in key]))


def _key_in_byte_order(tx: Tx, table: Table) -> list[ColumnElement[Any]]:
    """Return the key's columns, compared byte by byte: so SQLite does it, and a server has an order of its own."""
    columns = list(table.primary_key.columns)
    if tx.dialect.name == "sqlite":
        return [*columns]
    return [column.collate("C") if isinstance(column.type, String) else column for column in columns]
