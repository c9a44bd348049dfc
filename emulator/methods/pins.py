"""pinChatMessage and unpinChatMessage."""

from emulator.access import check_can_send, find_chat
from emulator.errors import BadRequest
from emulator.groups import post_pin
from emulator.models import Chat
from emulator.parameters import Parameters
from emulator.telegram import Telegram


def pin_chat_message(tg: Telegram, params: Parameters) -> bool:
    """Pin a message above all others; to pin it again changes nothing."""
    chat = _find_chat(tg, params)
    message_id = params.integer("message_id")
    message = tg.store.find_message(chat.id, message_id)
    if message is None or message.service is not None:
        raise BadRequest("message to pin not found")
    if chat.type in ("group", "supergroup") and message_id not in chat.pinned:
        post_pin(tg, chat, message)
    chat.pinned = [*(pinned for pinned in chat.pinned if pinned != message_id), message_id]
    _publish(tg, chat, "bot_pin", message_id)
    return True


def unpin_chat_message(tg: Telegram, params: Parameters) -> bool:
    """Unpin a message, by default the one pinned last."""
    chat = _find_chat(tg, params)
    message_id = params.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if message_id not in chat.pinned:
        raise BadRequest("message to unpin not found")
    chat.pinned = [pinned for pinned in chat.pinned if pinned != message_id]
    _publish(tg, chat, "bot_unpin", message_id)
    return True


def _find_chat(tg: Telegram, params: Parameters) -> Chat:
    chat = find_chat(tg, params)
    check_can_send(tg, chat, None)
    member = chat.members.get(tg.bot.id)
    if chat.type == "private" or member is None:
        return chat
    right = "can_edit_messages" if chat.type == "channel" else "can_pin_messages"
    may = (
        member.rights.get(right, True)
        if member.status == "administrator"
        else chat.permissions.get("can_pin_messages", False)
    )
    if not may:
        raise BadRequest("not enough rights to manage pinned messages in the chat")
    return chat


def _publish(tg: Telegram, chat: Chat, kind: str, message_id: int) -> None:
    tg.log_event(kind, chat.id, message_id=message_id)
    tg.publish_chat(chat)
