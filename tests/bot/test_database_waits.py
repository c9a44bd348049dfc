"""How long the start waits between two attempts at its database; in virtual time."""

from __future__ import annotations

from typing import cast

import structlog.testing

from bot.health import ProcessHealth
from bot.open_database import OpenDatabase
from bot.serve import wait_for_database
from storage.database import Database
from storage.postgresql.address import parse_address
from storage.postgresql.errors import ServerUnavailable
from tests.virtual_time import in_virtual_time, now

OUTAGE_SECONDS = 301.3
ADDRESS = parse_address("postgresql://digestbot@db.example/digestbot")


@in_virtual_time
async def test_server_that_comes_back_is_used_within_a_second() -> None:
    """However long it was away; and its absence is logged once, not every half second."""
    health = ProcessHealth("all")

    async def open_it() -> OpenDatabase:
        if now() < OUTAGE_SECONDS:
            raise ServerUnavailable(ADDRESS, "no route to host", "start the server")
        return opened

    opened = OpenDatabase(cast("Database", None))  # it is only passed on
    with structlog.testing.capture_logs() as logs:
        assert await wait_for_database(open_it, health) is opened
    assert 0 <= now() - OUTAGE_SECONDS < 1
    assert [entry["event"] for entry in logs] == ["database_unreachable"]
    assert "no route to host" in (health.startup or "")
