"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy keeps one construct each for."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Tx


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if tx.dialect.name == "postgresql" else sqlite.insert(table)
