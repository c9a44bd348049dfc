"""Faults on the page: switching them on and off, a slow bot, a restarted emulator."""

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from emulator.client import EmulatorClient, spawn_emulator
from tests.emulator.conftest import BotApi
from tests.emulator.page.harness import BROWSER_MARKS, bubbles, create_started_user, open_page, type_and_send
from tests.ports import unused_port

pytestmark = BROWSER_MARKS


async def test_status_says_waiting_until_bot_fetches_updates(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    await create_started_user(emulator)
    async with open_page(browser, emulator) as page:
        await type_and_send(page, "anybody there?")
        await expect(page.get_by_test_id("chat-status")).to_have_text("waiting for the bot…")
        (update,) = await api.get_updates()
        await api.result("getUpdates", offset=update["update_id"] + 1)
        await expect(page.get_by_test_id("chat-status")).to_have_text("You are Ann")


async def test_lost_answer_shows_in_chat_and_panel(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    await api.result("sendMessage", chat_id=ann.id, text="before")
    async with open_page(browser, emulator) as page:
        await page.get_by_test_id("fault-drop").click()
        await expect(page.get_by_test_id("fault-drop")).to_have_attribute("aria-checked", "true")
        with pytest.raises(Exception, match="disconnected"):
            await api.result("sendMessage", chat_id=ann.id, text="arrived all the same")
        await expect(bubbles(page).last).to_contain_text("arrived all the same")
        await expect(page.get_by_test_id("notice")).to_contain_text("its answer was lost")
        await expect(page.get_by_test_id("fired-drop")).to_contain_text("1")
        await expect(page.get_by_test_id("fault-drop")).to_have_attribute("aria-checked", "false")
        await page.get_by_test_id("clear-faults").click()
        await expect(page.get_by_test_id("fired-drop")).to_have_count(0)
        assert await emulator.faults() == []


async def test_page_reconnects_to_restarted_emulator(browser: Browser) -> None:
    place = ("--port", "0", "--control-port", str(unused_port()))
    async with spawn_emulator(*place) as first:
        await first.create_user("Ann", id=77)
        surroundings = await browser.new_context(locale="en-GB")
        page = await surroundings.new_page()
        await page.goto(first.control_url)
        await expect(page.get_by_test_id("chat-77-77")).to_be_visible()
    await expect(page.get_by_test_id("chat-status")).to_have_text("reconnecting…")
    async with spawn_emulator(*place) as second:
        bo = await second.create_user("Bo", id=88)
        await expect(page.get_by_test_id("chat-88-88")).to_be_visible()
        await expect(page.get_by_test_id("chat-77-77")).to_have_count(0)
        await bo.send("hello again")
        await expect(bubbles(page, "me")).to_contain_text("hello again")
        await surroundings.close()


@pytest.mark.parametrize("typed", ["hello", "/stats", "/sta", "@digest_demo_bot chips"])
async def test_what_could_not_be_sent_stays_in_the_box(
    browser: Browser, emulator: EmulatorClient, api: BotApi, typed: str
) -> None:
    ann = await create_started_user(emulator)
    await api.result("setMyCommands", commands=[{"command": "stats", "description": "Figures"}])
    async with open_page(browser, emulator, locale="zh-CN") as page:
        text = page.get_by_test_id("text")
        await text.fill(typed)
        if typed.startswith("@"):
            (update,) = await api.get_updates()
            content = {"message_text": "News"}
            results = [{"type": "article", "id": "1", "title": "Item", "input_message_content": content}]
            await api.result("answerInlineQuery", inline_query_id=update["inline_query"]["id"], results=results)
        if typed != "hello":
            await expect(page.get_by_test_id("commands").get_by_role("option")).to_have_count(1)
        await page.route("**/control/messages", lambda route: route.abort("connectionrefused"))
        await text.press("Enter")
        await expect(page.get_by_test_id("toast")).to_have_text("操作没有成功：连接不上模拟器")
        await expect(text).to_have_value(typed)
        assert await ann.history() == []


async def test_edit_that_could_not_be_sent_is_an_edit_still(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    await create_started_user(emulator)
    async with open_page(browser, emulator) as page:
        await type_and_send(page, "before")
        await bubbles(page, "me").click(button="right", position={"x": 20, "y": 10})
        await page.get_by_test_id("menu-edit").click()
        await page.route("**/control/messages/edit", lambda route: route.abort("connectionrefused"))
        await type_and_send(page, "after")
        await expect(page.get_by_test_id("toast")).to_have_text("That did not work: the emulator cannot be reached")
        await expect(page.get_by_test_id("text")).to_have_value("after")
        await page.unroute("**/control/messages/edit")
        await page.get_by_test_id("send").click()
        await expect(bubbles(page, "me")).to_have_count(1)
        await expect(bubbles(page, "me")).to_contain_text("after")


async def test_toggle_flood_limits_and_refused_connections(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    ann = await create_started_user(emulator)
    await api.result("sendMessage", chat_id=ann.id, text="before")
    async with open_page(browser, emulator) as page:
        await page.get_by_test_id("fault-flood").click()
        await expect(page.get_by_test_id("fault-flood")).to_have_attribute("aria-checked", "true")
        refused = await api.call("sendMessage", chat_id=ann.id, text="x")
        assert (refused["status"], refused["parameters"]) == (429, {"retry_after": 5})
        await expect(page.get_by_test_id("notice")).to_contain_text("too many requests")
        await page.get_by_test_id("limits").click()
        await expect(page.get_by_test_id("limits")).to_have_attribute("aria-checked", "true")
        assert (await emulator.state())["limits"]["enabled"] is True
        refuse = page.get_by_test_id("fault-refuse")
        await refuse.click()
        await expect(refuse).to_have_attribute("aria-checked", "true")
        with pytest.raises(aiohttp.ClientConnectorError):
            await api.call("getMe")
        await refuse.click()
        await expect(refuse).to_have_attribute("aria-checked", "false")
        await api.result("getMe")
