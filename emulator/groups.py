"""Group changes that post service messages: upgrade to a supergroup, and forum topics."""

from typing import Any

from emulator import api_objects
from emulator.membership import ANONYMOUS_ADMIN
from emulator.models import GENERAL_THREAD_ID, Chat, Member, StoredMessage, Topic, User
from emulator.telegram import Telegram


def upgrade_to_supergroup(tg: Telegram, chat: Chat) -> Chat:
    """Migrate a basic group to a new supergroup, with a service message in both chats."""
    new = Chat(tg.store.next_free_chat_id("supergroup"), "supergroup", chat.title, permissions=dict(chat.permissions))
    new.members = {user_id: Member(user_id, member.status, member.rights) for user_id, member in chat.members.items()}
    new.migrated_from = chat.id
    tg.store.chats[new.id] = new
    chat.migrated_to = new.id
    _post_service_message(tg, chat, {"migrate_to_chat_id": new.id}, f"migrated to {new.id}")
    _post_service_message(tg, new, {"migrate_from_chat_id": chat.id}, f"migrated from {chat.id}")
    return new


def add_topic(tg: Telegram, chat: Chat, name: str) -> Topic:
    """Open a topic; its id is the message id of the service message that opens it."""
    topic = Topic(chat.last_message_id + 1, name)
    chat.topics[topic.thread_id] = topic
    created = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
    _post_service_message(tg, chat, created, f"topic {name} created", thread_id=topic.thread_id)
    return topic


def set_topic_closed(tg: Telegram, chat: Chat, topic: Topic, *, closed: bool) -> None:
    """Close or reopen a topic; post a service message only if the state changes."""
    if topic.closed == closed:
        return
    topic.closed = closed
    state = "closed" if closed else "reopened"
    thread_id = None if topic.thread_id == GENERAL_THREAD_ID else topic.thread_id
    _post_service_message(tg, chat, {f"forum_topic_{state}": {}}, f"topic {topic.name} {state}", thread_id=thread_id)


def rename_topic(tg: Telegram, chat: Chat, topic: Topic, name: str) -> None:
    """Rename a topic; post a service message only if the name changes. General's has no thread."""
    if topic.name == name:
        return
    topic.name = name
    thread_id = None if topic.thread_id == GENERAL_THREAD_ID else topic.thread_id
    _post_service_message(tg, chat, {"forum_topic_edited": {"name": name}}, f"topic named {name}", thread_id=thread_id)


def post_pin(tg: Telegram, chat: Chat, pinned: StoredMessage) -> None:
    """Post the service message about a pin of the bot's, which the bot gets too (tdlib/telegram-bot-api#731)."""
    content = {"pinned_message": api_objects.message_object(pinned, tg.store)}
    _post_service_message(tg, chat, content, "message pinned", thread_id=pinned.thread_id, actor=tg.bot)


def _post_service_message(
    tg: Telegram,
    chat: Chat,
    content: dict[str, Any],
    summary: str,
    *,
    thread_id: int | None = None,
    actor: User | None = None,
) -> None:
    if actor is None:
        actor = next((tg.store.users[user] for user in chat.members if user in tg.store.users), ANONYMOUS_ADMIN)
    message = StoredMessage(
        chat_id=chat.id,
        message_id=tg.store.next_message_id(chat),
        from_id=actor.id,
        from_name=actor.first_name,
        from_bot=actor.id == tg.bot.id,
        date=tg.clock.unix_seconds(),
        thread_id=thread_id,
        service=summary,
    )
    tg.store.put_message(message)
    tg.events.publish("message", message)
    bot_member = chat.members.get(tg.bot.id)
    if bot_member is not None and bot_member.is_member:
        tg.updates.add("message", api_objects.message_object(message, tg.store) | content)


def ensure_general_topic(chat: Chat) -> None:
    """Store the General topic, which every forum has, before its first change."""
    chat.topics.setdefault(GENERAL_THREAD_ID, Topic(GENERAL_THREAD_ID, "General"))
