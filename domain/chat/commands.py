"""The commands that are listed, in the menus' order: whose they are, what they do, and what stands behind the name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.chat.i18n import Say, marked


class Who(StrEnum):
    """Who may ask for something."""

    ANYONE = "anyone"
    MANAGER = "manager"  # in a private chat its person, in a group the group's administrators
    ADMIN = "admin"  # the bot's own, in their private chat


@dataclass(frozen=True, slots=True)
class Command:
    """A command as menus, help and the reference show it. `about` and `argument` are in English, to be translated."""

    name: str
    who: Who
    about: str
    argument: str = ""

    def usage(self, say: Say) -> str:
        """The name and its argument: `item 3`."""
        return f"{self.name} {say(self.argument)}" if self.argument else self.name


COMMANDS = (
    Command("today", Who.ANYONE, marked("Today's digest")),
    Command("item", Who.ANYONE, marked("One item by its number"), "3"),
    Command("categories", Who.ANYONE, marked("The categories, to choose one")),
    Command("category", Who.ANYONE, marked("The items of a category"), marked("name")),
    Command("commentary", Who.ANYONE, marked("The editor's commentary")),
    Command("digest", Who.ANYONE, marked("The digest of another day"), "2025-09-12"),
    Command("settings", Who.MANAGER, marked("All settings on one screen")),
    Command("time", Who.MANAGER, marked("When the digest comes"), "08:30"),
    Command("timezone", Who.MANAGER, marked("Your time zone: a city or an offset"), "Asia/Shanghai"),
    Command("form", Who.MANAGER, marked("Headlines or full text")),
    Command("language", Who.MANAGER, marked("The bot's language · 语言")),
    Command("status", Who.ANYONE, marked("What is set, and when the next digest comes")),
    Command("start", Who.MANAGER, marked("Subscribe")),
    Command("stop", Who.MANAGER, marked("Unsubscribe; your settings are kept")),
    Command("help", Who.ANYONE, marked("What I can do")),
    Command("broadcast", Who.ADMIN, marked("A message to all subscribers"), marked("text")),
    Command("stats", Who.ADMIN, marked("Subscribers and the last deliveries")),
)


def commands_for(*who: Who) -> tuple[Command, ...]:
    """The commands of these, in order."""
    return tuple(command for command in COMMANDS if command.who in who)
