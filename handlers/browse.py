"""Reading: which edition, item or category somebody asks for in; its view, or what there is instead, out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from babel.dates import format_date

from digest.model import Digest
from domain.chat.action import Action
from domain.chat.callback_data import ReplyTarget, button, in_place
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.chat.text import Text, format_text
from domain.names import find_name, nearest_name
from domain.subscription.next_delivery import NextDelivery
from domain.subscription.preferences import category_id, category_key
from handlers.context import Context
from handlers.input.dates import looks_like_date, parse_date
from handlers.input.numerals import chinese_numerals_to_digits, normalize
from handlers.request import Request, reply_text, reply_with
from handlers.subscription_changes import settings_view
from storage import digests
from views.dates import format_day, format_next_delivery
from views.digest_messages import (
    categories_view,
    category_view,
    commentary_view,
    digest_categories,
    digest_messages,
    item_view,
    items_view,
)
from views.time_zone_names import LOCALES

_LONGEST = 40  # characters of a stranger's word that are said back to him
_ITEM = re.compile(r"[#第]?\s*(\d{1,4})\s*[条條.。、]?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An edition, and what of it: the rest of the words."""

    digest: Digest
    day: date
    rest: str


async def today(request: Request, context: Context) -> list[Action]:
    """The newest edition, or that of a day, in the reader's form and categories."""
    wanted = await _edition(request, context)
    if not isinstance(wanted, Wanted):
        return wanted
    translate = context.translate
    messages = digest_messages(wanted.digest, context.subscriber.preferences, translate)
    if not messages:
        nothing = translate("Nothing in this edition is in the categories you chose.")
        everything = button(translate("Show all items"), CommandName.ITEMS, wanted.day)
        return reply_text(request, nothing, ((everything,), *await _other_days(wanted.day, context, single=True)))
    ways = await _other_days(wanted.day, context, single=len(messages) == 1)
    last = replace(messages[-1], keyboard=(*messages[-1].keyboard, *ways))
    return reply_with(request, *messages[:-1], last)


async def digest(request: Request, context: Context) -> list[Action]:
    """The edition of a day; without one, the days to choose from."""
    if request.arguments:
        return await today(request, context)
    rows = await _newest_days(context)
    if not rows:
        return await _none_yet(request, context)
    return reply_text(request, context.translate("Which day? You can also write it: /digest 2025-09-12"), rows)


async def items(request: Request, context: Context) -> list[Action]:
    """All headlines."""
    found = await _view(request, context, lambda wanted, translate: items_view(wanted.digest, translate))
    return found or reply_text(request, context.translate("This edition has no items."))


async def commentary(request: Request, context: Context) -> list[Action]:
    """The commentary."""
    found = await _view(request, context, lambda wanted, translate: commentary_view(wanted.digest, translate))
    return found or reply_text(request, context.translate("This edition has no commentary."))


async def categories(request: Request, context: Context) -> list[Action]:
    """The categories, to choose one."""
    found = await _view(request, context, lambda wanted, translate: categories_view(wanted.digest, translate))
    return found or reply_text(request, context.translate("This edition has no categories."))


async def item(request: Request, context: Context) -> list[Action]:
    """One item by its number."""
    wanted = await _edition(request, context)
    if not isinstance(wanted, Wanted):
        return wanted
    number = _ITEM.fullmatch(chinese_numerals_to_digits(normalize(wanted.rest)))
    views = item_view(wanted.digest, int(number[1]), context.translate) if number else ()
    if views:
        return _shown(request, views)
    if not wanted.rest:
        return await items(request, context)
    return reply_text(request, _no_item(wanted, context.translate), _all_items(wanted, context.translate))


async def category(request: Request, context: Context) -> list[Action]:
    """The items of one category: by its name, or by its id where a button says it."""
    wanted = await _edition(request, context)
    if not isinstance(wanted, Wanted):
        return wanted
    names = digest_categories(wanted.digest)
    if not wanted.rest or not names:
        return await categories(replace(request, arguments=str(wanted.day)), context)
    name = find_name(wanted.rest, names) if request.press is None else _by_id(wanted.rest, names)
    if name is not None:
        return _shown(request, category_view(wanted.digest, name, context.translate))
    if request.press is not None:  # the edition was corrected since, and this category is gone: here are those it has
        return await categories(replace(request, arguments=str(wanted.day)), context)
    return _no_category(request, wanted, context.translate)


async def _view(
    request: Request, context: Context, draw: Callable[[Wanted, Translator], tuple[Message, ...]]
) -> list[Action]:
    """What is drawn of the wanted edition; nothing where there is nothing to draw."""
    wanted = await _edition(request, context)
    if not isinstance(wanted, Wanted):
        return wanted
    views = draw(wanted, context.translate)
    return _shown(request, views) if views else []


def _shown(request: Request, views: tuple[Message, ...]) -> list[Action]:
    """Views whose own buttons turn their pages in place."""
    return reply_with(request, *(in_place(view) for view in views))


