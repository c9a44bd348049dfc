"""Composing a broadcast: its card with all options, and what its author is asked for.

[Broadcast] → card → [🔕 Silent] [📌 Pin] … → card      [🔗 Buttons] → question → the author's next text → card
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.audit import AuditAction
from domain.chat import limits
from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.chat.event import ButtonPress
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.broadcast import Broadcast, LinkButton
from domain.delivery.broadcast_time import BroadcastTime
from domain.delivery.progress import CardMessage
from handlers import audience, timing
from handlers.admin import RunAction
from handlers.audit import record
from handlers.context import Context
from handlers.input.link_buttons import (
    MAX_BUTTONS,
    MAX_LABEL_CHARACTERS,
    InvalidButton,
    LabelTooLong,
    RowTooLong,
    address_of,
    holds_addresses,
    label_of,
    parse_link_buttons,
)
from handlers.request import Request, reply_text
from handlers.sent_cards import retire_card
from storage import broadcast_dues, broadcasts, runs, segments
from storage.broadcasts import Question, StoredBroadcast
from views.broadcast import PaidOffer, moved_card
from views.broadcast_times import (
    instant_in_words,
    time_in_words,
    time_is_past,
    time_question,
    time_refused,
    time_screen,
    waiting_line,
)
from views.composer import (
    BroadcastDraftView,
    address_question,
    address_refused,
    button_question,
    buttons_refused,
    composer_card,
    label_refused,
    row_refused,
)
from views.refusals import button_expired
from views.segments import audience_screen, editions_screen, name_question, saved_choices_full, segment_in_words
from views.shortening import cut_to_width

MAX_NAME_WIDTH = 24


def paid_offer(context: Context) -> PaidOffer | None:
    """Return the offer to pay for speed; None if the operator does not allow it."""
    if context.services.read_star_balance is None:
        return None
    return PaidOffer(context.services.per_second, context.star_balance)


async def card(stored: StoredBroadcast, context: Context) -> Message:
    """Return the card of a draft as it is now."""
    broadcast, translate, zone = stored.broadcast, context.translate, context.subscriber.schedule.zone
    names = await audience.segment_names(context, broadcast.segment, at=broadcast.time.at)
    time = await timing.with_quiet_hours(broadcast.time, context)
    waiting = await broadcast_dues.of_draft(context.tx, replace(broadcast, time=time), now=context.now)

    def shown(at: datetime) -> Text:
        return instant_in_words(at, translate, zone=zone, now=context.now)

    view = BroadcastDraftView(
        run_id=stored.run_id,
        broadcast=broadcast,
        size=await segments.size(context.tx, broadcast.segment, now=context.now),
        who=segment_in_words(broadcast.segment, names, translate),
        when=time_in_words(broadcast.time, translate, zone=zone, now=context.now),
        waiting=None if waiting is None else waiting_line(waiting, time, translate, shown),
    )
    return composer_card(view, translate, paid_offer(context))


async def sent_card(chat_id: int, stored: StoredBroadcast, context: Context) -> Send:
    """Return the action that sends the card of a draft as it is now; its number is noted then."""
    return Send(chat_id, await card(stored, context), card_of=stored.run_id)


async def press_option(
    request: Request, press: ButtonPress, action: RunAction, stored: StoredBroadcast, context: Context
) -> list[Action]:
    """Carry out a button of a draft's card; the card shows the change."""
    verb, broadcast = action.verb, stored.broadcast
    screen = await _screen(verb, stored, context)
    if screen is not None:
        is_past = verb == "when tonight" and timing.tonight_at(context) is None
        answer = CallbackAnswer(
            press.callback_query_id, time_is_past(context.translate) if is_past else "", show_alert=is_past
        )
        return [answer, Edit(request.origin.chat.id, press.message_id, screen)]
    if verb in _QUESTIONS:
        question, asked = _QUESTIONS[verb]
        await broadcasts.ask(context.tx, stored.run_id, question)
        asking = Send(request.origin.chat.id, asked(stored.run_id, context.translate))
        return [CallbackAnswer(press.callback_query_id), asking]
    if verb in ("open", "back"):
        if verb == "open":
            await record(context, AuditAction.BROADCAST_COMPOSED, run_id=stored.run_id)
        changed = replace(broadcast, is_offered=False)
        await broadcasts.ask(context.tx, stored.run_id, Question.NONE)
    elif verb == "nobuttons":
        changed = replace(broadcast, buttons=())
    elif (toggled := _toggled(broadcast, verb)) is not None:
        changed = toggled
    else:
        return reply_text(request, button_expired(context.translate))
    shown = await _change(stored, changed, context)
    return [CallbackAnswer(press.callback_query_id), Edit(request.origin.chat.id, press.message_id, shown)]


