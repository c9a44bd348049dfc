"""The settings, as they are shown: a subscriber's wishes in, one message with its buttons out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import ChatKind
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message
from domain.chat.text import Text, bold, format_text, join
from domain.subscription.calendar import EVERY_DAY
from domain.subscription.next_delivery import NextDelivery
from domain.subscription.preferences import Layout, category_id, category_key
from domain.subscription.subscriber import Subscriber
from views.dates import WORKDAYS, format_clock, format_next_delivery, format_time, format_weekdays, weekday_name
from views.time_zone_names import BIG_CITIES, zone_name

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
"""Each language by its own name, so that those who read it find it."""

_HOURS = (6, 7, 8, 9, 10, 11, 12, 18, 19, 20, 21, 22)


@dataclass(frozen=True, slots=True)
class SettingsView:
    """What a screen is drawn from. `coming` is None for those who get nothing."""

    subscriber: Subscriber
    translate: Translator
    now: datetime
    next_delivery: NextDelivery | None


def settings_screen(view: SettingsView) -> Message:
    """All settings on one screen."""
    translate, subscriber = view.translate, view.subscriber
    sound = ("🔔 " + translate("Sound on"), "off") if subscriber.silent else ("🔕 " + translate("Sound off"), "on")
    here = ReplyTarget.IN_PLACE
    rows = (
        (
            button("⏰ " + translate("Time"), CommandName.SETTINGS, "time", target=here),
            button("🌏 " + translate("Time zone"), CommandName.SETTINGS, "zone", target=here),
        ),
        (
            button("📅 " + translate("Weekdays"), CommandName.SETTINGS, "weekdays", target=here),
            button("📂 " + translate("Categories"), CommandName.SETTINGS, "categories", target=here),
        ),
        (
            button("📰 " + translate("Layout"), CommandName.SETTINGS, "layout", target=here),
            button("🌐 中文 / English", CommandName.SETTINGS, "language", target=here),
        ),
        (button(sound[0], CommandName.SILENT, sound[1], target=ReplyTarget.SETTINGS), _on_or_off(view)),
    )
    return Message(join("\n\n", (bold("⚙️ " + translate("Settings")), overview(view))), rows)


def status_screen(view: SettingsView) -> Message:
    """The settings as a plain answer, with the way to change them."""
    translate = view.translate
    if not view.subscriber.active:
        text = (
            translate("Not subscribed yet: no digest comes by itself.")
            if view.subscriber.joined_at is None
            else translate("You are not subscribed at the moment. Your settings are kept.")
        )
        return Message(
            Text(text), ((button("▶️ " + translate("Subscribe"), CommandName.START), settings_button(translate)),)
        )
    return Message(overview(view), ((settings_button(translate),),))


def overview(view: SettingsView) -> Text:
    """Every setting in a line."""
    translate, subscriber = view.translate, view.subscriber
    return join(
        "\n",
        (
            *_when(view),
            f"📰 {_layout_name(subscriber.preferences.layout, translate)}",
            f"📂 {_categories(view)}",
            _sound(view),
        ),
    )


def time_screen(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Message:
    """Times to pick from; any other can be typed, but in a channel, where only buttons are heard."""
    translate = view.translate
    hint = {
        ChatKind.PRIVATE: translate("Another time? Just send it: 7:45"),
        ChatKind.CHANNEL: "",
    }.get(view.subscriber.chat.kind, translate("Another time? Send it like this: /time 7:45"))
    text = join("\n\n", filter(None, (bold(translate("When should the digest come?")), hint)))
    return Message(text, (*time_picks(view, target), back(translate, target)))


def time_picks(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Keyboard:
    """The hours that most people choose, as buttons."""
    mine = view.subscriber.schedule.minute_of_day
    times = [
        button(_checked(format_time(minute), on=minute == mine), CommandName.TIME, format_time(minute), target=target)
        for minute in (hour * 60 for hour in _HOURS)
    ]
    return _rows(times, 4)  # more, and a phone cuts off the ticked one


def zone_screen(view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> Message:
    """Zones to pick from by what their clocks show; any other can be typed."""
    translate, typed = view.translate, view.subscriber.chat.kind is not ChatKind.CHANNEL
    hint = (
        translate("Not in the list? Send your city or your offset: /timezone Lisbon, /timezone +5:30") if typed else ""
    )
    text = join("\n\n", filter(None, (bold(translate("What time is it where you are?")), hint)))
    return Message(text, (*_rows(zone_buttons(BIG_CITIES, view, target), 2), back(translate, target)))


def zone_buttons(zones: Iterable[str], view: SettingsView, target: ReplyTarget = ReplyTarget.SETTINGS) -> list[Button]:
    """A button for each zone, with its time of day."""
    mine, language = view.subscriber.schedule.zone, view.translate.language
    return [
        button(
            _checked(f"{zone_name(zone, language)} {format_clock(view.now, zone)}", on=zone == mine),
            CommandName.TIMEZONE,
            zone,
            target=target,
        )
        for zone in zones
    ]


def weekdays_screen(view: SettingsView) -> Message:
    """The seven days, each to be had or not."""
    translate, mine = view.translate, view.subscriber.schedule.weekdays
    days = [
        button(
            _checked(weekday_name(day, translate), on=on),
            CommandName.WEEKDAYS,
            day,
            "off" if on else "on",
            target=ReplyTarget.IN_PLACE,
        )
        for day in range(7)
        for on in (bool(mine >> day & 1),)
    ]
    known = (EVERY_DAY, WORKDAYS)
    whole = tuple(
        button(
            _checked(_label(format_weekdays(some, translate)), on=mine == some),
            CommandName.WEEKDAYS,
            some,
            target=ReplyTarget.IN_PLACE,
        )
        for some in known
    )
    return Message(bold(translate("On which days?")), (*_rows(days, 4), whole, back(translate)))


def categories_screen(view: SettingsView, known: tuple[str, ...]) -> Message:
    """The categories of late, each to be had or not. `known` are their names as they are written."""
    translate, chosen = view.translate, view.subscriber.preferences.categories
    if not known and not chosen:
        return Message(Text(translate("No edition with categories has come out yet.")), (back(translate),))
    everything = button(
        _checked(translate("All categories"), on=chosen is None), CommandName.CHOOSE, "all", target=ReplyTarget.IN_PLACE
    )
    picks = [
        button(
            _checked(name, on=on),
            CommandName.CHOOSE,
            category_id(key),
            "off" if on else "on",
            target=ReplyTarget.IN_PLACE,
        )
        for key, name in names_by_key((*known, *sorted(chosen or ()))).items()
        for on in (chosen is not None and key in chosen,)
    ]
    hint = translate("You get only the categories you tick; on days without any, nothing comes.")
    text = join("\n\n", (bold(translate("Which categories do you want?")), hint))
    return Message(text, ((everything,), *_rows(picks[:80], 2), back(translate)))


def layout_screen(view: SettingsView) -> Message:
    """How much of a digest is open when it comes."""
    translate, mine = view.translate, view.subscriber.preferences.layout
    about = (
        translate("Headlines: one line per item; details unfold with a tap."),
        translate("Full text: everything open, to read from top to bottom."),
    )
    picks = tuple(
        button(
            _checked(_layout_name(layout, translate), on=layout is mine),
            CommandName.LAYOUT,
            layout.value,
            target=ReplyTarget.SETTINGS,
        )
        for layout in Layout
    )
    text = join("\n\n", (bold(translate("Which layout do you prefer?")), "\n".join(about)))
    return Message(text, (picks, back(translate)))


def language_screen(view: SettingsView) -> Message:
    """The languages, each by its own name."""
    translate = view.translate
    picks = tuple(
        button(_checked(name, on=code == translate.language), CommandName.LANGUAGE, code, target=ReplyTarget.SETTINGS)
        for code, name in LANGUAGE_NAMES.items()
    )
    return Message(bold(translate("Which language do you prefer?")), (picks, back(translate)))


def settings_button(translate: Translator, target: ReplyTarget = ReplyTarget.NEW_MESSAGE) -> Button:
    return button("⚙️ " + translate("Settings"), CommandName.SETTINGS, target=target)


def back(translate: Translator, target: ReplyTarget = ReplyTarget.SETTINGS) -> tuple[Button]:
    """The way back to where a screen was opened from."""
    return (
        button(
            "‹ " + translate("Back"),
            CommandName.WELCOME if target is ReplyTarget.WELCOME else CommandName.SETTINGS,
            target=ReplyTarget.IN_PLACE,
        ),
    )


def names_by_key(names: Iterable[str]) -> dict[str, str]:
    """Names by what they are compared by, the first way of writing each."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(category_key(name), name)
    return found


