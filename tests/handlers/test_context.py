"""What handlers work with: editions read once, and what a new chat begins with."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.chat.event import User
from domain.subscription.calendar import Schedule
from domain.subscription.preferences import ContentPreferences
from handlers.context import PublishedEditions, Services
from tests.handlers.dialogue import NOON, TEXTS, TIME_ZONES, Bot

TODAY = date(2025, 9, 12)
YESTERDAY = TODAY - timedelta(days=1)


async def test_each_edition_is_read_once(bot: Bot) -> None:
    """Whichever way it is asked for; editions that do not exist are not asked for twice either."""
    await bot.publish(TODAY, YESTERDAY)
    async with bot.database.read() as tx:
        editions = PublishedEditions(tx, NOON)
        newest = await editions.newest()
        assert newest is not None
        assert newest.date == TODAY
        assert await editions.newest() is newest
        assert await editions.of_day(TODAY) is newest
        before = await editions.of_day(YESTERDAY)
        assert before is not None
        assert before.date == YESTERDAY
        assert await editions.of_day(YESTERDAY) is before
        assert await editions.of_day(date(2020, 1, 1)) is None


async def test_edition_of_the_future_is_not_shown(bot: Bot) -> None:
    await bot.publish(TODAY)
    async with bot.database.read() as tx:
        editions = PublishedEditions(tx, NOON - timedelta(days=1))
        assert await editions.newest() is None
        assert await editions.of_day(TODAY) is None


@pytest.mark.parametrize(
    ("tag", "zone", "language"),
    [
        ("", "Asia/Shanghai", "zh"),
        ("en-GB", "Europe/London", "en"),
        ("fr", "Europe/Paris", "en"),
        ("zh", "Asia/Shanghai", "zh"),
    ],
)
def test_new_chat_begins_with_what_the_app_s_language_tells(tag: str, zone: str, language: str) -> None:
    services = Services(
        translations=TEXTS,
        time_zones=TIME_ZONES,
        owners=frozenset(),
        default_schedule=Schedule("Asia/Shanghai", 495, 0b11111),
    )
    schedule, preferences = services.initial_settings(User(7, "Ann", tag))
    assert (schedule, preferences) == (Schedule(zone, 495, 0b11111), ContentPreferences(language=language))
