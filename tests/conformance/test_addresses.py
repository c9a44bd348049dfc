"""Both drivers and the Bot API client reach a Bot API server at an IPv6 address, below a path, or both."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

import pytest

from domain.chat.action import Action, CallbackAnswer, Edit, Send
from domain.chat.event import ButtonPress, Command, Event
from domain.chat.message import Button, Message
from domain.chat.text import Text
from domain.delivery.outcome import Fatal, Sent
from emulator.client import EmulatorClient, run_emulator
from tests.conformance.transports import TIMEOUT_SECONDS, DriverSetup, FakeHandler, ignore_flood, new_driver, signed_in
from tests.ipv6 import needs_ipv6
from transport.bot_api_client import BotApiClient
from transport.driver import AccessRefused, LoggedOut, ServerRefused, TokenRefused

PLACES = [
    pytest.param(("::1", ""), marks=needs_ipv6, id="IPv6"),
    pytest.param(("127.0.0.1", "/telegram"), id="path"),
    pytest.param(("127.0.0.1", "/a%2Fb/c~d"), id="encoded path"),
    pytest.param(("::1", "/telegram"), marks=needs_ipv6, id="IPv6 and path"),
]


@pytest.fixture
async def elsewhere(request: pytest.FixtureRequest) -> AsyncIterator[EmulatorClient]:
    host, path = request.param
    async with run_emulator(host=host, path=path) as emulator:
        yield emulator


def answer(event: Event) -> Sequence[Action]:
    if isinstance(event, ButtonPress):
        chosen = Edit(event.origin.chat.id, event.message_id, Message(Text("Chosen")))
        return [chosen, CallbackAnswer(event.callback_query_id)]
    assert isinstance(event, Command)
    return [Send(event.origin.chat.id, Message(Text("Choose"), ((Button("Press", "x"),),)))]


@pytest.mark.parametrize("elsewhere", PLACES, indirect=True)
async def test_dialogue_with_a_server_elsewhere(setup: DriverSetup, elsewhere: EmulatorClient) -> None:
    ann = await elsewhere.create_user("Ann", language="en")
    async with setup.running(elsewhere, FakeHandler(answer)):
        await ann.send("/start")
        await ann.press(await ann.next_message(timeout=TIMEOUT_SECONDS), "Press")
        assert (await ann.next_edit(timeout=TIMEOUT_SECONDS)).text == "Chosen"
        await elsewhere.wait_until_confirmed(timeout=TIMEOUT_SECONDS)


@pytest.mark.parametrize("elsewhere", PLACES, indirect=True)
async def test_delivery_by_a_server_elsewhere(elsewhere: EmulatorClient) -> None:
    ann = await elsewhere.create_user("Ann", started=True)
    body = json.dumps({"chat_id": ann.id, "text": "hello"}).encode()
    async with BotApiClient(elsewhere.api_url, elsewhere.token) as client:
        outcomes = [await client.send("sendMessage", body) for _ in range(2)]
    received = [(await ann.next_message()).message_id for _ in range(2)]
    assert outcomes == [Sent(message_id) for message_id in received]


REFUSALS = [
    pytest.param(400, "Logged out", LoggedOut, id="logged out"),
    pytest.param(401, "Unauthorized", TokenRefused, id="token"),
    pytest.param(401, "Unauthorized: invalid api-id/api-hash", ServerRefused, id="api-id"),
    pytest.param(421, "Misdirected Request: unallowed token specified", ServerRefused, id="filter"),
]


@pytest.mark.parametrize(("code", "description", "kind"), REFUSALS)
async def test_each_refusal_of_a_server_is_told_apart(
    code: int, description: str, kind: type[AccessRefused], driver_name: str, emulator: EmulatorClient
) -> None:
    newcomer = new_driver(driver_name, emulator)
    async with signed_in(driver_name, emulator) as driver:
        await emulator.add_fault("error", method="*", error_code=code, description=description)
        updates = driver.update_source(FakeHandler(), ignore_flood)
        for call in (newcomer.sign_in(), updates.fetch(None), driver.webhook_info(), driver.delete_webhook()):
            with pytest.raises(AccessRefused) as caught:
                await call
            assert type(caught.value) is kind
        assert await driver.set_commands([{"commands": []}]) == [{"commands": []}]
        assert not await driver.is_chat_administrator(-7, 7)
    await newcomer.close()


@pytest.mark.parametrize(("code", "description", "kind"), REFUSALS)
async def test_refused_delivery_was_not_sent(
    code: int, description: str, kind: type[AccessRefused], emulator: EmulatorClient
) -> None:
    """It is neither unconfirmed nor held against the recipient: it is sent when the server takes calls again."""
    await emulator.add_fault("error", method="*", error_code=code, description=description)
    async with BotApiClient(emulator.api_url, emulator.token) as client:
        assert await client.send("sendMessage", b'{"chat_id": 1, "text": "x"}') == Fatal(description), kind
