"""Broadcasts: an admin drafts one, sees it as recipients will, and confirms or discards it.

/broadcast → draft, preview, confirmation card → [Send] → running broadcast, which delivery picks up
"""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action, Copy, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.message import Message
from domain.delivery.progress import CardMessage
from domain.delivery.states import RunState
from handlers.admin import parse_run_action
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import runs, subscribers
from views.broadcast import confirmation_card, discarded_card
from views.refusals import button_expired, private_chat_only


async def broadcast(request: Request, context: Context) -> list[Action]:
    """Draft a broadcast, or carry out a button of its confirmation card."""
    if request.press is not None:
        return await _confirm_or_discard(request, context)
    translate, chat = context.translate, request.origin.chat
    if not chat.is_private:
        return reply_text(request, private_chat_only(translate))
    audience = await subscribers.audience(context.tx)
    if not audience.active:
        return reply_text(request, translate("Nobody is subscribed at the moment, so there is nobody to send it to."))
    preview: Action
    if request.styled_arguments:
        message = Message(request.styled_arguments, link_preview=True)
        run_id = await _draft(context, request, "sendMessage", message.to_bot_api())
        preview = Send(chat.id, message)
    elif request.reply_to_message_id is not None:
        body: dict[str, object] = {"from_chat_id": chat.id, "message_id": request.reply_to_message_id}
        run_id = await _draft(context, request, "copyMessage", body)
        preview = Copy(chat.id, chat.id, request.reply_to_message_id)
    else:
        usage = translate("Write your text after /broadcast, or reply with /broadcast to the message you want to send.")
        return reply_text(request, usage)
    return [preview, Send(chat.id, confirmation_card(run_id, audience.active, translate))]


async def _draft(context: Context, request: Request, method: str, body: dict[str, object]) -> int:
    actor = request.origin.user.id
    return await runs.draft_broadcast(context.tx, actor=actor, method=method, body=body, now=context.now)


async def _confirm_or_discard(request: Request, context: Context) -> list[Action]:
    """Send or discard a draft. Only its author can, and only the first press counts."""
    action, press = parse_run_action(request.arguments), request.press
    actor, translate = request.origin.user.id, context.translate
    if press is None or action is None:
        return reply_text(request, button_expired(translate))
    if action.verb == "send":
        card = CardMessage(request.origin.chat.id, press.message_id)
        if await runs.confirm(context.tx, action.run_id, actor=actor, card=card, now=context.now):
            return reply_text(request, translate("On its way."))
    if action.verb == "discard" and await runs.discard(context.tx, action.run_id, actor=actor):
        request = replace(request, target=ReplyTarget.IN_PLACE)
        return reply_with(request, discarded_card(translate), toast=translate("Discarded."))
    return reply_text(request, await _why_not(action.run_id, context))


async def _why_not(run_id: int, context: Context) -> str:
    """Return why a draft's button had no effect."""
    translate, progress = context.translate, await runs.progress(context.tx, run_id)
    if progress is None or progress.state is RunState.DRAFT:
        return translate("Only the author of a broadcast can send it.")
    if progress.state is RunState.CANCELLED:
        return translate("This broadcast was discarded.")
    return translate("This broadcast has been sent already; it goes out once.")
