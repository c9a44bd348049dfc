"""setWebhook: refused URLs and secrets, delivery, retries."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from emulator.client import EmulatorClient
from emulator.clock import SimulatedClock
from emulator.models import User
from emulator.parameters import Parameters
from emulator.telegram import Telegram
from emulator.webhook_sender import WebhookSender
from tests.emulator.conftest import BotApi
from tests.waiting import PATIENCE

WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"url": "http://example.org/x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
        ({"url": "https://example.org:1234/"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ({"url": "https://[2001:db8::1]/"}, "bad webhook: IPv6-only addresses are not allowed"),
        ({"url": "ftp://x"}, "invalid webhook URL specified"),
        ({"url": "https://[x"}, "invalid webhook URL specified"),
        ({"url": "https://example.org/"}, "bad webhook: Failed to resolve host: Name or service not known"),
        ({"url": "http://127.0.0.1/", "secret_token": "x" * 257}, "secret token is too long"),
        ({"url": "http://127.0.0.1/", "secret_token": "a b"}, "secret token contains unallowed characters"),
    ],
)
async def test_refused_webhooks(api: BotApi, values: dict[str, str], error: str) -> None:
    assert await api.error("setWebhook", **values) == f"Bad Request: {error}"
    assert (await api.result("getWebhookInfo"))["url"] == ""


class Receiver:
    """Webhook of a bot that answers with the given statuses, then with 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: asyncio.Queue[tuple[str | None, str]] = asyncio.Queue()
        self.reply: dict[str, object] | None = None
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        text = (await request.json())["message"]["text"]
        self.got.put_nowait((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), text))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200 and self.reply is not None:
            return web.json_response(self.reply)
        return web.Response(status=status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_webhook_delivery(api: BotApi, emulator: EmulatorClient, receiver: Receiver) -> None:
    ann = await emulator.create_user("Ann")
    await ann.send("before")
    await api.result("setWebhook", url=receiver.url, secret_token="s-1", max_connections=5)
    await ann.send("after")
    assert [await receiver.got.get() for _ in range(2)] == [("s-1", "before"), ("s-1", "after")]
    await emulator.wait_until_confirmed()
    assert await api.error("getUpdates") == f"Conflict: {WEBHOOK_ACTIVE}"
    info = await api.result("getWebhookInfo")
    assert (info["url"], info["max_connections"], info["pending_update_count"]) == (receiver.url, 5, 0)
    await api.result("deleteWebhook")
    assert await api.result("getUpdates", timeout=0) == []


async def test_method_in_response_is_executed(api: BotApi, emulator: EmulatorClient, receiver: Receiver) -> None:
    ann = await emulator.create_user("Ann")
    receiver.reply = {"method": "sendMessage", "chat_id": ann.id, "text": "by answer"}
    await api.result("setWebhook", url=receiver.url)
    await ann.send("hi")
    assert (await ann.next_message()).text == "by answer"


async def test_set_webhook_ends_waiting_poll(api: BotApi, receiver: Receiver) -> None:
    poll = asyncio.create_task(api.call("getUpdates", timeout=30))
    async with aiohttp.ClientSession() as other:
        async with other.post(f"{api.base}/getMe") as response:
            assert response.status == 200
        async with other.post(f"{api.base}/setWebhook", json={"url": receiver.url}) as response:
            assert response.status == 200
    answer = await asyncio.wait_for(poll, PATIENCE)
    assert answer["error_code"] == 409


async def ignore(body: bytes) -> None:
    """Reply handler for tests in which the response body does not matter."""


async def test_retries_with_growing_delay(receiver: Receiver) -> None:
    tg = Telegram(User(1, "Bot", username="b"))
    hook = WebhookSender(tg, ignore, first_retry_delay=0.02)
    receiver.statuses = [500, 404, 301]
    tg.updates.add("message", {"text": "one"})
    started = asyncio.get_running_loop().time()
    assert await hook.set(Parameters({"url": receiver.url}))
    assert [(await receiver.got.get())[1] for _ in range(4)] == ["one"] * 4
    assert asyncio.get_running_loop().time() - started >= 0.02 + 0.04 + 0.08
    await hook.stop()
    assert hook.info()["last_error_message"].startswith("Wrong response from the webhook: ")


async def test_connection_refused() -> None:
    failed = asyncio.Event()

    def real_time() -> float:
        """Return the time; the sender asks for it when a delivery fails."""
        failed.set()
        return 1000.0

    tg = Telegram(User(1, "Bot", username="b"), clock=SimulatedClock(real_time))
    hook = WebhookSender(tg, ignore, first_retry_delay=60)
    tg.updates.add("message", {"text": "one"})
    failed.clear()
    await hook.set(Parameters({"url": "http://127.0.0.1:1/"}))
    await asyncio.wait_for(failed.wait(), PATIENCE)
    assert hook.info()["pending_update_count"] == 1
    await hook.delete(Parameters({"drop_pending_updates": "true"}))
    assert hook.info() == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "last_error_date": 1000,
        "last_error_message": "Connection refused",
    }
