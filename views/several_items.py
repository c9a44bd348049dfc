"""What follows several items that were asked for at once: the rest of them, and which numbers there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, join
from views.not_found import item_numbers_line

_MAX_ARGUMENT_BYTES = 30
"""Longest list of items in a button, beside an edition of the longest name."""


def further_items(day: date, shown: int, rest: Sequence[str], translate: Translator, *, missing_of: int = 0) -> Message:
    """Say which items are left after those shown, with a button to them.

    `rest` are numbers and ranges (`6`, `8-10`); `missing_of` is how many items there are if others were asked for.
    """
    lines: list[str] = []
    if rest:
        left = translate.ngettext(
            "That was {n} item, as many as I show at once. Left: {items}.",
            "Those were {n} items, as many as I show at once. Left: {items}.",
            shown,
        )
        lines.append(left.format(n=shown, items=translate(", ").join(rest)))
    if missing_of:
        lines.append(item_numbers_line(missing_of, translate))
    carried = _carried(rest)
    more = button("▶ " + translate(", ").join(carried), CommandName.ITEM, day, ",".join(carried)) if carried else None
    all_items = button("📑 " + translate("All items"), CommandName.ITEMS, day)
    return Message(join("\n", map(Text, lines)), ((more, all_items) if more else (all_items,),))


def _carried(rest: Sequence[str]) -> Sequence[str]:
    """Return as many of the numbers as a button carries."""
    return next(
        (rest[:most] for most in range(len(rest), 0, -1) if len(",".join(rest[:most])) <= _MAX_ARGUMENT_BYTES), ()
    )
