"""How many messages a second delivery sends on one core, every one of them written down before and after.

    python -m benchmarks.throughput [--json] [--quick]

20,000 recipients, 50 tastes, a tenth of them with two messages: planned, paced (a limit far above), claimed durably
(SQLite in a file, synchronous=FULL), sent over HTTP, settled with their message ids; then the books are checked, or
there is no figure. Beside it, in the same run, on the same core, with the same bodies: a bare loop over aiohttp,
aiogram's and python-telegram-bot's `send_message`, none of which writes anything down. Turns alternate, medians count;
`vs_aiohttp_cpu` compares the CPU that a message takes, which other work on the machine hardly moves.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
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

from benchmarks import rig
from bot import garbage
from chat.message import Message
from delivery.courier import Courier, Options
from delivery.highwater import HighWater
from delivery.pace import Pace
from delivery.wire import Wire
from digest.model import Digest
from digest.taste import Taste
from digest.views import digest_messages
from storage import runs
from storage.database import Database
from storage.digests import Source
from storage.runs import Progress
from storage.schema import RunState

CONNECTIONS = 32
RATE = 1_000_000


@cache
def morning() -> tuple[Digest, list[Taste]]:
    """What goes out, and in which fifty ways people want it."""
    digest = rig.edition()
    return digest, rig.tastes(50, digest, two_parts=5)


async def ours(api: str, people: int) -> tuple[float, float, float]:
    """Messages a second of the whole pipeline, microseconds of CPU for each, and recipients a second.

    Raises where the books disagree.
    """
    digest, wanted = morning()
    before = await rig.figures_of(api)
    with tempfile.TemporaryDirectory(prefix="throughput-") as name:
        path = Path(name) / "bot.db"
        database = await Database.open(path)
        await rig.enrol(database, people, wanted)
        moment = [rig.EVE]
        async with Wire(api, rig.TOKEN) as wire:
            options = Options(house=rig.HOUSE, high_water=HighWater.beside(path))
            courier = Courier(database, wire, Pace(RATE), lambda: moment[0], texts=rig.TEXTS, options=options)
            published = await courier.publish(digest, Source("bench.md", b"bench"))
            assert published.run_id is not None
            running = asyncio.create_task(courier.run())
            await courier.look()
            moment[0] = rig.MORNING
            began, cpu = time.perf_counter(), time.process_time()
            await courier.look()
            progress = await _finished(database, published.run_id)
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await database.close()
    _check(progress, people, before, await rig.figures_of(api))
    return progress.sent / seconds, cpu / progress.sent * 1e6, people / seconds


async def _finished(database: Database, run_id: int) -> Progress:
    while True:
        async with database.read() as tx:
            run = await runs.find(tx, run_id)
        if run is not None and run.state is RunState.FINISHED:
            async with database.read() as tx:
                progress = await runs.progress(tx, run_id)
            assert progress is not None
            return progress
        await asyncio.sleep(0.05)


def _check(progress: Progress, people: int, before: dict[str, Any], after: dict[str, Any]) -> None:
    """The ledger and the server agree: everybody had what they were to have."""
    messages = after["messages"] - before["messages"]
    if not (progress.recipients == people and progress.sent == progress.total == messages):
        raise SystemExit(f"the books disagree: {progress.counts}, the server has {messages}")


@cache
def _messages() -> list[Message]:
    """What the recipients' tastes get: the same for every rival."""
    digest, wanted = morning()
    return [one for taste in wanted for one in digest_messages(digest, taste, rig.TEXTS.say(taste.language))]


async def bare_aiohttp(api: str, count: int) -> float:
    """JSON bytes made before, nothing read but that it went well."""
    url = f"{api}/bot{rig.TOKEN}/sendMessage"
    ready = [msgspec.json.encode(message.as_json()) for message in _messages()]
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, headers={"Content-Type": "application/json"}) as session:

        async def send(number: int) -> None:
            body = b'{"chat_id":%d,%b' % (number + 1, ready[number % len(ready)][1:])
            async with session.post(url, data=body) as response:
                assert json.loads(await response.read())["ok"]

        return await _rate(send, count)


