"""Reading commands: the digest, its items, categories and commentary.

Each takes an optional day before or behind its own argument: `/item 3`, `/item 2025-09-12 3`, `/item 3 yesterday`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from digest.model import Digest
from domain.chat.action import Action
from domain.chat.callback_data import ReplyTarget, button, in_place
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.edition_day import DEFAULT_SLOT, slot_of
from domain.names import find_in_either_script
from domain.subscription.preferences import ContentPreferences, Layout, category_id, category_key
from handlers.context import Context
from handlers.doubtful_day import DoubtfulDay, resolve_doubt
from handlers.input.dates import (
    MAX_DAY_WORDS,
    count_day_words,
    find_impossible_date,
    looks_like_date,
    parse_edition,
)
from handlers.input.item_numbers import count_from_end, format_item_numbers, parse_item_numbers
from handlers.input.numerals import chinese_numerals_to_digits, normalize
from handlers.items import item_messages, item_photos, note_opened
from handlers.request import Request, reply_short, reply_text, reply_with
from handlers.subscription_changes import settings_view
from storage import digests
from views import not_found
from views.dates import format_day
from views.digest_messages import (
    ALL_ITEMS,
    categories_view,
    category_view,
    commentary_view,
    digest_categories,
    digest_messages,
    full_messages,
    items_view,
)
from views.examples import with_examples
from views.item_actions import OpenedFrom, parse_opened_from
from views.several_items import further_items
from views.shown_items import shown_items
from views.withdrawals import withdrawn_for_readers, withdrawn_without_others

_ITEM_NUMBER = re.compile(r"[#第]?\s*(\d{1,4})\s*[条條.。、]?")

_MAX_ITEMS_AT_ONCE = 5
"""Items that are shown at once in full."""

_NEWEST_DAYS = 8
"""Editions offered as buttons."""


@dataclass(frozen=True, slots=True)
class RequestedEdition:
    """The edition that a request is about, and the request's arguments without the day."""

    digest: Digest
    day: date
    arguments: str


async def today(request: Request, context: Context) -> list[Action]:
    """Show the newest edition, or that of a day, in the subscriber's layout and categories."""
    edition = await _find_edition(request, context)
    if not isinstance(edition, RequestedEdition):
        return edition
    translate = context.translate
    preferences = context.subscriber.preferences
    if edition.arguments == ALL_ITEMS:
        preferences = replace(preferences, categories=None, muted_words=frozenset(), muted_categories=frozenset())
    messages = digest_messages(edition.digest, preferences, translate)
    if not messages:
        nothing = not_found.nothing_selected(edition.digest, edition.day, preferences, translate)
        neighbours = await _neighbour_days(edition, context, in_place=True)
        return reply_short(request, replace(nothing, keyboard=(*nothing.keyboard, *neighbours)))
    neighbours = await _neighbour_days(edition, context, in_place=len(messages) == 1)
    last = replace(messages[-1], keyboard=(*messages[-1].keyboard, *neighbours))
    return reply_with(request, *messages[:-1], last, if_refused=_in_full(edition.digest, preferences, translate))


def _in_full(digest: Digest, preferences: ContentPreferences, translate: Translator) -> tuple[Message, ...]:
    """Return what is shown where Telegram refuses the rich layout; nothing for those who have another one."""
    if preferences.layout is not Layout.RICH:
        return ()
    return full_messages(digest, shown_items(digest.items, preferences), translate)


async def digest(request: Request, context: Context) -> list[Action]:
    """Show the edition of a day; without a day, the newest days to choose from."""
    if request.arguments:
        return await today(request, context)
    days = await _newest_days(context)
    if not days:
        return await _no_edition(request, context)
    choose = context.translate("Which day? You can also write it: `/digest 2025-09-12`")
    return reply_text(request, with_examples(choose), not_found.day_keyboard(days, context.translate, context.today))


async def items(request: Request, context: Context) -> list[Action]:
    """Show all headlines."""
    return await _show(request, context, items_view, context.translate("This edition has no items."))


async def commentary(request: Request, context: Context) -> list[Action]:
    """Show the commentary."""
    return await _show(request, context, commentary_view, context.translate("This edition has no commentary."))


async def categories(request: Request, context: Context) -> list[Action]:
    """Show the categories, to choose one."""
    return await _show(request, context, categories_view, context.translate("This edition has no categories."))


