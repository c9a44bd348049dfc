"""Tests of the webhook: requests of Telegram, of strangers and of slow clients; the monitor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from tests.malformed_requests import MALFORMED_REQUESTS, answer_to
from tests.transport.webhook_client import PATH, SECRET, NumberSource, WebhookClient, endpoint, listening
from tests.virtual_time import in_virtual_time
from transport import inbox as inbox_module
from transport.driver import ApiCallFailed, WebhookInfo
from transport.inbox import Inbox
from transport.ports import PortTaken
from transport.rejection_log import LOG_INTERVAL_SECONDS, RejectionLog
from transport.webhook import (
    CHECK_INTERVAL_SECONDS,
    MAX_BODY_BYTES,
    SECRET_HEADER,
    InboxIntake,
    Receiver,
    WebhookMonitor,
    WebhookServer,
)


@pytest.fixture
async def webhook() -> AsyncIterator[WebhookClient]:
    async with listening() as client:
        yield client


async def test_a_request_is_answered_when_its_update_is_finished(webhook: WebhookClient) -> None:
    webhook.source.may_dispatch.clear()
    sending = asyncio.create_task(webhook.send(b"7"))
    await webhook.wait_for_decoded(1)
    assert not sending.done()
    webhook.source.may_dispatch.set()
    assert await sending == 200
    await webhook.inbox.close()
    assert webhook.source.replies == [7]


async def test_a_request_is_answered_before_the_reply_is_sent(webhook: WebhookClient) -> None:
    webhook.source.may_reply.clear()
    assert [await webhook.send(b"%d" % number) for number in range(5)] == [200] * 5
    assert webhook.source.replies == []
    webhook.source.may_reply.set()
    await webhook.inbox.close()
    assert webhook.source.replies == list(range(5))


async def test_updates_beyond_the_bound_are_left_to_telegram(
    webhook: WebhookClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "MAX_UPDATES", 3)
    webhook.source.may_dispatch.clear()
    sending = [asyncio.create_task(webhook.send(b"%d" % number)) for number in range(3)]
    await webhook.wait_for_decoded(3)
    assert await webhook.send(b"9") == 503
    webhook.source.may_dispatch.set()
    assert await asyncio.gather(*sending) == [200] * 3
    assert await webhook.send(b"9") == 200


async def test_concurrent_updates_of_a_chat_are_handled_one_by_one(webhook: WebhookClient) -> None:
    webhook.source.may_dispatch.clear()
    sending = [asyncio.create_task(webhook.send(b"%d" % number)) for number in range(5)]
    await webhook.wait_for_decoded(5)
    webhook.source.may_dispatch.set()
    assert await asyncio.gather(*sending) == [200] * 5
    await webhook.inbox.close()
    assert webhook.source.replies == webhook.source.dispatched
    assert sorted(webhook.source.dispatched) == list(range(5))


@pytest.mark.parametrize("secret", ["", "0123456789abcdeF", SECRET + "0", "é" * 16])
async def test_a_wrong_secret_is_rejected(webhook: WebhookClient, secret: str) -> None:
    assert await webhook.send(b"7", secret=secret) == 403
    assert webhook.source.dispatched == []


async def test_the_body_is_not_read_without_the_secret(webhook: WebhookClient) -> None:
    async with webhook.raw_connection() as (reader, writer):
        writer.write(b"POST /updates HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n")
        assert b" 403 " in await reader.readline()
        await reader.read()  # until the server disconnects


@pytest.mark.parametrize(("verb", "path"), [("GET", PATH), ("POST", "/"), ("POST", "/updates/../x"), ("PUT", PATH)])
async def test_other_paths_and_methods_are_not_found(webhook: WebhookClient, verb: str, path: str) -> None:
    assert await webhook.send(b"7", verb=verb, path=path) == 404


async def test_a_body_that_is_no_update_is_rejected(webhook: WebhookClient) -> None:
    with capture_logs() as logs:
        assert await webhook.send(b"\x00{") == 400
    assert [(line["event"], line["reason"], line["bytes"]) for line in logs] == [
        ("webhook_rejected", "not an update", 2)
    ]
    assert await webhook.send(b"8") == 200
    assert webhook.source.dispatched == [8]


async def test_a_large_content_length_is_rejected(webhook: WebhookClient) -> None:
    async with webhook.raw_connection() as (reader, writer):
        head = f"POST /updates HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: {MAX_BODY_BYTES + 1}"
        writer.write(head.encode() + b"\r\n\r\n")
        assert b" 413 " in await reader.readline()


async def test_a_large_body_of_unknown_length_is_rejected(webhook: WebhookClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b"1" * 65536

    url = f"http://127.0.0.1:{webhook.port}{PATH}"
    try:
        async with webhook.session.post(url, data=endless(), headers={SECRET_HEADER: SECRET}) as response:
            assert response.status == 413
    except aiohttp.ClientConnectionError:
        pass  # disconnected before it had sent everything
    assert webhook.source.dispatched == []


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"POST /upd",
        f"POST /updates HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 2\r\n\r\n7".encode(),
    ],
)
async def test_slow_clients_are_disconnected(beginning: bytes) -> None:
    async with listening(seconds=0.2) as webhook, webhook.raw_connection() as (reader, writer), asyncio.timeout(30):
        writer.write(beginning)
        try:
            answer = await reader.read()
        except ConnectionResetError:
            answer = b""
        assert answer == b"" or b" 408 " in answer
        assert webhook.source.dispatched == []


async def test_updates_are_handled_while_strangers_dawdle(webhook: WebhookClient) -> None:
    head = f"POST /updates HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: {MAX_BODY_BYTES}\r\n\r\n"
    async with AsyncExitStack() as stack:
        for beginning in (b"", b"POST /upd", head.encode() + b"1" * 1000) * 20:
            _, writer = await stack.enter_async_context(webhook.raw_connection())
            writer.write(beginning)
        assert [await webhook.send(b"%d" % number) for number in range(3)] == [200] * 3
    assert webhook.source.dispatched == [0, 1, 2]


async def test_a_connection_is_reused_for_the_next_update(webhook: WebhookClient) -> None:
    async with webhook.raw_connection() as (reader, writer):
        for number in (b"1", b"2"):
            head = f"POST /updates HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 1\r\n\r\n"
            writer.write(head.encode() + number)
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    await webhook.inbox.close()
    assert webhook.source.replies == [1, 2]


async def test_a_taken_port_says_what_to_do(webhook: WebhookClient) -> None:
    receiver = Receiver(endpoint(), InboxIntake(webhook.source, webhook.inbox))
    with pytest.raises(PortTaken, match=f"port {webhook.port} .*choose another"):
        async with WebhookServer("127.0.0.1", webhook.port).receiving(receiver):
            raise AssertionError("it listens")


async def test_each_bot_gets_the_updates_of_its_own_path() -> None:
    server = WebhookServer("127.0.0.1", 0)
    sources = NumberSource(), NumberSource()
    inboxes = [Inbox(source, monotonic=asyncio.get_running_loop().time) for source in sources]
    for source in sources:
        source.may_dispatch.set()
        source.may_reply.set()
    first, second = (
        Receiver(endpoint(path), InboxIntake(source, inbox))
        for path, source, inbox in zip((PATH, f"{PATH}/second"), sources, inboxes, strict=True)
    )
    async with server.receiving(first) as port, aiohttp.ClientSession() as session:

        async def send(path: str, number: int) -> int:
            url, headers = f"http://127.0.0.1:{port}{path}", {SECRET_HEADER: SECRET}
            async with session.post(url, data=b"%d" % number, headers=headers) as response:
                return response.status

        async with server.receiving(second) as same_port:
            assert same_port == port
            assert [await send(second.path, 1), await send(first.path, 2)] == [200, 200]
        assert [await send(second.path, 3), await send(first.path, 4)] == [404, 200]
    for inbox in inboxes:
        await inbox.close()
    assert [source.replies for source in sources] == [[2, 4], [1]]


@dataclass
class FakeWebhookApi:
    """Answers webhook_info with the next of `infos`."""

    infos: list[WebhookInfo | ApiCallFailed]
    set_to: list[tuple[str, str]] = field(default_factory=list)

    async def webhook_info(self) -> WebhookInfo:
        info = self.infos.pop(0)
        if isinstance(info, ApiCallFailed):
            raise info
        return info

    async def set_webhook(self, url: str, secret: str) -> None:
        self.set_to.append((url, secret))


@in_virtual_time
async def test_the_monitor_sets_the_webhook_and_reports_problems() -> None:
    webhook_endpoint = endpoint()
    good = WebhookInfo(webhook_endpoint.url, 0, "")
    problems: list[str | None] = []
    api = FakeWebhookApi(
        [
            ApiCallFailed("down"),
            good,  # from an earlier start, perhaps with another secret
            WebhookInfo(webhook_endpoint.url, 3, "Connection refused"),
            WebhookInfo(webhook_endpoint.url, 0, "Connection refused"),
            WebhookInfo("", 0, ""),
            good,
        ]
    )
    monitor = WebhookMonitor(api, webhook_endpoint)
    problems.append(monitor.problem)
    with capture_logs() as logs:
        task = asyncio.create_task(monitor.run())
        while api.infos:
            await asyncio.sleep(CHECK_INTERVAL_SECONDS)
            problems.append(monitor.problem)
        task.cancel()
    assert api.set_to == [(webhook_endpoint.url, SECRET)] * 2
    assert problems == [
        "the webhook is not set yet",
        "the webhook cannot be set or checked: down",
        None,
        "Telegram cannot reach the webhook, 3 updates wait: Connection refused",
        *[None] * 3,
    ]
    assert logs == [
        {"event": "webhook_check_failed", "reason": "down", "log_level": "warning"},
        {"event": "webhook_set", "log_level": "info"},
        {"event": "webhook_unreachable", "pending": 3, "reason": "Connection refused", "log_level": "warning"},
        {"event": "webhook_set", "log_level": "info"},
    ]


async def test_strangers_do_not_flood_the_log(webhook: WebhookClient, caplog: pytest.LogCaptureFixture) -> None:
    with capture_logs() as logs, caplog.at_level("INFO"):
        for _ in range(30):
            assert await webhook.send(b"7", secret="wrong") == 403
            assert await webhook.send(b"\x00{") == 400
            async with webhook.raw_connection() as (reader, writer):
                writer.write(b"\x16\x03\x01 no HTTP\r\n\r\n")
                await reader.read()
    assert [(line["reason"], line["others"]) for line in logs] == [("wrong secret", 0)]
    assert [record.getMessage() for record in caplog.records] == []


async def test_malformed_requests_do_not_flood_the_log(
    webhook: WebhookClient, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as logs, caplog.at_level("INFO"):
        for request in 2 * MALFORMED_REQUESTS:
            assert b" 400 " in await answer_to(request, webhook.port)
    assert [(line["reason"], line["error"], line["others"]) for line in logs] == [
        ("malformed request", "LineTooLong", 0)
    ]
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("Transfer-Encoding: chunked", b"ZZZ\r\n"),
        ("Content-Encoding: gzip\r\nContent-Length: 5", b"abcde"),
        ("Content-Length: 5", b"ab"),
    ],
)
async def test_broken_bodies_do_not_flood_the_log(
    webhook: WebhookClient, header: str, body: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    statuses: asyncio.Queue[int | None] = asyncio.Queue()
    receive_request = Receiver.receive

    async def receive(receiver: Receiver, request: web.BaseRequest, seconds: float) -> int:
        statuses.put_nowait(None)
        statuses.put_nowait(status := await receive_request(receiver, request, seconds))
        return status

    monkeypatch.setattr(Receiver, "receive", receive)
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\n{header}\r\n\r\n"
    with capture_logs() as logs, caplog.at_level("INFO"):
        for _ in range(3):
            async with webhook.raw_connection() as (_reader, writer):
                writer.write(head.encode())
                assert await statuses.get() is None  # aiohttp rejects by itself what is broken in the first bytes
                writer.write(body)
                writer.write_eof()
                assert await statuses.get() == 400
    assert [(line["reason"], line["others"]) for line in logs] == [("broken body", 0)]
    assert [record.getMessage() for record in caplog.records] == []


async def test_failures_of_a_handler_are_logged_one_by_one(
    webhook: WebhookClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def take(_self: object, _body: bytes) -> int:
        raise LookupError

    monkeypatch.setattr(InboxIntake, "take", take)
    for _ in range(2):
        assert await webhook.send(b"7") == 500
    errors = [record.exc_info[0] for record in caplog.records if record.exc_info]
    assert errors == [LookupError, LookupError]
    assert {record.filename for record in caplog.records} == {"web_protocol.py"}


@in_virtual_time
async def test_rejections_are_counted_until_the_next_line() -> None:
    rejections = RejectionLog()
    with capture_logs() as logs:
        for minute in range(3):
            for _ in range(5):
                rejections.note("wrong secret", client="192.0.2.1")
            await asyncio.sleep(LOG_INTERVAL_SECONDS if minute else LOG_INTERVAL_SECONDS - 1)
        rejections.note("not an update", bytes=3)
    assert [(line["reason"], line["others"]) for line in logs] == [
        ("wrong secret", 0),
        ("wrong secret", 9),
        ("not an update", 4),
    ]
