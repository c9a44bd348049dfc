"""Every driver answers a member of a group so that nobody else sees it, and otherwise as before."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from domain.chat.action import Action, CallbackAnswer, Send, SendEphemeral
from domain.chat.event import ButtonPress, Command, Event
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold
from domain.delivery.outcome import Refused, Unconfirmed
from emulator.client import EmulatedChat, EmulatedUser, EmulatorClient
from emulator.client import Message as Received
from tests.conformance.transports import (
    TIMEOUT_SECONDS,
    DriverSetup,
    FakeHandler,
    UnlimitedRateLimiter,
    UpdateMode,
    signed_in,
)
from tests.hostile_server import HostileServer, http_response
from transport.bot_api_client import BotApiClient
from transport.drivers import ephemeral_messages
from transport.drivers.ephemeral_messages import EphemeralMessages
from transport.rate_limiter import RateLimiter

LINK = "https://t.me/digest_demo_bot?start=i_2025-09-12_3"
UNKNOWN = {"error_code": 404, "description": "Not Found: method not found"}
KEYS = ((Button("Next", "next"), Button("Private", url=LINK)),)


def answers(event: Event) -> Sequence[Action]:
    """Answer a command to all, and a press to its presser: the first page, then the second in its place."""
    chat = event.origin.chat.id
    if not isinstance(event, ButtonPress):
        return [Send(chat, Message(Text("News"), KEYS))] if isinstance(event, Command) else []
    page = "Page 2 of " if event.ephemeral_message_id else "Page 1 of "
    shown = SendEphemeral(
        chat_id=chat,
        user_id=event.origin.user.id,
        message=Message(Text(page) + bold("yours"), KEYS),
        otherwise=CallbackAnswer(event.callback_query_id, url=LINK),
        ephemeral_message_id=event.ephemeral_message_id,
    )
    return [shown]


async def _news(emulator: EmulatorClient) -> tuple[EmulatedUser, EmulatedChat, Received]:
    ann = await emulator.create_user("Ann", language="en")
    group = await emulator.create_supergroup("Readers", ann)
    await ann.send("/today@digest_demo_bot", chat=group)
    return ann, group, await group.next_message(timeout=TIMEOUT_SECONDS)


async def test_presser_alone_sees_the_answer_and_turns_it(setup: DriverSetup, emulator: EmulatorClient) -> None:
    handler = FakeHandler(answers)
    async with setup.running(emulator, handler):
        ann, group, news = await _news(emulator)
        assert (await ann.press(news, "Next", timeout=TIMEOUT_SECONDS)).url is None
        first = await group.next_message(timeout=TIMEOUT_SECONDS)
        assert (first.text, first.receiver_user_id, first.buttons) == ("Page 1 of yours", ann.id, [["Next", "Private"]])
        assert [entity["type"] for entity in first.entities] == ["bold"]
        assert (await ann.press(first, "Next", timeout=TIMEOUT_SECONDS)).url is None
        assert (await group.next_edit(first, timeout=TIMEOUT_SECONDS)).text == "Page 2 of yours"
        assert [message.text for message in await group.history() if message.receiver_user_id is None][1:] == ["News"]


async def test_message_that_is_gone_comes_anew(driver_name: str, emulator: EmulatorClient) -> None:
    refusal = {"error_code": 400, "description": "Bad Request: MESSAGE_ID_INVALID"}
    await emulator.add_fault("error", method="editEphemeralMessageText", **refusal)
    async with DriverSetup(driver_name, UpdateMode.POLLING).running(emulator, FakeHandler(answers)):
        ann, group, news = await _news(emulator)
        await ann.press(news, "Next", timeout=TIMEOUT_SECONDS)
        first = await group.next_message(timeout=TIMEOUT_SECONDS)
        await ann.press(first, "Next", timeout=TIMEOUT_SECONDS)
        assert (await group.next_message(timeout=TIMEOUT_SECONDS)).text == "Page 2 of yours"


@pytest.mark.parametrize("description", ["Bad Request: CHAT_ADMIN_REQUIRED", "Too Many Requests: retry after 9"])
async def test_refused_message_opens_the_private_chat(
    driver_name: str, emulator: EmulatorClient, description: str
) -> None:
    handler = FakeHandler(answers)
    async with DriverSetup(driver_name, UpdateMode.POLLING).running(emulator, handler):
        ann, group, news = await _news(emulator)
        code = 429 if "Many" in description else 400
        await emulator.add_fault("error", method="sendMessage", error_code=code, description=description)
        assert (await ann.press(news, "Next", timeout=TIMEOUT_SECONDS)).url == LINK
    assert await group.drain_messages() == []


async def test_driver_asks_once_whether_the_server_has_them(driver_name: str, emulator: EmulatorClient) -> None:
    await emulator.add_fault("error", method="deleteEphemeralMessage", **UNKNOWN)
    async with signed_in(driver_name, emulator) as driver:
        assert [await driver.sends_ephemeral_messages() for _ in range(2)] == [False, False]
    assert len(await emulator.calls("deleteEphemeralMessage")) == 1
    await emulator.clear_faults()
    await emulator.add_fault("html502", method="deleteEphemeralMessage", times=1)
    async with signed_in(driver_name, emulator) as driver:
        assert [await driver.sends_ephemeral_messages() for _ in range(3)] == [False, True, True]
    assert len(await emulator.calls("deleteEphemeralMessage")) == 3


async def test_message_that_became_public_is_deleted_and_the_last() -> None:
    """A server may know the methods and not the parameter, and then the whole group sees the message."""
    server = HostileServer()
    sent = {"message_id": 5, "date": 1, "chat": {"id": -1, "type": "group"}}
    results = {"sendMessage": {"ok": True, "result": sent}, "deleteMessage": {"ok": True, "result": True}}
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: chat_id is empty"}
    server.answer = lambda method: (
        http_response(200, json.dumps(results[method]).encode())
        if method in results
        else http_response(400, json.dumps(refusal).encode())
    )
    action = SendEphemeral(chat_id=-1, user_id=7, message=Message(Text("a")), otherwise=CallbackAnswer("q"))
    async with server.running(), BotApiClient(server.url, "4242:AA") as client:
        messages = EphemeralMessages(client)
        assert await messages.are_supported()
        assert isinstance(await messages.send(action, UnlimitedRateLimiter()), Refused)
        assert not await messages.are_supported()
    assert server.calls == {"deleteEphemeralMessage": 1, "sendMessage": 1, "deleteMessage": 1}


async def test_turn_that_comes_too_late_is_given_up(monkeypatch: pytest.MonkeyPatch, emulator: EmulatorClient) -> None:
    monkeypatch.setattr(ephemeral_messages, "SEND_SECONDS", 0.01)
    busy = RateLimiter()
    busy.apply_retry_after(-1, 60)
    action = SendEphemeral(chat_id=-1, user_id=7, message=Message(Text("a")), otherwise=CallbackAnswer("q"))
    async with BotApiClient(emulator.api_url, emulator.token) as client:
        assert isinstance(await EphemeralMessages(client).send(action, busy), Unconfirmed)
    assert await emulator.calls("sendMessage") == []
