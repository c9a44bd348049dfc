"""Ownership of bots on PostgreSQL: one process at a time, an epoch in every write, nothing sent after silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from bot import ownership
from domain.chat.event import Chat
from domain.delivery.states import DeliveryState
from domain.subscription.preferences import ContentPreferences
from storage import bots, claims, subscribers
from storage.advisory_locks import LockSpace
from storage.claims import Settlement
from storage.database import Database
from storage.deliveries import DeliveryKey, DueDelivery
from storage.errors import OwnershipLost
from storage.postgresql import ledger_session
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import READERS, PostgresqlDatabase, connect
from storage.postgresql.ledger_session import LedgerSession
from storage.process_name import process_name
from tests.databases import LEASE_SECONDS
from tests.delivery.harness import DEFAULT_SCHEDULE, EVE, MORNING
from tests.postgresql import Cluster
from tests.storage.postgresql.test_server_check import setting
from tests.storage.postgresql.waiting import WAITING_FOR_STANDBY, until_commits_wait, until_somebody_waits
from tests.waiting import PATIENCE

PATIENCE_SECONDS = PATIENCE


class Processes:
    """Databases as several processes open them."""

    def __init__(self, address: PostgresqlAddress, stack: AsyncExitStack) -> None:
        self._address = address
        self._stack = stack

    async def open(self, lease_seconds: float = LEASE_SECONDS) -> PostgresqlDatabase:
        database = await PostgresqlDatabase.open(self._address, lease_seconds=lease_seconds)
        self._stack.push_async_callback(database.close)
        return database

    async def connect(self) -> asyncpg.Connection:
        connection = await connect(self._address)
        self._stack.push_async_callback(connection.close)
        return connection


@pytest.fixture
async def processes(address: PostgresqlAddress) -> AsyncIterator[Processes]:
    async with AsyncExitStack() as stack:
        yield Processes(address, stack)


async def wait_until_taken(database: Database, owner: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await database.take(owner):  # noqa: ASYNC110 - a lock has no event
            await asyncio.sleep(0.01)


async def end_sessions(connection: asyncpg.Connection) -> None:
    """End all sessions that hold a bot, as a server does that fails over."""
    ended = await connection.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1", LockSpace.BOT
    )
    assert ended


async def add_deliveries(database: Database, people: int) -> list[DueDelivery]:
    """Store a running run of one part, pending for some people."""
    due = []
    async with database.write() as tx:
        for chat_id in range(1, people + 1):
            wishes = DEFAULT_SCHEDULE, ContentPreferences()
            subscriber = await subscribers.add(tx, Chat(chat_id), wishes, now=EVE)
            await subscribers.activate(tx, subscriber.id, now=EVE)
            key = DeliveryKey(1, subscriber.id, 1)
            due.append(DueDelivery(key, 1, 0, chat_id, None, False, 1))
        await tx.exec_driver_sql(
            "INSERT INTO runs (bot_id, kind, version, state, published_at, slot, language)"
            " VALUES (1, 'broadcast', 1, 'running', now(), 'morning', '')"
        )
        await tx.exec_driver_sql(
            "INSERT INTO deliveries (run_id, subscriber_id, part, content_id, payload_id, state)"
            " SELECT 1, id, 1, 1, 1, 'pending' FROM subscribers"
        )
    return due


def sent(due: DueDelivery) -> Settlement:
    return Settlement(key=due.key, state=DeliveryState.SENT, message_id=7)


async def states(connection: asyncpg.Connection) -> list[str]:
    return [row[0] for row in await connection.fetch("SELECT state FROM deliveries ORDER BY subscriber_id")]


async def test_session_that_ended_before_it_was_used_is_lost(address: PostgresqlAddress) -> None:
    """A process that freezes right after it connected wakes with the server's last words unread."""

    async def connect_and_freeze() -> asyncpg.Connection:
        connection = await connect(address, {"idle_session_timeout": "100"})
        while Path(f"/proc/{connection.get_server_pid()}").exists():
            time.sleep(0.01)  # noqa: ASYNC251 - nothing runs in a frozen process
        for _ in range(2):  # the last words are read then, and the end of the connection is not
            await asyncio.sleep(0)
        return connection

    session = LedgerSession(connect_and_freeze)
    with pytest.raises(OwnershipLost, match="cannot be reached"):
        await session.take(1, "first")
    await session.close()


