"""editMessageText, editMessageCaption, editMessageMedia, editMessageReplyMarkup, deleteMessage and deleteMessages."""

from typing import Any

import msgspec

from emulator import api_objects
from emulator.access import find_chat
from emulator.errors import BadRequest
from emulator.formatting import format_caption, read_caption, read_text
from emulator.keyboards import read_markup, validate_markup
from emulator.methods.media import read_input_media
from emulator.methods.sending import read_link_preview, rich_message_content, text_content
from emulator.models import Chat, StoredMessage
from emulator.parameters import Parameters, parse_leading_integer
from emulator.rich.message import ParsedRichMessage, read_rich_message
from emulator.telegram import Telegram

MAX_DELETE_AGE_SECONDS = 48 * 3600
MAX_DELETED_MESSAGES = 100
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


def edit_message_text(tg: Telegram, params: Parameters) -> Any:
    """Replace the text or rich content of a message by either; its buttons are removed unless they are given again."""
    link_preview = read_link_preview(params)
    parsed = read_rich_message(params) if params.has("rich_message") else read_text(params)
    markup = read_markup(params)
    chat, message = _find_message(tg, params, "message to edit")
    if not message.from_bot:
        raise BadRequest("message can't be edited")
    if isinstance(parsed, ParsedRichMessage):
        content = rich_message_content(tg, params, parsed, chat)
    else:
        content = text_content(tg, parsed, link_preview)
    if message.document or message.location or message.media or message.poll:
        raise BadRequest("there is no text in the message to edit")
    changed = msgspec.structs.replace(message, **content, reply_markup=validate_markup(markup, only_inline=True))
    return _apply_edit(tg, chat, message, changed, set_edit_date=True)


def edit_message_caption(tg: Telegram, params: Parameters) -> Any:
    """Replace the caption of a message with a file; its buttons are removed unless they are given again."""
    caption = read_caption(params)
    markup = read_markup(params)
    chat, message = _find_message(tg, params, "message to edit")
    if not message.from_bot:
        raise BadRequest("message can't be edited")
    if message.document is None and not api_objects.takes_caption(message.media):
        raise BadRequest("there is no caption in the message to edit")
    formatted = format_caption(caption)
    changed = msgspec.structs.replace(
        message,
        text=formatted.text,
        entities=formatted.entities,
        reply_markup=validate_markup(markup, only_inline=True),
    )
    return _apply_edit(tg, chat, message, changed, set_edit_date=True)


def edit_message_media(tg: Telegram, params: Parameters) -> Any:
    """Replace the file and the caption of a message, or put them in place of its text.

    Its buttons are removed unless they are given again.
    """
    if not params.has("media"):
        raise BadRequest('parameter "media" is required')
    item = params.json("media", "can't parse media JSON object")
    markup = read_markup(params)
    chat, message = _find_message(tg, params, "message to edit")
    if not message.from_bot or message.location or message.poll:
        raise BadRequest("message can't be edited")
    empty = {"media": None, "document": None, "rich_message": None, "link_preview": None}
    changed = msgspec.structs.replace(
        message,
        **empty | read_input_media(tg, params, item),
        reply_markup=validate_markup(markup, only_inline=True),
    )
    return _apply_edit(tg, chat, message, changed, set_edit_date=True)


def edit_message_reply_markup(tg: Telegram, params: Parameters) -> Any:
    markup = read_markup(params)
    chat, message = _find_message(tg, params, "message to edit")
    if not message.from_bot:
        raise BadRequest("message can't be edited")
    changed = msgspec.structs.replace(message, reply_markup=validate_markup(markup, only_inline=True))
    return _apply_edit(tg, chat, message, changed, set_edit_date=False)


def _apply_edit(tg: Telegram, chat: Chat, old: StoredMessage, new: StoredMessage, *, set_edit_date: bool) -> Any:
    if _compared_content(old) == _compared_content(new):
        raise BadRequest(NOT_MODIFIED)
    tg.flood_control.check_and_count(chat.id, group=chat.type in ("group", "supergroup"), paid=False)
    if set_edit_date:
        new = msgspec.structs.replace(new, edit_date=tg.clock.unix_seconds())
    tg.replace_bot_message(new)
    return api_objects.message_object(new, tg.store)


def _compared_content(message: StoredMessage) -> tuple[Any, ...]:
    """Return the content that decides whether an edit changes the message; preview options do not."""
    encoded = (message.rich_message, message.reply_markup)
    files = message.media, message.document
    return message.text, bytes(message.entities), *files, *(part and bytes(part) for part in encoded)


def _find_message(tg: Telegram, params: Parameters, target: str) -> tuple[Chat, StoredMessage]:
    if not params.has("chat_id") and not params.integer("message_id"):
        if params.has("inline_message_id"):
            raise BadRequest("MESSAGE_ID_INVALID")  # messages sent via inline mode are not emulated
        raise BadRequest("message identifier is not specified")
    chat = find_chat(tg, params)
    if params.integer("message_id") <= 0:
        raise BadRequest("message identifier is not specified")
    message = tg.store.get_message(chat.id, params.integer("message_id"))
    if message is None:
        raise BadRequest(f"{target} not found")
    return chat, message


def delete_message(tg: Telegram, params: Parameters) -> bool:
    """Delete a message younger than 48 hours (Bot API, deleteMessage).

    The bot can delete its own messages, any in a private chat, and others' with the right to delete.
    """
    chat, message = _find_message(tg, params, "message to delete")
    if not _can_delete(tg, chat, message):
        raise BadRequest("message can't be deleted")
    tg.delete_messages(chat.id, [message.message_id])
    return True


def delete_messages(tg: Telegram, params: Parameters) -> bool:
    """Delete up to a hundred messages; those that are not there, or cannot be deleted, are passed over."""
    ids = params.json("message_ids", "can't parse message identifiers JSON object")
    if not isinstance(ids, list) or not ids:
        raise BadRequest("message identifiers are not specified")
    if len(ids) > MAX_DELETED_MESSAGES:
        raise BadRequest("too many message identifiers specified")
    chat = find_chat(tg, params)
    messages = [tg.store.find_message(chat.id, parse_leading_integer(str(number))) for number in ids]
    deleted = [message.message_id for message in messages if message is not None and _can_delete(tg, chat, message)]
    if deleted:
        tg.delete_messages(chat.id, deleted)
    return True


def _can_delete(tg: Telegram, chat: Chat, message: StoredMessage) -> bool:
    member = chat.members.get(tg.bot.id)
    has_delete_right = (
        member is not None and member.status == "administrator" and member.rights.get("can_delete_messages", True)
    )
    is_young = tg.clock.now() - message.date <= MAX_DELETE_AGE_SECONDS
    return is_young and (message.from_bot or chat.type == "private" or has_delete_right)
