"""The screens on which an admin chooses when a broadcast goes out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, date_time, format_text, join
from domain.delivery.broadcast_time import BroadcastTime, QuietHours, WaitingRecipients
from views.dates import format_moment, format_time


def time_in_words(at: BroadcastTime, translate: Translator, *, zone: str, now: datetime) -> Text:
    """Return when a broadcast goes out, by a zone's clock."""
    if at.in_mornings:
        return bold(translate("in each one's morning"))
    if at.at is None:
        return bold(translate("at once"))
    return instant_in_words(at.at, translate, zone=zone, now=now)


def instant_in_words(at: datetime, translate: Translator, *, zone: str, now: datetime) -> Text:
    """Return an instant by a zone's clock, seen from now."""
    return date_time(format_moment(at, zone, translate, now), at, "wDt")


def waiting_line(
    waiting: WaitingRecipients, time: BroadcastTime, translate: Translator, shown: Callable[[datetime], Text]
) -> Text:
    """Return how many wait for a broadcast, why, and until when; `shown` is an instant as the reader sees it."""
    n, first = waiting.people, shown(waiting.first)
    if time.in_mornings and waiting.after_first:
        template = translate("🕗 {n} get it in their mornings: the first {first}, the last {last}")
    elif time.in_mornings:
        template = translate.ngettext(
            "🕗 {n} gets it in their morning: {when}", "🕗 {n} get it in their mornings: {when}", n
        )
    elif waiting.after_first:
        template = translate("🌙 {n} wait because of quiet hours: the first until {first}, the last until {last}")
    else:
        template = translate.ngettext(
            "🌙 {n} waits until {when} because of quiet hours", "🌙 {n} wait until {when} because of quiet hours", n
        )
    return format_text(template, {"n": n, "when": first, "first": first, "last": shown(waiting.last)})


def quiet_hours_in_words(quiet_hours: QuietHours | None, translate: Translator) -> str:
    """Return the hours in which no broadcast goes out."""
    if quiet_hours is None:
        return translate("none")
    return f"{format_time(quiet_hours.start)}–{format_time(quiet_hours.end)}"


def time_screen(
    run_id: int,
    at: BroadcastTime,
    quiet_hours: QuietHours | None,
    translate: Translator,
    *,
    zone: str,
    now: datetime,
    has_tonight: bool,
) -> Message:
    """Return the screen: when it goes out now, and the choices; `has_tonight`: 20:00 is not past there."""
    shown = time_in_words(at, translate, zone=zone, now=now)
    lines: list[Text | str] = [
        format_text(translate("🕗 Goes out {when}"), {"when": shown}),
        translate("In each one's morning: at the time of their digest."),
        translate("Quiet hours hold by each one's own clock; what is due in them goes out at their end."),
    ]
    quiet = translate("🌙 Quiet hours: {hours}").format(hours=quiet_hours_in_words(quiet_hours, translate))
    tonight = button(translate("Tonight 20:00"), CommandName.BROADCAST, run_id, "when", "tonight")
    rows = (
        (
            button(translate("Now"), CommandName.BROADCAST, run_id, "when", "now"),
            button(translate("In each one's morning"), CommandName.BROADCAST, run_id, "when", "mornings"),
        ),
        (
            button(translate("In an hour"), CommandName.BROADCAST, run_id, "when", "hour"),
            *((tonight,) if has_tonight else ()),
            button(translate("Tomorrow 08:00"), CommandName.BROADCAST, run_id, "when", "tomorrow"),
        ),
        (
            button("⌨️ " + translate("Another time"), CommandName.BROADCAST, run_id, "typetime"),
            button(quiet, CommandName.BROADCAST, run_id, "quiet"),
        ),
        (button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "back"),),
    )
    return Message(join("\n", lines), rows)


def time_is_past(translate: Translator) -> str:
    """Answer the press of a button whose time has come since."""
    return translate("That time is past. Please choose another one.")


def past_time_refused(translate: Translator) -> str:
    """Say that a broadcast is not scheduled, because its chosen time has come since."""
    return translate("The chosen time is past, so nothing was sent. Please choose another one under “When”.")


def time_question(run_id: int, translate: Translator) -> Message:
    """Ask for the instant."""
    back = button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "back")
    text = translate("When? Write it by your clock: 20:30, or with the day: 11-28 09:00")
    return Message(Text(text), ((back,),))


def time_refused(run_id: int, translate: Translator) -> Message:
    """Say that a text is no time to come."""
    back = button("◀️ " + translate("Back"), CommandName.BROADCAST, run_id, "back")
    text = translate("I cannot read this as a time to come. Like this: 20:30, or 11-28 09:00")
    return Message(Text(text), ((back,),))
