"""What users send from the page: commands, replies, edits, files, locations, inline queries, topics."""

import pytest
from playwright.async_api import Browser, FilePayload, expect

from emulator.client import EmulatorClient
from tests.emulator.conftest import BotApi
from tests.emulator.page.harness import BROWSER_MARKS, PHONE, bubbles, create_started_user, open_page, type_and_send

pytestmark = BROWSER_MARKS


async def test_command_menu_and_keyboard_control(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    await api.result("setMyCommands", commands=[{"command": "today", "description": "Today's digest"}])
    own = [{"command": "broadcast", "description": "To all"}, {"command": "brief", "description": "Short"}]
    await api.result("setMyCommands", commands=own, scope={"type": "chat", "chat_id": ann.id})
    async with open_page(browser, emulator) as page:
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
        assert [message.text for message in await ann.history()] == ["/brief", "one\ntwo"]
        await page.keyboard.press("ArrowUp")
        await expect(bubbles(page, "me").last).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await expect(bubbles(page, "me").first).to_be_focused()


async def test_reply_edit_file_and_location_reach_bot(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    sent = await api.result("sendMessage", chat_id=ann.id, text="the news")
    async with open_page(browser, emulator) as page:
        await bubbles(page).click(button="right")
        await page.get_by_test_id("menu-reply").click()
        await expect(page.get_by_test_id("context")).to_contain_text("the news")
        await type_and_send(page, "/broadcast")
        mine = bubbles(page, "me")
        await expect(mine.locator(".quoted")).to_contain_text("the news")
        await mine.hover()
        await mine.get_by_test_id("options").click()
        await page.get_by_test_id("menu-edit").click()
        await type_and_send(page, "/broadcasts")
        await expect(mine.get_by_test_id("edited")).to_be_visible()
        note: FilePayload = {"name": "news.md", "mimeType": "text/markdown", "buffer": "# 新闻".encode()}
        await page.get_by_test_id("file").set_input_files(note)
        await expect(page.get_by_test_id("document")).to_contain_text("8 B")
        await page.get_by_test_id("attach").click()
        await page.get_by_test_id("attach-location").click()
        await page.get_by_test_id("location-Berlin").click()
        await expect(page.get_by_test_id("location")).to_contain_text("52.5200")
        await page.get_by_test_id("attach").click()
        await page.get_by_test_id("attach-location").click()
        await page.get_by_test_id("location-National Library, Lisbon").click()
        await expect(page.get_by_test_id("location").last).to_contain_text("Campo Grande 83")
        reply, edit, file, place, library = await api.get_updates()
        assert reply["message"]["reply_to_message"]["message_id"] == sent["message_id"]
        assert edit["edited_message"]["text"] == "/broadcasts"
        assert file["message"]["document"]["file_name"] == "news.md"
        assert place["message"]["location"]["latitude"] == pytest.approx(52.52)
        assert library["message"]["venue"]["title"] == "Biblioteca Nacional de Portugal"
        async with page.expect_download() as download:
            await page.get_by_test_id("document").click()
        assert (await (await download.value).path()).read_bytes().decode() == "# 新闻"


async def test_choosing_inline_result_sends_it(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    content = {"message_text": "News of today", "entities": [{"type": "bold", "offset": 0, "length": 4}]}
    results = [
        {"type": "article", "id": str(n), "title": f"Item {n}", "input_message_content": content} for n in range(2)
    ]
    async with open_page(browser, emulator) as page:
        await page.get_by_test_id("text").fill("@digest_demo_bot chips")
        (update,) = await api.get_updates()
        assert update["inline_query"]["query"] == "chips"
        await api.result("answerInlineQuery", inline_query_id=update["inline_query"]["id"], results=results)
        await expect(page.get_by_test_id("commands").get_by_role("option")).to_have_text(["Item 0", "Item 1"])
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(bubbles(page, "me").locator("b")).to_have_text("News")
        assert [message.text for message in await ann.history()] == ["News of today"]


async def test_group_topics_and_reply_keyboard(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    forum = await emulator.create_supergroup("Forum", ann, forum=True, bot="administrator")
    news = await forum.add_topic("News")
    async with open_page(browser, emulator) as page:
        await page.get_by_test_id(f"chat-{ann.id}-{forum.id}").click()
        await page.locator("#topics").get_by_role("button", name="News").click()
        await type_and_send(page, "in the topic")
        (update,) = [one for one in await api.get_updates() if "text" in one.get("message", {})]
        assert update["message"]["message_thread_id"] == news
        rows = [["Yes", {"text": "Where I am", "request_location": True}]]
        await api.result("sendMessage", chat_id=ann.id, text="Well?", reply_markup={"keyboard": rows})
        await page.get_by_test_id(f"chat-{ann.id}-{ann.id}").click()
        await page.get_by_test_id("reply-key").first.click()
        await expect(bubbles(page, "me")).to_contain_text("Yes")
        await page.get_by_test_id("reply-key").last.click()
        await page.get_by_test_id("location-Shanghai").click()
        await expect(page.get_by_test_id("location")).to_contain_text("31.2304")


async def test_every_kind_of_message_can_be_sent(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    async with open_page(browser, emulator, PHONE) as page:
        await page.get_by_test_id("text").fill("A **sunrise**")
        for kind in ("photo", "voice", "sticker", "poll", "album"):
            await page.get_by_test_id("attach").click()
            await page.get_by_test_id(f"attach-{kind}").click()
            await expect(page.get_by_test_id(kind).last).to_be_visible()
        await expect(page.get_by_test_id("album").get_by_test_id("photo")).to_have_count(3)
        history = await ann.history()
        kinds = [message.media.kind if message.media else "poll" for message in history]
        assert kinds == ["photo", "voice", "sticker", "poll", "photo", "photo", "photo"]
        assert (history[0].text, history[0].entities) == ("A sunrise", [{"type": "bold", "offset": 2, "length": 7}])
        assert len({message.media_group_id for message in history[4:]}) == 1
        await bubbles(page, "me").first.click(button="right", position={"x": 20, "y": 30})
        await page.get_by_test_id("menu-forward").click()
        await expect(page.get_by_test_id("origin")).to_have_text("Forwarded from Ann")


async def test_typed_styles_are_sent_as_entities(browser: Browser, emulator: EmulatorClient, api: BotApi) -> None:
    ann = await create_started_user(emulator)
    typed = "**早 __上__** `a**b**` [x](https://example.org/) ||y|| ~~z~~ 2**3 [a](javascript:alert(1))"
    async with open_page(browser, emulator) as page:
        await type_and_send(page, typed)
        await expect(bubbles(page, "me")).to_have_count(1)
        [message] = await ann.history()
        assert message.text == "早 上 a**b** x y z 2**3 [a](javascript:alert(1))"
        styles = {(entity["type"], message.text[entity["offset"] :][: entity["length"]]) for entity in message.entities}
        assert styles == {
            ("bold", "早 "),  # Telegram splits a style where another begins in it
            ("bold", "上"),
            ("italic", "上"),
            ("code", "a**b**"),
            ("text_link", "x"),
            ("spoiler", "y"),
            ("strikethrough", "z"),
        }
