"""A recap: the days that somebody missed, with a few headlines of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from digest.model import Item
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message, chunk_rows
from domain.chat.text import Text, bold, concat, join
from views.dates import format_day
from views.digest_passages import linked_headline
from views.headlines import LINE_WIDTH, MAX_HEADLINE_LINES, item_headline
from views.settings import settings_button
from views.shortening import cut_to_width

MAX_DAYS = 14
"""Days that one message shows; more would not fit into it."""

ITEMS_PER_DAY = 3

_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class RecapDay:
    """A day with the items that stand for it."""

    day: date
    items: tuple[Item, ...]


def recap_message(days: Sequence[RecapDay], translate: Translator) -> Message:
    """Return the days, the oldest first, with a button for the digest of each."""
    return _recap("🗞 " + translate("What came out meanwhile"), days, translate)


def _recap(title: str, days: Sequence[RecapDay], translate: Translator) -> Message:
    parts = [bold(title), *(_day(day, translate) for day in days)]
    buttons = [button(format_day(day.day, translate), CommandName.DIGEST, day.day) for day in days]
    return Message(join("\n\n", parts), chunk_rows(buttons, _COLUMNS))


def leading_items(shown: Iterable[Item], wanted: Mapping[int, int]) -> tuple[Item, ...]:
    """Return the few of the shown items that most want more of; those that the edition leads with without votes."""
    first = sorted(shown, key=lambda item: (-wanted.get(item.position, 0), item.position))[:ITEMS_PER_DAY]
    return tuple(sorted(first, key=lambda item: item.position))


def weekly_recap_message(days: Sequence[RecapDay], translate: Translator) -> Message:
    """Return the recap that comes by itself once a week."""
    return _recap("🗞 " + translate("Your week in headlines"), days, translate)


def nothing_missed_message(since: date, translate: Translator, today: date) -> Message:
    """Say that nothing came out since a day that the reader would see."""
    text = translate("Nothing for you came out since {day}.").format(day=format_day(since, translate, today))
    newest = button("📰 " + translate("Newest digest"), CommandName.TODAY)
    return Message(Text(text), ((newest, settings_button(translate)),))


def recap_button(translate: Translator, since: date | None = None) -> Button:
    """Return the button that shows what came out since a day, or in the last week."""
    arguments = () if since is None else (since,)
    return button("🗞 " + translate("What I missed"), CommandName.RECAP, *arguments)


def _day(day: RecapDay, translate: Translator) -> Text:
    return join("\n", (bold(format_day(day.day, translate)), *map(_headline, day.items)))


def _headline(item: Item) -> Text:
    number = f"{item.position}. "
    headline = cut_to_width(number + item_headline(item), LINE_WIDTH * MAX_HEADLINE_LINES).removeprefix(number)
    return concat((number, linked_headline(headline, item.url, strong=False)))
