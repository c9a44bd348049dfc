"""Sending an edition at once to those who have not had it: /send.

send 2025-09-12        the question, with how many get it
send 2025-09-12 yes    the press that sends it
"""

from __future__ import annotations

from domain.chat.action import Action
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.send_now import SendNow
from domain.edition_day import slot_of
from handlers.context import Context
from handlers.named_edition import find_named_edition
from handlers.request import Request, reply_text, reply_with
from storage import send_now as sending
from views.send_now import nobody_left_text, refusal_text, send_now_question, sent_message


async def send(request: Request, context: Context) -> list[Action]:
    """Ask whether an edition is to be sent at once, or send it."""
    tx, translate = context.tx, context.translate
    edition = await find_named_edition(request, context)
    if isinstance(edition, Text):
        return reply_text(request, edition)
    day = edition.day
    if request.press is not None and edition.words == ("no",):
        return reply_with(request, Message(Text(translate("Not sent."))))
    is_agreed = request.press is not None and edition.words == ("yes",)
    if is_agreed:
        reached = await sending.send_by(context.user_id, tx, day, now=context.now)
    else:
        reached = await sending.outlook(tx, day, now=context.now)
    if isinstance(reached, SendNow):
        return reply_text(request, refusal_text(reached, day, translate))
    if not reached.without:
        return reply_text(request, nobody_left_text(reached, translate, slot=slot_of(day)))
    if not is_agreed:
        return reply_with(request, send_now_question(day, edition.title, reached, translate))
    return reply_with(request, sent_message(day, reached.without, context.services.hold_reason(), translate))
