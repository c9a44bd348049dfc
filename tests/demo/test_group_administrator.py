"""The administrator of a forum on a phone, in both languages: topic, signature, pin, time and recap, in private.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from emulator.client import EmulatedChat, EmulatedUser, EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import PATIENCE, bubble, demo, say, see

PHONE: ViewportSize = {"width": 390, "height": 844}
SIGNATURE = "— @morning_club"
TOPIC = "Breakfast"

WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "set up": "去设置",
        "subscribe": "订阅",
        "signature": "签名",
        "signed": "的下一期日报起，下面会写上：— @morning_club",
        "settings": "设置",
        "pin": "置顶最新一期",
        "time": "⏰ 时间",
        "asked": "改成 07:59 送达，好吗",
        "yes": "好",
        "topic": "话题",
        "topic set": "话题：",
        "recap": "每周回顾",
        "sunday": "周日",
        "next recap": "下次每周回顾：",
    },
    "en": {
        "set up": "Set it up",
        "subscribe": "Subscribe",
        "signature": "Signature",
        "signed": "on, this stands under it: — @morning_club",
        "settings": "Settings",
        "pin": "Pin the newest",
        "time": "⏰ Time",
        "asked": "Shall the digest come at 07:59?",
        "yes": "Yes",
        "topic": "Topic",
        "topic set": "Topic: ",
        "recap": "Weekly recap",
        "sunday": "Sun",
        "next recap": "Next weekly recap: ",
    },
}


@pytest.mark.browser
@pytest.mark.slow
async def test_administrator_sets_up_a_group_on_a_phone() -> None:
    async with demo() as emulator, chromium() as browser:
        groups: list[EmulatedChat] = []
        for language, words in WORDS.items():
            owner = await emulator.create_user("Ann", language=language)
            context = await browser.new_context(viewport=PHONE, locale=language, device_scale_factor=2)
            context.set_default_timeout(PATIENCE * 1000)
            page = await context.new_page()
            await page.goto(f"{emulator.control_url}#{owner.id}")
            groups.append(await _set_up(page, emulator, owner, words, language))
            if len(groups) == len(WORDS):
                await page.get_by_test_id("clock-tomorrow").evaluate("button => button.click()")
            await context.close()
        for group in groups:
            digest = await group.next_message(timeout=PATIENCE)
            assert digest.text.endswith(f"\n\n{SIGNATURE}")
            assert digest.thread_id is not None
            pinned = await emulator.wait_for_log_entry(
                lambda entry: entry.kind == "bot_pin", chat=group.id, timeout=PATIENCE
            )
            assert pinned.message_id == digest.message_id


async def _set_up(
    page: Page, emulator: EmulatorClient, owner: EmulatedUser, words: Mapping[str, str], language: str
) -> EmulatedChat:
    """Let the bot into a group and set it up in private; return the group."""
    await owner.send("/start")
    await owner.next_message()
    group = await emulator.create_supergroup(f"Readers {language}", owner, bot="administrator", forum=True)
    await group.add_topic(TOPIC)
    await _press(page, words["set up"])
    await _press(page, words["subscribe"])
    await _keep(page, f"{language}-1-settings")
    await _press(page, words["topic"])
    await _press(page, TOPIC)
    await see(bubble(page, words["topic set"] + TOPIC))
    await _keep(page, f"{language}-0-topic")
    await _press(page, words["signature"])
    await say(page, SIGNATURE)
    await see(bubble(page, words["signed"]))
    await _keep(page, f"{language}-2-signed")
    await _press(page, words["settings"])
    await _press(page, words["pin"])
    await _press(page, words["time"])
    await say(page, "7:59")
    await expect(bubble(page, words["asked"])).to_contain_text(f"Readers {language}")
    await _keep(page, f"{language}-3-asked")
    await _press(page, words["yes"])
    await _press(page, words["settings"])
    await _press(page, words["recap"])
    await _press(page, words["sunday"])
    await see(bubble(page, words["next recap"]))
    await _keep(page, f"{language}-4-recap")
    return group


def _key(page: Page, label: str) -> Locator:
    return page.get_by_test_id("key").filter(has_text=label).last


async def _press(page: Page, label: str) -> None:
    key = _key(page, label)
    await see(key)
    await key.click()


async def _keep(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        await page.wait_for_timeout(500)  # for the eye only: what moves comes to rest
        await page.screenshot(path=Path(folder) / f"group-{name}.png")
