"""Broadcasts, from what an admin sends to the run that delivers it.

message or /broadcast → draft (frozen) → card: broadcast · test to me · no
                                           → [Broadcast] → options (handlers/composing.py) → [Send] → running broadcast
                                                                                           → [Send fast] → paid in Stars
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from domain.audit import AuditAction
from domain.chat.action import Action, CallbackAnswer, CallMethod, Edit, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.event import ButtonPress
from domain.chat.frozen_message import FrozenMessage
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.broadcast import Broadcast, calls
from domain.delivery.payment import Payment, max_cost_stars
from domain.delivery.progress import CardMessage, Progress
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunState
from handlers import broadcast_edits, composing, timing
from handlers.admin import RunAction, parse_run_action, show_run
from handlers.audit import record
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from handlers.scheduled_broadcasts import list_scheduled
from storage import broadcasts, run_progress, runs, schedules, segments
from storage.broadcasts import StoredBroadcast
from views.broadcast import (
    discarded_card,
    not_affordable,
    offer_card,
    reworded_card,
    reworded_since,
)
from views.broadcast_times import past_time_refused
from views.refusals import button_expired, private_chat_only
from views.run_reports import is_scheduled

log = structlog.get_logger(__name__)

_STARS_DIGITS = 12


def shows_star_balance(request: Request) -> bool:
    """Return whether the answer depends on the bot's Stars: a card that offers to send, or the press that pays."""
    action = parse_run_action(request.arguments)
    if request.press is None:
        return request.content is None or request.is_answer
    return action is not None and action.verb not in ("send", "test", "discard")


async def broadcast(request: Request, context: Context) -> list[Action]:
    """Draft a broadcast from what an admin sent, take an answer to a question, or carry out a button of a card."""
    if request.press is not None:
        return await _carry_out_press(request, request.press, context)
    translate, chat = context.translate, request.origin.chat
    if not chat.is_private:
        return reply_text(request, private_chat_only(translate))
    if request.content is not None:
        return await _take_message(request, request.content, context)
    if request.styled_arguments:
        content = typed_content(request.styled_arguments, request.message_id)
        return await _draft_with_card(request, Broadcast(messages=(content,)), context)
    if request.reply_to_content is not None:
        return await _draft_replied(request, request.reply_to_content, context)
    usage = translate(
        "Send me anything, or forward it: a text, a picture, an album, a poll, a file. Below it I ask what to do. "
        "For a text you can also write it after /broadcast."
    )
    return [*reply_text(request, usage), *await list_scheduled(chat.id, context)]


async def offer(request: Request, content: FrozenMessage, context: Context) -> list[Action]:
    """Draft what an admin sent, and ask below it what to do."""
    offered = Broadcast(messages=(content,), is_offered=True)
    run_id = await broadcasts.draft(context.tx, offered, actor=request.origin.user.id, now=context.now)
    return [Send(request.origin.chat.id, offer_card(run_id, offered, context.translate), card_of=run_id)]


async def _take_message(request: Request, content: FrozenMessage, context: Context) -> list[Action]:
    """Take what an admin sent: the answer to a question, a further message of an album, or a new broadcast."""
    author = request.origin.user.id
    edit = await broadcasts.asked_for_edit(context.tx, author)
    if edit is not None and content.kind == "text" and not content.is_forwarded:
        return await broadcast_edits.take_text(request, edit, content, context)
    question = await broadcasts.asked(context.tx, author)
    if question is not None and content.kind == "text" and not content.is_forwarded:
        return await composing.take_answer(request, question, content.text, context)
    if content.album_id:
        album = await broadcasts.collecting(context.tx, author, content.album_id)
        if album is not None and album.broadcast.takes_more:
            await broadcasts.change(context.tx, album, album.broadcast.with_message(content))
            return []
    return await offer(request, content, context)


def typed_content(text: Text, message_id: int) -> FrozenMessage:
    """Return the message that a text after /broadcast makes."""
    body = Message(text, link_preview=True).to_bot_api()
    parameters = {name: value for name, value in body.items() if name != "link_preview_options"}
    return FrozenMessage(message_id=message_id, kind="text", method="sendMessage", parameters=parameters)


async def _draft_replied(request: Request, content: FrozenMessage, context: Context) -> list[Action]:
    """Draft the message that /broadcast replies to; of an album all of it, as far as it was sent here."""
    album = None
    if content.album_id:
        album = await broadcasts.collecting(context.tx, request.origin.user.id, content.album_id)
    chosen = Broadcast(messages=(content,)) if album is None else replace(album.broadcast, is_offered=False)
    return await _draft_with_card(request, chosen, context)


