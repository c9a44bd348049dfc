"""The help message, and the answer to a message that the bot does not understand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.chat.callback_data import button
from domain.chat.commands import CommandName, CommandSpec, Permission, commands_for, commands_of_role
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.roles import Role
from domain.chat.text import Text, bold, join
from views.settings import settings_button

_FOR_ROLE: Mapping[Role, Callable[[Translator], str]] = {
    Role.EDITOR: lambda translate: translate("For editors"),
    Role.ADMIN: lambda translate: translate("For admins"),
    Role.OWNER: lambda translate: translate("For owners"),
}


def help_message(translate: Translator, *, is_private: bool, role: Role | None) -> Message:
    """List the commands that a person may use in this chat."""
    parts: list[Text | str] = [
        bold(translate("What I can do")),
        _listed(commands_for(Permission.ANYONE, Permission.CHAT_ADMINISTRATOR), translate),
        translate("Plain words work too: “3”, “commentary”, “8:30”, “yesterday”, or the name of a category.")
        if is_private
        else translate("In a group only its administrators can subscribe and change settings."),
    ]
    if role is not None and is_private:
        lines = [_listed(commands_of_role(role), translate)]
        lines += [_broadcast_hint(translate)] if role.includes(Role.ADMIN) else []
        parts += [bold(_FOR_ROLE[role](translate)), "\n".join(lines)]
    my_chats = button("👥 " + translate("My groups and channels"), CommandName.CHATS)
    rows = (_first_row(translate), *(((my_chats,),) if is_private else ()))
    return Message(join("\n\n", parts), rows)


def fallback_message(translate: Translator, *, has_text: bool, may_broadcast: bool) -> Message:
    """Say that a message was not understood, and what works. An admin's picture may be meant for a broadcast."""
    if has_text:
        lines = [translate("I didn't get that.")]
    else:
        lines = [
            translate("Thank you! I cannot look at pictures or listen to voices, but I understand what you write."),
            translate("For your time zone, send me the name of a city."),
        ]
    if may_broadcast:
        lines.append(_broadcast_hint(translate))
    lines.append(translate("Send the number of an item, the name of a category, or choose:"))
    help_button = button("❓ " + translate("What I can do"), CommandName.HELP)
    return Message(Text("\n".join(lines)), (_first_row(translate), (help_button,)))


def _first_row(translate: Translator) -> tuple[Button, ...]:
    return button("📰 " + translate("Newest digest"), CommandName.TODAY), settings_button(translate)


def _broadcast_hint(translate: Translator) -> str:
    return translate("Reply to any message with /broadcast to send exactly that one, pictures and all.")


def _listed(commands: tuple[CommandSpec, ...], translate: Translator) -> str:
    return "\n".join(f"/{command.usage(translate)} – {translate(command.description)}" for command in commands)
