"""The screens for when the digest comes: time of day, time zone and weekdays."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message, chunk_rows
from domain.chat.slot_arguments import SLOT_DAYS, SLOT_OFF, SLOT_PAUSE, SLOT_RESUME
from domain.chat.text import Text, bold, format_text, join
from domain.names import fold_name
from domain.subscription.calendar import EVERY_DAY
from views.dates import WORKDAYS, format_clock, format_time, format_weekdays, slot_name, weekday_name
from views.examples import with_examples
from views.refusals import with_problem
from views.settings import (
    SettingsView,
    SlotView,
    back_row,
    checked,
    recap_line,
    settings_button,
    settings_screen,
    slot_line,
    slot_title,
    undo_rows,
)
from views.shortening import quoted_words
from views.time_zone_names import BIG_CITIES, zone_name

_OFFERED_HOURS = (6, 7, 8, 9, 10, 11, 12, 18, 19, 20, 21, 22)
_TIME_COLUMNS = 4  # with more, a phone cuts off the label of the chosen time
_QUOTED_CHARACTERS = 40
"""Longest part of a person's own words that an answer repeats."""


def time_screen(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Message:
    """Return the screen for the time of day. Any other time can be typed, except in a channel itself."""
    translate, kind = view.translate, ChatKind.PRIVATE if view.is_elsewhere else view.subscriber.chat.kind
    hint = {
        ChatKind.PRIVATE: translate("Another time? Just send it: 7:45"),
        ChatKind.CHANNEL: "",
    }.get(kind, translate("Another time? Send it like this: `/time 7:45`"))
    text = join("\n\n", filter(None, (bold(translate("When should the digest come?")), with_examples(hint))))
    return Message(text, (*time_buttons(view, target), back_row(translate, target)))


def one_time_question(times: Iterable[int], translate: Translator) -> Message:
    """Ask which of several times shall be that of the digest, which comes once a day."""
    here = ReplyTarget.IN_PLACE
    choices = tuple(button(time, CommandName.TIME, time, target=here) for time in map(format_time, times))
    return Message(Text(translate("The digest comes once a day. At which of these times?")), (choices,))


def time_buttons(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Keyboard:
    """Return buttons for the hours that most people choose."""
    chosen = view.subscriber.schedule.minute_of_day
    minutes = [hour * 60 for hour in _OFFERED_HOURS]
    times = [
        button(checked(format_time(minute), on=minute == chosen), CommandName.TIME, format_time(minute), target=target)
        for minute in minutes
    ]
    return chunk_rows(times, _TIME_COLUMNS)


def slot_screen(view: SettingsView, each: SlotView) -> Message:
    """Return the screen of a slot: whether its editions come, at what time, and on which days."""
    translate, kind = view.translate, ChatKind.PRIVATE if view.is_elsewhere else view.subscriber.chat.kind
    title = slot_title(each.slot, translate)
    question = translate("{slot}: when should it come?").format(slot=title)
    hint = {
        ChatKind.PRIVATE: translate("Another time? Just send it: {slot} at 18:45").format(slot=title),
        ChatKind.CHANNEL: "",
    }.get(kind, translate("Another time? Send it like this: `{example}`").format(example=f"/slot {each.slot} 18:45"))
    text = join("\n\n", filter(None, (bold(question), slot_line(each, view), with_examples(hint))))
    return Message(text, (*_slot_buttons(each, view), *undo_rows(view, ReplyTarget.SETTINGS), back_row(translate)))


def no_such_slot(name: str, view: SettingsView) -> Message:
    """Say that the newsletter has no slot of a name, with all settings below."""
    text = view.translate("There is no digest of this hour: {slot}")
    slot = quoted_words(slot_name(name, view.translate))
    return with_problem(format_text(text, {"slot": slot}), settings_screen(view))


def _slot_buttons(each: SlotView, view: SettingsView) -> Keyboard:
    """Return the buttons for a slot's times; for one that was chosen also those for its days and its end."""
    translate, schedule, here = view.translate, each.schedule, ReplyTarget.IN_PLACE
    minutes = [hour * 60 for hour in _OFFERED_HOURS]
    times = [
        button(
            checked(format_time(minute), on=schedule is not None and schedule.minute_of_day == minute),
            CommandName.SLOT,
            each.slot,
            format_time(minute),
            target=here,
        )
        for minute in minutes
    ]
    rows = chunk_rows(times, _TIME_COLUMNS)
    if schedule is None:
        return rows
    days = tuple(
        button(
            checked(_capitalized(format_weekdays(weekdays, translate)), on=schedule.weekdays == weekdays),
            CommandName.SLOT,
            each.slot,
            f"{SLOT_DAYS}{weekdays}",
            target=here,
        )
        for weekdays in (EVERY_DAY, WORKDAYS)
    )
    off = button("✖️ " + translate("Does not come"), CommandName.SLOT, each.slot, SLOT_OFF, target=here)
    pause = button("⏸ " + translate("Pause"), CommandName.SLOT, each.slot, SLOT_PAUSE, target=here)
    resume = button("▶️ " + translate("Go on now"), CommandName.SLOT, each.slot, SLOT_RESUME, target=here)
    return (*rows, days, (resume if each.paused_until is not None else pause, off))


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]


def zone_screen(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Message:
    """Return the screen for the time zone: cities with the time of day there. Any other zone can be typed."""
    translate, question = view.translate, view.translate("What time is it where you are?")
    if view.is_elsewhere:
        question = translate("In which time zone should the digest come there?")
    hint = _other_zones_hint(view)
    if view.subscriber.chat.is_private:
        hint += "\n" + translate("Or share where you are (📎 → Location): I keep the time zone, not the place.")
    text = join("\n\n", filter(None, (bold(question), with_examples(hint))))
    return Message(text, (*chunk_rows(_zone_buttons(BIG_CITIES, view, target), 2), back_row(translate, target)))


def _other_zones_hint(view: SettingsView) -> str:
    """Return how a zone is chosen that has no button, with examples; empty in a channel, where nobody can type it."""
    translate, chat = view.translate, view.subscriber.chat
    if view.is_elsewhere:
        return translate(
            "Not in the list? Just send a city or an offset: Lisbon, +5:30. Or share a place (📎 → Location)."
        )
    if chat.is_private:
        return translate("Not in the list? Just send your city or your offset: Lisbon, +5:30")
    if chat.kind is ChatKind.CHANNEL:
        return ""
    return translate("Not in the list? Send your city or your offset: `/timezone Lisbon`, `/timezone +5:30`")


def zone_choice(candidates: Iterable[str], view: SettingsView) -> Message:
    """Ask which of several time zones was meant, and say how to choose another one."""
    rows = chunk_rows(_zone_buttons(candidates, view), 1)
    question = Text(view.translate("Which one did you mean?"))
    text = join("\n\n", filter(None, (question, with_examples(_other_zones_hint(view)))))
    return Message(text, (*rows, (settings_button(view.translate),)))


def unknown_place(view: SettingsView) -> Message:
    """Say that a place is unknown, and what else tells its time zone."""
    translate = view.translate
    text = translate("I don't know that place. Send a big city near you, or your offset from UTC, such as +8 or +5:30.")
    if not view.subscriber.chat.is_private and not view.is_elsewhere:
        text = translate(
            "I don't know that place. Send a big city near you or your offset from UTC: "
            "`/timezone Lisbon`, `/timezone +5:30`"
        )
    return Message(with_examples(text), ((settings_button(translate),),))


def zone_question(zone: str, view: SettingsView, *, name: str = "") -> Message:
    """Ask whether a place shall become the time zone. A place that names no zone is told with the zone's own city.

    The id of a zone is no name: `Etc/GMT+2` is called UTC−2, which it is.
    """
    translate, city = view.translate, zone_name(zone, view.translate.language)
    called = city if "/" in name else shortened_name(name) or city
    where = (
        bold(called)
        if _spelling(called) == _spelling(city)
        else format_text(translate("{place} (the same time zone as {zone})"), {"place": bold(called), "zone": city})
    )
    values: dict[str, Text | str | int] = {"zone": where, "time": format_clock(view.now, zone)}
    if zone == view.subscriber.schedule.zone:
        already = translate("{zone}: it is {time} there now, and that is your time zone already.")
        if view.is_elsewhere:
            already = translate("{zone}: it is {time} there now, and that is the time zone of this chat already.")
        return Message(format_text(already, values), ((settings_button(translate),),))
    question = translate("{zone}: it is {time} there now. Make it your time zone?")
    if view.is_elsewhere:
        question = translate("{zone}: it is {time} there now. Make it the time zone of this chat?")
    text = format_text(question, values)
    yes = button("✓ " + translate("Yes"), CommandName.TIMEZONE, zone, target=ReplyTarget.IN_PLACE)
    no = button(translate("No"), CommandName.KEEP, target=ReplyTarget.IN_PLACE)
    return Message(text, ((yes, no),))


def _spelling(name: str) -> str:
    """Return a place's name without accents: people type both spellings."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return fold_name(plain)


def shortened_name(words: str) -> str:
    """Return a name that a person typed, cleaned and short enough to be repeated."""
    plain = Text(words).sanitized().plain
    return plain if len(plain) <= _QUOTED_CHARACTERS else plain[:_QUOTED_CHARACTERS] + "…"


def weekdays_screen(view: SettingsView) -> Message:
    """Return the screen for the weekdays: each to be switched on or off, or whole weeks at once."""
    translate = view.translate
    days = chunk_rows([_weekday_button(day, view) for day in range(7)], 4)
    weeks = tuple(_week_button(weekdays, view) for weekdays in (EVERY_DAY, WORKDAYS))
    rows = (*days, weeks, *undo_rows(view, ReplyTarget.SETTINGS), back_row(translate))
    return Message(bold(translate("On which days?")), rows)


def no_day_left_message(view: SettingsView) -> Message:
    """Say that without the days named there would be none, and offer a pause or other days."""
    translate, here = view.translate, ReplyTarget.IN_PLACE
    text = translate("Then no day would be left. Would you like a break instead, or other days?")
    pause = button("⏸ " + translate("Pause"), CommandName.PAUSE, target=here)
    days = button("📅 " + translate("Weekdays"), CommandName.SETTINGS, "weekdays", target=here)
    return Message(Text(text), ((pause, days), (settings_button(translate),)))


NO_RECAP = "off"
"""Argument that ends the weekly recap."""


def weekly_recap_screen(view: SettingsView) -> Message:
    """Return the screen for the weekly recap: a weekday, or none."""
    translate, chosen, here = view.translate, view.subscriber.recap_weekday, ReplyTarget.IN_PLACE
    days = [
        button(checked(weekday_name(day, translate), on=day == chosen), CommandName.WEEKLY, day, target=here)
        for day in range(7)
    ]
    none = button(checked(translate("No recap"), on=chosen is None), CommandName.WEEKLY, NO_RECAP, target=here)
    explanation = translate(
        "Once a week, at the time of your digest: the headlines of the last seven days that readers want most, "
        "else the leading ones. In a week without a digest nothing comes."
    )
    lines = (bold(translate("On which day should a recap of the week come?")), explanation, recap_line(view))
    rows = (*chunk_rows(days, 4), (none,), *undo_rows(view, ReplyTarget.SETTINGS), back_row(translate))
    return Message(join("\n\n", list(filter(None, lines))), rows)


def _zone_buttons(zones: Iterable[str], view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> list[Button]:
    chosen, language = view.subscriber.schedule.zone, view.translate.language
    return [
        button(
            checked(f"{zone_name(zone, language)} {format_clock(view.now, zone)}", on=zone == chosen),
            CommandName.TIMEZONE,
            zone,
            target=target,
        )
        for zone in zones
    ]


def _weekday_button(day: int, view: SettingsView) -> Button:
    on = bool(view.subscriber.schedule.weekdays >> day & 1)
    label = checked(weekday_name(day, view.translate), on=on)
    return button(label, CommandName.WEEKDAYS, day, "off" if on else "on", target=ReplyTarget.IN_PLACE)


def _week_button(weekdays: int, view: SettingsView) -> Button:
    name = format_weekdays(weekdays, view.translate)
    label = checked(_capitalized(name), on=view.subscriber.schedule.weekdays == weekdays)
    return button(label, CommandName.WEEKDAYS, weekdays, target=ReplyTarget.IN_PLACE)
