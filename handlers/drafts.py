"""Publishing in the chat: an editor sends an edition, sees it as its readers would, and says what becomes of it.

file or text → read → preview and card → [Publish] [Publish now] [At …] [Do not publish]
edited message → read anew → preview and card; the former card publishes nothing
two readings → [Number 1 is right] [Number 2 is right] → kept for later days → read again → preview and card

What takes its time, reading and rendering, is done before the write transaction (handlers/draft_reading.py).
A confirmed draft is published by delivery/draft_publisher.py: it survives a restart in between.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from digest.publication import published_at
from domain.audit import AuditAction
from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.chat.commands import CommandName
from domain.chat.event import ButtonPress, EditedMessage, TextMessage
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.chat.text import Text
from domain.delivery.segment import EVERYBODY
from domain.edition_day import parse_edition_day
from domain.subscription.preferences import Layout
from handlers import timing
from handlers.audit import record
from handlers.context import Context
from handlers.draft_reading import PRESS, STORED, choose_view, find_place, render_preview
from handlers.input.sent_digests import (
    MAX_ITEMS,
    MAX_SOURCE_BYTES,
    SUFFIXES,
    SendRefusal,
    SentDigests,
    looks_like_digest,
)
from handlers.readings import ChoiceOutcome
from handlers.request import Request, reply_text, reply_with
from storage import digests, drafts, reach, segments
from storage.drafts import EditionDraft
from views import drafts as views
from views.readings import (
    indistinct,
    kept_as_published,
    no_question,
    not_kept,
    readings_question,
    settled_question,
)
from views.refusals import button_expired, private_chat_only
from views.source_name import source_name

MOST_PREVIEW_MESSAGES = 20
"""Messages of a preview; the card below says how many there are."""


async def draft(request: Request, context: Context) -> list[Action]:
    """Take an edition that an editor sent, carry out a button of a draft, or take the time that was asked for."""
    if not request.origin.chat.is_private:
        return reply_text(request, private_chat_only(context.translate))
    if request.press is not None:
        return await _press(request, request.press, context)
    if context.sent_digests is not None:
        return await _take(request, context.sent_digests, context)
    return await _take_time(request, context)


async def edited_request(event: EditedMessage, context: Context) -> Request | None:
    """Return the request to read anew what an editor edited: what a draft was read from, or now looks like a digest."""
    if not context.may(Role.EDITOR):
        return None
    message, origin = event.message, event.origin
    text, document = (message.text, message.document) if isinstance(message, TextMessage) else ("", None)
    if not looks_like_digest(text) and await _of_message(message.message_id, context) is None:
        return None
    return Request(
        origin=origin,
        command=CommandName.DRAFT,
        document=document,
        pasted="" if document else text,
        message_id=message.message_id,
    )


async def follow_edit(request: Request, context: Context) -> list[Action]:
    """Replace the draft of an edited message by its new text, and show it; the former text is never published."""
    former, sent = await _of_message(request.message_id, context), context.sent_digests
    if former is not None:
        if sent is not None and sent.source == former.source:
            return []
        await drafts.remove(context.tx, former.id)
    if sent is None:
        return [] if former is None else reply_text(request, views.draft_gone(context.translate))
    shown = await _take(request, sent, context)
    if former is None or not former.is_confirmed:
        return shown
    return [*reply_text(request, views.reworded(context.translate)), *shown]


async def _of_message(message_id: int, context: Context) -> EditionDraft | None:
    return await drafts.of_message(context.tx, context.user_id, message_id, now=context.now)


async def _take(request: Request, sent: SentDigests, context: Context) -> list[Action]:
    """Store a digest as a draft and show it, or say why it cannot be one."""
    translate, tx = context.translate, context.tx
    if sent.refusal is not None:
        return reply_text(request, _refusal(sent.refusal, context))
    if len(sent.digests) != 1:
        return reply_with(request, views.several_days(sent.name, sent.digests, translate))
    (digest,) = sent.digests
    if not digest.is_publishable or digest.date is None:
        return reply_with(request, views.refused_draft(sent.name, digest, translate, context.today))
    if len(digest.items) > MAX_ITEMS:
        return reply_text(request, views.too_many_items(sent.name, len(digest.items), MAX_ITEMS, translate))
    stored, place = await digests.get_metadata(tx, digest.date), await find_place(digest, digest.date, context)
    origin = await digests.get_origin(tx, digest.date, place)
    is_same = origin is not None and origin.content_hash == digest.content_hash
    is_withdrawn = stored is not None and stored.is_withdrawn
    is_same_time = bool(place) or (stored is not None and digest.published_at in (None, stored.published))
    if is_same and is_same_time and not is_withdrawn:
        return reply_text(request, translate("Exactly this is published already; there is nothing to do."))
    draft_id = await drafts.add(
        tx,
        digest,
        author=context.user_id,
        message_id=request.message_id,
        name=sent.name,
        source=sent.source,
        now=context.now,
    )
    waiting = await drafts.get(tx, draft_id, now=context.now)
    return [] if waiting is None else await _show(request, waiting, "", context)


async def _press(request: Request, press: ButtonPress, context: Context) -> list[Action]:
    if stored := STORED.fullmatch(request.arguments):
        return await _press_stored(request, stored["day"], stored["key"], context)
    pressed = PRESS.fullmatch(request.arguments)
    if pressed is None:
        return reply_text(request, button_expired(context.translate))
    waiting = await drafts.get(context.tx, int(pressed["id"]), now=context.now)
    if waiting is None or waiting.is_confirmed:
        return reply_text(request, views.draft_gone(context.translate))
    match pressed["verb"]:
        case "show":
            await drafts.forget_question(context.tx, context.user_id)
            return await _show(request, waiting, pressed["words"] or "", context)
        case "at" if not await find_place(waiting.digest, waiting.day, context):
            await drafts.ask_time(context.tx, waiting.id, context.user_id)
            question = views.time_question(waiting.id, context.translate)
            return [CallbackAnswer(press.callback_query_id), Send(request.origin.chat.id, question)]
        case "read":
            return await _read_so(request, waiting.name, waiting, context)
        case "no":
            await drafts.remove(context.tx, waiting.id)
            return reply_with(request, Message(Text(context.translate("Not published."))))
    at_once = pressed["verb"] == "now" and not await find_place(waiting.digest, waiting.day, context)
    return await _confirm(request, waiting, context, at_once=at_once)


async def _press_stored(request: Request, written: str, key: str | None, context: Context) -> list[Action]:
    """Show both readings of a stored edition, or take the choice between them."""
    day = parse_edition_day(written)
    source = None if day is None else await digests.get_source(context.tx, day)
    if day is None or source is None:
        return reply_text(request, button_expired(context.translate))
    if key is not None:
        return await _read_so(request, source.path, None, context)
    sent = context.sent_digests
    if sent is None or not sent.readings:
        answer = indistinct if sent is not None and sent.is_indistinct else no_question
        return reply_text(request, answer(context.translate))
    return reply_with(request, readings_question(day, sent.readings, context.translate))


async def _read_so(request: Request, path: str, waiting: EditionDraft | None, context: Context) -> list[Action]:
    """Show what became of a text as a draft, after an editor's choice was kept and it was read again."""
    translate, sent = context.translate, context.sent_digests
    if sent is None or sent.choice is not ChoiceOutcome.KEPT:
        is_indistinct = sent is not None and sent.choice is ChoiceOutcome.INDISTINCT
        return reply_text(request, (indistinct if is_indistinct else not_kept)(translate))
    day = sent.digests[0].date
    await record(context, AuditAction.READING_CHOSEN, edition=day)
    settled = _settle_question(request, path, context)
    if waiting is not None:
        await drafts.remove(context.tx, waiting.id)
    stored = None if day is None else await digests.get_metadata(context.tx, day)
    if waiting is None and stored is not None and stored.content_hash == sent.digests[0].content_hash:
        return [*reply_text(request, kept_as_published(translate)), *settled]
    request = replace(request, message_id=0 if waiting is None else waiting.message_id)
    return [*settled, *await _take(request, sent, context)]


