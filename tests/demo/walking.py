"""Walk through the demo on a phone as one person, by what they see: type, press keys by their labels, read bubbles.

Labels and answers are named by their English texts, and looked for in the person's language.
With SCREENSHOTS=FOLDER in the environment each screen is kept there, to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Page, ViewportSize, expect

from domain.chat.i18n import Translations, Translator
from emulator.client import EmulatedUser, EmulatorClient
from tests.chromium import chromium
from tests.demo.test_demo import ADMIN, PATIENCE, SCALE, SCREENSHOTS, XIAOYU, demo, say, see

PHONE: ViewportSize = {"width": 390, "height": 844}

ALEX = 1002
READERS = {"zh": XIAOYU, "en": ALEX}
"""Who reads the demo's digest in each language."""

in_each_language = pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
"""A walk takes most of a minute; the recorded dialogues hold the English texts with every change too."""

DROP = """([name, text]) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([text], name))
    for (const type of ['dragenter', 'drop']) dispatchEvent(new DragEvent(type, { dataTransfer, cancelable: true }))
}"""


@dataclass(frozen=True, slots=True)
class Walk:
    """One person's phone, in one language."""

    page: Page
    translate: Translator
    name: str
    """What its screenshots are called."""

    def words(self, text: str) -> str:
        """Return the longest fixed piece of one of the program's texts in the person's language; else the text."""
        return max(re.split(r"\{\w+\}|`", self.translate(text)), key=len).strip()

    async def see(self, *texts: str) -> None:
        """Wait for one bubble with all of these texts."""
        bubbles = self.page.locator("article[data-from=bot]")
        for text in texts:
            bubbles = bubbles.filter(has_text=self.words(text))
        if texts:
            await see(bubbles.last)

    async def say(self, text: str, *answers: str) -> None:
        """Send a text, and wait for one bubble with all parts of the answer."""
        await say(self.page, text)
        await self.see(*answers)

    def key(self, label: str, *, under: str = "") -> Locator:
        """Return the newest key with a label, under a message with a text."""
        messages = self.page.locator("article[data-from=bot]", has_text=self.words(under) if under else None)
        return messages.get_by_test_id("key").filter(has_text=self.words(label)).last

    async def open(self, chat: int) -> None:
        """Open another chat as the same person."""
        address, _, place = self.page.url.partition("#")
        await self.page.goto(f"{address}#{place.partition('/')[0]}/{chat}")
        await self.page.reload()
        await expect(self.page.get_by_test_id("chat-status")).not_to_be_empty(timeout=PATIENCE * 1000)

    async def press(self, label: str, *answers: str, under: str = "") -> None:
        """Press the newest key with a label, and wait for one bubble with all parts of the answer."""
        key = self.key(label, under=under)
        await see(key)
        await key.click()
        await self.see(*answers)

    async def drop(self, name: str, text: str) -> None:
        """Drop a digest on the page."""
        await self.page.evaluate(DROP, [name, text])

    async def send_file(self, name: str, text: str, kind: str = "text/markdown") -> None:
        """Send a file to the bot."""
        file: FilePayload = {"name": name, "mimeType": kind, "buffer": text.encode()}
        await self.page.get_by_test_id("file").set_input_files(file)

    async def attach(self, kind: str) -> None:
        """Send one of the page's samples: a photo, an album, a voice message or a poll."""
        await self.page.get_by_test_id("attach").click()
        await self.page.get_by_test_id(f"attach-{kind}").click()

    def own(self, text: str) -> Locator:
        """Return the newest bubble of the person themselves with a text."""
        return self.page.locator("article[data-from=me]", has_text=text).last

    async def edit(self, former: str, text: str) -> None:
        """Edit one's own message with a text."""
        await self.own(former).click(button="right", position={"x": 20, "y": 20})  # beside a link, which has no menu
        await self.page.get_by_test_id("menu-edit").click()
        await say(self.page, text)

    async def forward(self, message: Locator) -> None:
        """Forward a message to the bot."""
        await message.click(button="right", position={"x": 20, "y": 20})
        await self.page.get_by_test_id("menu-forward").click()

    async def lose(self, text: str) -> None:
        """Wait until no bubble of the bot has a text."""
        bubbles = self.page.locator("article[data-from=bot]", has_text=self.words(text))
        await expect(bubbles).to_have_count(0, timeout=PATIENCE * 1000)

    async def keep(self, name: str) -> None:
        """Keep a picture of the screen, and require that nothing is wider than the phone or beyond its key."""
        assert await self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        if SCREENSHOTS:
            await self.page.wait_for_timeout(500)  # for the eye only: what moves comes to rest
            file = Path(SCREENSHOTS) / f"{self.name}-{self.translate.language}-{name}.png"
            await self.page.screenshot(path=file)


async def morning(emulator: EmulatorClient, day: date, hour: int = 8) -> None:
    """Move the clock to a second past an hour of a day in Shanghai."""
    await emulator.set_clock(datetime.combine(day, time(hour, 0, 1), ZoneInfo("Asia/Shanghai")))


@asynccontextmanager
async def walk(
    browser: Browser, emulator: EmulatorClient, user: int | None, language: str, name: str
) -> AsyncIterator[Walk]:
    """Open the page on a phone as one person (None: as whom it proposes); fail at the end if it logged an error."""
    errors: list[str] = []
    context = await browser.new_context(
        viewport=PHONE, locale=language, device_scale_factor=SCALE, color_scheme="light", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(emulator.control_url if user is None else f"{emulator.control_url}#{user}")
    await expect(page.get_by_test_id("chat-status")).not_to_be_empty(timeout=PATIENCE * 1000)
    yield Walk(page, Translations.load().translator(language), name)
    await context.close()
    assert errors == []


@asynccontextmanager
async def admin_and_reader(
    language: str, name: str, *arguments: str
) -> AsyncIterator[tuple[EmulatorClient, Walk, Walk]]:
    """Start the demo with the phones of its admin and of a reader who has just subscribed, both in one language."""
    async with demo("aiogram", *arguments) as emulator, chromium() as browser:
        await EmulatedUser(emulator, ADMIN, 0).set_language(language)
        async with (
            walk(browser, emulator, READERS[language], language, f"{name}-reader") as reader,
            walk(browser, emulator, ADMIN, language, name) as admin,
        ):
            await reader.page.get_by_test_id("start").click()
            await reader.see("👋 Welcome, you are subscribed.")
            yield emulator, admin, reader
