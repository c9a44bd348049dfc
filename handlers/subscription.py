"""Coming and going: /start and /stop in; subscribed or not, and the words that go with it, out."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from domain.chat.action import Action
from domain.chat.callback_data import Place, button
from domain.chat.event import ChatKind
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, fill, join
from handlers import subscription_changes
from handlers.context import Context
from handlers.request import Asked, show
from storage import digests
from views.dates import write_clock, write_time, write_upcoming, write_weekdays
from views.settings import View, overview, settings_button, settings_screen, status_screen, time_screen, zone_screen
from views.time_zone_names import zone_name


async def start(asked: Asked, context: Context) -> list[Action]:
    """Subscribe. Who comes back finds everything as it was."""
    before = context.subscriber
    context = await subscription_changes.subscribe(context)
    if asked.press is None and asked.origin.chat.topic != before.chat.topic:
        context = await subscription_changes.set_topic(context, asked.origin.chat.topic)
    view = await subscription_changes.view_of(context)
    toast = context.say("Subscribed.")
    if asked.place is Place.SETTINGS:
        return show(asked, settings_screen(view), toast=toast)
    if before.joined_at is None:
        return show(asked, _welcome(view, await _reading(context)), toast=toast)
    if not before.active:
        greeting = context.say("Welcome back!")
    elif context.subscriber.chat.topic != before.chat.topic:
        greeting = context.say("From now on the digest comes here.")
    else:
        greeting = context.say("You are already subscribed.")
    return show(asked, _known(greeting, view, await _reading(context)), toast=toast)


async def stop(asked: Asked, context: Context) -> list[Action]:
    """Unsubscribe, with the way back in view."""
    context = await subscription_changes.unsubscribe(context)
    say = context.say
    if asked.place is Place.SETTINGS:
        return show(asked, settings_screen(await subscription_changes.view_of(context)), toast=say("Unsubscribed."))
    goodbye = say("You are unsubscribed. Your settings are kept: /start brings everything back.")
    again = (button("▶️ " + say("Subscribe again"), "start"),)
    return show(asked, Message(Text(goodbye), (again,)), toast=say("Unsubscribed."))


async def welcome(asked: Asked, context: Context) -> list[Action]:
    """The first message's own ways: is the clock right, another zone, another time."""
    view = await subscription_changes.view_of(context)
    match asked.arguments:
        case "zone":
            return show(asked, zone_screen(view, Place.WELCOME))
        case "time":
            return show(asked, time_screen(view, Place.WELCOME))
        case "yes":
            return show(asked, settled(view, await _reading(context)))
        case _:
            return show(asked, _welcome(view, await _reading(context)))


async def welcomed(asked: Asked, context: Context) -> list[Action]:
    """The welcome after a change: a time leaves its question open, a zone answers it."""
    view, reading = await subscription_changes.view_of(context), await _reading(context)
    message = _welcome(view, reading) if asked.name == "time" else settled(view, reading)
    return show(asked, message, toast=context.say("Saved."))


async def status(asked: Asked, context: Context) -> list[Action]:
    """What is set, and when the next digest comes."""
    return show(asked, status_screen(await subscription_changes.view_of(context)))


def settled(view: View, reading: tuple[Button, ...]) -> Message:
    """All is set: when the first digest comes."""
    say, coming = view.say, view.coming
    if coming is None:
        return status_screen(view)
    when = bold(write_upcoming(coming, view.subscriber.schedule, say, view.now))
    lines = [fill(say("All set. Your next digest: {when}."), {"when": when})]
    if view.subscriber.chat.kind is not ChatKind.CHANNEL:  # there only buttons are heard
        lines.append(Text(say("Change anything in /settings.")))
    return Message(join("\n", lines), ((*reading,), (settings_button(say),)) if reading else ((settings_button(say),),))


def _welcome(view: View, reading: tuple[Button, ...]) -> Message:
    """The one message a newcomer gets: subscribed, and one question."""
    say, schedule = view.say, view.subscriber.schedule
    if view.coming is None:
        return status_screen(view)
    clock = write_clock(view.now, schedule.zone)
    hello = {
        ChatKind.PRIVATE: say("👋 Welcome, you are subscribed."),
        ChatKind.CHANNEL: say("👋 This channel is subscribed."),
    }.get(view.subscriber.chat.kind, say("👋 This group is subscribed."))
    often = say("The digest comes {weekdays} at {time}: headlines first, details one tap away.").format(
        weekdays=write_weekdays(schedule.weekdays, say), time=write_time(schedule.minute)
    )
    question = fill(
        say("Is it {time} where you are? (Time zone: {zone})"),
        {"time": bold(clock), "zone": zone_name(schedule.zone, say.language)},
    )
    rows = (
        (button("✓ " + say("Yes, it is {time}").format(time=clock), "welcome yes", Place.HERE),),
        (
            button("🌏 " + say("Other time zone"), "welcome zone", Place.HERE),
            button("⏰ " + say("Other time"), "welcome time", Place.HERE),
        ),
    )
    text = join("\n\n", (join("\n", (bold(hello), often)), question))
    return Message(text, (*rows, reading) if reading else rows)


def _known(greeting: str, view: View, reading: tuple[Button, ...]) -> Message:
    rows = ((*reading,), (settings_button(view.say),)) if reading else ((settings_button(view.say),),)
    return Message(join("\n\n", (bold(greeting), overview(view))), rows)


async def _reading(context: Context) -> tuple[Button, ...]:
    """The button to the newest edition, called today's where it is."""
    days = await digests.dates(context.tx, now=context.now, limit=1)
    if not days:
        return ()
    today = context.now.astimezone(ZoneInfo(context.subscriber.schedule.zone)).date()
    label = context.say("Read today's digest") if days[0] == today else context.say("Read the newest digest")
    return (button(f"📰 {label}", f"digest {days[0]}"),)
