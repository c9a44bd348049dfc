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
    PaymentRefused,
    RateLimited,
    Refused,
    Retry,
    RichRefused,
    Sent,
    TopicClosed,
    Unconfirmed,
)
from domain.subscription.subscriber import LeftReason, RichRefusal
from transport.responses import (
    ForeignResponse,
    NoResponse,
    NotSent,
    Response,
    TransportResult,
    outcome_of_probe,
    outcome_of_result,
    outcome_of_rich_message,
    read_response,
)


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
    (_error(400, "Bad Request: BALANCE_TOO_LOW"), PaymentRefused("Bad Request: BALANCE_TOO_LOW")),
    (_error(400, "Bad Request: PAYMENT_UNSUPPORTED"), PaymentRefused("Bad Request: PAYMENT_UNSUPPORTED")),
    (_error(403, "Forbidden: PAID_BROADCAST_X"), PaymentRefused("Forbidden: PAID_BROADCAST_X")),
    (
        _error(403, "Forbidden: ALLOW_PAYMENT_REQUIRED_5"),
        Refused("Forbidden: ALLOW_PAYMENT_REQUIRED_5", is_content_error=False),
    ),
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


FOREIGN = Unconfirmed("status 200 with an answer that is not the Bot API's")
SENT = b'{"ok":true,"result":{"message_id":%b}}'
TOO_MANY = b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":%b}'
MIGRATED = b'{"ok":false,"error_code":400,"description":"Bad Request: upgraded","parameters":{"migrate_to_chat_id":%b}}'

NONSENSE: list[tuple[TransportResult, Outcome]] = [
    *[(Response(200, SENT % id_), FOREIGN) for id_ in (b"-1", b"1.5", b"1e3", b'"7"', b"null", b"9" * 30, b"[7]")],
    *[
        (Response(429, TOO_MANY % b'{"retry_after":%b}' % seconds), RateLimited(5))
        for seconds in (b"0", b"-7", b"1e308", b'"7"', b"null", b"1209601", b"9" * 30, b"[7]", b"true")
    ],
    *[(Response(429, TOO_MANY % parameters), RateLimited(5)) for parameters in (b"7", b"[]", b"null", b'"x"', b"{}")],
    (Response(429, TOO_MANY % b'{"retry_after":1209600}'), RateLimited(1_209_600)),
    (Response(429, TOO_MANY % b'{"retry_after":NaN}'), RateLimited(5)),
    *[
        (Response(429, HTML, header), RateLimited(5))
        for header in ("", "0", "-1", "1e9", "NaN", "inf", "soon", "²", "９", "9" * 400, "1209601")
    ],
    *[
        (Response(400, MIGRATED % chat), Refused("Bad Request: upgraded"))
        for chat in (b"0", b"7", b'"-7"', b"-7.5", b"null", b"-" + b"9" * 30, b"[]", b"true")
    ],
    (_error(403, "Forbidden: bot was blocked by the user", status=200), FOREIGN),
    (_error(0, "Forbidden: bot was blocked by the user", status=403), Fatal(FOREIGN.reason.replace("200", "403"))),
    (_error(403, "blocked by your administrator"), Fatal(FOREIGN.reason.replace("200", "403"))),
    (_error(401, "Token expired"), Fatal(FOREIGN.reason.replace("200", "401"))),
    (_error(400, "Your request was blocked"), Unconfirmed(FOREIGN.reason.replace("200", "400"))),
    (Response(200, b'{"ok":false,"result":{"message_id":7}}'), FOREIGN),
    (Response(500, SENT % b"7"), Unconfirmed(FOREIGN.reason.replace("200", "500"))),
]


@pytest.mark.parametrize(("result", "outcome"), NONSENSE, ids=lambda value: str(value)[:80])
def test_nonsense_in_an_answer_is_not_believed(result: TransportResult, outcome: Outcome) -> None:
    assert outcome_of_result(result) == outcome


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (_ok({"id": 1, "is_bot": True, "first_name": "Bot"}), Sent(0)),
        (_ok(None), FOREIGN),
        (_error(401, "Unauthorized"), Fatal("Unauthorized")),
        (_error(429, "Too Many Requests: retry after 7", retry_after=7), RateLimited(7)),
        (Response(502, HTML), Unconfirmed(FOREIGN.reason.replace("200", "502"))),
        (Response(404, HTML), Fatal(FOREIGN.reason.replace("200", "404"))),
        (NotSent("refused"), Retry("refused")),
        (NoResponse("timeout"), Unconfirmed("timeout")),
    ],
    ids=lambda value: str(value)[:60],
)
def test_any_answer_of_the_bot_api_ends_a_probe_well(result: TransportResult, outcome: Outcome) -> None:
    assert outcome_of_probe(result) == outcome


