"""The settings screens: one message with buttons for each setting, and the overview of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message, chunk_rows
from domain.chat.text import Text, bold, format_text, join
from domain.names import fold_name
from domain.subscription.calendar import EVERY_DAY, local_date
from domain.subscription.next_delivery import NextDelivery
from domain.subscription.pause import is_withheld
from domain.subscription.preferences import Layout, category_id, category_key
from domain.subscription.subscriber import RichRefusal, Subscriber
from views.dates import (
    WORKDAYS,
    format_clock,
    format_day,
    format_next_delivery,
    format_time,
    format_weekdays,
    weekday_name,
)
from views.time_zone_names import BIG_CITIES, zone_name

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
"""Each language by its own name, so that those who read it find it."""

_OFFERED_HOURS = (6, 7, 8, 9, 10, 11, 12, 18, 19, 20, 21, 22)
_TIME_COLUMNS = 4  # with more, a phone cuts off the label of the chosen time
_OFFERED_CATEGORIES = 80
_QUOTED_CHARACTERS = 40
"""Longest part of a person's own words that an answer repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsView:
    """What the screens show. `next_delivery` is None for chats that are not subscribed.

    `undo_id` is that of the change just made, if there was one that can be undone.
    """

    subscriber: Subscriber
    translate: Translator
    now: datetime
    next_delivery: NextDelivery | None
    undo_id: int | None = None
    is_elsewhere: bool = False
    """The chat is set up from the private chat of one of its administrators."""

    @property
    def paused_until(self) -> datetime | None:
        """The end of the pause that the subscriber is in."""
        until = self.subscriber.paused_until
        return until if self.subscriber.active and is_withheld(self.now, until) else None


def settings_screen(view: SettingsView) -> Message:
    """Return the screen with all settings."""
    translate, here = view.translate, ReplyTarget.IN_PLACE
    rows = (
        (
            button("⏰ " + translate("Time"), CommandName.SETTINGS, "time", target=here),
            button("🌏 " + translate("Time zone"), CommandName.SETTINGS, "zone", target=here),
        ),
        (
            button("📅 " + translate("Weekdays"), CommandName.SETTINGS, "weekdays", target=here),
            button("📂 " + translate("Categories"), CommandName.SETTINGS, "categories", target=here),
        ),
        (button("🔇 " + translate("Muted"), CommandName.MUTE, target=here),),
        (
            button("📰 " + translate("Layout"), CommandName.SETTINGS, "layout", target=here),
            button("🌐 中文 / English", CommandName.SETTINGS, "language", target=here),
        ),
        *_subscription_rows(view),
        *_undo_rows(view, ReplyTarget.SETTINGS),
        *_chat_rows(view),
    )
    title = view.subscriber.chat.title if view.is_elsewhere else translate("Settings")
    return Message(join("\n\n", (bold(f"⚙️ {title}"), overview(view))), rows)


def status_screen(view: SettingsView) -> Message:
    """Return the answer to /status: the settings, with a button to change them."""
    translate = view.translate
    if view.paused_until is not None:
        return Message(overview(view), ((resume_button(view), settings_button(translate)),))
    if view.subscriber.active:
        return Message(overview(view), ((settings_button(translate),),))
    text = (
        translate("Not subscribed yet: no digest comes by itself.")
        if view.subscriber.joined_at is None
        else translate("You are not subscribed at the moment. Your settings are kept.")
    )
    subscribe = button("▶️ " + translate("Subscribe"), CommandName.START)
    return Message(Text(text), ((subscribe, settings_button(translate)),))


def overview(view: SettingsView) -> Text:
    """Return every setting, a line each."""
    translate, subscriber, schedule = view.translate, view.subscriber, view.subscriber.schedule
    zone = translate("🌏 {zone}, where it is {time} now").format(
        zone=zone_name(schedule.zone, translate.language), time=format_clock(view.now, schedule.zone)
    )
    content = (
        f"📰 {_layout_summary(view)}",
        f"📂 {_categories_summary(view)}",
        _mutes_summary(view),
        "🔕 " + translate("Without sound") if subscriber.silent else "🔔 " + translate("With sound"),
    )
    if view.next_delivery is None:
        return join("\n", (translate("💤 Not subscribed: nothing comes"), zone, *filter(None, content)))
    frequency = translate("✅ Subscribed: {weekdays} at {time}").format(
        weekdays=format_weekdays(schedule.weekdays, translate), time=format_time(schedule.minute_of_day)
    )
    when = format_next_delivery(view.next_delivery, schedule, translate, view.now)
    upcoming = format_text(translate("📬 Next digest: {when}"), {"when": when})
    return join("\n", filter(None, (frequency, pause_line(view), zone, upcoming, *content)))


