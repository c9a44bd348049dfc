"""The fleet of the control API, several bots at one port, a crowd that the page does not show, and other sites."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from emulator.client import EmulatorClient, EmulatorError, spawn_emulators
from tests.emulator.conftest import BotApi
from tests.waiting import PATIENCE

FLEET: dict[str, Any] = {
    "senders": [{"number": 1, "state": "running", "bots": [1]}, {"number": 2, "state": "ended", "bots": []}],
    "bots": [
        {
            "number": 1,
            "name": "Morning Digest",
            "page": "http://127.0.0.1:8080",
            "people": 200,
            "delivered": 120,
            "unconfirmed": 2,
            "twice": 0,
        }
    ],
    "is_going": True,
    "notes": [{"kind": "took_over", "sender": 1, "bot": 1, "seconds": 0.25}],
}


async def actions(api: BotApi, emulator: EmulatorClient, since: int) -> AsyncIterator[str]:
    """Yield the data of the stream's next fleet actions."""
    async with api.session.get(f"{emulator.control_url}/control/events", params={"since": since}) as stream:
        event = b""
        async for line in stream.content:
            if line.startswith(b"event: "):
                event = line
            elif line.startswith(b"data: ") and b"fleet_action" in event:
                yield line.decode().removeprefix("data: ").strip()


async def test_fleet_is_shown_and_its_presses_are_passed_on(api: BotApi, emulator: EmulatorClient) -> None:
    assert (await emulator.state())["fleet"] is None
    with pytest.raises(EmulatorError, match="nobody runs a fleet here"):
        await emulator.request("POST", "/fleet/actions", {"action": "kill", "sender": 1})
    await emulator.request("POST", "/fleet", FLEET)
    shown = (await emulator.state())["fleet"]
    assert (shown["senders"], shown["is_going"], shown["bots"]) == (FLEET["senders"], True, FLEET["bots"])
    since = (await emulator.state())["seq"]
    for action, sender in (("freeze", 2), ("morning", None)):
        await emulator.request("POST", "/fleet/actions", {"action": action, "sender": sender})
    pressed = [data async for data, _ in _zip(actions(api, emulator, since), range(2))]
    assert pressed == ['{"action":"freeze","sender":2}', '{"action":"morning","sender":null}']


async def _zip(stream: AsyncIterator[str], numbers: range) -> AsyncIterator[tuple[str, int]]:
    for number in numbers:
        yield await asyncio.wait_for(anext(stream), PATIENCE), number


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"action": "kill", "sender": 3}, "there is no sender 3"),
        ({"action": "kill"}, "there is no sender None"),
        ({"action": "explode", "sender": 1}, "Invalid enum value"),
        ({"action": "kill", "sender": 1, "pid": 1}, "pid"),
    ],
)
async def test_only_known_actions_on_shown_senders_are_passed_on(
    emulator: EmulatorClient, body: dict[str, Any], error: str
) -> None:
    await emulator.request("POST", "/fleet", FLEET)
    since = (await emulator.state())["seq"]
    with pytest.raises(EmulatorError, match=error):
        await emulator.request("POST", "/fleet/actions", body)
    assert (await emulator.state())["seq"] == since


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/fleet/actions", "/clock", "/users"])
async def test_another_site_controls_nothing(
    api: BotApi, emulator: EmulatorClient, headers: dict[str, str], path: str
) -> None:
    """Neither its page, nor a name of its own that leads here, nor a picture's address."""
    async with api.session.post(f"{emulator.control_url}/control{path}", json={}, headers=headers) as answer:
        assert (answer.status, "only this page" in (await answer.json())["error"]) == (403, True)
    for method in (f"bot{emulator.token}/getUpdates", f"file/bot{emulator.token}/documents/file_1"):
        async with api.session.get(
            f"{emulator.api_url}/{method}", headers={"User-Agent": "Mozilla/5.0"} | headers
        ) as answer:
            assert (answer.status, "only programs" in (await answer.json())["description"]) == (403, True)


async def test_page_itself_controls(api: BotApi, emulator: EmulatorClient) -> None:
    body = {"first_name": "Ann"}
    for headers in (
        {"Origin": emulator.control_url},
        {"Host": "localhost:8080", "Origin": "http://localhost:8080"},
        {},
    ):
        async with api.session.post(f"{emulator.control_url}/control/users", json=body, headers=headers) as answer:
            assert answer.status == 200


async def test_crowd_is_in_the_log_and_not_on_the_page(api: BotApi, emulator: EmulatorClient) -> None:
    ann = await emulator.create_user("Ann", started=True)
    crowd = await emulator.create_users(2, is_crowd=True)
    since = (await emulator.state())["seq"]
    for chat_id in (*crowd, ann.id):
        message = await api.result("sendMessage", chat_id=chat_id, text="a")
        await api.result("editMessageText", chat_id=chat_id, message_id=message["message_id"], text="b")
    state = await emulator.state()
    assert [user["id"] for user in state["users"]] == [ann.id]
    assert [chat["id"] for chat in state["chats"]] == [ann.id]
    assert list(state["messages"]) == [str(ann.id)]
    assert state["seq"] - since == 3  # a message, its count, an edit
    assert {entry.chat_id for entry in await emulator.log(kind="bot_message")} == {*crowd, ann.id}


async def test_two_bots_share_port_and_clock() -> None:
    tokens = ["4242:one", "4343:two"]
    async with (
        spawn_emulators("--other-bot", tokens[1], "Tech Digest", "tech_bot", tokens=tokens) as (first, second),
        aiohttp.ClientSession() as session,
    ):
        assert first.api_url == second.api_url
        for token, name in zip((*tokens, "4444:three"), ("digest_demo_bot", "tech_bot", None), strict=True):
            async with session.get(f"{first.api_url}/bot{token}/getMe") as answer:
                assert (await answer.json()).get("result", {}).get("username") == name
        for emulator in (first, second):
            await emulator.create_user("Ann", id=7, started=True)
        async with session.post(
            f"{first.api_url}/bot{tokens[1]}/sendMessage", json={"chat_id": 7, "text": "a"}
        ) as sent:
            assert sent.status == 200
        assert [len(await emulator.log(7, kind="bot_message")) for emulator in (first, second)] == [0, 1]
        since = (await second.state())["seq"]
        await first.advance_clock(3600)
        assert (await second.state())["seq"] == since + 1
        assert abs(await first.clock() - await second.clock()).total_seconds() < 5
