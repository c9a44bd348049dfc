"""editMessageText, editMessageReplyMarkup, deleteMessage: a message of the bot -> changed or gone."""

from typing import Any

import msgspec

from emulator import api_objects
from emulator.access import find_chat
from emulator.errors import BadRequest
from emulator.formatting import read_text
from emulator.keyboards import read_markup, validate_markup
from emulator.methods.sending import read_link_preview, text_content
from emulator.models import Chat, Message
from emulator.parameters import Parameters
from emulator.telegram import Telegram

MAX_DELETE_AGE_SECONDS = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


def edit_message_text(tg: Telegram, params: Parameters) -> Any:
    """Only a text can become another text; the buttons go unless they are given again."""
    link_preview = read_link_preview(params)
    parsed = read_text(params)
    markup = read_markup(params)
    chat, message = _find_message(tg, params, "message to edit")
    if not message.from_bot:
        raise BadRequest("message can't be edited")
    content = text_content(tg, parsed, link_preview)
    if message.document is not None or message.location is not None:
        raise BadRequest("there is no text in the message to edit")
    changed = msgspec.structs.replace(message, **content, reply_markup=validate_markup(markup, only_inline=True))
    return _apply_edit(tg, chat, message, changed, set_edit_date=True)


def edit_message_reply_markup(tg: Telegram, params: Parameters) -> Any:
    markup = read_markup(params)
    chat, message = _find_message(tg, params, "message to edit")
    if not message.from_bot:
        raise BadRequest("message can't be edited")
    changed = msgspec.structs.replace(message, reply_markup=validate_markup(markup, only_inline=True))
    return _apply_edit(tg, chat, message, changed, set_edit_date=False)


def _apply_edit(tg: Telegram, chat: Chat, old: Message, new: Message, *, set_edit_date: bool) -> Any:
    if _compared_content(old) == _compared_content(new):
        raise BadRequest(NOT_MODIFIED)
    tg.flood_control.check_and_count(chat.id, group=chat.type in ("group", "supergroup"), paid=False)
    if set_edit_date:
        new = msgspec.structs.replace(new, edit_date=tg.clock.unix_seconds())
    tg.replace_bot_message(new)
    return api_objects.message_object(new, tg.store)


def _compared_content(message: Message) -> tuple[Any, ...]:
    """What is compared; options of the preview and of notifying are not."""
    return message.text, bytes(message.entities), message.reply_markup and bytes(message.reply_markup)


def _find_message(tg: Telegram, params: Parameters, what: str, *, write: bool = True) -> tuple[Chat, Message]:
    if not params.has("chat_id") and not params.integer("message_id"):
        if params.has("inline_message_id"):
            raise BadRequest("MESSAGE_ID_INVALID")  # this emulator has no messages sent via inline mode
        raise BadRequest("message identifier is not specified")
    chat = find_chat(tg, params, write=write)
    if params.integer("message_id") <= 0:
        raise BadRequest("message identifier is not specified")
    message = tg.store.get_message(chat.id, params.integer("message_id"))
    if message is None:
        raise BadRequest(f"{what} not found")
    return chat, message


def delete_message(tg: Telegram, params: Parameters) -> bool:
    """The bot's own, in private chats also those of the person, others with the right to delete.

    All of them only while younger than 48 hours (Bot API, deleteMessage).
    """
    chat, message = _find_message(tg, params, "message to delete")
    member = chat.members.get(tg.bot.id)
    admin = member is not None and member.status == "administrator" and member.rights.get("can_delete_messages", True)
    too_old = tg.clock.now() - message.date > MAX_DELETE_AGE_SECONDS
    mine = message.from_bot or chat.type == "private"
    if too_old or not (mine or admin):
        raise BadRequest("message can't be deleted")
    tg.delete_messages(chat.id, [message.message_id])
    return True
