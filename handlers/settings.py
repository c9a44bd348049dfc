"""Settings commands: /settings, /time, /timezone, /layout, /language, and the buttons of their screens."""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import Action
from domain.chat.callback_data import ReplyTarget
from domain.chat.language_names import find_language
from domain.chat.text import Text, bold, format_text
from domain.names import fold_name
from domain.subscription.calendar import EVERY_DAY
from domain.subscription.preferences import Layout, category_id, category_key
from handlers import subscription_changes
from handlers.context import Context
from handlers.input.intents import OFTEN
from handlers.input.times import parse_time, parse_two_times
from handlers.request import Request, reply_short, reply_text, reply_with
from handlers.subscription import return_to_welcome
from handlers.subscription_changes import settings_view
from storage import digests
from views.content_settings import categories_screen, language_screen, layout_screen, names_by_key
from views.dates import format_clock, format_time
from views.digest_messages import digest_categories, rich_messages
from views.refusals import with_problem
from views.rich_sample import (
    KEEP_LAYOUT,
    USE_RICH,
    example_digest,
    layout_kept,
    rich_question,
    rich_refused_note,
    rich_saved,
)
from views.schedule_settings import (
    one_time_question,
    time_buttons,
    time_screen,
    unknown_place,
    weekdays_screen,
    zone_choice,
    zone_question,
    zone_screen,
)
from views.settings import saved_message, settings_screen
from views.shown_items import shown_items
from views.time_zone_names import zone_name

_LAYOUT_NAMES = {
    Layout.HEADLINES: ("headlines", "headline", "short", "标题", "要点", "标题版", "简版"),
    Layout.FULL: ("full", "fulltext", "long", "全文", "完整", "全文版", "完整版", "详细"),
    Layout.RICH: ("rich", "richtext", "pictures", "图文", "图文版", "富文本", "富文本版", "图文并茂"),
}

ZONE_SEPARATOR = "|"
"""Between the zones of a place where several are in use."""

_RECENT_EDITIONS = 10
"""Editions whose categories can be chosen."""


async def settings(request: Request, context: Context) -> list[Action]:
    """Show the settings screen, or the screen of one setting."""
    view = await settings_view(context)
    match request.arguments:
        case "time":
            screen = time_screen(view)
        case "zone":
            screen = zone_screen(view)
        case "weekdays":
            screen = weekdays_screen(view)
        case "categories":
            screen = categories_screen(view, await known_categories(context))
        case "layout":
            screen = layout_screen(view)
        case "language":
            screen = language_screen(view)
        case _:
            screen = settings_screen(view)
    return reply_with(request, screen)


async def time(request: Request, context: Context) -> list[Action]:
    """Change the time of day."""
    if not request.arguments:
        return reply_with(request, time_screen(await settings_view(context)))
    if request.arguments == OFTEN:
        once = Text(context.translate("The digest comes once a day."))
        return reply_with(request, with_problem(once, time_screen(await settings_view(context))))
    if (times := parse_two_times(" and ".join(request.arguments.split()))) is not None:
        return reply_with(request, one_time_question(times, context.translate))
    minute = parse_time(request.arguments)
    if minute is None:
        sorry = context.translate("I couldn't read that as a time of day. Write it like 8:30, 20:00 or 8pm.")
        return reply_text(request, sorry, time_buttons(await settings_view(context)))
    schedule = replace(context.subscriber.schedule, minute_of_day=minute)
    context = await subscription_changes.set_schedule(context, schedule)
    confirmation = format_text(context.translate("Your time is {time}."), {"time": bold(format_time(minute))})
    return await _reply_saved(request, context, confirmation)


async def timezone(request: Request, context: Context) -> list[Action]:
    """Change the time zone, given as an id, an offset, a city, a state or a country."""
    if not request.arguments:
        return reply_with(request, zone_screen(await settings_view(context)))
    lookup = context.services.time_zones.find(request.arguments, context.now)
    if lookup.zone is not None:
        return await _set_zone(request, context, lookup.zone)
    if lookup.candidates:
        return reply_short(request, zone_choice(lookup.candidates, await settings_view(context)))
    return reply_short(request, unknown_place(await settings_view(context)))


async def place(request: Request, context: Context) -> list[Action]:
    """Ask whether a place that was mentioned shall become the time zone; it keeps the name that the person used.

    A place that was shared comes as its zone, or as the several that are in use there.
    """
    if ZONE_SEPARATOR in request.arguments:
        zones = [
            context.services.time_zones.find(zone, context.now).zone for zone in request.arguments.split(ZONE_SEPARATOR)
        ]
        return reply_short(request, zone_choice(filter(None, zones), await settings_view(context)))
    match = context.services.time_zones.find(request.arguments, context.now)
    view = await settings_view(context)
    if match.zone is not None:
        return reply_short(request, zone_question(match.zone, view, name=request.arguments))
    if match.candidates:
        return reply_short(request, zone_choice(match.candidates, view))
    return await timezone(request, context)


async def _set_zone(request: Request, context: Context, zone: str) -> list[Action]:
    context = await subscription_changes.set_schedule(context, replace(context.subscriber.schedule, zone=zone))
    name, clock = bold(zone_name(zone, context.translate.language)), format_clock(context.now, zone)
    text = context.translate("Your time zone is {zone}, where it is {time} now.")
    return await _reply_saved(request, context, format_text(text, {"zone": name, "time": clock}))


