"""How PostgreSQL carries out the program's own statements, as the server itself notes it for each of them.

The module auto_explain writes the plan of every statement that was executed to the server's log: of prepared statements
too, with the plan that they really have, and with the number of rows that were examined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.postgresql import Cluster

_SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_format": "json",
    "log_min_messages": "log",
}
_PLAN = re.compile(rb"duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One way in which a statement reads a table; `rows` are all that it looked at, whether they were wanted or not."""

    kind: str
    table: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a statement was carried out; `pages` of the database were read, each as often as it was."""

    statement: str
    scans: tuple[Scan, ...]
    pages: int

    def rows(self, table: str) -> int:
        """Return the number of rows of a table that were examined."""
        return sum(scan.rows for scan in self.scans if scan.table == table)

    def reads_whole(self, table: str) -> bool:
        """Return whether it reads a table from its first page to the last."""
        return any(scan.kind in ("Seq Scan", "Parallel Seq Scan") for scan in self.scans if scan.table == table)


def note_plans(cluster: Cluster, database: str) -> None:
    """Let the server note the plans of sessions that begin from now on, and count rows only when it is told to."""
    cluster.execute(*(f"ALTER DATABASE {database} SET {name} = '{value}'" for name, value in _SETTINGS.items()))
    tables = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    command = (
        f"FOR name IN {tables} LOOP EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name); END LOOP"
    )
    cluster.execute(f"DO $$ DECLARE name text; BEGIN {command}; END $$", database=database)


@contextmanager
def noted_plans(cluster: Cluster) -> Iterator[list[Plan]]:
    """Yield a list that has the plans of what was executed in the block when it ends."""
    log = cluster.folder / "log"
    begin = log.stat().st_size
    plans: list[Plan] = []
    yield plans
    with log.open("rb") as file:
        file.seek(begin)
        plans += [_read(json.loads(text)) for text in _PLAN.findall(file.read())]


def _read(noted: dict[str, Any]) -> Plan:
    top = noted["Plan"]
    pages = sum(top.get(name, 0) for name in ("Shared Hit Blocks", "Shared Read Blocks"))
    return Plan(statement=" ".join(noted["Query Text"].split()), scans=tuple(_scans(top)), pages=pages)


def _scans(node: dict[str, Any]) -> Iterator[Scan]:
    is_scan = "Scan" in node["Node Type"] and "Relation Name" in node
    if is_scan:
        removed = sum(node.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Index Recheck", "Join Filter"))
        rows = (node["Actual Rows"] + removed) * node["Actual Loops"]
        yield Scan(kind=node["Node Type"], table=node["Relation Name"], rows=round(rows))
    for child in node.get("Plans", ()):
        yield from _scans(child)
