"""The session of this process that holds the locks of its bots, and carries their claims and settlements.

take: lock and a new epoch -> statements that carry the epoch, a heartbeat each second -> the session ends

PostgreSQL ends the session of a process that is dead, frozen or cut off, so no clock of ours decides who owns a bot.
A lost session is never opened again: the process ends, and the service manager starts another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, NoReturn, TypeVar

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from storage.advisory_locks import LockSpace
from storage.errors import OwnershipLost
from storage.process_name import APPLICATION

LEASE_SECONDS = 4.0
"""Silence after which PostgreSQL ends the session, and with it the ownership of all its bots."""

SAFE_SHARE = 0.75
"""Share of the lease after which the answer to the last heartbeat does not allow sending any more."""

HEARTBEAT_SECONDS = 1.0

UPDATE_CHANNEL = "digestbot_update"
"""Channel of the notifications that a bot's inbox has got an update; each carries the bot's id."""

MAX_ANSWER_SECONDS = 60.0
"""How long a heartbeat may go unanswered, unless a commit waits for a standby. Nothing is sent meanwhile."""

MAX_CHECK_SECONDS = 10.0
"""How long the server may take to say what a session waits for."""

MAX_CLOSE_SECONDS = 1.0
"""How long the end of the session waits for the statement under way, of which nothing is known otherwise."""

_DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What the driver raises while its server goes away, or when it is gone."""

Result = TypeVar("Result")

Connect = Callable[[], Awaitable[asyncpg.Connection]]