_QUESTIONS = {
    "buttons": (Question.BUTTON, button_question),
    "typetime": (Question.TIME, time_question),
    "save": (Question.NAME, name_question),
}
"""What the author is asked at the press of a button."""


async def _screen(verb: str, stored: StoredBroadcast, context: Context) -> Message | None:
    """Return the screen of recipients or times after a press that belongs to it, else None."""
    what, _, words = verb.partition(" ")
    broadcast = stored.broadcast
    if what in ("to", "cats", "had", "missed"):
        return await _audience_screen(verb, stored, context)
    if what == "forget":
        await _forget_saved(broadcast, context)
        return audience_screen(stored.run_id, await audience.view(broadcast.segment, context), context.translate)
    if what == "quiet":
        await timing.turn_quiet_hours(context)
    elif what == "when" and words:
        changed = timing.chosen_time(words, broadcast, context)
        if changed is None:
            return None
        broadcast = changed
        await broadcasts.change(context.tx, stored, broadcast)
    elif what != "when":
        return None
    return time_screen(
        stored.run_id,
        broadcast.time,
        await timing.quiet_hours(context),
        context.translate,
        zone=context.subscriber.schedule.zone,
        now=context.now,
        has_tonight=timing.tonight_at(context) is not None,
    )


async def _audience_screen(verb: str, stored: StoredBroadcast, context: Context) -> Message | None:
    """Return a screen of recipients after a choice on it, or the turn of a page."""
    what, _, words = verb.partition(" ")
    of_editions, segment = what in ("had", "missed"), stored.broadcast.segment
    if words and not (of_editions and words.isdecimal()):
        chosen = await audience.chosen_by(verb if of_editions else words, segment, context)
        if chosen is None:
            return None
        segment = chosen
        await broadcasts.change(context.tx, stored, replace(stored.broadcast, segment=segment))
    if of_editions:
        editions = await audience.editions_view(what, words, segment, context)
        return editions_screen(stored.run_id, editions, context.translate)
    view = await audience.view(segment, context, shows_categories=what == "cats")
    return audience_screen(stored.run_id, view, context.translate)


async def _forget_saved(broadcast: Broadcast, context: Context) -> None:
    """Forget the saved segment that a draft goes to; the draft stays as it is."""
    name = next((one.name for one in await segments.saved(context.tx) if one.segment == broadcast.segment), None)
    if name is not None:
        await segments.forget(context.tx, name)
        await record(context, AuditAction.SEGMENT_FORGOTTEN, detail=name)


def _toggled(broadcast: Broadcast, verb: str) -> Broadcast | None:
    """Return the broadcast with an option turned on or off; None if the verb names none."""
    match verb:
        case "silent":
            return replace(broadcast, is_silent=not broadcast.is_silent)
        case "protect":
            return replace(broadcast, is_protected=not broadcast.is_protected)
        case "pin":
            return replace(broadcast, is_pinned=not broadcast.is_pinned)
        case "preview":
            return replace(broadcast, hides_preview=not broadcast.hides_preview)
        case "votes":
            return replace(broadcast, shares_votes=not broadcast.shares_votes)
    return None


