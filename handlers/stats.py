"""/stats: how many subscribers there are, what they read, and how the last runs went."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from domain.chat.action import Action
from domain.delivery.progress import Progress
from domain.delivery.segment import EVERYBODY
from domain.delivery.states import RunKind
from domain.item_reads import ItemReads
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import digests, item_reads, kv, run_progress, segments, subscribers
from views.refusals import private_chat_only
from views.stats import SubscriberFigures, stats_message, subscriber_figures

_RECENT_RUNS = 6
_MOVEMENT_DAYS = 7, 30


async def stats(request: Request, context: Context) -> list[Action]:
    """Show how many subscribers there are, what they read, and how the last runs went."""
    tx, translate = context.tx, context.translate
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(translate))
    audience = await subscribers.audience(tx, now=context.now)
    movements = {}
    for days in _MOVEMENT_DAYS:
        movement = await subscribers.movement(tx, since=context.now - timedelta(days=days))
        movements[days] = movement.joined, movement.left
    counts = SubscriberFigures(
        active=audience.active,
        paused=audience.paused,
        known=audience.known,
        size=await segments.size(tx, EVERYBODY, now=context.now),
        languages=await subscribers.languages(tx),
        layouts=await subscribers.layouts(tx),
        movements=movements,
    )
    figures = subscriber_figures(counts, translate)
    recent = await run_progress.recent(tx, _RECENT_RUNS)
    reads = await _reads(context, recent)
    zone = context.subscriber.schedule.zone
    message = stats_message(
        figures,
        recent,
        reads,
        translate,
        zone=zone,
        now=context.now,
        outage=context.services.outage(),
        is_inline_mode_off=await kv.get(tx, kv.INLINE_MODE_OFF) is not None,
    )
    return reply_with(request, message)


async def _reads(context: Context, recent: Iterable[Progress]) -> dict[date, ItemReads]:
    """Return the presses that opened items of the editions that runs have sent, by edition."""
    days = {run.edition for run in recent if run.kind is RunKind.DIGEST and run.edition is not None}
    editions = [await digests.get_published(context.tx, day, now=context.now) for day in days]
    counted = [await item_reads.of_edition(context.tx, edition) for edition in editions if edition is not None]
    return {reads.day: reads for reads in counted if reads is not None}
