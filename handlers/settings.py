"""The settings by name: /settings, /time, /timezone, /form, /language and the buttons of their screens."""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action
from domain.chat.callback_data import Place, button
from domain.chat.message import Keyboard
from domain.chat.text import Text, bold, fill
from domain.names import fold
from domain.subscription.calendar import EVERY_DAY
from domain.subscription.preferences import Form, category_id, category_key
from handlers import subscription, subscription_changes
from handlers.context import Context
from handlers.input.times import read_time
from handlers.request import Asked, show, tell
from storage import digests
from views.dates import write_clock, write_time, write_upcoming
from views.digest_messages import digest_categories
from views.settings import (
    View,
    categories_screen,
    form_screen,
    language_screen,
    names_by_key,
    settings_button,
    settings_screen,
    time_picks,
    time_screen,
    weekdays_screen,
    zone_buttons,
    zone_screen,
)
from views.time_zone_names import zone_name

_FORMS = {
    Form.HEADLINES: ("headlines", "headline", "short", "标题", "要点", "标题版", "简版"),
    Form.FULL: ("full", "fulltext", "long", "全文", "完整", "全文版", "完整版", "详细"),
}
_LANGUAGES = {
    "zh": ("zh", "zhhans", "zhcn", "chinese", "中文", "汉语", "简体", "简体中文", "普通话"),
    "en": ("en", "english", "英文", "英语"),
}


async def settings(asked: Asked, context: Context) -> list[Action]:
    """The one screen, or one of those behind it."""
    view = await subscription_changes.view_of(context)
    match asked.arguments:
        case "time":
            return show(asked, time_screen(view))
        case "zone":
            return show(asked, zone_screen(view))
        case "weekdays":
            return show(asked, weekdays_screen(view))
        case "categories":
            return show(asked, categories_screen(view, await known_categories(context)))
        case "form":
            return show(asked, form_screen(view))
        case "language":
            return show(asked, language_screen(view))
        case _:
            return show(asked, settings_screen(view))


async def time(asked: Asked, context: Context) -> list[Action]:
    """Another time of day."""
    if not asked.arguments:
        return show(asked, time_screen(await subscription_changes.view_of(context)))
    minute = read_time(asked.arguments)
    if minute is None:
        sorry = context.say("I couldn't read that as a time of day. Write it like 8:30, 20:00 or 8pm.")
        return tell(asked, sorry, time_picks(await subscription_changes.view_of(context)))
    context = await subscription_changes.set_schedule(context, replace(context.subscriber.schedule, minute=minute))
    said = fill(context.say("Your time is {time}."), {"time": bold(write_time(minute))})
    return await _saved(asked, context, said)


async def timezone(asked: Asked, context: Context) -> list[Action]:
    """Another zone: by id, offset, city or country."""
    if not asked.arguments:
        return show(asked, zone_screen(await subscription_changes.view_of(context)))
    read = context.house.atlas.read(asked.arguments, context.now)
    if read.zone is not None:
        return await set_zone(asked, context, read.zone)
    view = await subscription_changes.view_of(context)
    if not read.near:
        hint = context.say(
            "I don't know that place. Send a big city near you, or your offset from UTC, such as +8 or +5:30."
        )
        return tell(asked, hint, ((settings_button(context.say),),))
    picks: Keyboard = tuple((pick,) for pick in zone_buttons(read.near, view))
    return tell(asked, context.say("Which one did you mean?"), picks)


async def place(asked: Asked, context: Context) -> list[Action]:
    """A place that was named without saying what for."""
    zone = context.house.atlas.read(asked.arguments, context.now).zone
    if zone is None:
        return await timezone(asked, context)
    name, clock = bold(zone_name(zone, context.say.language)), write_clock(context.now, zone)
    asks = context.say("{zone}? It is {time} there now. Make it your time zone?")
    question = fill(asks, {"zone": name, "time": clock})
    return tell(asked, question, ((button("✓ " + context.say("Yes"), f"timezone {zone}", Place.SETTINGS),),))


async def set_zone(asked: Asked, context: Context, zone: str) -> list[Action]:
    """A zone that is certain."""
    context = await subscription_changes.set_schedule(context, replace(context.subscriber.schedule, zone=zone))
    clock = write_clock(context.now, zone)
    name = bold(zone_name(zone, context.say.language))
    said = fill(context.say("Your time zone is {zone}, where it is {time} now."), {"zone": name, "time": clock})
    return await _saved(asked, context, said)


