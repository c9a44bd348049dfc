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
from domain.names import nearest_in_either_script
from domain.subscription.preferences import ContentPreferences, category_id, category_key
from views.dates import format_day, format_full_day, format_moment
from views.digest_messages import digest_categories
from views.digest_passages import filter_items
from views.settings import SettingsView, categories_button, mutes_button
from views.shortening import QUOTED_CHARACTERS, quoted_words

_CATEGORY_BUTTONS = 20


def no_edition_yet(view: SettingsView) -> Message:
    """Say that nothing has been published, and when the first edition comes."""
    return Message(Text(view.translate("No edition has come out yet.")) + next_edition_line(view))


def next_edition_line(view: SettingsView) -> Text:
    """Return a line that says when the next edition may come; empty if none comes or its instant is known."""
    translate, upcoming = view.translate, view.next_delivery
    if upcoming is None or upcoming.until is not None:
        return Text()
    when = format_moment(upcoming.at, view.subscriber.schedule.zone, translate, view.now)
    earliest = translate("Yours comes as soon as there is one, {when} at the earliest.")
    return Text("\n") + format_text(earliest, {"when": when})


def no_edition_of_day(day: date, nearest: Iterable[date], translate: Translator, today: date) -> Message:
    """Say that there is no edition of a day, and offer the nearest ones."""
    text = translate("There is no digest of {date}.").format(date=format_full_day(day, translate))
    return Message(Text(text), tuple((day_button(other, translate, today),) for other in nearest))


def unreadable_date(newest_days: Iterable[date], translate: Translator, today: date) -> Message:
    text = translate("I couldn't read that as a date. Write it like 2025-09-12.")
    return Message(Text(text), day_keyboard(newest_days, translate, today))


def no_such_day(words: str, newest_days: Iterable[date], translate: Translator, today: date) -> Message:
    """Say that a date is none, such as 30 February."""
    text = translate("There is no such day: {words}").format(words=words)
    return Message(Text(text), day_keyboard(newest_days, translate, today))


def doubtful_date(
    words: str, meant: Iterable[date], published: Iterable[date], translate: Translator, today: date
) -> Message:
    """Say that a date may mean several days with an edition, and how it is written without doubt; offer each."""
    text = translate("“{words}” may be {days}. Write the year first: 2025-12-09")
    days = _either_day(meant, translate)
    return Message(
        Text(text.format(words=words, days=days)), tuple((day_button(day, translate, today),) for day in published)
    )


def no_edition_of_doubtful_date(
    words: str, meant: Iterable[date], nearest: Iterable[date], translate: Translator, today: date
) -> Message:
    """Say that there is no edition of any day that a date may mean, and offer the nearest ones."""
    text = translate("“{words}” may be {days}. There is no digest of either day.")
    days = _either_day(meant, translate)
    return Message(Text(text.format(words=words, days=days)), day_keyboard(nearest, translate, today))


def _either_day(days: Iterable[date], translate: Translator) -> str:
    return translate(" or ").join(format_full_day(day, translate) for day in days)


def day_keyboard(days: Iterable[date], translate: Translator, today: date) -> Keyboard:
    """Return a button for the edition of each day, two in a row."""
    return chunk_rows([day_button(day, translate, today) for day in days], 2)


def day_button(day: date, translate: Translator, today: date) -> Button:
    return button(f"📰 {format_day(day, translate, today)}", CommandName.DIGEST, day)


def nothing_selected(digest: Digest, day: date, preferences: ContentPreferences, translate: Translator) -> Message:
    """Say why nothing of an edition is shown, the categories or the mutes, and lead to where that is changed."""
    if not filter_items(digest.items, preferences.categories):
        text = translate("Nothing in this edition is in the categories you chose.")
        change = categories_button(translate)
    elif preferences.categories is None:
        text, change = translate("Everything in this edition is muted."), mutes_button(translate)
    else:
        text = translate("Everything in this edition that is in your categories is muted.")
        change = mutes_button(translate)
    all_items = button(translate("Show all items"), CommandName.ITEMS, day)
    return Message(Text(text), ((all_items,), (change,)))


def no_item(digest: Digest, day: date, translate: Translator) -> Message:
    """Say which item numbers there are."""
    count = len(digest.items)
    if not count:
        return Message(Text(translate("This edition has no items.")))
    all_items = button("📑 " + translate("All items"), CommandName.ITEMS, day)
    return Message(Text(item_numbers_line(count, translate)), ((all_items,),))


def item_numbers_line(count: int, translate: Translator) -> str:
    """Return which numbers the items of an edition have."""
    text = translate.ngettext("This edition has only item 1.", "This edition has items 1 to {n}.", count)
    return text.format(n=count)


def no_category(name: str, digest: Digest, day: date, translate: Translator) -> Message:
    """Ask whether the category with the nearest name was meant; if no name is near, offer all categories."""
    names = digest_categories(digest)
    nearest = nearest_in_either_script(name[:QUOTED_CHARACTERS], names)
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
