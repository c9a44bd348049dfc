"""The commands that are listed, in the menus' order: whose they are, what they do, and what stands behind the name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.chat.i18n import Translator, gettext_noop


class Permission(StrEnum):
    """Who may ask for something."""

    ANYONE = "anyone"
    CHAT_ADMINISTRATOR = "manager"  # in a private chat its person, in a group the group's administrators
    BOT_ADMIN = "admin"  # the bot's own, in their private chat


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command as menus, help and the reference show it. `about` and `argument` are in English, to be translated."""

    name: str
    permission: Permission
    description: str
    argument: str = ""

    def usage(self, translate: Translator) -> str:
        """The name and its argument: `item 3`."""
        return f"{self.name} {translate(self.argument)}" if self.argument else self.name


COMMANDS = (
    CommandSpec("today", Permission.ANYONE, gettext_noop("Today's digest")),
    CommandSpec("item", Permission.ANYONE, gettext_noop("One item by its number"), "3"),
    CommandSpec("categories", Permission.ANYONE, gettext_noop("The categories, to choose one")),
    CommandSpec("category", Permission.ANYONE, gettext_noop("The items of a category"), gettext_noop("name")),
    CommandSpec("commentary", Permission.ANYONE, gettext_noop("The editor's commentary")),
    CommandSpec("digest", Permission.ANYONE, gettext_noop("The digest of another day"), "2025-09-12"),
    CommandSpec("settings", Permission.CHAT_ADMINISTRATOR, gettext_noop("All settings on one screen")),
    CommandSpec("time", Permission.CHAT_ADMINISTRATOR, gettext_noop("When the digest comes"), "08:30"),
    CommandSpec(
        "timezone", Permission.CHAT_ADMINISTRATOR, gettext_noop("Your time zone: a city or an offset"), "Asia/Shanghai"
    ),
    CommandSpec("form", Permission.CHAT_ADMINISTRATOR, gettext_noop("Headlines or full text")),
    CommandSpec("language", Permission.CHAT_ADMINISTRATOR, gettext_noop("The bot's language · 语言")),
    CommandSpec("status", Permission.ANYONE, gettext_noop("What is set, and when the next digest comes")),
    CommandSpec("start", Permission.CHAT_ADMINISTRATOR, gettext_noop("Subscribe")),
    CommandSpec("stop", Permission.CHAT_ADMINISTRATOR, gettext_noop("Unsubscribe; your settings are kept")),
    CommandSpec("help", Permission.ANYONE, gettext_noop("What I can do")),
    CommandSpec("broadcast", Permission.BOT_ADMIN, gettext_noop("A message to all subscribers"), gettext_noop("text")),
    CommandSpec("stats", Permission.BOT_ADMIN, gettext_noop("Subscribers and the last deliveries")),
)


def commands_for(*who: Permission) -> tuple[CommandSpec, ...]:
    """The commands of these, in order."""
    return tuple(command for command in COMMANDS if command.permission in who)
