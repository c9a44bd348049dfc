"""The settings, as they are shown: a subscriber's wishes in, one message with its buttons out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.chat.callback_data import Place, button
from domain.chat.event import ChatKind
from domain.chat.i18n import Say
from domain.chat.message import Button, Keyboard, Message
from domain.chat.text import Text, bold, fill, join
from domain.subscription.calendar import EVERY_DAY
from domain.subscription.next_delivery import Upcoming
from domain.subscription.preferences import Form, category_id, category_key
from domain.subscription.subscriber import Subscriber
from views.dates import WORKDAYS, weekday_name, write_clock, write_time, write_upcoming, write_weekdays
from views.time_zone_names import BIG_CITIES, zone_name

LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
"""Each language by its own name, so that those who read it find it."""

_HOURS = (6, 7, 8, 9, 10, 11, 12, 18, 19, 20, 21, 22)


@dataclass(frozen=True, slots=True)
class View:
    """What a screen is drawn from. `coming` is None for those who get nothing."""

    subscriber: Subscriber
    say: Say
    now: datetime
    coming: Upcoming | None


def settings_screen(view: View) -> Message:
    """All settings on one screen."""
    say, subscriber = view.say, view.subscriber
    sound = ("🔔 " + say("Sound on"), "off") if subscriber.silent else ("🔕 " + say("Sound off"), "on")
    here = Place.HERE
    rows = (
        (button("⏰ " + say("Time"), "settings time", here), button("🌏 " + say("Time zone"), "settings zone", here)),
        (
            button("📅 " + say("Weekdays"), "settings weekdays", here),
            button("📂 " + say("Categories"), "settings categories", here),
        ),
        (button("📰 " + say("Form"), "settings form", here), button("🌐 中文 / English", "settings language", here)),
        (button(sound[0], f"silent {sound[1]}", Place.SETTINGS), _on_or_off(view)),
    )
    return Message(join("\n\n", (bold("⚙️ " + say("Settings")), overview(view))), rows)


def status_screen(view: View) -> Message:
    """The settings as a plain answer, with the way to change them."""
    say = view.say
    if not view.subscriber.active:
        text = (
            say("Not subscribed yet: no digest comes by itself.")
            if view.subscriber.joined_at is None
            else say("You are not subscribed at the moment. Your settings are kept.")
        )
        return Message(Text(text), ((button("▶️ " + say("Subscribe"), "start"), settings_button(say)),))
    return Message(overview(view), ((settings_button(say),),))


def overview(view: View) -> Text:
    """Every setting in a line."""
    say, subscriber = view.say, view.subscriber
    return join(
        "\n", (*_when(view), f"📰 {_form(subscriber.taste.form, say)}", f"📂 {_categories(view)}", _sound(view))
    )


def time_screen(view: View, place: Place = Place.SETTINGS) -> Message:
    """Times to pick from; any other can be typed, but in a channel, where only buttons are heard."""
    say = view.say
    hint = {
        ChatKind.PRIVATE: say("Another time? Just send it: 7:45"),
        ChatKind.CHANNEL: "",
    }.get(view.subscriber.chat.kind, say("Another time? Send it like this: /time 7:45"))
    text = join("\n\n", filter(None, (bold(say("When should the digest come?")), hint)))
    return Message(text, (*time_picks(view, place), back(say, place)))


def time_picks(view: View, place: Place = Place.SETTINGS) -> Keyboard:
    """The hours that most people choose, as buttons."""
    mine = view.subscriber.schedule.minute
    times = [
        button(_checked(write_time(minute), on=minute == mine), f"time {write_time(minute)}", place)
        for minute in (hour * 60 for hour in _HOURS)
    ]
    return _rows(times, 4)  # more, and a phone cuts off the ticked one


def zone_screen(view: View, place: Place = Place.SETTINGS) -> Message:
    """Zones to pick from by what their clocks show; any other can be typed."""
    say, typed = view.say, view.subscriber.chat.kind is not ChatKind.CHANNEL
    hint = say("Not in the list? Send your city or your offset: /timezone Lisbon, /timezone +5:30") if typed else ""
    text = join("\n\n", filter(None, (bold(say("What time is it where you are?")), hint)))
    return Message(text, (*_rows(zone_buttons(BIG_CITIES, view, place), 2), back(say, place)))


def zone_buttons(zones: Iterable[str], view: View, place: Place = Place.SETTINGS) -> list[Button]:
    """A button for each zone, with its time of day."""
    mine, language = view.subscriber.schedule.zone, view.say.language
    return [
        button(_checked(f"{zone_name(zone, language)} {write_clock(view.now, zone)}", on=zone == mine), line, place)
        for zone in zones
        for line in (f"timezone {zone}",)
    ]


def weekdays_screen(view: View) -> Message:
    """The seven days, each to be had or not."""
    say, mine = view.say, view.subscriber.schedule.weekdays
    days = [
        button(_checked(weekday_name(day, say), on=on), f"weekdays {day} {'off' if on else 'on'}", Place.HERE)
        for day in range(7)
        for on in (bool(mine >> day & 1),)
    ]
    known = (EVERY_DAY, WORKDAYS)
    whole = tuple(
        button(_checked(_label(write_weekdays(some, say)), on=mine == some), f"weekdays {some}", Place.HERE)
        for some in known
    )
    return Message(bold(say("On which days?")), (*_rows(days, 4), whole, back(say)))


def categories_screen(view: View, known: tuple[str, ...]) -> Message:
    """The categories of late, each to be had or not. `known` are their names as they are written."""
    say, chosen = view.say, view.subscriber.taste.categories
    if not known and not chosen:
        return Message(Text(say("No edition with categories has come out yet.")), (back(say),))
    everything = button(_checked(say("All categories"), on=chosen is None), "choose all", Place.HERE)
    picks = [
        button(_checked(name, on=on), f"choose {category_id(key)} {'off' if on else 'on'}", Place.HERE)
        for key, name in names_by_key((*known, *sorted(chosen or ()))).items()
        for on in (chosen is not None and key in chosen,)
    ]
    hint = say("You get only the categories you tick; on days without any, nothing comes.")
    text = join("\n\n", (bold(say("Which categories do you want?")), hint))
    return Message(text, ((everything,), *_rows(picks[:80], 2), back(say)))


def form_screen(view: View) -> Message:
    """How much of a digest is open when it comes."""
    say, mine = view.say, view.subscriber.taste.form
    about = (
        say("Headlines: one line per item; details unfold with a tap."),
        say("Full text: everything open, to read from top to bottom."),
    )
    picks = tuple(
        button(_checked(_form(form, say), on=form is mine), f"form {form.value}", Place.SETTINGS) for form in Form
    )
    text = join("\n\n", (bold(say("Which form do you prefer?")), "\n".join(about)))
    return Message(text, (picks, back(say)))


def language_screen(view: View) -> Message:
    """The languages, each by its own name."""
    say = view.say
    picks = tuple(
        button(_checked(name, on=code == say.language), f"language {code}", Place.SETTINGS)
        for code, name in LANGUAGE_NAMES.items()
    )
    return Message(bold(say("Which language do you prefer?")), (picks, back(say)))


def settings_button(say: Say, place: Place = Place.BELOW) -> Button:
    return button("⚙️ " + say("Settings"), "settings", place)


def back(say: Say, place: Place = Place.SETTINGS) -> tuple[Button]:
    """The way back to where a screen was opened from."""
    return (button("‹ " + say("Back"), "welcome" if place is Place.WELCOME else "settings", Place.HERE),)


def names_by_key(names: Iterable[str]) -> dict[str, str]:
    """Names by what they are compared by, the first way of writing each."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(category_key(name), name)
    return found


