"""Admissions: who may subscribe to a bot, whom an admin let in or declined, and who waits for an answer."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from domain.chat.roles import Role
from domain.subscription.admission import (
    MAX_REQUESTS,
    NOTICES_PER_HOUR,
    REQUEST_KEPT,
    AdmissionDecision,
    AdmissionPolicy,
    is_admitted,
)
from storage import kv
from storage.database import Tx
from storage.schema import admissions, bots, roles, subscribers
from storage.upsert import insert

_NOTICES = "admission_notices"


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request that is stored: whether admins are to be told of it now, and how many wait in all."""

    is_told: bool
    waiting: int


async def policy(tx: Tx, *, default: AdmissionPolicy) -> AdmissionPolicy:
    """Return who may subscribe: as an owner chose in the chat, else as the settings say."""
    chosen: str | None = await tx.scalar(select(bots.c.admission_policy).where(bots.c.id == tx.bot_id))
    return default if chosen is None else AdmissionPolicy(chosen)


async def policy_and_role(
    tx: Tx, user_id: int, *, default: AdmissionPolicy, owners: AbstractSet[int]
) -> tuple[AdmissionPolicy, Role | None]:
    """Return who may subscribe, and somebody's role: every event needs both, so one statement reads them."""
    chosen = select(bots.c.admission_policy).where(bots.c.id == tx.bot_id).scalar_subquery()
    stored = select(roles.c.role).where(roles.c.bot_id == tx.bot_id, roles.c.user_id == user_id).scalar_subquery()
    (row,) = await tx.execute(select(chosen.label("policy"), stored.label("role")))
    role = None if row.role is None else Role(row.role)
    return default if row.policy is None else AdmissionPolicy(row.policy), Role.OWNER if user_id in owners else role


async def set_policy(tx: Tx, chosen: AdmissionPolicy) -> None:
    """Store who may subscribe from now on."""
    await tx.execute(update(bots).where(bots.c.id == tx.bot_id).values(admission_policy=chosen))


async def admits(tx: Tx, policy: AdmissionPolicy, chat_id: int) -> bool:
    """Return whether a person or chat may read and subscribe by a policy."""
    if policy is AdmissionPolicy.ANYONE:
        return True
    is_known = subscribers.c.bot_id == tx.bot_id, subscribers.c.chat_id == chat_id
    joined_at = await tx.scalar(select(subscribers.c.joined_at).where(*is_known))
    return is_admitted(policy, await decision(tx, chat_id), has_joined=joined_at is not None)


async def decision(tx: Tx, chat_id: int) -> AdmissionDecision | None:
    """Return what stands about a person or chat."""
    stored: str | None = await tx.scalar(select(admissions.c.decision).where(*_of_chat(tx, chat_id)))
    return None if stored is None else AdmissionDecision(stored)


async def decide(
    tx: Tx, chat_id: int, decided: AdmissionDecision, *, former: AdmissionDecision | None, now: datetime
) -> bool:
    """Store a decision about a person or chat; return False if another one than `former` stands by now."""
    changes = {"decision": decided, "changed_at": now}
    if former is None:
        row = {"bot_id": tx.bot_id, "chat_id": chat_id, **changes}
        stored = await tx.execute(insert(tx, admissions).values(row).on_conflict_do_nothing())
    else:
        stands = *_of_chat(tx, chat_id), admissions.c.decision == former
        stored = await tx.execute(update(admissions).where(*stands).values(changes))
    return stored.rowcount == 1


async def request(tx: Tx, chat_id: int, *, now: datetime) -> StoredRequest | None:
    """Store a person's request to be let in; None if the most requests wait already. Delete old requests."""
    is_asked = admissions.c.bot_id == tx.bot_id, admissions.c.decision == AdmissionDecision.ASKED
    await tx.execute(delete(admissions).where(*is_asked, admissions.c.changed_at < now - REQUEST_KEPT))
    waiting = await count(tx, AdmissionDecision.ASKED)
    if waiting >= MAX_REQUESTS:
        return None
    is_new = await decide(tx, chat_id, AdmissionDecision.ASKED, former=None, now=now)
    return StoredRequest(is_new and await _may_tell(tx, now), waiting + 1)


async def _may_tell(tx: Tx, now: datetime) -> bool:
    """Note that admins are told of a request now; False if they were told of enough within the hour.

    The instants do not stand with the requests, which whoever erases their data takes along.
    """
    stored = await kv.get(tx, _NOTICES)
    lately = [told for told in (stored or "").split() if datetime.fromisoformat(told) > now - timedelta(hours=1)]
    if len(lately) >= NOTICES_PER_HOUR:
        return False
    await kv.put(tx, _NOTICES, " ".join([*lately, now.isoformat()]))
    return True


async def count(tx: Tx, decided: AdmissionDecision) -> int:
    """Return about how many people and chats a decision stands."""
    is_decided = admissions.c.bot_id == tx.bot_id, admissions.c.decision == decided
    return int((await tx.execute(select(func.count()).select_from(admissions).where(*is_decided))).scalar_one())


async def listed(tx: Tx, decided: AdmissionDecision, *, start: int, limit: int) -> list[int]:
    """Return the people and chats about whom a decision stands, the newest first."""
    is_decided = admissions.c.bot_id == tx.bot_id, admissions.c.decision == decided
    order = admissions.c.changed_at.desc(), admissions.c.chat_id
    rows = select(admissions.c.chat_id).where(*is_decided).order_by(*order).offset(start).limit(limit)
    return list(await tx.scalars(rows))


def _of_chat(tx: Tx, chat_id: int) -> tuple[Any, ...]:
    return admissions.c.bot_id == tx.bot_id, admissions.c.chat_id == chat_id
