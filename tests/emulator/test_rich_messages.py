"""sendRichMessage and rich content in edits, copies, presses: what is accepted, returned and refused."""

import json
from typing import Any

import aiohttp
import pytest

from emulator.client import EmulatedUser, EmulatorClient, EmulatorError, run_emulator
from tests.emulator.conftest import BotApi
from tests.emulator.rich_messages import (
    FULL,
    PHOTO_URL,
    PNG,
    Json,
    button,
    buttons,
    nested,
    paragraph,
    photo,
    rich,
    table,
)

BLOCK = "can't parse InputRichBlock: "
CELL = "Can't parse PageBlockTableCell: "


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", started=True)


async def returned(api: BotApi, ann: EmulatedUser, *blocks: Any, **more: Any) -> list[Json]:
    """Return the blocks as the sent message contains them."""
    message = await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(*blocks, **more))
    assert "text" not in message
    sent: list[Json] = message["rich_message"]["blocks"]
    return sent


async def texts(api: BotApi, ann: EmulatedUser, text: Any, **more: Any) -> Any:
    """Return a paragraph's text as the sent message contains it."""
    [block] = await returned(api, ann, paragraph(text), **more)
    return block["text"]


async def test_every_block_comes_back(api: BotApi, ann: EmulatedUser) -> None:
    message = await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(*FULL, is_rtl=True))
    assert message["rich_message"]["is_rtl"] is True
    got = message["rich_message"]["blocks"]
    [size] = got[13]["photo"]
    assert (size["width"], size["height"]) == (320, 180)
    captioned = {"caption": {"text": "a picture", "credit": "somebody"}, "has_spoiler": True}
    assert got[13] == {"type": "photo", "photo": [size], **captioned}
    assert got[14] == {"type": "collage", "blocks": [{"type": "photo", "photo": [size]}] * 2}
    assert got[15] == {
        "type": "slideshow",
        "blocks": [{"type": "photo", "photo": [size]}],
        "caption": {"text": "slides"},
    }
    assert got[10] == {"type": "pre", "text": "  indented", "language": "python"}
    assert got[16]["buttons"][1] == {"text": "Site", "url": "https://example.org/"}
    changed = {"list", "pre", "table", "buttons", "photo", "collage", "slideshow"}
    unchanged = [at for at, block in enumerate(FULL) if block["type"] not in changed]
    assert [got[at] for at in unchanged] == [FULL[at] for at in unchanged]
    assert (await ann.next_message()).rich_message == message["rich_message"]


async def test_list_items_get_labels(api: BotApi, ann: EmulatedUser) -> None:
    bullets, numbers = await returned(api, ann, FULL[5], FULL[6])
    assert bullets["items"][0] == {"label": "•", "blocks": [paragraph("first")]}
    assert bullets["items"][1] == {
        "label": "•",
        "blocks": [paragraph("done")],
        "has_checkbox": True,
        "is_checked": True,
    }
    assert [(item["label"], item["value"], item["type"]) for item in numbers["items"]] == [
        ("iv.", 4, "i"),
        ("v.", 5, "i"),
    ]


async def test_table_cells_get_default_alignment(api: BotApi, ann: EmulatedUser) -> None:
    [got] = await returned(api, ann, FULL[12])
    assert (got["caption"], got["is_bordered"], got["is_striped"], got["is_compact"]) == ("Prices", True, True, True)
    assert got["cells"][0][1] == {"text": "Price", "is_header": True, "align": "center", "valign": "middle"}
    assert got["cells"][1] == [{"text": "both", "colspan": 2, "align": "center", "valign": "top"}]
    assert got["cells"][2][0] == {"text": "tall", "rowspan": 2, "align": "left", "valign": "middle"}
    assert got["cells"][3] == [{"align": "left", "valign": "middle"}]


async def test_text_is_cleaned_and_trimmed(api: BotApi, ann: EmulatedUser) -> None:
    assert await texts(api, ann, " a\r\tb\u202e\n ") == "a b"
    assert await texts(api, ann, [" ", {"type": "bold", "text": "  "}, " a ", {"type": "bold", "text": [""]}]) == ["a"]
    assert await texts(api, ann, ["a", {"type": "bold", "text": " b "}]) == ["a", {"type": "bold", "text": " b"}]


