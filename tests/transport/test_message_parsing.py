"""What the bot reads of a Message beside its text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from domain.chat import limits
from domain.chat.event import Chat, Command, Coordinates, Origin, TextMessage, User
from transport.drivers.event_parsing import inline_event
from transport.message_parsing import RawMessage, location_of, parse_message

ORIGIN = Origin(1, Chat(7), User(7))


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"location": {"latitude": 52.5, "longitude": 13}}, Coordinates(52.5, 13)),
        ({"venue": {"location": {"latitude": -90, "longitude": 180}}}, Coordinates(-90, 180)),
        ({"location": {"latitude": 52.5}}, None),
        ({"location": {"longitude": 13}}, None),
        ({"location": {"latitude": "52.5", "longitude": 13}}, None),
        ({"location": {"latitude": 52.5, "longitude": None}}, None),
        ({"location": {"latitude": 90.1, "longitude": 0}}, None),
        ({"location": {"latitude": 0, "longitude": -180.1}}, None),
        ({"venue": {}}, None),
        ({}, None),
    ],
)
def test_place_is_read_if_it_is_one_on_earth(message: dict[str, Any], wanted: Coordinates | None) -> None:
    assert location_of(message) == wanted


def test_text_longer_than_telegram_allows_is_cut() -> None:
    """A broken proxy may hand over a megabyte; the length is counted in code points, as the server does."""
    whole = "\U0001f600" * limits.MESSAGE_UTF16_UNITS
    entities = [{"type": "bold", "offset": 0, "length": 4 * len(whole)}]
    for text in (whole, whole + "a b " * 240_000):
        message = parse_message(ORIGIN, RawMessage(text=text, entities=entities, message_id=1), "bot")
        assert isinstance(message, TextMessage)
        assert message.text == whole


def test_arguments_of_a_command_that_is_too_long_are_cut() -> None:
    entities = [
        {"type": "bot_command", "offset": 0, "length": 7},
        {"type": "bold", "offset": 8, "length": 900_000},
        {"type": "italic", "offset": 900_000, "length": 9},
    ]
    raw = RawMessage(text="/search " + "a b " * 240_000, entities=entities, message_id=1)
    command = parse_message(ORIGIN, raw, "bot")
    assert isinstance(command, Command)
    assert command.name == "search"
    assert command.arguments == ("a b " * 1022).strip()
    assert [(span.start, span.end) for span in command.styled_arguments.spans] == [(0, len(command.arguments))]


def test_inline_query_longer_than_telegram_allows_is_cut() -> None:
    user = SimpleNamespace(id=7, full_name="Ann", language_code="en")
    query = SimpleNamespace(id="1", from_user=user, query="a b " * 240_000, offset="")
    assert inline_event(query, 1).words == "a b " * (limits.INLINE_QUERY_CHARACTERS // 4)
