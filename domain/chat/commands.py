"""The bot's commands: their names, and for those in the menu who may use them and what the menu says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.chat.i18n import Translator, gettext_noop
from domain.chat.roles import Role


class Permission(StrEnum):
    """Who may use a command."""

    ANYONE = "anyone"
    CHAT_ADMINISTRATOR = "chat administrator"  # in a private chat the person, elsewhere an administrator of the chat
    EDITOR = "editor"  # these three in the private chat with the bot: the least role that may use it
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def role(self) -> Role | None:
        """The least role that may use it; None if it needs none."""
        return Role(self.value) if self.value in set(Role) else None


class CommandName(StrEnum):
    """Every command, typed or carried by a button."""

    TODAY = "today"
    ITEM = "item"
    ITEMS = "items"
    CATEGORIES = "categories"
    CATEGORY = "category"
    COMMENTARY = "commentary"
    DIGEST = "digest"
    SEARCH = "search"
    SAVED = "saved"
    RECAP = "recap"
    SETTINGS = "settings"
    TIME = "time"
    TIMEZONE = "timezone"
    LAYOUT = "layout"
    LANGUAGE = "language"
    STATUS = "status"
    START = "start"
    MUTE = "mute"
    PAUSE = "pause"
    STOP = "stop"
    HELP = "help"
    CHATS = "chats"
    PRIVACY = "privacy"
    EXPORT = "export"
    ERASE = "erase"
    BROADCAST = "broadcast"
    STATS = "stats"
    PREVIEW = "preview"
    SEND = "send"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    ROLES = "roles"
    AUDIT = "audit"
    ACCESS = "access"
    # Carried by buttons only:
    WELCOME = "welcome"
    WEEKDAYS = "weekdays"
    SILENT = "silent"
    CHOOSE = "choose"
    PLACE = "place"
    RUN = "run"
    PROPOSE = "propose"
    AGREE = "agree"
    TALK = "talk"
    UNDO = "undo"
    BUTTONS = "buttons"
    TOPIC = "topic"
    WEEKLY = "weekly"
    SLOT = "slot"
    SIGNATURE = "signature"
    PIN = "pin"
    KEEP = "keep"
    RESULTS = "results"
    OPEN = "open"
    SAVE = "save"
    VOTE = "vote"
    DRAFT = "draft"
    JOIN = "join"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A command as menus, help and the reference list it. `description` and `argument` are in English."""

    name: CommandName
    permission: Permission
    description: str
    argument: str = ""

    def usage(self, translate: Translator) -> str:
        """Return the name with its argument: `item 3`."""
        return f"{self.name} {translate(self.argument)}" if self.argument else self.name


def _spec(name: CommandName, permission: Permission, description: str, argument: str = "") -> CommandSpec:
    return CommandSpec(name=name, permission=permission, description=description, argument=argument)


COMMANDS = (
    _spec(CommandName.TODAY, Permission.ANYONE, gettext_noop("Today's digest")),
    _spec(CommandName.ITEM, Permission.ANYONE, gettext_noop("One item by its number"), "3"),
    _spec(CommandName.CATEGORIES, Permission.ANYONE, gettext_noop("The categories, to choose one")),
    _spec(CommandName.CATEGORY, Permission.ANYONE, gettext_noop("The items of a category"), gettext_noop("name")),
    _spec(CommandName.COMMENTARY, Permission.ANYONE, gettext_noop("The editor's commentary")),
    _spec(CommandName.DIGEST, Permission.ANYONE, gettext_noop("The digest of another day"), "2025-09-12"),
    _spec(CommandName.SEARCH, Permission.ANYONE, gettext_noop("Search all past editions"), gettext_noop("words")),
    _spec(CommandName.SAVED, Permission.ANYONE, gettext_noop("The items you have saved")),
    _spec(CommandName.RECAP, Permission.ANYONE, gettext_noop("The last days in a few headlines"), "7"),
    _spec(CommandName.SETTINGS, Permission.CHAT_ADMINISTRATOR, gettext_noop("All settings on one screen")),
    _spec(CommandName.TIME, Permission.CHAT_ADMINISTRATOR, gettext_noop("When the digest comes"), "08:30"),
    _spec(
        CommandName.TIMEZONE,
        Permission.CHAT_ADMINISTRATOR,
        gettext_noop("Your time zone: a city or an offset"),
        "Asia/Shanghai",
    ),
    _spec(CommandName.LAYOUT, Permission.CHAT_ADMINISTRATOR, gettext_noop("Headlines, full text or rich")),
    _spec(CommandName.LANGUAGE, Permission.CHAT_ADMINISTRATOR, gettext_noop("The bot's language · 语言")),
    _spec(CommandName.STATUS, Permission.ANYONE, gettext_noop("What is set, and when the next digest comes")),
    _spec(CommandName.START, Permission.CHAT_ADMINISTRATOR, gettext_noop("Subscribe")),
    _spec(CommandName.MUTE, Permission.CHAT_ADMINISTRATOR, gettext_noop("Words and categories you do not want")),
    _spec(CommandName.PAUSE, Permission.CHAT_ADMINISTRATOR, gettext_noop("Nothing for a while, then it goes on")),
    _spec(CommandName.STOP, Permission.CHAT_ADMINISTRATOR, gettext_noop("Unsubscribe; your settings are kept")),
    _spec(CommandName.HELP, Permission.ANYONE, gettext_noop("What I can do")),
    _spec(CommandName.PRIVACY, Permission.ANYONE, gettext_noop("What I keep about you, and for how long")),
    _spec(CommandName.EXPORT, Permission.CHAT_ADMINISTRATOR, gettext_noop("Everything I keep about you, as files")),
    _spec(CommandName.ERASE, Permission.CHAT_ADMINISTRATOR, gettext_noop("Erase everything I keep about you")),
    _spec(
        CommandName.PREVIEW,
        Permission.EDITOR,
        gettext_noop("An edition as its readers get it, also before its hour"),
        "2025-09-12",
    ),
    _spec(
        CommandName.SEND,
        Permission.EDITOR,
        gettext_noop("An edition at once to all who have not had it"),
        "2025-09-12",
    ),
    _spec(
        CommandName.CORRECT,
        Permission.EDITOR,
        gettext_noop("Delivered messages of an edition that was corrected"),
        "2025-09-12",
    ),
    _spec(
        CommandName.WITHDRAW,
        Permission.EDITOR,
        gettext_noop("Take an edition back, also from those who have it"),
        "2025-09-12",
    ),
    _spec(
        CommandName.BROADCAST,
        Permission.ADMIN,
        gettext_noop("A message to all subscribers"),
        gettext_noop("text"),
    ),
    _spec(CommandName.STATS, Permission.ADMIN, gettext_noop("Subscribers and the last deliveries")),
    _spec(CommandName.ACCESS, Permission.ADMIN, gettext_noop("Who may subscribe: links, requests, people")),
    _spec(CommandName.ROLES, Permission.OWNER, gettext_noop("Give and take roles"), gettext_noop("4201 editor")),
    _spec(CommandName.AUDIT, Permission.OWNER, gettext_noop("Who did what, and when")),
)
"""The commands in the order of the menus."""


def commands_of_role(role: Role) -> tuple[CommandSpec, ...]:
    """Return the listed commands that need a role which this one includes, in the order of the menus."""
    return tuple(spec for spec in COMMANDS if spec.permission.role is not None and role.includes(spec.permission.role))


def commands_for(*permissions: Permission) -> tuple[CommandSpec, ...]:
    """Return the listed commands with one of the permissions, in the order of the menus."""
    return tuple(command for command in COMMANDS if command.permission in permissions)
