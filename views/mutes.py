"""The screens of muted words and categories."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from digest.model import Item
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message, chunk_rows
from domain.chat.text import Text, bold, format_text, join
from domain.subscription.preferences import category_id, category_key
from views.content_settings import names_by_key
from views.digest_passages import shortened
from views.examples import with_examples
from views.item_actions import OpenedFrom, item_arguments
from views.settings import SettingsView, categories_button, nothing_left_line, settings_button, undo_button
from views.shortening import quoted_words

ADD_CATEGORY, REMOVE_CATEGORY, REMOVE_WORD = "c+", "c-", "w-"
"""First arguments of the buttons, before the id of a category or a word."""

REMOVE_ALL = "none"
"""The only argument of the button that takes everything off the list."""

_LABEL = 24


def mutes_screen(view: SettingsView, known: Iterable[str], headline: Text | str = "") -> Message:
    """Return what is muted, each with a button to hear of it again, and how to mute more.

    `known` are the categories that have names; a muted one that no edition has any more is shown by its key.
    """
    names = names_by_key(known)
    translate, preferences, here = view.translate, view.subscriber.preferences, ReplyTarget.IN_PLACE
    words = [
        button(f"✖️ {word}", CommandName.MUTE, REMOVE_WORD, word, target=here)
        for word in sorted(preferences.muted_words)
    ]
    categories = [
        button(
            f"✖️ 📂 {shortened(names.get(key, key), _LABEL)}",
            CommandName.MUTE,
            REMOVE_CATEGORY,
            category_id(key),
            target=here,
        )
        for key in sorted(preferences.muted_categories)
    ]
    title = bold("🔇 " + translate("What you do not want to read"))
    muted = translate("Tap one to get it again:") if words or categories else translate("Nothing is muted.")
    hint = with_examples(
        translate("Items with a muted word are left out. To mute one, send it like this: `/mute bitcoin`")
    )
    undo = undo_button(view, here)
    clear = button("🗑 " + translate("Clear all"), CommandName.MUTE, REMOVE_ALL, target=here)
    clear_row = ((clear,),) if len(words) + len(categories) > 1 else ()
    fix = [categories_button(translate)] if view.subscriber.preferences.selects_nothing else []
    last = (*([undo] if undo else []), *fix, settings_button(translate))
    text = join("\n\n", filter(None, (headline, nothing_left_line(view), title, hint + f"\n{muted}")))
    return Message(text, (*chunk_rows([*words, *categories], 2), *clear_row, last))


def unfit_mutes_line(unfit: Iterable[str], translate: Translator) -> Text:
    """Return which words of a list cannot be muted, and why; empty if there are none."""
    listed = translate(", ").join(unfit)
    if not listed:
        return Text()
    text = translate("Not muted: “{words}”. A muted word has 2 to 24 characters.")
    return format_text(text, {"words": quoted_words(listed)})


def less_of_item_screen(view: SettingsView, day: date, item: Item, opened_from: OpenedFrom = None) -> Message:
    """Ask what about an item should not come any more: one of its categories, or a word."""
    translate, here = view.translate, ReplyTarget.IN_PLACE
    rows = tuple(
        (
            button(
                translate("Less of {category}").format(category=shortened(name, _LABEL)),
                CommandName.MUTE,
                ADD_CATEGORY,
                category_id(category_key(name)),
                target=here,
            ),
        )
        for name in dict.fromkeys(item.categories)
    )
    question = format_text(
        translate("What should be left out from now on? “{headline}”"),
        {"headline": shortened(Text(item.headline).sanitized().plain, 60)},
    )
    hint = with_examples(translate("A word works too: send it like this: `/mute bitcoin`"))
    opens = item_arguments(day, item.position, opened_from)
    back = button("‹ " + translate("Back"), CommandName.ITEM, opens, target=here)
    return Message(join("\n\n", (question, hint)), (*rows, (back,)))
