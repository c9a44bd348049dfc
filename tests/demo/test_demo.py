"""`digestbot demo` as a newcomer meets it: one command, a page, a morning, questions, a broadcast.

With SCREENSHOTS=docs/pictures in the environment the screenshots of the README are made on the way.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from emulator.client import EmulatorClient
from tests.chromium import chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PATIENCE = 120.0
"""Seconds for what may have to wait for a busy machine; nothing here waits longer than it must."""

SCREENSHOTS = os.environ.get("SCREENSHOTS")
SCALE = 2 if SCREENSHOTS else 1
"""Pixels of the device for each one of the page; only pictures need more, and drawing takes most of a walk's time."""

XIAOYU, ADMIN = 1001, 9001


@asynccontextmanager
async def demo(driver: str = "aiogram", *arguments: str) -> AsyncIterator[EmulatorClient]:
    """The one command, on a free port; ended by Ctrl-C, which a terminal sends to all its processes."""
    command = [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--no-browser", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "COLUMNS": "120", "DRIVER": driver},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(rb"http://127\.0\.0\.1:\d+", await process.stdout.readline())):
                assert not process.stdout.at_eof(), "the demo ended before it showed its page"
        async with EmulatorClient.connect(found.group().decode()) as emulator:
            yield emulator
        assert process.returncode is None, "the demo ended by itself"
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGINT)
        await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@asynccontextmanager
async def page_of(browser: Browser, emulator: EmulatorClient, width: int, height: int) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN",
        color_scheme="light",
        reduced_motion="reduce",
        device_scale_factor=SCALE,
    )
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    await page.goto(emulator.control_url)
    yield page
    await context.close()


def newest(page: Page) -> Locator:
    return page.locator("article[data-from=bot]").last


def bubble(page: Page, words: str) -> Locator:
    return page.locator("article[data-from=bot]", has_text=words).last


async def see(locator: Locator) -> None:
    await expect(locator).to_be_visible(timeout=PATIENCE * 1000)


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("text").fill(text)
    await page.get_by_test_id("send").click()


async def picture(page: Page, name: str) -> None:
    if SCREENSHOTS:
        await page.wait_for_timeout(600)  # for the eye only: what moves comes to rest
        await page.screenshot(path=Path(SCREENSHOTS) / f"{name}.jpg", type="jpeg", quality=86)


async def test_newcomer_walks_through_the_demo(browser: Browser) -> None:
    async with demo() as emulator, page_of(browser, emulator, 1280, 860) as page:
        # Subscribing
        await page.get_by_test_id("start").click()
        await see(bubble(page, "你已订阅"))

        # The morning
        await page.get_by_test_id("clock-tomorrow").click()
        await expect(page.get_by_test_id("clock-chip")).to_contain_text("07:59")
        await page.get_by_test_id("clock-moveBy1").click()
        digest = bubble(page, "2026.11.23 全球AI新闻速递")
        await see(digest)
        await expect(digest.locator("blockquote")).not_to_have_count(0)
        pushed = await emulator.wait_for_log_entry(
            lambda line: line.kind == "bot_message" and line.message is not None and "2026.11.23" in line.message.text,
            chat=XIAOYU,
        )
        assert pushed.answered
        await digest.evaluate("bubble => bubble.scrollIntoView({block: 'start', behavior: 'instant'})")
        await picture(page, "morning")

        # Questions
        await say(page, "/item 3")
        await see(bubble(page, "3. 开物半导体"))
        await bubble(page, "3. 开物半导体").get_by_text("▶").click()
        await see(bubble(page, "4. 智能体有了身份证"))
        await digest.get_by_text("📂").click()
        await see(bubble(page, "技术前沿").get_by_test_id("key").first)
        await say(page, "/category 技术前沿")
        await see(bubble(page, "Yunxiu-4"))
        await say(page, "点评")
        await see(bubble(page, "今天最贵的一条新闻"))
        await say(page, "天气怎么样")
        await see(bubble(page, "没看懂"))

        # A broadcast
        await page.get_by_test_id(f"chat-{ADMIN}-{ADMIN}").click()
        await say(page, "/broadcast 各位早安 <3，今晚八点有直播")
        card = bubble(page, "发给 1 人")
        await expect(card).to_contain_text("机器人现在有 1,000 ⭐")
        await card.get_by_test_id("key").get_by_text("静音").click()
        await see(card.get_by_text("静音 ✅"))
        await picture(page, "broadcast-preview")
        await card.get_by_test_id("key").get_by_text("免费发送").click()
        await emulator.wait_for_log_entry(
            lambda line: line.kind == "bot_message" and line.message is not None and "各位早安 <3" in line.message.text,
            chat=XIAOYU,
            timeout=PATIENCE,
        )
        await see(bubble(page, "✅ 群发"))

        # Figures
        await say(page, "/stats")
        await bubble(page, "📤 最近发送").get_by_test_id("key").get_by_text("发送").click()
        figure = bubble(page, "最近发送").filter(has=page.get_by_test_id("photo"))
        await see(figure.get_by_test_id("photo"))
        await figure.evaluate("bubble => bubble.scrollIntoView({block: 'end', behavior: 'instant'})")
        await picture(page, "stats")
        received = [line.message.text for line in await emulator.log(XIAOYU, kind="bot_message") if line.message]
        assert sum(text.startswith("2026.11.23 全球AI新闻速递 · 星期一\n") for text in received) == 1
        assert sum("各位早安 <3" in text for text in received) == 1


