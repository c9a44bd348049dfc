"""Compiled SQL statements that all databases of a test run share.

SQLAlchemy compiles a statement once for each engine, and nearly every test opens a database of its own: compiling the
same statements again took a fifth of the tests' time.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import Compiled


class _SharedCache(dict[Any, Compiled]):
    """A cache whose keys lack the first part of SQLAlchemy's, the dialect, which each engine has of its own."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, statement: Compiled) -> None:
        super().__setitem__(key[1:], statement)


_caches: defaultdict[tuple[type, str], _SharedCache] = defaultdict(_SharedCache)


def share() -> None:
    """Let every connection of this process find what others of the same database system have compiled."""

    @event.listens_for(Engine, "engine_connect")
    def use_shared_cache(connection: Connection) -> None:
        dialect = connection.dialect
        connection.execution_options(compiled_cache=_caches[type(dialect), dialect.driver])
