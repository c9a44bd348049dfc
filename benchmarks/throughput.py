"""Messages per second and CPU per message of the whole delivery pipeline, on one core.

20,000 recipients, 50 content preferences, a tenth of them with two messages: planned, rate-limited (far above what can
be reached), claimed durably (SQLite in a file, synchronous=FULL), sent over HTTP, settled with their message ids. There
is no figure unless ledger and server agree afterwards. Beside it, in the same run, on the same core, with the same
bodies, none of which writes anything down: a bare asyncio.Protocol, a loop over aiohttp, and `send_message` of aiogram
and python-telegram-bot. Turns alternate (A B B A), medians count. `control_a_a` compares two halves of aiohttp's turns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvloop
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import LinkPreviewOptions, MessageEntity
from telegram import Bot as PtbBot
from telegram import MessageEntity as PtbEntity
from telegram.request import HTTPXRequest

from benchmarks import bare_client, harness
from benchmarks.process import pin
from benchmarks.report import Comparison, Report
from bot import gc_tuning
from delivery.high_water_mark import HighWaterMark
from delivery.service import DeliveryOptions
from delivery.service_factory import create_delivery_service
from digest.model import Digest
from domain.chat.message import Message
from domain.delivery.progress import Progress
from domain.delivery.states import RunState
from domain.subscription.preferences import ContentPreferences
from storage import run_progress, runs
from storage.database import Database
from storage.digests import Source
from transport.bot_api_client import BotApiClient
from transport.circuit_breaker import create_circuit_breaker
from transport.rate_limiter import RateLimiter
from views.digest_messages import plain_messages

CONNECTIONS = 32
RATE = 1_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One measured turn of a sender."""

    per_second: float
    cpu_us: float


def run(arguments: argparse.Namespace) -> Report:
    pin(1)
    with harness.canned_server() as api:
        return uvloop.run(measure(api, quick=arguments.quick))


@cache
def edition_and_preferences() -> tuple[Digest, list[ContentPreferences]]:
    """Return what is sent, and the fifty content preferences of the recipients."""
    digest = harness.edition()
    return digest, harness.content_preferences(50, digest, two_parts=5)


async def pipeline(
    api: str,
    people: int,
    open_database: harness.OpenDatabase = harness.open_file,
    *,
    measured: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> tuple[Turn, float]:
    """Send an edition with the bot's own delivery; return the turn, and the seconds it took.

    What is measured runs within `measured`. Raises SystemExit where ledger and server disagree.
    """
    digest, preferences = edition_and_preferences()
    before = await harness.server_figures(api)
    with tempfile.TemporaryDirectory(prefix="throughput-") as name:
        path = Path(name) / "bot.db"
        database = await open_database(path)
        await harness.enrol(database, people, preferences)
        now = [harness.EVE]
        async with BotApiClient(api, harness.TOKEN) as client:
            options = DeliveryOptions(default_schedule=harness.DEFAULT_SCHEDULE, high_water=HighWaterMark.beside(path))
            delivery_service = create_delivery_service(
                database,
                client,
                RateLimiter(RATE),
                create_circuit_breaker(client, lambda: now[0]),
                lambda: now[0],
                translations=harness.TEXTS,
                options=options,
            )
            published = await delivery_service.publish(digest, Source("bench.md", b"bench"))
            assert published.run_id is not None
            running = asyncio.create_task(delivery_service.run())
            await delivery_service.tick()
            now[0] = harness.MORNING
            with measured():
                began, cpu = time.perf_counter(), time.process_time()
                await delivery_service.tick()
                progress = await _finished(database, published.run_id)
                seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await database.close()
    _check(progress, people, before, await harness.server_figures(api))
    return Turn(progress.sent / seconds, cpu / progress.sent * 1e6), seconds


async def _finished(database: Database, run_id: int) -> Progress:
    while True:
        async with database.read() as tx:
            row = await runs.get(tx, run_id)
        if row is not None and row.state is RunState.FINISHED:
            async with database.read() as tx:
                progress = await run_progress.get(tx, run_id)
            assert progress is not None
            return progress
        await asyncio.sleep(0.05)


def _check(progress: Progress, people: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Raise SystemExit unless ledger and server agree that everybody got every part once."""
    messages = after["messages"] - before["messages"]
    if not (progress.recipients == people and progress.sent == progress.total == messages):
        raise SystemExit(f"the ledger has {progress.counts}, the server {messages} messages")


@cache
def _messages() -> list[Message]:
    """Return the messages of all content preferences: the same for every sender."""
    digest, preferences = edition_and_preferences()
    return [
        message
        for preferences in preferences
        for message in plain_messages(digest, preferences, harness.TEXTS.translator(preferences.language))
    ]


def _bodies(count: int) -> Iterator[bytes]:
    """Yield JSON bodies that were encoded before, each with another chat."""
    encoded = [msgspec.json.encode(message.to_bot_api()) for message in _messages()]
    return (b'{"chat_id":%d,%b' % (number + 1, encoded[number % len(encoded)][1:]) for number in range(count))


async def bare_protocol(api: str, count: int) -> Turn:
    """Send over an asyncio.Protocol on asyncio's own loop, in a thread: the floor in pure Python."""
    url, bodies = f"{api}/bot{harness.TOKEN}/sendMessage", _bodies(count)

    async def send_all() -> Turn:
        return await _turn(count, bare_client.send_all(url, bodies, connections=CONNECTIONS))

    def run_own_loop() -> Turn:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(send_all())

    return await asyncio.to_thread(run_own_loop)


async def bare_aiohttp(api: str, count: int) -> Turn:
    """Send over aiohttp, reading no more of an answer than that it is `ok`."""
    url = f"{api}/bot{harness.TOKEN}/sendMessage"
    bodies = _bodies(count)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, headers={"Content-Type": "application/json"}) as session:

        async def send(_: int) -> None:
            async with session.post(url, data=next(bodies)) as response:
                assert json.loads(await response.read())["ok"]

        return await _turn(count, _send_all(send, count))


async def aiogram(api: str, count: int) -> Turn:
    """Send with aiogram's `Bot.send_message`."""
    ready = [
        (message.text.plain, [MessageEntity.model_validate(entity.to_bot_api()) for entity in message.text.entities()])
        for message in _messages()
    ]
    bot = Bot(harness.TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api), limit=CONNECTIONS))
    preview = LinkPreviewOptions(is_disabled=True)

    async def send(number: int) -> None:
        text, entities = ready[number % len(ready)]
        await bot.send_message(number + 1, text, entities=entities, link_preview_options=preview)

    try:
        return await _turn(count, _send_all(send, count))
    finally:
        await bot.session.close()


