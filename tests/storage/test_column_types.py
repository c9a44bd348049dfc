"""Instants are stored in UTC and read as the same moment, whatever zone the machine is in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import make_url

from storage.column_types import UTCDateTime

SHANGHAI = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
STORED = datetime(2026, 11, 23, 0, 0)  # noqa: DTZ001 - what SQLite keeps
SQLITE, POSTGRESQL = (make_url(f"{name}://").get_dialect()() for name in ("sqlite", "postgresql"))
MOMENT = STORED.replace(tzinfo=UTC)


@pytest.fixture(params=["UTC", "America/New_York"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the process into a zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_zone")
def test_instant_is_stored_and_read_in_utc() -> None:
    column = UTCDateTime()
    assert column.process_bind_param(SHANGHAI, SQLITE) == STORED
    bound = column.process_bind_param(SHANGHAI, POSTGRESQL)
    for read in (
        bound,
        column.process_result_value(STORED, SQLITE),
        column.process_result_value(SHANGHAI, POSTGRESQL),
    ):
        assert read == MOMENT
        assert read.tzinfo is UTC


def test_no_instant_stays_none() -> None:
    assert UTCDateTime().process_bind_param(None, SQLITE) is None
    assert UTCDateTime().process_result_value(None, SQLITE) is None
