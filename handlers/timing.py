"""When a broadcast goes out: the screen of its times, what an admin types, and the quiet hours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.audit import AuditAction
from domain.delivery.broadcast import Broadcast
from domain.delivery.broadcast_time import BroadcastTime, QuietHours
from domain.subscription.calendar import instant
from handlers.audit import record
from handlers.context import Context
from handlers.input.dates import parse_future_date
from handlers.input.times import parse_time
from storage import kv

QUIET_HOURS = "quiet_hours"
"""Name of the stored quiet hours of broadcasts: `1320 480`."""

OFFERED_QUIET_HOURS = (QuietHours(22 * 60, 8 * 60), QuietHours(23 * 60, 7 * 60), QuietHours(21 * 60, 9 * 60))
MAX_DAYS_AHEAD = 366
_NEAR_DAYS = 183
"""How far ahead a day of the next year may be written without its year; one further ahead is rather past."""

_DATED = re.compile(r"(?:(?P<year>\d{4})[-./年])?(?P<month>\d{1,2})[-./月](?P<day>\d{1,2})日?\s+(?P<time>.+)")

_MAX_INSTANT_CHARACTERS = 60
_BETWEEN = re.compile(r"^[\s,，]*(?:(?:at|on)\s+)?|(?:\s+(?:at|on))?[\s,，]*$", re.IGNORECASE)
"""What may stand around a day or a time where both are named."""

_PART_OF_DAY = re.compile(r"^([今明后後])([早晚])(?!上)")
"""`明早`, which is `明天早上`."""


async def quiet_hours(context: Context) -> QuietHours | None:
    """Return the quiet hours of the bot's broadcasts."""
    stored = await kv.get(context.tx, QUIET_HOURS)
    return None if not stored else QuietHours(*map(int, stored.split()))


async def with_quiet_hours(chosen: BroadcastTime, context: Context) -> BroadcastTime:
    """Return a chosen time with the quiet hours that hold for it: none in mornings, which all chose themselves."""
    return chosen if chosen.in_mornings else replace(chosen, quiet_hours=await quiet_hours(context))


async def turn_quiet_hours(context: Context) -> None:
    """Choose the next of the offered quiet hours; after the last one there are none."""
    offered = [None, *OFFERED_QUIET_HOURS]
    current = await quiet_hours(context)
    position = offered.index(current) if current in offered else 0
    chosen = offered[(position + 1) % len(offered)]
    stored = "" if chosen is None else f"{chosen.start} {chosen.end}"
    await kv.put(context.tx, QUIET_HOURS, stored)
    await record(context, AuditAction.QUIET_HOURS, detail=stored)


def chosen_time(words: str, broadcast: Broadcast, context: Context) -> Broadcast | None:
    """Return the broadcast with the time of a button; None for an unknown one."""
    match words:
        case "now":
            chosen = BroadcastTime()
        case "mornings":
            chosen = BroadcastTime(in_mornings=True)
        case "hour":
            chosen = BroadcastTime(at=context.now + timedelta(hours=1))
        case "tonight":
            tonight = tonight_at(context)
            chosen = broadcast.time if tonight is None else BroadcastTime(at=tonight)
        case "tomorrow":
            chosen = BroadcastTime(at=_tomorrow_at(context))
        case _:
            return None
    return replace(broadcast, time=chosen)


def tonight_at(context: Context) -> datetime | None:
    """Return the instant of the button *Tonight 20:00* by the admin's clock; None once it is past."""
    zone = ZoneInfo(context.subscriber.schedule.zone)
    at = instant(context.now.astimezone(zone).date(), time(20), zone)
    return at if at is not None and at > context.now else None


def _tomorrow_at(context: Context) -> datetime:
    """Return 08:00 of the next day that the admin's zone has."""
    zone = ZoneInfo(context.subscriber.schedule.zone)
    today = context.now.astimezone(zone).date()
    instants = (instant(today + timedelta(days=days), time(8), zone) for days in (1, 2))
    return next(at for at in instants if at is not None)


def parse_instant(text: str, context: Context) -> datetime | None:
    """Return the instant that an admin types, by their own clock; None if it is none or past.

    It may be `20:30`, `11-28 9:00`, `tomorrow 12:30`, `Friday at 8am` or `明天中午12点半`.
    A time of day alone is its next one; a day without its year is of this year, or of the next one if that is near.
    """
    zone = ZoneInfo(context.subscriber.schedule.zone)
    today = context.now.astimezone(zone).date()
    dated = _DATED.fullmatch(text.strip())
    minute = parse_time(dated["time"] if dated else text.strip())
    days = _named_days(dated, today) if dated else [today, today + timedelta(days=1)]
    if minute is None:
        named = _day_and_time(text, today)
        if named is None:
            return None
        days, minute = [named[0]], named[1]
    at = time(minute // 60, minute % 60)
    instants = [found for each in days if (found := instant(each, at, zone)) is not None and found > context.now]
    latest = context.now + timedelta(days=MAX_DAYS_AHEAD)
    return instants[0] if instants and instants[0] <= latest else None


def _day_and_time(text: str, today: date) -> tuple[date, int] | None:
    """Return the day and the minute that a text names, in either order; None if it may mean several or none."""
    if len(text) > _MAX_INSTANT_CHARACTERS:
        return None
    text = _PART_OF_DAY.sub(r"\1天\2上", text.strip())
    found = set[tuple[date, int]]()
    for at in range(1, len(text)):
        if _is_within_word(text[at - 1], text[at]):
            continue
        first, second = (_BETWEEN.sub("", part) for part in (text[:at], text[at:]))
        for day_words, time_words in ((first, second), (second, first)):
            day, minute = parse_future_date(day_words, today), parse_time(time_words)
            if day is not None and minute is not None:
                found.add((day, minute))
    return found.pop() if len(found) == 1 else None


def _is_within_word(before: str, after: str) -> bool:
    return before.isascii() and after.isascii() and before.isalnum() and after.isalnum()


def _named_days(dated: re.Match[str], today: date) -> list[date]:
    """Return the days that a date may mean: without a year, this year's, and the next one's if that is near."""
    years = (int(dated["year"]),) if dated["year"] else (today.year, today.year + 1)
    days = _days_of(years, int(dated["month"]), int(dated["day"]))
    latest = today + timedelta(days=_NEAR_DAYS)
    return [each for each in days if dated["year"] or each.year == today.year or each <= latest]


def _days_of(years: Iterable[int], month: int, day: int) -> list[date]:
    """Return the day in each of the years that have it."""
    days = []
    for year in years:
        with suppress(ValueError):
            days.append(date(year, month, day))
    return days
