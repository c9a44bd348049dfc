"""Databases on the tests' own server, whatever the rest of the tests run on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from tests.databases import LEASE_SECONDS
from tests.postgresql import Cluster


@pytest.fixture
def address(cluster: Cluster) -> Iterator[PostgresqlAddress]:
    """Yield the address of a migrated database."""
    cluster.execute("CREATE DATABASE own TEMPLATE migrated STRATEGY WAL_LOG")
    yield cluster.address("own")
    cluster.execute("DROP DATABASE own WITH (FORCE)")


@pytest.fixture
async def database(address: PostgresqlAddress) -> AsyncIterator[PostgresqlDatabase]:
    database = await PostgresqlDatabase.open(address, lease_seconds=LEASE_SECONDS)
    assert await database.take("test")
    yield database
    await database.close()
