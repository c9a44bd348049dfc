"""A chat_id as the bot gave it -> the chat, if the bot may do there what it wants; else Telegram's refusal.

Order as in the official server's check_chat_access (telegram-bot-api 10.0): empty -> not found -> deactivated,
upgraded, deleted, kicked, left. What only the data centre knows (blocked, rights, topics) comes later: `check_send`.
"""

from emulator.errors import BadRequest, Forbidden
from emulator.parameters import Parameters, leading_integer
from emulator.telegram import Telegram
from emulator.values import Chat

GENERAL = 1


def find_chat(tg: Telegram, p: Parameters, name: str = "chat_id", *, write: bool = True) -> Chat:
    """The chat, readable or writable. Raises BadRequest or Forbidden."""
    text = p.text(name).strip()
    if not text:
        raise BadRequest("chat_id is empty")
    chat = tg.world.find_chat(text if text.startswith("@") else leading_integer(text))
    if chat is None:
        _refuse_unknown(tg, leading_integer(text))
        raise BadRequest("chat not found")
    check_access(tg, chat, write=write)
    return chat


def _refuse_unknown(tg: Telegram, person_id: int) -> None:
    """Somebody the bot met in a group but who never wrote to it."""
    if person_id in tg.world.people and tg.world.seen(person_id):
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
    if (member is None or not member.inside) and (write or not (chat.username or chat.type == "group")):
        raise Forbidden(f"bot is not a member of the {chat.type} chat")


def _check_private(tg: Telegram, chat: Chat, *, write: bool) -> None:
    person = tg.world.people[chat.id]
    if person.deactivated and write:
        raise Forbidden("user is deactivated")
    if not person.started and write:
        _refuse_unknown(tg, person.id)
        raise BadRequest("chat not found")


def check_send(tg: Telegram, chat: Chat, thread_id: int | None, right: str = "can_send_messages") -> None:
    """What the data centre says to a message for this chat. Raises Forbidden or BadRequest."""
    if chat.type == "private":
        if tg.world.people[chat.id].blocked:
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
            what = "text messages" if right == "can_send_messages" else "documents"
            raise BadRequest(f"not enough rights to send {what} to the chat")
    topic = chat.topics.get(thread_id if thread_id is not None else GENERAL)
    if topic is not None and topic.closed and not _manages_topics(member.status, member.rights):
        raise BadRequest("TOPIC_CLOSED")


def _manages_topics(status: str, rights: dict[str, bool]) -> bool:
    return status == "administrator" and rights.get("can_manage_topics", True)


def check_thread(tg: Telegram, chat: Chat, p: Parameters) -> int | None:
    """The topic asked for. General's own number is not accepted; outside forums a thread is that of a message."""
    if not p.has("message_thread_id"):
        return None
    thread_id = p.integer("message_thread_id")
    if thread_id == 0:
        return None
    known = thread_id in chat.topics if chat.is_forum else tg.world.message(chat.id, thread_id) is not None
    if thread_id == GENERAL or not known or chat.type != "supergroup":
        raise BadRequest("message thread not found")
    return thread_id
