"""Reading commands: the digest, its items, categories and commentary.

Each takes an optional day before its own argument: `/item 3`, `/item 2025-09-12 3`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from digest.model import Digest
from domain.chat.action import Action
from domain.chat.callback_data import ReplyTarget, button, in_place
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.edition_day import DEFAULT_SLOT, slot_of
from domain.names import find_name
from domain.subscription.preferences import ContentPreferences, Layout, category_id, category_key
from handlers.context import Context
from handlers.input.dates import doubtful_dates, looks_like_date, parse_edition
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
from views.shown_items import shown_items
from views.withdrawals import withdrawn_for_readers

_ITEM_NUMBER = re.compile(r"[#第]?\s*(\d{1,4})\s*[条條.。、]?")

_ITEM_RANGE = re.compile(r"(\d{1,4})\s*[-–~]\s*(\d{1,4})")

_MAX_RANGE_ITEMS = 5
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
        nothing = translate("Nothing in this edition is in the categories you chose.")
        all_items = button(translate("Show all items"), CommandName.ITEMS, edition.day)
        return reply_text(request, nothing, ((all_items,), *await _neighbour_days(edition, context, in_place=True)))
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
        return await _no_edition_yet(request, context)
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
    """Show one item by its number; without a number, all headlines."""
    is_range = _ITEM_RANGE.fullmatch(request.arguments) is not None and request.press is None
    edition = await _find_edition(replace(request, arguments="") if is_range else request, context)
    if not isinstance(edition, RequestedEdition):
        return edition
    if is_range:
        edition = replace(edition, arguments=request.arguments)
    if not edition.arguments:
        return await items(request, context)
    positions = _item_positions(edition.arguments, edition.digest)
    messages = [
        message for position in positions for message in await item_messages(request, context, edition.digest, position)
    ]
    if messages:
        note_opened(request, context, edition.digest, positions)
        return [*reply_with(request, *messages), *await item_photos(request, context, edition.digest, positions)]
    return reply_short(request, not_found.no_item(edition.digest, edition.day, context.translate))


def _item_positions(arguments: str, digest: Digest) -> range | tuple[int, ...]:
    """Return the items that arguments name: `3`, `last`, or a few at once (`2-4`)."""
    text = chinese_numerals_to_digits(normalize(arguments))
    if text == "last":
        return tuple(item.position for item in digest.items[-1:])
    if match := _ITEM_RANGE.fullmatch(text):
        first, last = int(match[1]), int(match[2])
        return range(first, min(last, first + _MAX_RANGE_ITEMS - 1) + 1)
    number = _ITEM_NUMBER.fullmatch(text)
    return (int(number[1]),) if number else ()


async def category(request: Request, context: Context) -> list[Action]:
    """Show the items of one category, by the name that was typed or the id that a button carries."""
    edition = await _find_edition(request, context)
    if not isinstance(edition, RequestedEdition):
        return edition
    names, is_press = digest_categories(edition.digest), request.press is not None
    wanted = edition.arguments
    name = _category_of_id(wanted, names) if is_press else find_name(wanted, names)
    if name is not None:
        return _turn_in_place(request, category_view(edition.digest, name, context.translate))
    if is_press or not wanted or not names:  # a correction of the edition may have removed the category of a button
        return await categories(replace(request, arguments=str(edition.day)), context)
    return reply_short(request, not_found.no_category(wanted, edition.digest, edition.day, context.translate))


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
    if doubtful := doubtful_dates(written, context.today):
        published = [each for each in doubtful if await _has_edition(each, context)]
        if len(published) != 1:
            message = not_found.doubtful_date(written, doubtful, published, context.translate, context.today)
            return reply_short(request, message)
        day = published[0]
    if day is None and written:
        return reply_short(
            request, not_found.unreadable_date(await _newest_days(context), context.translate, context.today)
        )
    stored = await (context.editions.newest() if day is None else context.editions.of_day(day))
    is_plain_day = day is not None and slot_of(day) == DEFAULT_SLOT and request.press is None
    if day is not None and stored is None and is_plain_day:  # it may have an edition of another slot only
        other = await digests.newest_of_day(context.tx, day, now=context.now)
        stored = None if other is None else await context.editions.of_day(other)
    if stored is not None and stored.date is not None:
        return RequestedEdition(stored, stored.date, rest.strip())
    if day is None:
        return await _no_edition_yet(request, context)
    nearest = await digests.neighbours(context.tx, day, now=context.now)
    days = [other for other in (nearest.before, nearest.after) if other is not None]
    if await context.editions.is_withdrawn(day):
        return reply_short(request, withdrawn_for_readers(day, days, context.translate, context.today))
    return reply_short(request, not_found.no_edition_of_day(day, days, context.translate, context.today))


def _split_day(request: Request, today: date) -> tuple[str, str]:
    """Return the words of a request that are a day, at their beginning or end, and the others."""
    first, _, behind = request.arguments.partition(" ")
    before, _, last = request.arguments.rpartition(" ")
    if request.command is CommandName.DIGEST:  # its only argument is a day, which may have spaces
        return (first, behind) if parse_edition(first, today) else (request.arguments, "")
    is_typed_item = request.command is CommandName.ITEM and request.press is None
    is_range = is_typed_item and behind and _ITEM_RANGE.fullmatch(first)
    if not is_range and (parse_edition(first, today) or looks_like_date(first)):
        return first, behind
    is_day = looks_like_date(last) or (is_typed_item and parse_edition(last, today) is not None)
    return (last, before) if before and request.press is None and is_day else ("", request.arguments)


async def _has_edition(day: date, context: Context) -> bool:
    return await digests.newest_of_day(context.tx, day, now=context.now) is not None


async def _no_edition_yet(request: Request, context: Context) -> list[Action]:
    return reply_short(request, not_found.no_edition_yet(await settings_view(context)))


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
