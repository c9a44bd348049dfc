"""The last changes of each subscriber's settings, to be undone: the setting and its former value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update

from domain.subscription.subscriber import Setting
from storage.database import Tx
from storage.schema import setting_changes

KEPT_PER_SUBSCRIBER = 8
"""Changes of one subscriber that can still be undone."""

FormerValue = dict[str, Any]
"""The former value, by the names of its parts; JSON can carry it."""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that was changed, and what it was before."""

    setting: Setting
    former: FormerValue


async def add(tx: Tx, subscriber_id: int, change: SettingChange, *, user_id: int) -> int:
    """Store a change and return its id; the oldest ones of the subscriber are forgotten."""
    row = {
        "bot_id": tx.bot_id,
        "subscriber_id": subscriber_id,
        "user_id": user_id,
        "setting": change.setting.value,
        "former": msgspec.json.encode(change.former).decode(),
    }
    inserted = await tx.execute(insert(setting_changes).values(row).returning(setting_changes.c.id))
    change_id: int = inserted.scalar_one()
    of_subscriber = setting_changes.c.subscriber_id == subscriber_id
    newest_first = select(setting_changes.c.id).where(of_subscriber).order_by(setting_changes.c.id.desc())
    oldest_kept = (await tx.scalars(newest_first.limit(KEPT_PER_SUBSCRIBER))).all()[-1]
    await tx.execute(delete(setting_changes).where(of_subscriber, setting_changes.c.id < oldest_kept))
    return change_id


async def newest(tx: Tx, *, subscriber_id: int, user_id: int) -> tuple[int, SettingChange] | None:
    """Return the last change of this subscriber by this person that can be undone, with its id; None without one."""
    theirs = setting_changes.c.subscriber_id == subscriber_id, setting_changes.c.user_id == user_id
    undoable = select(setting_changes).where(*theirs, setting_changes.c.former != "")
    row = (await tx.execute(undoable.order_by(setting_changes.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else (row.id, _read(row))


async def take(tx: Tx, change_id: int, *, subscriber_id: int, user_ids: Collection[int]) -> SettingChange | None:
    """Return a change of this subscriber by one of these users, once; None if there is none.

    The row stays without its value: SQLite gives the highest id again after a deletion.
    """
    theirs = (
        setting_changes.c.id == change_id,
        setting_changes.c.subscriber_id == subscriber_id,
        setting_changes.c.user_id.in_(user_ids),
    )
    row = (await tx.execute(select(setting_changes).where(*theirs))).one_or_none()
    if row is None or not row.former:
        return None
    await tx.execute(update(setting_changes).where(*theirs).values(former=""))
    return _read(row)


def _read(row: Any) -> SettingChange:
    return SettingChange(Setting(row.setting), msgspec.json.decode(row.former))
