"""editMessageText, editMessageReplyMarkup, deleteMessage: a message of the bot -> changed or gone."""

from typing import Any

import msgspec

from emulator import answers
from emulator.errors import BadRequest
from emulator.formatting import read_text
from emulator.keyboards import check_markup, read_markup
from emulator.methods.sending import read_link_preview, text_content
from emulator.parameters import Parameters
from emulator.reach import find_chat
from emulator.telegram import Telegram
from emulator.values import Chat, Message

DELETABLE_SECONDS = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


def edit_message_text(tg: Telegram, p: Parameters) -> Any:
    """Only a text can become another text; the buttons go unless they are given again."""
    link_preview = read_link_preview(p)
    parsed = read_text(p)
    markup = read_markup(p)
    chat, message = _find(tg, p, "message to edit")
    if not message.from_bot:
        raise BadRequest("message can't be edited")
    content = text_content(tg, parsed, link_preview)
    if message.document is not None or message.location is not None:
        raise BadRequest("there is no text in the message to edit")
    changed = msgspec.structs.replace(message, **content, reply_markup=check_markup(markup, only_inline=True))
    return _change(tg, chat, message, changed, dated=True)


def edit_message_reply_markup(tg: Telegram, p: Parameters) -> Any:
    markup = read_markup(p)
    chat, message = _find(tg, p, "message to edit")
    if not message.from_bot:
        raise BadRequest("message can't be edited")
    changed = msgspec.structs.replace(message, reply_markup=check_markup(markup, only_inline=True))
    return _change(tg, chat, message, changed, dated=False)


def _change(tg: Telegram, chat: Chat, old: Message, new: Message, *, dated: bool) -> Any:
    if _content(old) == _content(new):
        raise BadRequest(NOT_MODIFIED)
    tg.gate.enter(chat.id, group=chat.type in ("group", "supergroup"), paid=False)
    if dated:
        new = msgspec.structs.replace(new, edit_date=tg.clock.unix())
    tg.change(new)
    return answers.message(new, tg.world)


def _content(message: Message) -> tuple[Any, ...]:
    """What is compared; options of the preview and of notifying are not."""
    return message.text, bytes(message.entities), message.reply_markup and bytes(message.reply_markup)


def _find(tg: Telegram, p: Parameters, what: str, *, write: bool = True) -> tuple[Chat, Message]:
    if not p.has("chat_id") and not p.integer("message_id"):
        if p.has("inline_message_id"):
            raise BadRequest("MESSAGE_ID_INVALID")  # this emulator has no messages sent via inline mode
        raise BadRequest("message identifier is not specified")
    chat = find_chat(tg, p, write=write)
    if p.integer("message_id") <= 0:
        raise BadRequest("message identifier is not specified")
    message = tg.world.message(chat.id, p.integer("message_id"))
    if message is None:
        raise BadRequest(f"{what} not found")
    return chat, message


def delete_message(tg: Telegram, p: Parameters) -> bool:
    """The bot's own, in private chats also those of the person, others with the right to delete.

    All of them only while younger than 48 hours (Bot API, deleteMessage).
    """
    chat, message = _find(tg, p, "message to delete")
    member = chat.members.get(tg.bot.id)
    admin = member is not None and member.status == "administrator" and member.rights.get("can_delete_messages", True)
    too_old = tg.clock.now() - message.date > DELETABLE_SECONDS
    mine = message.from_bot or chat.type == "private"
    if too_old or not (mine or admin):
        raise BadRequest("message can't be deleted")
    tg.delete(chat.id, [message.message_id])
    return True
