"""Who may subscribe: what a policy, a decision and an invitation say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.subscription.admission import (
    AdmissionDecision,
    AdmissionPolicy,
    Invitation,
    InvitationState,
    is_admitted,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
INVITATION = Invitation(id=1, secret="s", uses=2, made_at=NOW)


def test_invitation_without_bounds_stays_open() -> None:
    assert INVITATION.state(NOW) is InvitationState.OPEN
    assert replace(INVITATION, uses=10**6).state(NOW) is InvitationState.OPEN


def test_invitation_is_used_up_by_its_last_use() -> None:
    assert replace(INVITATION, max_uses=3).state(NOW) is InvitationState.OPEN
    assert replace(INVITATION, max_uses=2).state(NOW) is InvitationState.USED_UP


def test_invitation_ends_at_its_end() -> None:
    assert replace(INVITATION, ends_at=NOW + timedelta(microseconds=1)).state(NOW) is InvitationState.OPEN
    assert replace(INVITATION, ends_at=NOW, max_uses=2).state(NOW) is InvitationState.ENDED


def test_revoked_says_so_whatever_else_holds() -> None:
    assert replace(INVITATION, revoked_at=NOW, ends_at=NOW, max_uses=2).state(NOW) is InvitationState.REVOKED


@pytest.mark.parametrize(
    ("policy", "decision", "has_joined", "admitted"),
    [
        (AdmissionPolicy.ANYONE, None, False, True),
        (AdmissionPolicy.ANYONE, AdmissionDecision.DECLINED, False, True),
        (AdmissionPolicy.INVITED, None, False, False),
        (AdmissionPolicy.INVITED, None, True, True),
        (AdmissionPolicy.APPROVED, AdmissionDecision.ASKED, False, False),
        (AdmissionPolicy.APPROVED, AdmissionDecision.ADMITTED, False, True),
        (AdmissionPolicy.APPROVED, AdmissionDecision.DECLINED, True, False),
    ],
)
def test_policy_admits(
    policy: AdmissionPolicy, decision: AdmissionDecision | None, has_joined: bool, admitted: bool
) -> None:
    assert is_admitted(policy, decision, has_joined=has_joined) is admitted
