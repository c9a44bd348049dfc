"""Paid broadcasts over real HTTP and a real database: who is paid for, and what follows when Telegram refuses."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from domain.delivery.outcome import Outcome
from domain.delivery.payment import Payment, max_cost_stars
from domain.delivery.progress import Progress
from emulator.client import EmulatorClient, LogEntry
from tests.databases import sql
from tests.delivery.harness import ADMIN, MORNING, DeliveryHarness, open_harness, run_of
from tests.delivery.test_progress_reporter import start_broadcast
from transport.bot_api_client import BotApiClient

NOTICE = "goes on for free"
CARD_LINE = "The others for free: the bot does not have enough Stars."


class RecordingClient(BotApiClient):
    """Client that notes for each call, by the first words of its text, whether it may be paid for."""

    def __init__(self, emulator: EmulatorClient) -> None:
        super().__init__(emulator.api_url, emulator.token)
        self.calls: Counter[tuple[str, bool]] = Counter()

    async def send(
        self, method: str, body: bytes, before_write: Callable[[], None] = lambda: None, *, is_rich: bool = False
    ) -> Outcome:
        parameters = msgspec.json.decode(body)
        text = method if method == "copyMessage" else parameters["text"].split()[0]
        self.calls[text, parameters.get("allow_paid_broadcast", False)] += 1
        return await super().send(method, body, before_write, is_rich=is_rich)


@asynccontextmanager
async def _recorded(harness: DeliveryHarness) -> AsyncIterator[Counter[tuple[str, bool]]]:
    """Have the deliveries of a harness noted."""
    async with RecordingClient(harness.emulator) as client:
        harness.delivery_service._components.send_loop._sender._client = client
        yield client.calls


async def _enable(emulator: EmulatorClient, stars: float) -> None:
    """Give the bot Stars, and let Telegram bill every paid message of a second but the first."""
    await emulator.set_stars(stars, paid_broadcasts=True)
    await emulator.set_limits(per_second=1)


async def _notices(emulator: EmulatorClient) -> list[LogEntry]:
    entries = await emulator.log(ADMIN, kind="bot_message")
    return [entry for entry in entries if entry.message is not None and NOTICE in entry.message.text]


async def _attempts(harness: DeliveryHarness) -> int:
    async with harness.database.read() as tx:
        return int((await tx.exec_driver_sql("SELECT sum(attempts) FROM deliveries")).scalar_one())


def _stopped(progress: Progress) -> bool:
    return progress.payment is Payment.STOPPED


async def test_only_calls_of_a_paid_broadcast_may_be_paid_for(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(40)
    await harness.emulator.set_stars(100, paid_broadcasts=True)
    digest = run_of(await harness.publish())
    free, _ = await start_broadcast(harness.database, harness.emulator, "free")
    paid, _ = await start_broadcast(harness.database, harness.emulator, "paid", payment=Payment.PAID)
    async with _recorded(harness) as calls:
        await harness.at(MORNING)
        done = [await harness.finished(run_id) for run_id in (digest, free, paid)]
    assert {(text if text in ("free", "paid") else "digest", is_paid) for text, is_paid in calls} == {
        ("digest", False),
        ("free", False),
        ("paid", True),
    }
    assert [(run.sent, run.paid) for run in done] == [(40, 0), (40, 0), (40, 40)]
    assert await harness.times() == dict.fromkeys(chats, 3)


async def test_copies_are_paid_for_too(harness: DeliveryHarness) -> None:
    chats = await harness.crowd(3)
    run_id, _ = await start_broadcast(harness.database, harness.emulator, payment=Payment.PAID)
    source = b'{"from_chat_id":%d,"message_id":1}' % chats[0]
    await harness.emulator.request("POST", "/messages", {"user_id": chats[0], "text": "the original"})
    (original,) = [entry.message for entry in await harness.emulator.log(chats[0], kind="user_message")]
    assert original is not None
    async with harness.database.write() as tx:
        source = b'{"from_chat_id":%d,"message_id":%d}' % (chats[0], original.message_id)
        await sql(tx, "UPDATE payloads SET method = 'copyMessage', json = ?", source)
    async with _recorded(harness) as calls:
        await harness.at(MORNING)
        assert (await harness.finished(run_id)).paid == 3
    assert calls == {("copyMessage", True): 3}


async def test_report_tells_what_was_paid(harness: DeliveryHarness) -> None:
    await harness.crowd(25)
    await _enable(harness.emulator, 100)
    run_id, _ = await start_broadcast(harness.database, harness.emulator, payment=Payment.PAID)
    await harness.at(MORNING)
    progress = await harness.finished(run_id)
    assert progress.paid == 25
    report = await harness.emulator.wait_for_log_entry(
        lambda entry: entry.kind == "bot_edit" and entry.message is not None and "✅ Broadcast" in entry.message.text,
        chat=ADMIN,
    )
    assert report.message is not None
    assert "Sent fast: 25, for at most 3 ⭐" in report.message.text
    assert 100 - max_cost_stars(25) <= await harness.emulator.star_balance() < 100
    assert await _notices(harness.emulator) == []


@pytest.mark.parametrize("description", ["Bad Request: BALANCE_TOO_LOW", "Bad Request: PAYMENT_UNSUPPORTED"])
async def test_refused_payment_lets_the_broadcast_go_on_for_free(harness: DeliveryHarness, description: str) -> None:
    chats = await harness.crowd(60)
    await harness.emulator.set_stars(100, paid_broadcasts=True)
    refused = {"method": "sendMessage", "error_code": 400, "description": description}
    await harness.emulator.add_fault("error", chat_id=chats[20], times=1, **refused)
    run_id, _ = await start_broadcast(harness.database, harness.emulator, "paid", payment=Payment.PAID)
    async with _recorded(harness) as calls:
        await harness.at(MORNING)
        progress = await harness.finished(run_id)
    assert (progress.sent, progress.failed, progress.unconfirmed) == (60, 0, 0)
    assert (progress.payment, progress.payment_detail) == (Payment.STOPPED, description)
    assert await harness.times() == dict.fromkeys(chats, 1)
    assert await _attempts(harness) == 0
    assert calls["paid", False] == 60 - progress.paid > 0
    assert len(await _notices(harness.emulator)) == 1


async def test_refused_payment_outlives_a_restart(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Stop in the middle of what goes on for free: nobody is left out or gets it twice, and admins are told once."""
    await _enable(emulator, 0.5)
    async with open_harness(emulator, tmp_path / "bot.db", rate=30) as harness:
        chats = await harness.crowd(90)
        run_id, _ = await start_broadcast(harness.database, emulator, "paid", payment=Payment.PAID)
        await harness.at(MORNING)
        await harness.until(run_id, lambda now: _stopped(now) and now.sent >= 10)
        await emulator.wait_for_log_entry(
            lambda entry: entry.message is not None and NOTICE in entry.message.text, chat=ADMIN
        )
    await emulator.set_stars(1000)
    async with open_harness(emulator, tmp_path / "bot.db", rate=1000) as harness:
        stopped = await harness.progress(run_id)
        assert stopped.payment is Payment.STOPPED
        assert stopped.pending > 0
        async with _recorded(harness) as calls:
            await harness.delivery_service.tick()
            progress = await harness.finished(run_id)
        assert calls == {("paid", False): stopped.pending}
        assert (progress.sent, progress.failed, progress.unconfirmed) == (90, 0, 0)
        assert await harness.times() == dict.fromkeys(chats, 1)
        assert await _attempts(harness) == 0
        assert await emulator.star_balance() == 1000
        assert len(await _notices(emulator)) == 1
        await emulator.wait_for_log_entry(
            lambda entry: entry.kind == "bot_edit" and entry.message is not None and CARD_LINE in entry.message.text,
            chat=ADMIN,
        )


