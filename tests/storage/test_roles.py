"""Stored roles: per bot, ordered, and never without an owner, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio

from domain.chat.roles import Role
from storage import roles
from storage.database import Database

NOBODY: frozenset[int] = frozenset()


async def _change(database: Database, user_id: int, role: Role | None) -> bool:
    async with database.write() as tx:
        return await roles.change(tx, user_id, role, owners=NOBODY)


async def test_roles_are_listed_by_rank_and_replaced(database: Database) -> None:
    for user_id, role in ((5, Role.EDITOR), (4, Role.EDITOR), (9, Role.OWNER), (5, Role.ADMIN)):
        assert await _change(database, user_id, role)
    async with database.read() as tx:
        assert list((await roles.get_all(tx, owners={7})).items()) == [
            (7, Role.OWNER),
            (9, Role.OWNER),
            (5, Role.ADMIN),
            (4, Role.EDITOR),
        ]
        assert await roles.holders(tx, Role.ADMIN, owners={7}) == [7, 9, 5]
        assert await roles.get(tx, 7, owners=NOBODY) is None
        assert await roles.get(tx, 9, owners=NOBODY) is Role.OWNER


async def test_two_owners_cannot_end_each_other_s_role_at_once(database: Database) -> None:
    assert await _change(database, 1, Role.OWNER)
    assert await _change(database, 2, Role.OWNER)
    changed = await asyncio.gather(_change(database, 1, None), _change(database, 2, Role.EDITOR))
    assert sorted(changed) == [False, True]
    async with database.read() as tx:
        assert len(await roles.holders(tx, Role.OWNER, owners=NOBODY)) == 1