async def weekdays(request: Request, context: Context) -> list[Action]:
    """Change the weekdays: all at once as a bit mask (`31`), or one day (0 is Monday), `on` or `off` (`5 off`)."""
    chosen = _chosen_weekdays(request.arguments, context.subscriber.schedule.weekdays)
    if chosen == 0:
        return reply_text(request, context.translate("Keep at least one day. To stop altogether, unsubscribe."))
    if chosen is not None and chosen <= EVERY_DAY:
        schedule = replace(context.subscriber.schedule, weekdays=chosen)
        context = await subscription_changes.set_schedule(context, schedule)
    return reply_with(request, weekdays_screen(await settings_view(context)))


async def layout(request: Request, context: Context) -> list[Action]:
    """Change how the digest looks. The rich layout shows a sample first; only a press below that saves it."""
    is_answered = request.press is not None or request.is_answer
    if is_answered and request.arguments in (USE_RICH, KEEP_LAYOUT):
        return await _answer_rich_question(request, context)
    wanted = fold_name(request.arguments)
    layout = next((layout for layout, names in _LAYOUT_NAMES.items() if wanted in names), None)
    if layout is None:
        return reply_with(request, layout_screen(await settings_view(context)))
    if layout is Layout.RICH:
        return await _show_rich_sample(request, context)
    context = await subscription_changes.set_layout(context, layout)
    confirmation = {
        Layout.HEADLINES: context.translate("The digest comes as headlines; a number below shows the text."),
        Layout.FULL: context.translate("The digest comes in full."),
    }[layout]
    return await _reply_saved(request, context, Text(confirmation))


async def _show_rich_sample(request: Request, context: Context) -> list[Action]:
    """Show the newest edition, or an example, in the rich layout, and ask whether to use it."""
    translate, view = context.translate, await settings_view(context)
    newest = await context.editions.newest()
    digest = newest if newest is not None else example_digest(translate)
    shown = shown_items(digest.items, context.subscriber.preferences) or digest.items
    sample = replace(rich_messages(digest, shown, translate)[0], keyboard=())
    question = rich_question(view, is_private=request.origin.chat.is_private)
    as_new = replace(request, target=ReplyTarget.NEW_MESSAGE)
    return reply_with(as_new, sample, question, if_refused=(rich_refused_note(translate),))


async def _answer_rich_question(request: Request, context: Context) -> list[Action]:
    """Save the rich layout, or leave everything as it is."""
    former = context.subscriber.preferences.layout
    if request.arguments == KEEP_LAYOUT:
        return reply_with(request, layout_kept(await settings_view(context)))
    context = await subscription_changes.set_layout(context, Layout.RICH)
    return reply_with(request, rich_saved(await settings_view(context), former), toast=context.translate("Saved."))


async def language(request: Request, context: Context) -> list[Action]:
    """Change the language of everything but the digest's own texts."""
    code = find_language(request.arguments)
    if code is None:
        return reply_with(request, language_screen(await settings_view(context)))
    context = await subscription_changes.choose_language(context, code)
    return await _reply_saved(request, context, Text(context.translate("From now on I speak English.")))


async def silent(request: Request, context: Context) -> list[Action]:
    """Change whether the digest comes without a notification sound: `on` or `off`."""
    if request.arguments not in ("on", "off"):
        return reply_with(request, settings_screen(await settings_view(context)))
    context = await subscription_changes.set_silent(context, silent=request.arguments == "on")
    return reply_with(request, settings_screen(await settings_view(context)), toast=context.translate("Saved."))


async def choose(request: Request, context: Context) -> list[Action]:
    """Change the categories: `all`, or the id of one with `on` or `off`."""
    known = await known_categories(context)
    preferences = context.subscriber.preferences
    chosen = _chosen_categories(request.arguments, preferences.categories, known)
    if chosen != preferences.categories:
        context = await subscription_changes.set_categories(context, chosen)
    return reply_with(request, categories_screen(await settings_view(context), known))


async def known_categories(context: Context) -> tuple[str, ...]:
    """Return the categories of the newest editions, as they are written there."""
    recent = await digests.recent(context.tx, now=context.now, limit=_RECENT_EDITIONS)
    texts = [digest.in_language(context.subscriber.preferences.language) for digest in recent]
    return tuple(names_by_key(name for digest in texts for name in digest_categories(digest)).values())


def _chosen_weekdays(arguments: str, before: int) -> int | None:
    """Return the bit mask after a press, or None if the arguments are not those of a button."""
    number, _, switch = arguments.partition(" ")
    if not number.isdecimal() or len(number) > 3 or switch not in ("", "on", "off"):
        return None
    if not switch:
        return int(number)
    bit = 1 << int(number)
    return before | bit if switch == "on" else before & ~bit


def _chosen_categories(arguments: str, before: frozenset[str] | None, known: tuple[str, ...]) -> frozenset[str] | None:
    """Return the category keys after a press. None of them, or all that are known, means all: None."""
    wanted_id, _, switch = arguments.partition(" ")
    if wanted_id == "all":
        return None
    keys_before = before or frozenset()
    known_keys = {category_key(name) for name in known}
    key = next((key for key in known_keys | keys_before if category_id(key) == wanted_id), None)
    if key is None or switch not in ("on", "off"):
        return before
    chosen = keys_before | {key} if switch == "on" else keys_before - {key}
    return None if not chosen or chosen >= known_keys else chosen


async def _reply_saved(request: Request, context: Context, confirmation: Text) -> list[Action]:
    """Confirm a change where it was made: in the welcome, on the settings screen, or as a message."""
    if request.target is ReplyTarget.WELCOME:
        return await return_to_welcome(request, context)
    view = await settings_view(context)
    if request.press is not None and request.target is not ReplyTarget.IN_PLACE:
        return reply_with(request, settings_screen(view), toast=context.translate("Saved."))
    return reply_with(request, saved_message(confirmation, view))
