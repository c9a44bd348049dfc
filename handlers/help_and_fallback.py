"""Help: who asks in; the commands that are theirs, in their language, out."""

from __future__ import annotations

from domain.chat.action import Action
from domain.chat.callback_data import button
from domain.chat.commands import CommandName, CommandSpec, Permission, commands_for
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, join
from handlers.context import Context
from handlers.request import Request, reply_text, reply_with
from views.settings import settings_button


async def show_help(request: Request, context: Context) -> list[Action]:
    """What there is to say to the bot."""
    translate = context.translate
    parts: list[Text | str] = [
        bold(translate("What I can do")),
        _listed(commands_for(Permission.ANYONE, Permission.CHAT_ADMINISTRATOR), translate),
    ]
    if request.origin.chat.is_private:
        parts.append(
            translate("Plain words work too: “3”, “commentary”, “8:30”, “yesterday”, or the name of a category.")
        )
    else:
        parts.append(translate("In a group only its administrators can subscribe and change settings."))
    if context.is_bot_admin and request.origin.chat.is_private:
        listed = _listed(commands_for(Permission.BOT_ADMIN), translate)
        parts += [bold(translate("For admins")), listed + "\n" + _how_to_send_anything(translate)]
    rows = ((button("📰 " + translate("Newest digest"), CommandName.TODAY), settings_button(translate)),)
    return reply_with(request, Message(join("\n\n", parts), rows))


async def fallback(request: Request, context: Context) -> list[Action]:
    """What was said is not understood: a short way on, instead of silence."""
    translate = context.translate
    rows = (
        (button("📰 " + translate("Newest digest"), CommandName.TODAY), settings_button(translate)),
        (button("❓ " + translate("What I can do"), CommandName.HELP),),
    )
    parts = [translate("I didn't get that.")]
    if not request.name and not request.styled_arguments:  # a picture, a sticker, a place
        parts = [translate("I can only read text. For your time zone, send me the name of a city.")]
    if context.is_bot_admin and request.origin.chat.is_private:  # who sends a picture may be about to broadcast it
        parts.append(_how_to_send_anything(translate))
    parts.append(translate("Send the number of an item, the name of a category, or choose:"))
    return reply_text(request, join("\n", parts), rows)


def _how_to_send_anything(translate: Translator) -> str:
    return translate("Reply to any message with /broadcast to send exactly that one, pictures and all.")


def _listed(commands: tuple[CommandSpec, ...], translate: Translator) -> str:
    return "\n".join(f"/{command.usage(translate)} – {translate(command.description)}" for command in commands)
