"""An admin lets broadcasts go out later, on a phone in both languages: at an instant, in mornings, after quiet hours.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from emulator.client import EmulatedUser, EmulatorClient
from tests.demo.test_demo import PATIENCE, see
from tests.demo.walking import READERS, Walk, admin_and_reader, in_each_language

SHANGHAI = ZoneInfo("Asia/Shanghai")
CARD = "For {recipients}"
GOES_OUT = "🕗 Goes out {when}"
TIMES = "In each one's morning: at the time of their digest."

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "never": "明天编辑部休息",
        "tonight": "今晚的直播开始了",
        "morning": "早安，今天有两期",
        "night": "夜里写的一句话",
    },
    "en": {
        "never": "Tomorrow the office is closed",
        "tonight": "Tonight's live show begins",
        "morning": "Good morning, there are two editions today",
        "night": "A word written at night",
    },
}


@pytest.mark.browser
@pytest.mark.slow
@in_each_language
async def test_admin_schedules_changes_and_cancels(language: str) -> None:
    words = WORDS[language]
    async with admin_and_reader(language, "scheduling") as (emulator, admin, reader):
        await _cancel_one(admin, words)
        await _send_one_at_an_instant(admin, reader, emulator, words)
        await _send_one_in_mornings(admin, reader, emulator, words)
        await _wait_for_the_end_of_quiet_hours(admin, reader, emulator, words)
        assert await reader.page.locator("article", has_text=words["never"]).count() == 0


async def _set_clock(emulator: EmulatorClient, *, days: int, hour: int, minute: int = 0) -> None:
    """Set the clock to a time of Shanghai, on the same day or a later one."""
    day = (await emulator.clock()).astimezone(SHANGHAI) + timedelta(days=days)
    await emulator.set_clock(day.replace(hour=hour, minute=minute, second=1))


async def _choose_time(admin: Walk, text: str) -> None:
    """Compose a text and open the screen of its times."""
    await admin.say(f"/broadcast {text}", CARD, text)
    await admin.press("🕗 " + admin.words("When"), TIMES)


async def _send(admin: Walk, text: str, label: str = "Schedule for free") -> None:
    """Let the card of a text be sent when its time has come; it shows when that is."""
    await admin.press(label, under=text)
    await see(admin.key("Change", under=text))
    await admin.see(GOES_OUT, text)


async def _cancel_one(admin: Walk, words: Mapping[str, str]) -> None:
    """Schedule one for tomorrow, look through what is scheduled, and cancel it there."""
    await _choose_time(admin, words["never"])
    await admin.keep("01-when")
    await admin.press("Tomorrow 08:00", TIMES)
    await admin.press("Back", CARD, GOES_OUT)
    await admin.keep("02-card")
    await _send(admin, words["never"])
    await admin.keep("03-scheduled")
    await admin.say("/broadcast", GOES_OUT, words["never"])
    await admin.keep("04-listed")
    await admin.press("🛑 " + admin.words("Cancel"), "Cancelled", words["never"])
    await admin.keep("05-cancelled")


async def _send_one_at_an_instant(
    admin: Walk, reader: Walk, emulator: EmulatorClient, words: Mapping[str, str]
) -> None:
    """Type the time, after one that is past; change it from the list, and let it go out at that instant."""
    await _choose_time(admin, words["tonight"])
    await admin.press("Another time", "When? Write it by your clock: 20:30, or with the day: 11-28 09:00")
    await admin.say("2026-11-20 9:00", "I cannot read this as a time to come. Like this: 20:30, or 11-28 09:00")
    await admin.keep("06-past")
    await admin.say("21:00", CARD, GOES_OUT, words["tonight"])
    await _send(admin, words["tonight"])
    await admin.say("/broadcast", GOES_OUT, words["tonight"])
    await admin.press("Change", CARD, GOES_OUT, words["tonight"])
    await admin.press("🕗 " + admin.words("When"), TIMES)
    await admin.press("Another time", "When? Write it by your clock: 20:30, or with the day: 11-28 09:00")
    await admin.say("21:30", CARD, GOES_OUT, words["tonight"])
    await _send(admin, words["tonight"])
    await admin.keep("07-changed")
    await _set_clock(emulator, days=0, hour=21, minute=10)
    await admin.say("/broadcast", GOES_OUT, words["tonight"])
    assert await reader.page.locator("article", has_text=words["tonight"]).count() == 0
    await _set_clock(emulator, days=0, hour=21, minute=30)
    await reader.see(words["tonight"])
    await see(admin.key("Recall…", under=words["tonight"]))
    await admin.keep("08-sent")


async def _send_one_in_mornings(admin: Walk, reader: Walk, emulator: EmulatorClient, words: Mapping[str, str]) -> None:
    """Let one go out in each one's morning; paused between two mornings, it goes on as it is resumed."""
    (late,) = set(READERS.values()) - {READERS[reader.translate.language]}
    riser = EmulatedUser(emulator, late, await emulator.last_log_seq())
    await riser.send("/start")
    await riser.next_message(timeout=PATIENCE)
    await riser.send("/time 09:30")
    await riser.next_message(timeout=PATIENCE)
    await _choose_time(admin, words["morning"])
    await admin.press(admin.words("In each one's morning"), "in each one's morning", TIMES)
    await admin.press("Back", CARD, GOES_OUT, "in each one's morning")
    await _send(admin, words["morning"])
    await _set_clock(emulator, days=1, hour=8)
    await reader.see(words["morning"])
    await reader.keep("1-morning")
    await admin.see(words["morning"], "1")
    await admin.press("⏸ " + admin.words("Pause"), "Paused", words["morning"], under=words["morning"])
    await admin.keep("09-paused")
    await admin.press("▶️ " + admin.words("Resume"), under=words["morning"])
    await see(admin.key("⏸ " + admin.words("Pause"), under=words["morning"]))
    await admin.keep("10-between-mornings")
    await _set_clock(emulator, days=0, hour=9, minute=30)
    await riser.next_message(lambda message: words["morning"] in message.text, timeout=PATIENCE)
    await see(admin.key("Recall…", under=words["morning"]))


async def _wait_for_the_end_of_quiet_hours(
    admin: Walk, reader: Walk, emulator: EmulatorClient, words: Mapping[str, str]
) -> None:
    """Set quiet hours; what is sent at night arrives at their end."""
    await _set_clock(emulator, days=0, hour=23)
    await _choose_time(admin, words["night"])
    await admin.press("🌙", TIMES)
    await expect(admin.key("🌙")).to_contain_text("22:00–08:00", timeout=PATIENCE * 1000)
    await admin.keep("11-quiet-hours")
    await admin.press("Back", CARD, words["night"])
    await _send(admin, words["night"], "Send for free")
    await admin.keep("12-at-night")
    assert await reader.page.locator("article", has_text=words["night"]).count() == 0
    await _set_clock(emulator, days=1, hour=8)
    await reader.see(words["night"])
