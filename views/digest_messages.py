"""What a person asks to see of a digest, as messages: all of it in their taste, an item, a category, the commentary.

Every button carries a command line, so that a press and a typed command are one thing:
`items DATE`, `item DATE POSITION`, `categories DATE`, `category DATE ID` (a `category_id`), `commentary DATE`.
 An undated digest (a preview) has no buttons.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial

from digest.model import Digest, Item
from digest.rendering.links import is_linkable
from digest.rendering.pagination.paginate import KeyboardRows, arrange_in_rows, paginate
from digest.rendering.pagination.passage import Passage
from domain.chat import limits
from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, display_width, join
from domain.subscription.preferences import ContentPreferences, category_id, category_key
from views.dates import format_full_day
from views.digest_passages import (
    commentary_passage,
    continued_heading,
    digest_passages,
    filter_items,
    format_item_count,
    item_passage,
    shortened,
)

_ROW_COLUMNS = 30
_CATEGORY_BUTTONS = 2
_LABEL = 24


def digest_messages(digest: Digest, preferences: ContentPreferences, translate: Translator) -> tuple[Message, ...]:
    """Return the digest as a subscriber prefers it; no message if no item is in the preferred categories."""
    passages = digest_passages(digest, form=preferences.layout, translate=translate, categories=preferences.categories)
    rows = _in_columns(_ways(digest, translate, CommandName.ITEMS, CommandName.CATEGORIES, CommandName.COMMENTARY))
    return paginate(passages, rows=rows)


def item_view(digest: Digest, position: int, translate: Translator) -> tuple[Message, ...]:
    """One item, open, with its source and the ways to its neighbours; nothing when there is no such item."""
    found = next((item for item in digest.items if item.position == position), None)
    if found is None:
        return ()
    passages = [item_passage(found, translate, strong=True, folded=False), _item_foot(digest, found, translate)]
    source = [(Button(f"🔗 {translate('Source')}", url=found.url),)] if is_linkable(found.url) else []
    return paginate([passage for passage in passages if passage.lead], rows=(*source, *_neighbours(digest, found)))


def category_view(digest: Digest, name: str, translate: Translator) -> tuple[Message, ...]:
    """The items of a category, details folded; nothing when it has none."""
    items = filter_items(digest.items, frozenset((name,)))
    if not items:
        return ()
    written = next((own for own in digest_categories(digest) if category_key(own) == category_key(name)), name)
    passages = [_title(digest, f"📂 {written}", translate, count=len(items))]
    passages += [item_passage(item, translate, strong=False, folded=True) for item in items]
    return paginate(passages, rows=_in_columns(_ways(digest, translate, CommandName.ITEMS, CommandName.CATEGORIES)))


def commentary_view(digest: Digest, translate: Translator) -> tuple[Message, ...]:
    """The commentary, open; nothing when there is none."""
    passage = commentary_passage(digest, translate, folded=False)
    if not passage.body:
        return ()
    if digest.date is not None:
        passage = replace(
            passage, lead=join("\n", (passage.lead, format_full_day(digest.date, translate))), separator="\n\n"
        )
    return paginate([passage], rows=_in_columns(_ways(digest, translate, CommandName.ITEMS, CommandName.CATEGORIES)))


def categories_view(digest: Digest, translate: Translator) -> tuple[Message, ...]:
    """The categories, a button for each with the number of its items; nothing when there are none."""
    counts = _counts(digest)
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
        rows=(*arrange_in_rows(buttons, _CATEGORY_BUTTONS), *_in_columns(_ways(digest, translate, CommandName.ITEMS))),
    )


def items_view(digest: Digest, translate: Translator) -> tuple[Message, ...]:
    """All headlines in a close list; under each message the numbers of its items, as buttons."""
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
                button=_item_button(digest, item),
            )
        )
    return paginate(
        passages, rows=_in_columns(_ways(digest, translate, CommandName.CATEGORIES, CommandName.COMMENTARY))
    )


def digest_categories(digest: Digest) -> tuple[str, ...]:
    """The categories that have items, each once: first the front matter's, in its order, then by first item."""
    counts = _counts(digest)
    written: dict[str, str] = {}
    for name in (*digest.categories, *(name for item in digest.items for name in item.categories)):
        written.setdefault(category_key(name), name)
    return tuple(name for key, name in written.items() if key in counts)


def _counts(digest: Digest) -> dict[str, int]:
    """How many items each category has, by its key."""
    counts: dict[str, int] = {}
    for item in digest.items:
        for key in {category_key(name) for name in item.categories}:
            counts[key] = counts.get(key, 0) + 1
    return counts


def _ways(digest: Digest, translate: Translator, *commands: CommandName) -> list[Button]:
    """Buttons to the other views, those with nothing behind them left out."""
    if digest.date is None:
        return []
    labels = {
        CommandName.ITEMS: (f"📑 {translate('Items')}", bool(digest.items)),
        CommandName.CATEGORIES: (f"📂 {translate('Categories')}", any(item.categories for item in digest.items)),
        CommandName.COMMENTARY: (f"💬 {translate('Commentary')}", bool(digest.commentary.plain.strip())),
    }
    return [button(labels[name][0], name, digest.date) for name in commands if labels[name][1]]


def _in_columns(buttons: list[Button]) -> KeyboardRows:
    """One row if a phone shows it whole, else two to a row."""
    columns = sum(display_width(button.text) for button in buttons)
    return arrange_in_rows(buttons, max(1, len(buttons)) if columns <= _ROW_COLUMNS else 2)


def _title(digest: Digest, title: str, translate: Translator, *, count: int) -> Passage:
    when = [format_full_day(digest.date, translate)] if digest.date is not None else []
    line = " · ".join([*when, format_item_count(count, translate)])
    return Passage(join("\n", (bold(title), line)), continuation_heading=partial(continued_heading, title, translate))


def _item_foot(digest: Digest, item: Item, translate: Translator) -> Passage:
    """The item's categories and its day."""
    when = [format_full_day(digest.date, translate)] if digest.date is not None else []
    return Passage(Text(" · ".join([*item.categories, *when])))


def _category_button(day: date, name: str, count: int) -> Button:
    label = f"{shortened(name, _LABEL)} · {count}"
    return button(label, CommandName.CATEGORY, day, category_id(category_key(name)))


def _item_button(digest: Digest, item: Item) -> Button | None:
    if digest.date is None:
        return None
    return button(str(item.position), CommandName.ITEM, digest.date, item.position)


def _neighbours(digest: Digest, item: Item) -> KeyboardRows:
    """◀, the way back to the list, ▶."""
    if digest.date is None:
        return ()
    at, day = digest.items.index(item), digest.date
    before = [button("◀", CommandName.ITEM, day, other.position) for other in _slice(digest.items, at - 1)]
    after = [button("▶", CommandName.ITEM, day, other.position) for other in _slice(digest.items, at + 1)]
    return ((*before, button(f"{at + 1} / {len(digest.items)}", CommandName.ITEMS, day), *after),)


def _slice(items: tuple[Item, ...], index: int) -> Iterable[Item]:
    return items[index : index + 1] if index >= 0 else ()
