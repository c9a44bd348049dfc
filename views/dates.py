"""When the next digest comes: a schedule and the newest edition in; the moment, and its words for people, out."""

from __future__ import annotations

from domain.subscription.next_delivery import Upcoming

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from domain.chat.i18n import Say
from domain.subscription.calendar import EVERY_DAY, Schedule
from domain.subscription.next_delivery import Upcoming
from views.time_zone_names import LOCALES

WORKDAYS = 0b0011111
WEEKEND = 0b1100000


def write_upcoming(coming: Upcoming, schedule: Schedule, say: Say, now: datetime) -> str:
    """`tomorrow (Sat) at 08:00`, in the schedule's own zone."""
    if coming.until is not None:
        until = write_clock(coming.until, schedule.zone)
        return say("as soon as today's edition is out, by {time} at the latest").format(time=until)
    return write_moment(coming.at, schedule.zone, say, now)


def write_moment(at: datetime, zone: str, say: Say, now: datetime) -> str:
    """A moment by a zone's clock: today's and tomorrow's called so, others by weekday and date."""
    local, today = at.astimezone(ZoneInfo(zone)).date(), now.astimezone(ZoneInfo(zone)).date()
    weekday = format_date(local, "EEE", locale=LOCALES[say.language])
    named = {0: say("today ({weekday}) at {time}"), 1: say("tomorrow ({weekday}) at {time}")}
    template = named.get((local - today).days, say("{date} at {time}"))
    return template.format(weekday=weekday, date=write_day(local, say), time=write_clock(at, zone))


def write_clock(at: datetime, zone: str) -> str:
    """A moment as `08:30` by a zone's clock."""
    local = at.astimezone(ZoneInfo(zone))
    return write_time(local.hour * 60 + local.minute)


def write_day(day: date, say: Say) -> str:
    """`Sat, 13 Sep`, as the language writes it."""
    return format_date(day, say("EEE, d MMM"), locale=LOCALES[say.language])


def write_weekdays(weekdays: int, say: Say) -> str:
    """`every day`, `Monday to Friday`, or the days by name."""
    known = {EVERY_DAY: say("every day"), WORKDAYS: say("Monday to Friday"), WEEKEND: say("Saturday and Sunday")}
    days = [weekday_name(day, say) for day in range(7) if weekdays >> day & 1]
    return known.get(weekdays) or say(", ").join(days)


def weekday_name(day: int, say: Say) -> str:
    """A weekday's short name; 0 is Monday."""
    monday = date(2024, 1, 1)
    return format_date(monday + timedelta(days=day), "EEE", locale=LOCALES[say.language])


def write_time(minute: int) -> str:
    """Minutes from midnight as `08:30`."""
    return f"{minute // 60:02}:{minute % 60:02}"
