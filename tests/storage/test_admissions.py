"""Admissions and invitations: the last place of a link goes to one of two, on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from domain.chat.roles import Role
from domain.subscription.admission import (
    INVITATION_KEPT,
    MAX_REQUESTS,
    REQUEST_KEPT,
    AdmissionDecision,
    AdmissionPolicy,
)
from storage import admissions, invitations, roles, subscribers
from storage.database import Database

NOW = datetime(2025, 9, 12, 6, tzinfo=UTC)


async def _use(database: Database, invitation_id: int) -> bool:
    async with database.write() as tx:
        return await invitations.use(tx, invitation_id, now=NOW)


async def test_last_place_of_an_invitation_goes_to_one(database: Database) -> None:
    async with database.write() as tx:
        made = await invitations.add(tx, "s" * 22, max_uses=2, ends_at=None, now=NOW)
    assert sorted(await asyncio.gather(*(_use(database, made.id) for _ in range(4)))) == [False, False, True, True]


async def test_invitations_that_ended_long_ago_are_forgotten(database: Database) -> None:
    end = NOW + timedelta(days=1)
    async with database.write() as tx:
        old = await invitations.add(tx, "a" * 22, max_uses=None, ends_at=end, now=NOW)
        for later, remains in ((end + INVITATION_KEPT, True), (end + INVITATION_KEPT + timedelta(seconds=1), False)):
            await invitations.add(tx, f"{remains:b<22}", max_uses=1, ends_at=None, now=later)
            assert (await invitations.get(tx, old.id) is not None) is remains


async def test_requests_are_bounded_and_end(database: Database) -> None:
    async with database.write() as tx:
        for person in range(1, MAX_REQUESTS + 1):
            assert await admissions.request(tx, person, now=NOW) is not None
        assert await admissions.request(tx, 4201, now=NOW) is None
        stored = await admissions.request(tx, 4201, now=NOW + REQUEST_KEPT + timedelta(seconds=1))
        assert (stored is not None, stored and stored.waiting) == (True, 1)
        assert await admissions.listed(tx, AdmissionDecision.ASKED, start=0, limit=9) == [4201]


async def _decide(database: Database, decided: AdmissionDecision, former: AdmissionDecision | None) -> bool:
    async with database.write() as tx:
        return await admissions.decide(tx, 4201, decided, former=former, now=NOW)


async def test_of_admins_at_once_one_decides(database: Database) -> None:
    asked, admitted, declined = AdmissionDecision.ASKED, AdmissionDecision.ADMITTED, AdmissionDecision.DECLINED
    assert sorted(await asyncio.gather(*(_decide(database, asked, None) for _ in range(3)))) == [False, False, True]
    decided = await asyncio.gather(*(_decide(database, each, asked) for each in (admitted, declined, admitted)))
    assert sorted(decided) == [False, False, True]
    async with database.read() as tx:
        assert await admissions.decision(tx, 4201) is (declined if decided[1] else admitted)
    assert not await _decide(database, asked, None)


async def test_decision_follows_a_group_that_becomes_a_supergroup(database: Database) -> None:
    async with database.write() as tx:
        await admissions.decide(tx, -5, AdmissionDecision.DECLINED, former=None, now=NOW)
        await subscribers.migrate_chat(tx, -5, -1005)
        assert not await admissions.admits(tx, AdmissionPolicy.INVITED, -1005)
        assert await admissions.decision(tx, -5) is None
        assert await admissions.decision(tx, -1005) is AdmissionDecision.DECLINED


async def test_policy_and_role_are_read_together(database: Database) -> None:
    owners = frozenset({1})
    async with database.write() as tx:
        default = AdmissionPolicy.INVITED
        assert await admissions.policy_and_role(tx, 7, default=default, owners=owners) == (default, None)
        await roles.change(tx, 7, Role.EDITOR, owners=owners)
        await admissions.set_policy(tx, AdmissionPolicy.APPROVED)
        for user_id, role in ((7, Role.EDITOR), (1, Role.OWNER), (8, None)):
            read = await admissions.policy_and_role(tx, user_id, default=default, owners=owners)
            assert read == (AdmissionPolicy.APPROVED, role)
