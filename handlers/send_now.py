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
from handlers.audit import record
from handlers.context import Context
from handlers.input.dates import parse_date, parse_future_date
from handlers.request import Request, reply_text, reply_with
from storage import digests, reach
from storage import send_now as sending
from views.dates import format_full_day
from views.preview import nothing_stored
from views.refusals import private_chat_only
from views.send_now import refusal_text, send_now_question


async def send(request: Request, context: Context) -> list[Action]:
    """Ask whether an edition is to be sent at once, or send it."""
    tx, translate = context.tx, context.translate
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(translate))
    words = request.arguments.lower().split()
    newest = await digests.last_published(tx)
    if newest is None:
        return reply_text(request, nothing_stored(translate))
    day = newest[0] if not words else parse_date(words[0], context.today) or parse_future_date(words[0], context.today)
    edition = None if day is None else await digests.get(tx, day)
    stored = None if day is None else await digests.get_metadata(tx, day)
    if day is None or edition is None or stored is None:
        return reply_text(request, nothing_stored(translate, newest[0]))
    if request.press is not None and words[1:] == ["no"]:
        return reply_with(request, Message(Text(translate("Not sent."))))
    refusal = await sending.check(tx, day)
    if refusal is not SendNow.SENT:
        return reply_text(request, refusal_text(refusal, day, translate))
    reached = await reach.of_edition(tx, day, stored.published, now=context.now)
    if not reached.without:
        return reply_text(request, translate("Everybody who is subscribed has it already."))
    if request.press is None or words[1:] != ["yes"]:
        return reply_with(request, send_now_question(day, edition.title, reached, translate))
    await sending.send_now(tx, day, now=context.now)
    await record(context, AuditAction.SENT_NOW, edition=day, detail=str(reached.without))
    sent = translate.ngettext(
        "🚀 The edition of {date} is on its way to {n} subscriber.",
        "🚀 The edition of {date} is on its way to {n} subscribers.",
        reached.without,
    ).format(date=format_full_day(day, translate), n=reached.without)
    return reply_with(request, Message(Text(sent)))
