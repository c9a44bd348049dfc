"""Notices to the admins when an outage begins, and when it is over."""

from __future__ import annotations

from delivery.notifier import Notifier
from domain.chat.roles import Role
from domain.delivery.outage import Outage
from views import outages


class OutageNotices:
    """Tells the admins of outages, with instants by the clock of `zone`."""

    def __init__(self, notifier: Notifier, zone: str) -> None:
        self._notifier = notifier
        self._zone = zone

    def on_outage_began(self, outage: Outage) -> None:
        """Queue the notice that sending has stopped; it is sent as soon as getMe is answered."""
        self._notifier.notify_staff(
            Role.ADMIN, lambda translate: outages.outage_notice(outage, translate, zone=self._zone)
        )

    def on_outage_over(self, outage: Outage) -> None:
        """Queue the notice that sending goes on."""
        self._notifier.notify_staff(Role.ADMIN, lambda translate: outages.outage_over_notice(outage, translate))
