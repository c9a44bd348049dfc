"""The high-water mark: a number in a file of its own, written beside the ledger and never by a restored database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog.testing

from delivery import high_water_mark
from delivery.high_water_mark import HighWaterMark, HighWaterWriter, follow_claims
from delivery.ledger import Ledger
from storage import bots
from tests.databases import open_database
from tests.delivery.harness import Clock
from tests.waiting import PATIENCE


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    """Yield a ledger that counts two claims of this process."""
    database = await open_database(tmp_path / "bot.db")
    ledger = Ledger(database, Clock())
    ledger.claimed = 2
    yield ledger
    await database.close()


def test_mark_lies_beside_its_database_and_keeps_a_fixed_width(tmp_path: Path) -> None:
    mark = HighWaterMark.beside(tmp_path / "bot.db")
    path = tmp_path / "bot.db.mark"
    assert (mark.exists(), mark.read()) == (False, 0)
    for number in (0, 7, 1234567, 1234568):
        mark.write(number)
        assert path.read_bytes() == b"%20d" % number
        assert (mark.exists(), HighWaterMark(path).read()) == (True, number)
    assert path.stat().st_mode & 0o777 & ~0o644 == 0
    assert path.stat().st_mode & 0o600 == 0o600


def test_each_bot_has_a_number_of_its_own(tmp_path: Path) -> None:
    marks = [HighWaterMark.beside(tmp_path / "bot.db", bot_id) for bot_id in (1, 2, 4)]
    marks[1].write(7)
    assert [mark.read() for mark in marks] == [0, 7, 0]
    for mark, number in zip(marks, (3, 8, 12345678901234567890), strict=True):
        mark.write(number)
    assert [mark.read() for mark in marks] == [3, 8, 12345678901234567890]
    assert HighWaterMark.beside(tmp_path / "bot.db", 3).read() == 0


def test_mark_that_is_torn_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "mark").write_text("garbage")
    assert HighWaterMark(tmp_path / "mark").read() == 0


def test_mark_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Taking it for 0 would let a restored database send."""
    (tmp_path / "mark").mkdir()
    with pytest.raises(OSError, match="mark"):
        HighWaterMark(tmp_path / "mark").read()


def test_same_number_is_written_once(tmp_path: Path) -> None:
    mark = HighWaterMark(tmp_path / "mark")
    mark.write(5)
    (tmp_path / "mark").unlink()
    mark.write(5)
    assert not mark.exists()
    mark.write(6)
    assert mark.read() == 6


async def test_claims_before_and_of_this_process_are_added(ledger: Ledger, tmp_path: Path) -> None:
    mark = HighWaterMark(tmp_path / "mark")
    writer = HighWaterWriter(mark, ledger)
    assert writer.mark is mark
    writer.write()
    assert not mark.exists()  # before the start a restored database may be open
    writer.start(40)
    writer.write()
    assert mark.read() == 42
    ledger.claimed += 1
    writer.write()
    assert mark.read() == 43
    writer = HighWaterWriter(HighWaterMark(tmp_path / "fresh"), Ledger(ledger._database, Clock()))
    writer.start(0)
    writer.write()
    assert (tmp_path / "fresh").read_bytes() == b"%20d" % 0


async def test_writer_without_a_mark_writes_nothing(ledger: Ledger) -> None:
    writer = HighWaterWriter(None, ledger)
    writer.start(40)
    writer.write()
    assert writer.mark is None


async def test_mark_is_written_again_and_again_despite_a_failure(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(high_water_mark, "WRITE_INTERVAL_SECONDS", 0.02)
    folder = tmp_path / "gone"
    mark = HighWaterMark(folder / "mark")
    writer = HighWaterWriter(mark, ledger)
    writer.start(40)
    with structlog.testing.capture_logs() as logs:
        writing = asyncio.create_task(writer.run())
        async with asyncio.timeout(PATIENCE):
            while len(logs) < 2:  # noqa: ASYNC110 - a file notifies nobody
                await asyncio.sleep(0.01)
            folder.mkdir()
            while mark.read() != 42:  # noqa: ASYNC110 - a file notifies nobody
                await asyncio.sleep(0.01)
            ledger.claimed += 1
            while mark.read() != 43:  # noqa: ASYNC110 - a file notifies nobody
                await asyncio.sleep(0.01)
        assert not writing.done()
        writing.cancel()
        await asyncio.wait([writing])
    assert {entry["event"] for entry in logs} == {"high_water_mark_write_failed"}


async def test_former_owner_that_wakes_does_not_lower_the_mark(ledger: Ledger, tmp_path: Path) -> None:
    writer = HighWaterWriter(HighWaterMark(tmp_path / "mark"), ledger)
    writer.start(40)
    writer.write()
    ledger.claimed += 1
    HighWaterMark(tmp_path / "mark").write(1000)  # the next owner's, on the same machine
    writer.write()
    assert HighWaterMark(tmp_path / "mark").read() == 1000


async def test_standby_notes_what_another_machine_claims(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes over after a restore must know what was sent, and it was another machine that sent it."""
    monkeypatch.setattr(high_water_mark, "WRITE_INTERVAL_SECONDS", 0.02)
    database, mark = ledger._database, HighWaterMark(tmp_path / "mark")
    mark.raise_to(7)
    mark.raise_to(3)  # a database that is behind does not lower it
    assert mark.read() == 7
    following = asyncio.create_task(follow_claims(database, mark))
    async with database.write() as tx:
        await bots.raise_claim_count(tx, 500)
    async with asyncio.timeout(PATIENCE):
        while mark.read() != 500:  # noqa: ASYNC110 - a file notifies nobody
            await asyncio.sleep(0.01)
    assert not following.done()
    following.cancel()
    await asyncio.wait([following])
