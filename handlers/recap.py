"""/recap: the items of the last days, or of a pause, that readers want most of, else the leading ones."""

from __future__ import annotations

from datetime import date, timedelta

from digest.model import Digest
from domain.chat.action import Action
from handlers import subscription_changes
from handlers.context import Context
from handlers.input.dates import parse_date
from handlers.request import Request, reply_text, reply_with
from handlers.subscription_changes import settings_view
from storage import digests, votes
from views.examples import with_examples
from views.recap import MAX_DAYS, RecapDay, leading_items, nothing_missed_message, recap_message
from views.refusals import private_chat_only
from views.schedule_settings import NO_RECAP, weekly_recap_screen
from views.shown_items import shown_items

_DEFAULT_DAYS = 7
_MAX_COUNT_DIGITS = 3


async def recap(request: Request, context: Context) -> list[Action]:
    """Show the last week, the last so many days (`3`), or all since a day; nothing that the reader has left out."""
    if request.press is not None and not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    since = _first_day(request.arguments, context)
    if since is None:
        when = context.translate("Since when? Write it like this: `/recap 3`, or `/recap 2025-09-08`")
        return reply_text(request, with_examples(when))
    newest = await digests.recent(context.tx, now=context.now, limit=MAX_DAYS)
    texts = [digest.in_language(context.subscriber.preferences.language) for digest in newest]
    missed = [(digest.date, digest) for digest in texts if digest.date is not None and digest.date >= since]
    days = [await _recap_day(day, digest, context) for day, digest in reversed(missed)]
    shown = [day for day in days if day.items]
    if not shown:
        return reply_with(request, nothing_missed_message(since, context.translate, context.today))
    return reply_with(request, recap_message(shown, context.translate))


def _first_day(arguments: str, context: Context) -> date | None:
    """Return the first day of a recap; None if the arguments name none."""
    if not arguments:
        return context.today - timedelta(days=_DEFAULT_DAYS - 1)
    if arguments.isdecimal() and len(arguments) <= _MAX_COUNT_DIGITS:
        return context.today - timedelta(days=max(1, int(arguments)) - 1)
    return parse_date(arguments, context.today)


async def _recap_day(day: date, digest: Digest, context: Context) -> RecapDay:
    """Return the items of a day that most want more of; those that the edition leads with where nobody has voted."""
    wanted = dict((await votes.wishes(context.tx, day)).items)
    shown = shown_items(digest.items, context.subscriber.preferences)
    return RecapDay(day, leading_items(shown, wanted))


async def weekly(request: Request, context: Context) -> list[Action]:
    """Choose the weekday of the weekly recap (`6`: Sunday), or none (`off`); without a choice, show them."""
    chosen = request.arguments
    if chosen not in (NO_RECAP, *map(str, range(7))):
        return reply_with(request, weekly_recap_screen(await settings_view(context)))
    context = await subscription_changes.set_recap(context, None if chosen == NO_RECAP else int(chosen))
    view, toast = await settings_view(context), context.translate("Saved.")
    return reply_with(request, weekly_recap_screen(view), toast=toast)
