"""Refusals of a PostgreSQL server; their messages say what to do and never hold the password."""

from __future__ import annotations

from storage.errors import DatabaseUnavailable, DatabaseUnusable
from storage.postgresql.address import PostgresqlAddress


class DatabaseRefused(DatabaseUnusable):
    """The server refuses, and will go on doing so until somebody changes something."""

    def __init__(self, address: PostgresqlAddress, why: object, remedy: str) -> None:
        super().__init__(f"the database {address} cannot be opened ({why}): {remedy}")


class ServerUnavailable(DatabaseUnavailable):
    """The server is away, starts, or has no room."""

    def __init__(self, address: PostgresqlAddress, why: object, remedy: str) -> None:
        super().__init__(f"the database {address} cannot be reached ({why}): {remedy}")
