"""A newcomer at the page on a phone, in both languages: from the empty chat to the recap after a pause.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

from datetime import date

import pytest
from playwright.async_api import expect

from emulator.client import EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import ADMIN, PATIENCE, XIAOYU, demo, see
from tests.demo.walking import Walk, in_each_language, morning, walk

ALEX = 1002
NAMES = {"zh": "小雨", "en": "Alex"}
READERS = {"zh": XIAOYU, "en": ALEX}
FIRST_MORNING, SUNDAY = date(2026, 11, 24), date(2026, 11, 29)
IN_THE_PAUSE, AFTER_IT = date(2026, 12, 1), date(2026, 12, 7)
NEWSPAPER = "2026.11.23 全球AI新闻速递"
EDITION = """---
title: {title}
date: {day}
---

1. [{headline}](https://news.example.org/{day}/1)

    雾散得比预报早。 #应用落地

2. [图书馆延长开放](https://news.example.org/{day}/2)

    考试周每晚开到十一点。 #应用落地

3. [地铁加开末班车](https://news.example.org/{day}/3)

    周五和周六各晚半小时。 #应用落地
"""
SENTENCES = {
    "zh": ("我在新加坡", "改成7点", "周末不要发", "只看应用落地", "撤销", "每周日发个总结"),
    "en": ("I am in Singapore", "make it 7am", "not on weekends", "only 应用落地", "undo", "a recap every Sunday"),
}
PAUSE = {"zh": "暂停一周", "en": "pause one week"}


@pytest.mark.browser
@pytest.mark.slow
@in_each_language
async def test_newcomer_subscribes_and_lives_with_it(language: str) -> None:
    async with (
        demo() as emulator,
        chromium() as browser,
        walk(browser, emulator, None, language, "newcomer") as phone,
    ):
        await _arrive(phone)
        await _answer_the_welcome(phone)
        await _say_what_should_change(phone)
        await _read_the_first_morning(phone, emulator)
        await _get_the_weekly_recap(phone, emulator)
        await _come_back_from_a_pause(phone, emulator)


async def _arrive(phone: Walk) -> None:
    """Find oneself as somebody who speaks the page's language, and what the bot says of itself."""
    status = phone.page.get_by_test_id("chat-status")
    await expect(status).to_contain_text(NAMES[phone.translate.language], timeout=PATIENCE * 1000)
    description = phone.page.get_by_test_id("description")
    await expect(description).to_contain_text("全球AI新闻速递", timeout=PATIENCE * 1000)
    await phone.keep("01-empty")
    await phone.page.get_by_test_id("start").click()
    await phone.see("👋 Welcome, you are subscribed.", "全球AI新闻速递", "Your device shows: {time}")
    await phone.keep("02-welcome")


async def _answer_the_welcome(phone: Walk) -> None:
    """Choose another time and confirm the zone, in one message that is edited in its place."""
    await phone.press("Other time")
    await phone.press("09:00", "Is it {time} where you are? (Time zone: {zone})")
    await phone.press("Yes, it is {time}", "All set. Your next digest: {when}.", "09:00")
    await expect(phone.page.locator("article[data-from=bot]")).to_have_count(1)
    await phone.keep("03-all-set")


async def _say_what_should_change(phone: Walk) -> None:
    """Say it in sentences, each a question first; take the last one back."""
    place, seven, weekdays, only, undo, recap = SENTENCES[phone.translate.language]
    await phone.say(place, "{zone}: it is {time} there now. Make it your time zone?")
    await phone.press("Yes", "Next digest: {when}.")
    await phone.say(seven, "Shall the digest come at {time}?", "07:00")
    await phone.press("Yes", "Next digest: {when}.", "07:00")
    await phone.keep("04-sentences")
    await phone.say(weekdays, "Shall the digest come {weekdays} at {time}?", "07:00")
    await phone.press("Yes", "Next digest: {when}.")
    await phone.say(only, "Shall only these categories come: {categories}?", "应用落地")
    await phone.press("Yes", "Next digest: {when}.")
    await phone.say(undo, "Shall I undo the last change: {setting}?")
    await phone.press("Yes", "It is as before.")
    await phone.say(recap, "Shall a recap of the week come every {weekday} at {time}?")
    await phone.press("Yes", "Next weekly recap: {when}")
    await phone.keep("05-recap-chosen")


async def _read_the_first_morning(phone: Walk, emulator: EmulatorClient) -> None:
    """Get the digest at the chosen time, with all headlines on one screen."""
    await phone.page.get_by_test_id("onboarding-close").click()
    await morning(emulator, FIRST_MORNING, hour=7)
    await phone.see(NEWSPAPER, "开物半导体")
    digest = phone.page.locator("article[data-from=bot]", has_text=NEWSPAPER).last
    height = await digest.evaluate("bubble => bubble.offsetHeight")
    assert 0 < height <= await phone.page.locator("#scroll").evaluate("screen => screen.clientHeight")
    await phone.keep("06-first-morning")
    await phone.say("/status", "✅ Subscribed: {weekdays} at {time}")
    await phone.keep("07-status")


async def _get_the_weekly_recap(phone: Walk, emulator: EmulatorClient) -> None:
    """Get the week in headlines on Sunday, and open a day of it."""
    await morning(emulator, SUNDAY, hour=7)
    await phone.see("Your week in headlines", "开物半导体")
    await phone.keep("08-weekly-recap")


async def _publish(phone: Walk, emulator: EmulatorClient, day: date, headline: str) -> None:
    """Drop an edition on the page, and wait until its editor hears that it was read."""
    title = f"{day:%Y.%m.%d} 日报"
    await phone.drop(f"{day}.md", EDITION.format(title=title, day=day, headline=headline))
    await emulator.wait_for_log_entry(
        lambda line: line.kind == "bot_message" and line.message is not None and title in line.message.text,
        chat=ADMIN,
        timeout=PATIENCE,
    )


async def _come_back_from_a_pause(phone: Walk, emulator: EmulatorClient) -> None:
    """Hear nothing during a pause; afterwards the digest comes by itself, and what came out meanwhile on demand."""
    reader = READERS[phone.translate.language]
    await phone.say(PAUSE[phone.translate.language], "Shall I be quiet until {day}? It goes on by itself then.")
    await phone.press("Yes", "What comes out until then waits in the archive; it is not sent later.")
    await phone.keep("09-paused")
    await _publish(phone, emulator, IN_THE_PAUSE, "港口恢复夜航")
    await morning(emulator, IN_THE_PAUSE, hour=7)
    await _publish(phone, emulator, AFTER_IT, "渡轮回到时刻表")
    await morning(emulator, AFTER_IT, hour=7)
    await phone.see("渡轮回到时刻表")
    received = [line.message.text for line in await emulator.log(reader, kind="bot_message") if line.message]
    assert received
    assert not any("港口恢复夜航" in text for text in received)
    await phone.keep("10-after-the-pause")
    recap = phone.key("What I missed")
    await see(recap)
    await recap.click()
    await phone.see("What came out meanwhile", "港口恢复夜航")
    await phone.keep("11-missed")
