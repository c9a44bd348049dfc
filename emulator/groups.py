"""Changes in a group -> stored, and told to the bot as Telegram tells them: members, upgrade, topics."""

from typing import Any

from emulator import answers
from emulator.membership import tell_change
from emulator.telegram import Telegram
from emulator.values import Chat, Member, Message, Topic, User

GENERAL = 1


def place(tg: Telegram, chat: Chat, new: Member, *, by: int | None) -> None:
    """Put somebody into a place in the chat.

    The bot is told of its own changes always, of others' as an administrator that asked.
    """
    old = chat.members.get(new.user_id)
    chat.members[new.user_id] = new
    if old is None and not new.inside:
        return
    actor = tg.world.people.get(by or 0) or _somebody(chat)
    who = tg.bot if new.user_id == tg.bot.id else tg.world.people[new.user_id]
    if old is None or (old.status, old.rights) != (new.status, new.rights):
        tell_change(tg, chat, who, (old, new), by=actor)


def _somebody(chat: Chat) -> User:
    """For a chat without people: its anonymous administrator, as Telegram names it."""
    return User(1087968824, "Group", username="GroupAnonymousBot")


def upgrade(tg: Telegram, chat: Chat) -> Chat:
    """A basic group becomes a supergroup: a new chat, a service message in each of the two."""
    new = Chat(tg.world.free_chat_id("supergroup"), "supergroup", chat.title, permissions=dict(chat.permissions))
    new.members = {user_id: Member(user_id, member.status, member.rights) for user_id, member in chat.members.items()}
    new.migrated_from = chat.id
    tg.world.chats[new.id] = new
    chat.migrated_to = new.id
    _tell_service(tg, chat, {"migrate_to_chat_id": new.id}, f"migrated to {new.id}")
    _tell_service(tg, new, {"migrate_from_chat_id": chat.id}, f"migrated from {chat.id}")
    return new


def add_topic(tg: Telegram, chat: Chat, name: str) -> Topic:
    """A topic's id is that of the service message that opens it."""
    topic = Topic(chat.last_message_id + 1, name)
    chat.topics[topic.thread_id] = topic
    created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
    _tell_service(tg, chat, created, f"topic {name} created", thread_id=topic.thread_id)
    return topic


def close_topic(tg: Telegram, chat: Chat, topic: Topic, *, closed: bool) -> None:
    """Nothing is told when it was so already."""
    if topic.closed == closed:
        return
    topic.closed = closed
    word = "closed" if closed else "reopened"
    thread_id = None if topic.thread_id == GENERAL else topic.thread_id
    _tell_service(tg, chat, {f"forum_topic_{word}": {}}, f"topic {topic.name} {word}", thread_id=thread_id)


def _tell_service(
    tg: Telegram, chat: Chat, content: dict[str, Any], line: str, *, thread_id: int | None = None
) -> None:
    actor = next((tg.world.people[user] for user in chat.members if user in tg.world.people), _somebody(chat))
    message = Message(
        chat_id=chat.id,
        message_id=tg.world.next_message_id(chat),
        from_id=actor.id,
        from_name=actor.first_name,
        from_bot=False,
        date=tg.clock.unix(),
        thread_id=thread_id,
        service=line,
    )
    tg.world.put(message)
    tg.hub.publish("message", message)
    here = chat.members.get(tg.bot.id)
    if here is not None and here.inside:
        tg.updates.add("message", answers.message(message, tg.world) | content)


def ensure_general(chat: Chat) -> None:
    """The General topic stands in every forum; it is kept only once something about it changes."""
    chat.topics.setdefault(GENERAL, Topic(GENERAL, "General"))
