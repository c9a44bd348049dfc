"""Edits of a broadcast that was sent, from the button on its card to the run that edits it.

[Edit…] → question → the admin's next text → preview and the number of people → [Edit (n)] → running correction
"""

from __future__ import annotations

from dataclasses import replace

from domain.audit import AuditAction
from domain.chat import limits
from domain.chat.action import Action, CallbackAnswer, CallMethod, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.frozen_message import FrozenMessage
from domain.chat.text import utf16_length
from domain.delivery.broadcast import calls
from handlers.audit import record
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import broadcasts, correction_runs, runs
from storage.broadcasts import StoredBroadcast
from views.broadcast_edits import edit_card, edit_question, edit_settled, not_editable, too_long
from views.refusals import button_expired

VERBS = ("edit", "rewrite", "leave")
"""Buttons that ask for the new text, confirm it, and throw it away."""


async def press(request: Request, run_id: int, verb: str, context: Context) -> list[Action]:
    """Carry out a button of an edit."""
    if verb == "edit":
        return await _ask(request, run_id, context)
    translate, author = context.translate, request.origin.user.id
    edit = await broadcasts.drafted_edit(context.tx, run_id, author)
    if edit is None:
        refusal = reply_text(request, translate("That has been decided already, or there is a newer version."))
        return [*refusal, *await _newest_preview(request, run_id, context)]
    request = replace(request, target=ReplyTarget.IN_PLACE)
    if verb == "leave":
        await correction_runs.discard(context.tx, run_id)
        return reply_with(request, edit_settled(None, translate))
    run = await runs.get(context.tx, run_id)
    people = await _people(run, context)
    if run is None or not await broadcasts.start_edit(context.tx, edit, now=context.now):
        return reply_text(request, translate("It was edited or recalled meanwhile. Nothing was changed."))
    await record(context, AuditAction.BROADCAST_EDITED, run_id=run.edition_run_id, detail=str(people))
    return reply_with(request, edit_settled(people, translate))


async def take_text(request: Request, edit: StoredBroadcast, content: FrozenMessage, context: Context) -> list[Action]:
    """Take the new text of a broadcast, and show it as it will be, with the number of people who have it."""
    return await show(request.origin.chat.id, edit, content, context)


async def show(chat_id: int, edit: StoredBroadcast, content: FrozenMessage, context: Context) -> list[Action]:
    """Give an edit the words of a message, and show it, or say why it cannot have them."""
    translate = context.translate
    most = limits.MESSAGE_UTF16_UNITS if edit.broadcast.kind == "text" else limits.CAPTION_UTF16_UNITS
    if utf16_length(content.text) > most:
        return [Send(chat_id, too_long(edit.run_id, most, translate))]
    changed = edit.broadcast.with_text(content.text, content.entities, message_id=content.message_id)
    await broadcasts.word_edit(context.tx, edit.run_id, changed)
    return await _preview(chat_id, replace(edit, broadcast=changed), context)


async def _preview(chat_id: int, edit: StoredBroadcast, context: Context) -> list[Action]:
    people = await _people(await runs.get(context.tx, edit.run_id), context)
    preview = [CallMethod(chat_id, call.method, call.parameters) for call in calls(edit.broadcast, edit.actor)]
    return [*preview, Send(chat_id, edit_card(edit.run_id, people, context.translate))]


async def _newest_preview(request: Request, run_id: int, context: Context) -> list[Action]:
    """Show the preview that took the place of the pressed one, if it waits for its author."""
    former = await runs.get(context.tx, run_id)
    if former is None or former.corrected_run_id is None:
        return []
    newest = await broadcasts.newest_edit(context.tx, former.corrected_run_id, request.origin.user.id)
    return [] if newest is None else await _preview(request.origin.chat.id, newest, context)


async def _ask(request: Request, run_id: int, context: Context) -> list[Action]:
    translate, press = context.translate, request.press
    stored = await broadcasts.get(context.tx, run_id)
    if stored is None or press is None:
        return reply_text(request, button_expired(translate))
    if not stored.broadcast.is_editable:
        refusal = not_editable(stored.broadcast, translate)
        return [CallbackAnswer(press.callback_query_id, refusal, show_alert=True)]
    edit_id = await broadcasts.draft_edit(context.tx, stored, actor=request.origin.user.id, now=context.now)
    if edit_id is None:
        return reply_text(request, translate("It was recalled, so there is nothing to edit."))
    question = edit_question(edit_id, stored.broadcast, translate)
    return [CallbackAnswer(press.callback_query_id), Send(request.origin.chat.id, question)]


async def _people(run: runs.Run | None, context: Context) -> int:
    if run is None or run.corrected_run_id is None:
        return 0
    return await correction_runs.count_outdated(context.tx, run.corrected_run_id, run.version)
