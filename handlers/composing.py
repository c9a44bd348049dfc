"""Composing a broadcast: its card with all options, and what its author is asked for.

[Broadcast] → card → [🔕 Silent] [📌 Pin] … → card      [🔗 Buttons] → question → the author's next text → card
"""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.chat.event import ButtonPress
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.broadcast import Broadcast, LinkButton
from handlers.admin import RunAction
from handlers.context import Context
from handlers.input.link_buttons import MAX_BUTTONS, InvalidButton, address_of, parse_link_buttons
from handlers.request import Request, reply_text
from storage import broadcasts, segments
from storage.broadcasts import Question, StoredBroadcast
from views.broadcast import PaidOffer
from views.composer import address_question, button_question, buttons_refused, composer_card
from views.refusals import button_expired


def paid_offer(context: Context) -> PaidOffer | None:
    """Return the offer to pay for speed; None if the operator does not allow it."""
    if context.services.read_star_balance is None:
        return None
    return PaidOffer(context.services.per_second, context.star_balance)


async def card(stored: StoredBroadcast, context: Context) -> Message:
    """Return the card of a draft as it is now."""
    size = await segments.size(context.tx, stored.broadcast.segment, now=context.now)
    return composer_card(stored.run_id, stored.broadcast, size, context.translate, paid_offer(context))


async def press_option(
    request: Request, press: ButtonPress, action: RunAction, stored: StoredBroadcast, context: Context
) -> list[Action]:
    """Carry out a button of a draft's card; the card shows the change."""
    verb, broadcast = action.verb, stored.broadcast
    if verb == "buttons":
        await broadcasts.ask(context.tx, stored.run_id, Question.BUTTON)
        question = Send(request.origin.chat.id, button_question(stored.run_id, context.translate))
        return [CallbackAnswer(press.callback_query_id), question]
    if verb in ("open", "back"):
        changed = broadcast
        await broadcasts.ask(context.tx, stored.run_id, Question.NONE)
    elif verb == "nobuttons":
        changed = replace(broadcast, buttons=())
    elif (toggled := _toggled(broadcast, verb)) is not None:
        changed = toggled
    else:
        return reply_text(request, button_expired(context.translate))
    shown = await _change(stored, changed, context)
    return [CallbackAnswer(press.callback_query_id), Edit(request.origin.chat.id, press.message_id, shown)]


def _toggled(broadcast: Broadcast, verb: str) -> Broadcast | None:
    """Return the broadcast with an option turned on or off; None if the verb names none."""
    match verb:
        case "silent":
            return replace(broadcast, is_silent=not broadcast.is_silent)
        case "protect":
            return replace(broadcast, is_protected=not broadcast.is_protected)
        case "preview":
            return replace(broadcast, hides_preview=not broadcast.hides_preview)
        case "votes":
            return replace(broadcast, shares_votes=not broadcast.shares_votes)
    return None


async def take_answer(request: Request, stored: StoredBroadcast, text: str, context: Context) -> list[Action]:
    """Take the answer to what the author of a draft was asked, and show the card anew, or ask again."""
    chat_id, translate = request.origin.chat.id, context.translate
    try:
        if stored.asked is Question.ADDRESS:
            buttons: tuple[tuple[LinkButton, ...], ...] = ((LinkButton(stored.answered, address_of(text)),),)
        elif "\n" in text or "://" in text:
            buttons = parse_link_buttons(text)
        else:
            await broadcasts.ask(context.tx, stored.run_id, Question.ADDRESS, text.strip())
            return [Send(chat_id, address_question(stored.run_id, text.strip(), translate))]
    except InvalidButton as error:
        return [Send(chat_id, buttons_refused(stored.run_id, error.line, translate))]
    rows = (*stored.broadcast.buttons, *buttons)
    if sum(map(len, rows)) > MAX_BUTTONS:
        too_many = translate("A message has at most {n} buttons.").format(n=MAX_BUTTONS)
        return [Send(chat_id, Message(Text(too_many)))]
    return [Send(chat_id, await _change(stored, replace(stored.broadcast, buttons=rows), context))]


async def _change(stored: StoredBroadcast, changed: Broadcast, context: Context) -> Message:
    """Store a changed draft and return its card."""
    if changed != stored.broadcast:
        await broadcasts.change(context.tx, stored, changed)
    return await card(replace(stored, broadcast=changed), context)