async def test_choice_to_pay_outlives_a_restart(emulator: EmulatorClient, tmp_path: Path) -> None:
    await emulator.set_stars(100, paid_broadcasts=True)
    async with open_harness(emulator, tmp_path / "bot.db", running=False) as harness:
        chats = await harness.crowd(20)
        run_id, _ = await start_broadcast(harness.database, emulator, "paid", payment=Payment.PAID)
    async with open_harness(emulator, tmp_path / "bot.db") as harness, _recorded(harness) as calls:
        await harness.at(MORNING)
        assert (await harness.finished(run_id)).paid == 20
        assert calls == {("paid", True): 20}
        assert await harness.times() == dict.fromkeys(chats, 1)


async def test_paid_broadcast_does_not_use_the_free_rate(emulator: EmulatorClient, tmp_path: Path) -> None:
    """At one free message a second it would take more than six minutes."""
    await emulator.set_stars(1000, paid_broadcasts=True)
    async with open_harness(emulator, tmp_path / "bot.db", rate=1) as harness:
        await harness.crowd(400)
        run_id, _ = await start_broadcast(harness.database, emulator, "paid", payment=Payment.PAID)
        async with asyncio.timeout(60):
            await harness.at(MORNING)
            assert (await harness.finished(run_id)).sent == 400


async def test_slow_digest_does_not_hold_up_a_paid_broadcast(emulator: EmulatorClient, tmp_path: Path) -> None:
    """Workers that wait for the free rate are not those that the paid broadcast needs."""
    await emulator.set_stars(1000, paid_broadcasts=True)
    async with open_harness(emulator, tmp_path / "bot.db", rate=2, in_flight=4) as harness:
        chats = await harness.crowd(200)
        digest = run_of(await harness.publish())
        await harness.at(MORNING)
        await harness.until(digest, lambda now: now.sent >= 1)
        run_id, _ = await start_broadcast(harness.database, emulator, "paid", payment=Payment.PAID)
        await harness.delivery_service.tick()
        assert (await harness.finished(run_id)).sent == 200
        assert (await harness.progress(digest)).sent < 100
        paid = Counter(
            entry.chat_id for entry in await harness.received() if entry.message and "paid" in entry.message.text
        )
        assert paid == dict.fromkeys(chats, 1)