async def test_entities_are_detected_unless_skipped(api: BotApi, ann: EmulatedUser) -> None:
    text = "😀 see https://example.org, a@example.org, @some_one, #tag, $BTC, /help"
    assert await texts(api, ann, text) == [
        "😀 see ",
        {"type": "url", "text": "https://example.org", "url": "https://example.org/"},
        ", ",
        {"type": "email_address", "text": "a@example.org", "email_address": "a@example.org"},
        ", ",
        {"type": "mention", "text": "@some_one", "username": "some_one"},
        ", ",
        {"type": "hashtag", "text": "#tag", "hashtag": "tag"},
        ", ",
        {"type": "cashtag", "text": "$BTC", "cashtag": "BTC"},
        ", ",
        {"type": "bot_command", "text": "/help", "bot_command": "help"},
    ]
    assert await texts(api, ann, text, skip_entity_detection=True) == text
    for kind in ("code", "url"):
        wrapped = {"type": kind, "text": "#tag", **({"url": "https://example.org/"} if kind == "url" else {})}
        assert await texts(api, ann, wrapped) == wrapped
    [block] = await returned(api, ann, {"type": "pre", "text": "#tag"})
    assert block["text"] == "#tag"


async def test_sent_detected_types_are_detected_again(api: BotApi, ann: EmulatedUser) -> None:
    mention = {"type": "mention", "text": "@some_one", "username": "another"}
    assert await texts(api, ann, mention) == {"type": "mention", "text": "@some_one", "username": "some_one"}
    assert await texts(api, ann, mention, skip_entity_detection=True) == "@some_one"
    assert await texts(api, ann, {"type": "hashtag", "text": "no tag", "hashtag": "tag"}) == "no tag"


