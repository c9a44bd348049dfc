"""What the bot sends by file id: photos and their like, albums, polls; forwards, pins, protection, edits, deletion."""

from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData

from emulator.client import EmulatedUser, EmulatorClient, EmulatorError, Message
from tests.emulator.conftest import BotApi
from tests.pictures import png

METHODS = {
    "photo": "sendPhoto",
    "video": "sendVideo",
    "animation": "sendAnimation",
    "audio": "sendAudio",
    "voice": "sendVoice",
    "video_note": "sendVideoNote",
    "sticker": "sendSticker",
}


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", started=True)


def file_id_of(message: Message) -> str:
    assert message.media is not None
    return message.media.file.file_id


@pytest.mark.parametrize("kind", METHODS)
async def test_each_kind_is_sent_again_by_its_file_id(kind: str, api: BotApi, ann: EmulatedUser) -> None:
    file_id = file_id_of(await ann.send_media(kind, b"data"))
    sent = await api.result(METHODS[kind], chat_id=ann.id, **{kind: file_id}, caption="c", protect_content=True)
    got = await ann.next_message()
    assert got.media is not None
    assert (got.media.kind, got.media.file.file_id, got.protected) == (kind, file_id, True)
    assert got.text == ("" if kind in ("sticker", "video_note") else "c")
    assert sent["has_protected_content"] is True
    other = "photo" if kind != "photo" else "voice"
    error = await api.error(METHODS[other], chat_id=ann.id, **{other: file_id})
    assert error.startswith("Bad Request: can't use file of type")


async def album_of(ann: EmulatedUser, *kinds: str) -> list[dict[str, Any]]:
    return [{"type": kind, "media": file_id_of(await ann.send_media(kind, b"data"))} for kind in kinds]


async def test_album_arrives_as_one_group(api: BotApi, ann: EmulatedUser) -> None:
    media = await album_of(ann, "photo", "video", "photo")
    media[0]["caption"] = "three"
    sent = await api.result("sendMediaGroup", chat_id=ann.id, media=media)
    got = await ann.next_messages(3)
    assert [message["message_id"] for message in sent] == [message.message_id for message in got]
    assert len({message.media_group_id for message in got}) == 1
    assert [message.text for message in got] == ["three", "", ""]


@pytest.mark.parametrize(
    ("kinds", "error"),
    [
        ((), "there are no messages to send"),
        (("photo",) * 11, "too many messages to send as an album"),
        (("photo", "document"), "document can't be mixed with other media types"),
        (("audio", "video"), "audio can't be mixed with other media types"),
        (("animation",), "can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup"),
        (("x",), "can't parse InputMedia: invalid type specified"),
    ],
)
async def test_refused_albums(kinds: tuple[str, ...], error: str, api: BotApi, ann: EmulatedUser) -> None:
    media = [{"type": kind, "media": "x"} for kind in kinds]
    assert await api.error("sendMediaGroup", chat_id=ann.id, media=media) == f"Bad Request: {error}"
    missing = await api.error("sendMediaGroup", chat_id=ann.id)
    assert missing == 'Bad Request: parameter "media" is required'
    assert await ann.drain_messages() == []


async def test_refused_album_sends_nothing(api: BotApi, ann: EmulatedUser) -> None:
    media = [*await album_of(ann, "photo"), {"type": "photo", "media": "gone"}]
    assert "wrong remote file identifier" in await api.error("sendMediaGroup", chat_id=ann.id, media=media)
    assert await ann.drain_messages() == []


