"""How the page shows link previews of pictures, on a phone and in both languages."""

import pytest
from playwright.async_api import Browser, expect

from emulator.client import EmulatorClient
from tests.emulator.conftest import BotApi
from tests.emulator.page.harness import BROWSER_MARKS, PHONE, bubbles, create_started_user, open_page

pytestmark = BROWSER_MARKS

URL = "https://p.example/sunrise.png"


@pytest.mark.parametrize(("locale", "name"), [("en-GB", "Photo"), ("zh-CN", "图片")])
async def test_picture_stands_below_or_above_the_text(
    browser: Browser, emulator: EmulatorClient, api: BotApi, locale: str, name: str
) -> None:
    ann = await create_started_user(emulator)
    for text, options in (
        ("below", {}),
        ("above", {"show_above_text": True}),
        ("disabled", {"is_disabled": True}),
        ("unreachable", {"url": "https://gone.invalid/x.png"}),
    ):
        preview = {"url": URL, "prefer_large_media": True} | options
        await api.result("sendMessage", chat_id=ann.id, text=text, link_preview_options=preview)
    async with open_page(browser, emulator, PHONE, locale=locale) as page:
        below, above = bubbles(page).filter(has_text="below"), bubbles(page).filter(has_text="above")
        for bubble in (below, above):
            image = bubble.get_by_test_id("link-preview").get_by_role("img", name=name)
            await expect(image).to_have_js_property("naturalWidth", 320)
        order = "node => node.querySelector('.text').compareDocumentPosition(node.querySelector('.preview')) & 4"
        assert await below.evaluate(order)
        assert not await above.evaluate(order)
        await expect(page.get_by_test_id("link-preview")).to_have_count(2)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
