"""A failover: the primary freezes, its standby is promoted, and the former primary wakes with a process tied to it."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from storage.advisory_locks import LockSpace
from tests import postgresql
from tests.fleet.morning import PATIENCE_SECONDS, create_database, fleet_morning
from tests.postgresql import Cluster, Server, program_folder, running_server, running_standby
from tests.storage.postgresql.test_server_check import wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program_folder() is None, reason="PostgreSQL is not installed"),
]

PEOPLE, RATE = 80, 20


def follow(primary: Cluster) -> None:
    """Let the primary's commits wait for its standby, once that follows."""
    wait_for(lambda: primary.value("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == 1)
    primary.execute(
        f"ALTER SYSTEM SET synchronous_standby_names = '{postgresql.STANDBY_NAMES}'", "SELECT pg_reload_conf()"
    )
    wait_for(lambda: primary.value("SHOW synchronous_standby_names") == postgresql.STANDBY_NAMES)


def signal_all(server: Server, number: signal.Signals) -> None:
    """Send a signal to all processes of a server, as to those of a machine that is suspended."""
    for pid in server.pids():
        os.kill(pid, number)


def is_joined(cluster: Cluster, pid: int) -> bool:
    """Return whether a process has its session at a server, so that it owns the bot there or tries to."""
    query = f"""SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE classid = {LockSpace.PROCESS:d} AND granted AND application_name ~ ':{pid}( |$)'"""  # noqa: S608
    return bool(cluster.value(query))


async def test_failover_and_former_primary_send_nothing_twice(tmp_path: Path) -> None:
    """The process of the former primary is its own machine's, and hears nothing of the failover."""
    with running_server() as primary:
        cluster = Cluster(primary.folder)
        address = create_database(cluster)
        with running_standby(cluster) as standby:
            follow(cluster)
            promoted = Cluster(standby.folder)
            machines = [{}, {"database": promoted.address("fleet").url}]
            async with fleet_morning(tmp_path, address, people=PEOPLE, rate=RATE, machines=machines) as morning:
                await morning.publish()
                await morning.wait_for_messages(20)
                signal_all(primary, signal.SIGSTOP)
                promoted.execute("SELECT pg_promote()")
                former = len(await morning.arrivals())
                await morning.wait_for_messages(former + 5)
                signal_all(primary, signal.SIGCONT)
                survivor = morning.at(promoted.address("fleet"))
                disagreements, unconfirmed = await survivor.finish()
                machine = morning.manager.machines[0]
                async with asyncio.timeout(PATIENCE_SECONDS):  # its service manager may have to start it again
                    while not (machine.is_running and is_joined(cluster, machine.pid)):  # noqa: ASYNC110 - a lock tells nobody
                        await asyncio.sleep(0.05)
                await survivor.wait_until_silent(3)
                assert disagreements == []
                assert await survivor.audit() == ([], unconfirmed)
                assert unconfirmed <= 2 * RATE
