"""Broadcasts: an admin drafts one, sees it as recipients will, and confirms or discards it.

/broadcast → draft, preview, confirmation card → [Send] → running broadcast, which delivery picks up
                                               → [Send fast] → the same, paid for with Telegram Stars
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from domain.chat.action import Action, CallbackAnswer, Copy, Edit, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.event import ButtonPress
from domain.chat.message import Message
from domain.delivery.payment import Payment, max_cost_stars
from domain.delivery.progress import CardMessage
from domain.delivery.states import RunState
from handlers.admin import RunAction, parse_run_action
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from storage import runs, subscribers
from views.broadcast import PaidOffer, confirmation_card, discarded_card, not_affordable
from views.refusals import button_expired, private_chat_only

log = structlog.get_logger(__name__)

_STARS_DIGITS = 12


def shows_star_balance(request: Request) -> bool:
    """Return whether the answer depends on the bot's Stars: a new draft, or the press that pays."""
    action = parse_run_action(request.arguments)
    return request.press is None or (action is not None and _agreed_stars(action) is not None)


async def broadcast(request: Request, context: Context) -> list[Action]:
    """Draft a broadcast, or carry out a button of its confirmation card."""
    if request.press is not None:
        return await _carry_out_press(request, request.press, context)
    translate, chat = context.translate, request.origin.chat
    if not chat.is_private:
        return reply_text(request, private_chat_only(translate))
    recipients = (await subscribers.audience(context.tx, now=context.now)).recipients
    if not recipients:
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
    return [preview, Send(chat.id, confirmation_card(run_id, recipients, translate, _offer(context)))]


async def _draft(context: Context, request: Request, method: str, body: dict[str, object]) -> int:
    actor = request.origin.user.id
    return await runs.draft_broadcast(context.tx, actor=actor, method=method, body=body, now=context.now)


def _offer(context: Context) -> PaidOffer | None:
    """Return the offer to pay for speed; None if the operator does not allow it."""
    if context.services.read_star_balance is None:
        return None
    return PaidOffer(context.services.per_second, context.star_balance)


async def _carry_out_press(request: Request, press: ButtonPress, context: Context) -> list[Action]:
    """Send or discard a draft. Only its author can, and only the first press counts."""
    action, translate = parse_run_action(request.arguments), context.translate
    if action is None:
        return reply_text(request, button_expired(translate))
    if _agreed_stars(action) is not None:
        return await _send_paid(request, press, action, context)
    if action.verb == "send" and await _confirm(request, press, action.run_id, context, Payment.FREE):
        return reply_text(request, translate("On its way."))
    if action.verb == "discard" and await runs.discard(context.tx, action.run_id, actor=request.origin.user.id):
        request = replace(request, target=ReplyTarget.IN_PLACE)
        return reply_with(request, discarded_card(translate), toast=translate("Discarded."))
    return reply_text(request, await _why_not(action.run_id, context))


async def _send_paid(request: Request, press: ButtonPress, action: RunAction, context: Context) -> list[Action]:
    """Send a draft for Stars, unless that is not possible any more or costs more than its author agreed to.

    Then the card is shown anew, with what is true now.
    """
    translate, offer = context.translate, _offer(context)
    run = await runs.get(context.tx, action.run_id)
    if run is None or run.state is not RunState.DRAFT or run.actor != request.origin.user.id:
        return reply_text(request, await _why_not(action.run_id, context))
    recipients = (await subscribers.audience(context.tx, now=context.now)).recipients
    if offer is None:
        refusal = translate("Sending for Stars is switched off by now. You can send it for free.")
    elif not offer.is_affordable(recipients):
        refusal = not_affordable(offer, recipients, translate)
    elif max_cost_stars(recipients) > (_agreed_stars(action) or 0):
        refusal = translate("There are more subscribers by now. Please look at the new cost and press again.")
    elif await _confirm(request, press, action.run_id, context, Payment.PAID):
        return reply_text(request, translate("On its way."))
    else:
        return reply_text(request, await _why_not(action.run_id, context))
    card = confirmation_card(action.run_id, recipients, translate, offer)
    answer = CallbackAnswer(press.callback_query_id, refusal, show_alert=True)
    return [answer, Edit(request.origin.chat.id, press.message_id, card)]


async def _confirm(request: Request, press: ButtonPress, run_id: int, context: Context, payment: Payment) -> bool:
    """Let a draft of the presser go out; return False if it is no draft of theirs."""
    card, actor = CardMessage(request.origin.chat.id, press.message_id), request.origin.user.id
    is_confirmed = await runs.confirm(context.tx, run_id, actor=actor, card=card, now=context.now, payment=payment)
    if is_confirmed:
        log.info("broadcast_confirmed", run=run_id, payment=payment.value)
    return is_confirmed


def _agreed_stars(action: RunAction) -> int | None:
    """Return the Stars that a press agrees to pay at most, or None for the other buttons."""
    verb, _, number = action.verb.partition(" ")
    is_valid = verb == "pay" and number.isdecimal() and len(number) <= _STARS_DIGITS
    return int(number) if is_valid else None


async def _why_not(run_id: int, context: Context) -> str:
    """Return why a draft's button had no effect."""
    translate, progress = context.translate, await runs.progress(context.tx, run_id)
    if progress is None or progress.state is RunState.DRAFT:
        return translate("Only the author of a broadcast can send it.")
    if progress.state is RunState.CANCELLED:
        return translate("This broadcast was discarded.")
    return translate("This broadcast has been sent already; it goes out once.")