async def test_forwarded_poll_shares_its_votes_and_a_copy_does_not(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser
) -> None:
    bob = await emulator.create_user("Bob", started=True)
    poll = await api.result("sendPoll", chat_id=ann.id, question="When?", options=["8:00", {"text": "9:00"}])
    assert [option["text"] for option in poll["poll"]["options"]] == ["8:00", "9:00"]
    source = {"chat_id": bob.id, "from_chat_id": ann.id, "message_id": poll["message_id"]}
    forwarded = await api.result("forwardMessage", **source)
    assert forwarded["poll"]["id"] == poll["poll"]["id"]
    assert forwarded["forward_origin"]["type"] == "user"
    await api.result("copyMessage", **source)
    original, copied = await bob.next_messages(2)
    assert (original.forward_origin is not None, copied.forward_origin) == (True, None)
    assert copied.poll is not None
    assert copied.poll.id != poll["poll"]["id"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ([], "poll must have at least 2 option"),
        (["a"], "poll must have at least 2 option"),
        (["a"] * 13, "poll can't have more than 12 options"),
        (["a", ""], "poll options length must be at least 1"),
        (["a", {"text": ""}], "poll options length must be at least 1"),
        (["a", {}], "poll options length must be at least 1"),
    ],
)
async def test_refused_polls(options: list[object], error: str, api: BotApi, ann: EmulatedUser) -> None:
    refusal = await api.error("sendPoll", chat_id=ann.id, question="?", options=options)
    assert refusal == f"Bad Request: {error}"


async def test_channel_takes_no_poll_with_names(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    channel = await emulator.create_channel("News", ann)
    values = {"chat_id": channel.id, "question": "?", "options": ["a", "b"]}
    await api.result("sendPoll", **values)
    error = await api.error("sendPoll", **values, is_anonymous=False)
    assert error == "Bad Request: non-anonymous polls can't be sent to channel chats"


async def test_protected_message_cannot_be_passed_on(api: BotApi, ann: EmulatedUser) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="secret", protect_content=True)
    source = {"chat_id": ann.id, "from_chat_id": ann.id, "message_id": sent["message_id"]}
    assert await api.error("copyMessage", **source) == "Bad Request: message can't be copied"
    assert await api.error("forwardMessage", **source) == "Bad Request: message can't be forwarded"
    assert await api.error("forwardMessage", **source | {"message_id": 999}) == (
        "Bad Request: message to forward not found"
    )
    with pytest.raises(EmulatorError, match="protected"):
        await ann.forward(await ann.next_message())


async def test_messages_are_pinned_and_unpinned(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="pin me")
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    for _ in range(2):
        assert await api.result("pinChatMessage", **where, disable_notification=True)
    chats = {chat["id"]: chat for chat in (await emulator.state())["chats"]}
    assert chats[ann.id]["pinned"] == [sent["message_id"]]
    assert await api.result("unpinChatMessage", chat_id=ann.id)
    assert await api.error("unpinChatMessage", **where) == "Bad Request: message to unpin not found"
    assert await api.error("pinChatMessage", chat_id=ann.id, message_id=999) == "Bad Request: message to pin not found"
    group = await emulator.create_group("Group", ann)
    sent = await api.result("sendMessage", chat_id=group.id, text="x")
    refusal = await api.error("pinChatMessage", chat_id=group.id, message_id=sent["message_id"])
    assert refusal == "Bad Request: not enough rights to manage pinned messages in the chat"


