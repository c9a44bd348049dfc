"""Databases on a server that cannot be opened: one plain line each, and whether the start waits."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from storage.errors import DatabaseUnavailable, DatabaseUnusable
from storage.postgresql.address import PostgresqlAddress, parse_address
from storage.postgresql.database import PostgresqlDatabase
from storage.postgresql.errors import DatabaseRefused, ServerUnavailable
from tests.hostile_server import HostileServer
from tests.postgresql import USER, Cluster, running_cluster

PASSWORD = "s3cret"


async def _error(address: PostgresqlAddress) -> DatabaseUnusable:
    with pytest.raises(DatabaseUnusable) as raised:
        await PostgresqlDatabase.open(address)
    assert PASSWORD not in str(raised.value)
    assert raised.value.__cause__ is None
    assert str(raised.value).startswith(f"the database {address} cannot be ")
    return raised.value


async def test_unreachable_server_is_waited_for(tmp_path: Path, unused_tcp_port: int) -> None:
    for hosts in (f"127.0.0.1:{unused_tcp_port}", f"127.0.0.1:{unused_tcp_port},127.0.0.1:{unused_tcp_port}"):
        error = await _error(parse_address(f"postgresql://bot:{PASSWORD}@{hosts}/news"))
        assert isinstance(error, ServerUnavailable)
        assert re.search(r"cannot be reached \(.*\): start the server, or correct the host and port", str(error))
    absent = await _error(parse_address(f"postgresql:///news?host={tmp_path}"))
    assert isinstance(absent, DatabaseUnavailable)


async def test_silent_server_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.postgresql.database.CONNECT_TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:  # the kernel takes the connection, and nobody answers
        error = await _error(parse_address(f"postgresql://bot:{PASSWORD}@127.0.0.1:{server.getsockname()[1]}/news"))
    assert isinstance(error, ServerUnavailable)


async def test_other_server_at_the_port_is_named() -> None:
    async with HostileServer().running() as server:
        error = await _error(parse_address(f"postgresql://bot:{PASSWORD}@127.0.0.1:{server.port}/news"))
    assert "correct the host and port in DATABASE" in str(error)


async def test_missing_database_is_refused(cluster: Cluster) -> None:
    error = await _error(cluster.address("nobody_made_it"))
    assert isinstance(error, DatabaseRefused)
    assert "the server has no database of this name): create it: createdb" in str(error)


async def test_unknown_user_is_refused(cluster: Cluster) -> None:
    error = await _error(cluster.address("postgres", user="stranger"))
    assert isinstance(error, DatabaseRefused)
    assert "the server refuses the user name or password" in str(error)


async def test_user_without_rights_is_refused(cluster: Cluster) -> None:
    cluster.execute("CREATE ROLE guest LOGIN", "CREATE DATABASE foreign_one")
    try:
        error = await _error(cluster.address("foreign_one", user="guest"))
    finally:
        cluster.execute("DROP DATABASE foreign_one", "DROP ROLE guest")
    assert isinstance(error, DatabaseRefused)
    assert "permission denied" in str(error)
    assert "make the user its owner" in str(error)


async def test_full_server_is_waited_for(cluster: Cluster) -> None:
    cluster.execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0", "CREATE DATABASE crowd OWNER crowded")
    try:
        error = await _error(cluster.address("crowd", user="crowded"))
    finally:
        cluster.execute("DROP DATABASE crowd", "DROP ROLE crowded")
    assert isinstance(error, ServerUnavailable)
    assert "the server has too many connections" in str(error)


async def test_unknown_option_is_refused(cluster: Cluster) -> None:
    address = cluster.address("postgres")
    error = await _error(replace(address, url=f"{address.url}&colour=blue"))
    assert isinstance(error, DatabaseRefused)
    assert "correct the options in DATABASE" in str(error)


async def test_wrong_password_is_refused() -> None:
    with running_cluster(authentication="scram-sha-256", password="right") as cluster:
        url = f"postgresql://{USER}:{{}}@/postgres?host={cluster.folder}"
        error = await _error(parse_address(url.format(PASSWORD)))
        assert isinstance(error, DatabaseRefused)
        await (await PostgresqlDatabase.open(parse_address(url.format("right")))).close()
    assert "the server refuses the user name or password): correct them in DATABASE" in str(error)
