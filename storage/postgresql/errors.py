"""Refusals of a PostgreSQL server; their messages say what to do and never hold the password."""

from __future__ import annotations

from domain.chat.i18n import lazy_text
from storage.errors import DatabaseUnavailable, DatabaseUnusable
from storage.postgresql.address import PostgresqlAddress


class DatabaseRefused(DatabaseUnusable):
    """The server refuses, and will go on doing so until somebody changes something."""

    def __init__(self, address: PostgresqlAddress, why: object, remedy: str) -> None:
        super().__init__(
            lazy_text(
                "the database {path} cannot be opened ({why}): {remedy}", path=address, why=str(why), remedy=remedy
            )
        )


class ServerUnavailable(DatabaseUnavailable):
    """The server is away, starts, or has no room."""

    def __init__(self, address: PostgresqlAddress, why: object, remedy: str) -> None:
        super().__init__(
            lazy_text(
                "the database {path} cannot be reached ({why}): {remedy}", path=address, why=str(why), remedy=remedy
            )
        )
