"""Photos, albums, voice messages, stickers, polls and forwarded messages of users: as updates, copies and files."""

from typing import Any

import pytest

from emulator.client import EmulatedUser, EmulatorClient, EmulatorError
from tests.emulator.conftest import BotApi


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann")


async def newest_message(api: BotApi) -> dict[str, Any]:
    updates = await api.get_updates(offset=-1)
    message: dict[str, Any] = updates[-1]["message"]
    return message


async def test_photo_has_sizes_caption_and_bytes(api: BotApi, ann: EmulatedUser) -> None:
    await ann.send_media("photo", b"PNG", caption="Sunrise #sun")
    message = await newest_message(api)
    assert message["caption"] == "Sunrise #sun"
    assert message["caption_entities"] == [{"type": "hashtag", "offset": 8, "length": 4}]
    assert "text" not in message
    [size] = message["photo"]
    file = await api.result("getFile", file_id=size["file_id"])
    assert file["file_size"] == 3


async def test_album_is_messages_of_one_group(api: BotApi, ann: EmulatedUser) -> None:
    for _ in range(3):
        await ann.send_media("photo", b"PNG", album="7")
    assert [update["message"]["media_group_id"] for update in await api.get_updates()] == ["7", "7", "7"]


async def test_album_is_sent_at_once(api: BotApi, ann: EmulatedUser) -> None:
    photo = {"kind": "photo", "base64": "UE5H"}
    body = {"user_id": ann.id, "media": photo, "more_media": [photo, photo], "caption": "Three"}
    await ann.emulator.post("/messages", dict[str, Any], **body, media_group_id="7")
    messages = [update["message"] for update in await api.get_updates()]
    assert [message.get("caption") for message in messages] == ["Three", None, None]
    assert {message["media_group_id"] for message in messages} == {"7"}
    numbers = [message["message_id"] for message in messages]
    assert numbers == list(range(numbers[0], numbers[0] + 3))


async def test_voice_sticker_and_poll_have_their_fields(api: BotApi, ann: EmulatedUser) -> None:
    await ann.send_media("voice", b"Ogg", seconds=5)
    assert (await newest_message(api))["voice"]["duration"] == 5
    await ann.send_media("sticker", b"WebP", emoji="🌅")
    assert (await newest_message(api))["sticker"]["emoji"] == "🌅"
    await ann.send_poll("When?", "8:00", "9:00")
    poll = (await newest_message(api))["poll"]
    assert (poll["question"], [option["text"] for option in poll["options"]]) == ("When?", ["8:00", "9:00"])
    with pytest.raises(EmulatorError, match="2 to 12 options"):
        await ann.send_poll("When?", "8:00")


async def test_copy_keeps_media_and_changes_captions(api: BotApi, ann: EmulatedUser) -> None:
    photo = await ann.send_media("photo", b"PNG", caption="Sunrise")
    poll = await ann.send_poll("When?", "8:00", "9:00")
    sticker = await ann.send_media("sticker", b"WebP", emoji="🌅")
    for message in (photo, poll, sticker):
        values = {"chat_id": ann.id, "from_chat_id": ann.id, "message_id": message.message_id, "caption": "Sunset"}
        await api.result("copyMessage", **values)
    copies = (await ann.history())[-3:]
    assert [copy.text for copy in copies] == ["Sunset", "", ""]
    assert (copies[0].media, copies[1].poll, copies[2].media) == (photo.media, poll.poll, sticker.media)
    assert all(copy.forward_origin is None for copy in copies)


async def test_forward_names_where_a_message_came_from(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser
) -> None:
    channel = await emulator.create_channel("News", ann, username="news")
    post = await ann.send("Hello, everybody", chat=channel)
    await ann.forward(post)
    message = await newest_message(api)
    assert message["text"] == "Hello, everybody"
    origin = message["forward_origin"]
    assert (origin["type"], origin["chat"]["title"], origin["message_id"]) == ("channel", "News", post.message_id)
    again = await ann.forward((await ann.history())[-1])
    assert again.forward_origin == origin
    own = await ann.forward(await ann.send("mine"))
    assert own.forward_origin is not None
    assert own.forward_origin["sender_user"]["first_name"] == "Ann"


async def test_only_what_a_user_sees_can_be_forwarded(emulator: EmulatorClient, ann: EmulatedUser) -> None:
    bob = await emulator.create_user("Bob")
    group = await emulator.create_group("Group", bob)
    hidden = await bob.send("secret", chat=group)
    private = await bob.send("private")
    for message in (hidden, private):
        with pytest.raises(EmulatorError, match="could forward"):
            await ann.forward(message)
