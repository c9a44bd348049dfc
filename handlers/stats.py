"""/stats: subscribers, what they read and want, and how the last runs went; as numbers, and as pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.model import Digest
from domain.chat.action import Action, SendChart
from domain.chat.callback_data import ReplyTarget
from domain.chat.chart import Chart
from domain.chat.message import Keyboard
from domain.delivery.progress import Progress
from domain.delivery.segment import EVERYBODY
from domain.delivery.states import RunPurpose
from domain.edition_day import parse_edition_day
from domain.item_reads import ItemReads
from domain.subscription.calendar import local_date
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import broadcasts, digests, growth, item_reads, kv, run_progress, segments, subscribers, votes
from views.figures import (
    FigureDays,
    FigureName,
    deliveries_chart,
    edition_buttons,
    feedback_chart,
    figure_buttons,
    figure_caption,
    growth_chart,
    leavers_chart,
    not_drawn_message,
    readers_chart,
    reads_chart,
)
from views.refusals import private_chat_only, unreadable_words
from views.stats import SubscriberFigures, stats_message, subscriber_figures

_RECENT_RUNS = 6
_MOVEMENT_DAYS = 7, 30
_FIGURE_DAYS = 30
_FEEDBACK_EDITIONS = 5


async def stats(request: Request, context: Context) -> list[Action]:
    """Show the numbers, with buttons for the figures; or one figure as a picture (`growth`, `reads 2025-09-12`)."""
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    name, _, day = request.arguments.partition(" ")
    if name not in set(FigureName):
        if name and request.press is None:
            example = f"/stats {FigureName.GROWTH}"
            return reply_text(request, unreadable_words(request.arguments, example, context.translate))
        return await _show_numbers(request, context)
    return await _show_figure(FigureName(name), day, request, context)


async def _show_numbers(request: Request, context: Context) -> list[Action]:
    tx, translate = context.tx, context.translate
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
        broadcasts=await broadcasts.of_runs(tx, [run.run_id for run in recent]),
        zone=zone,
        now=context.now,
        outage=context.services.outage(),
        hold_reason=context.services.hold_reason(),
        is_inline_mode_off=await kv.get(tx, kv.INLINE_MODE_OFF) is not None,
    )
    return reply_with(request, replace(message, keyboard=figure_buttons(translate)))


async def _reads(context: Context, recent: Iterable[Progress]) -> dict[date, ItemReads]:
    """Return the presses that opened items of the editions that runs have sent, by edition."""
    days = {run.edition for run in recent if run.purpose is RunPurpose.DIGEST and run.edition is not None}
    editions = [await digests.get_published(context.tx, day, now=context.now) for day in days]
    counted = [await item_reads.of_edition(context.tx, edition) for edition in editions if edition is not None]
    return {reads.day: reads for reads in counted if reads is not None}


async def _show_figure(name: FigureName, day: str, request: Request, context: Context) -> list[Action]:
    """Show a figure as a new photo, or in place of the one whose button was pressed."""
    press, translate = request.press, context.translate
    keyboard = figure_buttons(translate, name)
    if name is FigureName.READS:
        edition = await _edition(day, context)
        chart = await _reads_chart(edition, context)
        keyboard = (*await _neighbours(edition, context), *keyboard)
    else:
        chart = await _CHARTS[name](context)
    is_in_place = press is not None and press.is_accessible and request.target is ReplyTarget.IN_PLACE
    shown = SendChart(
        chat_id=request.origin.chat.id,
        chart=chart,
        caption=figure_caption(chart, keyboard, translate),
        if_not_drawn=not_drawn_message(chart, figure_buttons(translate), translate),
        message_id=press.message_id if press is not None and is_in_place else None,
    )
    return [shown]


async def _growth_chart(context: Context) -> Chart:
    ends = [_beginning(context.today - timedelta(days=ago), context) for ago in range(_FIGURE_DAYS - 2, -1, -1)]
    sizes = await growth.sizes(context.tx, [*ends, context.now])
    movement = await subscribers.movement(context.tx, since=_beginning(_span(context).first, context))
    return growth_chart(sizes, movement.joined, movement.left, _span(context), context.translate)


async def _leavers_chart(context: Context) -> Chart:
    movement = await subscribers.movement(context.tx, since=_beginning(_span(context).first, context))
    return leavers_chart(movement.left, _span(context), context.translate)


def _beginning(day: date, context: Context) -> datetime:
    """Return when a day begins where the admin is, which is when the one before it ends."""
    return datetime.combine(day, time(), ZoneInfo(context.subscriber.schedule.zone)).astimezone(UTC)


def _span(context: Context) -> FigureDays:
    return FigureDays(first=context.today - timedelta(days=_FIGURE_DAYS - 1), last=context.today)


async def _deliveries_chart(context: Context) -> Chart:
    recent = [run for run in await run_progress.recent(context.tx, _RECENT_RUNS) if run.total]
    zone = context.subscriber.schedule.zone
    days = {run.run_id: local_date(run.published_at, zone) for run in recent}
    return deliveries_chart(recent, days, await broadcasts.of_runs(context.tx, days), context.translate)


async def _edition(day: str, context: Context) -> Digest | None:
    """Return the edition that a button names, else the newest."""
    named = parse_edition_day(day)
    if named is None:
        return await digests.newest_published(context.tx, now=context.now)
    return await digests.get_published(context.tx, named, now=context.now)


async def _reads_chart(edition: Digest | None, context: Context) -> Chart:
    reads = None if edition is None else await item_reads.of_edition(context.tx, edition)
    text = None if edition is None else edition.in_language(context.subscriber.preferences.language)
    return reads_chart(text, reads, context.translate)


async def _neighbours(edition: Digest | None, context: Context) -> Keyboard:
    if edition is None or edition.date is None:
        return ()
    found = await digests.neighbours(context.tx, edition.date, now=context.now)
    row = edition_buttons(found.before, found.after, context.translate)
    return (row,) if row else ()


async def _feedback_chart(context: Context) -> Chart:
    editions = await digests.recent(context.tx, now=context.now, limit=_FEEDBACK_EDITIONS)
    dated = [(edition, edition.date) for edition in editions if edition.date is not None]
    language = context.subscriber.preferences.language
    voted = [(edition.in_language(language), await votes.wishes(context.tx, day)) for edition, day in dated]
    return feedback_chart(voted, context.translate)


async def _readers_chart(context: Context) -> Chart:
    languages, layouts = await subscribers.languages(context.tx), await subscribers.layouts(context.tx)
    return readers_chart(sum(layouts.values()), languages, layouts, context.translate)


_CHARTS: Mapping[FigureName, Callable[[Context], Awaitable[Chart]]] = {
    FigureName.GROWTH: _growth_chart,
    FigureName.LEAVERS: _leavers_chart,
    FigureName.DELIVERIES: _deliveries_chart,
    FigureName.FEEDBACK: _feedback_chart,
    FigureName.READERS: _readers_chart,
}
