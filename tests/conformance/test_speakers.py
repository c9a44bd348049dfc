"""Who is heard, and as whom: anonymous administrators, channels, edits, forwards, other bots' results, odd names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from domain.chat.event import (
    ANONYMOUS_ADMINISTRATOR_ID,
    ButtonPress,
    ChatKind,
    Command,
    EditedMessage,
    Event,
    TextMessage,
)
from tests.conformance.test_odd_updates import ANN, PRIVATE, updates_from
from tests.conformance.transports import FakeHandler
from transport.driver import UpdateKind

GROUP = {"id": -100, "type": "supergroup", "title": "Gr\u202eo\u2067u\u200fp\n\u001b[2J"}
CHANNEL = {"id": -300, "type": "channel", "title": "News"}
ANONYMOUS = {"id": ANONYMOUS_ADMINISTRATOR_ID, "is_bot": True, "first_name": "Group"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
"""The user that Telegram shows for whoever writes in a group in the name of a channel."""

MESSAGE: dict[str, Any] = {
    "message_id": 3,
    "date": 1764000000,
    "chat": GROUP,
    "from": ANN,
    "text": "/stop now",
    "entities": [{"type": "bot_command", "offset": 0, "length": 5}],
}
IN_PRIVATE = MESSAGE | {"chat": PRIVATE}
BOB = {"type": "user", "date": 1764000000, "sender_user": {"id": 8, "is_bot": False, "first_name": "Bob"}}

NOTHING: dict[str, Mapping[str, Any]] = {
    "edited command": {"edited_message": MESSAGE | {"edit_date": 1764000001}},
    "edited post of a bot": {"edited_message": IN_PRIVATE | {"via_bot": ANONYMOUS}},
    "channel post": {"channel_post": {name: value for name, value in MESSAGE.items() if name != "from"}},
    "edited channel post": {"edited_channel_post": MESSAGE | {"chat": CHANNEL}},
    "message through a business": {"business_message": IN_PRIVATE | {"business_connection_id": "b"}},
    "inline result": {"message": MESSAGE | {"via_bot": ANONYMOUS}},
    "inline result in private": {"message": IN_PRIVATE | {"via_bot": ANONYMOUS}},
    "command for another bot": {
        "message": MESSAGE | {"text": "/stop@other_bot", "entities": [{**MESSAGE["entities"][0], "length": 15}]}
    },
}
"""What is no event at all."""

MERE_TEXT: dict[str, Mapping[str, Any]] = {
    "forwarded command": MESSAGE | {"forward_origin": BOB},
    "forwarded command in private": IN_PRIVATE | {"forward_origin": BOB},
    "post of the linked channel": MESSAGE
    | {
        "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
        "sender_chat": CHANNEL,
        "is_automatic_forward": True,
        "forward_origin": {"type": "channel", "date": 1764000000, "chat": CHANNEL, "message_id": 9},
    },
    "command that is quoted": MESSAGE
    | {"text": "look", "entities": [], "reply_to_message": MESSAGE, "quote": {"text": "/stop", "position": 0}},
    "command after a direction mark": MESSAGE
    | {"text": "\u202e/stop", "entities": [{"type": "bot_command", "offset": 1, "length": 5}]},
    "command in a caption": MESSAGE
    | {
        "text": None,
        "entities": None,
        "caption": "/stop",
        "caption_entities": MESSAGE["entities"],
        "document": {"file_id": "f", "file_unique_id": "u"},
    },
}
"""What is a message, and no command."""


async def events_of(driver_name: str, fields: Mapping[str, Any]) -> list[Event]:
    handler = FakeHandler()
    async with updates_from(driver_name, handler) as source:
        update = source.decode(json.dumps({"update_id": 5, **fields}).encode())
        await source.dispatch(update.raw)
    return handler.received


@pytest.mark.parametrize("case", NOTHING)
async def test_what_is_no_event(driver_name: str, case: str) -> None:
    assert await events_of(driver_name, NOTHING[case]) == []


@pytest.mark.parametrize("case", MERE_TEXT)
async def test_what_is_no_command(driver_name: str, case: str) -> None:
    fields = {name: value for name, value in MERE_TEXT[case].items() if value is not None}
    [event] = await events_of(driver_name, {"message": fields})
    assert isinstance(event, TextMessage)
    assert "/stop" not in event.text or fields.get("text") == "\u202e/stop"


async def test_edits_in_private_are_read_as_the_message_they_change(driver_name: str) -> None:
    photo = {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}], "caption": "new"}
    mute = {name: value for name, value in IN_PRIVATE.items() if name not in ("text", "entities")}
    edited = [event for fields in (IN_PRIVATE, mute | photo) for event in await _events_after_edit(driver_name, fields)]
    command, captioned = (event.message for event in edited if isinstance(event, EditedMessage))
    assert isinstance(command, Command)
    assert (command.name, command.arguments, command.message_id) == ("stop", "now", 3)
    assert isinstance(captioned, TextMessage)
    assert captioned.content is not None
    assert (captioned.content.kind, captioned.content.text, captioned.content.file_id) == ("photo", "new", "f")


async def _events_after_edit(driver_name: str, fields: Mapping[str, Any]) -> list[Event]:
    return await events_of(driver_name, {"edited_message": {**fields, "edit_date": 1764000001}})


async def test_anonymous_administrators_act_for_their_group_alone(driver_name: str) -> None:
    """They share a user, so they are throttled by the group; whoever writes as a channel is no administrator."""
    anonymous = MESSAGE | {"from": ANONYMOUS, "sender_chat": GROUP}
    as_channel = MESSAGE | {"from": CHANNEL_BOT, "sender_chat": CHANNEL}
    for message, sender in ((anonymous, -100), (as_channel, -300)):
        handler = FakeHandler()
        async with updates_from(driver_name, handler) as source:
            update = source.decode(json.dumps({"update_id": 5, "message": message}).encode())
            await source.dispatch(update.raw)
        assert (update.sender_id, update.chat_id, update.kind) == (sender, -100, UpdateKind.REQUEST)
        [event] = handler.received
        assert isinstance(event, Command)
        assert (event.name, event.arguments, event.origin.user.id) == ("stop", "now", message["from"]["id"])


async def test_names_neither_turn_nor_break_the_line_that_quotes_them(driver_name: str) -> None:
    ann = ANN | {"first_name": "A\u202en\u2066n\u0007", "last_name": "B\u2029o"}
    press = {"id": "9", "from": ann, "message": MESSAGE, "chat_instance": "1", "data": "\u202estop"}
    for fields in ({"message": MESSAGE | {"from": ann}}, {"callback_query": press}):
        [event] = await events_of(driver_name, fields)
        assert isinstance(event, Command | ButtonPress)
        assert (event.origin.chat.title, event.origin.chat.kind) == ("Group[2J", ChatKind.SUPERGROUP)
        assert event.origin.user.name == "Ann Bo"
