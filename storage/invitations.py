"""Invitations: links that let people subscribe to a bot that is not open to anyone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from domain.subscription.admission import INVITATION_KEPT, Invitation
from storage.database import Tx
from storage.schema import invitations


async def add(tx: Tx, secret: str, *, max_uses: int | None, ends_at: datetime | None, now: datetime) -> Invitation:
    """Store an invitation, and forget those that ended long ago."""
    before = now - INVITATION_KEPT
    is_old = or_(invitations.c.revoked_at < before, invitations.c.ends_at < before)
    await tx.execute(delete(invitations).where(invitations.c.bot_id == tx.bot_id, is_old))
    row = {"bot_id": tx.bot_id, "secret": secret, "max_uses": max_uses, "ends_at": ends_at, "made_at": now}
    stored = await tx.execute(invitations.insert().values(row).returning(invitations))
    return _invitation(stored.one())


async def open_ones(tx: Tx, *, now: datetime, limit: int) -> list[Invitation]:
    """Return the invitations that let people in, the newest first."""
    rows = select(invitations).where(*_is_open(tx, now)).order_by(invitations.c.id.desc()).limit(limit)
    return [_invitation(row) for row in await tx.execute(rows)]


async def count_open(tx: Tx, *, now: datetime) -> int:
    """Return how many invitations let people in."""
    counted = select(func.count()).select_from(invitations).where(*_is_open(tx, now))
    return int((await tx.execute(counted)).scalar_one())


async def get(tx: Tx, invitation_id: int) -> Invitation | None:
    """Return an invitation by its number."""
    return await _find(tx, invitations.c.id == invitation_id)


async def find(tx: Tx, secret: str) -> Invitation | None:
    """Return the invitation of a link."""
    return await _find(tx, invitations.c.secret == secret)


async def use(tx: Tx, invitation_id: int, *, now: datetime) -> bool:
    """Count a person admitted by an invitation; return False if it is used up, over or revoked."""
    is_this = invitations.c.id == invitation_id
    used = update(invitations).where(is_this, *_is_open(tx, now)).values(uses=invitations.c.uses + 1)
    return (await tx.execute(used)).rowcount == 1


async def revoke(tx: Tx, invitation_id: int, *, now: datetime) -> bool:
    """End an invitation; return False if it was revoked before, or there is none."""
    is_this = invitations.c.bot_id == tx.bot_id, invitations.c.id == invitation_id, invitations.c.revoked_at.is_(None)
    return (await tx.execute(update(invitations).where(*is_this).values(revoked_at=now))).rowcount == 1


def _is_open(tx: Tx, now: datetime) -> tuple[Any, ...]:
    return (
        invitations.c.bot_id == tx.bot_id,
        invitations.c.revoked_at.is_(None),
        or_(invitations.c.ends_at.is_(None), invitations.c.ends_at > now),
        or_(invitations.c.max_uses.is_(None), invitations.c.uses < invitations.c.max_uses),
    )


async def _find(tx: Tx, condition: Any) -> Invitation | None:
    row = (await tx.execute(select(invitations).where(invitations.c.bot_id == tx.bot_id, condition))).first()
    return None if row is None else _invitation(row)


def _invitation(row: Any) -> Invitation:
    return Invitation(
        id=row.id,
        secret=row.secret,
        uses=row.uses,
        made_at=row.made_at,
        max_uses=row.max_uses,
        ends_at=row.ends_at,
        revoked_at=row.revoked_at,
    )
