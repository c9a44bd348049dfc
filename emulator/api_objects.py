"""Build the Bot API's User, Chat, Message, Document and ChatMember objects from the emulator's models."""

from typing import Any

from emulator.chat_store import ChatStore
from emulator.models import Chat, Document, Media, Member, Poll, StoredMessage, User

Json = dict[str, Any]

ADMINISTRATOR_RIGHTS = (
    "can_manage_chat",
    "can_change_info",
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    "can_pin_messages",
    "can_manage_topics",
    "can_promote_members",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_post_messages",
    "can_edit_messages",
    "can_manage_direct_messages",
    "can_manage_tags",
    "can_send_welcome_messages",
)
MEMBER_RIGHTS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_react_to_messages",
    "can_edit_tag",
)


PHOTO_SIZE = 640, 360
"""Width and height that every photo and video claims to have; nothing reads the picture itself."""

VIDEO_NOTE_SIZE = 240
"""Width and height of every round video."""


def user_object(user: User, bot_id: int, *, language: bool = True) -> Json:
    """Return a User. `language`: include language_code, as updates do and most answers do not."""
    result: Json = {"id": user.id, "is_bot": user.id == bot_id, "first_name": user.first_name}
    if user.last_name:
        result["last_name"] = user.last_name
    if user.username:
        result["username"] = user.username
    if language and user.language_code:
        result["language_code"] = user.language_code
    return result


