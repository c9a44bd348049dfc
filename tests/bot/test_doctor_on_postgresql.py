"""`digestbot doctor` where the database is on a PostgreSQL server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.doctor.command import find_all
from bot.doctor.databases import check_database, read_bots
from bot.doctor.findings import Level
from bot.doctor.machine import check_ports
from bot.health import ProcessHealth
from bot.settings import ProcessRole, Settings, load_settings
from bot.status_socket import serve_status
from storage.postgresql.address import PostgresqlAddress
from tests.postgresql import TEMPLATE, Cluster
from tests.storage.postgresql.test_server_check import setting


@pytest.fixture
def address(cluster: Cluster) -> Iterator[PostgresqlAddress]:
    cluster.execute(f"CREATE DATABASE doctor TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
    yield cluster.address("doctor")
    cluster.execute("DROP DATABASE doctor WITH (FORCE)")


@pytest.fixture
def settings(address: PostgresqlAddress, tmp_path: Path) -> Settings:
    return load_settings(
        _env_file=None, bot_token="1:loopback-token", database=address.url, state_folder=str(tmp_path / "state")
    )


async def levels(settings: Settings) -> dict[str, Level]:
    return {finding.subject: finding.level async for finding in check_database(settings)}


async def test_good_server(settings: Settings, tmp_path: Path) -> None:
    found = [finding async for finding in check_database(settings)]
    assert [(finding.subject, finding.level) for finding in found] == [
        ("database", Level.GOOD),
        ("durability", Level.GOOD),
    ]
    assert "/doctor, answers in" in found[0].text
    assert [(bot.stored.is_first, bot.is_behind) for bot in await read_bots(settings)] == [(True, False)]


async def test_server_that_may_forget(settings: Settings, cluster: Cluster) -> None:
    with setting(cluster, "fsync", "off"):
        assert await levels(settings) == {"database": Level.BAD}


async def test_synchronous_standbys_that_are_gone(settings: Settings, cluster: Cluster) -> None:
    with setting(cluster, "synchronous_standby_names", "nobody"):
        assert (await levels(settings))["standbys"] is Level.BAD


async def test_other_schema_is_left_alone(settings: Settings, cluster: Cluster) -> None:
    cluster.execute("UPDATE alembic_version SET version_num = '0000'", database="doctor")
    found = [finding async for finding in check_database(settings)]
    assert [finding.level for finding in found] == [Level.GOOD, Level.GOOD, Level.ADVICE]
    assert await read_bots(settings) == []


async def test_newer_schema_that_serves_this_program_is_good(settings: Settings, cluster: Cluster) -> None:
    """As an older program meets it during a rolling upgrade."""
    cluster.execute("UPDATE alembic_version SET version_num = '9999'", database="doctor")
    assert set((await levels(settings)).values()) == {Level.GOOD}
    assert len(await read_bots(settings)) == 1


async def test_newer_schema_for_newer_programs_is_left_alone(settings: Settings, cluster: Cluster) -> None:
    cluster.execute("UPDATE alembic_version SET version_num = '9999'", database="doctor")
    cluster.execute("UPDATE supported_programs SET oldest = '9999'", database="doctor")
    found = [finding async for finding in check_database(settings)]
    assert [finding.level for finding in found] == [Level.GOOD, Level.GOOD, Level.ADVICE]
    assert await read_bots(settings) == []


async def test_server_that_is_away(settings: Settings) -> None:
    assert isinstance(settings.database, PostgresqlAddress)
    gone = settings.database.url.partition("?")[0] + "?host=127.0.0.1&port=9"
    away = load_settings(_env_file=None, bot_token="1:loopback-token", database=gone, state_folder="state")
    assert await levels(away) == {"database": Level.BAD}


async def test_ports_of_the_running_process_are_not_taken(tmp_path: Path) -> None:
    """No lock of a file tells that the bot runs, but its status socket does."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address, port = "postgresql://digestbot@db.example/news", str(taken.getsockname()[1])
        folder = str(tmp_path / "state")
        own = load_settings(
            _env_file=None, bot_token="1:loopback-token", database=address, state_folder=folder, metrics_port=port
        )
        assert [finding.level async for finding in check_ports(own)] == [Level.BAD]
        async with serve_status(own, ProcessHealth("all")):
            assert [finding.level async for finding in check_ports(own)] == [Level.GOOD]


async def test_process_that_only_receives_needs_neither_token_nor_digests(settings: Settings) -> None:
    received = {"role": ProcessRole.WEB, "webhook_url": "https://bot.example/updates"}
    found = [finding async for finding in find_all(settings.model_copy(update=received))]
    assert {"database", "durability", "ports"} <= {finding.subject for finding in found}
    assert {"folder", "token", "network"} & {finding.subject for finding in found} == set()