async def python_telegram_bot(api: str, count: int) -> Turn:
    """Send with python-telegram-bot's `Bot.send_message`."""
    ready = [
        (message.text.plain, [PtbEntity(e.type, e.offset, e.length, e.value or None) for e in message.text.entities()])
        for message in _messages()
    ]
    request = HTTPXRequest(connection_pool_size=CONNECTIONS, pool_timeout=30)
    async with PtbBot(harness.TOKEN, base_url=f"{api}/bot", request=request) as bot:

        async def send(number: int) -> None:
            text, entities = ready[number % len(ready)]
            await bot.send_message(number + 1, text, entities=entities, disable_web_page_preview=True)

        return await _turn(count, _send_all(send, count))


async def _send_all(send: Callable[[int], Awaitable[None]], count: int) -> None:
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await send(number)

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))


async def _turn(count: int, sending: Awaitable[None]) -> Turn:
    began, cpu = time.perf_counter(), time.process_time()
    await sending
    return Turn(count / (time.perf_counter() - began), (time.process_time() - cpu) / count * 1e6)


async def measure(api: str, *, quick: bool) -> Report:
    people, rounds = (4_000, 1) if quick else (20_000, 5)
    gc_tuning.freeze_and_enable()  # as the bot does, for all alike
    await bare_aiohttp(api, 2_000)  # warm
    ours: list[Turn] = []
    protocol: list[Turn] = []
    loop: list[Turn] = []
    seconds: list[float] = []

    async def take_turn_of_pipeline() -> None:
        turn, took = await pipeline(api, people)
        ours.append(turn)
        seconds.append(took)

    async def take_turn_of_floors() -> None:
        protocol.append(await bare_protocol(api, people))
        loop.append(await bare_aiohttp(api, people))

    for number in range(rounds):  # A B B A, then B A A B
        first, second = take_turn_of_floors, take_turn_of_pipeline
        if number % 2:
            first, second = second, first
        for step in (first, second, second, first):
            await step()
    sizes = [people // 4, people // 2]
    by_recipients = [[size, round((await pipeline(api, size))[1], 2)] for size in sizes]
    by_recipients.append([people, round(statistics.median(seconds), 2)])
    count = 1_000 if quick else 5_000
    frameworks = {
        "aiogram's send_message": [await aiogram(api, count) for _ in range(rounds)],
        "python-telegram-bot's send_message": [await python_telegram_bot(api, count // 2) for _ in range(rounds)],
    }
    comparisons = (
        _compare_cpu(ours, protocol, "bare asyncio.Protocol, keep-alive"),
        _compare_cpu(ours, loop, "aiohttp loop that writes nothing down"),
        _compare_rate(ours, loop, "aiohttp loop that writes nothing down"),
        *(_compare_rate(ours, turns, name) for name, turns in frameworks.items()),
    )
    rates = [turn.per_second for turn in loop]
    figures = {
        "control_a_a": round(statistics.median(rates[::2]) / statistics.median(rates[1::2]), 3),
        "recipients": people,
        "turns": len(ours),
        "seconds_by_recipients": by_recipients,
    }
    return Report(comparisons, figures)


def _compare_cpu(ours: list[Turn], theirs: list[Turn], reference: str) -> Comparison:
    return Comparison(
        name="CPU of a message, whole pipeline",
        value=statistics.median(turn.cpu_us for turn in ours),
        unit="µs",
        reference=reference,
        reference_value=statistics.median(turn.cpu_us for turn in theirs),
        ratio=statistics.median(turn.cpu_us / other.cpu_us for turn, other in zip(ours, theirs, strict=True)),
    )


def _compare_rate(ours: list[Turn], theirs: list[Turn], reference: str) -> Comparison:
    per_second, reference_per_second = (
        statistics.median(turn.per_second for turn in turns) for turns in (ours, theirs)
    )
    ratio = per_second / reference_per_second
    if len(ours) == len(theirs):  # turns that stood side by side
        pairs = zip(ours, theirs, strict=True)
        ratio = statistics.median(turn.per_second / other.per_second for turn, other in pairs)
    return Comparison(
        name="messages of the whole pipeline",
        value=per_second,
        unit="/s",
        reference=reference,
        reference_value=reference_per_second,
        ratio=ratio,
    )
