"""Two members of a group on phones, in both languages: each reads on alone, and nothing changes for the other.

With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from playwright.async_api import Browser, expect

from emulator.client import EmulatedChat, EmulatedUser, EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import PATIENCE, demo, see
from tests.demo.walking import Walk, morning, walk

FIRST_MORNING = date(2026, 11, 24)
TITLE = "2026.11.23 全球AI新闻速递"


@dataclass(frozen=True, slots=True)
class Group:
    """A group with two people, who speak one language."""

    language: str
    chat: EmulatedChat
    owner: EmulatedUser
    member: EmulatedUser


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize(("driver", "language"), [("aiogram", "zh"), ("ptb", "en")])
async def test_members_read_on_alone(driver: str, language: str) -> None:
    async with demo(driver) as emulator, chromium() as browser:
        group = await _subscribe(emulator, language)
        await morning(emulator, FIRST_MORNING)
        await group.chat.next_message(lambda message: message.text.startswith(TITLE), timeout=PATIENCE)
        await _read_alone(browser, emulator, group)
        await _see_nothing_of_it(browser, emulator, group)


async def _subscribe(emulator: EmulatorClient, language: str) -> Group:
    owner = await emulator.create_user("Ann", language=language)
    member = await emulator.create_user("Ben", language=language)
    await owner.send("/start")
    group = await emulator.create_supergroup({"zh": "读报群", "en": "Readers"}[language], owner, member)
    await owner.send("/start@digest_demo_bot", chat=group)
    await group.next_message(timeout=PATIENCE)
    return Group(language, group, owner, member)


async def _read_alone(browser: Browser, emulator: EmulatorClient, group: Group) -> None:
    """Open an item, turn the page and the commentary, and go on in private; settings are not for members."""
    async with walk(browser, emulator, group.member.id, group.language, "member") as phone:
        await phone.open(group.chat.id)
        digest = phone.page.locator("article[data-from=bot]", has_text=TITLE)
        await see(digest)
        await digest.get_by_test_id("key").filter(has_text="3").first.click()
        alone = phone.page.locator("article[data-from=bot]", has=phone.page.get_by_test_id("ephemeral"))
        await expect(alone).to_contain_text("3. 开物半导体", timeout=PATIENCE * 1000)
        await phone.keep("1-item")
        await alone.get_by_test_id("key").filter(has_text="▶").click()
        await expect(alone).to_contain_text("4. 智能体有了身份证", timeout=PATIENCE * 1000)
        await expect(alone).to_have_count(1)
        await phone.keep("2-next-item")
        await digest.get_by_test_id("key").filter(has_text="⚙").click()
        refusal = phone.words("Only this group's administrators can do that.")
        await see(phone.page.get_by_text(refusal))
        await phone.keep("3-refused")
        await _read_on_in_private(phone)


async def _read_on_in_private(phone: Walk) -> None:
    await phone.press("Read on in private", "4. 智能体有了身份证")
    await see(phone.key("Subscribe: one digest a day"))
    await phone.keep("4-in-private")


async def _see_nothing_of_it(browser: Browser, emulator: EmulatorClient, group: Group) -> None:
    async with walk(browser, emulator, group.owner.id, group.language, "member") as phone:
        await phone.open(group.chat.id)
        await see(phone.page.locator("article[data-from=bot]", has_text=TITLE))
        await expect(phone.page.get_by_test_id("ephemeral")).to_have_count(0)
        await expect(phone.page.locator("article[data-from=bot]")).to_have_count(
            2
        )  # of the subscription, and the digest
        await phone.keep("5-the-other")