async def _draft_with_card(request: Request, chosen: Broadcast, context: Context) -> list[Action]:
    chat_id, author = request.origin.chat.id, request.origin.user.id
    run_id = await broadcasts.draft(context.tx, chosen, actor=author, now=context.now)
    await record(context, AuditAction.BROADCAST_COMPOSED, run_id=run_id)
    stored = StoredBroadcast(run_id=run_id, actor=author, broadcast=chosen)
    return [*_shown(chat_id, stored), await composing.sent_card(chat_id, stored, context)]


async def shown_with_card(chat_id: int, stored: StoredBroadcast, context: Context) -> list[Action]:
    """Show a draft as recipients get it, with its card, or the question what to do if that was not answered yet."""
    if stored.broadcast.is_offered:
        offered = offer_card(stored.run_id, stored.broadcast, context.translate)
        card = Send(chat_id, offered, card_of=stored.run_id)
    else:
        card = await composing.sent_card(chat_id, stored, context)
    return [*_shown(chat_id, stored), card]


async def _show_newer(press: ButtonPress, stored: StoredBroadcast, context: Context) -> list[Action] | None:
    """Answer a press on the card of a text that its author has edited since: show them the newer draft.

    None if that is not why the draft is one no more.
    """
    progress, author, chat_id = await run_progress.get(context.tx, stored.run_id), stored.actor, press.origin.chat.id
    if progress is None or progress.state_reason is not RunStateReason.REWORDED or author != press.origin.user.id:
        return None
    newer = await broadcasts.of_messages(context.tx, author, stored.broadcast.sources, now=context.now)
    if not newer:
        return None
    answer = CallbackAnswer(press.callback_query_id, reworded_since(context.translate), show_alert=True)
    former = Edit(chat_id, press.message_id, reworded_card(context.translate))
    run = await runs.get(context.tx, newer[0].run_id)
    if run is None or run.state is not RunState.DRAFT or run.corrected_run_id is not None:
        why_not = await _why_not(run.edition_run_id if run else stored.run_id, context)
        return [CallbackAnswer(press.callback_query_id, why_not, show_alert=True), former]
    return [answer, former, *await shown_with_card(chat_id, newer[0], context)]


def _shown(chat_id: int, stored: StoredBroadcast) -> Sequence[Action]:
    """Return the actions that show the author exactly what recipients get."""
    return [CallMethod(chat_id, call.method, call.parameters) for call in calls(stored.broadcast, stored.actor)]


async def _carry_out_press(request: Request, press: ButtonPress, context: Context) -> list[Action]:
    """Carry out a button of a draft. Only its author can, and only the first press sends it."""
    action, translate = parse_run_action(request.arguments), context.translate
    if action is None:
        return reply_text(request, button_expired(translate))
    stored = await broadcasts.get(context.tx, action.run_id)
    run = await runs.get(context.tx, action.run_id)
    if action.verb == "change" and stored is not None:
        return await _return_to_draft(request, press, stored, context)
    if stored is not None and (newer := await _show_newer(press, stored, context)) is not None:
        return newer
    if run is None or run.state is not RunState.DRAFT or run.actor != request.origin.user.id:
        return reply_text(request, await _why_not(action.run_id, context))
    if action.verb == "discard":
        await runs.discard(context.tx, action.run_id, actor=request.origin.user.id)
        await record(context, AuditAction.BROADCAST_DISCARDED, run_id=action.run_id)
        request = replace(request, target=ReplyTarget.IN_PLACE)
        return reply_with(request, discarded_card(translate), toast=translate("Discarded."))
    if stored is None:
        return reply_text(request, button_expired(translate))
    if action.verb == "send" or _agreed_stars(action) is not None:
        return await _send(request, press, action, stored, context)
    if action.verb == "test":
        toast = CallbackAnswer(press.callback_query_id, translate("Exactly this is what they get."))
        return [toast, *_shown(request.origin.chat.id, stored)]
    former = await composing.take_as_card(press, stored, context)
    return [*await composing.press_option(request, press, action, stored, context), *former]


