"""Membership changes: store them and queue the my_chat_member or chat_member update Telegram sends."""

from emulator import api_objects
from emulator.models import Chat, Member, User
from emulator.telegram import Telegram

ANONYMOUS_ADMIN = User(1087968824, "Group", username="GroupAnonymousBot")
"""Actor in chats without users, with the id Telegram gives its anonymous administrators."""


def set_member(tg: Telegram, chat: Chat, new: Member, *, by: int | None) -> None:
    """Set a user's status in the chat. `by`: id of the user who makes the change."""
    old = chat.members.get(new.user_id)
    chat.members[new.user_id] = new
    if old is None and not new.is_member:
        return
    if old is None or (old.status, old.rights) != (new.status, new.rights):
        subject = tg.bot if new.user_id == tg.bot.id else tg.store.users[new.user_id]
        actor = tg.store.users.get(by or 0) or ANONYMOUS_ADMIN
        _queue_member_update(tg, chat, subject, old=old, new=new, actor=actor)


def set_blocked(tg: Telegram, user: User, *, blocked: bool) -> None:
    """Let a user block or unblock the bot: the only membership change in a private chat."""
    if user.blocked == blocked:
        return
    user.blocked = blocked
    chat = tg.store.get_or_create_private_chat(user)
    old = chat.members[tg.bot.id]
    new = Member(tg.bot.id, "kicked" if blocked else "member")
    chat.members[tg.bot.id] = new
    _queue_member_update(tg, chat, tg.bot, old=old, new=new, actor=user)


def _queue_member_update(
    tg: Telegram, chat: Chat, subject: User, *, old: Member | None, new: Member, actor: User
) -> None:
    """Queue the update; changes of other users reach the bot only where it is an administrator."""
    is_bot = subject.id == tg.bot.id
    bot_member = chat.members.get(tg.bot.id)
    if not is_bot and (bot_member is None or bot_member.status != "administrator"):
        return
    payload = {
        "chat": api_objects.chat_object(chat, tg.store),
        "from": api_objects.user_object(actor, tg.bot.id),
        "date": tg.clock.unix_seconds(),
        "old_chat_member": api_objects.chat_member_object(chat, subject, old, tg.bot.id),
        "new_chat_member": api_objects.chat_member_object(chat, subject, new, tg.bot.id),
    }
    tg.updates.add("my_chat_member" if is_bot else "chat_member", payload)
