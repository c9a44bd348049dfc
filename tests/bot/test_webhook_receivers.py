"""Webhooks of all bots of a PostgreSQL database, received by processes that own none of them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import update_store, webhook_receivers
from bot.clock import Clock
from bot.expected_errors import cannot_start
from bot.serve import serve
from bot.settings import Settings, load_settings
from bot.update_store import DatabaseUpdateStore
from bot.webhook_receivers import WebhookReceivers
from domain.delivery.states import BotState
from emulator.client import run_emulator
from storage import bots, inbox
from storage.database import Database
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import PostgresqlDatabase
from tests.bot.harness import TIMEOUT_SECONDS, BotInstallation, run_bot_in_process
from tests.postgresql import TEMPLATE, Cluster
from tests.waiting import wait_until
from transport.stored_updates import Storing
from transport.update_decoding import decode_body
from transport.webhook import SECRET_HEADER

SECRET = "0123456789abcdef"
NEVER_SECONDS = 600.0


@pytest.fixture
def address(cluster: Cluster, tmp_path: Path) -> PostgresqlAddress:
    name = f"receivers_{abs(hash(tmp_path))}"
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
    return cluster.address(name)


@pytest.fixture
async def database(address: PostgresqlAddress) -> AsyncIterator[Database]:
    database = await PostgresqlDatabase.open(address)
    yield database
    await database.close()


def message(update_id: int, *, chat_id: int = 1) -> bytes:
    person = {"id": chat_id, "type": "private", "first_name": "Ann"}
    content = {"message_id": 1, "chat": person, "from": person, "text": "/start"}
    return json.dumps({"update_id": update_id, "message": content}).encode()


def settings_of(port: int) -> Settings:
    given: dict[str, Any] = {
        "bot_token": "4242:web-needs-none",
        "database": "postgresql://web@127.0.0.1/unused",
        "webhook_url": "https://bot.example.org/updates",
        "webhook_secret": SECRET,
        "webhook_port": str(port),
        "role": "web",
    }
    return load_settings(_env_file=None, **given)


@asynccontextmanager
async def receiving(database: Database, port: int) -> AsyncIterator[None]:
    """Receive the webhooks of all bots on a port, as a process of the role web does."""
    listens = asyncio.Event()
    task = asyncio.create_task(WebhookReceivers(settings_of(port), database, Clock(), listens.set).run())
    await asyncio.wait_for(listens.wait(), TIMEOUT_SECONDS)
    yield
    task.cancel()
    await asyncio.wait((task,))


async def post(port: int, body: bytes, *, path: str = "/updates", secret: str = SECRET) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}{path}", data=body, headers={SECRET_HEADER: secret}) as answer,
    ):
        return answer.status


async def stored(database: Database) -> list[int]:
    async with database.read() as tx:
        return [update_id for update_id, _ in await inbox.get_oldest(tx, 1000)]


async def until_empty(database: Database) -> None:
    """Wait until the owner has removed all updates."""
    await wait_until(lambda: stored(database), lambda left: not left)


async def until_answered(port: int, body: bytes, status: int, **options: str) -> None:
    """Send an update until the answer is the expected one: the table of bots is read every two seconds."""
    await wait_until(lambda: post(port, body, **options), lambda answered: answered == status)


async def test_only_updates_with_the_secret_are_stored(database: Database, unused_tcp_port: int) -> None:
    async with receiving(database, unused_tcp_port):
        assert await post(unused_tcp_port, message(1), secret="0123456789abcdeF") == 403
        assert await post(unused_tcp_port, message(2), secret="") == 403
        assert await post(unused_tcp_port, b"\x00{") == 400
        assert await post(unused_tcp_port, message(3), path="/updates/unknown") == 404
        assert await post(unused_tcp_port, message(4)) == 200
    assert await stored(database) == [4]


async def test_update_sent_to_two_processes_is_stored_once(
    database: Database, address: PostgresqlAddress, unused_tcp_port_factory: Any
) -> None:
    """Telegram sends an update again whose answer it did not get, and the load balancer takes another process."""
    ports = unused_tcp_port_factory(), unused_tcp_port_factory()
    async with AsyncExitStack() as stack:
        for port in ports:
            other = await PostgresqlDatabase.open(address)
            stack.push_async_callback(other.close)
            await stack.enter_async_context(receiving(other, port))
        answers = await asyncio.gather(*(post(port, message(number)) for number in range(1, 6) for port in ports))
    assert answers == [200] * 10
    assert await stored(database) == [1, 2, 3, 4, 5]


async def test_each_bot_has_a_path_and_a_drained_one_none(
    database: Database, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_receivers, "READ_INTERVAL_SECONDS", 0.05)
    async with receiving(database, unused_tcp_port):
        async with database.write() as tx:
            await bots.add(tx, "tech", "env:BOT_TOKEN_TECH", {})
        await until_answered(unused_tcp_port, message(7), 200, path="/updates/tech")
        async with database.write() as tx:
            await bots.set_state(tx, "tech", BotState.DRAINING)
        await until_answered(unused_tcp_port, message(8), 404, path="/updates/tech")
        async with database.write() as tx:
            await bots.set_state(tx, "tech", BotState.PAUSED)
        await until_answered(unused_tcp_port, message(9), 200, path="/updates/tech")
        assert await post(unused_tcp_port, message(1)) == 200
    assert await stored(database) == [1]
    assert {7, 9} <= set(await stored(database.for_bot(2)))


async def test_database_that_is_away_leaves_updates_to_telegram(
    database: Database, address: PostgresqlAddress, cluster: Cluster, unused_tcp_port: int
) -> None:
    async with receiving(database, unused_tcp_port):
        cluster.execute(f"ALTER DATABASE {address.database} ALLOW_CONNECTIONS false")
        cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert await post(unused_tcp_port, message(1)) == 503
        cluster.execute(f"ALTER DATABASE {address.database} ALLOW_CONNECTIONS true")
        await until_answered(unused_tcp_port, message(1), 200)
    again = await PostgresqlDatabase.open(address)
    assert await stored(again) == [1]
    await again.close()


async def test_port_that_is_taken_ends_the_process_with_one_line(database: Database, unused_tcp_port: int) -> None:
    settings = settings_of(unused_tcp_port)
    with socket.create_server(("127.0.0.1", unused_tcp_port)), pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(WebhookReceivers(settings, database, Clock()).run(), TIMEOUT_SECONDS)
    error = cannot_start(caught.value, settings)
    assert str(error).startswith(f"WEBHOOK_PORT: cannot listen at 127.0.0.1, port {unused_tcp_port} (in use): choose")


async def health_of(port: int) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as answer:
        return answer.status, await answer.json()


async def until_health(port: int, status: int) -> dict[str, Any]:
    async def read() -> tuple[int, dict[str, Any]]:
        with contextlib.suppress(aiohttp.ClientConnectorError):
            return await health_of(port)
        return 0, {}

    _, body = await wait_until(read, lambda now: now[0] == status)
    return body


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[None]:
    """Run a process's work in this event loop."""
    stop, before = asyncio.Event(), gc.get_threshold()
    task = asyncio.create_task(serve(settings, Clock(), stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, TIMEOUT_SECONDS)
        gc.unfreeze()
        gc.set_threshold(*before)


async def test_web_process_needs_the_database_only(
    database: Database, address: PostgresqlAddress, cluster: Cluster, tmp_path: Path, unused_tcp_port_factory: Any
) -> None:
    """No token, no folder, no Telegram; it is healthy while it can store, and says that it is web."""
    port, metrics_port = unused_tcp_port_factory(), unused_tcp_port_factory()
    nowhere = tmp_path / "a file"
    nowhere.write_text("")
    places = {"digests": nowhere, "state_folder": nowhere, "database": address, "api_url": "http://127.0.0.1:9"}
    settings = settings_of(port).model_copy(update={**places, "metrics_port": metrics_port})
    async with serving(settings):
        assert await until_health(metrics_port, 200) == {"status": "healthy", "role": "web", "checks": {}}
        assert await post(port, message(1)) == 200
        cluster.execute(f"ALTER DATABASE {address.database} ALLOW_CONNECTIONS false")
        cluster.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert set((await until_health(metrics_port, 503))["checks"]) == {"database"}
        cluster.execute(f"ALTER DATABASE {address.database} ALLOW_CONNECTIONS true")
        await until_health(metrics_port, 200)
        await until_answered(port, message(2), 200)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{metrics_port}/metrics") as answer,
        ):
            assert 'digestbot_process_info{role="web"} 1.0' in await answer.text()
    assert cluster.value("SELECT count(*) FROM leases", database=address.database) == 0


