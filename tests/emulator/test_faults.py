"""Faults: which calls a rule matches, and what a client sees."""

import asyncio
import contextlib
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from emulator.client import EmulatedUser, EmulatorClient, EmulatorError
from emulator.faults import FaultRule, FaultRules
from tests.emulator.conftest import BotApi
from tests.waiting import PATIENCE


def struck(rule: FaultRule, calls: list[tuple[str, int | None]]) -> list[bool]:
    faults = FaultRules()
    faults.add(rule)
    return [faults.next_match(method, chat) is not None for method, chat in calls]


def test_match_by_method_chat_and_position() -> None:
    calls: list[tuple[str, int | None]] = [("sendMessage", 1), ("getMe", None), ("sendMessage", 2), ("sendDocument", 2)]
    assert struck(FaultRule(kind="drop"), [*calls, ("getUpdates", None)]) == [True, True, True, True, False]
    assert struck(FaultRule(kind="drop", method="SEND*"), calls) == [True, False, True, True]
    assert struck(FaultRule(kind="drop", method="getupdates"), [("getUpdates", None)]) == [True]
    assert struck(FaultRule(kind="drop", chat_id=2), calls) == [False, False, True, True]
    assert struck(FaultRule(kind="drop", method="send*", nth=2), calls) == [False, False, True, False]
    assert struck(FaultRule(kind="drop", nth=[1, 4]), calls) == [True, False, False, True]
    assert struck(FaultRule(kind="drop", times=2), calls) == [True, True, False, False]


def test_probability_is_reproducible() -> None:
    calls: list[tuple[str, int | None]] = [("sendMessage", n) for n in range(1000)]
    first = struck(FaultRule(kind="drop", probability=0.3, seed=5), calls)
    assert first == struck(FaultRule(kind="drop", probability=0.3, seed=5), calls)
    assert first != struck(FaultRule(kind="drop", probability=0.3, seed=6), calls)
    assert 250 < sum(first) < 350


def test_first_matching_rule_is_counted() -> None:
    faults = FaultRules()
    first, second = faults.add(FaultRule(kind="drop", times=1)), faults.add(FaultRule(kind="cut"))
    assert [rule.id for _ in range(3) if (rule := faults.next_match("getMe", None))] == [first.id, second.id, second.id]
    assert [rule.fired for rule in faults.snapshot()] == [1, 2]
    assert faults.remove(first.id)
    assert not faults.remove(first.id)
    faults.clear()
    assert faults.next_match("getMe", None) is None


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", started=True)


async def send(api: BotApi, ann: EmulatedUser) -> dict[str, Any]:
    return await api.call("sendMessage", chat_id=ann.id, text="a")


@pytest.mark.parametrize(
    ("kind", "error", "executed"),
    [
        ("reset", (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError), False),
        ("drop", (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError), True),
        ("hang", (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError), True),
        ("cut", aiohttp.ClientPayloadError, True),
        ("html502", aiohttp.ContentTypeError, True),
    ],
)
async def test_lost_answers(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser, kind: str, error: Any, executed: bool
) -> None:
    fault_id = await emulator.add_fault(kind, method="sendMessage", times=1, seconds=0.05 if kind == "hang" else 0)
    with pytest.raises(error):
        await send(api, ann)
    assert [entry.answered for entry in await emulator.log(ann.id, kind="bot_message")] == [False] * executed
    assert len(await ann.drain_messages()) == executed
    [entry] = await emulator.log(kind="fault")
    detail = {"fault_id": fault_id, "kind": kind, "executed": executed, "method": "sendMessage"}
    assert (entry.chat_id, entry.detail) == (ann.id, detail)
    call = (await emulator.calls("sendMessage"))[0]
    assert (call.fault_id, call.status) == (fault_id, {"cut": 200, "html502": 502}.get(kind, 0))
    assert (await send(api, ann))["ok"]
    assert [entry.answered for entry in await emulator.log(ann.id, kind="bot_message")] == [False] * executed + [True]


