"""Publish the digests of a file, or tell the bot admins once why one cannot be published."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import tzinfo
from pathlib import Path

import structlog

from delivery.publishing import PublishResult
from digest.model import Digest
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from domain.chat.i18n import Translator
from domain.chat.message import Message
from storage import digests, source_files
from storage.database import Database
from storage.digests import Source
from views.unpublished_file import unpublished_file_notice

log = structlog.get_logger(__name__)

PublishDigest = Callable[[Digest, Source], Awaitable[PublishResult]]
NotifyAdmins = Callable[[Callable[[Translator], Message]], Awaitable[None]]


class Publisher:
    """Ingests files of the digest folder. A digest that cannot be published leaves the stored edition unchanged."""

    def __init__(
        self,
        database: Database,
        classifier: Classifier,
        zone: tzinfo,
        *,
        publish: PublishDigest,
        notify_admins: NotifyAdmins,
    ) -> None:
        self._database = database
        self._classifier = classifier
        self._zone = zone
        self._publish = publish
        self._notify_admins = notify_admins

    async def ingest(self, path: Path, data: bytes) -> None:
        """Read a file and publish its digests, unless the same bytes were ingested before.

        A file of several days may be cut off between two of them; the mark `unfinished` lets it be read again.
        """
        source = Source(path.name, data)
        async with self._database.read() as tx:
            was_interrupted = await source_files.is_unfinished(tx, source.path)
            if not was_interrupted and await digests.exists(tx, source):
                return
        editions = await asyncio.to_thread(self._read, source)
        has_several_days = len(editions) > 1
        if has_several_days and not was_interrupted:
            async with self._database.write() as tx:
                await source_files.set_unfinished(tx, source.path, unfinished=True)
        for digest in editions:
            await self._publish_or_report(digest, source)
        if has_several_days or was_interrupted:
            async with self._database.write() as tx:
                await source_files.set_unfinished(tx, source.path, unfinished=False)

    async def _publish_or_report(self, digest: Digest, source: Source) -> None:
        if digest.is_draft:
            log.info("digest_is_draft", file=source.path)
        elif digest.is_publishable:
            published = await self._publish(digest, source)
            log.info("digest_ingested", file=source.path, edition=str(digest.date), status=published.what.value)
        else:
            await self._report_unpublishable(digest, source)

    def _read(self, source: Source) -> tuple[Digest, ...]:
        return read_digests(source.data, name=source.path, zone=self._zone, classifier=self._classifier)

    async def _report_unpublishable(self, digest: Digest, source: Source) -> None:
        """Notify the bot admins once per content of a file, also across restarts."""
        log.warning("digest_unpublishable", file=source.path, problems=[problem.code for problem in digest.problems])
        content_hash = hashlib.sha256(source.data).hexdigest()
        async with self._database.write() as tx:
            is_new = await source_files.mark_rejected(tx, source.path, content_hash)
        if is_new:
            await self._notify_admins(lambda translate: unpublished_file_notice(source.path, digest, translate))
