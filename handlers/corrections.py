"""Corrections of what was delivered: /correct shows those that wait for an editor, and its buttons decide.

correct                what waits
correct 2025-09-12     an edition, also one that was left as it is
correct 17 yes         the press that edits what was delivered; `no` leaves it
"""

from __future__ import annotations

from datetime import date

from domain.audit import AuditAction
from domain.chat.action import Action, Send
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.progress import CardMessage
from domain.delivery.states import RunState
from handlers.admin import parse_run_action
from handlers.audit import record
from handlers.context import Context
from handlers.named_edition import find_named_edition
from handlers.request import Request, reply_text, reply_with
from storage import correction_runs, digests, runs
from storage.runs import Run
from views.corrections import correction_card
from views.dates import format_full_day
from views.refusals import button_expired, private_chat_only

_SHOWN = 3


async def correct(request: Request, context: Context) -> list[Action]:
    """Show the corrections that wait for an editor, or carry out a button of one."""
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    if request.press is not None and request.arguments:
        return await _decide(request, context)
    if request.arguments:
        edition = await find_named_edition(request, context)
        if isinstance(edition, Text):
            return reply_text(request, edition)
        waiting = await _of_edition(edition.day, context)
    else:
        waiting = await correction_runs.pending(context.tx)
    asked = [await correction_runs.question(context.tx, run) for run in waiting]
    cards = [correction_card(one, context.translate) for one in asked if one is not None]
    if not cards:
        return reply_text(request, context.translate("Everybody who has the edition has its newest version."))
    return [Send(request.origin.chat.id, card) for card in cards[:_SHOWN]]


async def _decide(request: Request, context: Context) -> list[Action]:
    """Edit what was delivered, or leave it: the first press decides, whoever's it is."""
    tx, translate = context.tx, context.translate
    action = parse_run_action(request.arguments)
    run = None if action is None else await runs.get(tx, action.run_id)
    if action is None or run is None or run.corrected_run_id is None or run.edition is None:
        return reply_text(request, button_expired(translate))
    day = format_full_day(run.edition, translate)
    people = await correction_runs.count_outdated(tx, run.corrected_run_id, run.version)
    card = None if request.press is None else CardMessage(request.origin.chat.id, request.press.message_id)
    is_agreed = action.verb == "yes"
    if is_agreed and await correction_runs.start(tx, run.id, actor=context.user_id, now=context.now, card=card):
        detail = str(people)
        await record(context, AuditAction.CORRECTION_CONFIRMED, run_id=run.id, edition=run.edition, detail=detail)
        told = translate.ngettext(
            "✏️ The digest of {date} is being corrected for {n} subscriber.",
            "✏️ The digest of {date} is being corrected for {n} subscribers.",
            people,
        ).format(date=day, n=people)
    elif action.verb == "no" and await correction_runs.discard(tx, run.id):
        await record(context, AuditAction.CORRECTION_DISCARDED, run_id=run.id, edition=run.edition)
        told = translate("What was delivered of the digest of {date} stays as it is.").format(date=day)
    else:
        return reply_text(request, translate("That has been decided already, or there is a newer version."))
    return reply_with(request, Message(Text(told)))


async def _of_edition(day: date, context: Context) -> list[Run]:
    """Return the correction of an edition to its stored version, drafted anew if none waits."""
    tx = context.tx
    run, stored = await runs.get_by_edition(tx, day), await digests.get_metadata(tx, day)
    newest = await correction_runs.newest(tx, day)
    if newest is not None and newest.state is RunState.DRAFT:
        return [newest]
    if run is None or stored is None or not await correction_runs.count_outdated(tx, run.id, stored.version):
        return []
    if newest is not None and newest.version == stored.version and newest.state in runs.LIVE:
        return []
    drafted = await runs.get(tx, await correction_runs.draft(tx, run, stored.version, now=context.now))
    return [] if drafted is None else [drafted]
