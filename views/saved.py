"""What somebody has saved: a page of it, and all of it as a Markdown file."""

from __future__ import annotations

from collections.abc import Sequence

from digest.model import SavedItem
from digest.rendering.links import is_linkable
from digest.rendering.to_markdown import line_to_markdown, text_to_markdown
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Style, Text, bold, concat, join, link
from views.dates import format_full_day
from views.digest_passages import format_item_count, shortened
from views.item_actions import SavedPage

PAGE_ITEMS = 5
EXPORT = "export"
_HEADLINE_CHARACTERS = 120


def page_count(total: int) -> int:
    return max(1, -(-total // PAGE_ITEMS))


def saved_message(page: int, entries: Sequence[SavedItem], total: int, translate: Translator) -> Message:
    """Return a page of saved items, with buttons that open them, turn the page and export all of them."""
    heading = concat((bold(f"🔖 {translate('What you saved')}"), " · ", format_item_count(total, translate)))
    first = (page - 1) * PAGE_ITEMS + 1
    lines = [_entry(number, entry, translate) for number, entry in enumerate(entries, first)]
    here, pages = ReplyTarget.IN_PLACE, page_count(total)
    back = SavedPage(page).arguments
    numbers = tuple(
        button(str(number), CommandName.OPEN, entry.day, entry.key, back, target=here)
        for number, entry in enumerate(entries, first)
    )
    turns = (
        *([button("◀", CommandName.SAVED, f"s{page - 1}", target=here)] if page > 1 else []),
        *([button(f"{page} / {pages}", CommandName.SAVED, f"s{page}", target=here)] if pages > 1 else []),
        *([button("▶", CommandName.SAVED, f"s{page + 1}", target=here)] if page < pages else []),
    )
    export = (button(f"⬇ {translate('As a Markdown file')}", CommandName.SAVED, EXPORT),)
    return Message(join("\n\n", [heading, *lines]), tuple(row for row in (numbers, turns, export) if row))


def nothing_saved_message(translate: Translator) -> Message:
    return Message(Text(translate("Nothing saved yet. Tap 🔖 under an item, and you find it here again.")))


def gone_message(entry: SavedItem, translate: Translator) -> Message:
    """Return a saved item whose edition has it no more, as it was when it was saved."""
    note = translate("The editor has changed this item since; this is how you saved it.")
    body = shortened(entry.body, 3000)
    back = button(f"🔖 {translate('Back to what you saved')}", CommandName.SAVED, "s1", target=ReplyTarget.IN_PLACE)
    parts: list[Text | str] = [_headline(entry, translate), body, format_full_day(entry.day, translate), note]
    return Message(join("\n\n", filter(None, parts)), ((back,),))


def saved_as_markdown(entries: Sequence[SavedItem], translate: Translator) -> bytes:
    """Return all saved items as Markdown, each under its linked headline."""
    blocks = [f"# {translate('What you saved')}"]
    for entry in entries:
        headline = _headline(entry, translate).without_styles(Style.BOLD)
        blocks += [f"## {line_to_markdown(headline)}", str(entry.day)]
        blocks += [text_to_markdown(Text(entry.body))] if entry.body and not entry.is_withdrawn else []
    return ("\n\n".join(blocks) + "\n").encode()


def _entry(number: int, entry: SavedItem, translate: Translator) -> Text:
    return concat((f"{number}. ", _headline(entry, translate), "\n", format_full_day(entry.day, translate)))


def _headline(entry: SavedItem, translate: Translator) -> Text:
    if entry.is_withdrawn:
        return Text(translate("This digest was withdrawn."))
    plain = shortened(entry.headline, _HEADLINE_CHARACTERS)
    return link(plain, entry.url) if is_linkable(entry.url) else bold(plain)