def time_screen(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Message:
    """Return the screen for the time of day. Any other time can be typed, except in a channel."""
    translate = view.translate
    hint = {
        ChatKind.PRIVATE: translate("Another time? Just send it: 7:45"),
        ChatKind.CHANNEL: "",
    }.get(view.subscriber.chat.kind, translate("Another time? Send it like this: /time 7:45"))
    hint = "" if view.is_elsewhere else hint
    text = join("\n\n", filter(None, (bold(translate("When should the digest come?")), hint)))
    return Message(text, (*time_buttons(view, target), _back_row(translate, target)))


def time_buttons(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Keyboard:
    """Return buttons for the hours that most people choose."""
    chosen = view.subscriber.schedule.minute_of_day
    minutes = [hour * 60 for hour in _OFFERED_HOURS]
    if view.is_elsewhere:  # where no time can be typed, each press leads to the quarters beside it
        minutes = sorted({*minutes, *((chosen + step) % 1440 for step in (-15, 0, 15))})
    times = [
        button(_checked(format_time(minute), on=minute == chosen), CommandName.TIME, format_time(minute), target=target)
        for minute in minutes
    ]
    return chunk_rows(times, _TIME_COLUMNS)


def zone_screen(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Message:
    """Return the screen for the time zone: cities with the time of day there. Any other zone can be typed."""
    translate = view.translate
    hint = ""
    if view.subscriber.chat.kind is not ChatKind.CHANNEL and not view.is_elsewhere:
        hint = translate("Not in the list? Send your city or your offset: /timezone Lisbon, /timezone +5:30")
    text = join("\n\n", filter(None, (bold(translate("What time is it where you are?")), hint)))
    return Message(text, (*chunk_rows(_zone_buttons(BIG_CITIES, view, target), 2), _back_row(translate, target)))


def zone_choice(candidates: Iterable[str], view: SettingsView) -> Message:
    """Ask which of several time zones was meant."""
    keyboard = chunk_rows(_zone_buttons(candidates, view), 1)
    return Message(Text(view.translate("Which one did you mean?")), keyboard)


def zone_question(zone: str, view: SettingsView, *, name: str = "") -> Message:
    """Ask whether a place shall become the time zone. A place that names no zone is told with the zone's own city."""
    translate, city = view.translate, zone_name(zone, view.translate.language)
    called = shortened_name(name) or city
    where = (
        bold(called)
        if fold_name(called) == fold_name(city) or zone == name
        else format_text(translate("{place} (the same time zone as {zone})"), {"place": bold(called), "zone": city})
    )
    values: dict[str, Text | str | int] = {"zone": where, "time": format_clock(view.now, zone)}
    if zone == view.subscriber.schedule.zone:
        text = format_text(translate("{zone}: it is {time} there now, and that is your time zone already."), values)
        return Message(text, ((settings_button(translate),),))
    text = format_text(translate("{zone}: it is {time} there now. Make it your time zone?"), values)
    yes = button("✓ " + translate("Yes"), CommandName.TIMEZONE, zone, target=ReplyTarget.IN_PLACE)
    no = button(translate("No"), CommandName.KEEP, target=ReplyTarget.IN_PLACE)
    return Message(text, ((yes, no),))


def shortened_name(words: str) -> str:
    """Return a name that a person typed, cleaned and short enough to be repeated."""
    plain = Text(words).sanitized().plain
    return plain if len(plain) <= _QUOTED_CHARACTERS else plain[:_QUOTED_CHARACTERS] + "…"


def weekdays_screen(view: SettingsView) -> Message:
    """Return the screen for the weekdays: each to be switched on or off, or whole weeks at once."""
    translate = view.translate
    days = chunk_rows([_weekday_button(day, view) for day in range(7)], 4)
    weeks = tuple(_week_button(weekdays, view) for weekdays in (EVERY_DAY, WORKDAYS))
    rows = (*days, weeks, *_undo_rows(view, ReplyTarget.SETTINGS), _back_row(translate))
    return Message(bold(translate("On which days?")), rows)


def categories_screen(view: SettingsView, known: tuple[str, ...]) -> Message:
    """Return the screen for the categories, each to be switched on or off. `known` are the names to offer."""
    translate, chosen = view.translate, view.subscriber.preferences.categories
    if not known and not chosen:
        return Message(Text(translate("No edition with categories has come out yet.")), (_back_row(translate),))
    label = _checked(translate("All categories"), on=chosen is None)
    all_categories = button(label, CommandName.CHOOSE, "all", target=ReplyTarget.IN_PLACE)
    names = names_by_key((*known, *sorted(chosen or ())))
    switches = [_category_switch(key, name, on=key in (chosen or ())) for key, name in names.items()]
    hint = translate("You get only the categories you tick; on days without any, nothing comes.")
    text = join("\n\n", (bold(translate("Which categories do you want?")), hint))
    undo = _undo_rows(view, ReplyTarget.SETTINGS)
    rows = ((all_categories,), *chunk_rows(switches[:_OFFERED_CATEGORIES], 2), *undo, _back_row(translate))
    return Message(text, rows)


def layout_screen(view: SettingsView) -> Message:
    """Return the screen for the layout."""
    translate, chosen = view.translate, view.subscriber.preferences.layout
    explanations = (
        translate("Headlines: the morning on one screen; tap a number for the text."),
        translate("Full text: everything open, to read from top to bottom."),
        translate("Rich: headings, tables and pictures, items unfold. Not every app shows it; you see a sample first."),
    )
    choices = tuple(
        button(
            _checked(layout_name(layout, translate), on=layout is chosen),
            CommandName.LAYOUT,
            layout.value,
            target=ReplyTarget.SETTINGS,
        )
        for layout in Layout
    )
    refused = rich_refusal_line(view)
    text = join(
        "\n\n", filter(None, (bold(translate("Which layout do you prefer?")), "\n".join(explanations), refused))
    )
    return Message(text, (*chunk_rows(choices, 2), _back_row(translate)))


def rich_refusal_line(view: SettingsView) -> str:
    """Return why the rich layout became the full one; empty if it did not."""
    refusal = view.subscriber.rich_refusal
    if refusal is None:
        return ""
    translate = view.translate
    if refusal is RichRefusal.SERVER:
        return translate(
            "You chose Rich, but the Telegram server that I use is too old for it, so you get the full text. "
            "Choose Rich again to try once more."
        )
    return translate(
        "You chose Rich, but Telegram does not take it in this chat, so you get the full text. "
        "Choose Rich again to try once more."
    )


def language_screen(view: SettingsView) -> Message:
    """Return the screen for the language."""
    translate, chosen = view.translate, view.subscriber.preferences.language
    choices = tuple(
        button(
            _checked(name, on=code == chosen),
            CommandName.LANGUAGE,
            code,
            target=ReplyTarget.SETTINGS,
        )
        for code, name in LANGUAGE_NAMES.items()
    )
    return Message(bold(translate("Which language do you prefer?")), (choices, _back_row(translate)))


def saved_message(confirmation: Text, view: SettingsView) -> Message:
    """Confirm a change, with the next delivery that follows from it."""
    translate = view.translate
    if view.next_delivery is None:
        consequence = Text(translate("You are not subscribed yet: /start"))
    else:
        when = format_next_delivery(view.next_delivery, view.subscriber.schedule, translate, view.now)
        consequence = format_text(translate("Next digest: {when}."), {"when": when})
    rows = (*_undo_rows(view, ReplyTarget.IN_PLACE), (settings_button(translate),))
    return Message(join("\n", (confirmation, consequence)), rows)


def pause_line(view: SettingsView) -> str:
    """Return until when nothing comes; empty outside a pause."""
    until = view.paused_until
    if until is None:
        return ""
    day = format_day(local_date(until, view.subscriber.schedule.zone), view.translate)
    return view.translate("⏸ Paused until {day}; it goes on by itself then").format(day=day)


def resume_button(view: SettingsView, target: ReplyTarget = ReplyTarget.IN_PLACE) -> Button:
    return button("▶️ " + view.translate("Go on now"), CommandName.PAUSE, "off", target=target)


def undo_button(view: SettingsView, target: ReplyTarget) -> Button | None:
    """Return the button that takes the change just made back; None if there was none."""
    if view.undo_id is None:
        return None
    return button("↩️ " + view.translate("Undo"), CommandName.UNDO, view.undo_id, target=target)


def undone_message(view: SettingsView) -> Message:
    """Confirm that a change was taken back, with all settings as they are again."""
    text = join("\n\n", (bold("↩️ " + view.translate("It is as before.")), overview(view)))
    return Message(text, ((settings_button(view.translate),),))


def settings_button(translate: Translator) -> Button:
    return button("⚙️ " + translate("Settings"), CommandName.SETTINGS)


def names_by_key(names: Iterable[str]) -> dict[str, str]:
    """Return category names by their keys; of several spellings the first."""
    spellings: dict[str, str] = {}
    for name in names:
        spellings.setdefault(category_key(name), name)
    return spellings


def _zone_buttons(zones: Iterable[str], view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> list[Button]:
    chosen, language = view.subscriber.schedule.zone, view.translate.language
    return [
        button(
            _checked(f"{zone_name(zone, language)} {format_clock(view.now, zone)}", on=zone == chosen),
            CommandName.TIMEZONE,
            zone,
            target=target,
        )
        for zone in zones
    ]


def _weekday_button(day: int, view: SettingsView) -> Button:
    on = bool(view.subscriber.schedule.weekdays >> day & 1)
    label = _checked(weekday_name(day, view.translate), on=on)
    return button(label, CommandName.WEEKDAYS, day, "off" if on else "on", target=ReplyTarget.IN_PLACE)


def _week_button(weekdays: int, view: SettingsView) -> Button:
    name = format_weekdays(weekdays, view.translate)
    label = _checked(name[:1].upper() + name[1:], on=view.subscriber.schedule.weekdays == weekdays)
    return button(label, CommandName.WEEKDAYS, weekdays, target=ReplyTarget.IN_PLACE)


def _category_switch(key: str, name: str, *, on: bool) -> Button:
    switch = "off" if on else "on"
    return button(_checked(name, on=on), CommandName.CHOOSE, category_id(key), switch, target=ReplyTarget.IN_PLACE)


def _chat_rows(view: SettingsView) -> Keyboard:
    """Return the buttons that a group or channel has besides, and the way back to the list of them."""
    if not view.is_elsewhere:
        return ()
    translate, here = view.translate, ReplyTarget.IN_PLACE
    has_topics = view.subscriber.chat.kind is ChatKind.SUPERGROUP
    return (
        (
            button("🔘 " + translate("Buttons"), CommandName.BUTTONS, target=here),
            *([button("🧵 " + translate("Topic"), CommandName.TOPIC, target=here)] if has_topics else []),
            button("🔒 " + translate("Privacy"), CommandName.PRIVACY, target=here),
        ),
        (button("‹ " + translate("My groups and channels"), CommandName.CHATS, target=here),),
    )


def _sound_button(view: SettingsView) -> Button:
    if view.subscriber.silent:
        return button("🔔 " + view.translate("Sound on"), CommandName.SILENT, "off", target=ReplyTarget.SETTINGS)
    return button("🔕 " + view.translate("Sound off"), CommandName.SILENT, "on", target=ReplyTarget.SETTINGS)


def _subscription_rows(view: SettingsView) -> Keyboard:
    """Return the buttons for sound, pause and subscription."""
    translate, sound, here = view.translate, _sound_button(view), ReplyTarget.SETTINGS
    if not view.subscriber.active:
        return ((sound, button("▶️ " + translate("Subscribe"), CommandName.START, target=here)),)
    pause = button("⏸ " + translate("Pause"), CommandName.PAUSE, target=ReplyTarget.SETTINGS)
    is_paused = view.paused_until is not None
    unsubscribe = button("✖️ " + translate("Unsubscribe"), CommandName.STOP, target=here)
    return ((sound, resume_button(view, here) if is_paused else pause), (unsubscribe,))


def _undo_rows(view: SettingsView, target: ReplyTarget) -> Keyboard:
    undo = undo_button(view, target)
    return () if undo is None else ((undo,),)


def _back_row(translate: Translator, target: ReplyTarget = ReplyTarget.SETTINGS) -> tuple[Button]:
    """Return the button to the screen from which this one was opened."""
    opener = CommandName.WELCOME if target is ReplyTarget.WELCOME else CommandName.SETTINGS
    return (button("‹ " + translate("Back"), opener, target=ReplyTarget.IN_PLACE),)


def layout_name(layout: Layout, translate: Translator) -> str:
    """Return a layout's name for people."""
    names = {
        Layout.HEADLINES: translate("Headlines"),
        Layout.FULL: translate("Full text"),
        Layout.RICH: translate("Rich"),
    }
    return names[layout]


def _layout_summary(view: SettingsView) -> str:
    name = layout_name(view.subscriber.preferences.layout, view.translate)
    if view.subscriber.rich_refusal is None:
        return name
    return view.translate("{layout} (Rich is not possible here)").format(layout=name)


def _mutes_summary(view: SettingsView) -> str:
    """Return how much is muted; empty if nothing is."""
    preferences = view.subscriber.preferences
    count = len(preferences.muted_words) + len(preferences.muted_categories)
    if not count:
        return ""
    return "🔇 " + view.translate.ngettext("{n} muted", "{n} muted", count).format(n=count)


def _categories_summary(view: SettingsView) -> str:
    chosen = view.subscriber.preferences.categories
    if chosen is None:
        return view.translate("All categories")
    count = len(chosen)
    summary = view.translate.ngettext("{n} category of your choice", "{n} categories of your choice", count)
    return summary.format(n=count)


def _checked(label: str, *, on: bool) -> str:
    return f"✓ {label}" if on else label
