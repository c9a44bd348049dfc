"""getMe, getChat, getChatMember, getChatAdministrators, sendChatAction: what the bot may know of chats."""

from typing import Any

from emulator import answers
from emulator.errors import BadRequest
from emulator.parameters import Parameters
from emulator.reach import check_send, find_chat
from emulator.telegram import Telegram
from emulator.values import Chat, User

ACTIONS = frozenset({
    "cancel", "typing", "record_video", "upload_video", "record_audio", "upload_audio", "record_voice", "upload_voice",
    "upload_photo", "upload_document", "choose_sticker", "pick_up_location", "find_location", "record_video_note",
    "upload_video_note",
})  # fmt: skip
_GIFTS = {
    "unlimited_gifts": True, "limited_gifts": True, "unique_gifts": True, "premium_subscription": True,
    "gifts_from_channels": True,
}  # fmt: skip


def get_me(tg: Telegram, p: Parameters) -> Any:
    return answers.me(tg.bot)


def get_chat(tg: Telegram, p: Parameters) -> Any:
    """A ChatFullInfo."""
    chat = find_chat(tg, p, write=False)
    found = answers.short_chat(chat, tg.world) | {
        "accent_color_id": abs(chat.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": _GIFTS if chat.type == "private" else dict.fromkeys(_GIFTS, False),
    }
    if chat.type in ("group", "supergroup"):
        found["permissions"] = {name: chat.permissions.get(name, True) for name in answers.MEMBER_RIGHTS}
    if chat.username:
        found["active_usernames"] = [chat.username]
    return found


def get_chat_member(tg: Telegram, p: Parameters) -> Any:
    if not p.has("user_id") or p.integer("user_id") <= 0:
        raise BadRequest("invalid user_id specified")
    chat = find_chat(tg, p, write=False)
    person = _person(tg, p.integer("user_id"))
    if person is None:
        raise BadRequest("PARTICIPANT_ID_INVALID")
    return answers.member(chat, person, chat.members.get(person.id), tg.bot.id)


def _person(tg: Telegram, user_id: int) -> User | None:
    return tg.bot if user_id == tg.bot.id else tg.world.people.get(user_id)


def get_chat_administrators(tg: Telegram, p: Parameters) -> Any:
    """Without other bots, but with this one."""
    chat = find_chat(tg, p, write=False)
    if chat.type == "private":
        raise BadRequest("there are no administrators in the private chat")
    return list(_administrators(tg, chat))


def _administrators(tg: Telegram, chat: Chat) -> Any:
    for member in chat.members.values():
        person = _person(tg, member.user_id)
        if person is not None and member.status in ("creator", "administrator"):
            yield answers.member(chat, person, member, tg.bot.id)


def send_chat_action(tg: Telegram, p: Parameters) -> bool:
    """The General topic's own number is accepted here, unlike in sendMessage."""
    action = p.text("action").strip().lower()
    if action not in ACTIONS:
        raise BadRequest("wrong parameter action in request")
    chat = find_chat(tg, p)
    thread_id = p.integer("message_thread_id") or None
    check_send(tg, chat, thread_id)
    tg.note("chat_action", chat.id, detail={"action": action})
    tg.hub.publish("chat_action", {"chat_id": chat.id, "thread_id": thread_id, "action": action})
    return True
