"""First step of delivery in a new process: what the previous one left behind, and whether sending is safe at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from delivery import recovery
from delivery.high_water_mark import HighWaterWriter
from delivery.notifier import Notifier
from delivery.retry_after_store import RetryAfterStore
from domain.chat.i18n import lazy_text
from domain.chat.roles import Role
from domain.delivery.policy import UnconfirmedPolicy
from storage.database import Database
from views import run_reports

log = structlog.get_logger(__name__)


class StartupCheck:
    """Recovers after the previous process, once, before anything is planned or sent.

    It holds all sending if the database is behind the high-water mark; `hold_reason` then says so.
    """

    def __init__(
        self,
        database: Database,
        retry_after_store: RetryAfterStore,
        high_water_writer: HighWaterWriter,
        notifier: Notifier,
        *,
        policy: UnconfirmedPolicy,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._retry_after_store = retry_after_store
        self._high_water_writer = high_water_writer
        self._notifier = notifier
        self._policy = policy
        self._now = now
        self._is_done = False
        self._hold_reason: str | None = None

    @property
    def hold_reason(self) -> str | None:
        """Why nothing is sent until the operator decides; None if sending is allowed."""
        return self._hold_reason

    def hold(self, reason: str) -> None:
        """Hold all sending until the process ends."""
        self._hold_reason = reason

    async def run_once(self) -> None:
        """Run the check unless it has succeeded before."""
        if self._is_done:
            return
        await self._retry_after_store.restore()
        mark = self._high_water_writer.mark
        state = await recovery.begin(self._database, self._now(), self._policy, mark)
        if state.behind:
            self._hold_reason = lazy_text("the database is older than what was sent: restored from a backup?")
            log.error("sending_held", reason=self._hold_reason, fix="digestbot resume --after-restore")
            self._notifier.notify_staff(Role.ADMIN, run_reports.restored_notice)
        else:
            self._high_water_writer.start(state.claimed)
        self._is_done = True
