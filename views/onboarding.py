"""The messages of subscribing: the greeting in a new chat, the welcome, its follow-up, and the goodbye."""

from __future__ import annotations

from datetime import date

from digest.model import Digest
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.chat.start_payload import CHATS_PAYLOAD
from domain.chat.text import Text, bold, date_time, format_text, join
from domain.edition_day import calendar_day
from domain.subscription.calendar import local_date
from views.dates import format_clock, format_next_delivery, format_time, format_weekdays
from views.digest_name import digest_line
from views.settings import SettingsView, nothing_left_line, overview, settings_button, status_screen, undo_button
from views.time_zone_names import zone_name


def greeting(kind: ChatKind, translate: Translator, username: str = "") -> Message:
    """Tell a group or channel that the bot has just joined how to subscribe: in private, if its name is known.

    Else a channel gets a button: a command typed there would be visible to all its readers.
    """
    if username:
        text = translate("Hello! I bring a digest every morning. An administrator sets me up here, in private:")
        link = f"https://t.me/{username}?start={CHATS_PAYLOAD}"
        return Message(Text(text), ((Button("⚙️ " + translate("Set it up"), url=link),),))
    if kind is ChatKind.CHANNEL:
        text = translate("Hello! I bring a digest every morning. An administrator can subscribe this channel here:")
        subscribe = button("▶️ " + translate("Subscribe"), CommandName.START, target=ReplyTarget.IN_PLACE)
        return Message(Text(text), ((subscribe,),))
    text = translate(
        "Hello! I bring a digest every morning. An administrator can subscribe this group with /start; "
        "if it has topics, send it in the topic where the digest should appear."
    )
    return Message(Text(text))


def welcome_message(view: SettingsView, newest: Digest | None) -> Message:
    """Return the one message that a new subscriber gets: what comes when, and whether the time zone is right.

    In a private chat the device's own clock stands beside the guess, where the app can show it.
    """
    translate, schedule = view.translate, view.subscriber.schedule
    if view.next_delivery is None:
        return status_screen(view)
    hello = {
        ChatKind.PRIVATE: translate("👋 Welcome, you are subscribed."),
        ChatKind.CHANNEL: translate("👋 This channel is subscribed."),
    }.get(view.subscriber.chat.kind, translate("👋 This group is subscribed."))
    about = [f"📰 {line}"] if (line := digest_line(newest, translate)) else []
    frequency = translate("The digest comes {weekdays} at {time}: headlines first, details one tap away.").format(
        weekdays=format_weekdays(schedule.weekdays, translate), time=format_time(schedule.minute_of_day)
    )
    clock = format_clock(view.now, schedule.zone)
    question = format_text(
        translate("Is it {time} where you are? (Time zone: {zone})"),
        {"time": bold(clock), "zone": zone_name(schedule.zone, translate.language)},
    )
    if view.subscriber.chat.is_private:
        device = date_time(translate("(see the clock of your device)"), view.now, "t")
        device_line = format_text(translate("Your device shows: {time}"), {"time": device})
        question = join("\n", (question, device_line))
    here = ReplyTarget.IN_PLACE
    rows = (
        (button("✓ " + translate("Yes, it is {time}").format(time=clock), CommandName.WELCOME, "yes", target=here),),
        (
            button("🌏 " + translate("Other time zone"), CommandName.WELCOME, "zone", target=here),
            button("⏰ " + translate("Other time"), CommandName.WELCOME, "time", target=here),
        ),
        *_read_row(view, newest.date if newest is not None else None),
    )
    return Message(join("\n\n", (join("\n", (bold(hello), *about, frequency)), question)), rows)


def all_set_message(view: SettingsView, newest: date | None) -> Message:
    """Return what the welcome becomes once its question is answered: when the next digest comes."""
    translate, upcoming = view.translate, view.next_delivery
    if upcoming is None:
        return status_screen(view)
    when = format_next_delivery(upcoming, view.subscriber.schedule, translate, view.now)
    lines = [nothing_left_line(view) or format_text(translate("All set. Your next digest: {when}."), {"when": when})]
    if view.subscriber.chat.kind is not ChatKind.CHANNEL:  # in a channel nobody can type a command
        lines.append(Text(translate("Change anything in /settings.")))
    undo = undo_button(view, ReplyTarget.WELCOME)
    last = (settings_button(translate),) if undo is None else (undo, settings_button(translate))
    return Message(join("\n", lines), (*_read_row(view, newest), last))


def resubscribed_message(headline: str, view: SettingsView, newest: date | None) -> Message:
    """Return the answer to a chat that was subscribed before: a headline and its settings."""
    text = join("\n\n", (bold(headline), overview(view)))
    return Message(text, (*_read_row(view, newest), (settings_button(view.translate),)))


def goodbye_message(translate: Translator) -> Message:
    text = translate("You are unsubscribed. Your settings are kept: /start brings everything back.")
    return Message(Text(text), ((button("▶️ " + translate("Subscribe again"), CommandName.START),),))


def _read_row(view: SettingsView, newest: date | None) -> Keyboard:
    """Return the button for the newest edition, if there is one."""
    if newest is None:
        return ()
    translate = view.translate
    today = local_date(view.now, view.subscriber.schedule.zone)
    label = translate("Read today's digest") if calendar_day(newest) == today else translate("Read the newest digest")
    return ((button(f"📰 {label}", CommandName.DIGEST, newest),),)


def subscribe_row(translate: Translator) -> tuple[Button, ...]:
    """Return the row under what somebody opened who is not subscribed."""
    return (button("▶️ " + translate("Subscribe: one digest a day"), CommandName.START),)
