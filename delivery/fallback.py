"""Fallback of the rich layout: what Telegram refused goes out in another way, in the same morning.

refused for a picture -> the same parts with links in place of pictures
refused otherwise, or again -> the full layout; after a part that may have arrived, the rest in full

A refused row is pending and says why it was refused. Its content is replaced when a page of rows is read to be sent, so
a kill in between changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog

from delivery.payload_rendering import FallbackContent, fallback_content, render_fallback
from domain.chat.i18n import Translations
from domain.delivery.states import RunKind, RunState
from storage import digests, fallbacks, payloads, runs, subscribers
from storage.database import Database
from storage.fallbacks import RefusedDelivery

log = structlog.get_logger(__name__)


async def apply_fallback(
    database: Database, translations: Translations, run_id: int, subscriber_ids: Collection[int], now: datetime
) -> bool:
    """Give recipients another content in place of a refused one; return False if the run does not go on."""
    while True:
        async with database.write() as tx:
            await fallbacks.fail_before_later_parts(tx, run_id, subscriber_ids, now=now)
        async with database.read() as tx:
            run = await runs.get(tx, run_id)
            digest = await digests.get(tx, run.edition) if run is not None and run.edition is not None else None
            refused = await fallbacks.refused(tx, run_id, subscriber_ids)
        if run is None or digest is None or run.kind is not RunKind.DIGEST or run.state is not RunState.RUNNING:
            return False
        groups = _group(refused)
        rendered = [render_fallback(digest, fallback, translations) for fallback in groups]
        async with database.write() as tx:
            current = await runs.get(tx, run_id)
            if current is None or current.state is not RunState.RUNNING:
                return False
            if current.version != run.version:
                continue
            await payloads.add(tx, run_id, run.version, rendered)
            for fallback, recipients in groups.items():
                content_id = await payloads.content_id(tx, run_id, fallback.content)
                if content_id is not None:
                    await fallbacks.replace_content(tx, run_id, run.version, content_id, recipients, now=now)
            for one in refused:
                if one.refusal.is_lasting:
                    await subscribers.refuse_rich(tx, one.subscriber_id, one.refusal)
        _log(run_id, groups)
        return True


def _group(refused: Sequence[RefusedDelivery]) -> dict[FallbackContent, list[RefusedDelivery]]:
    groups: dict[FallbackContent, list[RefusedDelivery]] = {}
    for one in refused:
        fallback = fallback_content(one.content, one.part, one.refusal)
        groups.setdefault(fallback, []).append(one)
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
