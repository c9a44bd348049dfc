"""Coming and going: /start and /stop in; subscribed or not, and the words that go with it, out."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from domain.chat.action import Action
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, format_text, join
from handlers import subscription_changes
from handlers.context import Context
from handlers.request import Request, reply_with
from storage import digests
from views.dates import format_clock, format_next_delivery, format_time, format_weekdays
from views.settings import (
    SettingsView,
    overview,
    settings_button,
    settings_screen,
    status_screen,
    time_screen,
    zone_screen,
)
from views.time_zone_names import zone_name


async def start(request: Request, context: Context) -> list[Action]:
    """Subscribe. Who comes back finds everything as it was."""
    before = context.subscriber
    context = await subscription_changes.subscribe(context)
    if request.press is None and request.origin.chat.topic_id != before.chat.topic_id:
        context = await subscription_changes.set_topic(context, request.origin.chat.topic_id)
    view = await subscription_changes.settings_view(context)
    toast = context.translate("Subscribed.")
    if request.target is ReplyTarget.SETTINGS:
        return reply_with(request, settings_screen(view), toast=toast)
    if before.joined_at is None:
        return reply_with(request, _welcome(view, await _reading(context)), toast=toast)
    if not before.active:
        greeting = context.translate("Welcome back!")
    elif context.subscriber.chat.topic_id != before.chat.topic_id:
        greeting = context.translate("From now on the digest comes here.")
    else:
        greeting = context.translate("You are already subscribed.")
    return reply_with(request, _known(greeting, view, await _reading(context)), toast=toast)


async def stop(request: Request, context: Context) -> list[Action]:
    """Unsubscribe, with the way back in view."""
    context = await subscription_changes.unsubscribe(context)
    translate = context.translate
    if request.target is ReplyTarget.SETTINGS:
        return reply_with(
            request,
            settings_screen(await subscription_changes.settings_view(context)),
            toast=translate("Unsubscribed."),
        )
    goodbye = translate("You are unsubscribed. Your settings are kept: /start brings everything back.")
    again = (button("▶️ " + translate("Subscribe again"), CommandName.START),)
    return reply_with(request, Message(Text(goodbye), (again,)), toast=translate("Unsubscribed."))


async def welcome(request: Request, context: Context) -> list[Action]:
    """The first message's own ways: is the clock right, another zone, another time."""
    view = await subscription_changes.settings_view(context)
    match request.arguments:
        case "zone":
            return reply_with(request, zone_screen(view, ReplyTarget.WELCOME))
        case "time":
            return reply_with(request, time_screen(view, ReplyTarget.WELCOME))
        case "yes":
            return reply_with(request, settled(view, await _reading(context)))
        case _:
            return reply_with(request, _welcome(view, await _reading(context)))


async def welcomed(request: Request, context: Context) -> list[Action]:
    """The welcome after a change: a time leaves its question open, a zone answers it."""
    view, reading = await subscription_changes.settings_view(context), await _reading(context)
    message = _welcome(view, reading) if request.name == "time" else settled(view, reading)
    return reply_with(request, message, toast=context.translate("Saved."))


async def status(request: Request, context: Context) -> list[Action]:
    """What is set, and when the next digest comes."""
    return reply_with(request, status_screen(await subscription_changes.settings_view(context)))


def settled(view: SettingsView, reading: tuple[Button, ...]) -> Message:
    """All is set: when the first digest comes."""
    translate, coming = view.translate, view.next_delivery
    if coming is None:
        return status_screen(view)
    when = bold(format_next_delivery(coming, view.subscriber.schedule, translate, view.now))
    lines = [format_text(translate("All set. Your next digest: {when}."), {"when": when})]
    if view.subscriber.chat.kind is not ChatKind.CHANNEL:  # there only buttons are heard
        lines.append(Text(translate("Change anything in /settings.")))
    return Message(
        join("\n", lines), ((*reading,), (settings_button(translate),)) if reading else ((settings_button(translate),),)
    )


def _welcome(view: SettingsView, reading: tuple[Button, ...]) -> Message:
    """The one message a newcomer gets: subscribed, and one question."""
    translate, schedule = view.translate, view.subscriber.schedule
    if view.next_delivery is None:
        return status_screen(view)
    clock = format_clock(view.now, schedule.zone)
    hello = {
        ChatKind.PRIVATE: translate("👋 Welcome, you are subscribed."),
        ChatKind.CHANNEL: translate("👋 This channel is subscribed."),
    }.get(view.subscriber.chat.kind, translate("👋 This group is subscribed."))
    often = translate("The digest comes {weekdays} at {time}: headlines first, details one tap away.").format(
        weekdays=format_weekdays(schedule.weekdays, translate), time=format_time(schedule.minute_of_day)
    )
    question = format_text(
        translate("Is it {time} where you are? (Time zone: {zone})"),
        {"time": bold(clock), "zone": zone_name(schedule.zone, translate.language)},
    )
    rows = (
        (
            button(
                "✓ " + translate("Yes, it is {time}").format(time=clock),
                CommandName.WELCOME,
                "yes",
                target=ReplyTarget.IN_PLACE,
            ),
        ),
        (
            button("🌏 " + translate("Other time zone"), CommandName.WELCOME, "zone", target=ReplyTarget.IN_PLACE),
            button("⏰ " + translate("Other time"), CommandName.WELCOME, "time", target=ReplyTarget.IN_PLACE),
        ),
    )
    text = join("\n\n", (join("\n", (bold(hello), often)), question))
    return Message(text, (*rows, reading) if reading else rows)


def _known(greeting: str, view: SettingsView, reading: tuple[Button, ...]) -> Message:
    rows = ((*reading,), (settings_button(view.translate),)) if reading else ((settings_button(view.translate),),)
    return Message(join("\n\n", (bold(greeting), overview(view))), rows)


async def _reading(context: Context) -> tuple[Button, ...]:
    """The button to the newest edition, called today's where it is."""
    days = await digests.dates(context.tx, now=context.now, limit=1)
    if not days:
        return ()
    today = context.now.astimezone(ZoneInfo(context.subscriber.schedule.zone)).date()
    label = (
        context.translate("Read today's digest") if days[0] == today else context.translate("Read the newest digest")
    )
    return (button(f"📰 {label}", CommandName.DIGEST, days[0]),)
