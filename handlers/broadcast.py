"""A broadcast's beginning: an admin's message in; its exact preview, and a draft to be sent or thrown away, out.

/broadcast -> draft, preview, card with the number of recipients -> [Send] -> a run, which delivery finds
"""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action, Copy, Send
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, format_text
from domain.delivery.progress import CardMessage
from domain.delivery.states import RunState
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import runs, subscribers


async def broadcast(request: Request, context: Context) -> list[Action]:
    """`/broadcast` drafts; a press on the draft's card sends it or throws it away."""
    if request.press is not None:
        return await _decide(request, context)
    translate, chat = context.translate, request.origin.chat
    if not chat.is_private:
        return reply_text(request, translate("Please do that in our private chat."))
    audience = await subscribers.audience(context.tx)
    if not audience.active:
        return reply_text(request, translate("Nobody is subscribed at the moment, so there is nobody to send it to."))
    if request.styled_arguments:
        message = Message(request.styled_arguments, link_preview=True)
        run_id = await _draft(context, request, "sendMessage", message.to_bot_api())
        return [Send(chat.id, message), _card(request, run_id, audience.active, translate)]
    if request.reply_to_message_id is not None:
        body: dict[str, object] = {"from_chat_id": chat.id, "message_id": request.reply_to_message_id}
        run_id = await _draft(context, request, "copyMessage", body)
        return [Copy(chat.id, chat.id, request.reply_to_message_id), _card(request, run_id, audience.active, translate)]
    return reply_text(
        request,
        translate("Write your text after /broadcast, or reply with /broadcast to the message you want to send."),
    )


async def _draft(context: Context, request: Request, method: str, body: dict[str, object]) -> int:
    return await runs.draft_broadcast(
        context.tx, actor=request.origin.user.id, method=method, body=body, now=context.now
    )


def _card(request: Request, run_id: int, recipients: int, translate: Translator) -> Action:
    """What will become the live card: how many get it, and the two ways on."""
    count = translate.ngettext("{n} subscriber", "{n} subscribers", recipients).format(n=recipients)
    text = format_text(translate("⬆️ This is exactly what {recipients} will get."), {"recipients": bold(count)})
    rows = (
        (
            button("📣 " + translate("Send"), CommandName.BROADCAST, run_id, "send"),
            button("🗑 " + translate("Discard"), CommandName.BROADCAST, run_id, "discard"),
        ),
    )
    return Send(request.origin.chat.id, Message(text, rows))


async def _decide(request: Request, context: Context) -> list[Action]:
    """The admin's word. Only the first one counts, and only the author's."""
    number, _, word = request.arguments.partition(" ")
    actor, translate, press = request.origin.user.id, context.translate, request.press
    if press is None or not number.isdecimal() or len(number) > 15:
        return reply_text(request, translate("This button no longer works."))
    run_id = int(number)
    if word == "send":
        card = CardMessage(request.origin.chat.id, press.message_id)
        done = await runs.confirm(context.tx, run_id, actor=actor, card=card, now=context.now)
        return reply_text(request, translate("On its way.") if done else await _already(run_id, context))
    if word == "discard" and await runs.discard(context.tx, run_id, actor=actor):
        gone = Message(Text(translate("🗑 Discarded. Nothing was sent.")))
        return reply_with(replace(request, target=ReplyTarget.IN_PLACE), gone, toast=translate("Discarded."))
    return reply_text(request, await _already(run_id, context))


async def _already(run_id: int, context: Context) -> str:
    """Why a draft's button does nothing any more."""
    translate, found = context.translate, await runs.progress(context.tx, run_id)
    if found is None or found.state is RunState.DRAFT:
        return translate("Only the author of a broadcast can send it.")
    if found.state is RunState.CANCELLED:
        return translate("This broadcast was discarded.")
    return translate("This broadcast has been sent already; it goes out once.")