async def test_pin_in_a_group_posts_a_service_message(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    group = await emulator.create_supergroup("Group", ann, bot="administrator")
    sent = await api.result("sendMessage", chat_id=group.id, text="x")
    where = {"chat_id": group.id, "message_id": sent["message_id"]}
    for _ in range(2):
        assert await api.result("pinChatMessage", **where)
    assert await api.result("unpinChatMessage", **where)
    (service,) = [update["message"] for update in await api.get_updates() if "message" in update]
    assert service["pinned_message"]["message_id"] == sent["message_id"]
    assert service["from"]["is_bot"]
    refused = await api.error("pinChatMessage", chat_id=group.id, message_id=service["message_id"])
    assert refused == "Bad Request: message to pin not found"


async def test_captions_are_edited_and_text_is_not(api: BotApi, ann: EmulatedUser) -> None:
    file_id = file_id_of(await ann.send_media("photo", b"data"))
    sent = await api.result("sendPhoto", chat_id=ann.id, photo=file_id, caption="old")
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    assert (await api.result("editMessageCaption", **where, caption="new"))["caption"] == "new"
    assert "message is not modified" in await api.error("editMessageCaption", **where, caption="new")
    assert await api.error("editMessageText", **where, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
    text = await api.result("sendMessage", chat_id=ann.id, text="x")
    refusal = await api.error("editMessageCaption", chat_id=ann.id, message_id=text["message_id"], caption="x")
    assert refusal == "Bad Request: there is no caption in the message to edit"


async def test_media_takes_the_place_of_media_and_of_a_text(api: BotApi, ann: EmulatedUser) -> None:
    photo = file_id_of(await ann.send_media("photo", b"data"))
    voice = file_id_of(await ann.send_media("voice", b"data"))
    other = file_id_of(await ann.send_media("photo", b"other"))
    sent = await api.result("sendPhoto", chat_id=ann.id, photo=photo, caption="old")
    text = await api.result("sendMessage", chat_id=ann.id, text="x")
    for message in (sent, text):
        where = {"chat_id": ann.id, "message_id": message["message_id"]}
        media = {"type": "photo", "media": other, "caption": "new"}
        edited = await api.result("editMessageMedia", **where, media=media)
        assert edited["photo"][-1]["file_id"] == other
        assert edited["caption"] == "new"
        assert "text" not in edited
        assert "message is not modified" in await api.error("editMessageMedia", **where, media=media)
        for broken in ({"type": "voice", "media": voice}, {"type": "photo"}, ["x"]):
            assert "can't parse InputMedia" in await api.error("editMessageMedia", **where, media=broken)
        assert "media" in await api.error("editMessageMedia", **where)


async def test_several_messages_are_deleted_at_once(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    old = await api.result("sendMessage", chat_id=ann.id, text="old")
    await emulator.advance_clock(48 * 3600 + 1)
    new = [await api.result("sendMessage", chat_id=ann.id, text=str(number)) for number in range(2)]
    ids = [message["message_id"] for message in (old, *new)]
    assert await api.result("deleteMessages", chat_id=ann.id, message_ids=[*ids, 999])
    assert [message.message_id for message in await ann.history()] == [old["message_id"]]
    assert await api.error("deleteMessages", chat_id=ann.id) == "Bad Request: message identifiers are not specified"
    many = await api.error("deleteMessages", chat_id=ann.id, message_ids=list(range(1, 102)))
    assert many == "Bad Request: too many message identifiers specified"


async def test_location_is_checked(api: BotApi, ann: EmulatedUser) -> None:
    sent = await api.result("sendLocation", chat_id=ann.id, latitude=31.2, longitude=121.5)
    assert sent["location"] == {"latitude": 31.2, "longitude": 121.5}
    assert "wrong latitude" in await api.error("sendLocation", chat_id=ann.id, latitude=91, longitude=0)
    assert "wrong latitude" in await api.error("sendLocation", chat_id=ann.id, latitude="x", longitude=0)


async def test_uploaded_photo_is_checked_as_telegram_does(api: BotApi, ann: EmulatedUser) -> None:
    async def upload(data: bytes) -> str:
        form = FormData({"chat_id": str(ann.id)})
        form.add_field("photo", BytesIO(data), filename="x.png")
        async with api.session.post(f"{api.base}/sendPhoto", data=form) as response:
            return str((await response.json()).get("description", ""))

    assert await upload(png()) == ""
    assert (await ann.next_message()).media is not None
    for data, reason in (
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (png(9000, 1001), "PHOTO_INVALID_DIMENSIONS"),
        (png(21, 1), "PHOTO_INVALID_DIMENSIONS"),
        (png() + bytes(10 * 1024 * 1024), "is too big for a photo"),
    ):
        assert reason in await upload(data)


async def test_photo_of_an_address_is_drawn(api: BotApi, ann: EmulatedUser) -> None:
    sent = await api.result("sendPhoto", chat_id=ann.id, photo="https://p.example/x.png")
    again = await api.result("sendPhoto", chat_id=ann.id, photo=sent["photo"][-1]["file_id"])
    assert again["photo"][-1]["file_id"] == sent["photo"][-1]["file_id"]
    error = await api.error("sendPhoto", chat_id=ann.id, photo="https://gone.invalid/x.png")
    assert error == "Bad Request: failed to get HTTP URL content"