async def test_mentions_by_id(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    known = {"type": "text_mention", "text": "Ann", "user": {"id": ann.id}}
    got = await texts(api, ann, known)
    assert got == known | {"user": {"id": ann.id, "is_bot": False, "first_name": "Ann"}}
    unknown = {**known, "user": {"id": 99}}
    assert await texts(api, ann, unknown) == "Ann"
    await emulator.create_user("Bob", id=99)
    assert (await texts(api, ann, unknown))["user"]["first_name"] == "Bob"


async def test_unknown_fields_are_ignored(api: BotApi, ann: EmulatedUser) -> None:
    assert await returned(api, ann, paragraph("a") | {"align": "center"}) == [paragraph("a")]


async def test_rich_parameter_as_json_string_and_form(api: BotApi, ann: EmulatedUser) -> None:
    text = '{"blocks":[{"type":"paragraph","text":"a"}]}'
    assert (await api.result("sendRichMessage", chat_id=ann.id, rich_message=text))["rich_message"]["blocks"]
    form = {"chat_id": str(ann.id), "rich_message": text}
    async with api.session.post(f"{api.base}/sendRichMessage", data=form) as response:
        assert (await response.json())["result"]["rich_message"] == {"blocks": [paragraph("a")]}


async def test_photos_by_upload_file_id_and_url(api: BotApi, ann: EmulatedUser) -> None:
    form = aiohttp.FormData({"chat_id": str(ann.id)})
    form.add_field("rich_message", json.dumps(rich(photo("attach://p"))))
    form.add_field("p", PNG, filename="p.png", content_type="image/png")
    async with api.session.post(f"{api.base}/sendRichMessage", data=form) as response:
        [block] = (await response.json())["result"]["rich_message"]["blocks"]
    [size] = block["photo"]
    assert (size["width"], size["height"], size["file_size"]) == (7, 5, len(PNG))
    [again] = await returned(api, ann, photo(size["file_id"]))
    assert again["photo"] == [size]
    first, second = await returned(api, ann, photo(), photo(PHOTO_URL + "?b"))
    assert first["photo"][0]["file_id"] != second["photo"][0]["file_id"]
    assert (await api.result("getFile", file_id=first["photo"][0]["file_id"]))["file_size"] > 100


async def test_other_emulator_draws_same_photo_again(api: BotApi, ann: EmulatedUser) -> None:
    [here] = await returned(api, ann, photo())
    async with run_emulator() as other, aiohttp.ClientSession() as session:
        bob = await other.create_user("Bob", started=True)
        there = BotApi(session, other)
        assert await returned(there, bob, photo()) == [here]
        await there.result("getFile", file_id=here["photo"][0]["file_id"])


REFUSED: list[tuple[Any, str]] = [
    ("", "rich message must be non-empty"),
    ("{", "can't parse rich message JSON object"),
    ("[" * 5000, "can't parse rich message JSON object"),
    ([], "object expected as rich message"),
    ({}, "rich message must be non-empty"),
    ({"html": "<p>a</p>"}, "this emulator reads rich messages from blocks only, not from html"),
    ({"markdown": "a"}, "this emulator reads rich messages from blocks only, not from markdown"),
    (
        {"html": "a", "blocks": []},
        "exactly one of the fields blocks, html and markdown must be used in a rich message",
    ),
    ({"blocks": {}}, BLOCK + 'Field "blocks" must be of type Array'),
    ({"blocks": [], "is_rtl": 1}, BLOCK + 'Field "is_rtl" must be of type Boolean'),
    (rich(), "RICH_MESSAGE_EMPTY"),
    (rich({"type": "divider"}, {"type": "anchor", "name": "a"}), "RICH_MESSAGE_EMPTY"),
    (rich(table([{}])), "RICH_MESSAGE_EMPTY"),
    (rich("a"), BLOCK + "Object expected as InputRichMessageBlock"),
    (rich({"text": "a"}), BLOCK + 'Can\'t find field "type"'),
    (rich({"type": "section_heading"}), BLOCK + 'type "section_heading" is unsupported'),
    (rich({"type": "map"}), BLOCK + 'this emulator does not hold blocks of type "map"'),
    (rich({"type": "thinking", "text": "a"}), BLOCK + 'this emulator does not hold blocks of type "thinking"'),
    (rich({"type": "heading", "text": "a"}), BLOCK + 'Can\'t find field "size"'),
    (rich({"type": "heading", "text": "a", "size": "x"}), BLOCK + 'Field "size" must be a valid Number'),
    (rich({"type": "heading", "text": "a", "size": True}), BLOCK + 'Field "size" must be of type Number'),
    (rich({"type": "heading", "text": "a", "size": 1.5}), BLOCK + 'Field "size" must be a valid Number'),
    (rich({"type": "heading", "text": "a", "size": 2**40}), BLOCK + 'Field "size" must be a valid Number'),
    (rich({"type": "heading", "text": "a", "size": 7}), "invalid section heading size specified"),
    (rich({"type": "heading", "text": "", "size": 1}), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich({"type": "paragraph"}), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich(paragraph(" \n")), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich(paragraph([])), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich(paragraph(5)), BLOCK + "Invalid rich text specified"),
    (rich(paragraph({"text": "a"})), BLOCK + 'Can\'t find field "type"'),
    (rich(paragraph({"type": "plain", "text": "a"})), BLOCK + "Unsupported rich text type"),
    (
        rich(paragraph({"type": "mathematical_expression", "expression": "x"})),
        BLOCK + 'this emulator does not hold rich text of type "mathematical_expression"',
    ),
    (rich(paragraph(["a", {"type": "bold"}])), BLOCK + 'Can\'t find field "text"'),
    (rich(paragraph({"type": "url", "text": "a"})), BLOCK + 'Can\'t find field "url"'),
    (rich(paragraph({"type": "url", "text": "a", "url": "nowhere"})), "RICH_MESSAGE_URL_INVALID"),
    (rich(paragraph({"type": "url", "text": "a", "url": "javascript:alert(1)"})), "RICH_MESSAGE_URL_INVALID"),
    (
        rich(paragraph({"type": "email_address", "text": "a", "email_address": "x"})),
        "RICH_MESSAGE_EMAIL_INVALID",
    ),
    (
        rich(paragraph({"type": "phone_number", "text": "a", "phone_number": "x"})),
        "RICH_MESSAGE_PHONE_INVALID",
    ),
    (
        rich(paragraph({"type": "date_time", "text": "a", "unix_time": 5, "date_time_format": "x"})),
        BLOCK + "Invalid date-time format specified",
    ),
    (
        rich(paragraph({"type": "date_time", "text": "a", "unix_time": 0, "date_time_format": "r"})),
        "invalid date specified",
    ),
    (
        rich(paragraph({"type": "text_mention", "text": "a", "user": 5})),
        BLOCK + 'Field "user" must be of type Object',
    ),
    (
        rich(paragraph({"type": "custom_emoji", "custom_emoji_id": "x", "alternative_text": "a"})),
        BLOCK + "Invalid custom emoji identifier specified",
    ),
    (rich({"type": "anchor", "name": ""}, paragraph("a")), BLOCK + 'Field "name" must be non-empty'),
    (
        rich(paragraph({"type": "anchor_link", "text": "a", "anchor_name": "gone"})),
        "RICH_MESSAGE_ANCHOR_INVALID",
    ),
    (
        rich(paragraph({"type": "reference_link", "text": "a", "reference_name": "gone"})),
        "RICH_MESSAGE_REFERENCE_INVALID",
    ),
    (rich({"type": "list"}), BLOCK + 'Can\'t find field "items"'),
    (rich({"type": "list", "items": []}), "list must be non-empty"),
    (rich({"type": "list", "items": ["a"]}), BLOCK + "Object expected as InputRichBlockListItem"),
    (rich({"type": "list", "items": [{}]}), BLOCK + 'Can\'t find field "blocks"'),
    (rich({"type": "list", "items": [{"blocks": []}]}), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (
        rich({"type": "list", "items": [{"blocks": [paragraph("a")], "type": "x"}]}),
        "invalid list item type specified",
    ),
    (
        rich({"type": "list", "items": [{"blocks": [paragraph("a")], **kind} for kind in ({}, {"type": "1"})]}),
        "list must be either ordered or unordered",
    ),
    (rich({"type": "blockquote", "blocks": []}), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich({"type": "details", "blocks": [paragraph("a")]}), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich({"type": "details", "summary": "a", "blocks": []}), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich({"type": "details", "summary": "a", "blocks": "b"}), BLOCK + 'Field "blocks" must be of type Array'),
    (rich({"type": "collage", "blocks": []}), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (
        rich({"type": "slideshow", "blocks": [paragraph("a")]}),
        BLOCK + "this emulator holds only photos in a slideshow",
    ),
    (rich({"type": "table"}), BLOCK + 'Can\'t find field "cells"'),
    (rich({"type": "table", "cells": [{}]}), BLOCK + 'Field "cells" must be an Array of Arrays'),
    (rich({"type": "table", "cells": []}), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich(table(["a"])), CELL + "RichBlockTableCell must be an Object"),
    (rich(table([{"text": {"type": "plain"}}])), CELL + "Unsupported rich text type"),
    (rich(table([{"text": "a", "align": "middle"}])), CELL + "Invalid horizontal alignment specified"),
    (rich(table([{"text": "a", "valign": "center"}])), CELL + "Invalid vertical alignment specified"),
    (rich(table([{"text": "a", "colspan": -1}])), "invalid table cell colspan specified"),
    (rich(table([{"text": "a"}] * 21)), "RICH_MESSAGE_TABLE_COLS_TOO_MANY"),
    (rich(table([{"text": "a", "colspan": 21}])), "RICH_MESSAGE_TABLE_COLS_TOO_MANY"),
    (rich(table([{"text": "a", "rowspan": 2}], [{"text": "a"}] * 20)), "RICH_MESSAGE_TABLE_COLS_TOO_MANY"),
    (rich({"type": "photo"}), BLOCK + 'Can\'t find field "photo"'),
    (
        rich({"type": "photo", "photo": {"type": "video", "media": PHOTO_URL}}),
        BLOCK + 'Unexpected media type "video" for block "photo"',
    ),
    (rich({"type": "photo", "photo": {"type": "photo"}}), BLOCK + "media not found"),
    (rich(photo() | {"caption": "a"}), BLOCK + "RichBlockCaption must be an Object"),
    (rich(photo("attach://gone")), "media not found"),
    (rich(photo("gone")), "wrong remote file identifier specified: Wrong string length"),
    (rich(photo("https://nowhere")), "wrong file identifier/HTTP URL specified"),
    (rich(photo("https://down.invalid/a.png")), "failed to get HTTP URL content"),
    (rich(buttons()), "button row must be non-empty"),
    (rich(buttons(*[button()] * 9)), "RICH_MESSAGE_BUTTONS_TOO_MANY"),
    (rich(buttons(button(), align="top")), BLOCK + "Invalid horizontal alignment specified"),
    (rich(buttons("a")), BLOCK + "InlineButton must be an Object"),
    (rich(buttons({"callback_data": "a"})), BLOCK + 'Can\'t find field "text"'),
    (rich(buttons({"text": "", "callback_data": "a"})), "RICH_MESSAGE_CONTENT_REQUIRED"),
    (rich(buttons({"text": "a"})), BLOCK + "Text buttons are unallowed in the inline keyboard"),
    (
        rich(buttons(button(callback_data="a", url="https://example.org"))),
        BLOCK + "Exactly one type of the button must be specified",
    ),
    (
        rich(buttons(button({"type": "bold", "text": "a"}))),
        BLOCK + "Text of a button may contain only plain text, custom emoji and dates",
    ),
    (rich(buttons(button(callback_data="x" * 65))), "BUTTON_DATA_INVALID"),
    (rich(buttons(button(callback_data="字" * 22))), "BUTTON_DATA_INVALID"),
    (rich(buttons(button(url="nowhere"))), "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL"),
    (rich(buttons(button(copy_text={"text": "x" * 257}))), "BUTTON_COPY_TEXT_INVALID"),
    (rich(buttons(button(callback_data="a", style="red"))), BLOCK + "Invalid button style specified"),
    (
        rich(buttons(button(url="https://example.org", style="link"))),
        BLOCK + 'Only callback buttons may have the style "link"',
    ),
    (
        rich(buttons(button(web_app={"url": "https://example.org"}))),
        BLOCK + 'this emulator does not hold buttons with "web_app"',
    ),
    (rich(paragraph({"type": "button"})), BLOCK + "InlineButton must be an Object"),
]


@pytest.mark.parametrize(("message", "reason"), REFUSED)
async def test_refused_messages(api: BotApi, ann: EmulatedUser, message: Any, reason: str) -> None:
    assert await api.error("sendRichMessage", chat_id=ann.id, rich_message=message) == f"Bad Request: {reason}"
    assert await ann.history() == []


@pytest.mark.parametrize(
    ("accepted", "refused", "reason"),
    [
        ([paragraph("x" * 32_768)], [paragraph("x" * 32_769)], "TEXT_TOO_LONG"),
        (
            [paragraph("x" * 32_767), buttons(button())],
            [paragraph("x" * 32_768), buttons(button())],
            "TEXT_TOO_LONG",
        ),
        ([paragraph("x")] * 500, [paragraph("x")] * 501, "BLOCKS_TOO_MANY"),
        (
            [{"type": "list", "items": [{"blocks": [paragraph("x")]}] * 249}, paragraph("x")],
            [{"type": "list", "items": [{"blocks": [paragraph("x")]}] * 250}],
            "BLOCKS_TOO_MANY",
        ),
        ([table(*[[{"text": "x"}]] * 499)], [table(*[[{"text": "x"}]] * 500)], "BLOCKS_TOO_MANY"),
        ([nested(16)], [nested(17)], "DEPTH_INVALID"),
        ([nested(16)], [nested(90)], "DEPTH_INVALID"),
        ([nested(16)], [nested(150)], "DEPTH_INVALID"),
        ([photo()] * 50, [photo()] * 51, "MEDIA_TOO_MANY"),
        ([table([{"text": "x"}] * 20)], [table([{"text": "x"}] * 21)], "TABLE_COLS_TOO_MANY"),
    ],
)
async def test_limits_of_a_message(
    api: BotApi, ann: EmulatedUser, accepted: list[Json], refused: list[Json], reason: str
) -> None:
    assert len(await returned(api, ann, *accepted)) == len(accepted)
    answer = await api.error("sendRichMessage", chat_id=ann.id, rich_message=rich(*refused))
    assert answer == f"Bad Request: RICH_MESSAGE_{reason}"


async def test_formatting_counts_as_depth(api: BotApi, ann: EmulatedUser) -> None:
    def bold(depth: int) -> Any:
        text: Any = "x"
        for _ in range(depth):
            text = {"type": "bold", "text": [text]}
        return text

    await returned(api, ann, paragraph(bold(15)))
    answer = await api.error("sendRichMessage", chat_id=ann.id, rich_message=rich(paragraph(bold(16))))
    assert answer == "Bad Request: RICH_MESSAGE_DEPTH_INVALID"
    text: Any = "x"
    for _ in range(300):
        text = [text]
    answer = await api.error("sendRichMessage", chat_id=ann.id, rich_message=rich(paragraph(text)))
    assert answer == "Bad Request: RICH_MESSAGE_DEPTH_INVALID"


async def test_chat_is_found_after_parsing_and_before_limits(api: BotApi) -> None:
    unreadable = await api.error("sendRichMessage", chat_id=99, rich_message=rich({"type": "x"}))
    assert unreadable == f'Bad Request: {BLOCK}type "x" is unsupported'
    too_large = rich(*[paragraph("x")] * 501)
    assert await api.error("sendRichMessage", chat_id=99, rich_message=too_large) == "Bad Request: chat not found"


async def test_edits_between_text_and_rich(api: BotApi, ann: EmulatedUser) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="old")
    target = {"chat_id": ann.id, "message_id": sent["message_id"]}
    edited = await api.result("editMessageText", **target, rich_message=rich(paragraph("new")))
    assert (edited["rich_message"], "text" in edited) == ({"blocks": [paragraph("new")]}, False)
    again = await api.error("editMessageText", **target, rich_message=rich(paragraph(" new ")))
    assert again.startswith("Bad Request: message is not modified")
    other = await api.result("editMessageText", **target, rich_message=rich(paragraph("other")))
    assert other["rich_message"] == {"blocks": [paragraph("other")]}
    await api.result("editMessageReplyMarkup", **target, reply_markup={"inline_keyboard": [[button()]]})
    assert (await ann.history())[0].rich_text == "other"
    plain = await api.result("editMessageText", **target, text="plain")
    assert (plain["text"], "rich_message" in plain) == ("plain", False)
    assert [message.rich_message for message in await ann.history()] == [None]
    assert await api.error("editMessageText", **target, rich_message=rich()) == "Bad Request: RICH_MESSAGE_EMPTY"


async def test_rich_message_is_copied_replied_to_and_deleted(api: BotApi, ann: EmulatedUser) -> None:
    sent = await api.result("sendRichMessage", chat_id=ann.id, rich_message=rich(paragraph("a")))
    target = {"chat_id": ann.id, "message_id": sent["message_id"]}
    await api.result("copyMessage", from_chat_id=ann.id, **target)
    assert [message.rich_text for message in await ann.history()] == ["a", "a"]
    reply = await api.result("sendMessage", chat_id=ann.id, text="b", reply_parameters=target)
    assert reply["reply_to_message"]["rich_message"] == sent["rich_message"]
    original = (await ann.history())[0]
    await ann.send("answer", reply_to=original)
    [update] = await api.get_updates()
    assert update["message"]["reply_to_message"]["rich_message"] == sent["rich_message"]
    await api.result("deleteMessage", **target)
    assert len(await ann.history()) == 3


async def test_buttons_in_rich_message_are_pressed(api: BotApi, ann: EmulatedUser) -> None:
    label = ["More ", {"type": "custom_emoji", "custom_emoji_id": "5", "alternative_text": "👍"}]
    beside = paragraph(["a ", {"type": "button", "button": button(label, callback_data="more")}])
    row = buttons(button("Yes", callback_data="yes"), button("Site", url="https://example.org"))
    keyboard = {"inline_keyboard": [[{"text": "Below", "callback_data": "below"}]]}
    message = rich({"type": "details", "summary": "a", "blocks": [beside]}, row)
    await api.result("sendRichMessage", chat_id=ann.id, rich_message=message, reply_markup=keyboard)
    got = await ann.next_message()
    assert (got.rich_buttons, got.buttons) == (["More 👍", "Yes", "Site"], [["Below"]])
    for name, data in (("More 👍", "more"), ("Yes", "yes"), ("Below", "below")):
        await ann.send_press(got, name)
        update = (await api.get_updates())[-1]
        assert update["callback_query"]["data"] == data
        assert update["callback_query"]["message"]["rich_message"]["blocks"][1]["buttons"][0]["text"] == "Yes"
        await api.get_updates(offset=update["update_id"] + 1, wait=0)
    with pytest.raises(EmulatorError, match="the message has: 'More 👍', 'Yes', 'Below'"):
        await ann.send_press(got, "Site")


async def test_chats_and_users_refuse_rich_messages(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    group = await emulator.create_group("Group", ann)
    for chat in (ann, group):
        sent = await api.result("sendRichMessage", chat_id=chat.id, rich_message=rich(paragraph("a")))
        await chat.refuse_rich_messages()
        target = {"chat_id": chat.id, "message_id": sent["message_id"]}
        for method, values in (("sendRichMessage", {"chat_id": chat.id}), ("editMessageText", target)):
            answer = await api.error(method, **values, rich_message=rich(paragraph("b")))
            assert answer == "Bad Request: CHAT_SEND_RICH_FORBIDDEN"
        copied = await api.error("copyMessage", from_chat_id=chat.id, **target)
        assert copied == "Bad Request: CHAT_SEND_RICH_FORBIDDEN"
        await api.result("sendMessage", chat_id=chat.id, text="plain")
        await chat.refuse_rich_messages(refuse=False)
        await api.result("sendRichMessage", chat_id=chat.id, rich_message=rich(paragraph("a")))


async def test_bot_is_not_told_of_an_old_app(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    await ann.use_old_app()
    await returned(api, ann, paragraph("a"))
    assert [user["old_app"] for user in (await emulator.state())["users"]] == [True]


async def test_photos_need_the_right_to_send_photos(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    group = await emulator.create_group("Group", ann)
    await group.set_permissions(can_send_photos=False)
    await api.result("sendRichMessage", chat_id=group.id, rich_message=rich(paragraph("a")))
    refused = await api.error("sendRichMessage", chat_id=group.id, rich_message=rich(photo()))
    assert refused == "Bad Request: not enough rights to send photos to the chat"


@pytest.mark.parametrize(
    "values",
    [
        {"text": "a", "entities": "[" * 9000},
        {"text": "a", "entities": '[{"type":"bold","offset":0,"length":1,"x":' + "[" * 9000},
        {"text": "a", "reply_markup": "[" * 9000},
        {"text": "a", "reply_parameters": "[" * 9000},
        {"text": "a", "link_preview_options": "[" * 9000},
    ],
)
async def test_deeply_nested_json_is_no_server_error(api: BotApi, ann: EmulatedUser, values: Json) -> None:
    answer = await api.call("sendMessage", chat_id=ann.id, **values)
    assert answer["status"] in (200, 400)
    assert (await api.call("setWebhook", url="", allowed_updates=list(values.values())[1]))["status"] == 200


async def test_deeply_nested_body_is_no_server_error(api: BotApi) -> None:
    for body in (b'{"text":' + b"[" * 9000, b'{"text":' + b"[" * 9000 + b"]" * 9000 + b"}", b"[" * 9000):
        headers = {"Content-Type": "application/json"}
        async with api.session.post(f"{api.base}/sendMessage", data=body, headers=headers) as response:
            assert response.status == 400