async def item(request: Request, context: Context) -> list[Action]:
    """Show one item by its number, or several; without a number, all headlines."""
    is_several = request.press is None and _several_items(request.arguments) is not None
    edition = await _find_edition(replace(request, arguments="") if is_several else request, context)
    if not isinstance(edition, RequestedEdition):
        return edition
    if is_several:
        edition = replace(edition, arguments=request.arguments)
    if not edition.arguments:
        return await items(request, context)
    arguments, opened_from = _without_list(request, edition.arguments)
    digest, asked = edition.digest, _item_positions(arguments, edition.digest)
    existing = {item.position for item in digest.items}
    positions = [position for position in asked if position in existing]
    shown, rest = positions[:_MAX_ITEMS_AT_ONCE], positions[_MAX_ITEMS_AT_ONCE:]
    if not shown:
        return reply_short(request, not_found.no_item(digest, edition.day, context.translate))
    messages = [
        message
        for position in shown
        for message in await item_messages(request, context, digest, position, opened_from)
    ]
    missing_of = len(digest.items) if len(positions) < len(asked) else 0
    if rest or missing_of:
        left = format_item_numbers(rest)
        messages.append(further_items(edition.day, len(shown), left, context.translate, missing_of=missing_of))
    note_opened(request, context, digest, shown)
    return [*reply_with(request, *messages), *await item_photos(request, context, digest, shown)]


def _without_list(request: Request, arguments: str) -> tuple[str, OpenedFrom]:
    """Return the arguments without the list that ◀ ▶ lead back to, and that list.

    In a group ◀ ▶ show the item to one reader alone, and the message that leads back stays.
    """
    number, _, listed = arguments.partition(" ")
    opened_from = parse_opened_from(listed) if request.press is not None else None
    if opened_from is None:
        return arguments, None
    return number, opened_from if request.origin.chat.is_private else None


def _item_positions(arguments: str, digest: Digest) -> tuple[int, ...]:
    """Return the items that arguments name: `3`, `last`, or several (`2-4`, `2 and 7`)."""
    text = chinese_numerals_to_digits(normalize(arguments))
    if (from_end := count_from_end(text)) is not None:
        first, last = (len(digest.items) - count for count in from_end)
        return tuple(item.position for item in digest.items[max(0, first) : max(0, last + 1)])
    if (several := parse_item_numbers(text)) is not None:
        return several
    number = _ITEM_NUMBER.fullmatch(text)
    return (int(number[1]),) if number else ()


def _several_items(arguments: str) -> tuple[int, ...] | None:
    return parse_item_numbers(chinese_numerals_to_digits(normalize(arguments)))


async def category(request: Request, context: Context) -> list[Action]:
    """Show the items of one category, by the name or a usual one that was typed, or the id that a button carries."""
    edition = await _newest_with_category(request, context) or await _find_edition(request, context)
    if not isinstance(edition, RequestedEdition):
        return edition
    names, is_press = digest_categories(edition.digest), request.press is not None
    wanted = edition.arguments
    name = _category_of_id(wanted, names) if is_press else context.text_context(names).category_named(wanted)
    if name is not None:
        return _turn_in_place(request, category_view(edition.digest, name, context.translate))
    if is_press or not wanted or not names:  # a correction of the edition may have removed the category of a button
        return await categories(replace(request, arguments=str(edition.day)), context)
    return reply_short(request, not_found.no_category(wanted, edition.digest, edition.day, context.translate))


async def _newest_with_category(request: Request, context: Context) -> RequestedEdition | None:
    """Return the newest edition if all that was typed is the name of a category there, such as `Today in AI`."""
    newest = await context.editions.newest() if request.press is None else None
    if (
        newest is None
        or newest.date is None
        or find_in_either_script(request.arguments, digest_categories(newest)) is None
    ):
        return None
    return RequestedEdition(newest, newest.date, request.arguments)


async def _show(
    request: Request,
    context: Context,
    view: Callable[[Digest, Translator], tuple[Message, ...]],
    nothing: str,
) -> list[Action]:
    """Answer with a view of the requested edition, or say that there is nothing to show."""
    edition = await _find_edition(request, context)
    if not isinstance(edition, RequestedEdition):
        return edition
    messages = view(edition.digest, context.translate)
    return _turn_in_place(request, messages) if messages else reply_text(request, nothing)


def _turn_in_place(request: Request, messages: tuple[Message, ...]) -> list[Action]:
    """Answer with messages whose buttons replace them, as one turns pages."""
    return reply_with(request, *map(in_place, messages))


