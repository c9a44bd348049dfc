"""sendMessage and copyMessage: order of checks, error descriptions, what the chat receives."""

from typing import Any

import pytest

from emulator.client import EmulatedUser, EmulatorClient
from tests.emulator.conftest import BotApi


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", "en", started=True)


async def test_message_arrives_with_all_fields(api: BotApi, ann: EmulatedUser) -> None:
    entities = [{"type": "text_link", "offset": 0, "length": 2, "url": "https://example.org"}]
    sent = await api.result(
        "sendMessage", chat_id=ann.id, text="Hi there", entities=entities, disable_notification=True
    )
    got = await ann.next_message()
    assert (got.text, got.silent, got.from_bot, got.from_id) == ("Hi there", True, True, 4242)
    assert got.entities == sent["entities"] == [{**entities[0], "url": "https://example.org/"}]
    assert sent["message_id"] == got.message_id
    assert sent["date"] == got.date


async def test_order_of_checks(api: BotApi, ann: EmulatedUser) -> None:
    big = "字" * 11_000  # above 32 KiB in UTF-8
    nobody = 999_999
    assert await api.error("sendMessage", chat_id=nobody) == "Bad Request: message text is empty"
    assert await api.error("sendMessage", chat_id=nobody, text=big, parse_mode="x") == "Bad Request: text is too long"
    assert await api.error("sendMessage", chat_id=ann.id, text="x" * 32_768) == "Bad Request: message is too long"
    assert await api.error("sendMessage", chat_id=ann.id, text="x" * 32_769) == "Bad Request: text is too long"
    wrong = await api.error("sendMessage", chat_id=nobody, text="<x>", parse_mode="HTML")
    assert wrong == 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0'
    assert await api.error("sendMessage", chat_id=nobody, text=" \n") == "Bad Request: chat not found"
    assert await api.error("sendMessage", chat_id=ann.id, text=" \n") == "Bad Request: text must be non-empty"
    assert await api.error("sendMessage", chat_id=ann.id, text="x" * 4097) == "Bad Request: message is too long"
    await api.result("sendMessage", chat_id=ann.id, text="😀" * 4096)  # code points are counted
    assert await api.error("sendMessage", text="x") == "Bad Request: chat_id is empty"


async def test_length_counts_parsed_and_cleaned_text(api: BotApi, ann: EmulatedUser) -> None:
    text = "  " + "<b>x</b>" * 4000 + "\r" * 96 + "   "
    sent = await api.result("sendMessage", chat_id=ann.id, text=text, parse_mode="HTML")
    assert len(sent["text"]) == 4000
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 4000}]


@pytest.mark.parametrize(
    ("entity", "error"),
    [
        (5, "expected an Object"),
        ({"offset": 0, "length": 1}, 'Can\'t find field "type"'),
        ({"type": "bold", "length": 1}, 'Can\'t find field "offset"'),
        ({"type": "bold", "offset": "x", "length": 1}, 'Field "offset" must be of type Number'),
        ({"type": "glow", "offset": 0, "length": 1}, "Unsupported type specified"),
        ({"type": "date_time", "offset": 0, "length": 1}, 'Can\'t find field "unix_time"'),
        (
            {"type": "date_time", "offset": 0, "length": 1, "unix_time": 5, "date_time_format": "tw"},
            "Invalid date-time format specified",
        ),
        ({"type": "text_link", "offset": 0, "length": 1}, 'Can\'t find field "url"'),
        ({"type": "", "offset": 0, "length": 1}, "Type is not specified"),
    ],
)
async def test_invalid_entities(api: BotApi, ann: EmulatedUser, entity: Any, error: str) -> None:
    description = await api.error("sendMessage", chat_id=ann.id, text="abc", entities=[entity])
    assert description == f"Bad Request: can't parse MessageEntity: {error}"


async def test_times_keep_instant_and_format(api: BotApi, ann: EmulatedUser) -> None:
    time = {"type": "date_time", "offset": 0, "length": 3, "unix_time": 1757678400, "date_time_format": "wDT"}
    bare = {"type": "date_time", "offset": 3, "length": 1, "unix_time": 1757678400, "date_time_format": ""}
    past = {"type": "date_time", "offset": 4, "length": 1, "unix_time": 0}
    sent = await api.result("sendMessage", chat_id=ann.id, text="abcde", entities=[time, bare, past])
    assert sent["entities"] == [time, bare]


async def test_silently_dropped_entities(api: BotApi, ann: EmulatedUser) -> None:
    entities = [
        {"type": "text_link", "offset": 0, "length": 1, "url": "javascript:alert(1)"},
        {"type": "text_link", "offset": 1, "length": 1, "url": "nowhere"},
        {"type": "bold", "offset": 2, "length": 0},
        {"type": "hashtag", "offset": 0, "length": 3},
        {"type": "text_mention", "offset": 0, "length": 1, "user": {"id": 123456}},
    ]
    assert "entities" not in await api.result("sendMessage", chat_id=ann.id, text="abc", entities=entities)
    assert "entities" not in await api.result("sendMessage", chat_id=ann.id, text="abc", entities="no json")


