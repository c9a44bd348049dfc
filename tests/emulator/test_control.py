"""The control API: clock, log, event stream, invalid requests."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.client import EmulatorClient, EmulatorError, run_emulator
from emulator.event_hub import MAX_QUEUED_EVENTS, MAX_REPLAYED_EVENTS, EventHub
from tests.emulator.conftest import BotApi
from tests.waiting import PATIENCE


async def test_clock_changes_dates_only(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    tomorrow = datetime(2031, 5, 6, 7, 59, tzinfo=UTC)
    await emulator.set_clock(tomorrow)
    assert (await emulator.clock()) - tomorrow < timedelta(seconds=5)
    sent = await api.result("sendMessage", chat_id=ann.id, text="a")
    assert 0 <= sent["date"] - tomorrow.timestamp() < 5
    await emulator.advance_clock(3600)
    assert (await ann.send("b")).date - sent["date"] >= 3600
    with pytest.raises(EmulatorError, match="needs a UTC offset"):
        await emulator.request("POST", "/clock", {"now": "2031-05-06T08:00:00"})
    with pytest.raises(EmulatorError, match="give one of"):
        await emulator.request("POST", "/clock", {})
    for beyond in ({"advance_seconds": 1e12}, {"offset_seconds": -1e300}, {"now": "9999-12-31T23:59:59+00:00"}):
        with pytest.raises(EmulatorError, match="within 1970 to 2100"):
            await emulator.request("POST", "/clock", beyond)
    await emulator.request("POST", "/clock", {"offset_seconds": 0})
    assert abs((await emulator.clock()) - datetime.now(UTC)) < timedelta(seconds=5)


PLACE = {"latitude": 38.75, "longitude": -9.15}
VENUE = {"title": "Biblioteca", "address": "Campo Grande 83"}


@pytest.mark.parametrize(
    ("verb", "path", "body", "error"),
    [
        ("POST", "/users", {}, "first_name"),
        ("POST", "/users", {"first_name": "A", "colour": 1}, "colour"),
        ("POST", "/users", {"first_name": "A", "id": -1}, "id must be above 0"),
        ("POST", "/users/77", {}, "no user 77"),
        ("POST", "/users/x", {}, "whole number"),
        ("POST", "/users/batch", {"count": 0}, "count must be 1 to"),
        ("POST", "/chats", {"type": "private", "title": "x"}, "created with their user"),
        ("POST", "/chats", {"type": "group", "title": "x", "is_forum": True}, "only possible with type supergroup"),
        ("POST", "/chats", {"type": "group", "title": "x", "members": [9]}, "no user 9"),
        ("POST", "/chats/5/upgrade", {}, "no chat 5"),
        ("POST", "/messages", {"user_id": 1001}, "give one of text"),
        ("POST", "/messages", {"user_id": 1001, "text": "a", "more_media": [{"kind": "photo"}]}, "an album has media"),
        ("POST", "/messages", {"user_id": 1001, "text": "a", "venue": VENUE}, "a venue has a title"),
        (
            "POST",
            "/messages",
            {"user_id": 1001, "location": PLACE, "venue": VENUE | {"title": ""}},
            "a venue has a title",
        ),
        ("POST", "/messages", {"user_id": 1001, "text": " "}, "no user could send this"),
        ("POST", "/messages", {"user_id": 1001, "text": "x", "chat_id": 9}, "no chat 9"),
        ("POST", "/messages", {"user_id": 1001, "text": "x", "reply_to_message_id": 9}, "no message 9"),
        ("POST", "/messages", {"user_id": 1001, "text": "x", "thread_id": 9}, "no topic 9"),
        ("POST", "/messages", {"user_id": 1001, "document": {"file_name": "a", "base64": "?"}}, "base64 is invalid"),
        ("POST", "/messages/edit", {"user_id": 1001, "message_id": 9, "text": "x"}, "only their own"),
        ("POST", "/updates", {}, "give redeliver"),
        ("POST", "/updates", {"redeliver": 5}, "no longer stored"),
        ("POST", "/limits", {"per_second": 0}, "above 0"),
        ("GET", "/log?wait=x", None, "number of seconds"),
        ("GET", "/log?since=x", None, "whole number"),
        ("GET", "/commands", None, "user_id is required"),
        ("GET", "/files/x", None, "no such file"),
    ],
)
async def test_invalid_requests(emulator: EmulatorClient, verb: str, path: str, body: Any, error: str) -> None:
    await emulator.create_user("Ann", id=1001)
    bare, _, query = path.partition("?")
    params = dict(part.split("=") for part in query.split("&")) if query else {}
    with pytest.raises(EmulatorError, match=error):
        await emulator.request(verb, bare, body, **params)


async def test_user_who_blocked_bot_cannot_write(emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    await ann.block()
    with pytest.raises(EmulatorError, match="unblock first"):
        await ann.send("hi")
    group = await emulator.create_group("G")
    with pytest.raises(EmulatorError, match="not a member"):
        await ann.send("hi", chat=group)


async def test_user_batch(api: BotApi, emulator: EmulatorClient) -> None:
    ids = await emulator.create_users(500, first_id=50_000, language="zh")
    assert ids == list(range(50_000, 50_500))
    await api.result("sendMessage", chat_id=50_499, text="a")
    assert (await emulator.log(50_499))[0].kind == "bot_message"


async def test_timeout_lists_received_entries(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    await api.result("sendMessage", chat_id=ann.id, text="other")
    with pytest.raises(TimeoutError, match="bot_message in 1001: 'other'"):
        await ann.next_message(lambda message: message.text == "wanted", timeout=0.1)
    with pytest.raises(TimeoutError, match="nothing"):
        await emulator.wait_for_log_entry(lambda entry: True, chat=5, timeout=0.05)
    await ann.send("x")
    with pytest.raises(TimeoutError, match="1 updates not confirmed"):
        await emulator.wait_until_confirmed(timeout=0.05)


async def test_log_reports_dropped_entries() -> None:
    async with run_emulator(keep=10) as emulator:
        ann = await emulator.create_user("Ann")
        for number in range(15):
            await ann.send(f"{number}")
        with pytest.raises(EmulatorError, match="dropped"):
            await emulator.log()
        assert next(entry.message.text for entry in await emulator.log(since=8) if entry.message) == "8"
        assert [message.text for message in await ann.history()] == [f"{n}" for n in range(5, 15)]


async def test_unread_counts(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    await api.result("sendMessage", chat_id=ann.id, text="a")
    await api.result("sendMessage", chat_id=ann.id, text="b")
    assert (await emulator.state())["chats"][0]["unread"] == {str(ann.id): 2}
    await emulator.request("POST", "/read", {"user_id": ann.id, "chat_id": ann.id})
    assert (await emulator.state())["chats"][0]["unread"] == {}


class Stream:
    """Reader of /control/events."""

    def __init__(self, response: Any) -> None:
        self._response = response

    async def next(self) -> tuple[str, Any]:
        block = await asyncio.wait_for(self._response.content.readuntil(b"\n\n"), PATIENCE)
        lines = dict(line.split(": ", 1) for line in block.decode().strip().split("\n"))
        return lines["event"], json.loads(lines["data"])

    async def until(self, name: str) -> Any:
        while True:
            event, data = await self.next()
            if event == name:
                return data


async def test_event_stream(api: BotApi, emulator: EmulatorClient) -> None:
    async with api.session.get(f"{emulator.control_url}/control/events") as response:
        assert response.content_type == "text/event-stream"
        stream = Stream(response)
        assert (await stream.next())[0] == "hello"
        ann = await emulator.create_user("Ann")
        assert (await stream.until("user"))["first_name"] == "Ann"
        await ann.send("/start")
        assert (await stream.until("chat"))["type"] == "private"
        assert (await stream.until("message"))["text"] == "/start"
        keyboard = {"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
        sent = await api.result("sendMessage", chat_id=ann.id, text="q", reply_markup=keyboard)
        assert (await stream.until("message"))["reply_markup"] == keyboard
        assert await stream.until("unread") == {"chat_id": ann.id, "user_id": ann.id, "unread": 1}
        await api.result(
            "editMessageText", chat_id=ann.id, message_id=sent["message_id"], text="r", reply_markup=keyboard
        )
        assert (await stream.until("edit"))["text"] == "r"
        query_id = await ann.send_press(await ann.next_message(), "a")
        await api.result("answerCallbackQuery", callback_query_id=query_id, text="yes")
        assert (await stream.until("callback_answer"))["text"] == "yes"
        await api.result("sendChatAction", chat_id=ann.id, action="typing")
        assert (await stream.until("chat_action"))["action"] == "typing"
        await emulator.advance_clock(5)
        assert (await stream.until("clock"))["offset_seconds"] == 5
        await api.result("setMyCommands", commands=[{"command": "a", "description": "b"}])
        assert (await stream.until("commands"))["commands"][0]["scope"] == {"type": "default"}
        await emulator.add_fault("flood", method="getMe")
        assert (await stream.until("faults"))["faults"][0]["kind"] == "flood"
        await api.call("getMe")
        assert (await stream.until("fault_fired"))["method"] == "getMe"
        await emulator.set_limits(per_second=5)
        assert (await stream.until("limits"))["per_second"] == 5
        await api.result("deleteMessage", chat_id=ann.id, message_id=sent["message_id"])
        assert (await stream.until("delete"))["message_ids"] == [sent["message_id"]]


async def test_reconnected_stream_replays_events(api: BotApi, emulator: EmulatorClient) -> None:
    seq = (await emulator.state())["seq"]
    await emulator.create_user("Ann")
    async with api.session.get(f"{emulator.control_url}/control/events", params={"since": seq}) as response:
        stream = Stream(response)
        assert (await stream.next())[0] == "hello"
        assert (await stream.next())[0] == "user"
    async with api.session.get(
        f"{emulator.control_url}/control/events", headers={"Last-Event-ID": "99999"}
    ) as response:
        stream = Stream(response)
        assert [(await stream.next())[0] for _ in range(2)] == ["hello", "reset"]


def test_replay_is_bounded() -> None:
    hub = EventHub()
    for number in range(MAX_REPLAYED_EVENTS + 5):
        hub.publish("message", number)
    stream = hub.subscribe(1)
    assert [stream.get_nowait() for _ in range(2)] == [
        (hub.last_seq, "hello", {"seq": hub.last_seq}),
        (hub.last_seq, "reset", {}),
    ]
    assert hub.subscribe(hub.last_seq - 3).qsize() == 4


def test_slow_subscriber_is_closed() -> None:
    hub = EventHub()
    stream = hub.subscribe(None)
    for number in range(MAX_QUEUED_EVENTS + 10):
        hub.publish("message", number)
    assert stream.qsize() == MAX_QUEUED_EVENTS + 1