async def _edition(request: Request, context: Context) -> Wanted | list[Action]:
    """The edition whose day stands first in the words, or the newest; or the answer where there is none."""
    here = context.now.astimezone(ZoneInfo(context.subscriber.schedule.zone)).date()
    first, _, rest = request.arguments.partition(" ")
    day = parse_date(first, here) if first else None
    if day is None and request.name == "digest":
        day, rest = parse_date(request.arguments, here), ""
    if day is None and (request.name == "digest" or looks_like_date(first)):
        sorry = context.translate("I couldn't read that as a date. Write it like 2025-09-12.")
        return reply_text(request, sorry, await _newest_days(context))
    found = await (digests.newest_published(context.tx, now=context.now) if day is None else _of(context, day))
    if found is None or found.date is None:
        return await _none_yet(request, context) if day is None else await _no_edition(request, context, day)
    return Wanted(found, found.date, (request.arguments if day is None else rest).strip())


async def _of(context: Context, day: date) -> Digest | None:
    return await digests.get_published(context.tx, day, now=context.now)


async def _none_yet(request: Request, context: Context) -> list[Action]:
    """There is no edition at all."""
    view = await settings_view(context)
    text = Text(context.translate("No edition has come out yet."))
    if view.next_delivery is not None and view.next_delivery.until is None:
        when = _when(view.next_delivery, context)
        text = (
            text
            + "\n"
            + format_text(
                context.translate("Yours comes as soon as there is one, {when} at the earliest."), {"when": when}
            )
        )
    return reply_text(request, text)


def _when(coming: NextDelivery, context: Context) -> str:
    return format_next_delivery(coming, context.subscriber.schedule, context.translate, context.now)


async def _no_edition(request: Request, context: Context, day: date) -> list[Action]:
    """There is none of that day: the nearest ones are offered."""
    translate = context.translate
    near = await digests.neighbours(context.tx, day, now=context.now)
    rows = tuple(
        (button(f"📰 {format_day(other, translate)}", CommandName.DIGEST, other),)
        for other in (near.before, near.after)
        if other
    )
    date = format_date(day, translate("EEE, d MMM y"), locale=LOCALES[translate.language])
    return reply_text(request, translate("There is no digest of {date}.").format(date=date), rows)


def _no_item(wanted: Wanted, translate: Translator) -> str:
    count = len(wanted.digest.items)
    if not count:
        return translate("This edition has no items.")
    return translate.ngettext("This edition has only item 1.", "This edition has items 1 to {n}.", count).format(
        n=count
    )


def _all_items(wanted: Wanted, translate: Translator) -> Keyboard:
    return ((button("📑 " + translate("All items"), CommandName.ITEMS, wanted.day),),) if wanted.digest.items else ()


def _no_category(request: Request, wanted: Wanted, translate: Translator) -> list[Action]:
    """No category is called so: the one probably meant is offered first, and all of them."""
    names = digest_categories(wanted.digest)
    meant = nearest_name(wanted.rest[:_LONGEST], names)
    there = [_category_button(wanted.day, name) for name in ([meant] if meant else names[:20])]
    rows: Keyboard = tuple((each,) for each in there)
    said = Text(wanted.rest).sanitized().plain
    said = said if len(said) <= _LONGEST else said[:_LONGEST] + "…"
    if meant is None:
        return reply_text(
            request, format_text(translate("This edition has no category “{name}”. Choose one:"), {"name": said}), rows
        )
    others = (button("📂 " + translate("All categories"), CommandName.CATEGORIES, wanted.day),)
    text = format_text(translate("This edition has no category “{name}”. Did you mean this one?"), {"name": said})
    return reply_text(request, text, (*rows, others))


def _category_button(day: date, name: str) -> Button:
    return button(name, CommandName.CATEGORY, day, category_id(category_key(name)))


def _by_id(said: str, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if category_id(category_key(name)) == said), None)


async def _other_days(day: date, context: Context, *, single: bool) -> Keyboard:
    """◀ the edition before, the one after ▶; in place where the digest is one message."""
    translate, target = context.translate, ReplyTarget.IN_PLACE if single else ReplyTarget.NEW_MESSAGE
    near = await digests.neighbours(context.tx, day, now=context.now)
    row = []
    if near.before:
        row.append(button(f"◀ {format_day(near.before, translate)}", CommandName.DIGEST, near.before, target=target))
    if near.after:
        row.append(button(f"{format_day(near.after, translate)} ▶", CommandName.DIGEST, near.after, target=target))
    return (tuple(row),) if row else ()


async def _newest_days(context: Context) -> Keyboard:
    """The newest editions, two in a row."""
    days = await digests.dates(context.tx, now=context.now, limit=8)
    buttons = [button(f"📰 {format_day(day, context.translate)}", CommandName.DIGEST, day) for day in days]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
