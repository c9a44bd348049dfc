"""sendMessage and copyMessage: a message for a chat -> checked in Telegram's order, accounted, delivered.

parse text -> parse reply and markup -> chat -> thread, replied message -> text whole -> buttons -> rates -> rights ->
delivered
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from emulator import answers
from emulator.errors import BadRequest
from emulator.formatting import Parsed, finish_caption, finish_text, read_caption, read_text
from emulator.keyboards import Markup, check_markup, read_markup
from emulator.parameters import Parameters, leading_integer
from emulator.reach import check_send, check_thread, find_chat
from emulator.telegram import Telegram
from emulator.values import Chat, Message


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every sending method has in common, checked as far as the first step goes."""

    chat: Chat
    thread_id: int | None
    reply_to: int | None
    markup: Markup | None
    silent: bool
    paid: bool


def open_envelope(tg: Telegram, p: Parameters) -> Envelope:
    """Parse what is around the content, and find the chat."""
    reply = _read_reply(p)
    markup = read_markup(p)
    chat = find_chat(tg, p)
    thread_id = check_thread(tg, chat, p)
    reply_to = _check_reply(tg, chat, reply)
    if thread_id is None and reply_to is not None and chat.is_forum:
        replied = tg.world.message(chat.id, reply_to)
        thread_id = replied.thread_id if replied is not None else None
    return Envelope(chat, thread_id, reply_to, markup, p.flag("disable_notification"), p.flag("allow_paid_broadcast"))


def _read_reply(p: Parameters) -> dict[str, Any] | None:
    given = p.json("reply_parameters", "can't parse reply parameters JSON object")
    if given is None:
        legacy = p.integer("reply_to_message_id")
        return (
            {"message_id": legacy, "allow_sending_without_reply": p.flag("allow_sending_without_reply")}
            if legacy
            else None
        )
    if not isinstance(given, dict):
        raise BadRequest("object expected as reply parameters")
    return given


def _check_reply(tg: Telegram, chat: Chat, reply: dict[str, Any] | None) -> int | None:
    message_id = leading_integer(str(reply.get("message_id"))) if reply else 0
    if reply is None or message_id <= 0:
        return None
    if tg.world.message(chat.id, message_id) is None:
        if reply.get("allow_sending_without_reply"):
            return None
        raise BadRequest("message to be replied not found")
    return message_id


def post(tg: Telegram, envelope: Envelope, content: dict[str, Any], right: str = "can_send_messages") -> Message:
    """The last steps: buttons, rates, rights; then it is delivered."""
    chat = envelope.chat
    reply_markup = check_markup(envelope.markup)
    tg.gate.enter(chat.id, group=chat.type in ("group", "supergroup"), paid=envelope.paid)
    check_send(tg, chat, envelope.thread_id, right)
    message = Message(
        chat_id=chat.id,
        message_id=tg.world.next_message_id(chat),
        from_id=tg.bot.id,
        from_name=chat.title or "" if chat.type == "channel" else tg.bot.first_name,
        from_bot=True,
        date=tg.clock.unix(),
        reply_markup=reply_markup,
        reply_to_message_id=envelope.reply_to,
        thread_id=envelope.thread_id,
        silent=envelope.silent,
        **content,
    )
    tg.deliver(message)
    return message


def text_content(tg: Telegram, parsed: Parsed, link_preview: msgspec.Raw | None) -> dict[str, Any]:
    """The content of a text message, cleaned and counted."""
    people = None
    if parsed.mentions:
        people = {person.id: answers.user(person, tg.bot.id) for person in tg.world.people.values()}
    formatted = finish_text(parsed, people)
    return {"text": formatted.text, "entities": formatted.entities, "link_preview": link_preview}


def read_link_preview(p: Parameters) -> msgspec.Raw | None:
    """link_preview_options, or the older flag."""
    given = p.json("link_preview_options", "can't parse link preview options JSON object")
    if given is None:
        return msgspec.Raw(b'{"is_disabled":true}') if p.flag("disable_web_page_preview") else None
    if not isinstance(given, dict):
        raise BadRequest("object expected as link preview options")
    kept = {name: value for name, value in given.items() if value not in (None, False, "")}
    return msgspec.Raw(msgspec.json.encode(kept)) if kept else None


def send_message(tg: Telegram, p: Parameters) -> Any:
    link_preview = read_link_preview(p)
    parsed = read_text(p)
    envelope = open_envelope(tg, p)
    message = post(tg, envelope, text_content(tg, parsed, link_preview))
    return answers.message(message, tg.world)


def copy_message(tg: Telegram, p: Parameters) -> Any:
    """A message of any chat the bot can read, again, without its author and its buttons. A text keeps its entities.

    A new caption may be given.
    """
    source_chat = _source_chat(tg, p)
    source = tg.world.message(source_chat.id, p.integer("message_id"))
    if source is None:
        raise BadRequest("message to copy not found")
    if source.service is not None:
        raise BadRequest("message can't be copied")
    caption = read_caption(p) if p.has("caption") else None
    envelope = open_envelope(tg, p)
    content = {
        "text": source.text,
        "entities": source.entities,
        "document": source.document,
        "location": source.location,
    }
    content["link_preview"] = source.link_preview
    if caption is not None and source.document is not None:
        formatted = finish_caption(caption)
        content |= {"text": formatted.text, "entities": formatted.entities}
    message = post(tg, envelope, content)
    return {"message_id": message.message_id}


def _source_chat(tg: Telegram, p: Parameters) -> Chat:
    if not p.has("from_chat_id"):
        raise BadRequest('parameter "from_chat_id" is required')
    return find_chat(tg, p, "from_chat_id", write=False)
