"""Why a PostgreSQL server cannot open a database: its errors, as exceptions whose messages say what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError

from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.errors import DatabaseRefused, ServerUnavailable


@asynccontextmanager
async def translated_errors(address: PostgresqlAddress, *, has_files: bool = False) -> AsyncIterator[None]:
    """Raise `DatabaseRefused` or `ServerUnavailable` for an error inside the block that is no defect.

    `has_files`: the block uses files as well, so of the system's errors only those of a connection are the server's.
    """
    try:
        yield
    except (DBAPIError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if has_files and isinstance(error, OSError) and not isinstance(error, ConnectionError):
            raise
        # The first of them says why: on a lost connection the driver fails once more, with the rollback.
        for cause in reversed(list(_contexts(error))):
            if (known := open_error(address, cause)) is not None:
                raise known from None
        raise


def _contexts(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and those that were being handled when it was raised."""
    while error is not None:
        yield error
        error = error.__context__


def open_error(address: PostgresqlAddress, error: BaseException) -> Exception | None:
    """Return the exception for an error while a database is opened, or None if that is a defect."""
    reason = error.orig.__cause__ or error.orig if isinstance(error, DBAPIError) and error.orig else error
    if type(reason) is asyncpg.InterfaceError and "closed" not in str(reason):
        return None  # the driver was misused
    for kinds, why, remedy in _REFUSALS:
        if isinstance(reason, kinds):
            return DatabaseRefused(address, why or str(reason), remedy)
    for kinds, why, remedy in _TEMPORARY:
        if isinstance(reason, kinds):
            return ServerUnavailable(address, why or _brief(reason), remedy)
    return None


def _brief(reason: BaseException) -> str:
    """Return what a system error says, without the addresses that it was tried at."""
    if (
        isinstance(reason, OSError) and reason.errno is not None and reason.errno in errno.errorcode
    ):  # asyncio's own text has the address
        return reason_text(os.strerror(reason.errno))
    return reason_text(getattr(reason, "strerror", None) or str(reason) or type(reason).__name__)


_REFUSALS: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    (
        (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError),
        lazy_text("the server refuses the user name or password"),
        lazy_text("correct them in DATABASE, or let the server's pg_hba.conf admit this user from here"),
    ),
    (
        (asyncpg.InvalidCatalogNameError,),
        lazy_text("the server has no database of this name"),
        lazy_text("create it: createdb --owner=USER NAME; the tables are made at the first start"),
    ),
    (
        (asyncpg.InsufficientPrivilegeError,),
        "",
        lazy_text("make the user its owner: ALTER DATABASE NAME OWNER TO USER"),
    ),
    (
        (asyncpg.ClientConfigurationError, asyncpg.UndefinedObjectError),
        "",
        lazy_text("correct the options in DATABASE"),
    ),
    (
        (asyncpg.ProtocolViolationError,),
        "",
        lazy_text("connect to the server directly, or take the options out of DATABASE that the pooler does not know"),
    ),
    ((asyncpg.FeatureNotSupportedError,), "", lazy_text("use PostgreSQL 14 or newer")),
)
_TEMPORARY: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    (
        (asyncpg.TooManyConnectionsError,),
        lazy_text("the server has too many connections"),
        lazy_text("raise its max_connections, or end other programs; the bot uses nine"),
    ),
    (
        (asyncpg.CannotConnectNowError,),
        lazy_text("the server is starting or stopping"),
        lazy_text("wait, or start it"),
    ),
    (
        (asyncpg.ReadOnlySQLTransactionError, asyncpg.TargetServerAttributeNotMatched),
        lazy_text("no server there takes writes"),
        lazy_text("name the primary in DATABASE, or promote a standby"),
    ),
    ((asyncpg.InternalServerError,), "", lazy_text("look into the server's log")),
    ((asyncpg.DiskFullError,), lazy_text("the server's disk is full"), lazy_text("free some space there")),
    (
        (
            OSError,
            asyncpg.PostgresConnectionError,
            asyncpg.AdminShutdownError,
            asyncpg.CrashShutdownError,
            asyncpg.InterfaceError,  # a connection that was lost between two statements
            asyncpg.InternalClientError,  # one that was lost while the driver prepared the next statement
        ),
        "",
        lazy_text("start the server, or correct the host and port in DATABASE"),
    ),
)
