"""The stored audit log: newest first, per bot, for a year, and without whoever was erased."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain.audit import ERASED, AuditAction, AuditEntry
from storage import audit, personal_data
from storage.database import Database

NOW = datetime(2025, 9, 12, tzinfo=UTC)
ANN, BEN = 7, 8


async def test_erased_people_are_replaced(database: Database) -> None:
    entry = AuditEntry(at=NOW, action=AuditAction.ROLE_CHANGED, actor=ANN, person=BEN, detail="none admin")
    async with database.write() as tx:
        await audit.record(tx, entry)
        assert [row["actor"] for row in (await personal_data.export(tx, BEN))["audit_log"]] == [ANN]
        await personal_data.erase(tx, ANN)
        (left,) = await audit.newest(tx)
        assert (left.actor, left.person) == (ERASED, BEN)
        await personal_data.erase(tx, BEN)
        (left,) = await audit.newest(tx)
        assert (left.actor, left.person) == (ERASED, ERASED)


async def test_entries_are_read_back_newest_first_and_deleted_after_a_year(database: Database) -> None:
    entries = [
        AuditEntry(at=NOW + timedelta(days=day), action=AuditAction.PUBLISHED, edition=date(2025, 9, 12 + day))
        for day in range(3)
    ]
    async with database.write() as tx:
        for entry in entries:
            await audit.record(tx, entry)
        assert await audit.newest(tx) == entries[::-1]
        assert await audit.newest(tx, start=1, count=1) == [entries[1]]
        await audit.delete_before(tx, before=NOW + timedelta(days=1))
        assert await audit.total(tx) == 2
    async with database.for_bot(2).read() as tx:
        assert await audit.newest(tx) == []