def get_me_result(bot: User) -> Json:
    """Return the result of getMe."""
    return {
        **user_object(bot, bot.id),
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


def chat_object(chat: Chat, store: ChatStore) -> Json:
    """Return the short Chat object that messages and updates contain."""
    result: Json = {"id": chat.id, "type": chat.type}
    if chat.type == "private":
        user = store.users[chat.id]
        result["first_name"] = user.first_name
        if user.last_name:
            result["last_name"] = user.last_name
        if user.username:
            result["username"] = user.username
        return result
    result["title"] = chat.title or ""
    if chat.username:
        result["username"] = chat.username
    if chat.is_forum:
        result["is_forum"] = True
    return result


def message_object(message: StoredMessage, store: ChatStore, *, reply: bool = True) -> Json:
    """Return a Message. `reply`: include the replied message, one level deep, as Telegram does."""
    chat = store.chats[message.chat_id]
    result = _identifiers(message, store)
    if chat.type == "channel":
        result["sender_chat"] = chat_object(chat, store)
    else:
        result["from"] = user_object(author_of(message, store), store.bot.id)
    result["chat"] = chat_object(chat, store)
    result["date"] = message.date
    if message.edit_date:
        result["edit_date"] = message.edit_date
    if message.thread_id is not None:
        result["message_thread_id"] = message.thread_id
        if chat.is_forum:
            result["is_topic_message"] = True
    if reply and message.reply_to_message_id is not None:
        replied = store.get_message(message.chat_id, message.reply_to_message_id)
        if replied is not None:
            result["reply_to_message"] = message_object(replied, store, reply=False)
    if message.forward_origin is not None:
        result["forward_origin"] = message.forward_origin
    if message.via_bot:
        result["via_bot"] = user_object(store.bot, store.bot.id)
    if message.media_group_id is not None:
        result["media_group_id"] = message.media_group_id
    if message.protected:
        result["has_protected_content"] = True
    _add_content(result, message)
    if message.reply_markup is not None and b'"inline_keyboard"' in bytes(message.reply_markup):
        result["reply_markup"] = message.reply_markup
    return result


def _identifiers(message: StoredMessage, store: ChatStore) -> Json:
    if message.receiver_user_id is None:
        return {"message_id": message.message_id}
    receiver = user_object(store.users[message.receiver_user_id], store.bot.id)
    return {"message_id": 0, "receiver_user": receiver, "ephemeral_message_id": -message.message_id}


def author_of(message: StoredMessage, store: ChatStore) -> User:
    """Return the author; for a user that no longer exists, one with the stored name."""
    if message.from_bot:
        return store.bot
    return store.users.get(message.from_id) or User(message.from_id, message.from_name)


def _add_content(result: Json, message: StoredMessage) -> None:
    has_entities = bytes(message.entities) != b"[]"
    if message.document is not None or message.media is not None:
        result |= _file_fields(message)
        if message.text:
            result["caption"] = message.text
            if has_entities:
                result["caption_entities"] = message.entities
    elif message.poll is not None:
        result["poll"] = _poll_object(message, message.poll)
    elif message.location is not None:
        result["location"] = message.location
        if message.venue is not None:
            venue = message.venue
            result["venue"] = {"location": message.location, "title": venue.title, "address": venue.address}
    elif message.rich_message is not None:
        result["rich_message"] = message.rich_message
    elif message.service is None:
        result["text"] = message.text
        if has_entities:
            result["entities"] = message.entities
        if message.link_preview is not None:
            result["link_preview_options"] = message.link_preview


def takes_caption(media: Media | None) -> bool:
    """Return whether media are shown with a caption; stickers and round videos have none."""
    return media is not None and media.kind not in ("sticker", "video_note")


def _file_fields(message: StoredMessage) -> Json:
    media = message.media
    if media is None:
        return {"document": document_object(message.document)} if message.document is not None else {}
    file: Json = {
        "file_id": media.file.file_id,
        "file_unique_id": media.file.file_id[-15:],
        "file_size": media.file.file_size,
    }
    size = {"width": PHOTO_SIZE[0], "height": PHOTO_SIZE[1]}
    match media.kind:
        case "photo":
            return {"photo": [file | size]}
        case "video":
            return {"video": file | size | {"duration": media.seconds}}
        case "animation":  # with the field of an ordinary file too, for older bots
            return {"animation": file | size | {"duration": media.seconds}, "document": file}
        case "audio":
            return {"audio": file | {"duration": media.seconds}}
        case "video_note":
            return {"video_note": file | {"duration": media.seconds, "length": VIDEO_NOTE_SIZE}}
        case "voice":
            return {"voice": file | {"duration": media.seconds, "mime_type": "audio/ogg"}}
        case "sticker":
            sticker = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": file | sticker | ({"emoji": media.emoji} if media.emoji else {})}


def origin_of(message: StoredMessage, store: ChatStore) -> Json:
    """Return the MessageOrigin of a message that is forwarded for the first time."""
    chat = store.chats[message.chat_id]
    if chat.type == "channel":
        shown = chat_object(chat, store)
        return {"type": "channel", "date": message.date, "chat": shown, "message_id": message.message_id}
    sender = user_object(author_of(message, store), store.bot.id, language=False)
    return {"type": "user", "date": message.date, "sender_user": sender}


def poll_id(message: StoredMessage, poll: Poll) -> str:
    """Return the id by which a poll and its forwards share their votes."""
    return poll.id or f"{abs(message.chat_id)}{message.message_id}"


def _poll_object(message: StoredMessage, poll: Poll) -> Json:
    options = [
        {"persistent_id": str(number), "text": option, "voter_count": 0} for number, option in enumerate(poll.options)
    ]
    return {
        "id": poll_id(message, poll),
        "question": poll.question,
        "options": options,
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    }


def document_object(document: Document) -> Json:
    """Return a Document. The unique id is the end of the file id: Telegram only promises that it is stable."""
    result: Json = {
        "file_id": document.file_id,
        "file_unique_id": document.file_id[-15:],
        "file_size": document.file_size,
    }
    if document.file_name:
        result["file_name"] = document.file_name
    if document.mime_type:
        result["mime_type"] = document.mime_type
    return result


def chat_member_object(chat: Chat, user: User, member: Member | None, bot_id: int) -> Json:
    """Return a ChatMember. `member` is None for a user who was never in the chat: the status is then "left"."""
    status = member.status if member is not None else "left"
    rights = member.rights if member is not None else {}
    result: Json = {"user": user_object(user, bot_id), "status": status}
    if status == "creator":
        result["is_anonymous"] = False
    elif status == "administrator":
        result |= {"can_be_edited": False, "is_anonymous": False}
        omitted = (
            ("can_post_messages", "can_edit_messages", "can_manage_direct_messages")
            if chat.type != "channel"
            else ("can_pin_messages", "can_manage_topics", "can_manage_tags")
        )
        result |= {
            name: rights.get(name, name != "can_promote_members")
            for name in ADMINISTRATOR_RIGHTS
            if name not in omitted
        }
    elif status == "restricted":
        result |= {"is_member": rights.get("is_member", True), "until_date": 0}
        result |= {name: rights.get(name, False) for name in MEMBER_RIGHTS}
    elif status == "kicked":
        result["until_date"] = 0
    return result
