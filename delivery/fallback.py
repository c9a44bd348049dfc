"""Fallback of the rich layout: what Telegram refused goes out in another way, in the same morning.

refused for a picture -> the same parts with links in place of pictures
refused otherwise, or again -> the full layout; after a part that may have arrived, the rest in full

A refused row is pending and says why it was refused. Its content is replaced when a page of rows is read to be sent, so
a kill in between changes nothing. What takes its place is of the same version: a correction may have moved the items,
and it follows by itself where no part may have arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog

from delivery.payload_rendering import FallbackContent, fallback_content, render_fallback
from digest.model import Digest
from domain.chat.i18n import Translations
from domain.delivery.states import RunState
from storage import bots, digests, fallbacks, payloads, pictures, runs, subscribers
from storage.database import Database, Tx
from storage.fallbacks import RefusedDelivery

log = structlog.get_logger(__name__)


async def apply_fallback(
    database: Database, translations: Translations, run_id: int, subscriber_ids: Collection[int], now: datetime
) -> bool:
    """Give recipients another content in place of a refused one; return False if the run does not go on."""
    while True:
        async with database.write(alone=True) as tx:
            await fallbacks.fail_before_later_parts(tx, run_id, subscriber_ids, now=now)
            refused = await fallbacks.refused(tx, run_id, subscriber_ids)
            versions = await _versions(tx, run_id, {delivery.version for delivery in refused})
            username = await bots.username(tx)
            file_ids = {version: await pictures.file_ids(tx, digest) for version, digest in (versions or {}).items()}
        if versions is None:
            return False
        groups = _group(refused)
        rendered = {
            content: render_fallback(
                versions[content.version], content, translations, username, file_ids[content.version]
            )
            for content in groups
        }
        async with database.write(alone=True) as tx:
            if not await _is_running(tx, run_id):
                return False
            if await fallbacks.refused(tx, run_id, subscriber_ids) != refused:
                continue
            for fallback, recipients in groups.items():
                await payloads.add(tx, run_id, fallback.version, [rendered[fallback]])
                content_id = await payloads.content_id(tx, run_id, fallback.content)
                if content_id is not None:
                    await fallbacks.replace_content(tx, run_id, fallback.version, content_id, recipients, now=now)
            for delivery in refused:
                if delivery.refusal.is_lasting:
                    await subscribers.refuse_rich(tx, delivery.subscriber_id, delivery.refusal)
        _log(run_id, groups)
        return True


async def _versions(tx: Tx, run_id: int, wanted: Collection[int]) -> dict[int, Digest] | None:
    """Return the versions of a running digest that recipients have begun to get; None if the run does not go on."""
    run = await runs.get(tx, run_id)
    if run is None or run.edition is None or run.state is not RunState.RUNNING:
        return None
    found = {version: await digests.get_version(tx, run.edition_run_id, run.edition, version) for version in wanted}
    return {version: digest for version, digest in found.items() if digest is not None}


async def _is_running(tx: Tx, run_id: int) -> bool:
    run = await runs.get(tx, run_id)
    return run is not None and run.state is RunState.RUNNING


def _group(refused: Sequence[RefusedDelivery]) -> dict[FallbackContent, list[RefusedDelivery]]:
    groups: dict[FallbackContent, list[RefusedDelivery]] = {}
    for delivery in refused:
        groups.setdefault(fallback_content(delivery), []).append(delivery)
    return groups


def _log(run_id: int, groups: dict[FallbackContent, list[RefusedDelivery]]) -> None:
    for fallback, recipients in groups.items():
        log.warning(
            "rich_layout_refused",
            run=run_id,
            reason=recipients[0].refusal.value,
            recipients=len(recipients),
            instead=fallback.content.layout,
        )
