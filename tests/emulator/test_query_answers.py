"""Callback queries and inline queries, and the bot's answers."""

import asyncio
from typing import Any

import pytest

from emulator.client import EmulatedUser, EmulatorClient, EmulatorError, Message
from emulator.errors import BadRequest
from emulator.pending_queries import CALLBACK_QUERY_SECONDS, INLINE_QUERY_SECONDS, PendingQueries
from tests.emulator.conftest import BotApi

BUTTONS = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "Site", "url": "https://x.org/"}]]}
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", "en", started=True)


@pytest.fixture
async def asked(api: BotApi, ann: EmulatedUser) -> Message:
    await api.result("sendMessage", chat_id=ann.id, text="Well?", reply_markup=BUTTONS)
    return await ann.next_message()


async def test_press_and_answer(api: BotApi, ann: EmulatedUser, asked: Message) -> None:
    pressing = asyncio.create_task(ann.press(asked, "Yes"))
    [update] = await api.get_updates()
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["text"]) == ("y", ann.id, "Well?")
    assert query["message"]["reply_markup"] == BUTTONS
    await api.result("answerCallbackQuery", callback_query_id=query["id"], text="Noted", show_alert=True)
    toast = await pressing
    assert (toast.text, toast.show_alert, toast.message_id) == ("Noted", True, asked.message_id)


async def test_refused_callback_answers(api: BotApi, ann: EmulatedUser, asked: Message) -> None:
    query_id = await ann.send_press(asked, "Yes")
    long = await api.error("answerCallbackQuery", callback_query_id=query_id, text="x" * 201)
    assert long == "Bad Request: MESSAGE_TOO_LONG"
    assert await api.error("answerCallbackQuery", callback_query_id="17") == TOO_OLD
    assert await api.error("answerCallbackQuery") == TOO_OLD


async def test_answer_opens_only_the_bot_itself(api: BotApi, ann: EmulatedUser, asked: Message) -> None:
    username = (await api.result("getMe"))["username"]
    query_id = await ann.send_press(asked, "Yes")
    for url in ("https://example.org/", "https://t.me/other_bot?start=x", f"https://t.me/{username}", "t.me/?start=x"):
        assert await api.error("answerCallbackQuery", callback_query_id=query_id, url=url) == "Bad Request: URL_INVALID"
    link = f"https://t.me/{username}?start=i_2025-09-12_3"
    await api.result("answerCallbackQuery", callback_query_id=query_id, url=link)
    assert (await ann.wait_for_callback_answer(query_id)).url == link


async def test_press_needs_existing_button(ann: EmulatedUser, asked: Message) -> None:
    with pytest.raises(EmulatorError, match="there is no such button; the message has: 'Yes'"):
        await ann.send_press(asked, "No")
    with pytest.raises(EmulatorError, match="there is no such button"):
        await ann.send_press(asked, "Site")


async def test_forged_data_and_inaccessible_message(api: BotApi, ann: EmulatedUser, asked: Message) -> None:
    await ann.send_press(asked, "altered", forge=True)
    await ann.send_press(asked, "Yes", inaccessible=True)
    forged, old = (update["callback_query"] for update in await api.get_updates())
    assert forged["data"] == "altered"
    chat = {"id": ann.id, "type": "private", "first_name": "Ann"}
    assert old["message"] == {"chat": chat, "message_id": asked.message_id, "date": 0}


async def test_press_on_deleted_message_is_inaccessible(api: BotApi, ann: EmulatedUser, asked: Message) -> None:
    await api.result("deleteMessage", chat_id=ann.id, message_id=asked.message_id)
    await ann.send_press(asked, "y", inaccessible=True)
    assert (await api.get_updates())[0]["callback_query"]["message"]["date"] == 0


def test_queries_expire() -> None:
    now = 0.0
    queries = PendingQueries(lambda: now)
    press, typed = queries.open(1, 1, 1), queries.open(1)
    now = INLINE_QUERY_SECONDS + 1
    with pytest.raises(BadRequest):
        queries.take(typed.id, inline=True)
    queries.take(press.id, inline=False)
    now = CALLBACK_QUERY_SECONDS + 1
    with pytest.raises(BadRequest):
        queries.take(press.id, inline=False)


def article(number: object = 1, **more: Any) -> dict[str, Any]:
    content = {"message_text": "<b>a</b>", "parse_mode": "HTML"}
    return {"type": "article", "id": str(number), "title": "A", "input_message_content": content, **more}


async def test_inline_query_and_answer(api: BotApi, ann: EmulatedUser) -> None:
    typing = asyncio.create_task(ann.send_inline_query("news"))
    [update] = await api.get_updates()
    query = update["inline_query"]
    assert (query["query"], query["offset"], query["from"]["id"]) == ("news", "", ann.id)
    await api.result("answerInlineQuery", inline_query_id=query["id"], results=[article()], is_personal=True)
    assert [result["id"] for result in await typing] == ["1"]
    assert await api.error("answerInlineQuery", inline_query_id=query["id"], results=[]) == TOO_OLD


@pytest.mark.parametrize(
    ("results", "error"),
    [
        ("x", "can't parse inline query results JSON object"),
        ({}, "expected an Array of inline query results"),
        ([article(n) for n in range(51)], "RESULTS_TOO_MUCH"),
        ([article(), article()], "RESULT_ID_DUPLICATE"),
        ([article("x" * 65)], "RESULT_ID_INVALID"),
        ([1], "can't parse InlineQueryResult: expected an Object"),
        ([{"id": "1"}], "can't parse InlineQueryResult: Can't find field \"type\""),
        ([article(title="")], "can't parse InlineQueryResult: Can't find field \"title\""),
        (
            [article(input_message_content=None)],
            "can't parse InlineQueryResult: Can't find field \"input_message_content\"",
        ),
        ([article(input_message_content={"message_text": ""})], "message text is empty"),
        ([article(reply_markup={"keyboard": [["x"]]})], "inline keyboard expected"),
    ],
)
async def test_refused_inline_results(api: BotApi, results: Any, error: str) -> None:
    description = await api.error("answerInlineQuery", inline_query_id="1", results=results)
    assert description == f"Bad Request: {error}"


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"next_offset": "9" * 65}, "NEXT_OFFSET_INVALID"),
        ({"button": []}, "object expected as inline query results button"),
        ({"button": {"start_parameter": "a"}}, "can't parse inline query results button: Can't find field \"text\""),
        ({"button": {"text": "Open"}}, "inline query results button must have exactly one optional field"),
        ({"button": {"text": "Open", "start_parameter": ""}}, "START_PARAM_EMPTY"),
        ({"button": {"text": "Open", "start_parameter": "ä b"}}, "START_PARAM_INVALID"),
        ({"button": {"text": "Open", "start_parameter": "a" * 65}}, "START_PARAM_INVALID"),
    ],
)
async def test_refused_inline_answers(api: BotApi, parameters: dict[str, Any], error: str) -> None:
    description = await api.error("answerInlineQuery", inline_query_id="1", results=[], **parameters)
    assert description == f"Bad Request: {error}"