@pytest.mark.parametrize("body", [b'{"ok":true}', b'{"ok":true,"result":null}', b'{"ok":true,"result":'])
def test_success_without_a_result_is_foreign(body: bytes) -> None:
    with pytest.raises(ForeignResponse, match="status 200"):
        read_response(Response(200, body))


def test_a_description_is_kept_without_what_it_quotes() -> None:
    quoting = 'Bad Request: can\'t parse entities: unsupported start tag "王伟" at byte offset 7'
    assert outcome_of_result(_error(400, quoting)) == Refused(
        "Bad Request: can't parse entities: unsupported start tag … at byte offset 7"
    )
    assert outcome_of_result(_error(400, "Bad Request: 王伟")) == Refused("Bad Request")
    assert len(str(outcome_of_result(_error(400, "Bad Request: " + "x" * 10_000)))) < 300


def _rich(code: int, description: str, refusal: RichRefusal) -> tuple[Response, Outcome]:
    return _error(code, description), RichRefused(description, refusal)


RICH_TABLE: list[tuple[TransportResult, Outcome]] = [
    (_ok({"message_id": 17, "rich_message": {"blocks": []}}), Sent(17)),
    _rich(400, "Bad Request: CHAT_SEND_RICH_FORBIDDEN", RichRefusal.CHAT),
    _rich(400, "Bad Request: not enough rights to send rich messages to the chat", RichRefusal.CHAT),
    _rich(404, "Not Found: method not found", RichRefusal.SERVER),
    _rich(400, "Bad Request: failed to get HTTP URL content", RichRefusal.PICTURE),
    _rich(400, "Bad Request: wrong type of the web page content", RichRefusal.PICTURE),
    _rich(400, "Bad Request: IMAGE_PROCESS_FAILED", RichRefusal.PICTURE),
    _rich(400, "Bad Request: not enough rights to send photos to the chat", RichRefusal.PICTURE),
    _rich(400, "Bad Request: RICH_MESSAGE_EMPTY", RichRefusal.CONTENT),
    _rich(400, "Bad Request: something new", RichRefusal.CONTENT),
    _rich(400, "Bad Request: RICH_PAID_BLOCK_UNKNOWN", RichRefusal.CONTENT),
    _rich(403, "Forbidden: CHAT_SEND_RICH_FORBIDDEN", RichRefusal.CHAT),
    _rich(403, "Forbidden: CHAT_SEND_PHOTOS_FORBIDDEN", RichRefusal.PICTURE),
    _rich(403, "Forbidden: something new", RichRefusal.CONTENT),
    (
        _error(400, "Bad Request: not enough rights to send text messages to the chat"),
        Refused("Bad Request: not enough rights to send text messages to the chat", is_content_error=False),
    ),
    (_error(400, "Bad Request: TOPIC_CLOSED"), TopicClosed("Bad Request: TOPIC_CLOSED")),
    (_error(403, "Forbidden: bot was blocked by the user"), ChatUnavailable(LeftReason.BLOCKED)),
    (_error(429, "Too Many Requests: retry after 7", retry_after=7), RateLimited(7)),
    (_error(404, "Not Found"), Fatal("Not Found")),
    (_error(401, "Unauthorized"), Fatal("Unauthorized")),
    (NoResponse("ServerDisconnectedError"), Unconfirmed("ServerDisconnectedError")),
    (NotSent("ClientConnectorError (111)"), Retry("ClientConnectorError (111)")),
]


@pytest.mark.parametrize(("result", "expected"), RICH_TABLE)
def test_answer_to_a_rich_message_has_its_outcome(result: TransportResult, expected: Outcome) -> None:
    assert outcome_of_rich_message(result) == expected


@pytest.mark.parametrize("refusal", RichRefusal)
def test_only_chat_and_server_refuse_for_good(refusal: RichRefusal) -> None:
    assert refusal.is_lasting is (refusal in (RichRefusal.CHAT, RichRefusal.SERVER))
