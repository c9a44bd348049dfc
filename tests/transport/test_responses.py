"""Tests of outcomes: one row for each answer that Telegram, or a proxy in front of it, is known to give."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Fatal,
    Outcome,
    RateLimited,
    Refused,
    Retry,
    Sent,
    TopicClosed,
    Unconfirmed,
)
from domain.subscription.subscriber import LeftReason
from transport.responses import NoResponse, NotSent, Response, TransportResult, outcome_of_result


def _error(code: int, description: str, status: int | None = None, **parameters: object) -> Response:
    body: dict[str, object] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Response(status or code, json.dumps(body).encode())


def _ok(result: object) -> Response:
    return Response(200, json.dumps({"ok": True, "result": result}).encode())


HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"

TABLE: list[tuple[TransportResult, Outcome]] = [
    (_ok({"message_id": 17, "chat": {"id": 1}, "text": "x"}), Sent(17)),
    (_ok({"message_id": 3}), Sent(3)),
    (_ok(True), Sent(0)),
    (Response(200, b'{"ok":true,"result":{"mess'), Unconfirmed("status 200 with an answer that is not the Bot API's")),
    (Response(200, b""), Unconfirmed("status 200 with an answer that is not the Bot API's")),
    (NotSent("ClientConnectorError (111)"), Retry("ClientConnectorError (111)")),
    (NoResponse("ServerDisconnectedError"), Unconfirmed("ServerDisconnectedError")),
    (_error(429, "Too Many Requests: retry after 7", retry_after=7), RateLimited(7)),
    (Response(429, HTML, "9"), RateLimited(9)),
    (Response(429, HTML), RateLimited(5)),
    (_error(403, "Forbidden: bot was blocked by the user"), ChatUnavailable(LeftReason.BLOCKED)),
    (_error(403, "Forbidden: user is deactivated"), ChatUnavailable(LeftReason.ACCOUNT_DELETED)),
    (_error(403, "Forbidden: bot can't initiate conversation with a user"), ChatUnavailable(LeftReason.NEVER_STARTED)),
    (_error(403, "Forbidden: bot was kicked from the supergroup chat"), ChatUnavailable(LeftReason.KICKED)),
    (_error(403, "Forbidden: bot is not a member of the channel chat"), ChatUnavailable(LeftReason.NOT_A_MEMBER)),
    (_error(403, "Forbidden: the group chat was deleted"), ChatUnavailable(LeftReason.CHAT_DELETED)),
    (_error(403, "Forbidden: something new"), ChatUnavailable(LeftReason.FORBIDDEN)),
    (_error(400, "Bad Request: chat not found"), ChatUnavailable(LeftReason.CHAT_NOT_FOUND)),
    (
        _error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1007),
        ChatMigrated(-1007),
    ),
    (_error(400, "Bad Request: TOPIC_CLOSED"), TopicClosed("Bad Request: TOPIC_CLOSED")),
    (_error(400, "Bad Request: message thread not found"), TopicClosed("Bad Request: message thread not found")),
    (
        _error(400, "Bad Request: not enough rights to send text messages to the chat"),
        Refused("Bad Request: not enough rights to send text messages to the chat", is_content_error=False),
    ),
    (_error(400, "Bad Request: message is too long"), Refused("Bad Request: message is too long")),
    (_error(400, "Bad Request: message to copy not found"), Refused("Bad Request: message to copy not found")),
    (_error(401, "Unauthorized"), Fatal("Unauthorized")),
    (_error(404, "Not Found"), Fatal("Not Found")),
    (Response(404, HTML), Fatal("status 404 with an answer that is not the Bot API's")),
    (Response(302, b""), Fatal("status 302 with an answer that is not the Bot API's")),
    (_error(500, "Internal Server Error"), Unconfirmed("Internal Server Error")),
    (Response(502, HTML), Unconfirmed("status 502 with an answer that is not the Bot API's")),
    (Response(504, b""), Unconfirmed("status 504 with an answer that is not the Bot API's")),
]


@pytest.mark.parametrize(("result", "outcome"), TABLE, ids=lambda value: str(value)[:60])
def test_each_result_has_its_outcome(result: TransportResult, outcome: Outcome) -> None:
    assert outcome_of_result(result) == outcome


@given(st.integers(100, 599), st.binary(max_size=200), st.one_of(st.none(), st.text(max_size=5)))
def test_any_response_has_an_outcome_and_is_not_sent(status: int, body: bytes, header: str | None) -> None:
    outcome = outcome_of_result(Response(status, body, header))
    assert not isinstance(outcome, Sent)
