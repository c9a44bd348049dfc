"""The codec for deep links: `t.me/<bot>?start=<payload>` opens the private chat at an item or a digest.

    i_2025-09-12_3    item 3 of an edition
    d_2025-09-12      the digest of a day; d_2025-09-12-evening that of another slot
    chats             the groups and channels that one administers
    inv_SECRET        an invitation to subscribe, which a plain /start carries; also as `?startgroup=` for a group

A payload has at most 64 of `[A-Za-z0-9_-]`. What leads nowhere is a plain /start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.chat.callback_data import CallbackData, parse_callback_data
from domain.chat.commands import CommandName
from domain.edition_day import EDITION_PATTERN

_PAYLOAD = re.compile(
    rf"(?:i_(?P<item_day>{EDITION_PATTERN})_(?P<position>\d{{1,4}})|d_(?P<day>{EDITION_PATTERN}))", re.ASCII
)
CHATS_PAYLOAD = "chats"
_INVITATION = re.compile(r"inv_(?P<secret>[A-Za-z0-9_-]{16,32})", re.ASCII)

_DAY_FIRST = re.compile(rf"({EDITION_PATTERN})(?: (\d{{1,4}}))?(?= |$)", re.ASCII)

READING_COMMANDS = frozenset(
    {
        CommandName.TODAY,
        CommandName.ITEM,
        CommandName.ITEMS,
        CommandName.CATEGORIES,
        CommandName.CATEGORY,
        CommandName.COMMENTARY,
        CommandName.DIGEST,
    }
)
"""Commands whose buttons are for every reader; in groups and channels they lead to the private chat."""


@dataclass(frozen=True, slots=True)
class OpenedPlace:
    """The command that a deep link stands for."""

    command: CommandName
    arguments: str


def parse_start_payload(payload: str) -> OpenedPlace | None:
    """Return what a payload opens, or None for a plain /start."""
    if payload == CHATS_PAYLOAD:
        return OpenedPlace(CommandName.CHATS, "")
    match = _PAYLOAD.fullmatch(payload)
    if match is None:
        return None
    if match["day"]:
        return OpenedPlace(CommandName.DIGEST, match["day"])
    return OpenedPlace(CommandName.ITEM, f"{match['item_day']} {int(match['position'])}")


def reading_link(username: str, callback_data: str) -> str | None:
    """Return the address that opens in private what a button for readers shows, or None for other buttons.

    An item is opened itself; of everything else the digest of its day.
    """
    data = parse_callback_data(callback_data)
    if data is None or data.command not in READING_COMMANDS:
        return None
    return f"https://t.me/{username}?start={_payload(data)}"


def invitation_link(username: str, secret: str) -> str:
    """Return the address of an invitation."""
    return f"https://t.me/{username}?start=inv_{secret}"


def group_invitation_link(username: str, secret: str) -> str:
    """Return the address with which an administrator brings the bot, and an invitation, into a group.

    There is none for channels: `?startchannel` carries no payload (Telegram's documentation of bot links).
    """
    return f"https://t.me/{username}?startgroup=inv_{secret}"


def invitation_secret(payload: str) -> str | None:
    """Return the secret of an invitation, or None for another payload."""
    match = _INVITATION.fullmatch(payload)
    return None if match is None else match["secret"]


def _payload(data: CallbackData) -> str:
    match = _DAY_FIRST.match(data.arguments)
    if match is None:
        return "open"  # the newest digest is a plain /start away
    if data.command is CommandName.ITEM and match[2]:
        return f"i_{match[1]}_{match[2]}"
    return f"d_{match[1]}"
