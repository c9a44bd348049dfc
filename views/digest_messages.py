"""Views of a digest as messages: the whole digest, an item, a category, the commentary, the lists.

Buttons lead from one view to the others. An undated digest (a preview) has none, since they name the day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial

from digest.model import Digest, Item
from digest.rendering.links import is_linkable
from digest.rendering.pagination.message_size import NO_SIZE, SIGNATURE_SIZE
from digest.rendering.pagination.paginate import KeyboardRows, arrange_in_rows, paginate
from digest.rendering.pagination.passage import Passage
from domain.chat import limits
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.chat.rich_message import AnyMessage, RichMessage
from domain.chat.text import Text, bold, display_width, join
from domain.subscription.preferences import ContentPreferences, Layout, category_id, category_key
from views.dates import format_full_day
from views.digest_passages import (
    commentary_passage,
    continued_heading,
    digest_passages,
    filter_items,
    format_item_count,
    further_sources,
    item_passage,
    shortened,
)
from views.headlines import headlines_passages, item_button
from views.item_actions import LESS, MORE, OpenedFrom, item_arguments
from views.pictures import view_previews
from views.rich_digest import rich_parts
from views.selection import body_text
from views.settings import settings_button
from views.shown_items import shown_items

ALL_ITEMS = "all"
"""Argument after a day: the digest with all its items, whatever the subscriber prefers."""

_ROW_WIDTH = 30
"""Widest row of buttons that a phone shows without cutting labels, in columns (a Chinese character takes two)."""

_CATEGORY_COLUMNS = 2
_CATEGORY_LABEL_CHARACTERS = 24


def digest_messages(digest: Digest, preferences: ContentPreferences, translate: Translator) -> tuple[AnyMessage, ...]:
    """Return the digest as a subscriber prefers it; no message if no item is in the preferred categories."""
    if preferences.layout is Layout.RICH:
        shown = shown_items(digest.items, preferences)
        return rich_messages(digest, shown, translate) if shown or not preferences.is_selective else ()
    return plain_messages(digest, preferences, translate)


def plain_messages(digest: Digest, preferences: ContentPreferences, translate: Translator) -> tuple[Message, ...]:
    """Return the digest in a layout of ordinary messages."""
    shown = shown_items(digest.items, preferences)
    if preferences.is_selective and not shown:
        return ()
    layout = headlines_messages if preferences.layout is Layout.HEADLINES else full_messages
    return layout(digest, shown, translate)


def headlines_messages(
    digest: Digest, shown: tuple[Item, ...], translate: Translator, *, signed: bool = False
) -> tuple[Message, ...]:
    """Return some items in the headlines layout, with a number button for each; `signed`: with room for a signature."""
    all_items, symbols = _all_items_button(digest, shown, translate), _symbol_buttons(digest, shown, translate)
    rows: KeyboardRows = ((all_items,),) if all_items else ()
    if all_items and len(shown) + len(symbols) > limits.KEYBOARD_ROW_BUTTONS:
        rows, symbols = (), [all_items, *symbols]
    beside, room = list(map(_symbol_only, symbols)), SIGNATURE_SIZE if signed else NO_SIZE
    return paginate(headlines_passages(digest, shown, translate), rows=rows, beside=beside, room=room)


def full_messages(
    digest: Digest, shown: tuple[Item, ...], translate: Translator, *, start: int = 0, signed: bool = False
) -> tuple[Message, ...]:
    """Return some items in the full layout; without what stands before the item at position `start`."""
    passages = digest_passages(digest, shown, translate, start=start)
    rows, room = _digest_rows(digest, shown, translate), SIGNATURE_SIZE if signed else NO_SIZE
    return paginate(passages, rows=rows, room=room)


def rich_messages(
    digest: Digest, shown: tuple[Item, ...], translate: Translator, *, signed: bool = False
) -> tuple[RichMessage, ...]:
    """Return some items in the rich layout."""
    parts = rich_parts(digest, shown, translate, keyboard=_digest_rows(digest, shown, translate), signed=signed)
    return tuple(part.message for part in parts)


def only_a_button(digest: Digest, translate: Translator) -> Message:
    """Return the message of those whose selection nobody shares, where a run has as many contents as it may."""
    title = Text(digest.title).sanitized().plain
    lines = filter(None, (bold(title), Text(translate("Your selection of this edition is ready:"))))
    opens = [button("📰 " + translate("Read it"), CommandName.DIGEST, digest.date)] if digest.date else []
    return Message(join("\n", lines), (tuple(opens),) if opens else ())


def rich_part_start(
    digest: Digest, shown: tuple[Item, ...], translate: Translator, part: int, *, signed: bool = False
) -> int:
    """Return the position of the item with which a part of the rich layout begins, or goes on; 0 for the title."""
    parts = rich_parts(digest, shown, translate, signed=signed)
    return parts[min(part, len(parts)) - 1].position if parts else 0


def item_view(
    digest: Digest,
    position: int,
    translate: Translator,
    *,
    actions: tuple[Button, ...] = (),
    below: Keyboard = (),
    opened_from: OpenedFrom = None,
) -> tuple[Message, ...]:
    """Return one item in full, with buttons to its source and neighbours; nothing if there is no such item.

    `actions` stand beside the source, `below` are the last rows; the neighbours lead back to the list, too.
    """
    item = next((item for item in digest.items if item.position == position), None)
    if item is None:
        return ()
    picture = view_previews(digest).get(position)
    passage = replace(item_passage(item, translate, strong=True, folded=False), picture=picture)
    passages = [passage, _item_footer(digest, item, translate)]
    source = (Button(f"🔗 {translate('Source')}", url=item.url),) if is_linkable(item.url) else ()
    first = [(*source, *actions)] if source or actions else []
    rows = (*first, *_neighbours(digest, item, opened_from), *below)
    return paginate([passage for passage in passages if passage.lead], rows=rows)


def category_view(digest: Digest, name: str, translate: Translator) -> tuple[Message, ...]:
    """Return the items of a category with their bodies folded; nothing if it has none."""
    items = filter_items(digest.items, frozenset((name,)))
    if not items:
        return ()
    spelling = next((own for own in digest_categories(digest) if category_key(own) == category_key(name)), name)
    passages = [_title(digest, f"📂 {spelling}", translate, count=len(items))]
    pictures = view_previews(digest)
    passages += [
        replace(item_passage(item, translate, strong=False, folded=True), picture=pictures.get(item.position))
        for item in items
    ]
    return paginate(
        passages, rows=_view_rows(_view_buttons(digest, translate, CommandName.ITEMS, CommandName.CATEGORIES))
    )


def commentary_view(digest: Digest, translate: Translator) -> tuple[Message, ...]:
    """Return the commentary in full; nothing if there is none."""
    picture = view_previews(digest).get(len(digest.items) + 1)
    passage = commentary_passage(digest, body_text(digest.commentary), translate, picture=picture)
    if not passage.body:
        return ()
    if digest.date is not None:
        passage = replace(
            passage, lead=join("\n", (passage.lead, format_full_day(digest.date, translate))), separator="\n\n"
        )
    return paginate(
        [passage], rows=_view_rows(_view_buttons(digest, translate, CommandName.ITEMS, CommandName.CATEGORIES))
    )


def categories_view(digest: Digest, translate: Translator) -> tuple[Message, ...]:
    """Return a button for each category with its number of items; nothing if there are no categories."""
    counts = _item_counts(digest)
    if not counts:
        return ()
    names = digest_categories(digest)[: limits.KEYBOARD_BUTTONS - limits.KEYBOARD_ROW_BUTTONS]
    buttons = [
        _category_button(digest.date, name, counts[category_key(name)]) for name in names if digest.date is not None
    ]
    listed = Text("\n".join(f"{name} · {counts[category_key(name)]}" for name in names)) if not buttons else Text()
    passage = replace(_title(digest, f"📂 {translate('Categories')}", translate, count=len(digest.items)), body=listed)
    return paginate(
        [passage],
        rows=(
            *arrange_in_rows(buttons, _CATEGORY_COLUMNS),
            *_view_rows(_view_buttons(digest, translate, CommandName.ITEMS)),
        ),
    )


def items_view(digest: Digest, translate: Translator) -> tuple[Message, ...]:
    """Return all headlines, with a button for each item under the message that lists it."""
    if not digest.items:
        return ()
    title = Text(digest.title).sanitized().plain or translate("Items")
    passages = [_title(digest, f"📑 {title}", translate, count=len(digest.items))]
    for item in digest.items:
        gap = "\n" if len(passages) > 1 else "\n\n"
        passages.append(
            replace(
                item_passage(item, translate, strong=False, folded=False),
                body=Text(),
                gap=gap,
                button=item_button(digest, item),
            )
        )
    return paginate(
        passages, rows=_view_rows(_view_buttons(digest, translate, CommandName.CATEGORIES, CommandName.COMMENTARY))
    )


def digest_categories(digest: Digest) -> tuple[str, ...]:
    """Return the categories that have items: first in the order of the front matter, then in that of the items."""
    counts = _item_counts(digest)
    spellings: dict[str, str] = {}
    for name in (*digest.categories, *(name for item in digest.items for name in item.categories)):
        spellings.setdefault(category_key(name), name)
    return tuple(name for key, name in spellings.items() if key in counts)


def _item_counts(digest: Digest) -> dict[str, int]:
    """Return the number of items by category key."""
    counts: dict[str, int] = {}
    for item in digest.items:
        for key in {category_key(name) for name in item.categories}:
            counts[key] = counts.get(key, 0) + 1
    return counts


def _view_buttons(digest: Digest, translate: Translator, *commands: CommandName) -> list[Button]:
    """Return buttons to other views of the digest, without those that have nothing to show."""
    if digest.date is None:
        return []
    labels = {
        CommandName.ITEMS: (f"📑 {translate('Items')}", bool(digest.items)),
        CommandName.CATEGORIES: (f"📂 {translate('Categories')}", any(item.categories for item in digest.items)),
        CommandName.COMMENTARY: (f"💬 {translate('Commentary')}", bool(digest.commentary.plain.strip())),
    }
    return [button(labels[name][0], name, digest.date) for name in commands if labels[name][1]]


def _digest_rows(digest: Digest, shown: tuple[Item, ...], translate: Translator) -> KeyboardRows:
    """Return the buttons under a whole digest."""
    if digest.date is None:
        return ()
    all_items = _all_items_button(digest, shown, translate)
    first = [all_items] if all_items else _view_buttons(digest, translate, CommandName.ITEMS)
    others = _view_buttons(digest, translate, CommandName.CATEGORIES, CommandName.COMMENTARY)
    return (*_view_rows([*first, *others, settings_button(translate)]), tuple(_vote_buttons(digest)))


def _all_items_button(digest: Digest, shown: tuple[Item, ...], translate: Translator) -> Button | None:
    """Return the button for the digest with all its items; None if nothing was left out."""
    if digest.date is None or len(shown) == len(digest.items):
        return None
    label = translate("All {n} items").format(n=len(digest.items))
    return button(f"📑 {label}", CommandName.DIGEST, digest.date, ALL_ITEMS)


def _symbol_buttons(digest: Digest, shown: tuple[Item, ...], translate: Translator) -> list[Button]:
    """Return the buttons that share the rows of the numbers; one for the commentary unless the message has it whole."""
    if digest.date is None:
        return []
    is_whole = len(shown) == len(digest.items)
    commands = (*(() if is_whole else (CommandName.COMMENTARY,)), CommandName.CATEGORIES)
    return [*_view_buttons(digest, translate, *commands), settings_button(translate), *_vote_buttons(digest)]


def _vote_buttons(digest: Digest) -> list[Button]:
    """Return the buttons to want more or less of such a digest."""
    return [button(sign, CommandName.VOTE, verb, digest.date or "") for sign, verb in (("👍", MORE), ("👎", LESS))]


def _symbol_only(labelled: Button) -> Button:
    return replace(labelled, text=labelled.text.split()[0])


def _view_rows(buttons: list[Button]) -> KeyboardRows:
    """Return one row if a phone can show it whole, else two buttons to a row."""
    width = sum(display_width(button.text) for button in buttons)
    return arrange_in_rows(buttons, max(1, len(buttons)) if width <= _ROW_WIDTH else 2)


def _title(digest: Digest, title: str, translate: Translator, *, count: int) -> Passage:
    when = [format_full_day(digest.date, translate)] if digest.date is not None else []
    line = " · ".join([*when, format_item_count(count, translate)])
    return Passage(
        lead=join("\n", (bold(title), line)), continuation_heading=partial(continued_heading, title, translate)
    )


def _item_footer(digest: Digest, item: Item, translate: Translator) -> Passage:
    """Return the further sources, the categories and the day of an item."""
    when = [format_full_day(digest.date, translate)] if digest.date is not None else []
    lines = (further_sources(item), Text(" · ".join([*item.categories, *when])))
    return Passage(lead=join("\n", [line for line in lines if line]))


def _category_button(day: date, name: str, count: int) -> Button:
    label = f"{shortened(name, _CATEGORY_LABEL_CHARACTERS)} · {count}"
    return button(label, CommandName.CATEGORY, day, category_id(category_key(name)))


def _neighbours(digest: Digest, item: Item, opened_from: OpenedFrom) -> KeyboardRows:
    """Return a row with the previous item, the list of all items, and the next item."""
    if digest.date is None:
        return ()
    at, day = digest.items.index(item), digest.date
    before, after = (
        [
            button(label, CommandName.ITEM, item_arguments(day, other.position, opened_from))
            for other in _slice(digest.items, index)
        ]
        for label, index in (("◀", at - 1), ("▶", at + 1))
    )
    return ((*before, button(f"{at + 1} / {len(digest.items)}", CommandName.ITEMS, day), *after),)


def _slice(items: tuple[Item, ...], index: int) -> Iterable[Item]:
    return items[index : index + 1] if index >= 0 else ()