async def test_demo_works_on_a_phone_with_the_other_framework(browser: Browser) -> None:
    async with demo("ptb") as emulator, page_of(browser, emulator, 390, 800) as page:
        await page.get_by_test_id("start").click()
        await see(bubble(page, "你已订阅"))
        await say(page, "/settings")
        await see(bubble(page, "设置"))
        await picture(page, "phone-settings")
        await say(page, "/today")
        await see(bubble(page, "2026.11.23 全球AI新闻速递"))
        await page.get_by_test_id("onboarding-close").click()
        await page.set_viewport_size({"width": 390, "height": 880})  # an answer has one row of buttons more
        await bubble(page, "2026.11.23 全球AI新闻速递").scroll_into_view_if_needed()
        await picture(page, "phone-today")
        await say(page, "7")
        await see(bubble(page, "7. 四十所聋校"))
        await picture(page, "phone-item")
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390


async def test_rich_layout_is_chosen_after_its_sample_and_left(browser: Browser) -> None:
    async with demo() as emulator, page_of(browser, emulator, 390, 800) as page:
        await page.get_by_test_id("start").click()
        await see(bubble(page, "你已订阅"))

        # The sample, and the question below it
        await say(page, "/layout")
        await see(bubble(page, "想要哪种版式"))
        await bubble(page, "想要哪种版式").get_by_role("button", name="图文版").click()
        question = bubble(page, "要换成图文版吗")
        await see(question)
        await expect(page.get_by_test_id("rich")).to_have_count(1)
        await question.get_by_role("button", name="就用它").click()
        await see(bubble(page, "以后送图文版"))

        # The morning
        evening = (await emulator.clock()).astimezone(ZoneInfo("Asia/Shanghai"))
        await emulator.set_clock((evening + timedelta(days=1)).replace(hour=8, minute=0, second=1))
        await expect(page.get_by_test_id("rich")).to_have_count(2, timeout=PATIENCE * 1000)  # below the sample
        digest = bubble(page, "2026.11.23 全球AI新闻速递").get_by_test_id("rich")
        await see(digest)
        await digest.evaluate("body => body.scrollIntoView({block: 'start', behavior: 'instant'})")
        item = digest.get_by_test_id("details").filter(has_text="3. 开物半导体").last
        await item.locator("summary").click()
        await see(item.get_by_role("button", name="单看第 3 条"))
        await item.get_by_role("button", name="单看第 3 条").click()
        await see(page.locator("article[data-from=bot]:not(:has([data-testid=rich]))", has_text="3. 开物半导体"))

        # And back
        await say(page, "/layout")
        await bubble(page, "想要哪种版式").get_by_role("button", name="标题版").click()
        await say(page, "/today")
        await expect(newest(page).locator("blockquote")).not_to_have_count(0)
        received = [line.message for line in await emulator.log(XIAOYU, kind="bot_message") if line.message]
        assert sum(message.rich_message is not None for message in received) == 2
        assert sum("2026.11.23" in message.rich_text for message in received) >= 1