async def test_one_process_owns_a_bot_until_it_ends(processes: Processes) -> None:
    first, second = await processes.open(), await processes.open()
    assert await first.take("first")
    assert await first.take("first")
    assert not await second.take("second")
    await first.close()
    await wait_until_taken(second, "second")
    rows = await (await processes.connect()).fetch("SELECT bot_id, epoch, owner FROM leases")
    assert [tuple(row) for row in rows] == [(1, 2, "second")]


async def test_only_the_owner_claims(processes: Processes) -> None:
    owner, other = await processes.open(), await processes.open()
    await owner.take("owner")
    due = await add_deliveries(owner, 2)
    with pytest.raises(OwnershipLost, match="bot 1 was not taken"):
        await claims.claim_and_settle(other, [], due, now=MORNING)
    assert await claims.claim_and_settle(owner, [], due, now=MORNING) == [True, True]


async def test_freeze_during_the_first_commit_frees_the_bot(processes: Processes) -> None:
    """PostgreSQL sets no time limit while a client has only prepared a statement."""
    frozen, other = await processes.open(lease_seconds=2), await processes.open()
    due = await add_deliveries(other, 1)
    await frozen.take("frozen")
    commit = asyncio.create_task(claims.claim_and_settle(frozen, [], due, now=MORNING))
    for _ in range(10):
        await asyncio.sleep(0)  # its first bytes leave
    time.sleep(4)  # noqa: ASYNC251 - as the process would be, the event loop is frozen
    assert await other.take("other")
    await asyncio.gather(commit, return_exceptions=True)


async def test_no_claim_and_no_settlement_with_an_old_epoch(processes: Processes) -> None:
    """The fence: even a session that is alive writes nothing once somebody else has taken the bot."""
    zombie = await processes.open()
    await zombie.take("zombie")
    first, second = await add_deliveries(zombie, 2)
    await claims.claim_and_settle(zombie, [], [first], now=MORNING)
    outside = await processes.connect()
    await outside.execute("UPDATE leases SET epoch = epoch + 1, owner = 'other'")
    with pytest.raises(OwnershipLost, match="another process has taken bot 1"):
        await claims.claim_and_settle(zombie, [sent(first)], [second], now=MORNING)
    assert await states(outside) == ["in_flight", "pending"]
    assert await outside.fetchval("SELECT claim_count FROM bots WHERE id = 1") == 1
    assert not zombie.may_send()


async def test_no_other_write_with_an_old_epoch(processes: Processes) -> None:
    zombie = await processes.open()
    await zombie.take("zombie")
    outside = await processes.connect()
    await outside.execute("UPDATE leases SET epoch = epoch + 1, owner = 'other'")
    with pytest.raises(OwnershipLost, match="another process has taken bot 1"):
        async with zombie.write() as tx:
            await bots.raise_claim_count(tx, 99)
    assert await outside.fetchval("SELECT claim_count FROM bots WHERE id = 1") == 0


async def test_takeover_waits_for_a_write_that_began_before_it(processes: Processes) -> None:
    owner, other = await processes.open(), await processes.open()
    await owner.take("owner")
    async with owner.write() as tx:
        await end_sessions(await processes.connect())
        taking = asyncio.create_task(wait_until_taken(other, "other"))
        await asyncio.sleep(0.1)
        assert not taking.done()
        await bots.raise_claim_count(tx, 5)
    await taking
    async with other.read() as tx:
        assert await bots.claim_count(tx) == 5


