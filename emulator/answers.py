"""The emulator's people, chats and messages -> the Bot API's User, Chat, Message, ChatMember objects."""

from typing import Any

from emulator.values import Chat, Member, Message, User
from emulator.world import World

Json = dict[str, Any]

ADMIN_RIGHTS = (
    "can_manage_chat", "can_change_info", "can_delete_messages", "can_invite_users", "can_restrict_members",
    "can_pin_messages", "can_manage_topics", "can_promote_members", "can_manage_video_chats", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_post_messages", "can_edit_messages",
    "can_manage_direct_messages", "can_manage_tags", "can_send_welcome_messages",
)  # fmt: skip
MEMBER_RIGHTS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
    "can_react_to_messages", "can_edit_tag",
)  # fmt: skip


def user(person: User, bot_id: int, *, language: bool = True) -> Json:
    """A User. The language is told in updates, not in answers about messages of others."""
    found: Json = {"id": person.id, "is_bot": person.id == bot_id, "first_name": person.first_name}
    if person.last_name:
        found["last_name"] = person.last_name
    if person.username:
        found["username"] = person.username
    if language and person.language_code:
        found["language_code"] = person.language_code
    return found


def me(bot: User) -> Json:
    """The answer of getMe."""
    return {
        **user(bot, bot.id),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_guest_queries": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


def short_chat(chat: Chat, world: World) -> Json:
    """The Chat inside messages and updates."""
    found: Json = {"id": chat.id, "type": chat.type}
    if chat.type == "private":
        person = world.people[chat.id]
        found["first_name"] = person.first_name
        if person.last_name:
            found["last_name"] = person.last_name
        if person.username:
            found["username"] = person.username
        return found
    found["title"] = chat.title or ""
    if chat.username:
        found["username"] = chat.username
    if chat.is_forum:
        found["is_forum"] = True
    return found


def message(stored: Message, world: World, *, reply: bool = True) -> Json:
    """A Message. `reply` adds the message replied to, one level deep, as Telegram does."""
    chat = world.chats[stored.chat_id]
    found: Json = {"message_id": stored.message_id}
    if chat.type == "channel":
        found["sender_chat"] = short_chat(chat, world)
    else:
        found["from"] = user(sender(stored, world), world.bot.id)
    found["chat"] = short_chat(chat, world)
    found["date"] = stored.date
    if stored.edit_date:
        found["edit_date"] = stored.edit_date
    if stored.thread_id is not None:
        found["message_thread_id"] = stored.thread_id
        if chat.is_forum:
            found["is_topic_message"] = True
    if reply and stored.reply_to_message_id is not None:
        replied = world.message(stored.chat_id, stored.reply_to_message_id)
        if replied is not None:
            found["reply_to_message"] = message(replied, world, reply=False)
    _add_content(found, stored)
    if stored.reply_markup is not None and b'"inline_keyboard"' in bytes(stored.reply_markup):
        found["reply_markup"] = stored.reply_markup
    return found


def sender(stored: Message, world: World) -> User:
    """Who wrote it; someone who is gone keeps their name."""
    if stored.from_bot:
        return world.bot
    return world.people.get(stored.from_id) or User(stored.from_id, stored.from_name)


def _add_content(found: Json, stored: Message) -> None:
    has_entities = bytes(stored.entities) != b"[]"
    if stored.document is not None:
        found["document"] = document(stored.document)
        if stored.text:
            found["caption"] = stored.text
            if has_entities:
                found["caption_entities"] = stored.entities
    elif stored.location is not None:
        found["location"] = stored.location
    elif stored.service is None:
        found["text"] = stored.text
        if has_entities:
            found["entities"] = stored.entities
        if stored.link_preview is not None:
            found["link_preview_options"] = stored.link_preview


def document(stored: Any) -> Json:
    """A Document; the unique id is a part of the id, as on Telegram it is another number of the same file."""
    found: Json = {"file_id": stored.file_id, "file_unique_id": stored.file_id[-15:], "file_size": stored.file_size}
    if stored.file_name:
        found["file_name"] = stored.file_name
    if stored.mime_type:
        found["mime_type"] = stored.mime_type
    return found


def member(chat: Chat, person: User, found: Member | None, bot_id: int) -> Json:
    """A ChatMember. Somebody never seen in the chat has left it."""
    status = found.status if found is not None else "left"
    rights = found.rights if found is not None else {}
    answer: Json = {"user": user(person, bot_id), "status": status}
    if status == "creator":
        answer["is_anonymous"] = False
    elif status == "administrator":
        answer |= {"can_be_edited": False, "is_anonymous": False}
        left_out = (
            ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
            if chat.type != "channel"
            else ("can_pin_messages", "can_manage_topics", "can_manage_tags")
        )
        answer |= {
            name: rights.get(name, name != "can_promote_members") for name in ADMIN_RIGHTS if name not in left_out
        }
    elif status == "restricted":
        answer |= {"is_member": rights.get("is_member", True), "until_date": 0}
        answer |= {name: rights.get(name, False) for name in MEMBER_RIGHTS}
    elif status == "kicked":
        answer["until_date"] = 0
    return answer
