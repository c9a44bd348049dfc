"""getMe, getMyStarBalance, getChat, getChatMember, getChatAdministrators and sendChatAction."""

from typing import Any

from emulator import api_objects
from emulator.access import check_can_send, find_chat
from emulator.errors import BadRequest
from emulator.models import Chat, User
from emulator.parameters import Parameters
from emulator.telegram import Telegram

CHAT_ACTIONS = frozenset(
    {
        "cancel",
        "typing",
        "record_video",
        "upload_video",
        "record_audio",
        "upload_audio",
        "record_voice",
        "upload_voice",
        "upload_photo",
        "upload_document",
        "choose_sticker",
        "pick_up_location",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_GIFT_TYPES = {
    "unlimited_gifts": True,
    "limited_gifts": True,
    "unique_gifts": True,
    "premium_subscription": True,
    "gifts_from_channels": True,
}


def get_me(tg: Telegram, params: Parameters) -> Any:
    return api_objects.get_me_result(tg.bot)


def get_my_star_balance(tg: Telegram, params: Parameters) -> Any:
    """Return a StarAmount."""
    return tg.stars.as_star_amount()


def get_chat(tg: Telegram, params: Parameters) -> Any:
    """Return a ChatFullInfo."""
    chat = find_chat(tg, params, write=False)
    result = api_objects.chat_object(chat, tg.store) | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": _GIFT_TYPES if chat.type == "private" else dict.fromkeys(_GIFT_TYPES, False),
    }
    if chat.type in ("group", "supergroup"):
        result["permissions"] = {name: chat.permissions.get(name, True) for name in api_objects.MEMBER_RIGHTS}
    if chat.username:
        result["active_usernames"] = [chat.username]
    return result


def get_chat_member(tg: Telegram, params: Parameters) -> Any:
    if not params.has("user_id") or params.integer("user_id") <= 0:
        raise BadRequest("invalid user_id specified")
    chat = find_chat(tg, params, write=False)
    user = _find_user(tg, params.integer("user_id"))
    if user is None:
        raise BadRequest("PARTICIPANT_ID_INVALID")
    return api_objects.chat_member_object(chat, user, chat.members.get(user.id), tg.bot.id)


def _find_user(tg: Telegram, user_id: int) -> User | None:
    return tg.bot if user_id == tg.bot.id else tg.store.users.get(user_id)


def get_chat_administrators(tg: Telegram, params: Parameters) -> Any:
    """Return the administrators, including this bot."""
    chat = find_chat(tg, params, write=False)
    if chat.type == "private":
        raise BadRequest("there are no administrators in the private chat")
    return list(_administrators(tg, chat))


def _administrators(tg: Telegram, chat: Chat) -> Any:
    for member in chat.members.values():
        user = _find_user(tg, member.user_id)
        if user is not None and member.status in ("creator", "administrator"):
            yield api_objects.chat_member_object(chat, user, member, tg.bot.id)


def send_chat_action(tg: Telegram, params: Parameters) -> bool:
    """Show a chat action; unlike sendMessage, it accepts the General topic's id."""
    action = params.text("action").strip().lower()
    if action not in CHAT_ACTIONS:
        raise BadRequest("wrong parameter action in request")
    chat = find_chat(tg, params)
    thread_id = params.integer("message_thread_id") or None
    check_can_send(tg, chat, thread_id)
    tg.log_event("chat_action", chat.id, detail={"action": action})
    tg.events.publish("chat_action", {"chat_id": chat.id, "thread_id": thread_id, "action": action})
    return True