async def _send(
    request: Request, press: ButtonPress, action: RunAction, stored: StoredBroadcast, context: Context
) -> list[Action]:
    """Send a draft, unless nobody would get it, or it costs more than its author agreed to; then say so on the card."""
    translate, stars = context.translate, _agreed_stars(action)
    recipients = (await segments.size(context.tx, stored.broadcast.segment, now=context.now)).total
    paid_offer = composing.paid_offer(context)
    payment = Payment.FREE if stars is None else Payment.PAID
    if not recipients:
        refusal = translate("There is nobody to send it to: nobody you chose is subscribed, or they have all paused.")
    elif stored.broadcast.time.at is not None and stored.broadcast.time.at <= context.now:
        refusal = past_time_refused(translate)
    elif stars is not None and paid_offer is None:
        refusal = translate("Sending for Stars is switched off by now. You can send it for free.")
    elif stars is not None and paid_offer is not None and not paid_offer.is_affordable(recipients):
        refusal = not_affordable(paid_offer, recipients, translate)
    elif stars is not None and max_cost_stars(recipients) > stars:
        refusal = translate("There are more subscribers by now. Please look at the new cost and press again.")
    elif await _confirm(request, press, stored, context, payment):
        is_later = stored.broadcast.time.in_mornings or stored.broadcast.time.at is not None
        return reply_text(request, translate("Scheduled.") if is_later else translate("On its way."))
    else:
        return reply_text(request, await _why_not(action.run_id, context))
    card = await composing.card(stored, context)
    answer = CallbackAnswer(press.callback_query_id, refusal, show_alert=True)
    return [answer, Edit(request.origin.chat.id, press.message_id, card)]


async def _return_to_draft(
    request: Request, press: ButtonPress, stored: StoredBroadcast, context: Context
) -> list[Action]:
    """Make a scheduled broadcast a draft again, to be changed."""
    if not await runs.return_to_draft(context.tx, stored.run_id, actor=request.origin.user.id):
        refusal = reply_text(request, await _why_not_changed(stored, context))
        return [*refusal, *await show_run(stored.run_id, request, context, may_be_listed=True)]
    former = await composing.take_as_card(press, stored, context)
    await record(context, AuditAction.BROADCAST_CHANGED, run_id=stored.run_id)
    card = await composing.card(stored, context)
    answer = CallbackAnswer(press.callback_query_id, context.translate("It waits until you send it."))
    return [answer, Edit(request.origin.chat.id, press.message_id, card), *former]


async def _confirm(
    request: Request, press: ButtonPress, stored: StoredBroadcast, context: Context, payment: Payment
) -> bool:
    """Let a draft of the presser go out; return False if it is no draft of theirs."""
    tx, now, run_id = context.tx, context.now, stored.run_id
    time = await timing.with_quiet_hours(stored.broadcast.time, context)
    await broadcasts.change(tx, stored, replace(stored.broadcast, time=time))
    card, actor = CardMessage(request.origin.chat.id, press.message_id), request.origin.user.id
    dues = time.dues(await schedules.in_use(tx), now)
    is_confirmed = await runs.confirm(tx, run_id, actor=actor, card=card, now=now, payment=payment, dues=dues)
    if is_confirmed:
        log.info("broadcast_confirmed", run=run_id, payment=payment.value)
        is_later = time.in_mornings or time.at is not None
        action = AuditAction.BROADCAST_SCHEDULED if is_later else AuditAction.BROADCAST_CONFIRMED
        await record(context, action, run_id=run_id)
    return is_confirmed


def _agreed_stars(action: RunAction) -> int | None:
    """Return the Stars that a press agrees to pay at most, or None for the other buttons."""
    verb, _, number = action.verb.partition(" ")
    is_valid = verb == "pay" and number.isdecimal() and len(number) <= _STARS_DIGITS
    return int(number) if is_valid else None


async def _why_not(run_id: int, context: Context) -> str:
    """Return why a draft's button had no effect."""
    translate, progress = context.translate, await run_progress.get(context.tx, run_id)
    if progress is None or progress.state is RunState.DRAFT:
        return translate("Only the author of a broadcast can send it.")
    if progress.state is RunState.CANCELLED:
        return _why_cancelled(progress, translate)
    if is_scheduled(progress):
        return translate("This broadcast is scheduled already; it goes out once.")
    return translate("This broadcast has been sent already; it goes out once.")


async def _why_not_changed(stored: StoredBroadcast, context: Context) -> str:
    """Return why a scheduled broadcast does not become a draft again."""
    translate, progress = context.translate, await run_progress.get(context.tx, stored.run_id)
    if progress is None:
        return button_expired(translate)
    if progress.state is RunState.CANCELLED:
        return _why_cancelled(progress, translate)
    if progress.state is RunState.DRAFT:
        is_own = stored.actor == context.user_id
        return translate("It waits until you send it.") if is_own else translate("Its author is changing it.")
    if is_scheduled(progress) and stored.actor != context.user_id:
        return translate("Only its author can change it. Any admin can cancel it.")
    return translate("It has begun to go out, so it can no longer be called back.")


def _why_cancelled(progress: Progress, translate: Translator) -> str:
    if progress.state_reason is RunStateReason.ADMIN:
        return translate("This broadcast was cancelled.")
    return translate("This broadcast was discarded.")
