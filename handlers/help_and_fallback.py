"""Help: who asks in; the commands that are theirs, in their language, out."""

from __future__ import annotations

from domain.chat.action import Action
from domain.chat.callback_data import button
from domain.chat.commands import Command, Who, commands_for
from domain.chat.i18n import Say
from domain.chat.message import Message
from domain.chat.text import Text, bold, join
from handlers.context import Context
from handlers.request import Asked, show, tell
from views.settings import settings_button


async def guide(asked: Asked, context: Context) -> list[Action]:
    """What there is to say to the bot."""
    say = context.say
    parts: list[Text | str] = [bold(say("What I can do")), _listed(commands_for(Who.ANYONE, Who.MANAGER), say)]
    if asked.origin.chat.is_private:
        parts.append(say("Plain words work too: “3”, “commentary”, “8:30”, “yesterday”, or the name of a category."))
    else:
        parts.append(say("In a group only its administrators can subscribe and change settings."))
    if context.admin and asked.origin.chat.is_private:
        listed = _listed(commands_for(Who.ADMIN), say)
        parts += [bold(say("For admins")), listed + "\n" + _how_to_send_anything(say)]
    rows = ((button("📰 " + say("Newest digest"), "today"), settings_button(say)),)
    return show(asked, Message(join("\n\n", parts), rows))


async def puzzled(asked: Asked, context: Context) -> list[Action]:
    """What was said is not understood: a short way on, instead of silence."""
    say = context.say
    rows = (
        (button("📰 " + say("Newest digest"), "today"), settings_button(say)),
        (button("❓ " + say("What I can do"), "help"),),
    )
    parts = [say("I didn't get that.")]
    if not asked.name and not asked.said:  # a picture, a sticker, a place
        parts = [say("I can only read text. For your time zone, send me the name of a city.")]
    if context.admin and asked.origin.chat.is_private:  # who sends a picture may be about to broadcast it
        parts.append(_how_to_send_anything(say))
    parts.append(say("Send the number of an item, the name of a category, or choose:"))
    return tell(asked, join("\n", parts), rows)


def _how_to_send_anything(say: Say) -> str:
    return say("Reply to any message with /broadcast to send exactly that one, pictures and all.")


def _listed(commands: tuple[Command, ...], say: Say) -> str:
    return "\n".join(f"/{command.usage(say)} – {say(command.about)}" for command in commands)