def _when(view: View) -> tuple[Text | str, ...]:
    say, subscriber = view.say, view.subscriber
    schedule = subscriber.schedule
    place = say("🌏 {zone}, where it is {time} now").format(
        zone=zone_name(schedule.zone, say.language), time=write_clock(view.now, schedule.zone)
    )
    if view.coming is None:
        return (say("⏸ Not subscribed: nothing comes"), place)
    often = say("✅ Subscribed: {weekdays} at {time}").format(
        weekdays=write_weekdays(schedule.weekdays, say), time=write_time(schedule.minute)
    )
    coming = bold(write_upcoming(view.coming, schedule, say, view.now))
    return (often, place, fill(say("📬 Next digest: {when}"), {"when": coming}))


def _form(form: Form, say: Say) -> str:
    return {Form.HEADLINES: say("Headlines"), Form.FULL: say("Full text")}[form]


def _categories(view: View) -> str:
    chosen = view.subscriber.taste.categories
    if chosen is None:
        return view.say("All categories")
    return view.say.many("{n} category of your choice", "{n} categories of your choice", len(chosen)).format(
        n=len(chosen)
    )


def _sound(view: View) -> str:
    return "🔕 " + view.say("Without sound") if view.subscriber.silent else "🔔 " + view.say("With sound")


def _on_or_off(view: View) -> Button:
    if view.subscriber.active:
        return button("⏸ " + view.say("Unsubscribe"), "stop", Place.SETTINGS)
    return button("▶️ " + view.say("Subscribe"), "start", Place.SETTINGS)


def _label(words: str) -> str:
    """Words that stand within a sentence elsewhere, at the beginning of a button."""
    return words[:1].upper() + words[1:]


def _checked(label: str, *, on: bool) -> str:
    return f"✓ {label}" if on else label


def _rows(buttons: list[Button], width: int) -> Keyboard:
    return tuple(tuple(buttons[at : at + width]) for at in range(0, len(buttons), width))
