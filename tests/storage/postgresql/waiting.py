"""Wait until sessions wait for locks of other sessions, or for a standby."""

from __future__ import annotations

import asyncio

from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import connect

WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
WAITING_FOR_STANDBY = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
_COMMIT = "SELECT pg_logical_emit_message(true, 'probe', '')"


async def until_commits_wait(address: PostgresqlAddress) -> None:
    """Return as soon as commits wait for a standby: some time after the server has read that there should be one."""
    probe, observer = await connect(address), await connect(address)
    pid = probe.get_server_pid()
    try:
        async with asyncio.timeout(60):
            commit = asyncio.create_task(probe.execute(_COMMIT))
            while not await observer.fetchval(WAITING_FOR_STANDBY):
                if commit.done():
                    commit = asyncio.create_task(probe.execute(_COMMIT))
                await asyncio.sleep(0.01)
            probe.terminate()
            await asyncio.gather(commit, return_exceptions=True)
            # The backend that waits does not look at its socket.
            while await observer.fetchval("SELECT pg_cancel_backend($1)", pid):  # noqa: ASYNC110 - it notifies nobody
                await asyncio.sleep(0.01)
    finally:
        probe.terminate()
        await observer.close()


async def until_somebody_waits(address: PostgresqlAddress, *, count: int = 1, waiting: str = WAITING) -> None:
    """Return as soon as so many sessions of a database wait."""
    connection = await connect(address)
    try:
        async with asyncio.timeout(60):
            while await connection.fetchval(waiting) < count:  # noqa: ASYNC110 - the server notifies nobody
                await asyncio.sleep(0.01)
    finally:
        await connection.close()
