"""A shared place becomes a time zone, if the person agrees; the place itself is kept nowhere."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

import pytest
import structlog
import tzfpy
from sqlalchemy import select

from domain.chat.event import Coordinates, TextMessage
from storage.schema import metadata
from tests.handlers.dialogue import NOON, TIME_ZONES, Bot, Voice, private

TODAY = date(2025, 9, 12)
TOKYO = {"latitude": 35.678912, "longitude": 139.701234}
CAFE = {"location": TOKYO, "venue": {"location": TOKYO, "title": "Café", "address": "1-2-3"}}


async def subscribed(bot: Bot, language: str = "en") -> Voice:
    await bot.publish(TODAY)
    me = private(bot, language=language)
    await me.say("/start")
    return me


@pytest.mark.parametrize("shared", [{"location": TOKYO}, CAFE], ids=["location", "venue"])
async def test_shared_place_is_proposed_confirmed_and_undone(bot: Bot, shared: dict[str, Any]) -> None:
    me = await subscribed(bot)
    before = await me.row()
    asked = await me.sends(**shared)
    assert asked.text.startswith("Tokyo: it is 15:05 there now. Make it your time zone?")
    assert asked.labels == ["✓ Yes", "No"]
    await me.press("No")
    assert await me.row() == before
    await me.sends(**shared)
    assert (await me.press("✓ Yes")).edited
    assert (await me.row()).schedule.zone == "Asia/Tokyo"
    await me.press("↩️")
    assert await me.row() == before
    assert (await me.sends(location={"latitude": 31.2, "longitude": 121.5})).labels == ["⚙️ Settings"], "it is so"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
async def test_place_with_several_zones_is_asked_about(bot: Bot, language: str) -> None:
    me = await subscribed(bot, language)
    asked = await me.sends(location={"latitude": 43.8, "longitude": 87.6})
    assert [label.split()[-1] for label in asked.labels[:-1]] == ["14:05", "12:05"]
    await me.press("12:05")
    assert (await me.row()).schedule.zone == "Asia/Urumqi"


@pytest.mark.parametrize(("language", "asked"), [("en", "UTC−2: it is 04:05 there"), ("zh-hans", "UTC−2，现在 04:05")])
async def test_place_at_sea_is_called_by_its_offset(bot: Bot, language: str, asked: str) -> None:
    """The id of its zone, Etc/GMT+2, has the opposite sign."""
    me = await subscribed(bot, language)
    assert (await me.sends(location={"latitude": 0, "longitude": -30})).text.startswith(asked)
    assert "UTC−2" in (await me.press("✓")).text
    assert "UTC−2" in (await me.sends(location={"latitude": 0, "longitude": -30})).text, "it is so already"


async def test_place_at_sea_has_an_offset(bot: Bot) -> None:
    me = await subscribed(bot)
    await me.sends(location={"latitude": -40, "longitude": -120})
    await me.press("✓ Yes")
    assert (await me.row()).schedule.zone == "Etc/GMT+8"


async def test_place_where_nobody_is_leads_to_the_choice_of_zones(bot: Bot) -> None:
    me = await subscribed(bot)
    asked = await me.does(TextMessage(me.origin(), "", location=Coordinates(999, 999)))
    assert "What time is it where you are?" in asked.text


async def test_coordinates_are_neither_stored_nor_logged(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    me = await subscribed(bot)
    shared = TextMessage(me.origin(), "", location=Coordinates(**TOKYO))
    with structlog.testing.capture_logs() as logs:
        await me.does(shared)
        await me.press("✓ Yes")
        monkeypatch.setattr("handlers.event_requests.Intent", None)
        assert "went wrong" in (await me.sends(location=TOKYO)).text
    async with bot.database.read() as tx:
        rows = [tuple(row) for table in metadata.sorted_tables for row in await tx.execute(select(table))]
    assert (await me.row()).schedule.zone == "Asia/Tokyo"
    assert len(logs) == 1
    for kept in (repr(rows), repr(logs), repr(shared)):
        assert "35.67" not in kept
        assert "139.70" not in kept


def test_every_zone_of_the_map_is_known() -> None:
    assert [zone for zone in tzfpy.timezonenames() if TIME_ZONES.find(zone, NOON).zone is None] == []


def test_map_is_not_loaded_at_start() -> None:
    program = "import sys, bot.app, handlers.dispatcher; sys.exit('tzfpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
