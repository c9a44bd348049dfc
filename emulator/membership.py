"""A change of somebody's place in a chat -> the my_chat_member or chat_member update Telegram sends for it."""

from emulator import answers
from emulator.telegram import Telegram
from emulator.values import Chat, Member, User


def tell_change(tg: Telegram, chat: Chat, who: User, change: tuple[Member | None, Member], *, by: User) -> int | None:
    """Queue the update; its id, or None when the bot did not ask for this kind or is not there to see it."""
    old, new = change
    mine = who.id == tg.bot.id
    here = chat.members.get(tg.bot.id)
    if not mine and (here is None or here.status != "administrator"):
        return None
    payload = {
        "chat": answers.short_chat(chat, tg.world),
        "from": answers.user(by, tg.bot.id),
        "date": tg.clock.unix(),
        "old_chat_member": answers.member(chat, who, old, tg.bot.id),
        "new_chat_member": answers.member(chat, who, new, tg.bot.id),
    }
    return tg.updates.add("my_chat_member" if mine else "chat_member", payload)


def block(tg: Telegram, person: User, *, blocked: bool) -> None:
    """The person blocks or unblocks the bot: in private chats the only changes the bot is told of."""
    if person.blocked == blocked:
        return
    person.blocked = blocked
    chat = tg.world.private_chat(person)
    old = chat.members[tg.bot.id]
    new = Member(tg.bot.id, "kicked" if blocked else "member")
    chat.members[tg.bot.id] = new
    tell_change(tg, chat, tg.bot, (old, new), by=person)
