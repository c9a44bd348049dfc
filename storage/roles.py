"""Roles of bot admins: given and taken by owners in the chat.

Whoever stands in the operator's settings is an owner without a row, so that the operator is never locked out.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from sqlalchemy import delete, select

from domain.chat.roles import Role
from storage.database import Tx
from storage.schema import roles
from storage.upsert import insert


async def get(tx: Tx, user_id: int, *, owners: AbstractSet[int]) -> Role | None:
    """Return the role that somebody has now; `owners` are those of the operator's settings."""
    if user_id in owners:
        return Role.OWNER
    row = roles.c.bot_id == tx.bot_id, roles.c.user_id == user_id
    stored: str | None = await tx.scalar(select(roles.c.role).where(*row))
    return None if stored is None else Role(stored)


async def get_all(tx: Tx, *, owners: AbstractSet[int]) -> dict[int, Role]:
    """Return everybody with a role, owners first, then by their ids."""
    rows = await tx.execute(select(roles.c.user_id, roles.c.role).where(roles.c.bot_id == tx.bot_id))
    everybody = {row.user_id: Role(row.role) for row in rows} | dict.fromkeys(owners, Role.OWNER)
    order = list(reversed(Role))
    return dict(sorted(everybody.items(), key=lambda entry: (order.index(entry[1]), entry[0])))


async def holders(tx: Tx, least: Role, *, owners: AbstractSet[int]) -> list[int]:
    """Return those whose role includes `least`."""
    everybody = await get_all(tx, owners=owners)
    return [user_id for user_id, role in everybody.items() if role.includes(least)]


async def change(tx: Tx, user_id: int, role: Role | None, *, owners: AbstractSet[int]) -> bool:
    """Give somebody a role, or take theirs; return False if no owner would remain, or the settings make them one."""
    if user_id in owners or not await _remains_owner(tx, user_id, role, owners):
        return False
    if role is None:
        await tx.execute(delete(roles).where(roles.c.bot_id == tx.bot_id, roles.c.user_id == user_id))
        return True
    row = {"bot_id": tx.bot_id, "user_id": user_id, "role": role}
    changed = insert(tx, roles).values(row)
    await tx.execute(
        changed.on_conflict_do_update(index_elements=[roles.c.bot_id, roles.c.user_id], set_={"role": role})
    )
    return True


async def _remains_owner(tx: Tx, user_id: int, role: Role | None, owners: AbstractSet[int]) -> bool:
    """Return whether there is an owner after a change; locks the owners' rows, so that two cannot end each other's."""
    if role is Role.OWNER or owners:
        return True
    of_bot = roles.c.bot_id == tx.bot_id, roles.c.role == Role.OWNER
    stored = set(await tx.scalars(select(roles.c.user_id).where(*of_bot).order_by(roles.c.user_id).with_for_update()))
    return user_id not in stored or bool(stored - {user_id})
