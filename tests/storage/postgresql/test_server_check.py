"""Servers that may forget what was committed are refused, and nothing on them is changed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest

from bot.open_database import open_database
from storage.postgresql import server_check
from storage.postgresql.address import PostgresqlAddress, parse_address
from storage.postgresql.database import PostgresqlDatabase, connect
from storage.postgresql.errors import DatabaseRefused, ServerUnavailable
from storage.postgresql.server_check import ServerSettings, check_server, find_problems
from tests.postgresql import USER, Cluster, running_cluster, running_standby

POOLER = "/usr/sbin/pgbouncer"


@contextmanager
def setting(cluster: Cluster, name: str, value: str) -> Iterator[None]:
    """Set something for the whole server inside the block."""
    former = show(cluster, name)
    cluster.execute(f"ALTER SYSTEM SET {name} = '{value}'", "SELECT pg_reload_conf()")
    wait_for(lambda: show(cluster, name) == value)
    try:
        yield
    finally:
        cluster.execute(f"ALTER SYSTEM RESET {name}", "SELECT pg_reload_conf()")
        wait_for(lambda: show(cluster, name) == former)


def show(cluster: Cluster, name: str) -> str:
    return str(cluster.value(f"SHOW {name}"))


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a server that was told something has done it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("the server did not do it")


async def test_accept_safe_server(address: PostgresqlAddress) -> None:
    await check_server(address)


@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
async def test_refuse_server_that_does_not_flush(name: str, cluster: Cluster, address: PostgresqlAddress) -> None:
    with (
        setting(cluster, name, "off"),
        pytest.raises(DatabaseRefused, match=rf"{name} is off.*ALTER SYSTEM SET {name}"),
    ):
        await check_server(address)
    await check_server(address)


@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
async def test_refuse_commits_that_do_not_wait(value: str, cluster: Cluster, address: PostgresqlAddress) -> None:
    cluster.execute(f"ALTER DATABASE own SET synchronous_commit = {value}")
    with pytest.raises(DatabaseRefused, match=f"synchronous_commit is {value}"):
        await check_server(address)


async def test_name_all_wrong_settings_at_once(cluster: Cluster, address: PostgresqlAddress) -> None:
    cluster.execute("ALTER DATABASE own SET synchronous_commit = off")
    with setting(cluster, "full_page_writes", "off"), pytest.raises(DatabaseRefused) as refused:
        await check_server(address)
    text = str(refused.value)
    assert "full_page_writes is off" in text
    assert "synchronous_commit is off" in text
    assert "\n" not in text


async def test_start_refuses_unsafe_server(cluster: Cluster, address: PostgresqlAddress) -> None:
    async with open_database(address):
        pass
    with pytest.raises(DatabaseRefused, match="standbys are asynchronous"):
        async with open_database(address, has_standbys=True):
            pass
    cluster.execute("ALTER DATABASE own SET synchronous_commit = off")
    with pytest.raises(DatabaseRefused, match="synchronous_commit is off"):
        async with open_database(address):
            pass


async def test_refuse_asynchronous_standbys(address: PostgresqlAddress) -> None:
    with pytest.raises(DatabaseRefused, match=r"standbys are asynchronous.*synchronous_standby_names"):
        await check_server(address, has_standbys=True)


async def test_accept_synchronous_standbys(cluster: Cluster, address: PostgresqlAddress) -> None:
    with setting(cluster, "synchronous_standby_names", "ANY 1 (b, c)"):
        await check_server(address, has_standbys=True)


def several(*clusters: Cluster, options: str = "&target_session_attrs=primary") -> PostgresqlAddress:
    """Return the address of a database on several servers."""
    hosts = ",".join(quote(str(cluster.folder), safe="") for cluster in clusters)
    return parse_address(f"postgresql://{USER}:secret@/migrated?host={hosts}{options}")


async def test_refuse_several_servers_without_choice(cluster: Cluster) -> None:
    with pytest.raises(DatabaseRefused, match="target_session_attrs=primary"):
        await check_server(several(cluster, Cluster(Path("/nowhere")), options=""))


async def test_refuse_several_servers_asynchronous(cluster: Cluster) -> None:
    with pytest.raises(DatabaseRefused, match="standbys are asynchronous"):
        await check_server(several(cluster, Cluster(Path("/nowhere"))))


async def test_refuse_two_primaries(cluster: Cluster) -> None:
    with running_cluster() as other, pytest.raises(DatabaseRefused, match="several servers take writes") as refused:
        await check_server(several(cluster, other))
    assert str(other.folder) in str(refused.value)
    assert "secret" not in str(refused.value)


async def test_server_that_hangs_keeps_from_no_other(cluster: Cluster) -> None:
    """A machine that is gone answers nothing, not even that."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    servers = several(Cluster(folder), cluster)
    with socket.socket(socket.AF_UNIX) as hung, setting(cluster, "synchronous_standby_names", "*"):
        hung.bind(str(folder / ".s.PGSQL.5432"))
        hung.listen()
        await check_server(servers)
        connections = [await connect(servers) for _ in range(2)]
        assert [await connection.fetchval("SELECT 1") for connection in connections] == [1, 1]
        for connection in connections:
            await connection.close()
    shutil.rmtree(folder)


