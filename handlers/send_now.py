"""Sending an edition at once to those who have not had it: /send.

send 2025-09-12        the question, with how many get it
send 2025-09-12 yes    the press that sends it
"""

from __future__ import annotations

from domain.audit import AuditAction
from domain.chat.action import Action
from domain.chat.message import Message
from domain.chat.text import Text
from domain.delivery.send_now import SendNow
from domain.edition_day import slot_of
from handlers.audit import record
from handlers.context import Context
from handlers.named_edition import find_named_edition
from handlers.request import Request, reply_text, reply_with
from storage import reach
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
    refusal = await sending.check(tx, day)
    if refusal is not SendNow.SENT:
        return reply_text(request, refusal_text(refusal, day, translate))
    reached = await reach.of_edition(tx, day, edition.stored.published, now=context.now)
    if not reached.without:
        return reply_text(request, nobody_left_text(reached, translate, slot=slot_of(day)))
    if request.press is None or edition.words != ("yes",):
        return reply_with(request, send_now_question(day, edition.title, reached, translate))
    await sending.send_now(tx, day, now=context.now)
    await record(context, AuditAction.SENT_NOW, edition=day, detail=str(reached.without))
    return reply_with(request, sent_message(day, reached.without, context.services.hold_reason(), translate))
