"""editEphemeralMessageText and deleteEphemeralMessage: change what one member of a group sees."""

import msgspec

from emulator.access import find_chat
from emulator.errors import BadRequest
from emulator.formatting import read_text
from emulator.keyboards import read_markup, validate_markup
from emulator.methods.sending import read_link_preview, rich_message_content, text_content
from emulator.models import Chat, StoredMessage
from emulator.parameters import Parameters
from emulator.rich.message import ParsedRichMessage, read_rich_message
from emulator.telegram import Telegram


def edit_ephemeral_message_text(tg: Telegram, params: Parameters) -> bool:
    """Replace the text or rich content by either; its buttons are removed unless they are given again."""
    link_preview = read_link_preview(params)
    parsed = read_rich_message(params) if params.has("rich_message") else read_text(params)
    markup = read_markup(params)
    chat, message = _find_ephemeral(tg, params)
    if isinstance(parsed, ParsedRichMessage):
        content = rich_message_content(tg, params, parsed, chat)
    else:
        content = text_content(tg, parsed, link_preview)
    edited = {"reply_markup": validate_markup(markup, only_inline=True), "edit_date": tg.clock.unix_seconds()}
    tg.flood_control.check_and_count(chat.id, group=True, paid=False)
    tg.replace_bot_message(msgspec.structs.replace(message, **content | edited))
    return True


def delete_ephemeral_message(tg: Telegram, params: Parameters) -> bool:
    chat, message = _find_ephemeral(tg, params)
    tg.delete_messages(chat.id, [message.message_id])
    return True


def _find_ephemeral(tg: Telegram, params: Parameters) -> tuple[Chat, StoredMessage]:
    """Return an ephemeral message by its identifier and its receiver. Raises BadRequest."""
    chat = find_chat(tg, params)
    message = tg.store.get_message(chat.id, -max(0, params.integer("ephemeral_message_id")))
    if message is None or message.receiver_user_id != params.integer("receiver_user_id"):
        raise BadRequest("MESSAGE_ID_INVALID")
    return chat, message
