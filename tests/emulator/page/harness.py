"""Helpers for the browser tests of the page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Locator, Page

from emulator.client import EmulatedUser, EmulatorClient

BROWSER_MARKS = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="package"),
]  # one event loop, so that all tests share one browser

SHANGHAI = ZoneInfo("Asia/Shanghai")
DESKTOP = (1280, 800)
PHONE = (375, 720)
LONG = "Oracle and OpenAI signed an agreement of five years for cloud computing, the largest of its kind. " * 8


@asynccontextmanager
async def open_page(
    browser: Browser, emulator: EmulatorClient, size: tuple[int, int] = DESKTOP, address: str = "", **context: Any
) -> AsyncIterator[Page]:
    """Open the page, at an address such as `#1001/-5001`; raise at the end if it logged an error to its console."""
    errors: list[str] = []
    width, height = size
    browser_context = await browser.new_context(
        viewport={"width": width, "height": height}, **{"locale": "en-GB", "reduced_motion": "reduce"} | context
    )
    page = await browser_context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    await page.goto(emulator.control_url + address)
    yield page
    await browser_context.close()
    assert [error for error in errors if "ERR_CONNECTION_REFUSED" not in error] == []


def bubbles(page: Page, side: str = "bot") -> Locator:
    return page.locator(f"article[data-from={side}]")


async def type_and_send(page: Page, text: str) -> None:
    await page.get_by_test_id("text").fill(text)
    await page.get_by_test_id("send").click()


async def create_started_user(emulator: EmulatorClient, name: str = "Ann", language: str = "en") -> EmulatedUser:
    """Create a user who has started the bot, so that it can write to them."""
    return await emulator.create_user(name, language=language, started=True)


def text_with_entities(*parts: str | tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Join parts, plain or with an entity, into text and entities."""
    text, entities = "", []
    for part in parts:
        words, entity = (part, None) if isinstance(part, str) else part
        offset = len(text.encode("utf-16-le")) // 2
        if entity:
            entities.append({"offset": offset, "length": len(words.encode("utf-16-le")) // 2, **entity})
        text += words
    return {"text": text, "entities": entities}
