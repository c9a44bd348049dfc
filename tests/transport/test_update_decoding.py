"""Tests of reading updates from their JSON: kind, chat and sender, and what has another form than the Bot API's."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from transport.driver import ANONYMOUS_ADMINISTRATOR_ID, UpdateKind
from transport.update_decoding import decode_update, incoming_update

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
        ({"callback_query": {"id": "1", "from": ANN, "message": {"chat": GROUP}}}, UpdateKind.REQUEST, -9, 7),
        ({"callback_query": {"id": "1", "from": ANN}}, UpdateKind.REQUEST, 7, 7),
        ({"my_chat_member": {"from": ANN, "chat": GROUP}}, UpdateKind.CHANGE, -9, -9),
        ({"a_kind_to_come": {}}, UpdateKind.CHANGE, 0, 0),
        ({"message": {"message_id": "?"}}, UpdateKind.REQUEST, 0, 0),
        ({"message": {"from": [], "chat": {"id": "7", "type": "group"}, "entities": 5}}, UpdateKind.CHATTER, 0, 0),
        ({"message": []}, UpdateKind.CHANGE, 0, 0),
        ({"callback_query": {"message": 5}}, UpdateKind.REQUEST, 0, 0),
        ({"my_chat_member": []}, UpdateKind.CHANGE, 0, 0),
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
    assert [(log["event"], log["fields"]) for log in logs] == [("update_undecodable", ["message", "update_id"])]
    assert "secret" not in str(logs)
