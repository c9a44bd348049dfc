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
from domain.chat.callback_data import Place, button, in_place
from domain.chat.i18n import Say
from domain.chat.message import Button, Keyboard, Message
from domain.chat.text import Text, fill
from domain.names import find, nearest
from domain.subscription.next_delivery import Upcoming
from domain.subscription.preferences import category_id, category_key
from handlers.context import Context
from handlers.input.dates import looks_like_a_day, read_day
from handlers.input.numerals import in_digits, plain
from handlers.request import Asked, show, tell
from handlers.subscription_changes import view_of
from storage import digests
from views.dates import write_day, write_upcoming
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


async def today(asked: Asked, context: Context) -> list[Action]:
    """The newest edition, or that of a day, in the reader's form and categories."""
    wanted = await _edition(asked, context)
    if not isinstance(wanted, Wanted):
        return wanted
    say = context.say
    messages = digest_messages(wanted.digest, context.subscriber.taste, say)
    if not messages:
        nothing = say("Nothing in this edition is in the categories you chose.")
        everything = button(say("Show all items"), f"items {wanted.day}")
        return tell(asked, nothing, ((everything,), *await _other_days(wanted.day, context, single=True)))
    ways = await _other_days(wanted.day, context, single=len(messages) == 1)
    last = replace(messages[-1], rows=(*messages[-1].rows, *ways))
    return show(asked, *messages[:-1], last)


async def digest(asked: Asked, context: Context) -> list[Action]:
    """The edition of a day; without one, the days to choose from."""
    if asked.arguments:
        return await today(asked, context)
    rows = await _newest_days(context)
    if not rows:
        return await _none_yet(asked, context)
    return tell(asked, context.say("Which day? You can also write it: /digest 2025-09-12"), rows)


async def items(asked: Asked, context: Context) -> list[Action]:
    """All headlines."""
    found = await _view(asked, context, lambda wanted, say: items_view(wanted.digest, say))
    return found or tell(asked, context.say("This edition has no items."))


async def commentary(asked: Asked, context: Context) -> list[Action]:
    """The commentary."""
    found = await _view(asked, context, lambda wanted, say: commentary_view(wanted.digest, say))
    return found or tell(asked, context.say("This edition has no commentary."))


async def categories(asked: Asked, context: Context) -> list[Action]:
    """The categories, to choose one."""
    found = await _view(asked, context, lambda wanted, say: categories_view(wanted.digest, say))
    return found or tell(asked, context.say("This edition has no categories."))


async def item(asked: Asked, context: Context) -> list[Action]:
    """One item by its number."""
    wanted = await _edition(asked, context)
    if not isinstance(wanted, Wanted):
        return wanted
    number = _ITEM.fullmatch(in_digits(plain(wanted.rest)))
    views = item_view(wanted.digest, int(number[1]), context.say) if number else ()
    if views:
        return _shown(asked, views)
    if not wanted.rest:
        return await items(asked, context)
    return tell(asked, _no_item(wanted, context.say), _all_items(wanted, context.say))


async def category(asked: Asked, context: Context) -> list[Action]:
    """The items of one category: by its name, or by its id where a button says it."""
    wanted = await _edition(asked, context)
    if not isinstance(wanted, Wanted):
        return wanted
    names = digest_categories(wanted.digest)
    if not wanted.rest or not names:
        return await categories(replace(asked, arguments=str(wanted.day)), context)
    name = find(wanted.rest, names) if asked.press is None else _by_id(wanted.rest, names)
    if name is not None:
        return _shown(asked, category_view(wanted.digest, name, context.say))
    if asked.press is not None:  # the edition was corrected since, and this category is gone: here are those it has
        return await categories(replace(asked, arguments=str(wanted.day)), context)
    return _no_category(asked, wanted, context.say)


async def _view(asked: Asked, context: Context, draw: Callable[[Wanted, Say], tuple[Message, ...]]) -> list[Action]:
    """What is drawn of the wanted edition; nothing where there is nothing to draw."""
    wanted = await _edition(asked, context)
    if not isinstance(wanted, Wanted):
        return wanted
    views = draw(wanted, context.say)
    return _shown(asked, views) if views else []


def _shown(asked: Asked, views: tuple[Message, ...]) -> list[Action]:
    """Views whose own buttons turn their pages in place."""
    return show(asked, *(in_place(view) for view in views))


