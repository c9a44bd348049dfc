"""Any valid rich message is accepted and comes back unchanged; any broken one is refused with a 400."""

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import BadRequest
from emulator.methods import method_table
from emulator.models import User
from emulator.parameters import Parameters
from emulator.rich.labels import number_label
from emulator.telegram import Telegram
from tests.emulator.rich_messages import FULL, PHOTO_URL, Json
from tests.emulator.rich_strategies import broken_messages, rich_messages


def telegram_with_users(*ids: int) -> Telegram:
    tg = Telegram(User(4242, "Bot"))
    for user_id in ids:
        user = User(user_id, "Ann", started=True)
        tg.store.put_user(user)
        tg.store.get_or_create_private_chat(user)
    return tg


def send_to(tg: Telegram, user_id: int, message: Any) -> Json:
    """Send a rich message and return the Message as the bot gets it back."""
    values = {"chat_id": str(user_id), "rich_message": msgspec.json.encode(message).decode()}
    _, method = method_table()["sendrichmessage"]
    result: Json = msgspec.json.decode(msgspec.json.encode(method(tg, Parameters(values))))
    return result


def send(message: Any) -> Json:
    """Send a rich message to a user of a fresh emulator and return its content."""
    content: Json = send_to(telegram_with_users(1001), 1001, message)["rich_message"]
    return content


def test_broadcast_stores_one_content() -> None:
    tg = telegram_with_users(1001, 1002)
    sent = [send_to(tg, user_id, {"blocks": FULL}) for user_id in (1001, 1002)]
    stored = [tg.store.get_message(message["chat"]["id"], message["message_id"]) for message in sent]
    first, second = (message.rich_message for message in stored if message is not None)
    assert first is not None
    assert first is second


def as_sent(value: Any) -> Any:
    """Return returned content as a bot sends it: items without labels, photos as media."""
    if isinstance(value, list):
        return [as_sent(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "photo":
        return {**value, "photo": {"type": "photo", "media": PHOTO_URL}}
    return {key: as_sent(part) for key, part in value.items() if key != "label"}


@given(rich_messages())
def test_valid_message_comes_back_unchanged(message: Json) -> None:
    assert as_sent(send(message)["blocks"]) == message["blocks"]


@given(rich_messages())
def test_returned_message_can_be_sent_again(message: Json) -> None:
    returned = send(message)
    assert send({"blocks": as_sent(returned["blocks"]), "skip_entity_detection": True}) == returned


@given(broken_messages())
def test_broken_message_is_refused(message: Json) -> None:
    with pytest.raises(BadRequest):
        send(message)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["type", "text", "blocks", "items", "cells", "summary", "size", "name", "url", "button", "buttons", "photo"]
    ), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(json_values, st.sampled_from(["paragraph", "list", "table", "details", "buttons", "photo", "heading"]))
def test_any_json_is_accepted_or_refused(value: Any, kind: str) -> None:
    fields = value if isinstance(value, dict) else {"text": value, "items": value, "cells": value, "photo": value}
    with contextlib.suppress(BadRequest):
        assert send({"blocks": [{**fields, "type": kind}]})["blocks"][0]["type"] == kind


@given(st.integers(1, 10_000))
def test_letter_labels_count_in_base_26(number: int) -> None:
    value = 0
    for letter in number_label(number, "a"):
        value = 26 * value + ord(letter) - ord("a") + 1
    assert value == number
    assert number_label(number, "A") == number_label(number, "a").upper()


def test_roman_labels() -> None:
    labels = {1: "i", 4: "iv", 9: "ix", 14: "xiv", 40: "xl", 90: "xc", 400: "cd", 1994: "mcmxciv", 3999: "mmmcmxcix"}
    assert {number: number_label(number, "i") for number in labels} == labels
    assert [number_label(number, "I") for number in (7, 4000, 0)] == ["VII", "4000", "0"]
