"""The page in a real Chromium: a newcomer's way, what each message looks like, faults and restarts borne."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from emulator.client import Sim, SimPerson, running, spawned
from tests.chromium import chromium
from tests.emulator.conftest import Api

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]  # one loop: one browser serves all tests

SHANGHAI = ZoneInfo("Asia/Shanghai")
DESKTOP = (1280, 800)
PHONE = (375, 720)
LONG = "Oracle and OpenAI signed an agreement of five years for cloud computing, the largest of its kind. " * 8


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def sim() -> AsyncIterator[Sim]:
    async with running() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def api(sim: Sim) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session, sim)


@asynccontextmanager
async def opened(browser: Browser, sim: Sim, size: tuple[int, int] = DESKTOP, **context: Any) -> AsyncIterator[Page]:
    """The page, loaded; leaving it fails when it complained in its console."""
    complaints: list[str] = []
    width, height = size
    surroundings = await browser.new_context(
        viewport={"width": width, "height": height}, **{"locale": "en-GB", "reduced_motion": "reduce"} | context
    )
    page = await surroundings.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    await page.goto(sim.control_url)
    yield page
    await surroundings.close()
    assert [one for one in complaints if "ERR_CONNECTION_REFUSED" not in one] == []


def bubbles(page: Page, side: str = "bot") -> Locator:
    return page.locator(f"article[data-from={side}]")


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("text").fill(text)
    await page.get_by_test_id("send").click()


async def talking(sim: Sim, name: str = "Ann", language: str = "en") -> SimPerson:
    """Someone who has started the bot, so that it may write to them."""
    return await sim.person(name, language=language, started=True)


def styled(*parts: str | tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Pieces, plain or with an entity, as text and entities."""
    text, entities = "", []
    for part in parts:
        words, entity = (part, None) if isinstance(part, str) else part
        offset = len(text.encode("utf-16-le")) // 2
        if entity:
            entities.append({"offset": offset, "length": len(words.encode("utf-16-le")) // 2, **entity})
        text += words
    return {"text": text, "entities": entities}


async def test_a_newcomer_starts_moves_the_clock_and_the_morning_arrives(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await sim.person("小雨", language="zh-hans")
    async with opened(browser, sim) as page:
        await expect(page.get_by_test_id("welcome").locator("li")).to_have_count(3)
        await page.get_by_test_id("start").click()
        (update,) = await api.updates()
        assert update["message"]["text"] == "/start"
        await api.ok("sendMessage", chat_id=ann.id, text="Subscribed for 08:00")
        await expect(bubbles(page).last).to_contain_text("Subscribed for 08:00")
        before = (await sim.clock()).astimezone(SHANGHAI)
        await page.get_by_test_id("coach-do").click()
        await expect(page.locator("[data-step='3']")).to_be_visible()
        after = (await sim.clock()).astimezone(SHANGHAI)
        assert (after.date() - before.date(), after.hour, after.minute) == (timedelta(days=1), 7, 59)
        await expect(page.get_by_test_id("clock-chip")).to_contain_text("07:59")
        await page.get_by_test_id("clock-moveBy1").click()
        await expect(page.get_by_test_id("clock-chip")).to_contain_text("08:00")
        sent = await api.ok("sendMessage", chat_id=ann.id, text="Good morning")
        await expect(page.get_by_test_id(f"message-{sent['message_id']}")).to_contain_text("Good morning")
        await expect(page.locator("[data-step='4']")).to_be_visible()
        assert [line.message.text for line in await sim.log(kind="received") if line.message][-1] == "Good morning"


async def test_every_style_is_an_element_and_no_words_become_markup(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await talking(sim)
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
    await api.ok("sendMessage", chat_id=ann.id, **styled(*parts, link, f" {evil} #news "))
    async with opened(browser, sim) as page:
        text = bubbles(page).locator(".text")
        for kind, tag in tags.items():
            await expect(text.locator(tag)).to_have_text(f"{kind} <3")
        anchor = text.get_by_role("link", name="a link")
        await expect(anchor).to_have_attribute("href", "https://example.com/a?b=1&c=2")
        await expect(anchor).to_have_attribute("rel", re.compile("noopener"))
        await expect(text).to_contain_text(evil)
        await expect(text.locator(".hashtag")).to_have_text("#news")
        assert await page.locator("img[src=x]").count() == 0


NESTINGS: list[tuple[str, list[tuple[Any, ...]], str]] = [
    ("abcd", [("bold", 0, 3), ("italic", 2, 2)], "<b>ab<i>c</i></b><i>d</i>"),
    ("abc", [("italic", 0, 3), ("bold", 0, 3)], "<i><b>abc</b></i>"),
    ("😀b", [("bold", 2, 1)], "😀<b>b</b>"),
    ("ab", [("bold", 0, 9)], "<b>ab</b>"),
    ("x", [("text_link", 0, 1, "javascript:alert(1)")], "<span>x</span>"),
    # A block is outermost, and the line feed after it makes no empty line.
    ("a\nbc\nd", [("bold", 0, 4), ("blockquote", 2, 2)], "<b>a\n</b><blockquote><b>bc</b></blockquote>d"),
]


async def test_entities_nest_and_overlap_in_any_way(browser: Browser, sim: Sim) -> None:
    names = ("type", "offset", "length", "url")
    given = [[text, [dict(zip(names, one, strict=False)) for one in entities]] for text, entities, _ in NESTINGS]
    async with opened(browser, sim) as page:
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


async def test_a_bot_that_does_not_come_for_its_messages_is_waited_for(browser: Browser, sim: Sim, api: Api) -> None:
    await talking(sim)
    async with opened(browser, sim) as page:
        await say(page, "anybody there?")
        await expect(page.get_by_test_id("chat-status")).to_have_text("waiting for the bot…")
        (update,) = await api.updates()
        await api.ok("getUpdates", offset=update["update_id"] + 1)
        await expect(page.get_by_test_id("chat-status")).to_have_text("You are Ann")


async def test_a_folded_quote_unfolds_and_a_spoiler_shows_and_both_outlive_an_edit(
    browser: Browser, sim: Sim, api: Api
) -> None:
    ann = await talking(sim)
    quote = (LONG.strip(), {"type": "expandable_blockquote"})
    secret = ("secret", {"type": "spoiler"})
    message = await api.ok("sendMessage", chat_id=ann.id, **styled("1. News\n", quote, "\n", secret))
    async with opened(browser, sim) as page:
        fold, button = page.locator(".fold"), page.get_by_test_id("unfold")
        await expect(button).to_have_attribute("aria-expanded", "false")
        folded = await fold.evaluate("node => node.clientHeight / parseFloat(getComputedStyle(node).lineHeight)")
        assert folded == pytest.approx(3, abs=0.1)
        await button.click()
        await expect(button).to_have_attribute("aria-expanded", "true")
        await expect(fold).to_have_js_property("clientHeight", await fold.evaluate("node => node.scrollHeight"))
        await page.get_by_test_id("spoiler").click()
        changed = styled("1. Corrected\n", quote, "\n", secret)
        await api.ok("editMessageText", chat_id=ann.id, message_id=message["message_id"], **changed)
        await expect(bubbles(page)).to_contain_text("Corrected")
        await expect(page.get_by_test_id("edited")).to_have_text("edited")
        await expect(page.get_by_test_id("unfold")).to_have_attribute("aria-expanded", "true")
        await expect(page.get_by_test_id("spoiler")).to_have_class(re.compile("shown"))


async def test_a_press_spins_until_answered_then_a_toast_or_an_alert_shows(
    browser: Browser, sim: Sim, api: Api
) -> None:
    ann = await talking(sim)
    rows = [[{"text": "Yes", "callback_data": "y"}, {"text": "Site", "url": "https://example.com/"}]]
    await api.ok("sendMessage", chat_id=ann.id, text="Really?", reply_markup={"inline_keyboard": rows})
    async with opened(browser, sim) as page:
        yes = page.get_by_test_id("key").first
        await expect(page.get_by_role("link", name="Site")).to_contain_text("↗")
        for loud in (False, True):
            await yes.click()
            await expect(yes).to_have_attribute("aria-busy", "true")
            update = (await api.updates(-1))[-1]
            answer = {"text": f"Loud: {loud} <b>", "show_alert": loud}
            await api.ok("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], **answer)
            await expect(yes).not_to_have_attribute("aria-busy", "true")
            await expect(page.get_by_test_id("alert" if loud else "toast")).to_contain_text(f"Loud: {loud} <b>")
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("alert")).to_be_hidden()


async def test_a_deleted_message_goes_and_a_silent_one_is_marked(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await talking(sim)
    async with opened(browser, sim) as page:
        first = await api.ok("sendMessage", chat_id=ann.id, text="one", disable_notification=True)
        await expect(page.get_by_test_id("silent")).to_be_visible()
        await api.ok("sendMessage", chat_id=ann.id, text="two")
        await expect(bubbles(page)).to_have_count(2)
        await api.ok("deleteMessage", chat_id=ann.id, message_id=first["message_id"])
        await expect(bubbles(page)).to_have_count(1)
        await expect(page.get_by_test_id("silent")).to_have_count(0)


async def test_several_people_have_their_own_chat_unread_marks_zone_and_device(
    browser: Browser, sim: Sim, api: Api
) -> None:
    await talking(sim)
    bo = await talking(sim, "Bo", "de")
    async with opened(browser, sim) as page:
        await expect(page.get_by_test_id("composer")).to_be_visible()
        for text in ("for Bo", "again for Bo"):
            await api.ok("sendMessage", chat_id=bo.id, text=text)
        entry = page.get_by_test_id(f"chat-{bo.id}-{bo.id}")
        await expect(entry.get_by_test_id("unread")).to_have_text("2")
        await expect(bubbles(page)).to_have_count(0)
        await page.get_by_test_id("width").click()
        await expect(page.get_by_test_id("device")).to_have_class("phone")
        async with page.expect_response("**/sim/read"):
            await entry.click()
        await expect(bubbles(page)).to_have_count(2)
        await expect(entry.get_by_test_id("unread")).to_have_count(0)
        await expect(page.get_by_test_id("device")).not_to_have_class("phone")
        await expect(page.get_by_test_id("zone")).to_have_value("Europe/Berlin")
        state = await sim.state()
        assert next(chat for chat in state["chats"] if chat["id"] == bo.id)["unread"].get(str(bo.id), 0) == 0


async def test_a_chat_that_begins_while_the_page_is_open_has_unread_marks_too(
    browser: Browser, sim: Sim, api: Api
) -> None:
    ann = await talking(sim)
    new = await sim.person("New")
    async with opened(browser, sim) as page:
        entry = page.get_by_test_id(f"chat-{new.id}-{new.id}")
        async with page.expect_response(lambda answer: f"commands?chat_id={new.id}" in answer.url):
            await entry.click()
        await page.get_by_test_id(f"chat-{ann.id}-{ann.id}").click()
        await new.send("/start")
        await api.ok("sendMessage", chat_id=new.id, text="Welcome")
        await expect(entry.get_by_test_id("unread")).to_have_text("1")
        async with page.expect_response("**/sim/read"):
            await entry.click()
        await expect(entry.get_by_test_id("unread")).to_have_count(0)


async def test_a_person_is_added_and_blocks_and_comes_back(browser: Browser, sim: Sim, api: Api) -> None:
    async with opened(browser, sim) as page:
        await page.get_by_test_id("nobody").get_by_role("button").click()
        await page.get_by_test_id("new-name").fill("Zoë <b>")
        await page.get_by_test_id("new-language").select_option("en")
        await page.keyboard.press("Enter")
        await page.get_by_test_id("start").click()
        await expect(bubbles(page, "me")).to_have_text(re.compile("/start"))
        person = (await sim.state())["people"][0]
        assert (person["first_name"], person["language_code"]) == ("Zoë <b>", "en")
        await page.get_by_test_id("block").click()
        await expect(page.get_by_test_id("restart")).to_be_visible()
        assert (
            await api.error("sendMessage", chat_id=person["id"], text="x") == "Forbidden: bot was blocked by the user"
        )
        await page.get_by_test_id("restart").click()
        await expect(bubbles(page, "me")).to_have_count(2)
        await expect(page.get_by_test_id("notice").last).to_contain_text("Zoë <b> unblocked the bot")
        await api.ok("sendMessage", chat_id=person["id"], text="welcome back")
        await expect(bubbles(page)).to_contain_text("welcome back")


async def test_the_command_menu_is_the_persons_own_and_the_keyboard_does_it_all(
    browser: Browser, sim: Sim, api: Api
) -> None:
    ann = await talking(sim)
    await api.ok("setMyCommands", commands=[{"command": "today", "description": "Today's digest"}])
    own = [{"command": "broadcast", "description": "To all"}, {"command": "brief", "description": "Short"}]
    await api.ok("setMyCommands", commands=own, scope={"type": "chat", "chat_id": ann.id})
    async with opened(browser, sim) as page:
        text = page.get_by_test_id("text")
        await page.get_by_test_id("commands-button").click()
        options = page.get_by_test_id("commands").get_by_role("option")
        await expect(options).to_have_count(2)
        await page.keyboard.press("Escape")
        await expect(options).to_have_count(0)
        await text.fill("/bri")
        await expect(options).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(bubbles(page, "me")).to_contain_text("/brief")
        await text.fill("one")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("two")
        await page.keyboard.press("Enter")
        await expect(bubbles(page, "me")).to_have_count(2)
        assert [message.text for message in await ann.screen()] == ["/brief", "one\ntwo"]
        await page.keyboard.press("ArrowUp")
        await expect(bubbles(page, "me").last).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await expect(bubbles(page, "me").first).to_be_focused()


async def test_a_reply_an_edit_a_file_and_a_place_reach_the_bot(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await talking(sim)
    sent = await api.ok("sendMessage", chat_id=ann.id, text="the news")
    async with opened(browser, sim) as page:
        await bubbles(page).click(button="right")
        await page.get_by_test_id("menu-reply").click()
        await expect(page.get_by_test_id("context")).to_contain_text("the news")
        await say(page, "/broadcast")
        mine = bubbles(page, "me")
        await expect(mine.locator(".quoted")).to_contain_text("the news")
        await mine.hover()
        await mine.get_by_test_id("options").click()
        await page.get_by_test_id("menu-edit").click()
        await say(page, "/broadcasts")
        await expect(mine.get_by_test_id("edited")).to_be_visible()
        note: FilePayload = {"name": "news.md", "mimeType": "text/markdown", "buffer": "# 新闻".encode()}
        await page.get_by_test_id("file").set_input_files(note)
        await expect(page.get_by_test_id("document")).to_contain_text("8 B")
        await page.get_by_test_id("attach").click()
        await page.get_by_test_id("attach-place").click()
        await page.get_by_test_id("place-Berlin").click()
        await expect(page.get_by_test_id("location")).to_contain_text("52.5200")
        reply, edit, file, place = await api.updates()
        assert reply["message"]["reply_to_message"]["message_id"] == sent["message_id"]
        assert edit["edited_message"]["text"] == "/broadcasts"
        assert file["message"]["document"]["file_name"] == "news.md"
        assert place["message"]["location"]["latitude"] == pytest.approx(52.52)
        async with page.expect_download() as download:
            await page.get_by_test_id("document").click()
        assert (await (await download.value).path()).read_bytes().decode() == "# 新闻"


async def test_a_lost_answer_is_seen_in_the_chat_and_in_the_panel(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await talking(sim)
    await api.ok("sendMessage", chat_id=ann.id, text="before")
    async with opened(browser, sim) as page:
        await page.get_by_test_id("fault-drop").click()
        await expect(page.get_by_test_id("fault-drop")).to_have_attribute("aria-checked", "true")
        with pytest.raises(Exception, match="disconnected"):
            await api.ok("sendMessage", chat_id=ann.id, text="arrived all the same")
        await expect(bubbles(page).last).to_contain_text("arrived all the same")
        await expect(page.get_by_test_id("notice")).to_contain_text("its answer was lost")
        await expect(page.get_by_test_id("fired-drop")).to_contain_text("1")
        await expect(page.get_by_test_id("fault-drop")).to_have_attribute("aria-checked", "false")
        await page.get_by_test_id("clear-faults").click()
        await expect(page.get_by_test_id("fired-drop")).to_have_count(0)
        assert await sim.faults() == []


async def test_words_of_the_page_colours_and_choices_are_remembered(browser: Browser, sim: Sim) -> None:
    await sim.person("Ann", language="en")
    async with opened(browser, sim, locale="zh-CN", color_scheme="dark") as page:
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


async def test_on_a_phone_one_thing_at_a_time_and_nothing_sticks_out(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await talking(sim)
    rows = [[{"text": f"Category {n} with a long name", "callback_data": str(n)} for n in range(4)]]
    code = ("x" * 200, {"type": "pre", "language": "python"})
    quote = (LONG + "https://example.com/" + "a" * 150, {"type": "expandable_blockquote"})
    await api.ok("sendMessage", chat_id=ann.id, **styled(code, "\n", quote), reply_markup={"inline_keyboard": rows})
    async with opened(browser, sim, PHONE, has_touch=True, is_mobile=True) as page:
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


async def test_an_emulator_started_anew_is_followed_without_a_reload(browser: Browser) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = ("--port", "0", "--control-port", str(port))
    async with spawned(*place) as first:
        await first.person("Ann", id=77)
        surroundings = await browser.new_context(locale="en-GB")
        page = await surroundings.new_page()
        await page.goto(first.control_url)
        await expect(page.get_by_test_id("chat-77-77")).to_be_visible()
    await expect(page.get_by_test_id("chat-status")).to_have_text("connecting again…")
    async with spawned(*place) as second:
        bo = await second.person("Bo", id=88)
        await expect(page.get_by_test_id("chat-88-88")).to_be_visible(timeout=10_000)
        await expect(page.get_by_test_id("chat-77-77")).to_have_count(0)
        await bo.send("hello again")
        await expect(bubbles(page, "me")).to_contain_text("hello again")
        await surroundings.close()


async def test_a_crowd_and_a_long_run_of_messages_stay_quick(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await talking(sim)
    await sim.crowd(2000)
    async with opened(browser, sim) as page:
        await page.get_by_test_id(f"chat-{ann.id}-{ann.id}").click()
        await asyncio.gather(*(api.ok("sendMessage", chat_id=ann.id, text=f"line {n}") for n in range(300)))
        await expect(bubbles(page)).to_have_count(300)
        await page.get_by_test_id("search").fill("Ann")
        await expect(page.get_by_test_id("chat-list").locator("li")).to_have_count(1)
        drawn = await page.evaluate(
            "() => new Promise(done => { const t = performance.now(); setTimeout(() => requestAnimationFrame(() => "
            "done(performance.now() - t)), 0) })"
        )
        assert drawn < 1000, json.dumps(drawn)


async def test_the_way_back_leads_to_where_the_story_began(browser: Browser, sim: Sim) -> None:
    await talking(sim)
    async with opened(browser, sim) as page:
        back = page.get_by_test_id("clock-start")
        await expect(back).to_have_text("Back to real time")
        evening = datetime(2025, 9, 12, 20, 0, tzinfo=SHANGHAI)
        await sim.set_clock(evening, start=True)
        await expect(back).to_have_text("Back to the start")
        await page.get_by_test_id("clock-tomorrow").click()
        await expect(page.get_by_test_id("clock-chip")).to_contain_text("07:59")
        await back.click()
        await expect(page.get_by_test_id("clock-day")).to_contain_text("12 Sep")
        assert timedelta() <= await sim.clock() - evening < timedelta(minutes=1)


async def test_two_people_stand_side_by_side_and_an_address_says_who_one_is(
    browser: Browser, sim: Sim, api: Api
) -> None:
    ann, bo = await talking(sim), await talking(sim, "Bo", "de")
    async with opened(browser, sim) as page:
        await page.get_by_test_id(f"chat-{bo.id}-{bo.id}").click()
        await page.reload()
        await expect(page.get_by_test_id("chat-status")).to_have_text("You are Bo")
        await page.get_by_test_id("to-beside").click()
        beside = page.frame_locator("[data-testid=beside]")
        await expect(beside.get_by_test_id("chat-status")).to_have_text("You are Ann")
        await expect(beside.get_by_test_id("to-beside")).to_be_hidden()
        await expect(beside.get_by_test_id("to-list")).to_be_visible()  # as on a phone
        for who in (ann, bo):
            await api.ok("sendMessage", chat_id=who.id, text=f"for {who.id}")
        await expect(bubbles(page)).to_have_text(re.compile(f"for {bo.id}"))
        await expect(beside.locator("article[data-from=bot]")).to_have_text(re.compile(f"for {ann.id}"))
        await page.get_by_test_id("theme").click()
        await expect(beside.locator("html")).to_have_attribute("data-theme", "light")
        await page.get_by_test_id("to-beside").click()
        await expect(page.get_by_test_id("beside")).to_have_count(0)


async def test_what_an_inline_query_offers_is_chosen_and_said(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await talking(sim)
    content = {"message_text": "News of today", "entities": [{"type": "bold", "offset": 0, "length": 4}]}
    results = [
        {"type": "article", "id": str(n), "title": f"Item {n}", "input_message_content": content} for n in range(2)
    ]
    async with opened(browser, sim) as page:
        await page.get_by_test_id("text").fill("@digest_demo_bot chips")
        (update,) = await api.updates()
        assert update["inline_query"]["query"] == "chips"
        await api.ok("answerInlineQuery", inline_query_id=update["inline_query"]["id"], results=results)
        await expect(page.get_by_test_id("commands").get_by_role("option")).to_have_text(["Item 0", "Item 1"])
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(bubbles(page, "me").locator("b")).to_have_text("News")
        assert [message.text for message in await ann.screen()] == ["News of today"]


async def test_a_flood_slow_answers_and_no_connection_are_switched_on_and_off(
    browser: Browser, sim: Sim, api: Api
) -> None:
    ann = await talking(sim)
    await api.ok("sendMessage", chat_id=ann.id, text="before")
    async with opened(browser, sim) as page:
        await page.get_by_test_id("fault-flood").click()
        await expect(page.get_by_test_id("fault-flood")).to_have_attribute("aria-checked", "true")
        refused = await api.ask("sendMessage", chat_id=ann.id, text="x")
        assert (refused["status"], refused["parameters"]) == (429, {"retry_after": 5})
        await expect(page.get_by_test_id("notice")).to_contain_text("too many requests")
        await page.get_by_test_id("limits").click()
        await expect(page.get_by_test_id("limits")).to_have_attribute("aria-checked", "true")
        assert (await sim.state())["limits"]["enabled"] is True
        refuse = page.get_by_test_id("fault-refuse")
        await refuse.click()
        await expect(refuse).to_have_attribute("aria-checked", "true")
        with pytest.raises(aiohttp.ClientConnectorError):
            await api.ask("getMe")
        await refuse.click()
        await expect(refuse).to_have_attribute("aria-checked", "false")
        await api.ok("getMe")


async def test_a_group_its_topics_and_a_reply_keyboard(browser: Browser, sim: Sim, api: Api) -> None:
    ann = await talking(sim)
    forum = await sim.supergroup("Forum", ann, forum=True, bot="administrator")
    news = await forum.add_topic("News")
    async with opened(browser, sim) as page:
        await page.get_by_test_id(f"chat-{ann.id}-{forum.id}").click()
        await page.locator("#topics").get_by_role("button", name="News").click()
        await say(page, "in the topic")
        (update,) = [one for one in await api.updates() if "text" in one.get("message", {})]
        assert update["message"]["message_thread_id"] == news
        rows = [["Yes", {"text": "Where I am", "request_location": True}]]
        await api.ok("sendMessage", chat_id=ann.id, text="Well?", reply_markup={"keyboard": rows})
        await page.get_by_test_id(f"chat-{ann.id}-{ann.id}").click()
        await page.get_by_test_id("reply-key").first.click()
        await expect(bubbles(page, "me")).to_contain_text("Yes")
        await page.get_by_test_id("reply-key").last.click()
        await page.get_by_test_id("place-Shanghai").click()
        await expect(page.get_by_test_id("location")).to_contain_text("31.2304")