async def aiogram(api: str, count: int) -> float:
    """aiogram's own way."""
    ready = [
        (one.text.plain, [MessageEntity.model_validate(entity.as_json()) for entity in one.text.entities()])
        for one in _messages()
    ]
    bot = Bot(rig.TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api), limit=CONNECTIONS))
    preview = LinkPreviewOptions(is_disabled=True)

    async def send(number: int) -> None:
        text, entities = ready[number % len(ready)]
        await bot.send_message(number + 1, text, entities=entities, link_preview_options=preview)

    try:
        return await _rate(send, count)
    finally:
        await bot.session.close()


async def python_telegram_bot(api: str, count: int) -> float:
    """python-telegram-bot's own way."""
    ready = [
        (one.text.plain, [PtbEntity(e.type, e.offset, e.length, e.value or None) for e in one.text.entities()])
        for one in _messages()
    ]
    request = HTTPXRequest(connection_pool_size=CONNECTIONS, pool_timeout=30)
    async with PtbBot(rig.TOKEN, base_url=f"{api}/bot", request=request) as bot:

        async def send(number: int) -> None:
            text, entities = ready[number % len(ready)]
            await bot.send_message(number + 1, text, entities=entities, disable_web_page_preview=True)

        return await _rate(send, count)


async def _rate(send: Callable[[int], Awaitable[None]], count: int) -> float:
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await send(number)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return count / (time.perf_counter() - began)


async def measure(api: str, *, quick: bool) -> dict[str, Any]:
    people, rounds = (4_000, 1) if quick else (20_000, 5)
    garbage.settle()  # as the bot does, for all alike
    await bare_aiohttp(api, 2_000)  # warm
    full: list[tuple[float, float, float]] = []
    bare: list[tuple[float, float]] = []
    for turn in range(rounds):  # A B B A

        async def run_ours() -> None:
            full.append(await ours(api, people))

        async def run_bare() -> None:
            cpu = time.process_time()
            rate = await bare_aiohttp(api, people)
            bare.append((rate, (time.process_time() - cpu) / people * 1e6))

        steps = [run_bare, run_ours, run_ours, run_bare] if turn % 2 == 0 else [run_ours, run_bare, run_bare, run_ours]
        for step in steps:
            await step()
    sizes = [people // 4, people // 2]
    grown = [[size, round(size / (await ours(api, size))[2], 2)] for size in sizes]
    grown.append([people, round(people / statistics.median(rate for _, _, rate in full), 2)])
    count = 1_000 if quick else 5_000
    peers_aiogram = [await aiogram(api, count) for _ in range(rounds)]
    peers_ptb = [await python_telegram_bot(api, count // 2) for _ in range(rounds)]
    per_second = statistics.median(rate for rate, _, _ in full)
    aiogram_rate, ptb_rate = statistics.median(peers_aiogram), statistics.median(peers_ptb)
    bare_rates = [rate for rate, _ in bare]
    pairs = list(zip(full, bare, strict=True))  # each turn beside the one that came just before or after it
    return {
        "per_second": round(per_second),
        "vs_aiohttp": round(statistics.median(one[0] / other[0] for one, other in pairs), 3),
        "vs_aiohttp_cpu": round(statistics.median(other[1] / one[1] for one, other in pairs), 3),
        "vs_aiogram": round(per_second / aiogram_rate, 2),
        "vs_ptb": round(per_second / ptb_rate, 1),
        "cpu_us_per_message": round(statistics.median(cpu for _, cpu, _ in full)),
        "aiohttp_per_second": round(statistics.median(bare_rates)),
        "aiogram_per_second": round(aiogram_rate),
        "ptb_per_second": round(ptb_rate),
        "control_a_a": round(statistics.median(bare_rates[::2]) / statistics.median(bare_rates[1::2]), 3),
        "recipients": people,
        "seconds_by_recipients": grown,
        "turns": len(full),
    }


def main() -> None:
    given = rig.arguments(__doc__)
    rig.pin(1)
    with rig.canned() as api:
        figures = uvloop.run(measure(api, quick=given.quick))
    rig.tell({"benchmark": "throughput", "quick": given.quick} | figures, as_json=given.json)


if __name__ == "__main__":
    main()
