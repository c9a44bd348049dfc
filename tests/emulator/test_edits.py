"""editMessageText, editMessageReplyMarkup and deleteMessage."""

from typing import Any

import pytest

from emulator.client import EmulatedUser, EmulatorClient
from tests.emulator.conftest import BotApi

BUTTON = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)  # copied, so that the test compares with Telegram's text, not with the emulator's constant


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", started=True)


async def sent(api: BotApi, ann: EmulatedUser, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = await api.result("sendMessage", chat_id=ann.id, text="old", **more)
    return {"chat_id": ann.id, "message_id": message["message_id"]}


async def test_edit_replaces_text_in_place(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    target = await sent(api, ann, reply_markup=BUTTON)
    await emulator.advance_clock(60)
    edited = await api.result("editMessageText", **target, text="<b>new</b>", parse_mode="HTML")
    assert edited["edit_date"] >= edited["date"] + 60
    got = await ann.next_edit()
    assert (got.text, got.reply_markup, got.edit_date) == ("new", None, edited["edit_date"])
    assert [message.text for message in await ann.history()] == ["new"]


async def test_unchanged_edit_is_refused(api: BotApi, ann: EmulatedUser) -> None:
    target = await sent(api, ann, reply_markup=BUTTON)
    assert await api.error("editMessageText", **target, text=" old ", reply_markup=BUTTON) == (
        f"Bad Request: {NOT_MODIFIED}"
    )
    assert await api.error("editMessageReplyMarkup", **target, reply_markup=BUTTON) == f"Bad Request: {NOT_MODIFIED}"
    await api.result("editMessageText", **target, text="old")  # removes the buttons


async def test_markup_edit_keeps_edit_date(api: BotApi, ann: EmulatedUser) -> None:
    target = await sent(api, ann)
    edited = await api.result("editMessageReplyMarkup", **target, reply_markup=BUTTON)
    assert (edited["reply_markup"], "edit_date" in edited) == (BUTTON, False)
    await api.result("editMessageReplyMarkup", **target)
    assert (await ann.next_edit()).buttons == [["A"]]
    assert (await ann.next_edit()).buttons == []


async def test_refused_edits(api: BotApi, ann: EmulatedUser) -> None:
    user_message = await ann.send("mine")
    target = {"chat_id": ann.id, "message_id": user_message.message_id}
    assert await api.error("editMessageText", **target, text="a") == "Bad Request: message can't be edited"
    missing = {"chat_id": ann.id, "message_id": 99}
    assert await api.error("editMessageText", **missing, text="a") == "Bad Request: message to edit not found"
    assert await api.error("editMessageText", text="a") == "Bad Request: message identifier is not specified"
    assert await api.error("editMessageText", inline_message_id="x", text="a") == "Bad Request: MESSAGE_ID_INVALID"
    assert await api.error("editMessageText", **missing) == "Bad Request: message text is empty"
    keyboard = {"keyboard": [["x"]]}
    refused = await api.error("editMessageText", **await sent(api, ann), text="a", reply_markup=keyboard)
    assert refused == "Bad Request: inline keyboard expected"


async def test_old_message_is_editable_but_not_deletable(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser
) -> None:
    target = await sent(api, ann)
    await emulator.advance_clock(49 * 3600)
    await api.result("editMessageText", **target, text="new")
    assert await api.error("deleteMessage", **target) == "Bad Request: message can't be deleted"


async def test_delete_message(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    target = await sent(api, ann)
    assert await api.result("deleteMessage", **target) is True
    assert await ann.history() == []
    assert [entry.detail for entry in await emulator.log(ann.id, kind="bot_delete")] == [
        {"message_ids": [target["message_id"]]}
    ]
    assert await api.error("deleteMessage", **target) == "Bad Request: message to delete not found"
    assert await api.error("editMessageText", **target, text="x") == "Bad Request: message to edit not found"


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_administrator_cannot_delete_after_48_hours(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser, kind: str
) -> None:
    chat = await {
        "group": emulator.create_group,
        "supergroup": emulator.create_supergroup,
        "channel": emulator.create_channel,
    }[kind]("G", ann)
    await chat.set_member(4242, "administrator")
    sent = await api.result("sendMessage", chat_id=chat.id, text="old")
    target = {"chat_id": chat.id, "message_id": sent["message_id"]}
    await emulator.advance_clock(48 * 3600 + 1)
    assert await api.error("deleteMessage", **target) == "Bad Request: message can't be deleted"


async def test_deleting_others_messages_needs_right(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    group = await emulator.create_group("G", ann)
    user_message = await ann.send("/x", chat=group)
    target = {"chat_id": group.id, "message_id": user_message.message_id}
    assert await api.error("deleteMessage", **target) == "Bad Request: message can't be deleted"
    await group.set_member(4242, "administrator")
    assert await api.result("deleteMessage", **target) is True