async def test_hang_lasts_until_client_disconnects(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    await emulator.add_fault("hang", method="sendMessage")
    sending = asyncio.create_task(send(api, ann))
    await ann.next_message()
    sending.cancel()
    await asyncio.wait([sending])
    assert [entry.answered for entry in await emulator.log(ann.id, kind="bot_message")] == [False]


async def test_error_pages(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    await emulator.add_fault("html502", execute=False, times=1)
    async with api.session.post(f"{api.base}/sendMessage", json={"chat_id": ann.id, "text": "a"}) as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert "502 Bad Gateway" in await response.text()
    await emulator.add_fault("json500", times=1)
    answer = await send(api, ann)
    assert answer == {"status": 500, "ok": False, "error_code": 500, "description": "Internal Server Error"}
    assert await ann.drain_messages() == []
    await emulator.add_fault("json500", execute=True, times=1)
    assert (await send(api, ann))["status"] == 500
    assert len(await ann.drain_messages()) == 1


async def test_flood_and_errors(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    await emulator.add_fault("flood", retry_after=17, times=1)
    answer = await send(api, ann)
    assert (answer["description"], answer["parameters"]) == ("Too Many Requests: retry after 17", {"retry_after": 17})
    await emulator.add_fault("error", error_code=403, description="Forbidden: bot was blocked by the user", times=1)
    answer = await send(api, ann)
    assert (answer["status"], answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    await emulator.add_fault("error", description="Bad Request: x", parameters={"migrate_to_chat_id": -1005}, times=1)
    assert (await send(api, ann))["parameters"] == {"migrate_to_chat_id": -1005}
    assert await ann.drain_messages() == []


@pytest.mark.parametrize("kind", ["delay", "slow"])
async def test_delayed_answers_are_complete(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser, kind: str
) -> None:
    await emulator.add_fault(kind, seconds=0.2, method="sendMessage")
    assert (await send(api, ann))["ok"]
    answered = time.monotonic()
    [arrived] = await emulator.log(ann.id, kind="bot_message")
    assert answered - arrived.monotonic >= 0.19, "the message arrives before the answer"


async def test_refuse_at_once(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    assert (await send(api, ann))["ok"]
    await emulator.add_fault("refuse")
    with pytest.raises(aiohttp.ClientConnectorError):
        await send(api, ann)
    assert (await emulator.state())["faults"][0]["fired"] == 1
    await emulator.clear_faults()
    assert (await send(api, ann))["ok"]
    assert len(await ann.drain_messages()) == 2


async def test_refused_port_is_given_to_nobody_else(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    address = "127.0.0.1", int(emulator.api_url.rpartition(":")[2])
    await emulator.add_fault("refuse")
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(address)
    await emulator.clear_faults()
    assert (await send(api, ann))["ok"]


async def test_port_is_never_free_between_refusals(emulator: EmulatorClient) -> None:
    """Another program tries to take the port, as the system does for a connection of anybody's."""
    port = urlsplit(emulator.api_url).port
    stop = threading.Event()

    def take() -> int:
        taken = 0
        while not stop.is_set():
            with socket.socket() as other, contextlib.suppress(OSError):
                other.bind(("127.0.0.1", port))
                taken += 1
        return taken

    attempts = asyncio.create_task(asyncio.to_thread(take))
    try:
        for _ in range(50):
            fault_id = await emulator.add_fault("refuse")
            await emulator.request("DELETE", f"/faults/{fault_id}")
    finally:
        stop.set()
        taken = await attempts
    assert taken == 0


async def test_refuse_from_nth_call_for_a_time(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    await emulator.add_fault("refuse", method="sendMessage", nth=2, seconds=1)
    assert (await send(api, ann))["ok"]
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await send(api, ann)
    closed = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                assert (await send(api, ann))["ok"]
                break
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)
    assert time.monotonic() - closed > 0.9, "the port stays closed for the given time"
    assert len(await ann.drain_messages()) == 2


async def test_invalid_rules(emulator: EmulatorClient) -> None:
    with pytest.raises(EmulatorError, match="kind"):
        await emulator.add_fault("explode")
    with pytest.raises(EmulatorError, match="nonsense"):
        await emulator.add_fault("drop", nonsense=1)
    with pytest.raises(EmulatorError, match="no fault 99"):
        await emulator.request("DELETE", "/faults/99")


async def test_call_takes_effect_if_client_disconnects(emulator: EmulatorClient, ann: EmulatedUser) -> None:
    host, port = emulator.api_url.removeprefix("http://").split(":")
    body = b'{"chat_id":%d,"text":"a"}' % ann.id
    head = f"POST /bot{emulator.token}/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for _ in range(20):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        writer.close()
    assert len(await ann.next_messages(20)) == 20