async def _find_edition(request: Request, context: Context) -> RequestedEdition | list[Action]:
    """Return the edition of the day at the start of the arguments, else the newest; or the answer if there is none."""
    written, rest = _split_day(request, context.today)
    day = parse_edition(written, context.today) if written else None
    resolved = await resolve_doubt(written, context.today, partial(_has_edition, context))
    if isinstance(resolved, DoubtfulDay):
        return reply_short(request, await _ask_which_day(resolved, context))
    day = resolved or day
    if day is None and written:
        newest, translate, today = await _newest_days(context), context.translate, context.today
        if impossible := find_impossible_date(written):
            return reply_short(request, not_found.no_such_day(impossible, newest, translate, today))
        return reply_short(request, not_found.unreadable_date(newest, translate, today))
    stored = await (context.editions.newest() if day is None else context.editions.of_day(day))
    is_plain_day = day is not None and slot_of(day) == DEFAULT_SLOT and request.press is None
    if day is not None and stored is None and is_plain_day:  # it may have an edition of another slot only
        other = await digests.newest_of_day(context.tx, day, now=context.now)
        stored = None if other is None else await context.editions.of_day(other)
    if stored is not None and stored.date is not None:
        return RequestedEdition(stored, stored.date, rest.strip())
    if day is None:
        return await _no_edition(request, context)
    nearest = await digests.neighbours(context.tx, day, now=context.now)
    days = [other for other in (nearest.before, nearest.after) if other is not None]
    if await context.editions.is_withdrawn(day):
        return reply_short(request, withdrawn_for_readers(day, days, context.translate, context.today))
    return reply_short(request, not_found.no_edition_of_day(day, days, context.translate, context.today))


def _split_day(request: Request, today: date) -> tuple[str, str]:
    """Return the words of a request that are a day, at their beginning or end, and the others."""
    arguments, is_typed = request.arguments, request.press is None
    first, _, behind = arguments.partition(" ")
    if request.command is CommandName.DIGEST:  # its only argument is a day, which may have spaces
        return (first, behind) if parse_edition(first, today) else (arguments, "")
    words = arguments.split() if is_typed else [first]
    is_item = request.command is CommandName.ITEM and is_typed
    begins_with_several = is_item and behind and _several_items(first) is not None
    count = 0 if begins_with_several else count_day_words(words, lambda text: parse_edition(text, today) is not None)
    if count:
        return " ".join(words[:count]), " ".join(words[count:]) if is_typed else behind
    if not begins_with_several and looks_like_date(first):
        return first, behind
    return _split_last_day(request, words, today) if is_typed else ("", arguments)


def _split_last_day(request: Request, words: Sequence[str], today: date) -> tuple[str, str]:
    """Return the last words if they are a day, and those before them: `3 last friday`."""
    if len(words) > 1 and looks_like_date(words[-1]):
        return words[-1], " ".join(words[:-1])
    if request.command in (CommandName.ITEM, CommandName.CATEGORY):
        for start in range(max(1, len(words) - MAX_DAY_WORDS), len(words)):
            if parse_edition(" ".join(words[start:]), today):
                return " ".join(words[start:]), " ".join(words[:start])
    return "", request.arguments


async def _ask_which_day(doubt: DoubtfulDay, context: Context) -> Message:
    """Return the question which day a date means, or the answer that no such day has an edition."""
    translate, today = context.translate, context.today
    if doubt.published:
        return not_found.doubtful_date(doubt.written, doubt.meant, doubt.published, translate, today)
    around = [await digests.neighbours(context.tx, day, now=context.now) for day in sorted(doubt.meant)]
    nearest = dict.fromkeys(day for each in around for day in (each.before, each.after) if day is not None)
    return not_found.no_edition_of_doubtful_date(doubt.written, doubt.meant, nearest, translate, today)


async def _has_edition(context: Context, day: date) -> bool:
    return await digests.newest_of_day(context.tx, day, now=context.now) is not None


async def _no_edition(request: Request, context: Context) -> list[Action]:
    """Say that no edition has come out yet, or that the newest one was withdrawn."""
    view, withdrawn = await settings_view(context), await digests.newest_withdrawn(context.tx, now=context.now)
    if withdrawn is not None:
        return reply_short(request, withdrawn_without_others(withdrawn, view))
    return reply_short(request, not_found.no_edition_yet(view))


async def _newest_days(context: Context) -> Sequence[date]:
    return await digests.dates(context.tx, now=context.now, limit=_NEWEST_DAYS)


def _category_of_id(wanted: str, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if category_id(category_key(name)) == wanted), None)


async def _neighbour_days(edition: RequestedEdition, context: Context, *, in_place: bool) -> Keyboard:
    """Return a row with the editions before and after; they replace the message if the digest is a single one."""
    target = ReplyTarget.IN_PLACE if in_place else ReplyTarget.NEW_MESSAGE
    neighbours = await digests.neighbours(context.tx, edition.day, now=context.now)
    row: list[Button] = []
    if neighbours.before:
        label = f"◀ {format_day(neighbours.before, context.translate, context.today)}"
        row.append(button(label, CommandName.DIGEST, neighbours.before, target=target))
    if neighbours.after:
        label = f"{format_day(neighbours.after, context.translate, context.today)} ▶"
        row.append(button(label, CommandName.DIGEST, neighbours.after, target=target))
    return (tuple(row),) if row else ()
