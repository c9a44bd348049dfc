"""Feedback: somebody wants more or less of an item or of a digest. A second press takes it back."""

from __future__ import annotations

import re

from digest.model import Digest
from domain.chat.action import Action
from domain.edition_day import EDITION_PATTERN, parse_edition_day
from handlers.context import Context
from handlers.items import expired, item_messages
from handlers.request import Request, reply_text, reply_with
from handlers.settings import known_categories
from handlers.subscription_changes import settings_view
from storage import runs, votes
from storage.votes import Vote
from views.item_actions import LESS, MORE, parse_opened_from
from views.mutes import less_of_item_screen, mutes_screen
from views.refusals import button_expired

_VOTE = re.compile(
    rf"(?P<sign>[+-]) (?P<day>{EDITION_PATTERN})(?: (?P<item>[0-9]{{1,4}})(?: (?P<from>.+))?)?", re.ASCII
)
_VOTES = {MORE: Vote.MORE, LESS: Vote.LESS}


async def vote(request: Request, context: Context) -> list[Action]:
    """Store what a person wants, or take it back; whoever wants less of something is offered to mute it.

    In a group only the person who presses sees the answer.
    """
    match = _VOTE.fullmatch(request.arguments)
    digest = None if match is None else await _edition(match["day"], context)
    if match is None or digest is None or digest.date is None:
        return reply_text(request, await expired(context, match["day"] if match else ""))
    item = next((item for item in digest.items if str(item.position) == match["item"]), None)
    if item is None and match["item"] is not None:
        return reply_text(request, button_expired(context.translate))
    wanted = _VOTES[match["sign"]]
    person, now = request.origin.user.id, context.now
    standing = await votes.toggle(context.tx, person, digest.date, item, wanted, now=now, language=digest.language)
    if (run := await runs.get_by_edition(context.tx, digest.date)) is not None:
        await runs.note_change(context.tx, run.id)
    toast = _toast(standing, context)
    if not request.origin.chat.is_private:
        return reply_text(request, toast)
    opened_from = parse_opened_from(match["from"] or "")
    if standing is Vote.LESS:
        view = await settings_view(context)
        known = await known_categories(context)
        screen = (
            mutes_screen(view, known) if item is None else less_of_item_screen(view, digest.date, item, opened_from)
        )
        return reply_with(request, screen, toast=toast)
    if item is None:
        return reply_text(request, toast)
    messages = await item_messages(request, context, digest, item.position, opened_from)
    if len(messages) > 1:  # the others would be sent once more
        return reply_text(request, toast)
    return reply_with(request, *messages, toast=toast)


async def _edition(day: str, context: Context) -> Digest | None:
    edition = parse_edition_day(day)
    return None if edition is None else await context.editions.of_day(edition)


def _toast(standing: Vote | None, context: Context) -> str:
    translate = context.translate
    toasts = {
        Vote.MORE: translate("Thank you! The editors see it."),
        Vote.LESS: translate("Noted, thank you."),
        None: translate("Taken back."),
    }
    return toasts[standing]
