"""The audit log: who did what with the bot, written in the transaction of the act."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from domain.audit import AuditAction, AuditEntry
from domain.edition_day import parse_edition_day
from storage.database import Tx
from storage.schema import audit_log

KEPT = timedelta(days=366)
"""How long an entry is kept."""


async def record(tx: Tx, entry: AuditEntry) -> int:
    """Add an entry; return its id."""
    row: dict[str, Any] = {
        "bot_id": tx.bot_id,
        "at": entry.at,
        "action": entry.action,
        "actor": entry.actor,
        "person": entry.person,
        "run_id": entry.run_id,
        "edition": None if entry.edition is None else str(entry.edition),
        "detail": entry.detail,
    }
    entry_id: int = (await tx.execute(audit_log.insert().values(row).returning(audit_log.c.id))).scalar_one()
    return entry_id


async def set_detail(tx: Tx, entry_id: int, detail: str) -> None:
    """Replace the detail of an entry whose action goes on in further transactions."""
    await tx.execute(update(audit_log).where(audit_log.c.id == entry_id).values(detail=detail))


async def newest(
    tx: Tx, *, start: int = 0, count: int | None = None, since: datetime | None = None
) -> list[AuditEntry]:
    """Return entries, the newest first, of all times or from an instant on."""
    rows = select(audit_log).where(audit_log.c.bot_id == tx.bot_id).order_by(audit_log.c.id.desc())
    if since is not None:
        rows = rows.where(audit_log.c.at >= since)
    return [_entry(row) for row in await tx.execute(rows.offset(start).limit(count))]


async def newest_about(tx: Tx, person: int, *actions: AuditAction) -> AuditEntry | None:
    """Return the newest entry of one of some acts about somebody."""
    about = audit_log.c.bot_id == tx.bot_id, audit_log.c.person == person, audit_log.c.action.in_(actions)
    row = (await tx.execute(select(audit_log).where(*about).order_by(audit_log.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else _entry(row)


async def newest_actor(tx: Tx, run_id: int, action: AuditAction) -> int | None:
    """Return who did something with a run last."""
    acts = audit_log.c.bot_id == tx.bot_id, audit_log.c.run_id == run_id, audit_log.c.action == action
    rows = select(audit_log.c.actor).where(*acts).order_by(audit_log.c.id.desc()).limit(1)
    actor: int | None = await tx.scalar(rows)
    return actor


async def total(tx: Tx) -> int:
    """Return how many entries there are."""
    counted = select(func.count()).select_from(audit_log).where(audit_log.c.bot_id == tx.bot_id)
    return int((await tx.execute(counted)).scalar_one())


async def delete_before(tx: Tx, *, before: datetime) -> None:
    """Delete the entries that are older."""
    await tx.execute(delete(audit_log).where(audit_log.c.bot_id == tx.bot_id, audit_log.c.at < before))


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        at=row.at,
        action=AuditAction(row.action),
        actor=row.actor,
        person=row.person,
        run_id=row.run_id,
        edition=None if row.edition is None else parse_edition_day(row.edition),
        detail=row.detail,
    )