async def test_wait_for_standby_to_be_promoted(cluster: Cluster) -> None:
    with running_standby(cluster) as server:
        standby = Cluster(server.folder)
        with pytest.raises(ServerUnavailable, match=r"is a standby.*name the primary"):
            await check_server(standby.address("migrated"))
        with setting(cluster, "synchronous_standby_names", "*"):
            await check_server(several(standby, cluster))
        standby.execute("SELECT pg_promote()")
        await check_server(standby.address("migrated"))
        with pytest.raises(DatabaseRefused, match="several servers take writes"):
            await check_server(several(standby, cluster))


@contextmanager
def pooler(cluster: Cluster, mode: str, *, size: int) -> Iterator[Cluster]:
    """Run a pooler before a server."""
    if not Path(POOLER).exists():
        pytest.skip("pgbouncer is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = None if os.getuid() else "postgres"
    (folder / "users").write_text(f'"{USER}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={cluster.folder}\n[pgbouncer]\nauth_type = trust\nauth_file = {folder}/users\n"
        f"listen_addr =\nunix_socket_dir = {folder}\nlisten_port = 5432\npool_mode = {mode}\n"
        f"default_pool_size = {size}\n"
    )
    if user is not None:
        shutil.chown(folder, user)
    folder.chmod(0o755)
    server = subprocess.Popen([POOLER, "-q", folder / "pgbouncer.ini"], user=user, cwd=folder)
    try:
        wait_for((folder / ".s.PGSQL.5432").exists)
        yield Cluster(folder)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


async def test_answer_that_is_late_is_no_pooler(
    cluster: Cluster, address: PostgresqlAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a bad network one of the probe's three answers is lost for seconds."""
    late = [True, False]
    fetch_value = asyncpg.Connection.fetchval

    async def fetch_value_late(self: asyncpg.Connection, query: str, *values: object, **options: float) -> object:
        if query == server_check._HOLDS_LOCK and late.pop(0):
            raise TimeoutError
        return await fetch_value(self, query, *values, **options)

    monkeypatch.setattr(asyncpg.Connection, "fetchval", fetch_value_late)
    await check_server(address)
    assert late == []


@pytest.mark.parametrize("size", [1, 2, 20])
async def test_refuse_pooler_in_transaction_mode(size: int, cluster: Cluster) -> None:
    refused = pytest.raises(DatabaseRefused, match=r"pooler.*pool_mode = session")
    with pooler(cluster, "transaction", size=size) as pooled, refused:
        await check_server(pooled.address("migrated"))
    assert cluster.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_accept_pooler_in_session_mode(cluster: Cluster) -> None:
    with pooler(cluster, "session", size=20) as pooled:
        await check_server(pooled.address("migrated"))


async def test_lease_holds_through_pooler_in_session_mode(cluster: Cluster, address: PostgresqlAddress) -> None:
    with pooler(cluster, "session", size=20) as pooled:
        silent = await PostgresqlDatabase.open(pooled.address(address.database), lease_seconds=0.5)
        assert await silent.take("silent")
        other = await PostgresqlDatabase.open(address)
        async with asyncio.timeout(60):
            while not await other.take("other"):  # noqa: ASYNC110 - nobody tells when the server ends a session
                await asyncio.sleep(0.05)
        await silent.close()
        await other.close()


async def test_starts_at_once_do_not_disturb_each_other(address: PostgresqlAddress) -> None:
    await asyncio.gather(*(check_server(address) for _ in range(10)))
    connection = await asyncpg.connect(address.url)
    assert await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
    await connection.close()


@pytest.mark.parametrize(("version", "is_refused"), [(130_022, True), (140_000, False), (180_001, False)])
def test_refuse_old_versions(version: int, is_refused: bool) -> None:
    settings = ServerSettings(
        version=version, fsync="on", full_page_writes="on", synchronous_commit="on", synchronous_standby_names=""
    )
    assert [problem.why for problem in find_problems(settings, has_standbys=False)] == (
        ["PostgreSQL 13 is too old"] if is_refused else []
    )


@pytest.mark.parametrize("value", ["on", "remote_apply"])
def test_accept_commits_that_wait(value: str) -> None:
    settings = ServerSettings(
        version=150_000, fsync="on", full_page_writes="on", synchronous_commit=value, synchronous_standby_names="b"
    )
    assert list(find_problems(settings, has_standbys=True)) == []