async def take_as_card(press: ButtonPress, stored: StoredBroadcast, context: Context) -> list[Action]:
    """Let the pressed message be the card of a draft from now on; return the actions that retire the former one."""
    moved = moved_card(stored.broadcast, context.translate)
    former = await retire_card(context.tx, stored.run_id, moved, kept=press.message_id)
    await runs.note_card(context.tx, stored.run_id, CardMessage(press.origin.chat.id, press.message_id))
    return former


async def take_answer(request: Request, stored: StoredBroadcast, text: str, context: Context) -> list[Action]:
    """Take the answer to what the author of a draft was asked, and show the card anew, or ask again."""
    chat_id, translate = request.origin.chat.id, context.translate
    if stored.asked is Question.TIME:
        at = timing.parse_instant(text, context)
        if at is None:
            return [Send(chat_id, time_refused(stored.run_id, translate))]
        changed = replace(stored.broadcast, time=BroadcastTime(at=at))
        return await _show_below(chat_id, stored, changed, context)
    if stored.asked is Question.NAME:
        name = cut_to_width(text.strip(), MAX_NAME_WIDTH)
        others = [one for one in await segments.saved(context.tx) if one.name != name]
        if len(others) >= segments.MAX_SAVED_SEGMENTS:
            return [Send(chat_id, saved_choices_full(stored.run_id, segments.MAX_SAVED_SEGMENTS, translate))]
        await segments.save(context.tx, name, stored.broadcast.segment)
        await record(context, AuditAction.SEGMENT_SAVED, detail=name)
        await broadcasts.ask(context.tx, stored.run_id, Question.NONE)
        return await _show_below(chat_id, stored, stored.broadcast, context)
    try:
        if stored.asked is Question.ADDRESS:
            buttons: tuple[tuple[LinkButton, ...], ...] = ((LinkButton(stored.answered, address_of(text)),),)
        elif holds_addresses(text):
            buttons = parse_link_buttons(text)
        else:
            label = label_of(text)
            await broadcasts.ask(context.tx, stored.run_id, Question.ADDRESS, label)
            return [Send(chat_id, address_question(stored.run_id, label, translate))]
    except InvalidButton as error:
        return [Send(chat_id, _button_refused(error, stored, translate))]
    rows = (*stored.broadcast.buttons, *buttons)
    if sum(map(len, rows)) > MAX_BUTTONS:
        too_many = translate("A message has at most {n} buttons.").format(n=MAX_BUTTONS)
        return [Send(chat_id, Message(Text(too_many)))]
    return await _show_below(chat_id, stored, replace(stored.broadcast, buttons=rows), context)


def _button_refused(error: InvalidButton, stored: StoredBroadcast, translate: Translator) -> Message:
    """Return what is wrong with the button that an author wrote."""
    if isinstance(error, LabelTooLong):
        return label_refused(stored.run_id, error.line, MAX_LABEL_CHARACTERS, translate)
    if isinstance(error, RowTooLong):
        return row_refused(stored.run_id, error.line, limits.KEYBOARD_ROW_BUTTONS, translate)
    refused = address_refused if stored.asked is Question.ADDRESS else buttons_refused
    return refused(stored.run_id, error.line, translate)


async def _show_below(chat_id: int, stored: StoredBroadcast, changed: Broadcast, context: Context) -> list[Action]:
    """Store a changed draft, and show its card below the answer that changed it."""
    former = await retire_card(context.tx, stored.run_id, moved_card(stored.broadcast, context.translate))
    return [*former, Send(chat_id, await _change(stored, changed, context), card_of=stored.run_id)]


async def _change(stored: StoredBroadcast, changed: Broadcast, context: Context) -> Message:
    """Store a changed draft and return its card."""
    if changed != stored.broadcast:
        await broadcasts.change(context.tx, stored, changed)
    return await card(replace(stored, broadcast=changed), context)
