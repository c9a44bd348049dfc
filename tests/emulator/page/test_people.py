"""Users and the clock on the page: onboarding, several users, unread marks, zones, devices, resetting."""

import asyncio
import re
from datetime import datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, expect

from emulator.client import EmulatorClient, run_emulator
from tests.emulator.conftest import BotApi
from tests.emulator.page.harness import (
    BROWSER_MARKS,
    LONG,
    PHONE,
    SHANGHAI,
    bubbles,
    create_started_user,
    open_page,
    text_with_entities,
)

pytestmark = BROWSER_MARKS


async def test_onboarding_from_start_to_first_digest(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await emulator.create_user("小雨", language="zh-hans")
    async with open_page(browser, emulator) as page:
        await expect(page.get_by_test_id("welcome").locator("li")).to_have_count(3)
        await page.get_by_test_id("start").click()
        (update,) = await api.get_updates()
        assert update["message"]["text"] == "/start"
        await api.result("sendMessage", chat_id=ann.id, text="Subscribed for 08:00")
        await expect(bubbles(page).last).to_contain_text("Subscribed for 08:00")
        before = (await emulator.clock()).astimezone(SHANGHAI)
        await page.get_by_test_id("onboarding-action").click()
        await expect(page.locator("[data-step='3']")).to_be_visible()
        after = (await emulator.clock()).astimezone(SHANGHAI)
        assert (after.date() - before.date(), after.hour, after.minute) == (timedelta(days=1), 7, 59)
        await expect(page.get_by_test_id("clock-chip")).to_contain_text("07:59")
        await page.get_by_test_id("clock-moveBy1").click()
        await expect(page.get_by_test_id("clock-chip")).to_contain_text("08:00")
        sent = await api.result("sendMessage", chat_id=ann.id, text="Good morning")
        await expect(page.get_by_test_id(f"message-{sent['message_id']}")).to_contain_text("Good morning")
        await expect(page.locator("[data-step='4']")).to_be_visible()
        assert [line.message.text for line in await emulator.log(kind="bot_message") if line.message][
            -1
        ] == "Good morning"


async def test_no_onboarding_for_started_user(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    boss = await create_started_user(emulator, "Boss")
    async with open_page(browser, emulator) as page:
        await expect(page.get_by_test_id("welcome")).to_be_visible()
        await expect(page.get_by_test_id("welcome").locator("li")).to_have_count(0)
        await api.result("sendMessage", chat_id=boss.id, text="A report")
        await expect(bubbles(page)).to_contain_text("A report")
        await expect(page.get_by_test_id("onboarding")).to_be_hidden()


async def test_each_user_has_own_chat_unread_zone_and_device(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    await create_started_user(emulator)
    bo = await create_started_user(emulator, "Bo", "de")
    async with open_page(browser, emulator) as page:
        await expect(page.get_by_test_id("composer")).to_be_visible()
        for text in ("for Bo", "again for Bo"):
            await api.result("sendMessage", chat_id=bo.id, text=text)
        entry = page.get_by_test_id(f"chat-{bo.id}-{bo.id}")
        await expect(entry.get_by_test_id("unread")).to_have_text("2")
        await expect(bubbles(page)).to_have_count(0)
        await page.get_by_test_id("width").click()
        await expect(page.get_by_test_id("device")).to_have_class("phone")
        async with page.expect_response("**/control/read"):
            await entry.click()
        await expect(bubbles(page)).to_have_count(2)
        await expect(entry.get_by_test_id("unread")).to_have_count(0)
        await expect(page.get_by_test_id("device")).not_to_have_class("phone")
        await expect(page.get_by_test_id("zone")).to_have_value("Europe/Berlin")
        state = await emulator.state()
        assert next(chat for chat in state["chats"] if chat["id"] == bo.id)["unread"].get(str(bo.id), 0) == 0


async def test_unread_marks_of_chat_started_while_open(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    new = await emulator.create_user("New")
    async with open_page(browser, emulator) as page:
        entry = page.get_by_test_id(f"chat-{new.id}-{new.id}")
        async with page.expect_response(lambda answer: f"commands?chat_id={new.id}" in answer.url):
            await entry.click()
        await page.get_by_test_id(f"chat-{ann.id}-{ann.id}").click()
        await new.send("/start")
        await api.result("sendMessage", chat_id=new.id, text="Welcome")
        await expect(entry.get_by_test_id("unread")).to_have_text("1")
        async with page.expect_response("**/control/read"):
            await entry.click()
        await expect(entry.get_by_test_id("unread")).to_have_count(0)


async def test_add_group_and_channel_with_owner_and_members(
    browser: Browser, emulator: EmulatorClient, api: BotApi
) -> None:
    ann, bo = await create_started_user(emulator), await create_started_user(emulator, "Bo", "de")
    async with open_page(browser, emulator) as page:
        for kind, title in (("supergroup", "Readers <b>"), ("channel", "News")):
            await page.get_by_test_id("add-person").click()
            await expect(page.get_by_test_id("new-language")).to_be_visible()
            await page.get_by_test_id("new-kind").select_option(kind)
            await expect(page.get_by_test_id("new-language")).to_be_hidden()
            await expect(page.get_by_test_id("adding")).to_contain_text("Ann owns it; ordinary members: Bo.")
            await page.get_by_test_id("new-name").fill(title)
            await page.get_by_test_id("new-add").click()
            await expect(page.get_by_test_id("chat-title")).to_have_text(title)
            await expect(page.get_by_test_id("chat-status")).to_have_text("You are Ann, the owner")
            made = next(chat for chat in (await emulator.state())["chats"] if chat["title"] == title)
            assert made["type"] == kind
            status = {member["user_id"]: member["status"] for member in made["members"]}
            assert (status[ann.id], status[bo.id]) == ("creator", "member")
            await api.result("sendMessage", chat_id=made["id"], text=f"Hello, {kind}")
            await expect(bubbles(page)).to_contain_text(f"Hello, {kind}")
            await page.get_by_test_id(f"chat-{bo.id}-{made['id']}").click()
            await expect(page.get_by_test_id("chat-status")).to_have_text("You are Bo")
            await expect(page.get_by_test_id("composer")).to_be_visible(visible=kind != "channel")
            await page.get_by_test_id(f"chat-{ann.id}-{ann.id}").click()
        assert [update["my_chat_member"]["chat"]["title"] for update in await api.get_updates()] == [
            "Readers <b>",
            "News",
        ]


async def test_add_user_block_and_restart(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    async with open_page(browser, emulator) as page:
        await page.get_by_test_id("nobody").get_by_role("button").click()
        await page.get_by_test_id("new-name").fill("Zoë <b>")
        await page.get_by_test_id("new-language").select_option("en")
        await page.keyboard.press("Enter")
        await page.get_by_test_id("start").click()
        await expect(bubbles(page, "me")).to_have_text(re.compile("/start"))
        person = (await emulator.state())["users"][0]
        assert (person["first_name"], person["language_code"]) == ("Zoë <b>", "en")
        await page.get_by_test_id("block").click()
        await expect(page.get_by_test_id("restart")).to_be_visible()
        assert (
            await api.error("sendMessage", chat_id=person["id"], text="x") == "Forbidden: bot was blocked by the user"
        )
        await page.get_by_test_id("restart").click()
        await expect(bubbles(page, "me")).to_have_count(2)
        await expect(page.get_by_test_id("notice").last).to_contain_text("Zoë <b> unblocked the bot")
        await api.result("sendMessage", chat_id=person["id"], text="welcome back")
        await expect(bubbles(page)).to_contain_text("welcome back")


async def test_language_and_theme_are_remembered(browser: Browser, emulator: EmulatorClient) -> None:
    await emulator.create_user("Ann", language="en")
    async with open_page(browser, emulator, locale="zh-CN", color_scheme="dark") as page:
        await expect(page.get_by_test_id("start")).to_have_text("开始")
        paper = "() => getComputedStyle(document.querySelector('#chats')).backgroundColor"
        dark = await page.evaluate(paper)
        await page.get_by_test_id("language").click()
        await expect(page.get_by_test_id("start")).to_have_text("Start")
        await page.get_by_test_id("theme").click()
        assert await page.evaluate(paper) == "rgb(255, 255, 255)" != dark
        await page.reload()
        await expect(page.get_by_test_id("start")).to_have_text("Start")
        assert await page.evaluate(paper) == "rgb(255, 255, 255)"


async def test_phone_layout_has_no_overflow(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    rows = [[{"text": f"Category {n} with a long name", "callback_data": str(n)} for n in range(4)]]
    code = ("x" * 200, {"type": "pre", "language": "python"})
    quote = (LONG + "https://example.com/" + "a" * 150, {"type": "expandable_blockquote"})
    await api.result(
        "sendMessage", chat_id=ann.id, **text_with_entities(code, "\n", quote), reply_markup={"inline_keyboard": rows}
    )
    async with open_page(browser, emulator, PHONE, has_touch=True, is_mobile=True) as page:
        await expect(bubbles(page)).to_be_visible()
        await page.get_by_test_id("unfold").click()
        fits = """() => ['html', '#scroll', '#stage'].every(name => {
            const node = document.querySelector(name)
            return node.scrollWidth <= node.clientWidth
        }) && visualViewport.scale === 1"""
        assert await page.evaluate(fits)
        await page.get_by_test_id("clock-chip").click()
        assert await page.evaluate(fits)
        await expect(page.get_by_test_id("clock-tomorrow")).to_be_in_viewport()
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("clock-tomorrow")).not_to_be_in_viewport()
        await page.get_by_test_id("to-list").click()
        entry = page.get_by_test_id(f"chat-{ann.id}-{ann.id}")
        await expect(entry).to_be_in_viewport()
        await entry.click()
        await expect(entry).not_to_be_in_viewport()


async def test_only_part_of_many_users_is_drawn(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    await emulator.create_users(2000)
    async with open_page(browser, emulator) as page:
        await page.get_by_test_id(f"chat-{ann.id}-{ann.id}").click()
        await asyncio.gather(*(api.result("sendMessage", chat_id=ann.id, text=f"line {n}") for n in range(300)))
        await expect(bubbles(page)).to_have_count(300)
        assert await page.get_by_test_id("chat-list").locator("li").count() <= 100, "the rest is found by searching"
        await page.get_by_test_id("search").fill("Ann")
        await expect(page.get_by_test_id("chat-list").locator("li")).to_have_count(1)


async def test_reset_button_returns_to_baseline_time(browser: Browser, emulator: EmulatorClient) -> None:
    await create_started_user(emulator)
    async with open_page(browser, emulator) as page:
        back = page.get_by_test_id("clock-start")
        await expect(back).to_have_text("Back to real time")
        evening = datetime(2025, 9, 12, 20, 0, tzinfo=SHANGHAI)
        await emulator.set_clock(evening, baseline=True)
        await expect(back).to_have_text("Back to the start")
        await page.get_by_test_id("clock-tomorrow").click()
        await expect(page.get_by_test_id("clock-chip")).to_contain_text("07:59")
        await back.click()
        await expect(page.get_by_test_id("clock-day")).to_contain_text("12 Sep")
        assert timedelta() <= await emulator.clock() - evening < timedelta(minutes=1)


async def test_split_view_and_address_select_user(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann, bo = await create_started_user(emulator), await create_started_user(emulator, "Bo", "de")
    async with open_page(browser, emulator) as page:
        await page.get_by_test_id(f"chat-{bo.id}-{bo.id}").click()
        await page.reload()
        await expect(page.get_by_test_id("chat-status")).to_have_text("You are Bo")
        await page.get_by_test_id("to-split-view").click()
        other = page.frame_locator("[data-testid=split-view]")
        await expect(page.get_by_test_id("panel")).to_be_hidden()  # else the first chat would be a strip
        box = await page.get_by_test_id("device").bounding_box()
        assert box is not None
        assert box["width"] >= 320
        await expect(other.get_by_test_id("chat-status")).to_have_text("You are Ann")
        await expect(other.get_by_test_id("to-split-view")).to_be_hidden()
        await expect(other.get_by_test_id("to-list")).to_be_visible()  # as on a phone
        for who in (ann, bo):
            await api.result("sendMessage", chat_id=who.id, text=f"for {who.id}")
        await expect(bubbles(page)).to_have_text(re.compile(f"for {bo.id}"))
        await expect(other.locator("article[data-from=bot]")).to_have_text(re.compile(f"for {ann.id}"))
        await page.get_by_test_id("theme").click()
        await expect(other.locator("html")).to_have_attribute("data-theme", "light")
        await page.get_by_test_id("to-split-view").click()
        await expect(page.get_by_test_id("split-view")).to_have_count(0)


async def test_page_opens_as_a_reader_of_its_language(browser: Browser, emulator: EmulatorClient) -> None:
    await emulator.create_user("林主编", language="zh-hans", started=True, is_bot_admin=True)
    await emulator.create_user("Alex", language="en-GB")
    await emulator.create_user("小雨", language="zh-hans")
    for locale, name in (("zh-CN", "小雨"), ("en-GB", "Alex"), ("fr-FR", "Alex")):
        async with open_page(browser, emulator, locale=locale) as page:
            await expect(page.get_by_test_id("chat-status")).to_contain_text(name)


async def test_empty_chat_shows_the_description(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await emulator.create_user("Ann", language="en-GB")
    async with open_page(browser, emulator) as page:
        shown = page.get_by_test_id("description")
        await expect(page.get_by_test_id("welcome")).to_be_visible()
        await expect(shown).to_have_count(0)
        await api.result("setMyDescription", description="News every morning")
        await api.result("setMyShortDescription", short_description="News")
        await expect(shown).to_have_text("News every morning")
        await api.result("setMyDescription", description="English news\n\nevery <b>morning", language_code="en")
        await expect(shown).to_have_text("English news\n\nevery <b>morning")
        await page.reload()
        await expect(shown).to_have_attribute("lang", "en-GB")
        await ann.send("/start")
        await expect(shown).to_have_count(0)


async def test_first_tab_leads_to_the_newest_message(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    async with open_page(browser, emulator) as page:
        await api.result("sendMessage", chat_id=ann.id, text="Good morning")
        await expect(bubbles(page)).to_have_count(1)
        await page.keyboard.press("Tab")
        await expect(page.get_by_test_id("skip")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(bubbles(page).last).to_be_focused()


async def test_last_step_is_to_be_the_admin(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    await emulator.create_user("Ann", language="en")
    boss = await emulator.create_user("Boss", language="en", started=True, is_bot_admin=True)
    async with open_page(browser, emulator, PHONE) as page:
        await expect(page.get_by_test_id("welcome").locator("li")).to_have_count(4)
        await page.get_by_test_id("start").click()
        (start,) = await api.get_updates()
        ann = start["message"]["chat"]["id"]
        for hours, text in ((0, "Subscribed"), (12, "Good morning")):
            await emulator.set_clock(await emulator.clock() + timedelta(hours=hours))
            await api.result("sendMessage", chat_id=ann, text=text)
        await page.get_by_test_id("onboarding-action").filter(has_text="Be Boss").click()
        await expect(page.get_by_test_id("chat-status")).to_contain_text("Boss")
        await expect(page.get_by_test_id("text")).to_have_value(re.compile("^/broadcast "))
        await page.get_by_test_id("send").click()
        await expect(bubbles(page, "me").last).to_contain_text("/broadcast")
        (update,) = await api.get_updates(offset=start["update_id"] + 1)
        assert update["message"]["from"]["id"] == boss.id


async def test_dropped_digest_goes_into_the_folder(browser: Browser, tmp_path: Path) -> None:
    drop = """([name, text]) => {
        const dataTransfer = new DataTransfer()
        dataTransfer.items.add(new File([text], name))
        for (const type of ['dragenter', 'drop']) dispatchEvent(new DragEvent(type, { dataTransfer, cancelable: true }))
    }"""
    async with run_emulator(drop_folder=tmp_path) as emulator:
        await create_started_user(emulator)
        async with open_page(browser, emulator) as page:
            await expect(page.get_by_test_id("composer")).to_be_visible()
            await page.evaluate(drop, ["notes.txt", "no digest"])
            await expect(page.get_by_test_id("toast")).to_have_text("Only .md files are digests")
            await page.evaluate(drop, ["2025-09-12.md", "# 早报"])
            await expect(page.get_by_test_id("toast")).to_have_text("2025-09-12.md is in the digest folder")
            await expect(page.get_by_test_id("drop")).to_be_hidden()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"2025-09-12.md": "# 早报"}


async def test_messages_name_their_language(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    texts = {
        "OpenAI 与 Oracle 签下五年合约": "zh-Hans",
        "Oracle and OpenAI sign": "en",
        "今日はニュースが多い": "ja",
        "오늘의 뉴스": "ko",
    }
    mei = await create_started_user(emulator, "Mei", "zh-hans")
    li = await create_started_user(emulator, "Li", "zh-hant")
    async with open_page(browser, emulator, locale="zh-CN") as page:
        for text in texts:
            await api.result("sendMessage", chat_id=mei.id, text=text)
        await api.result("sendMessage", chat_id=li.id, text="今天的日報")
        for text, language in texts.items():
            await expect(bubbles(page).filter(has_text=text)).to_have_attribute("lang", language)
        await page.get_by_test_id(f"chat-{li.id}-{li.id}").click()
        await expect(bubbles(page)).to_have_attribute("lang", "zh-Hant")