def _settle_question(request: Request, path: str, context: Context) -> list[Action]:
    """Return the action that takes the buttons from the report, or the question, on which a reading was chosen."""
    press = request.press
    if press is None or not press.is_accessible:
        return []
    name = source_name(path, context.translate, is_own=True)
    return [Edit(request.origin.chat.id, press.message_id, settled_question(name, context.translate))]


async def _take_time(request: Request, context: Context) -> list[Action]:
    """Take the answer to the question from when on a draft goes out, or ask again."""
    waiting = await drafts.asked(context.tx, context.user_id, now=context.now)
    if waiting is None or waiting.is_confirmed:
        return reply_text(request, views.draft_gone(context.translate))
    at = timing.parse_instant(request.arguments, context)
    if at is None:
        return reply_with(request, views.time_refused(waiting.id, context.translate))
    return await _confirm(request, waiting, context, publish_at=at)


async def _confirm(
    request: Request,
    waiting: EditionDraft,
    context: Context,
    *,
    publish_at: datetime | None = None,
    at_once: bool = False,
) -> list[Action]:
    """Let a draft be published; the first press does it."""
    author = context.user_id
    if not await drafts.confirm(context.tx, waiting.id, author=author, publish_at=publish_at, at_once=at_once):
        return reply_text(request, views.draft_gone(context.translate))
    detail = "now" if at_once else "later" if publish_at else ""
    await record(context, AuditAction.DRAFT_CONFIRMED, edition=waiting.day, detail=detail)
    published = None if at_once else publish_at or waiting.digest.published_at
    zone = context.subscriber.schedule.zone
    text = views.confirmed(published, context.translate, zone=zone, now=context.now)
    return reply_with(request, Message(Text(text)))


