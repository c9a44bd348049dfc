"""sendMessage, sendRichMessage, copyMessage and forwardMessage, with the checks in Telegram's order.

parse text -> parse reply and markup -> chat -> thread, replied message -> validate text -> buttons -> Stars -> rates
-> rights -> deliver
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from emulator import api_objects
from emulator.access import check_accepts_rich_messages, check_can_send, find_chat, read_thread_id
from emulator.ephemeral import EphemeralParameters, check_receiver, read_ephemeral_parameters
from emulator.errors import BadRequest
from emulator.formatting import ParsedText, format_caption, format_text, read_caption, read_text
from emulator.keyboards import Markup, read_markup, validate_markup
from emulator.models import NO_ENTITIES, Chat, StoredMessage
from emulator.parameters import Parameters, parse_leading_integer
from emulator.rich.message import ParsedRichMessage, read_rich_message, rich_content
from emulator.telegram import Telegram

MEDIA_RIGHTS = {
    "photo": "can_send_photos",
    "video": "can_send_videos",
    "animation": "can_send_other_messages",
    "audio": "can_send_audios",
    "voice": "can_send_voice_notes",
    "video_note": "can_send_video_notes",
    "sticker": "can_send_other_messages",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """Parameters that all sending methods share, parsed but with the markup not yet validated.

    Only texts and rich messages are sent to one member here (`ephemeral`).
    """

    chat: Chat
    thread_id: int | None
    reply_to_message_id: int | None
    markup: Markup | None
    silent: bool
    paid: bool
    protected: bool
    ephemeral: EphemeralParameters | None = None


def read_send_options(tg: Telegram, params: Parameters, *, may_be_ephemeral: bool = False) -> SendOptions:
    """Parse the shared parameters and find the chat."""
    ephemeral = read_ephemeral_parameters(params)
    if ephemeral is not None and not may_be_ephemeral:
        raise BadRequest("an ephemeral message of this method is not emulated")
    reply = _read_reply(params)
    markup = read_markup(params)
    chat = find_chat(tg, params)
    thread_id = read_thread_id(tg, chat, params)
    reply_to = _check_reply(tg, chat, reply)
    if thread_id is None and reply_to is not None and chat.is_forum:
        replied = tg.store.get_message(chat.id, reply_to)
        thread_id = replied.thread_id if replied is not None else None
    return SendOptions(
        chat=chat,
        thread_id=thread_id,
        reply_to_message_id=reply_to,
        markup=markup,
        silent=params.boolean("disable_notification"),
        paid=params.boolean("allow_paid_broadcast"),
        protected=params.boolean("protect_content"),
        ephemeral=ephemeral,
    )


def _read_reply(params: Parameters) -> dict[str, Any] | None:
    reply = params.json("reply_parameters", "can't parse reply parameters JSON object")
    if reply is None:
        legacy = params.integer("reply_to_message_id")
        return (
            {"message_id": legacy, "allow_sending_without_reply": params.boolean("allow_sending_without_reply")}
            if legacy
            else None
        )
    if not isinstance(reply, dict):
        raise BadRequest("object expected as reply parameters")
    return reply


def _check_reply(tg: Telegram, chat: Chat, reply: dict[str, Any] | None) -> int | None:
    message_id = parse_leading_integer(str(reply.get("message_id"))) if reply else 0
    if reply is None or message_id <= 0:
        return None
    if tg.store.get_message(chat.id, message_id) is None:
        if reply.get("allow_sending_without_reply"):
            return None
        raise BadRequest("message to be replied not found")
    return message_id


def send(
    tg: Telegram, options: SendOptions, content: dict[str, Any], right: str = "can_send_messages"
) -> StoredMessage:
    """Check buttons, Stars, rates and rights, then deliver the message."""
    chat, ephemeral = options.chat, options.ephemeral
    reply_markup = validate_markup(options.markup)
    if ephemeral is not None:
        check_receiver(tg, chat, ephemeral)
    is_paid = options.paid and tg.stars.has_paid_broadcasts
    is_billed = is_paid and tg.flood_control.exceeds_free_rate()
    if is_billed:
        tg.stars.check_balance()
    tg.flood_control.check_and_count(chat.id, group=chat.type in ("group", "supergroup"), paid=is_paid)
    check_can_send(tg, chat, options.thread_id, right)
    message = StoredMessage(
        chat_id=chat.id,
        message_id=tg.store.next_message_id(chat) if ephemeral is None else -tg.store.next_ephemeral_id(chat),
        from_id=tg.bot.id,
        from_name=chat.title or "" if chat.type == "channel" else tg.bot.first_name,
        from_bot=True,
        date=tg.clock.unix_seconds(),
        reply_markup=reply_markup,
        reply_to_message_id=options.reply_to_message_id,
        thread_id=options.thread_id,
        silent=options.silent,
        protected=options.protected,
        receiver_user_id=None if ephemeral is None else ephemeral.receiver_user_id,
        **content,
    )
    tg.deliver_bot_message(message)
    if is_billed:
        tg.stars.charge_message()
    return message


def text_content(tg: Telegram, parsed: ParsedText, link_preview: msgspec.Raw | None) -> dict[str, Any]:
    """Return the content fields of a text message, cleaned and validated."""
    users = None
    if parsed.has_mentions_by_id:
        users = {user.id: api_objects.user_object(user, tg.bot.id) for user in tg.store.users.values()}
    formatted = format_text(parsed, users)
    return {
        "text": formatted.text,
        "entities": formatted.entities,
        "link_preview": link_preview,
        "rich_message": None,
    }


def rich_message_content(tg: Telegram, params: Parameters, parsed: ParsedRichMessage, chat: Chat) -> dict[str, Any]:
    """Return the content fields of a rich message, checked and accepted by the chat."""
    content = rich_content(tg, params, parsed)
    check_accepts_rich_messages(tg, chat)
    return {"text": "", "entities": NO_ENTITIES, "link_preview": None, "rich_message": content}


def read_link_preview(params: Parameters) -> msgspec.Raw | None:
    """Return link_preview_options, also from the older flag; None if absent."""
    requested = params.json("link_preview_options", "can't parse link preview options JSON object")
    if requested is None:
        return msgspec.Raw(b'{"is_disabled":true}') if params.boolean("disable_web_page_preview") else None
    if not isinstance(requested, dict):
        raise BadRequest("object expected as link preview options")
    options = {name: value for name, value in requested.items() if value not in (None, False, "")}
    return msgspec.Raw(msgspec.json.encode(options)) if options else None


def send_message(tg: Telegram, params: Parameters) -> Any:
    link_preview = read_link_preview(params)
    parsed = read_text(params)
    options = read_send_options(tg, params, may_be_ephemeral=True)
    message = send(tg, options, text_content(tg, parsed, link_preview))
    return api_objects.message_object(message, tg.store)


def send_rich_message(tg: Telegram, params: Parameters) -> Any:
    parsed = read_rich_message(params)
    options = read_send_options(tg, params, may_be_ephemeral=True)
    content = rich_message_content(tg, params, parsed, options.chat)
    if parsed.has_photos:
        check_can_send(tg, options.chat, options.thread_id, "can_send_photos")
    message = send(tg, options, content)
    return api_objects.message_object(message, tg.store)


def copy_message(tg: Telegram, params: Parameters) -> Any:
    """Copy a message of any chat the bot can read, without its author and buttons; a new caption is possible."""
    source = _source(tg, params, "copy", "copied")
    caption = read_caption(params) if params.has("caption") else None
    options = read_send_options(tg, params)
    content = source.content()
    if source.poll is not None:
        content["poll"] = msgspec.structs.replace(source.poll, id="")
    if source.rich_message is not None:
        check_accepts_rich_messages(tg, options.chat)
    if caption is not None and (source.document is not None or api_objects.takes_caption(source.media)):
        formatted = format_caption(caption)
        content |= {"text": formatted.text, "entities": formatted.entities}
    message = send(tg, options, content, right_for(source))
    return {"message_id": message.message_id}


def forward_message(tg: Telegram, params: Parameters) -> Any:
    """Forward a message of any chat the bot can read, with where it came from; a poll shares its votes."""
    source = _source(tg, params, "forward", "forwarded")
    options = read_send_options(tg, params)
    origin = source.forward_origin or msgspec.Raw(msgspec.json.encode(api_objects.origin_of(source, tg.store)))
    content = source.content() | {"forward_origin": origin}
    if source.poll is not None:
        content["poll"] = msgspec.structs.replace(source.poll, id=api_objects.poll_id(source, source.poll))
    message = send(tg, options, content, right_for(source))
    return api_objects.message_object(message, tg.store)


def _source(tg: Telegram, params: Parameters, to: str, done: str) -> StoredMessage:
    """Return the message to be copied or forwarded. Raises BadRequest."""
    if not params.has("from_chat_id"):
        raise BadRequest('parameter "from_chat_id" is required')
    chat = find_chat(tg, params, "from_chat_id", write=False)
    source = tg.store.find_message(chat.id, params.integer("message_id"))
    if source is None:
        raise BadRequest(f"message to {to} not found")
    if source.service is not None or source.protected:
        raise BadRequest(f"message can't be {done}")
    return source


def right_for(message: StoredMessage) -> str:
    """Return the right that a member needs to send such a message."""
    if message.document is not None:
        return "can_send_documents"
    if message.poll is not None:
        return "can_send_polls"
    return "can_send_messages" if message.media is None else MEDIA_RIGHTS[message.media.kind]
