"""Report an edition that was read from the folder to the editors: what was read, what is wrong, who gets it when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from delivery.notifier import MessageBuilder
from delivery.publishing import PublishResult, PublishStatus
from digest.model import Digest
from domain.chat.i18n import Translations
from domain.delivery.segment import EVERYBODY
from domain.delivery.send_now import SendNow
from domain.delivery.states import RunState
from domain.file_names import shown_name
from domain.subscription.calendar import MAX_EDITION_AGE
from storage import correction_runs, digests, reach, segments
from storage.database import Database
from storage.digests import Source
from views.edition_report import EditionReport, edition_notice, lengths_of, waiting_variant_notice
from views.withdrawals import withdrawn_file_notice


class EditionReporter:
    """Builds the reports of editions. `zone` is that of the moments in them."""

    def __init__(self, database: Database, translations: Translations, zone: str, now: Callable[[], datetime]) -> None:
        self._database = database
        self._translations = translations
        self._zone = zone
        self._now = now

    async def __call__(
        self,
        digest: Digest,
        source: Source,
        result: PublishResult,
        *,
        is_from_chat: bool = False,
        is_written: bool = True,
        sending: SendNow | None = None,
    ) -> MessageBuilder | None:
        """Return the builder of the report; None for an edition of the folder that does not go out.

        `is_written`: what is to be written into the folder has been.
        """
        if digest.date is None:
            return None
        if result.status is PublishStatus.WITHDRAWN:
            return partial(withdrawn_file_notice, shown_name(source.path), digest.date)
        if result.status is PublishStatus.WAITING:
            return partial(waiting_variant_notice, shown_name(source.path), digest.date, result.variant)
        now = self._now()
        lengths = await asyncio.to_thread(lengths_of, digest, self._translations)
        async with self._database.read() as tx:
            stored = await digests.get_metadata(tx, digest.date)
            if stored is None:
                return None
            readers = await segments.size(tx, replace(EVERYBODY, language=result.variant), now=now)
            reached = await reach.of_edition(tx, digest.date, stored.published, now=now)
            newest = await correction_runs.newest(tx, digest.date)
            is_asked = newest is not None and newest.state is RunState.DRAFT
            question = await correction_runs.question(tx, newest) if newest and is_asked else None
        if question is None and not is_from_chat and not result.goes_out and stored.published <= now - MAX_EDITION_AGE:
            return None
        report = EditionReport(
            file=shown_name(source.path),
            digest=digest,
            lengths=lengths,
            reach=reached,
            is_correction=result.status not in (PublishStatus.NEW, PublishStatus.STORED),
            is_from_chat=is_from_chat,
            goes_out=result.status is not PublishStatus.STORED,
            is_written=is_written,
            sending=sending,
            question=question,
            variant=result.variant,
            variant_readers=readers.total if result.variant else 0,
            zone=self._zone,
            now=now,
        )
        return partial(edition_notice, report)