async def _show(request: Request, waiting: EditionDraft, words: str, context: Context) -> list[Action]:
    """Show a draft as its readers would get it in a layout and a language, and its card below."""
    tx, now, digest, sent = context.tx, context.now, waiting.digest, context.sent_digests
    place = await find_place(digest, waiting.day, context)
    layout, language = choose_view(words, place, context)
    preview = None if sent is None else sent.preview
    if preview is None or (preview.layout, preview.language) != (layout, language):  # changed in the meantime
        preview = render_preview(digest, layout, language, context.services)
    messages, in_full = preview.messages, preview.in_full
    stored = await digests.get_metadata(tx, waiting.day)
    published = published_at(digest, context.services.default_schedule, now)
    if digest.published_at is None and stored is not None:
        published = stored.published
    view = views.EditionDraftView(
        draft_id=waiting.id,
        name=waiting.name,
        digest=digest,
        layout=layout,
        language=language,
        message_count=len(messages),
        character_count=sum(len(message.text.plain) for message in in_full),
        published=published,
        reach=await reach.of_edition(tx, waiting.day, published, now=now, is_draft=True),
        is_correction=stored is not None,
        is_withdrawn=stored is not None and stored.is_withdrawn,
        variant=place,
        variant_readers=(await segments.size(tx, replace(EVERYBODY, language=place), now=now)).total if place else 0,
        is_waiting=bool(place) and stored is None,
        readings=() if sent is None else sent.readings,
        shown_messages=min(len(messages), MOST_PREVIEW_MESSAGES),
    )
    card = views.draft_card(view, context.translate, zone=context.subscriber.schedule.zone, now=now)
    if_refused = (*in_full[:MOST_PREVIEW_MESSAGES], card) if layout is Layout.RICH else ()
    return reply_with(request, *messages[:MOST_PREVIEW_MESSAGES], card, if_refused=if_refused)


def _refusal(refusal: SendRefusal, context: Context) -> str:
    translate = context.translate
    match refusal:
        case SendRefusal.OTHER_KIND:
            return translate("I read digests from files that end in {names}.").format(names=", ".join(SUFFIXES))
        case SendRefusal.TOO_LARGE:
            return translate("The file is too large for the chat: {n} bytes are the most.").format(
                n=f"{MAX_SOURCE_BYTES:,}"
            )
        case SendRefusal.NOT_FETCHED:
            return translate("Telegram does not hand out the file at the moment. Please send it again.")
