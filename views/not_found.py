"""Answers where the edition, item or category asked for does not exist, with buttons to what does exist."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from digest.model import Digest
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message, chunk_rows
from domain.chat.text import Text, format_text
from domain.names import nearest_name
from domain.subscription.preferences import category_id, category_key
from views.dates import format_day, format_full_day, format_moment
from views.digest_messages import digest_categories
from views.settings import SettingsView
from views.shortening import QUOTED_CHARACTERS, quoted_words

_CATEGORY_BUTTONS = 20


def no_edition_yet(view: SettingsView) -> Message:
    """Say that nothing has been published, and when the first edition comes."""
    translate, upcoming = view.translate, view.next_delivery
    text = Text(translate("No edition has come out yet."))
    if upcoming is not None and upcoming.until is None:
        when = format_moment(upcoming.at, view.subscriber.schedule.zone, translate, view.now)
        earliest = translate("Yours comes as soon as there is one, {when} at the earliest.")
        text = text + "\n" + format_text(earliest, {"when": when})
    return Message(text)


def no_edition_of_day(day: date, nearest: Iterable[date], translate: Translator, today: date) -> Message:
    """Say that there is no edition of a day, and offer the nearest ones."""
    text = translate("There is no digest of {date}.").format(date=format_full_day(day, translate))
    return Message(Text(text), tuple((day_button(other, translate, today),) for other in nearest))


def unreadable_date(newest_days: Iterable[date], translate: Translator, today: date) -> Message:
    text = translate("I couldn't read that as a date. Write it like 2025-09-12.")
    return Message(Text(text), day_keyboard(newest_days, translate, today))


def doubtful_date(
    words: str, meant: Iterable[date], published: Iterable[date], translate: Translator, today: date
) -> Message:
    """Say that a date may mean several days, and how it is written without doubt; offer those that have an edition."""
    days = translate(" or ").join(format_full_day(day, translate) for day in meant)
    text = translate("“{words}” may be {days}. Write the year first: 2025-12-09").format(words=words, days=days)
    return Message(Text(text), tuple((day_button(day, translate, today),) for day in published))


def day_keyboard(days: Iterable[date], translate: Translator, today: date) -> Keyboard:
    """Return a button for the edition of each day, two in a row."""
    return chunk_rows([day_button(day, translate, today) for day in days], 2)


def day_button(day: date, translate: Translator, today: date) -> Button:
    return button(f"📰 {format_day(day, translate, today)}", CommandName.DIGEST, day)


def no_item(digest: Digest, day: date, translate: Translator) -> Message:
    """Say which item numbers there are."""
    count = len(digest.items)
    if not count:
        return Message(Text(translate("This edition has no items.")))
    text = translate.ngettext("This edition has only item 1.", "This edition has items 1 to {n}.", count)
    all_items = button("📑 " + translate("All items"), CommandName.ITEMS, day)
    return Message(Text(text.format(n=count)), ((all_items,),))


def no_category(name: str, digest: Digest, day: date, translate: Translator) -> Message:
    """Ask whether the category with the nearest name was meant; if no name is near, offer all categories."""
    names = digest_categories(digest)
    nearest = nearest_name(name[:QUOTED_CHARACTERS], names)
    if nearest is None:
        text = translate("This edition has no category “{name}”. Choose one:")
        rows: Keyboard = tuple((_category_button(day, other),) for other in names[:_CATEGORY_BUTTONS])
    else:
        text = translate("This edition has no category “{name}”. Did you mean this one?")
        all_categories = button("📂 " + translate("All categories"), CommandName.CATEGORIES, day)
        rows = ((_category_button(day, nearest),), (all_categories,))
    return Message(format_text(text, {"name": quoted_words(name)}), rows)


def _category_button(day: date, name: str) -> Button:
    return button(name, CommandName.CATEGORY, day, category_id(category_key(name)))