def seconds_since_boot() -> float:
    """Return the time on a clock that also counts while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def session_settings(lease_seconds: float) -> dict[str, str]:
    """Return the settings with which PostgreSQL ends sessions whose process is silent."""
    names = "idle_session_timeout", "idle_in_transaction_session_timeout", "tcp_user_timeout"
    return dict.fromkeys(names, str(round(lease_seconds * 1000)))


class LedgerSession:
    """The session, opened when the first bot is to be taken; `keep` keeps it while it runs."""

    def __init__(
        self,
        connect: Connect,
        lease_seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] = seconds_since_boot,
        statements: Iterable[str] = (),
    ) -> None:
        self._connect = connect
        self._statements = (_JOIN, _ASK, _TAKE, _DISOWN, _UNLOCK, *statements)
        self._prepared: dict[str, PreparedStatement[asyncpg.Record]] = {}
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._connection: asyncpg.Connection | None = None
        self._lock = asyncio.Lock()
        self._ownership_lock = asyncio.Lock()
        """Held by each taking and release to its end: one that was cancelled must not overlap with the next."""
        self._epochs: dict[int, int] = {}
        self._confirmed_at = 0.0
        self._loss: str | None = None
        self._lost = asyncio.Event()
        self._announced: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def take(self, bot_id: int, owner: str, *, beyond_share: bool = False) -> bool:
        """Try to own a bot; return whether this process does. Raises `OwnershipLost`.

        It takes its fair share of all bots, unless it may go `beyond_share`.
        """
        await self._open()
        return await _to_its_end(self._take(bot_id, owner, beyond_share=beyond_share))

    async def _take(self, bot_id: int, owner: str, *, beyond_share: bool) -> bool:
        async with self._ownership_lock:
            if bot_id in self._epochs:
                await self.fetch(_ASK)  # after the statements of the bot's last run, which a cancellation does not end
                return True
            try:
                rows = await self._fetch(_TAKE, bot_id, owner, list(self._epochs), beyond_share)
            except asyncpg.PostgresError as error:  # the lock may be held, without an epoch
                self.lose(f"the bot could not be taken: {error}")
            if rows:
                self._epochs[bot_id] = rows[0][0]
            return bool(rows)

    async def release(self, bot_id: int) -> None:
        """Let another process take a bot; do nothing if it is not owned. Raises `OwnershipLost`."""
        await _to_its_end(self._release(bot_id))

    async def _release(self, bot_id: int) -> None:
        async with self._ownership_lock:
            if bot_id not in self._epochs or self._loss is not None:
                return
            # In this order, each committed: who takes a bot ends the sessions of the owner that it finds.
            await self.fetch(_DISOWN, bot_id, self._epochs[bot_id])
            await self.fetch(_UNLOCK, bot_id)
            self._epochs.pop(bot_id, None)

    def epoch(self, bot_id: int) -> int:
        """Return the epoch of a bot that was taken. Raises `OwnershipLost`."""
        if self._loss is not None:
            raise OwnershipLost(self._loss)
        if bot_id not in self._epochs:
            raise OwnershipLost(f"bot {bot_id} was not taken")
        return self._epochs[bot_id]

    def owns(self, bot_id: int) -> bool:
        """Return whether a bot was taken, whatever has become of the session since."""
        return bot_id in self._epochs

    def may_send(self) -> bool:
        """Return whether the server has answered so lately that nobody else can own this process's bots."""
        return self._loss is None and self._clock() - self._confirmed_at <= SAFE_SHARE * self._lease_seconds

    async def wait_for_update(self, bot_id: int, seconds: float) -> None:
        """Wait until an update may have been announced since the last call, but not longer than some seconds."""
        announced = self._announced[bot_id]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await announced.wait()
        announced.clear()

    async def keep(self) -> NoReturn:
        """Send heartbeats. Raises `OwnershipLost` as soon as the session is lost."""
        heartbeats = asyncio.create_task(self._send_heartbeats())
        try:
            await self._lost.wait()
        finally:
            heartbeats.cancel()
            await asyncio.gather(heartbeats, return_exceptions=True)
        raise OwnershipLost(self._loss)

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Run a statement, which is a transaction of its own. Raises `OwnershipLost` if the session is lost.

        It runs to its end even if the caller is cancelled: a cancelled one may leave the connection unusable.
        """
        return await _to_its_end(self._fetch(statement, *values))

    async def _fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        async with self._lock:
            connection = self._connection
            if self._loss is not None or connection is None:
                raise OwnershipLost(self._loss or "no bot was taken")
            rows: list[asyncpg.Record]
            sent_at = self._clock()
            try:
                rows = await self._prepared[statement].fetch(*values)
            except Exception as error:
                is_refused = isinstance(error, asyncpg.PostgresError) and not connection.is_closed()
                if is_refused and getattr(error, "severity_en", "") not in ("FATAL", "PANIC"):
                    raise  # nothing was changed, and the session goes on
                self.lose(f"the session with the database broke off ({type(error).__name__}: {error})")
            self._confirmed_at = sent_at
            return rows

    def lose(self, reason: str) -> NoReturn:
        """Give up all ownership; whether the statement under way was carried out is not known."""
        self._note_loss(reason)
        raise OwnershipLost(self._loss)

    async def close(self) -> None:
        """End the session after the statement under way: its bots are free at once."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        connection.remove_termination_listener(self._note_end)
        if self._loss is not None:
            connection.terminate()
            return
        self._note_loss("the session was closed")
        try:
            async with asyncio.timeout(MAX_CLOSE_SECONDS), self._lock:
                await connection.close()
        except _DRIVER_ERRORS:  # a time-out is one of them: the server is gone, or a commit waits for a standby
            connection.terminate()

    async def _open(self) -> None:
        async with self._lock:
            if self._connection is not None or self._loss is not None:
                return
            try:
                connection = await self._connect()
                # Before anything is locked: until a prepared statement is first executed, PostgreSQL waits without a
                # time limit, so a process that froze then would keep its bots.
                self._prepared = {text: await connection.prepare(text) for text in self._statements}
                await connection.add_listener(UPDATE_CHANNEL, self._note_update)
            except _DRIVER_ERRORS as error:
                self.lose(f"the server cannot be reached: {error}")
            connection.add_termination_listener(self._note_end)
            connection.add_log_listener(self._note_warning)
            self._connection = connection
        await self.fetch(_JOIN)

    async def _send_heartbeats(self) -> NoReturn:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            if self._connection is None:
                continue
            answer = asyncio.create_task(self.fetch(_ASK))
            try:
                while not (await asyncio.wait({answer}, timeout=MAX_ANSWER_SECONDS))[0]:
                    if not await self._waits_for_standby() and not answer.done():
                        raise TimeoutError
                answer.result()
            except Exception as error:  # noqa: BLE001 - whatever it is, the session cannot be relied on
                self._note_loss(f"a heartbeat failed: {type(error).__name__} {error}")
            finally:
                answer.cancel()

    async def _waits_for_standby(self) -> bool:
        """Return whether the server says that the statement under way waits for a synchronous standby.

        It will be carried out when one is back, and nothing is sent until then.
        """
        async with asyncio.timeout(MAX_CHECK_SECONDS):
            asking = await self._connect()
            try:
                pid = None if self._connection is None else self._connection.get_server_pid()
                return bool(await asking.fetchval(_WAITS_FOR_STANDBY, pid))
            finally:
                asking.terminate()

    def _note_loss(self, reason: str) -> None:
        if self._loss is None:
            self._loss = reason
            self._lost.set()

    def _note_end(self, _connection: object) -> None:
        self._note_loss("the server has ended the session")

    def _note_update(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._announced[int(str(payload))].set()

    def _note_warning(self, _connection: object, message: asyncpg.PostgresLogMessage) -> None:
        # A commit whose wait for a standby was cancelled says so by a warning: a standby may not have it.
        if getattr(message, "severity_en", "") == "WARNING":
            self._note_loss(str(message))


async def _to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for work that goes on even if the caller is cancelled."""
    running = asyncio.create_task(work)
    running.add_done_callback(lambda task: task.cancelled() or task.exception())
    return await asyncio.shield(running)


_JOIN = f"SELECT pg_advisory_lock_shared({LockSpace.PROCESS:d}, 0)"
_ASK = "SELECT"
_DISOWN = "UPDATE leases SET owner = '' WHERE bot_id = $1 AND epoch = $2"
_UNLOCK = f"SELECT pg_advisory_unlock({LockSpace.BOT:d}, $1::bigint::integer)"
_WAITS_FOR_STANDBY = "SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = $1"
_TAKE = f"""
WITH processes AS (
    SELECT count(*) AS count FROM pg_locks
    WHERE locktype = 'advisory' AND classid = {LockSpace.PROCESS:d} AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), free AS MATERIALIZED (
    SELECT CASE WHEN $4 OR greatest(count, 1) * (
            SELECT count(*) FROM bots WHERE id = ANY ($3::bigint[]) AND state <> 'draining'
        ) < (SELECT count(*) FROM bots WHERE id = $1 OR state <> 'draining')
        THEN pg_try_advisory_lock({LockSpace.BOT:d}, $1::bigint::integer) ELSE false END AS is_taken
    FROM processes
), ended AS MATERIALIZED (
    -- A former owner that is frozen within a transaction may hold its locks without any time limit.
    SELECT count(pg_terminate_backend(pid)) AS count
    FROM free JOIN leases ON is_taken AND bot_id = $1 AND owner <> $2
        JOIN pg_stat_activity ON datname = current_database()
        AND starts_with(application_name || ' ', left('{APPLICATION} ' || owner || ' ', 63))
)
INSERT INTO leases (bot_id, epoch, owner, since)
SELECT $1, 1, $2, now() FROM free, ended WHERE is_taken
ON CONFLICT (bot_id) DO UPDATE SET epoch = leases.epoch + 1, owner = excluded.owner, since = excluded.since
RETURNING epoch
"""  # noqa: S608 - of constants only
"""Lock bot $1 for $2, which owns the bots $3, and give it the next epoch; $4 goes beyond the fair share.

A drained bot is work for nobody, so it counts for nobody's share.
"""
