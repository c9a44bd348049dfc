"""Requests: encodings, tokens, unknown methods, invalid and too large bodies; the page's headers."""

import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest
from yarl import URL

from emulator.client import EmulatedUser, EmulatorClient, run_emulator
from emulator.methods import method_table
from emulator.parameters import parse_leading_integer
from tests.emulator.conftest import BotApi

MARKUP = json.dumps({"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]})


@pytest.fixture
async def ann(emulator: EmulatorClient) -> EmulatedUser:
    return await emulator.create_user("Ann", started=True)


async def test_all_encodings(api: BotApi, ann: EmulatedUser) -> None:
    values = {"chat_id": str(ann.id), "text": "新 & <b>", "reply_markup": MARKUP, "disable_notification": "True"}
    url = f"{api.base}/sendMessage"
    multipart = aiohttp.FormData(values)
    multipart.add_field("unused", b"x", filename="x.bin")
    requests: list[Any] = [
        api.session.get(url, params=values),
        api.session.post(url, params=values),
        api.session.post(url, data=values),
        api.session.post(url, data=multipart),
        api.session.post(url, json=values),
        api.session.post(url, json={**values, "chat_id": ann.id, "reply_markup": json.loads(MARKUP)}),
        api.session.post(url.replace("sendMessage", "SENDMESSAGE"), json={**values, "parse_mode": None}),
    ]
    for request in requests:
        async with request as response:
            assert (await response.json())["ok"]
    messages = await ann.next_messages(len(requests))
    assert {(message.text, message.silent, message.callback_data_of("A")) for message in messages} == {
        ("新 & <b>", True, "a")
    }


async def test_tokens_and_methods(api: BotApi, emulator: EmulatorClient) -> None:
    async def get(path: str) -> tuple[int, str]:
        async with api.session.get(f"{emulator.api_url}{path}") as response:
            return response.status, (await response.json())["description"]

    assert await get("/bot1:wrong/getMe") == (401, "Unauthorized")
    assert await get("/botnonsense/getMe") == (404, "Not Found")
    assert await get(f"/bot{emulator.token}/sendPigeon") == (404, "Not Found: method not found")
    assert await get("/nothing") == (404, "Not Found")
    assert await get("/../server.py") == (404, "Not Found")
    for hostile in ("/page/%00", "/page/a%00.js", f"/page/{'a' * 5000}", f"/file/bot{emulator.token}/%00"):
        assert await get(hostile) == (404, "Not Found")


async def test_unsupported_methods_are_unknown(api: BotApi, ann: EmulatedUser) -> None:
    for name in ("sendPigeon", "copyMessages", "forwardMessages", "banChatMember", "setChatTitle", "sendInvoice"):
        assert name.lower() not in method_table()
        assert await api.error(name, chat_id=ann.id) == "Not Found: method not found"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff"])
async def test_broken_json(api: BotApi, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with api.session.post(f"{api.base}/sendMessage", data=body, headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize("text", ["\\ud800", "\\x"])
async def test_broken_strings(api: BotApi, text: str) -> None:
    headers = {"Content-Type": "application/json"}
    body = f'{{"chat_id":1,"text":"{text}"}}'.encode()
    async with api.session.post(f"{api.base}/sendMessage", data=body, headers=headers) as response:
        assert response.status == 400


async def test_too_large_bodies(api: BotApi) -> None:
    huge = b" " * (52 * 1024 * 1024)
    async with api.session.post(
        f"{api.base}/sendMessage", data=io.BytesIO(huge), headers={"Content-Type": "application/json"}
    ) as r:
        assert (await r.json())["error_code"] == 413
    form = aiohttp.FormData()
    form.add_field("document", io.BytesIO(huge), filename="x")
    async with api.session.post(f"{api.base}/sendDocument", data=form) as r:
        assert (await r.json())["error_code"] == 413


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("-5x", -5), ("x", 0), ("", 0), ("9" * 5000, int("9" * 19))])
def test_lenient_integers(text: str, number: int) -> None:
    assert parse_leading_integer(text) == number


async def test_get_me(api: BotApi) -> None:
    result = await api.result("getMe")
    assert (result["id"], result["is_bot"], result["username"]) == (4242, True, "digest_demo_bot")


async def test_page_headers(api: BotApi, emulator: EmulatorClient) -> None:
    async with api.session.get(f"{emulator.control_url}/control/state") as response:
        assert response.headers["Cache-Control"] == "no-store"
    async with api.session.get(f"{emulator.control_url}/") as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


async def test_calls_are_recorded(api: BotApi, emulator: EmulatorClient, ann: EmulatedUser) -> None:
    await api.result("sendMessage", chat_id=ann.id, text="a")
    await api.error("sendMessage", chat_id=5, text="a")
    done, failed = await emulator.calls("sendMessage")
    assert (done.chat_id, done.status, done.description, done.fault_id) == (ann.id, 200, None, None)
    assert (failed.status, failed.description) == (400, "Bad Request: chat not found")


async def test_stopping_ends_polls_and_streams() -> None:
    async with aiohttp.ClientSession() as session:
        async with run_emulator() as emulator:
            stream = await session.get(f"{emulator.control_url}/control/events")
            assert (await stream.content.readline()).startswith(b"id: ")
        assert stream.content.at_eof() or await stream.content.read() is not None
        stream.release()


async def test_logged_out_bot_is_refused_for_ten_minutes(
    api: BotApi, emulator: EmulatorClient, ann: EmulatedUser
) -> None:
    await ann.send("before")
    [update] = await api.get_updates()
    poll = asyncio.create_task(api.error("getUpdates", offset=update["update_id"] + 1, timeout=50))
    await emulator.wait_until_confirmed()
    assert await api.result("logOut") is True
    assert await asyncio.wait_for(poll, 30) == "Logged out"
    refused = await api.call("getMe")
    assert (refused["status"], refused["error_code"], refused["description"]) == (400, 400, "Logged out")
    await emulator.advance_clock(9 * 60)
    assert await api.error("getMe") == "Logged out"
    await emulator.advance_clock(2 * 60)
    assert (await api.result("getMe"))["id"] == 4242


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_bot_api_is_served_below_its_path(host: str) -> None:
    async with run_emulator(host=host, path="/behind/a%2Fproxy") as emulator, aiohttp.ClientSession() as session:
        origin = emulator.api_url.removesuffix("/behind/a%2Fproxy")
        for url, status in ((emulator.api_url, 200), (origin, 404)):
            async with session.get(URL(f"{url}/bot{emulator.token}/getMe", encoded=True)) as response:
                assert response.status == status