async def test_lost_session_is_never_opened_again(processes: Processes) -> None:
    owner = await processes.open()
    await owner.take("owner")
    due = await add_deliveries(owner, 1)
    outside = await processes.connect()
    keeping = asyncio.create_task(owner.keep())
    await asyncio.sleep(0)
    await end_sessions(outside)
    with pytest.raises(OwnershipLost):
        await asyncio.wait_for(keeping, 10)
    assert not owner.may_send()
    with pytest.raises(OwnershipLost):
        await claims.claim_and_settle(owner, [], due, now=MORNING)
    with pytest.raises(OwnershipLost):
        async with owner.write():
            raise AssertionError("the transaction began")
    with pytest.raises(OwnershipLost):
        await owner.for_bot(2).take("owner")
    assert await states(outside) == ["pending"]


async def test_silent_session_is_ended_by_the_server(processes: Processes) -> None:
    silent, other = await processes.open(lease_seconds=0.5), await processes.open()
    await silent.take("silent")
    await wait_until_taken(other, "other")
    assert not silent.may_send()


async def test_heartbeats_keep_the_session(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.postgresql.ledger_session.HEARTBEAT_SECONDS", 0.05)
    owner, other = await processes.open(lease_seconds=2), await processes.open()
    await owner.take("owner")
    keeping = asyncio.create_task(owner.keep())
    for _ in range(30):
        await asyncio.sleep(0.1)
        assert owner.may_send()
        assert not await other.take("other")
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def test_take_that_is_cancelled_is_known_when_it_ends(processes: Processes, address: PostgresqlAddress) -> None:
    """The server has given the bot by then, and gives it to nobody else."""
    owner, outside = await processes.open(), await processes.connect()
    await owner.take("owner")
    other_bot = owner.for_bot(2)
    await outside.execute("INSERT INTO bots (id, name, token) VALUES (2, 'second', '')")
    await outside.execute("INSERT INTO leases (bot_id, epoch, owner, since) VALUES (2, 5, 'former', now())")
    async with outside.transaction():
        await outside.execute("SELECT FROM leases WHERE bot_id = 2 FOR UPDATE")
        taking = asyncio.create_task(other_bot.take("owner"))
        await until_somebody_waits(address)
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
    assert await owner.take("owner")  # after all statements before
    async with other_bot.write(), outside.transaction():
        with pytest.raises(asyncpg.LockNotAvailableError):
            await outside.execute("SELECT FROM leases WHERE bot_id = 2 FOR UPDATE NOWAIT")  # the owner's fence


@pytest.mark.parametrize("cancelled", ["take", "release"])
async def test_take_and_release_follow_each_other_when_cancelled(
    processes: Processes, address: PostgresqlAddress, cancelled: str
) -> None:
    """A row of `bots` that changes meanwhile cancels either, and the other one begins at once."""
    owner, outside = await processes.open(), await processes.connect()
    await owner.take("owner")
    await outside.execute("INSERT INTO bots (id, name, token) VALUES (2, 'second', '')")
    await outside.execute("INSERT INTO leases (bot_id, epoch, owner, since) VALUES (2, 5, '', now())")
    bot = owner.for_bot(2)
    if cancelled == "release":
        assert await bot.take("owner")
    async with outside.transaction():
        await outside.execute("SELECT FROM leases WHERE bot_id = 2 FOR UPDATE")
        first = asyncio.create_task(bot.take("owner") if cancelled == "take" else bot.release())
        await until_somebody_waits(address)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        second = asyncio.create_task(bot.release() if cancelled == "take" else bot.take("owner"))
        await asyncio.sleep(0)
    await second
    if cancelled == "release":
        assert await outside.fetchval("SELECT owner FROM leases WHERE bot_id = 2") == "owner"
        await bot.release()
    other = await processes.open()
    assert await other.for_bot(2).take("other", beyond_share=True)


async def test_bots_are_shared_between_processes(processes: Processes) -> None:
    first, second = await processes.open(), await processes.open()
    outside = await processes.connect()
    await outside.execute(
        "INSERT INTO bots (id, name, token) SELECT id, 'bot ' || id, '' FROM generate_series(2, 4) AS id"
    )
    assert await second.for_bot(4).take("second")
    taken = [await first.for_bot(bot_id).take("first") for bot_id in (1, 2, 3)]
    assert taken == [True, True, False]
    assert await second.for_bot(3).take("second")
    await first.close()
    await wait_until_taken(second.for_bot(1), "second")
    await wait_until_taken(second.for_bot(2), "second")


async def test_drained_bots_count_for_nobodys_share(processes: Processes) -> None:
    """The only process had the first bot, which was drained; it must take the others, and drained ones for `resume`."""
    owner = await processes.open()
    assert await owner.take("owner")
    outside = await processes.connect()
    await outside.execute("UPDATE bots SET state = 'draining'")
    await outside.execute("INSERT INTO bots (id, name, token, state) VALUES (2, 'b', '', 'running')")
    assert await owner.for_bot(2).take("owner")
    await outside.execute("INSERT INTO bots (id, name, token, state) VALUES (3, 'c', '', 'draining')")
    assert await owner.for_bot(3).take("owner")


async def test_bot_that_nobody_else_can_run_is_taken_beyond_the_share(processes: Processes) -> None:
    """A process that stands by for one bot, and cannot run the other, must not keep it from those that can."""
    able, unable = await processes.open(), await processes.open()
    outside = await processes.connect()
    await outside.execute("INSERT INTO bots (id, name, token) VALUES (2, 'b', '')")
    assert await able.take("able")
    assert not await unable.take("unable")
    second = able.for_bot(2)
    assert not await second.take("able")
    assert await second.take("able", beyond_share=True)
    assert not await unable.for_bot(2).take("unable", beyond_share=True)


async def test_wait_for_a_free_bot_ends_beyond_the_share(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "TAKE_INTERVAL_SECONDS", 0.01)
    able, unable = await processes.open(), await processes.open()
    await (await processes.connect()).execute("INSERT INTO bots (id, name, token) VALUES (2, 'b', '')")
    waiting = ownership.Ownership(able)
    await waiting.wait(1)
    assert not await unable.take("unable")
    await asyncio.wait_for(waiting.wait(2), PATIENCE_SECONDS)
    assert waiting.states[2] is ownership.OwnershipState.OWNER


async def test_bot_taken_again_waits_for_its_last_claim(processes: Processes, address: PostgresqlAddress) -> None:
    """A bot that is paused while a commit hangs: its next start must find what was claimed, and list it."""
    owner, outside = await processes.open(), await processes.connect()
    await owner.take("owner")
    (due,) = await add_deliveries(owner, 1)
    blocking = outside.transaction()
    await blocking.start()
    await outside.execute("SELECT FROM deliveries FOR UPDATE")
    claiming = asyncio.create_task(claims.claim_and_settle(owner, [], [due], now=MORNING))
    await until_somebody_waits(address)
    claiming.cancel()
    await asyncio.wait([claiming])
    taking = asyncio.create_task(owner.take("owner"))
    await asyncio.sleep(0.1)
    assert not taking.done()
    await blocking.rollback()
    assert await taking
    async with owner.write(alone=True) as tx:
        assert await claims.mark_interrupted(tx) == 1


async def test_released_bot_is_taken_and_the_others_stay(processes: Processes) -> None:
    """Who takes a bot ends the sessions of an owner that is gone, but not those of one that has handed it on."""
    first, second = await processes.open(), await processes.open()
    async with first.write() as tx:
        await bots.add(tx, "tech", "env:BOT_TOKEN_TECH", {})
    name = process_name()  # by which its connections are known
    await first.take(name, beyond_share=True)
    await first.for_bot(2).take(name, beyond_share=True)
    assert not await second.for_bot(2).take("second", beyond_share=True)
    await first.for_bot(2).release()
    await first.for_bot(2).release()
    assert await second.for_bot(2).take("second", beyond_share=True)
    due = await add_deliveries(first, 1)
    assert await claims.claim_and_settle(first, [], due, now=MORNING) == [True]
    outside = await processes.connect()
    assert [tuple(row) for row in await outside.fetch("SELECT bot_id, epoch, owner FROM leases ORDER BY bot_id")] == [
        (1, 1, name),
        (2, 2, "second"),
    ]
    with pytest.raises(OwnershipLost, match="bot 2 was not taken"):
        await claims.claim_and_settle(first.for_bot(2), [], due, now=MORNING)


async def test_session_that_waits_for_a_standby_is_kept(
    processes: Processes, cluster: Cluster, address: PostgresqlAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server says why it does not answer, so the process need not end."""
    monkeypatch.setattr(ledger_session, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(ledger_session, "MAX_ANSWER_SECONDS", 1.0)
    owner = await processes.open()
    await owner.take("owner")
    due = await add_deliveries(owner, 2)
    keeping = asyncio.create_task(owner.keep())
    with setting(cluster, "synchronous_standby_names", "nobody"):
        await until_commits_wait(address)
        claiming = asyncio.create_task(claims.claim_and_settle(owner, [], due[:1], now=MORNING))
        done, _ = await asyncio.wait({claiming, keeping}, timeout=3)
        assert not done
    assert await claiming == [True]
    assert await claims.claim_and_settle(owner, [], due[1:], now=MORNING) == [True]
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def test_session_that_waits_for_anything_else_is_lost(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_session, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(ledger_session, "MAX_ANSWER_SECONDS", 0.2)
    owner = await processes.open()
    await owner.take("owner")
    due = await add_deliveries(owner, 1)
    keeping = asyncio.create_task(owner.keep())
    outside = await processes.connect()
    async with outside.transaction():
        await outside.execute("SELECT * FROM deliveries FOR UPDATE")
        claiming = asyncio.create_task(claims.claim_and_settle(owner, [], due, now=MORNING))
        with pytest.raises(OwnershipLost, match="a heartbeat failed: TimeoutError"):
            await asyncio.wait_for(keeping, PATIENCE_SECONDS)
    await asyncio.gather(claiming, return_exceptions=True)


@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_close_of_a_session_that_has_ended_is_no_error(
    processes: Processes, cluster: Cluster, turns: int
) -> None:
    """A process that froze, or was busy, may stop before it has read that the server is gone."""
    owner, other = await processes.open(), await processes.open()
    await owner.take("owner")
    connection = owner._session._connection
    assert connection is not None
    pid = connection.get_server_pid()
    cluster.execute(f"SELECT pg_terminate_backend({pid})")
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.01)  # noqa: ASYNC251 - nothing runs in a frozen process
    for _ in range(turns):
        await asyncio.sleep(0)
    await owner.close()
    assert not owner.may_send()
    assert await other.take("other")


async def test_close_does_not_wait_for_a_standby(
    processes: Processes, cluster: Cluster, address: PostgresqlAddress
) -> None:
    owner = await processes.open()
    await owner.take("owner")
    due = await add_deliveries(owner, 1)
    with setting(cluster, "synchronous_standby_names", "nobody"):
        await until_commits_wait(address)
        claiming = asyncio.create_task(claims.claim_and_settle(owner, [], due, now=MORNING))
        await until_somebody_waits(address, waiting=WAITING_FOR_STANDBY)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await owner.close()
        await asyncio.gather(claiming, return_exceptions=True)


async def test_server_that_cannot_be_asked_is_a_write_error(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The readers of many bots wait on a network that is cut; what watches the server must not fail."""
    monkeypatch.setattr("storage.postgresql.database.MAX_POOL_WAIT_SECONDS", 0.1)
    database = await processes.open()
    async with AsyncExitStack() as busy:
        for _ in range(READERS):
            await busy.enter_async_context(database.read())
        error = await database.find_write_error()
    assert error is not None
    assert (error.reason, error.is_waiting) == ("the server cannot be asked: all connections are busy", False)
    assert await database.find_write_error() is None
