"""How the page shows rich messages: every block, anchors, details, tables, buttons, hostile texts, old apps."""

import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from playwright.async_api import Browser, expect

from emulator.client import EmulatorClient
from tests.emulator.conftest import BotApi
from tests.emulator.page.harness import BROWSER_MARKS, PHONE, bubbles, create_started_user, open_page, type_and_send
from tests.emulator.rich_messages import FULL, Json, button, buttons, paragraph, photo, rich, table
from tests.emulator.rich_strategies import rich_messages
from tests.emulator.test_rich_properties import send

pytestmark = BROWSER_MARKS

EVIL = '<img src=x onerror="alert(1)"><script>alert(2)</script>\u202e&quot;"'
EVIL_SHOWN = EVIL.replace("\u202e", "")
EVIL_URL = 'https://example.org/"><script>alert(3)</script>'


async def test_every_rich_block_is_drawn(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(*FULL))
    async with open_page(browser, emulator) as page:
        body = page.get_by_test_id("rich")
        await expect(body.get_by_role("heading", name="Daily digest", level=1)).to_be_visible()
        for tag in ("b > i", "u", "s", ".spoiler", "code", "mark", "sub", "sup"):
            await expect(body.locator(tag).first).to_be_attached()
        await expect(body.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.org/a")
        await expect(body.get_by_role("link", name="write")).to_have_attribute("href", "mailto:a@example.org")
        await expect(body.locator("time.date")).to_have_text(re.compile("^Saturday, 13 September 2025.*08:00:00$"))
        await expect(body.locator("li .label")).to_have_text(["•", "iv.", "v."])
        await expect(body.get_by_role("img", name="done")).to_be_visible()
        await expect(body.locator("blockquote cite")).to_have_text(["somebody", "somebody"])
        await expect(body.locator(".pulled")).to_have_text("pulled")
        await expect(body.locator("pre[data-language=python]")).to_have_text("  indented")
        await expect(body.get_by_text("inside")).to_be_visible()
        await expect(body.locator("table.bordered.striped.compact caption")).to_have_text("Prices")
        await expect(body.get_by_role("columnheader")).to_have_text(["Name", "Price"])
        await expect(body.locator("td[colspan='2'].center.top")).to_have_text("both")
        await expect(body.locator("td[rowspan='2']")).to_have_text("tall")
        await expect(body.locator(".collage img, .slides img")).to_have_count(3)
        await expect(body.locator(".keys.center .key")).to_have_text(["Yes", "Site↗", "Copy", "Off", "Search"])
        await expect(body.locator(".keys").get_by_text("Off")).to_be_disabled()
        await expect(body.locator("hr")).to_have_count(2)
        await expect(body.locator(".footer")).to_have_text("the end")
        loaded = "nodes => nodes.every((node) => node.complete && node.naturalWidth === 320)"
        await body.locator(".covered").scroll_into_view_if_needed()
        await expect(body.locator("img")).to_have_count(4)
        for image in await body.locator("img").all():
            await image.scroll_into_view_if_needed()
            await expect(image).to_have_js_property("naturalWidth", 320)
        assert await body.locator("img").evaluate_all(loaded)
        covered = body.get_by_test_id("covered")
        await covered.click()
        await expect(covered).to_have_class(re.compile("shown"))
        await expect(page.locator(".entry-last")).to_contain_text("Daily digest plain bold both")


async def test_contents_open_details_and_scroll(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    links = [{"type": "anchor_link", "text": name, "anchor_name": name} for name in ("one", "two")]
    inner = {"type": "details", "summary": "inner", "blocks": [{"type": "anchor", "name": "two"}, paragraph("Two!")]}
    blocks = [
        {"type": "list", "items": [{"blocks": [paragraph(link)], "type": "1"} for link in links]},
        *[paragraph(f"filler {number}") for number in range(40)],
        {"type": "details", "summary": "outer", "blocks": [paragraph("hidden"), inner]},
        *[paragraph(f"more {number}") for number in range(40)],
        paragraph([{"type": "anchor", "name": "one"}, "One!"]),
        paragraph({"type": "anchor_link", "text": "up", "anchor_name": ""}),
    ]
    await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(*blocks))
    async with open_page(browser, emulator, PHONE) as page:
        body = page.get_by_test_id("rich")
        await body.get_by_role("button", name="up").click()
        await expect(body.get_by_text("One!")).not_to_be_in_viewport()
        await body.get_by_role("button", name="one").click()
        await expect(body.get_by_text("One!")).to_be_in_viewport()
        await body.get_by_role("button", name="up").click()
        await expect(body.get_by_text("One!")).not_to_be_in_viewport()
        await expect(body.get_by_text("Two!")).to_be_hidden()
        await body.get_by_role("button", name="two").press("Enter")
        await expect(body.get_by_text("Two!")).to_be_in_viewport()
        summary = body.locator("summary").filter(has_text="outer")
        await summary.press("Enter")
        await expect(body.get_by_text("hidden")).to_be_hidden()
        await summary.click()
        await expect(body.get_by_text("hidden")).to_be_visible()


async def test_rich_message_fits_a_phone(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    row = [{"text": f"a long cell {number}", "align": "right", "valign": "top"} for number in range(9)]
    blocks = [*FULL, table(row, row), paragraph("x" * 300), {"type": "pre", "text": "y" * 300}, photo()]
    await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(*blocks))
    for theme in ("light", "dark"):
        async with open_page(browser, emulator, PHONE, color_scheme=theme) as page:
            await expect(page.get_by_test_id("rich")).to_be_visible()
            overflow = "node => node.scrollWidth - node.clientWidth"
            assert await page.locator("html").evaluate(overflow) == 0
            assert await page.get_by_test_id("rich").evaluate(overflow) == 0
            wide = page.get_by_test_id("wide").last
            assert await wide.evaluate(overflow) > 100
            await wide.focus()
            await page.keyboard.press("ArrowRight")
            await expect(wide).not_to_have_js_property("scrollLeft", 0)
            aligned = await page.locator("td.right").last.evaluate("node => getComputedStyle(node).textAlign")
            assert aligned == "right"


async def test_button_beside_text_spins_and_keeps_what_is_open(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    ann = await create_started_user(emulator)
    beside = paragraph(["An item ", {"type": "button", "button": button("Save", callback_data="save")}])
    blocks = [{"type": "details", "summary": "more", "blocks": [beside]}, buttons(button("Row", callback_data="row"))]
    sent = await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(*blocks))
    async with open_page(browser, emulator) as page:
        await page.get_by_test_id("details").get_by_text("more").click()
        for number, (name, data) in enumerate((("Save", "save"), ("Row", "row"))):
            key = page.get_by_test_id("rich").get_by_role("button", name=name)
            await key.click()
            await expect(key).to_have_attribute("aria-busy", "true")
            update = (await api.get_updates(-1))[-1]
            assert update["callback_query"]["data"] == data
            answer = {"callback_query_id": update["callback_query"]["id"], "text": f"Done {number}"}
            await api.result("answerCallbackQuery", **answer)
            await expect(page.get_by_test_id("toast").last).to_contain_text(f"Done {number}")
            await expect(key).not_to_have_attribute("aria-busy", "true")
            await expect(page.get_by_test_id("rich").get_by_text("An item")).to_be_visible()
        target = {"chat_id": ann.id, "message_id": sent["message_id"]}
        await api.result("editMessageText", **target, rich_message=rich(blocks[0], paragraph("edited in place")))
        await expect(page.get_by_test_id("rich").get_by_text("edited in place")).to_be_visible()
        await expect(page.get_by_test_id("rich").get_by_text("An item")).to_be_visible()
        await api.result("editMessageText", **target, text="plain now")
        await expect(bubbles(page).locator(".text")).to_have_text("plain now")
        await expect(page.get_by_test_id("rich")).to_have_count(0)


async def test_hostile_texts_and_links_stay_text(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    blocks: list[Json] = [
        {"type": "anchor", "name": EVIL},
        {"type": "heading", "text": EVIL, "size": 2},
        paragraph([{"type": "bold", "text": EVIL}, {"type": "anchor_link", "text": EVIL, "anchor_name": EVIL}]),
        paragraph({"type": "url", "text": EVIL, "url": "tg://resolve?domain=javascript:alert(1)"}),
        {"type": "pre", "text": EVIL, "language": EVIL},
        {"type": "details", "summary": EVIL, "blocks": [paragraph(EVIL)]},
        table([{"text": EVIL}]) | {"caption": EVIL},
        photo() | {"caption": {"text": EVIL, "credit": EVIL}},
        buttons(button(EVIL, callback_data="a"), button(EVIL, url="https://example.org")),
        {"type": "footer", "text": EVIL},
    ]
    await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(*blocks, skip_entity_detection=True))
    refused = await api.error(
        "sendRichMessage", chat_id=ann.id, rich_message=rich(paragraph({"type": "url", "text": "a", "url": EVIL}))
    )
    assert refused == "Bad Request: RICH_MESSAGE_URL_INVALID"
    async with open_page(browser, emulator) as page:
        body = page.get_by_test_id("rich")
        await expect(body.get_by_role("heading")).to_have_text(EVIL_SHOWN)
        await expect(body.locator("caption")).to_have_text(EVIL_SHOWN)
        await expect(body.locator(".footer")).to_have_text(EVIL_SHOWN)
        await body.locator(".jump").click()
        await expect(body.locator("script, img[src=x], [onerror]")).to_have_count(0)
        await expect(body.locator("img")).to_have_attribute("src", re.compile("^/control/files/"))


async def test_links_of_unknown_schemes_are_no_links(browser: Browser, emulator: EmulatorClient) -> None:
    texts = [
        {"type": "url", "text": "a", "url": "javascript:alert(1)"},
        {"type": "url", "text": "a", "url": " data:text/html,<script>alert(1)</script>"},
        {"type": "url", "text": "a", "url": EVIL_URL},
        {"type": "button", "button": {"text": "a", "url": "javascript:alert(1)"}},
        {"type": "nonsense", "text": "a"},
        {"type": "text_mention", "text": "a", "user": {"id": "1&x=<y>"}},
    ]
    async with open_page(browser, emulator) as page:
        links = await page.evaluate(
            """async texts => {
                const { richText } = await import('/rich_text.js')
                const box = document.createElement('p')
                box.append(...richText(texts, { message: {}, actions: {}, zone: 'UTC', locale: 'en' }))
                return [...box.querySelectorAll('a')].map((link) => link.getAttribute('href'))
            }""",
            texts,
        )
    assert links == [EVIL_URL, "tg://user?id=NaN"]


async def test_old_app_shows_a_hint(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator, language="zh")
    await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(paragraph("new and rich")))
    async with open_page(browser, emulator) as page:
        await expect(page.get_by_test_id("rich")).to_have_text("new and rich")
        await ann.use_old_app()
        await expect(page.get_by_test_id("old-app")).to_contain_text("not supported by your version of Telegram")
        await expect(page.get_by_text("new and rich")).to_have_count(0)
        await type_and_send(page, "still here")
        await expect(bubbles(page, "me")).to_contain_text("still here")
        await ann.use_old_app(old=False)
        await expect(page.get_by_test_id("rich")).to_have_text("new and rich")


