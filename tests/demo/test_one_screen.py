"""The morning fits one phone screen, in a real browser: the headlines layout with eleven items, in both languages."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest
from playwright.async_api import Locator, expect

from bot.examples import EXAMPLES
from digest.model import Digest
from digest.reader import read_digests
from domain.chat.i18n import Translations
from domain.subscription.preferences import ContentPreferences
from emulator.client import run_emulator
from tests.chromium import chromium
from tests.emulator.conftest import BotApi
from views.digest_messages import plain_messages

PHONE = (390, 844)
CATEGORIES = frozenset({"技术前沿", "应用落地"})

LINES_OF_HEADLINES = """text => [...text.querySelectorAll(':scope > a')]
    .map(link => new Set([...link.getClientRects()].map(({ top }) => Math.round(top))).size)"""
LINES_OF_QUOTES = """text => [...text.querySelectorAll('.fold')]
    .map(fold => fold.clientHeight / parseFloat(getComputedStyle(fold).lineHeight))"""


def reference_digest() -> Digest:
    """Return the newest example with an eleventh item, as the reference digest has."""
    (digest,) = read_digests(max(EXAMPLES.glob("*.md")).read_bytes())
    eleventh = replace(digest.items[0], position=11, headline="OpenAI 与微软签署协议：允许营利部门转型，" * 3)
    return replace(digest, items=(*digest.items, eleventh))


@pytest.mark.browser
@pytest.mark.slow
async def test_reference_digest_fits_one_phone_screen() -> None:
    digest = reference_digest()
    async with run_emulator() as emulator, aiohttp.ClientSession() as session, chromium() as browser:
        for language in ("zh", "en"):
            for categories in (None, CATEGORIES):
                translate = Translations.load().translator(language)
                (message,) = plain_messages(digest, ContentPreferences(categories=categories), translate)
                reader = await emulator.create_user("Ann", language=language, started=True)
                await BotApi(session, emulator).result("sendMessage", chat_id=reader.id, **message.to_bot_api())
                context = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale=language)
                page = await context.new_page()
                await page.goto(f"{emulator.control_url}#{reader.id}")
                bubble = page.locator("article[data-from=bot]")
                await expect(bubble).to_have_count(1)
                await _assert_fits(bubble, screen=page.locator("#scroll"))
                await context.close()


async def _assert_fits(bubble: Locator, *, screen: Locator) -> None:
    """Require a whole message on the visible part of the conversation, and of its parts what the layout promises."""
    height = await bubble.evaluate("bubble => bubble.offsetHeight")
    assert 0 < height <= await screen.evaluate("screen => screen.clientHeight")
    text = bubble.locator(".text")
    lines = await text.evaluate(LINES_OF_HEADLINES)
    assert lines
    assert max(lines) <= 2
    quotes = await text.evaluate(LINES_OF_QUOTES)
    assert len(quotes) == 2
    assert max(quotes) == pytest.approx(3, abs=0.1) or max(quotes) < 3
    assert await bubble.locator(".keys").count() <= 2
