"""Tests of reading updates from their JSON: kind, chat and sender, and what has another form than the Bot API's."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from domain.chat.event import ANONYMOUS_ADMINISTRATOR_ID
from transport.driver import ApiCallFailed, UpdateKind
from transport.update_decoding import decode_batch, decode_body, decode_update, incoming_update

ANN = {"id": 7, "is_bot": False, "first_name": "Ann"}
PRIVATE = {"id": 7, "type": "private"}
GROUP = {"id": -9, "type": "supergroup"}
COMMAND = [{"type": "bot_command", "offset": 0, "length": 5}]
MENTION = [{"type": "bot_command", "offset": 3, "length": 5}, {"type": "bold", "offset": 0, "length": 2}]
ANONYMOUS = {"from": {"id": ANONYMOUS_ADMINISTRATOR_ID}, "sender_chat": GROUP}


@pytest.mark.parametrize(
    ("fields", "kind", "chat_id", "sender_id"),
    [
        ({"message": {"from": ANN, "chat": PRIVATE, "text": "hi"}}, UpdateKind.REQUEST, 7, 7),
        ({"message": {"from": ANN, "chat": PRIVATE, "photo": []}}, UpdateKind.REQUEST, 7, 7),
        ({"message": {"from": ANN, "chat": GROUP, "text": "/help", "entities": COMMAND}}, UpdateKind.REQUEST, -9, 7),
        ({"message": {"from": ANN, "chat": GROUP, "text": "hi /help", "entities": MENTION}}, UpdateKind.CHATTER, -9, 7),
        ({"message": {"from": ANN, "chat": GROUP, "new_chat_members": []}}, UpdateKind.CHATTER, -9, 7),
        ({"message": {"from": ANN, "chat": GROUP, "migrate_to_chat_id": -1001}}, UpdateKind.CHANGE, -9, 7),
        ({"message": {**ANONYMOUS, "chat": GROUP, "entities": COMMAND}}, UpdateKind.REQUEST, -9, -9),
        ({"edited_message": {"from": ANN, "chat": PRIVATE, "text": "hi"}}, UpdateKind.REQUEST, 7, 7),
        ({"edited_message": {"from": ANN, "chat": PRIVATE, "location": {}}}, UpdateKind.CHATTER, 7, 7),
        (
            {"edited_message": {"from": ANN, "chat": GROUP, "text": "/help", "entities": COMMAND}},
            UpdateKind.CHATTER,
            -9,
            7,
        ),
        ({"edited_message": {"from": "?"}}, UpdateKind.REQUEST, 0, 0),
        ({"callback_query": {"id": "1", "from": ANN, "message": {"chat": GROUP}}}, UpdateKind.REQUEST, -9, 7),
        ({"callback_query": {"id": "1", "from": ANN}}, UpdateKind.REQUEST, 7, 7),
        ({"my_chat_member": {"from": ANN, "chat": GROUP}}, UpdateKind.CHANGE, -9, -9),
        ({"a_kind_to_come": {}}, UpdateKind.CHANGE, 0, 0),
        ({"message": {"message_id": "?"}}, UpdateKind.REQUEST, 0, 0),
        ({"message": {"from": [], "chat": {"id": "7", "type": "group"}, "entities": 5}}, UpdateKind.CHATTER, 0, 0),
        ({"message": []}, UpdateKind.CHANGE, 0, 0),
        ({"callback_query": {"message": 5}}, UpdateKind.REQUEST, 0, 0),
        ({"my_chat_member": []}, UpdateKind.CHANGE, 0, 0),
        ({"inline_query": {"id": "1", "from": ANN, "query": "x", "offset": ""}}, UpdateKind.REQUEST, 7, 7),
        ({"inline_query": {"from": "?"}}, UpdateKind.REQUEST, 0, 0),
    ],
)
def test_read_kind_chat_and_sender(fields: dict[str, Any], kind: UpdateKind, chat_id: int, sender_id: int) -> None:
    raw = {"update_id": 3, **fields}
    update = incoming_update(raw)
    assert (update.id, update.kind, update.chat_id, update.sender_id) == (3, kind, chat_id, sender_id)
    assert update.raw is raw


@pytest.mark.parametrize("update", [None, 7, [], "x", {}, {"update_id": "3"}, {"message": {}}])
def test_an_update_without_an_id_is_refused(update: Any) -> None:
    with pytest.raises(ValueError, match="no update_id"):
        incoming_update(update)


def test_an_update_the_framework_cannot_read_keeps_its_id() -> None:
    def decode(update: Any) -> int:
        return int(update["update_id"]) if len(update) == 1 else int(update["message"]["text"])

    with capture_logs() as logs:
        assert decode_update({"update_id": 3, "message": {"text": "secret words"}}, decode) == 3
    fields = ["message", "update_id"]
    assert [log for log in logs if log.pop("log_level")] == [
        {"event": "update_undecodable", "update_id": 3, "fields": fields, "error": "ValueError"}
    ]


def _message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 1, "chat": PRIVATE, "from": ANN, "date": 0, **fields}


def test_only_kinds_that_were_asked_for_are_decoded() -> None:
    message = _message(text="hi")
    update = decode_body(json.dumps({"update_id": 3, "message": message, "poll": {"id": "secret"}}).encode())
    assert update.raw == {"update_id": 3, "message": message}
    assert (update.id, update.chat_id, update.kind) == (3, 7, UpdateKind.REQUEST)


def test_an_update_with_wrong_fields_keeps_only_its_id() -> None:
    with capture_logs() as logs:
        update = decode_body(json.dumps({"update_id": 3, "message": _message(text=["secret words"])}).encode())
    assert update.raw == {"update_id": 3}
    assert [log for log in logs if log.pop("log_level")] == [
        {"event": "update_undecodable", "update_id": 3, "error": "ValidationError"}
    ]


def test_a_batch_loses_only_updates_without_an_id() -> None:
    odd = [msgspec.Raw(written) for written in (b'{"update_id": "4"}', b"[]", b'{"update_id": 0}')]
    good = [msgspec.Raw(json.dumps({"update_id": number, "message": _message()}).encode()) for number in (3, 5)]
    with capture_logs() as logs:
        batch = decode_batch([good[0], *odd, good[1]])
    assert [update.id for update in batch] == [3, 5]
    assert [log["event"] for log in logs] == ["update_without_id"] * 3
    assert decode_batch([]) == []
    with pytest.raises(ApiCallFailed, match="the updates have no ids"):
        decode_batch(odd)