async def test_panel_sets_old_app_and_refusal(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    message = rich(paragraph("new and rich"))
    await api.result("sendRichMessage", chat_id=ann.id, rich_message=message)
    async with open_page(browser, emulator) as page:
        old_app, refusal = page.get_by_test_id("have-old-app"), page.get_by_test_id("refuse-rich")
        await old_app.click()
        await expect(page.get_by_test_id("old-app")).to_be_visible()
        await refusal.click()
        await expect(refusal).to_have_attribute("aria-checked", "true")
        refused = await api.error("sendRichMessage", chat_id=ann.id, rich_message=message)
        assert refused == "Bad Request: CHAT_SEND_RICH_FORBIDDEN"
        await old_app.click()
        await refusal.click()
        await expect(refusal).to_have_attribute("aria-checked", "false")
        await api.result("sendRichMessage", chat_id=ann.id, rich_message=message)
        await expect(page.get_by_test_id("rich")).to_have_count(2)


def leaves(value: Any, name: str = "text") -> Iterator[str]:
    """Yield the strings that people should see, but for dates in a format."""
    if isinstance(value, str) and name in {"text", "summary", "caption", "credit", "alternative_text", "label"}:
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, name)
    elif isinstance(value, dict) and not value.get("date_time_format"):
        for key, part in value.items():
            if key != "copy_text":
                yield from leaves(part, key)


async def test_generated_messages_are_drawn_without_errors(browser: Browser, emulator: EmulatorClient) -> None:
    messages: list[Json] = []

    @settings(max_examples=60, database=None)
    @given(rich_messages())
    def collect(message: Json) -> None:
        messages.append(send(message))

    collect()
    async with open_page(browser, emulator) as page:
        drawn = await page.evaluate(
            """async messages => {
                const { richMessage } = await import('/rich.js')
                return messages.map((rich_message) => {
                    const message = { chat_id: 1, message_id: 1, rich_message }
                    const node = richMessage({ message, actions: {}, zone: 'Asia/Shanghai', locale: 'zh' })
                    return [node.textContent, node.childElementCount]
                })
            }""",
            messages,
        )
    for message, (text, count) in zip(messages, drawn, strict=True):
        assert count == len(message["blocks"])
        assert [leaf for leaf in leaves(message["blocks"]) if leaf not in text and leaf != "•"] == []
