"""The screens for what the digest looks like: categories, layout and language."""

from __future__ import annotations

from collections.abc import Iterable

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGE_NAMES
from domain.chat.message import Button, Message, chunk_rows
from domain.chat.text import Text, bold, join
from domain.subscription.preferences import Layout, category_id, category_key
from domain.subscription.subscriber import RichRefusal
from views.settings import (
    SettingsView,
    back_row,
    checked,
    layout_name,
    mutes_button,
    nothing_left_line,
    undo_rows,
)

_OFFERED_CATEGORIES = 80

_LANGUAGE_COLUMNS = 3


def categories_screen(view: SettingsView, known: tuple[str, ...]) -> Message:
    """Return the screen for the categories, each to be switched on or off. `known` are the names to offer."""
    translate, chosen = view.translate, view.subscriber.preferences.categories
    if not known and not chosen:
        return Message(Text(translate("There is no edition with categories at the moment.")), (back_row(translate),))
    label = checked(translate("All categories"), on=chosen is None)
    all_categories = button(label, CommandName.CHOOSE, "all", target=ReplyTarget.IN_PLACE)
    names = names_by_key((*known, *sorted(chosen or ())))
    switches = [_category_switch(key, name, on=key in (chosen or ())) for key, name in names.items()]
    hint = translate("You get only the categories you tick; on days without any, nothing comes.")
    text = join("\n\n", filter(None, (nothing_left_line(view), bold(translate("Which categories do you want?")), hint)))
    undo = undo_rows(view, ReplyTarget.SETTINGS)
    mutes = ((mutes_button(translate),),) if view.subscriber.preferences.selects_nothing else ()
    rows = ((all_categories,), *chunk_rows(switches[:_OFFERED_CATEGORIES], 2), *undo, *mutes, back_row(translate))
    return Message(text, rows)


def layout_screen(view: SettingsView) -> Message:
    """Return the screen for the layout."""
    translate, chosen = view.translate, view.subscriber.preferences.layout
    explanations = (
        translate("Headlines: the morning on one screen; tap a number for the text."),
        translate("Full text: everything open, to read from top to bottom."),
        translate("Rich: headings, tables and pictures, items unfold. Not every app shows it; you see a sample first."),
    )
    choices = tuple(
        button(
            checked(layout_name(layout, translate), on=layout is chosen),
            CommandName.LAYOUT,
            layout.value,
            target=ReplyTarget.SETTINGS,
        )
        for layout in Layout
    )
    refused = rich_refusal_line(view)
    text = join(
        "\n\n", filter(None, (bold(translate("Which layout do you prefer?")), "\n".join(explanations), refused))
    )
    return Message(text, (*chunk_rows(choices, 2), back_row(translate)))


def rich_refusal_line(view: SettingsView) -> str:
    """Return why the rich layout became the full one; empty if it did not."""
    refusal = view.subscriber.rich_refusal
    if refusal is None:
        return ""
    translate = view.translate
    if refusal is RichRefusal.SERVER:
        return translate(
            "You chose Rich, but the Telegram server that I use is too old for it, so you get the full text. "
            "Choose Rich again to try once more."
        )
    return translate(
        "You chose Rich, but Telegram does not take it in this chat, so you get the full text. "
        "Choose Rich again to try once more."
    )


def language_screen(view: SettingsView) -> Message:
    """Return the screen for the language."""
    translate, chosen = view.translate, view.subscriber.preferences.language
    choices = [
        button(checked(name, on=code == chosen), CommandName.LANGUAGE, code, target=ReplyTarget.SETTINGS)
        for code, name in LANGUAGE_NAMES.items()
    ]
    rows = (*chunk_rows(choices, _LANGUAGE_COLUMNS), back_row(translate))
    return Message(bold(translate("Which language do you prefer?")), rows)


def names_by_key(names: Iterable[str]) -> dict[str, str]:
    """Return category names by their keys; of several spellings the first."""
    spellings: dict[str, str] = {}
    for name in names:
        spellings.setdefault(category_key(name), name)
    return spellings


def _category_switch(key: str, name: str, *, on: bool) -> Button:
    switch = "off" if on else "on"
    return button(checked(name, on=on), CommandName.CHOOSE, category_id(key), switch, target=ReplyTarget.IN_PLACE)
