"""Dates, times of day and spans of time, as the reader's language writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from domain.chat.i18n import LOCALES, Translator
from domain.chat.text import Style, Text, bold, date_time, format_text
from domain.edition_day import DEFAULT_SLOT, slot_of
from domain.subscription.calendar import EVERY_DAY, Schedule, local_date
from domain.subscription.next_delivery import NextDelivery

WORKDAYS = 0b0011111
WEEKEND = 0b1100000

_WEEKDAY_IS_ENOUGH = timedelta(days=6)
"""How far an instant may lie ahead that is told without its date."""


def format_next_delivery(upcoming: NextDelivery, schedule: Schedule, translate: Translator, now: datetime) -> Text:
    """Return when the next digest comes: `tomorrow (Sat) at 08:00`.

    Apps show it in the zone of their device, those that cannot in the schedule's. Of an edition that is not out yet it
    promises nothing but what becomes of it once it is.
    """
    if upcoming.is_known and upcoming.at <= now:
        return bold(translate("any moment now"))
    if upcoming.until is not None and upcoming.at <= now:
        until = date_time(format_clock(upcoming.until, schedule.zone), upcoming.until, "t").styled(Style.BOLD)
        return format_text(translate("as soon as a new edition is out, if that is before {time}"), {"time": until})
    shape = "wt" if upcoming.at - now < _WEEKDAY_IS_ENOUGH else "wDt"
    words = format_moment(upcoming.at, schedule.zone, translate, now)
    moment = date_time(words, upcoming.at, shape).styled(Style.BOLD)
    return (
        moment if upcoming.is_known else format_text(translate("{moment}, if a new edition is out"), {"moment": moment})
    )


def format_moment(at: datetime, zone: str, translate: Translator, now: datetime) -> str:
    """Return an instant by a zone's clock: `today (Fri) at 14:05`, `Sat, 13 Sep at 08:00`."""
    local, today = local_date(at, zone), local_date(now, zone)
    weekday = format_date(local, "EEE", locale=LOCALES[translate.language])
    templates = {0: translate("today ({weekday}) at {time}"), 1: translate("tomorrow ({weekday}) at {time}")}
    template = templates.get((local - today).days)
    if template is None:
        return format_date_and_time(at, zone, translate, today)
    return template.format(weekday=weekday, time=format_clock(at, zone))


def format_date_and_time(at: datetime, zone: str, translate: Translator, today: date) -> str:
    """Return an instant by a zone's clock for a text that stays: `Sat, 13 Sep at 08:00`, also if that is tomorrow."""
    day = format_day(local_date(at, zone), translate, today)
    return translate("{date} at {time}").format(date=day, time=format_clock(at, zone))


def format_clock(at: datetime, zone: str) -> str:
    """Return the time of day in a zone: `08:30`."""
    local = at.astimezone(ZoneInfo(zone))
    return format_time(local.hour * 60 + local.minute)


def format_day(day: date, translate: Translator, today: date | None = None) -> str:
    """Return a day without its year: `Sat, 13 Sep`; that of another slot's edition as `Sat, 13 Sep · evening`.

    The year stands with a day of another one than that of `today`, which is None where days can only be near.
    """
    if today is not None and day.year != today.year:
        return format_full_day(day, translate)
    return _with_slot(format_date(day, translate("EEE, d MMM"), locale=LOCALES[translate.language]), day, translate)


def format_full_day(day: date, translate: Translator) -> str:
    """Return a day with its year: `Sat, 13 Sep 2025`."""
    return _with_slot(format_date(day, translate("EEE, d MMM y"), locale=LOCALES[translate.language]), day, translate)


def format_weekday(day: date, translate: Translator) -> str:
    """Return the weekday of a day: `Saturday`."""
    return _with_slot(format_date(day, "EEEE", locale=LOCALES[translate.language]), day, translate)


def slot_name(slot: str, translate: Translator) -> str:
    """Return a slot's name for people: times of day in their language, others as the editors write them."""
    names = {
        "morning": translate("morning"),
        "noon": translate("noon"),
        "midday": translate("midday"),
        "lunch": translate("lunch"),
        "afternoon": translate("afternoon"),
        "evening": translate("evening"),
        "night": translate("night"),
    }
    return names.get(slot, slot)


def _with_slot(shown: str, day: date, translate: Translator) -> str:
    slot = slot_of(day)
    return shown if slot == DEFAULT_SLOT else f"{shown} · {slot_name(slot, translate)}"


def format_weekdays(weekdays: int, translate: Translator) -> str:
    """Return weekdays (bit 0 is Monday): `every day`, `Monday to Friday`, or their names."""
    names = {
        EVERY_DAY: translate("every day"),
        WORKDAYS: translate("Monday to Friday"),
        WEEKEND: translate("Saturday and Sunday"),
    }
    days = [weekday_name(day, translate) for day in range(7) if weekdays >> day & 1]
    return names.get(weekdays) or translate(", ").join(days)


def weekday_name(day: int, translate: Translator) -> str:
    """Return a weekday's short name; 0 is Monday."""
    monday = date(2024, 1, 1)
    return format_date(monday + timedelta(days=day), "EEE", locale=LOCALES[translate.language])


def format_time(minute: int) -> str:
    """Return minutes from midnight as a time of day: `08:30`."""
    return f"{minute // 60:02}:{minute % 60:02}"


def format_duration(seconds: float, translate: Translator) -> str:
    """Return a span of time in the largest units that say enough: `40 s`, `3 min`, `1 h 20 min`."""
    minutes, rest_seconds = divmod(round(seconds), 60)
    if not minutes:
        return translate("{n} s").format(n=max(1, rest_seconds))
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return translate("{n} min").format(n=minutes + (rest_seconds >= 30))
    return translate("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
