"""Buttons under an item: to save it, to share it, and back to the list that it was opened from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from digest.model import Item
from domain.chat.callback_data import CallbackData, ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button
from domain.chat.start_payload import reading_link
from domain.chat.text import Text
from views.digest_passages import shortened
from views.search import SearchPage, back_to_results, parse_search_page

MORE, LESS = "+", "-"
"""First arguments of the buttons that tell what somebody wants."""

HERE = ReplyTarget.IN_PLACE

_SAVED_PAGE = re.compile(r"s([0-9]{1,3})")
_SHARED_HEADLINE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page of what somebody has saved."""

    page: int = 1

    @property
    def arguments(self) -> str:
        return f"s{self.page}"


OpenedFrom = SearchPage | SavedPage | None
"""The list that an item was opened from."""


def parse_opened_from(arguments: str) -> OpenedFrom:
    """Return the list that a button names, or None."""
    if match := _SAVED_PAGE.fullmatch(arguments):
        return SavedPage(int(match[1]))
    return parse_search_page(arguments)


def item_arguments(day: date, position: int, opened_from: OpenedFrom) -> str:
    """Return what a button of an item carries: the item, and the list that leads back if it was opened from one."""
    return f"{day} {position}" + (f" {opened_from.arguments}" if opened_from else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemActions:
    """What can be done with an item here. `is_saved` is None where nobody can save; `username` is the bot's.

    `wants_more` is what the person has said of the item, None if nothing.
    """

    is_saved: bool | None
    wants_more: bool | None = None
    username: str
    opened_from: OpenedFrom = None

    def buttons(self, day: date, item: Item, translate: Translator) -> tuple[Button, ...]:
        """Return the buttons to save the item and to share it."""
        label = f"✓ {translate('Saved')}" if self.is_saved else f"🔖 {translate('Save')}"
        arguments = item_arguments(day, item.position, self.opened_from)
        save = button(label, CommandName.SAVE, arguments, target=ReplyTarget.IN_PLACE)
        place = f"{day} {item.position}"
        link = reading_link(self.username, CallbackData(command=CommandName.ITEM, arguments=place).encode())
        share = [Button(f"↗ {translate('Share')}", url=_share_link(link, item))] if self.username and link else []
        return (*([save] if self.is_saved is not None else []), *share)

    def votes(self, day: date, item: Item, translate: Translator) -> tuple[tuple[Button, ...], ...]:
        """Return the row of buttons to want more or less like the item; none where nobody can vote."""
        if self.is_saved is None:
            return ()
        arguments = item_arguments(day, item.position, self.opened_from)
        labels = {
            MORE: ("👍", translate("More like this"), self.wants_more is True),
            LESS: ("👎", translate("Less"), self.wants_more is False),
        }
        return (
            tuple(
                button(f"{'✓' if stands else symbol} {label}", CommandName.VOTE, sign, arguments, target=HERE)
                for sign, (symbol, label, stands) in labels.items()
            ),
        )

    def way_back(self, translate: Translator) -> tuple[tuple[Button, ...], ...]:
        """Return the row that leads back to the list."""
        match self.opened_from:
            case SearchPage():
                return (back_to_results(self.opened_from, translate),)
            case SavedPage(page):
                label = f"🔖 {translate('Back to what you saved')}"
                return ((button(label, CommandName.SAVED, f"s{page}", target=ReplyTarget.IN_PLACE),),)
            case None:
                return ()


def _share_link(link: str, item: Item) -> str:
    """Return the address with which Telegram lets somebody choose a chat for a link and a text."""
    headline = shortened(Text(item.headline).sanitized().plain, _SHARED_HEADLINE_CHARACTERS)
    return f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(headline, safe='')}"
