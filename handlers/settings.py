"""The settings by name: /settings, /time, /timezone, /layout, /language and the buttons of their screens."""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.message import Keyboard
from domain.chat.text import Text, bold, format_text
from domain.names import fold_name
from domain.subscription.calendar import EVERY_DAY
from domain.subscription.preferences import Layout, category_id, category_key
from handlers import subscription, subscription_changes
from handlers.context import Context
from handlers.input.times import parse_time
from handlers.request import Request, reply_text, reply_with
from storage import digests
from views.dates import format_clock, format_next_delivery, format_time
from views.digest_messages import digest_categories
from views.settings import (
    SettingsView,
    categories_screen,
    language_screen,
    layout_screen,
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

_LAYOUT_NAMES = {
    Layout.HEADLINES: ("headlines", "headline", "short", "标题", "要点", "标题版", "简版"),
    Layout.FULL: ("full", "fulltext", "long", "全文", "完整", "全文版", "完整版", "详细"),
}
_LANGUAGES = {
    "zh": ("zh", "zhhans", "zhcn", "chinese", "中文", "汉语", "简体", "简体中文", "普通话"),
    "en": ("en", "english", "英文", "英语"),
}


async def settings(request: Request, context: Context) -> list[Action]:
    """The one screen, or one of those behind it."""
    view = await subscription_changes.settings_view(context)
    match request.arguments:
        case "time":
            return reply_with(request, time_screen(view))
        case "zone":
            return reply_with(request, zone_screen(view))
        case "weekdays":
            return reply_with(request, weekdays_screen(view))
        case "categories":
            return reply_with(request, categories_screen(view, await known_categories(context)))
        case "layout":
            return reply_with(request, layout_screen(view))
        case "language":
            return reply_with(request, language_screen(view))
        case _:
            return reply_with(request, settings_screen(view))


async def time(request: Request, context: Context) -> list[Action]:
    """Another time of day."""
    if not request.arguments:
        return reply_with(request, time_screen(await subscription_changes.settings_view(context)))
    minute = parse_time(request.arguments)
    if minute is None:
        sorry = context.translate("I couldn't read that as a time of day. Write it like 8:30, 20:00 or 8pm.")
        return reply_text(request, sorry, time_picks(await subscription_changes.settings_view(context)))
    context = await subscription_changes.set_schedule(
        context, replace(context.subscriber.schedule, minute_of_day=minute)
    )
    said = format_text(context.translate("Your time is {time}."), {"time": bold(format_time(minute))})
    return await _saved(request, context, said)


async def timezone(request: Request, context: Context) -> list[Action]:
    """Another zone: by id, offset, city or country."""
    if not request.arguments:
        return reply_with(request, zone_screen(await subscription_changes.settings_view(context)))
    read = context.services.time_zones.find(request.arguments, context.now)
    if read.zone is not None:
        return await set_zone(request, context, read.zone)
    view = await subscription_changes.settings_view(context)
    if not read.candidates:
        hint = context.translate(
            "I don't know that place. Send a big city near you, or your offset from UTC, such as +8 or +5:30."
        )
        return reply_text(request, hint, ((settings_button(context.translate),),))
    picks: Keyboard = tuple((pick,) for pick in zone_buttons(read.candidates, view))
    return reply_text(request, context.translate("Which one did you mean?"), picks)


async def place(request: Request, context: Context) -> list[Action]:
    """A place that was named without saying what for."""
    zone = context.services.time_zones.find(request.arguments, context.now).zone
    if zone is None:
        return await timezone(request, context)
    name, clock = bold(zone_name(zone, context.translate.language)), format_clock(context.now, zone)
    asks = context.translate("{zone}? It is {time} there now. Make it your time zone?")
    question = format_text(asks, {"zone": name, "time": clock})
    return reply_text(
        request,
        question,
        ((button("✓ " + context.translate("Yes"), CommandName.TIMEZONE, zone, target=ReplyTarget.SETTINGS),),),
    )


async def set_zone(request: Request, context: Context, zone: str) -> list[Action]:
    """A zone that is certain."""
    context = await subscription_changes.set_schedule(context, replace(context.subscriber.schedule, zone=zone))
    clock = format_clock(context.now, zone)
    name = bold(zone_name(zone, context.translate.language))
    said = format_text(
        context.translate("Your time zone is {zone}, where it is {time} now."), {"zone": name, "time": clock}
    )
    return await _saved(request, context, said)


async def weekdays(request: Request, context: Context) -> list[Action]:
    """The days of the week, at least one: all of them as bits, or a day (0 is Monday) and `on` or `off`."""
    wanted = _weekdays(request.arguments, context.subscriber.schedule.weekdays)
    if wanted == 0:
        return reply_text(request, context.translate("Keep at least one day. To stop altogether, unsubscribe."))
    if 0 < wanted <= EVERY_DAY:
        context = await subscription_changes.set_schedule(
            context, replace(context.subscriber.schedule, weekdays=wanted)
        )
    return reply_with(request, weekdays_screen(await subscription_changes.settings_view(context)))


async def layout(request: Request, context: Context) -> list[Action]:
    """How much of a digest is open when it comes."""
    wanted = next((layout for layout, names in _LAYOUT_NAMES.items() if fold_name(request.arguments) in names), None)
    if wanted is None:
        return reply_with(request, layout_screen(await subscription_changes.settings_view(context)))
    context = await subscription_changes.set_taste(context, replace(context.subscriber.preferences, layout=wanted))
    said = {
        Layout.HEADLINES: context.translate("The digest comes as headlines, details folded."),
        Layout.FULL: context.translate("The digest comes in full."),
    }
    return await _saved(request, context, Text(said[wanted]))


async def language(request: Request, context: Context) -> list[Action]:
    """The language of the words around the digest."""
    wanted = next((code for code, names in _LANGUAGES.items() if fold_name(request.arguments) in names), None)
    if wanted is None:
        return reply_with(request, language_screen(await subscription_changes.settings_view(context)))
    context = await subscription_changes.choose_language(context, wanted)
    return await _saved(request, context, Text(context.translate("From now on I speak English.")))


async def silent(request: Request, context: Context) -> list[Action]:
    """Whether the digest comes without a sound."""
    if request.arguments not in ("on", "off"):
        return reply_with(request, settings_screen(await subscription_changes.settings_view(context)))
    context = await subscription_changes.set_silent(context, silent=request.arguments == "on")
    words = {
        "on": context.translate("The digest comes without a sound."),
        "off": context.translate("The digest comes with a sound."),
    }
    return await _saved(request, context, Text(words[request.arguments]))


async def choose(request: Request, context: Context) -> list[Action]:
    """A category to be had, or not any more: `all`, or a category's id and `on` or `off`."""
    known = await known_categories(context)
    preferences = context.subscriber.preferences
    chosen = _chosen(request.arguments, preferences.categories, known)
    if chosen != preferences.categories:
        context = await subscription_changes.set_taste(context, replace(preferences, categories=chosen))
    return reply_with(request, categories_screen(await subscription_changes.settings_view(context), known))


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


async def _saved(request: Request, context: Context, said: Text) -> list[Action]:
    """What was changed, told where it was changed."""
    view = await subscription_changes.settings_view(context)
    if request.target is ReplyTarget.WELCOME:
        return await subscription.welcomed(request, context)
    if request.press is not None:
        return reply_with(request, settings_screen(view), toast=context.translate("Saved."))
    return reply_text(request, said + _next(view), ((settings_button(context.translate),),))


def _next(view: SettingsView) -> Text:
    if view.next_delivery is None:
        return Text("\n" + view.translate("You are not subscribed yet: /start"))
    when = bold(format_next_delivery(view.next_delivery, view.subscriber.schedule, view.translate, view.now))
    return Text("\n") + format_text(view.translate("Next digest: {when}."), {"when": when})
