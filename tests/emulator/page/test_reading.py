"""How the page shows messages: entities, folded quotes, spoilers, buttons, silent and deleted messages."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from emulator.client import EmulatorClient
from tests.emulator.conftest import BotApi
from tests.emulator.page.harness import (
    BROWSER_MARKS,
    LONG,
    PHONE,
    bubbles,
    create_started_user,
    open_page,
    text_with_entities,
)

pytestmark = BROWSER_MARKS


NESTINGS: list[tuple[str, list[tuple[Any, ...]], str]] = [
    ("abcd", [("bold", 0, 3), ("italic", 2, 2)], "<b>ab<i>c</i></b><i>d</i>"),
    ("abc", [("italic", 0, 3), ("bold", 0, 3)], "<i><b>abc</b></i>"),
    ("😀b", [("bold", 2, 1)], "😀<b>b</b>"),
    ("ab", [("bold", 0, 9)], "<b>ab</b>"),
    ("x", [("text_link", 0, 1, "javascript:alert(1)")], "<span>x</span>"),
    # A block is outermost, and the line feed after it makes no empty line.
    ("a\nbc\nd", [("bold", 0, 4), ("blockquote", 2, 2)], "<b>a\n</b><blockquote><b>bc</b></blockquote>d"),
]


async def test_entities_become_elements_and_text_stays_text(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    ann = await create_started_user(emulator)
    tags = {
        "bold": "b",
        "italic": "i",
        "underline": "u",
        "strikethrough": "s",
        "code": "code",
        "blockquote": "blockquote",
    }
    parts: list[str | tuple[str, dict[str, Any]]] = []
    for kind in tags:
        parts += ["🎉 ", (f"{kind} <3", {"type": kind}), " \n"]
    link = ("a link", {"type": "text_link", "url": "https://example.com/a?b=1&c=2"})
    evil = "<img src=x onerror=alert(1)>"
    await api.result("sendMessage", chat_id=ann.id, **text_with_entities(*parts, link, f" {evil} #news "))
    async with open_page(browser, emulator) as page:
        text = bubbles(page).locator(".text")
        for kind, tag in tags.items():
            await expect(text.locator(tag)).to_have_text(f"{kind} <3")
        anchor = text.get_by_role("link", name="a link")
        await expect(anchor).to_have_attribute("href", "https://example.com/a?b=1&c=2")
        await expect(anchor).to_have_attribute("rel", re.compile("noopener"))
        await expect(text).to_contain_text(evil)
        await expect(text.locator(".hashtag")).to_have_text("#news")
        assert await page.locator("img[src=x]").count() == 0


async def test_times_are_shown_in_the_readers_zone_and_language(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    ann = await create_started_user(emulator, language="zh")
    parts: list[str | tuple[str, dict[str, Any]]] = []
    for shape in ("t", "wt", ""):
        time = {"type": "date_time", "unix_time": 1757678400, "date_time_format": shape}
        parts += [("at noon", time), " / "]
    message = text_with_entities(*parts)
    message["entities"].append({"type": "bold", "offset": 0, "length": len("at noon")})
    await api.result("sendMessage", chat_id=ann.id, **message)
    async with open_page(browser, emulator) as page:
        await expect(bubbles(page).locator(".text")).to_contain_text("20:00 / 星期五20:00 / at noon / ")
        await expect(bubbles(page).locator("b > time.date")).to_have_text("20:00")
        await expect(bubbles(page).locator("time.date").last).to_have_attribute("title", re.compile("2025"))


async def test_deep_link_sends_start_with_valid_payload(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    ann = await create_started_user(emulator)
    bot = (await api.result("getMe"))["username"]
    links = {"good": "item_3-x", "odd": "a%20b", "long": "x" * 65}
    parts: list[str | tuple[str, dict[str, Any]]] = []
    for name, payload in links.items():
        parts += [(name, {"type": "text_link", "url": f"https://t.me/{bot}?start={payload}"}), " "]
    await api.result("sendMessage", chat_id=ann.id, **text_with_entities(*parts))
    async with open_page(browser, emulator) as page:
        for number, (name, said) in enumerate((("good", "/start item_3-x"), ("odd", "/start"), ("long", "/start"))):
            await bubbles(page).get_by_role("link", name=name).click()
            await expect(bubbles(page, "me").nth(number).locator(".text")).to_have_text(said)


async def test_deep_link_in_a_channel_starts_the_private_chat(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    owner, reader = await create_started_user(emulator, "Owner"), await create_started_user(emulator)
    channel = await emulator.create_channel("Channel", owner, reader)
    link = f"https://t.me/{(await api.result('getMe'))['username']}?start=i_2025-09-12_3"
    keys = {"inline_keyboard": [[{"text": "3", "url": link}]]}
    await api.result("sendMessage", chat_id=channel.id, text="News", reply_markup=keys)
    async with open_page(browser, emulator, address=f"#{reader.id}/{channel.id}") as page:
        await page.get_by_test_id("key").click()
        await expect(bubbles(page, "me").locator(".text")).to_have_text("/start i_2025-09-12_3")
    assert [message.text for message in await reader.history()] == ["/start i_2025-09-12_3"]


async def test_ephemeral_message_is_shown_to_its_receiver_alone(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    ann, bob = await create_started_user(emulator), await create_started_user(emulator, "Bob")
    group = await emulator.create_supergroup("Readers", ann, bob, bot="administrator")
    await api.result("sendMessage", chat_id=group.id, text="News")
    parameters = {"receiver_user_id": ann.id}
    await api.result("sendMessage", chat_id=group.id, text="For Ann", ephemeral_message_parameters=parameters)
    async with open_page(browser, emulator, address=f"#{bob.id}/{group.id}") as page:
        await expect(bubbles(page)).to_have_count(1)
        await expect(page.get_by_test_id(f"chat-{bob.id}-{group.id}")).to_contain_text("News")
        await page.get_by_test_id(f"chat-{ann.id}-{group.id}").click()
        await expect(bubbles(page)).to_have_count(2)
        await expect(bubbles(page).last.get_by_test_id("ephemeral")).to_have_text("Only you see this")
        await api.result("deleteEphemeralMessage", chat_id=group.id, ephemeral_message_id=1, **parameters)
        await expect(bubbles(page)).to_have_count(1)


async def test_nested_and_overlapping_entities(browser: Browser, emulator: EmulatorClient) -> None:
    names = ("type", "offset", "length", "url")
    given = [[text, [dict(zip(names, one, strict=False)) for one in entities]] for text, entities, _ in NESTINGS]
    async with open_page(browser, emulator) as page:
        made = await page.evaluate(
            """async cases => {
                const { render } = await import('/entities.js')
                return cases.map(([text, entities]) => {
                    const box = document.createElement('div')
                    box.append(render(text, entities, {}))
                    return box.innerHTML
                })
            }""",
            given,
        )
    assert made == [markup for _, _, markup in NESTINGS]


async def test_open_quote_and_spoiler_survive_an_edit(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    quote = (LONG.strip(), {"type": "expandable_blockquote"})
    secret = ("secret", {"type": "spoiler"})
    message = await api.result("sendMessage", chat_id=ann.id, **text_with_entities("1. News\n", quote, "\n", secret))
    async with open_page(browser, emulator) as page:
        fold, button = page.locator(".fold"), page.get_by_test_id("unfold")
        await expect(button).to_have_attribute("aria-expanded", "false")
        folded = await fold.evaluate("node => node.clientHeight / parseFloat(getComputedStyle(node).lineHeight)")
        assert folded == pytest.approx(3, abs=0.1)
        await button.click()
        await expect(button).to_have_attribute("aria-expanded", "true")
        await expect(fold).to_have_js_property("clientHeight", await fold.evaluate("node => node.scrollHeight"))
        await page.get_by_test_id("spoiler").click()
        changed = text_with_entities("1. Corrected\n", quote, "\n", secret)
        await api.result("editMessageText", chat_id=ann.id, message_id=message["message_id"], **changed)
        await expect(bubbles(page)).to_contain_text("Corrected")
        await expect(page.get_by_test_id("edited")).to_have_text("edited")
        await expect(page.get_by_test_id("unfold")).to_have_attribute("aria-expanded", "true")
        await expect(page.get_by_test_id("spoiler")).to_have_class(re.compile("shown"))


async def test_press_spins_until_answer_then_shows_it(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    rows = [[{"text": "Yes", "callback_data": "y"}, {"text": "Site", "url": "https://example.com/"}]]
    await api.result("sendMessage", chat_id=ann.id, text="Really?", reply_markup={"inline_keyboard": rows})
    async with open_page(browser, emulator) as page:
        yes = page.get_by_test_id("key").first
        await expect(page.get_by_role("link", name="Site")).to_contain_text("↗")
        for loud in (False, True):
            await yes.click()
            await expect(yes).to_have_attribute("aria-busy", "true")
            update = (await api.get_updates(-1))[-1]
            answer = {"text": f"Loud: {loud} <b>", "show_alert": loud}
            await api.result("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], **answer)
            await expect(yes).not_to_have_attribute("aria-busy", "true")
            await expect(page.get_by_test_id("alert" if loud else "toast")).to_contain_text(f"Loud: {loud} <b>")
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("alert")).to_be_hidden()


async def test_toast_covers_nothing_and_moves_nothing(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    """A message as tall as the screen is read beside a short toast; a long one lets the bar grow."""
    ann = await create_started_user(emulator)
    keys = {"inline_keyboard": [[{"text": "Save", "callback_data": "s"}]]}
    await api.result("sendMessage", chat_id=ann.id, text="line\n" * 40 + "end", reply_markup=keys)
    async with open_page(browser, emulator, PHONE) as page:
        screen, toast = page.get_by_test_id("conversation"), page.get_by_test_id("toast")
        before = await screen.bounding_box()
        for text, is_long in (("Saved.", False), ("已保存，可以撤销。", False), ("A long answer " * 13, True)):
            await page.get_by_test_id("key").click()
            await expect(page.get_by_test_id("key")).to_have_attribute("aria-busy", "true")
            update = (await api.get_updates(-1))[-1]
            await api.result("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text=text)
            await expect(toast).to_have_text(text.strip() if is_long else text)
            box, now = await toast.bounding_box(), await screen.bounding_box()
            assert box is not None
            assert now is not None
            assert box["y"] + box["height"] <= now["y"]
            assert is_long or now == before
            await expect(page.get_by_test_id("chat-title")).to_be_hidden()
        await expect(page.get_by_test_id("clock-chip")).to_be_visible()


async def test_deleted_and_silent_messages(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    async with open_page(browser, emulator) as page:
        first = await api.result("sendMessage", chat_id=ann.id, text="one", disable_notification=True)
        await expect(page.get_by_test_id("silent")).to_be_visible()
        await api.result("sendMessage", chat_id=ann.id, text="two")
        await expect(bubbles(page)).to_have_count(2)
        await api.result("deleteMessage", chat_id=ann.id, message_id=first["message_id"])
        await expect(bubbles(page)).to_have_count(1)
        await expect(page.get_by_test_id("silent")).to_have_count(0)