async def test_more_than_hundred_entities(api: BotApi, ann: EmulatedUser) -> None:
    bold = [{"type": "bold", "offset": 4 * n, "length": 1} for n in range(60)]
    code = [{"type": "code", "offset": 4 * n + 2, "length": 1} for n in range(60)]
    sent = await api.result("sendMessage", chat_id=ann.id, text="ab c" * 60, entities=bold + code)
    kinds = [entity["type"] for entity in sent["entities"]]
    assert (kinds.count("code"), kinds.count("bold")) == (60, 40)


async def test_mention_by_id_contains_user(api: BotApi, ann: EmulatedUser) -> None:
    sent = await api.result(
        "sendMessage", chat_id=ann.id, text=f'<a href="tg://user?id={ann.id}">A</a>', parse_mode="html"
    )
    assert sent["entities"][0]["user"]["first_name"] == "Ann"


async def test_parse_modes(api: BotApi, ann: EmulatedUser) -> None:
    assert (
        await api.error("sendMessage", chat_id=ann.id, text="a", parse_mode="x")
        == "Bad Request: unsupported parse_mode"
    )
    refused = await api.error("sendMessage", chat_id=ann.id, text="*a*", parse_mode="MarkdownV2")
    assert refused == "Bad Request: this emulator parses HTML and entities only, not Markdown"
    assert (await api.result("sendMessage", chat_id=ann.id, text="<b>", parse_mode="None"))["text"] == "<b>"


async def test_replies(api: BotApi, ann: EmulatedUser) -> None:
    user_message = await ann.send("hello")
    reply = {"message_id": user_message.message_id}
    sent = await api.result("sendMessage", chat_id=ann.id, text="a", reply_parameters=reply)
    assert sent["reply_to_message"]["text"] == "hello"
    assert (await ann.next_message()).reply_to_message_id == user_message.message_id
    missing = {"message_id": 99}
    description = await api.error("sendMessage", chat_id=ann.id, text="a", reply_parameters=missing)
    assert description == "Bad Request: message to be replied not found"
    lenient = missing | {"allow_sending_without_reply": True}
    assert "reply_to_message" not in await api.result("sendMessage", chat_id=ann.id, text="a", reply_parameters=lenient)
    assert "reply_to_message" in await api.result(
        "sendMessage", chat_id=ann.id, text="a", reply_to_message_id=user_message.message_id
    )


async def test_link_previews(api: BotApi, ann: EmulatedUser) -> None:
    await api.result("sendMessage", chat_id=ann.id, text="a", link_preview_options={"is_disabled": True, "url": ""})
    assert (await ann.next_message()).link_preview == {"is_disabled": True}
    await api.result("sendMessage", chat_id=ann.id, text="a", disable_web_page_preview=True)
    assert (await ann.next_message()).link_preview == {"is_disabled": True}
    refused = await api.error("sendMessage", chat_id=ann.id, text="a", link_preview_options=[])
    assert refused == "Bad Request: object expected as link preview options"


async def test_message_ids_are_shared_by_private_chats(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser
) -> None:
    bob = await emulator.create_user("Bob", started=True)
    ids = [(await api.result("sendMessage", chat_id=who.id, text="a"))["message_id"] for who in (ann, bob, ann)]
    assert ids == [1, 2, 3]


async def test_copy_message(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    bob = await emulator.create_user("Bob", started=True)
    user_message = await ann.send("look: https://example.org")
    copied = await api.result("copyMessage", chat_id=bob.id, from_chat_id=ann.id, message_id=user_message.message_id)
    got = await bob.next_message()
    assert (got.text, got.from_bot, got.message_id) == (user_message.text, True, copied["message_id"])
    assert got.entities == user_message.entities
    document = await ann.send_document("a.md", b"# x", caption="mine")
    args = {"chat_id": bob.id, "from_chat_id": ann.id, "message_id": document.message_id}
    await api.result("copyMessage", **args)
    assert (await bob.next_message()).text == "mine"
    await api.result("copyMessage", **args, caption="<b>new</b>", parse_mode="HTML")
    got = await bob.next_message()
    assert (got.text, got.document) == ("new", document.document)
    assert await api.error("copyMessage", chat_id=bob.id, from_chat_id=ann.id, message_id=77) == (
        "Bad Request: message to copy not found"
    )
    assert await api.error("copyMessage", chat_id=bob.id, message_id=1) == (
        'Bad Request: parameter "from_chat_id" is required'
    )


async def test_copy_drops_buttons(api: BotApi, ann: EmulatedUser) -> None:
    markup = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    sent = await api.result("sendMessage", chat_id=ann.id, text="a", reply_markup=markup)
    args = {"chat_id": ann.id, "from_chat_id": ann.id, "message_id": sent["message_id"]}
    await api.result("copyMessage", **args)
    await api.result("copyMessage", **args, reply_markup=markup)
    assert [message.buttons for message in await ann.next_messages(3)] == [[["A"]], [], [["A"]]]


async def test_entities_are_detected_in_bot_messages(api: BotApi, ann: EmulatedUser) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="/help or example.com", entities=[
        {"type": "code", "offset": 9, "length": 11}
    ])  # fmt: skip
    assert [(e["type"], e["offset"]) for e in sent["entities"]] == [("bot_command", 0), ("code", 9)]