async def _edition(asked: Asked, context: Context) -> Wanted | list[Action]:
    """The edition whose day stands first in the words, or the newest; or the answer where there is none."""
    here = context.now.astimezone(ZoneInfo(context.subscriber.schedule.zone)).date()
    first, _, rest = asked.arguments.partition(" ")
    day = read_day(first, here) if first else None
    if day is None and asked.name == "digest":
        day, rest = read_day(asked.arguments, here), ""
    if day is None and (asked.name == "digest" or looks_like_a_day(first)):
        sorry = context.say("I couldn't read that as a date. Write it like 2025-09-12.")
        return tell(asked, sorry, await _newest_days(context))
    found = await (digests.newest(context.tx, now=context.now) if day is None else _of(context, day))
    if found is None or found.date is None:
        return await _none_yet(asked, context) if day is None else await _no_edition(asked, context, day)
    return Wanted(found, found.date, (asked.arguments if day is None else rest).strip())


async def _of(context: Context, day: date) -> Digest | None:
    return await digests.out(context.tx, day, now=context.now)


async def _none_yet(asked: Asked, context: Context) -> list[Action]:
    """There is no edition at all."""
    view = await view_of(context)
    text = Text(context.say("No edition has come out yet."))
    if view.coming is not None and view.coming.until is None:
        when = _when(view.coming, context)
        text = (
            text
            + "\n"
            + fill(context.say("Yours comes as soon as there is one, {when} at the earliest."), {"when": when})
        )
    return tell(asked, text)


def _when(coming: Upcoming, context: Context) -> str:
    return write_upcoming(coming, context.subscriber.schedule, context.say, context.now)


async def _no_edition(asked: Asked, context: Context, day: date) -> list[Action]:
    """There is none of that day: the nearest ones are offered."""
    say = context.say
    near = await digests.neighbours(context.tx, day, now=context.now)
    rows = tuple(
        (button(f"📰 {write_day(other, say)}", f"digest {other}"),) for other in (near.before, near.after) if other
    )
    date = format_date(day, say("EEE, d MMM y"), locale=LOCALES[say.language])
    return tell(asked, say("There is no digest of {date}.").format(date=date), rows)


def _no_item(wanted: Wanted, say: Say) -> str:
    count = len(wanted.digest.items)
    if not count:
        return say("This edition has no items.")
    return say.many("This edition has only item 1.", "This edition has items 1 to {n}.", count).format(n=count)


def _all_items(wanted: Wanted, say: Say) -> Keyboard:
    return ((button("📑 " + say("All items"), f"items {wanted.day}"),),) if wanted.digest.items else ()


def _no_category(asked: Asked, wanted: Wanted, say: Say) -> list[Action]:
    """No category is called so: the one probably meant is offered first, and all of them."""
    names = digest_categories(wanted.digest)
    meant = nearest(wanted.rest[:_LONGEST], names)
    there = [_category_button(wanted.day, name) for name in ([meant] if meant else names[:20])]
    rows: Keyboard = tuple((each,) for each in there)
    said = Text(wanted.rest).cleaned().plain
    said = said if len(said) <= _LONGEST else said[:_LONGEST] + "…"
    if meant is None:
        return tell(asked, fill(say("This edition has no category “{name}”. Choose one:"), {"name": said}), rows)
    others = (button("📂 " + say("All categories"), f"categories {wanted.day}"),)
    text = fill(say("This edition has no category “{name}”. Did you mean this one?"), {"name": said})
    return tell(asked, text, (*rows, others))


def _category_button(day: date, name: str) -> Button:
    return button(name, f"category {day} {category_id(category_key(name))}")


def _by_id(said: str, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if category_id(category_key(name)) == said), None)


async def _other_days(day: date, context: Context, *, single: bool) -> Keyboard:
    """◀ the edition before, the one after ▶; in place where the digest is one message."""
    say, place = context.say, Place.HERE if single else Place.BELOW
    near = await digests.neighbours(context.tx, day, now=context.now)
    row = []
    if near.before:
        row.append(button(f"◀ {write_day(near.before, say)}", f"digest {near.before}", place))
    if near.after:
        row.append(button(f"{write_day(near.after, say)} ▶", f"digest {near.after}", place))
    return (tuple(row),) if row else ()


async def _newest_days(context: Context) -> Keyboard:
    """The newest editions, two in a row."""
    days = await digests.dates(context.tx, now=context.now, limit=8)
    buttons = [button(f"📰 {write_day(day, context.say)}", f"digest {day}") for day in days]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
