"""What the rest of the program knows of a database: transactions of one bot, and the ledger's writes.

`storage.sqlite` is the database in one file, `storage.postgresql` the one on a server.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, Self

from sqlalchemy import CursorResult, Dialect, Executable, ScalarResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncTransaction

if TYPE_CHECKING:
    from storage.claims import Settlement
    from storage.deliveries import DueDelivery


@dataclass(frozen=True, slots=True)
class WriteError:
    """Why nothing is written at the moment, and for how many seconds that has lasted, as far as it is known.

    `is_waiting`: commits wait and are carried out later, so nothing is broken in this process.
    """

    reason: str
    seconds: float = 0.0
    is_waiting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process at work on a database: what it is there for, when it was last heard of, and the bots that it owns.

    `shares_bots`: it has begun to ask for bots, so that it counts when they are shared out.
    """

    name: str
    role: str
    silent_seconds: float
    bot_ids: frozenset[int]
    shares_bots: bool = True


class Tx:
    """A transaction of one bot: the first argument of every function in this package that runs queries.

    Whatever belongs to bots is read and written only where its `bot_id` is this one.
    """

    __slots__ = ("bot_id", "connection")

    def __init__(self, connection: AsyncConnection, bot_id: int) -> None:
        self.connection = connection
        self.bot_id = bot_id

    @property
    def dialect(self) -> Dialect:
        """The database's dialect of SQL."""
        return self.connection.dialect

    async def execute(self, statement: Executable, values: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement, once for each of several sets of values."""
        return await self.connection.execute(statement, values)

    async def scalar(self, statement: Executable, values: Any = None) -> Any:
        """Return the first column of the first row, or None."""
        return await self.connection.scalar(statement, values)

    async def scalars(self, statement: Executable, values: Any = None) -> ScalarResult[Any]:
        """Return the first column of each row."""
        return await self.connection.scalars(statement, values)

    def begin_nested(self) -> AsyncTransaction:
        """Begin a savepoint: what follows can be undone alone."""
        return self.connection.begin_nested()

    async def exec_driver_sql(self, sql: str, values: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement in the database's own SQL."""
        return await self.connection.exec_driver_sql(sql, values)


class Database(ABC):
    """A database as one bot sees it. Statements run inside `async with database.write() as tx` or `.read()`."""

    bot_id: int
    is_shared = False
    """Whether several processes may work on it; else one at most does."""

    step_factor: float = 1.0
    """How much longer a step that is alone may take than where everybody waits for it, the ledger included."""

    @abstractmethod
    def for_bot(self, bot_id: int) -> Self:
        """Return the same database as another bot sees it; it shares all connections, and is not to be closed."""

    @abstractmethod
    async def close(self) -> None:
        """Close all connections, of every bot."""

    @abstractmethod
    def write(self, *, alone: bool = False) -> AbstractAsyncContextManager[Tx]:
        """Open a transaction that may write; it commits at the end and rolls back on an exception.

        Others of the same bot may write at the same time, unless one of them is to be `alone`: so is each that decides
        by what it reads who gets what, and must find nothing half-done. The ledger's claims go on beside all of them.
        """

    @asynccontextmanager
    async def write_in_parallel(self) -> AsyncIterator[Sequence[Tx]]:
        """Open a transaction that is alone, and one more within it where two write faster than one.

        The second one does not see what the first has written, and must not write the same rows: it would wait for the
        first for ever. It commits before the first, so what it wrote may stand though the first is rolled back.
        """
        async with self.write(alone=True) as tx:
            yield [tx]

    def append(self) -> AbstractAsyncContextManager[Tx]:
        """Open a transaction that only adds rows, which no decision reads; it does not wait for other writers.

        Nor do they wait for it, so a process that owns nothing may freeze within it.
        """
        return self.write()

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[Tx]:
        """Open a transaction that reads one snapshot."""

    @abstractmethod
    async def update_statistics(self, *, with_deliveries: bool = True) -> None:
        """Let the database count again what it plans its queries by, after many rows have come."""

    async def find_write_error(self) -> WriteError | None:
        """Return why the server cannot commit at the moment, or None."""
        return None

    async def processes(self, known: Collection[str] = ()) -> list[Process]:
        """Return the processes at work on a server; of a file there is one at most, which holds its lock.

        One that has not tried to own a bot yet is no different from a command, unless its name is `known`.
        """
        return []

    async def take(self, owner: str, *, beyond_share: bool = False) -> bool:
        """Try to make this process, called `owner`, the owner of the bot; return whether it is: only it may claim.

        Without `beyond_share` a process takes no more than its share of all bots.
        """
        return True

    async def release(self) -> None:  # noqa: B027 - a file has one process, so nothing is to be done
        """Give up the ownership of the bot, which no longer runs here; do nothing if it is not owned."""

    async def keep(self) -> NoReturn:
        """Keep what was taken, until cancelled. Raises `OwnershipLost` as soon as this process is not the owner."""
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")

    def may_send(self) -> bool:
        """Return whether this process is certainly still the owner, so that a message's bytes may leave."""
        return True

    async def announce_update(self) -> None:
        """Tell the owner of the bot, in whatever process, that its inbox has got an update."""
        raise NotImplementedError("one process has this database, so nobody stores updates for another one")

    async def wait_for_update(self, seconds: float) -> None:
        """Wait until an update may have been announced since the last call, but not longer than some seconds."""
        raise NotImplementedError("one process has this database, so nobody stores updates for another one")

    @abstractmethod
    async def claim_and_settle(
        self, settlements: Sequence[Settlement], due: Sequence[DueDelivery], *, now: datetime
    ) -> list[bool]:
        """Carry out `claims.claim_and_settle`."""