async def weekdays(asked: Asked, context: Context) -> list[Action]:
    """The days of the week, at least one: all of them as bits, or a day (0 is Monday) and `on` or `off`."""
    wanted = _weekdays(asked.arguments, context.subscriber.schedule.weekdays)
    if wanted == 0:
        return tell(asked, context.say("Keep at least one day. To stop altogether, unsubscribe."))
    if 0 < wanted <= EVERY_DAY:
        context = await subscription_changes.set_schedule(
            context, replace(context.subscriber.schedule, weekdays=wanted)
        )
    return show(asked, weekdays_screen(await subscription_changes.view_of(context)))


async def form(asked: Asked, context: Context) -> list[Action]:
    """How much of a digest is open when it comes."""
    wanted = next((form for form, names in _FORMS.items() if fold(asked.arguments) in names), None)
    if wanted is None:
        return show(asked, form_screen(await subscription_changes.view_of(context)))
    context = await subscription_changes.set_taste(context, replace(context.subscriber.taste, form=wanted))
    said = {
        Form.HEADLINES: context.say("The digest comes as headlines, details folded."),
        Form.FULL: context.say("The digest comes in full."),
    }
    return await _saved(asked, context, Text(said[wanted]))


async def language(asked: Asked, context: Context) -> list[Action]:
    """The language of the words around the digest."""
    wanted = next((code for code, names in _LANGUAGES.items() if fold(asked.arguments) in names), None)
    if wanted is None:
        return show(asked, language_screen(await subscription_changes.view_of(context)))
    context = await subscription_changes.choose_language(context, wanted)
    return await _saved(asked, context, Text(context.say("From now on I speak English.")))


async def silent(asked: Asked, context: Context) -> list[Action]:
    """Whether the digest comes without a sound."""
    if asked.arguments not in ("on", "off"):
        return show(asked, settings_screen(await subscription_changes.view_of(context)))
    context = await subscription_changes.set_silent(context, silent=asked.arguments == "on")
    words = {
        "on": context.say("The digest comes without a sound."),
        "off": context.say("The digest comes with a sound."),
    }
    return await _saved(asked, context, Text(words[asked.arguments]))


async def choose(asked: Asked, context: Context) -> list[Action]:
    """A category to be had, or not any more: `all`, or a category's id and `on` or `off`."""
    known = await known_categories(context)
    taste = context.subscriber.taste
    chosen = _chosen(asked.arguments, taste.categories, known)
    if chosen != taste.categories:
        context = await subscription_changes.set_taste(context, replace(taste, categories=chosen))
    return show(asked, categories_screen(await subscription_changes.view_of(context), known))


async def known_categories(context: Context) -> tuple[str, ...]:
    """The categories of the newest editions, as they are written there."""
    recent = await digests.recent(context.tx, now=context.now, limit=10)
    return tuple(names_by_key(name for digest in recent for name in digest_categories(digest)).values())


def _weekdays(arguments: str, before: int) -> int:
    """The days after a press; -1 for what no button of ours says."""
    number, _, on = arguments.partition(" ")
    if not number.isdecimal() or len(number) > 3 or on not in ("", "on", "off"):
        return -1
    if not on:
        return int(number)
    return before | 1 << int(number) if on == "on" else before & ~(1 << int(number))


def _chosen(arguments: str, before: frozenset[str] | None, known: tuple[str, ...]) -> frozenset[str] | None:
    """The categories after a press. None left, or all that there are, means all."""
    wanted, _, on = arguments.partition(" ")
    keys = {category_id(category_key(name)): category_key(name) for name in (*known, *(before or ()))}
    if wanted == "all":
        return None
    if wanted not in keys or on not in ("on", "off"):
        return before
    after = (before or frozenset()) | {keys[wanted]} if on == "on" else (before or frozenset()) - {keys[wanted]}
    return None if not after or after >= {category_key(name) for name in known} else after


async def _saved(asked: Asked, context: Context, said: Text) -> list[Action]:
    """What was changed, told where it was changed."""
    view = await subscription_changes.view_of(context)
    if asked.place is Place.WELCOME:
        return await subscription.welcomed(asked, context)
    if asked.press is not None:
        return show(asked, settings_screen(view), toast=context.say("Saved."))
    return tell(asked, said + _next(view), ((settings_button(context.say),),))


def _next(view: View) -> Text:
    if view.coming is None:
        return Text("\n" + view.say("You are not subscribed yet: /start"))
    when = bold(write_upcoming(view.coming, view.subscriber.schedule, view.say, view.now))
    return Text("\n") + fill(view.say("Next digest: {when}."), {"when": when})
