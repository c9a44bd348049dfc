"""reply_markup: refused and accepted keyboards."""

from typing import Any

import pytest

from emulator.client import EmulatorClient
from tests.emulator.conftest import BotApi

LONG = "x" * 65


@pytest.mark.parametrize(
    ("markup", "error"),
    [
        ([], "object expected as reply markup"),
        ("{", "can't parse reply keyboard markup JSON object"),
        (
            {"inline_keyboard": [{}]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        ({"keyboard": "x"}, 'field "keyboard" must be an Array of Arrays'),
        ({"inline_keyboard": [["x"]]}, "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
        (
            {"inline_keyboard": [[{"callback_data": "x"}]]},
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            {"inline_keyboard": [[{"text": "x"}]]},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"inline_keyboard": [[{"text": "x", "callback_data": 5}]]},
            'can\'t parse inline keyboard button: Field "callback_data" must be of type String',
        ),
        ({"inline_keyboard": [[{"text": "", "callback_data": "x"}]]}, "inline keyboard button text must be non-empty"),
        ({"inline_keyboard": [[{"text": "x", "callback_data": LONG}]]}, "BUTTON_DATA_INVALID"),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "字" * 22}]]}, "BUTTON_DATA_INVALID"),
        (
            {"inline_keyboard": [[{"text": "x", "url": "nowhere"}]]},
            "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL",
        ),
        ({"inline_keyboard": [[{"text": "x", "callback_data": "x"}]] * 101}, "REPLY_MARKUP_TOO_LONG"),
        ({"keyboard": [[{"text": ""}]]}, "keyboard button text must be non-empty"),
        ({"keyboard": [[5]]}, "can't parse keyboard button: KeyboardButton must be a String or an Object"),
    ],
)
async def test_refused_markup(api: BotApi, emulator: EmulatorClient, markup: Any, error: str) -> None:
    ann = await emulator.create_user("Ann", started=True)
    description = await api.error("sendMessage", chat_id=ann.id, text="a", reply_markup=markup)
    assert description == f"Bad Request: {error}"
    assert await ann.drain_messages() == []


async def test_accepted_markup(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    rows = [[{"text": "A", "callback_data": "字" * 21}, {"text": "B", "url": "example.org"}], []]
    sent = await api.result("sendMessage", chat_id=ann.id, text="a", reply_markup={"inline_keyboard": rows})
    kept = [[{"text": "A", "callback_data": "字" * 21}, {"text": "B", "url": "http://example.org/"}]]
    assert sent["reply_markup"] == {"inline_keyboard": kept}
    assert (await ann.next_message()).reply_markup == {"inline_keyboard": kept}


async def test_reply_keyboard_is_not_in_answer(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    keyboard = {"keyboard": [["yes", {"text": "where?", "request_location": True}]], "resize_keyboard": True}
    assert "reply_markup" not in await api.result("sendMessage", chat_id=ann.id, text="a", reply_markup=keyboard)
    got = await ann.next_message()
    assert got.reply_markup is not None
    assert got.reply_markup["keyboard"] == [[{"text": "yes"}, {"text": "where?", "request_location": True}]]
    await api.result("sendMessage", chat_id=ann.id, text="a", reply_markup={"remove_keyboard": True})
    assert (await ann.next_message()).reply_markup == {"remove_keyboard": True}


async def test_markup_is_parsed_before_chat_and_validated_after(api: BotApi) -> None:
    broken = {"inline_keyboard": [[{"text": "x"}]]}
    assert "Text buttons" in await api.error("sendMessage", chat_id=1, text="a", reply_markup=broken)
    invalid = {"inline_keyboard": [[{"text": "x", "callback_data": LONG}]]}
    assert await api.error("sendMessage", chat_id=1, text="a", reply_markup=invalid) == "Bad Request: chat not found"
