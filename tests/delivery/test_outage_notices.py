"""Notices of an outage: all admins hear of its beginning and of its end."""

from __future__ import annotations

from delivery.outage_notices import OutageNotices
from domain.chat.roles import Role
from domain.delivery.outage import Outage
from tests.delivery.harness import MORNING
from tests.delivery.test_missing_edition_alert import RecordingNotifier


def test_admins_hear_of_the_beginning_by_their_clock_and_of_the_end() -> None:
    notifier = RecordingNotifier()
    notices = OutageNotices(notifier, "Europe/Berlin")
    outage = Outage(since=MORNING, seconds=0, reason="502", unconfirmed=0)
    notices.on_outage_began(outage)
    assert notifier.notified == [Role.ADMIN]
    assert "has not answered since 02:00 (502)" in notifier.sent[0][1]
    notices.on_outage_over(outage.lasting(90).with_unconfirmed(3))
    assert notifier.notified == [Role.ADMIN, Role.ADMIN]
    assert "answers again after 2 min" in notifier.sent[-1][1]
    assert "Not confirmed: 3" in notifier.sent[-1][1]
