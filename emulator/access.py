"""Resolve a chat_id and check the bot's access, with Telegram's refusals in Telegram's order.

As in the official server's check_chat_access (telegram-bot-api 10.0): empty, not found, deactivated, upgraded, deleted,
kicked, left. `check_can_send` checks what only the data centres know, and runs later: blocks, rights, topics.
"""

from emulator.errors import BadRequest, Forbidden
from emulator.models import GENERAL_THREAD_ID, Chat
from emulator.parameters import Parameters, parse_leading_integer
from emulator.telegram import Telegram

_CONTENT_BY_RIGHT = {
    "can_send_messages": "text messages",
    "can_send_documents": "documents",
    "can_send_photos": "photos",
    "can_send_videos": "videos",
    "can_send_audios": "audios",
    "can_send_voice_notes": "voice notes",
    "can_send_video_notes": "video notes",
    "can_send_other_messages": "stickers",
    "can_send_polls": "polls",
}


def find_chat(tg: Telegram, params: Parameters, name: str = "chat_id", *, write: bool = True) -> Chat:
    """Return the chat a parameter names, checked for reading or writing. Raises BadRequest or Forbidden."""
    text = params.text(name).strip()
    if not text:
        raise BadRequest("chat_id is empty")
    chat = tg.store.find_chat(text if text.startswith("@") else parse_leading_integer(text))
    if chat is None:
        _forbid_unstarted_user(tg, parse_leading_integer(text))
        raise BadRequest("chat not found")
    check_access(tg, chat, write=write)
    return chat


def _forbid_unstarted_user(tg: Telegram, user_id: int) -> None:
    """Raise Forbidden for a user whom the bot met in a group but who never started it."""
    if user_id in tg.store.users and tg.store.bot_has_met(user_id):
        raise Forbidden("bot can't initiate conversation with a user")


def check_access(tg: Telegram, chat: Chat, *, write: bool) -> None:
    if chat.type == "private":
        _check_private(tg, chat, write=write)
        return
    member = chat.members.get(tg.bot.id)
    if chat.type == "group" and write:
        if chat.migrated_to is not None:
            raise BadRequest("group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": chat.migrated_to})
        if chat.deleted:
            raise Forbidden("the group chat was deleted")
    if chat.deleted and chat.type != "group":
        raise BadRequest("chat not found")
    if member is not None and member.status == "kicked" and (write or chat.type != "group"):
        raise Forbidden(f"bot was kicked from the {chat.type} chat")
    if (member is None or not member.is_member) and (write or not (chat.username or chat.type == "group")):
        raise Forbidden(f"bot is not a member of the {chat.type} chat")


def _check_private(tg: Telegram, chat: Chat, *, write: bool) -> None:
    user = tg.store.users[chat.id]
    if user.deactivated and write:
        raise Forbidden("user is deactivated")
    if not user.started and write:
        _forbid_unstarted_user(tg, user.id)
        raise BadRequest("chat not found")


def check_can_send(tg: Telegram, chat: Chat, thread_id: int | None, right: str = "can_send_messages") -> None:
    """Check blocks, rights and topics for a message to the chat. Raises Forbidden or BadRequest."""
    if chat.type == "private":
        if tg.store.users[chat.id].blocked:
            raise Forbidden("bot was blocked by the user")
        return
    member = chat.members[tg.bot.id]
    if chat.type == "channel":
        if member.status != "administrator" or not member.rights.get("can_post_messages", True):
            raise BadRequest("need administrator rights in the channel chat")
        return
    if member.status != "administrator":
        allowed = (
            member.rights.get(right, False) if member.status == "restricted" else chat.permissions.get(right, True)
        )
        if not allowed:
            raise BadRequest(f"not enough rights to send {_CONTENT_BY_RIGHT[right]} to the chat")
    topic = chat.topics.get(thread_id if thread_id is not None else GENERAL_THREAD_ID)
    if topic is not None and topic.closed and not _manages_topics(member.status, member.rights):
        raise BadRequest("TOPIC_CLOSED")


def check_accepts_rich_messages(tg: Telegram, chat: Chat) -> None:
    """Refuse rich messages to a chat or user that was set to refuse them. Raises BadRequest."""
    user = tg.store.users.get(chat.id)
    if chat.refuses_rich or (user is not None and user.refuses_rich):
        raise BadRequest("CHAT_SEND_RICH_FORBIDDEN")


def _manages_topics(status: str, rights: dict[str, bool]) -> bool:
    return status == "administrator" and rights.get("can_manage_topics", True)


def read_thread_id(tg: Telegram, chat: Chat, params: Parameters) -> int | None:
    """Return the requested thread id, or None.

    The General topic's id is refused; outside forums a thread id is the id of a message.
    """
    if not params.has("message_thread_id"):
        return None
    thread_id = params.integer("message_thread_id")
    if thread_id == 0:
        return None
    known = thread_id in chat.topics if chat.is_forum else tg.store.get_message(chat.id, thread_id) is not None
    if thread_id == GENERAL_THREAD_ID or not known or chat.type != "supergroup":
        raise BadRequest("message thread not found")
    return thread_id