def _when(view: SettingsView) -> tuple[Text | str, ...]:
    translate, subscriber = view.translate, view.subscriber
    schedule = subscriber.schedule
    place = translate("🌏 {zone}, where it is {time} now").format(
        zone=zone_name(schedule.zone, translate.language), time=format_clock(view.now, schedule.zone)
    )
    if view.next_delivery is None:
        return (translate("⏸ Not subscribed: nothing comes"), place)
    often = translate("✅ Subscribed: {weekdays} at {time}").format(
        weekdays=format_weekdays(schedule.weekdays, translate), time=format_time(schedule.minute_of_day)
    )
    coming = bold(format_next_delivery(view.next_delivery, schedule, translate, view.now))
    return (often, place, format_text(translate("📬 Next digest: {when}"), {"when": coming}))


def _layout_name(layout: Layout, translate: Translator) -> str:
    return {Layout.HEADLINES: translate("Headlines"), Layout.FULL: translate("Full text")}[layout]


def _categories(view: SettingsView) -> str:
    chosen = view.subscriber.preferences.categories
    if chosen is None:
        return view.translate("All categories")
    return view.translate.ngettext("{n} category of your choice", "{n} categories of your choice", len(chosen)).format(
        n=len(chosen)
    )


def _sound(view: SettingsView) -> str:
    return "🔕 " + view.translate("Without sound") if view.subscriber.silent else "🔔 " + view.translate("With sound")


def _on_or_off(view: SettingsView) -> Button:
    if view.subscriber.active:
        return button("⏸ " + view.translate("Unsubscribe"), CommandName.STOP, target=ReplyTarget.SETTINGS)
    return button("▶️ " + view.translate("Subscribe"), CommandName.START, target=ReplyTarget.SETTINGS)


def _label(words: str) -> str:
    """Words that stand within a sentence elsewhere, at the beginning of a button."""
    return words[:1].upper() + words[1:]


def _checked(label: str, *, on: bool) -> str:
    return f"✓ {label}" if on else label


def _rows(buttons: list[Button], width: int) -> Keyboard:
    return tuple(tuple(buttons[at : at + width]) for at in range(0, len(buttons), width))