async def test_sending_process_listens_for_no_webhook(
    address: PostgresqlAddress, tmp_path: Path, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(PostgresqlDatabase)["open"].__func__.__kwdefaults__, "lease_seconds", NEVER_SECONDS)
    hook = {"WEBHOOK_URL": f"http://127.0.0.1:{unused_tcp_port}/updates", "WEBHOOK_PORT": str(unused_tcp_port)}
    async with (
        run_emulator() as emulator,
        run_bot_in_process(
            BotInstallation(tmp_path, emulator), DATABASE=address.url, ROLE="send", WEBHOOK_SECRET=SECRET, **hook
        ),
    ):
        await wait_until(lambda: emulator.calls("setWebhook"), bool)
        with pytest.raises(aiohttp.ClientConnectorError):
            await post(unused_tcp_port, message(1))
        assert not await emulator.calls("getUpdates")


async def test_owner_hears_of_an_update_at_once(
    database: Database, address: PostgresqlAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not wait until it would read the table in any case; other bots' updates do not wake it."""
    monkeypatch.setattr(update_store, "READ_INTERVAL_SECONDS", NEVER_SECONDS)
    owner = await PostgresqlDatabase.open(address)
    store = DatabaseUpdateStore(owner, Clock())
    try:
        assert await owner.take("owner")
        async with database.write() as tx:
            await bots.add(tx, "tech", "env:BOT_TOKEN_TECH", {})
        waiting = asyncio.create_task(store.wait())
        await DatabaseUpdateStore(database.for_bot(2), Clock()).put(decode_body(message(1)), message(1))
        await owner.take("owner")  # an answer that comes after the notification
        assert not waiting.done()
        await DatabaseUpdateStore(database, Clock()).put(decode_body(message(2)), message(2))
        await asyncio.wait_for(waiting, TIMEOUT_SECONDS)
        assert await store.read(9) == [(2, message(2))]
    finally:
        await owner.close()


async def test_storing_waits_for_no_transaction_of_the_owner(
    database: Database, address: PostgresqlAddress, unused_tcp_port: int
) -> None:
    """Nor does the owner wait for a process that froze while it was storing."""
    owner = await PostgresqlDatabase.open(address)
    assert await owner.take("owner")
    async with owner.write(alone=True) as tx:
        await bots.set_checked_morning(tx, date(2025, 9, 12))
        async with receiving(database, unused_tcp_port):
            assert await asyncio.wait_for(post(unused_tcp_port, message(1)), TIMEOUT_SECONDS) == 200
    async with database.append() as frozen:
        await inbox.put(frozen, 2, 1, message(2), now=datetime.now(UTC))
        async with asyncio.timeout(TIMEOUT_SECONDS), owner.write(alone=True) as tx:
            await bots.set_checked_morning(tx, date(2025, 9, 13))
    await owner.close()


async def test_flood_of_a_chat_leaves_room_for_others(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update_store, "MAX_STORED_CHAT_UPDATES", 3)
    monkeypatch.setattr(update_store, "MAX_STORED_UPDATES", 5)
    store = DatabaseUpdateStore(database, Clock())

    async def put(update_id: int, chat_id: int) -> Storing:
        body = message(update_id, chat_id=chat_id)
        return await store.put(decode_body(body), body)

    assert [await put(number, 1) for number in range(1, 6)] == [Storing.STORED] * 3 + [Storing.CHAT_IS_FULL] * 2
    assert [await put(number, 2) for number in (6, 7, 8)] == [Storing.STORED, Storing.STORED, Storing.FULL]
    assert await stored(database) == [1, 2, 3, 6, 7]
    await store.remove([1, 2])
    assert await put(9, 1) is Storing.STORED


async def test_switch_between_webhook_and_polling_keeps_updates(
    database: Database,
    address: PostgresqlAddress,
    tmp_path: Path,
    unused_tcp_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One update waits in the database and one at Telegram when the bot starts without its webhook, and back."""
    monkeypatch.setitem(vars(PostgresqlDatabase)["open"].__func__.__kwdefaults__, "lease_seconds", NEVER_SECONDS)
    port = unused_tcp_port
    hook: dict[str, str] = {
        "WEBHOOK_URL": f"http://127.0.0.1:{port}/updates",
        "WEBHOOK_PORT": str(port),
        "WEBHOOK_SECRET": SECRET,
    }
    async with run_emulator() as emulator:
        installation = BotInstallation(tmp_path, emulator)
        ann = await emulator.create_user("Ann", language="en")

        async def ask(words: str) -> str:
            await ann.send(words)
            text: str = (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
            return text

        async with run_bot_in_process(installation, DATABASE=address.url, **hook):
            assert "subscribed" in await ask("/start")
            await until_empty(database)
        async with receiving(database, port):
            await ann.send("/help")
            await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
        assert len(await stored(database)) == 1
        await ann.send("/today")
        async with run_bot_in_process(installation, DATABASE=address.url):
            first, second = await ann.next_messages(2, timeout=TIMEOUT_SECONDS)
            assert "/timezone" in first.text
            assert "/timezone" not in second.text
            await ann.send("/help")
            assert "/timezone" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
            await emulator.wait_until_confirmed(timeout=TIMEOUT_SECONDS)
        await ann.send("/help")
        async with run_bot_in_process(installation, DATABASE=address.url, **hook):
            assert "/timezone" in (await ann.next_message(timeout=TIMEOUT_SECONDS)).text
            await until_empty(database)
            assert await ann.drain_messages() == []
        changes = ("setWebhook", "deleteWebhook", "getUpdates")
        calls = [(call.method, call.status) for call in await emulator.calls() if call.method in changes]
        assert list(dict.fromkeys(calls[1:])) == [("deleteWebhook", 200), ("getUpdates", 200), ("setWebhook", 200)]
        assert calls[0] == calls[-1] == ("setWebhook", 200)
