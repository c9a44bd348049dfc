"""Milliseconds of a search among 100,000 items, beside one indexed look-up of the same database in the same run.

10,000 editions of ten items, written with a vocabulary whose words are as unevenly frequent as a language's. A search
is what a reader waits for: the items that match, ranked, and the five of a page; a look-up reads one item by its key.
Both are whole transactions through `storage`, taken in turns. The kinds: a name that few items have, a word of one in a
hundred, two words, a word of one in five. On SQLite and, where PostgreSQL is installed, on a cluster of this program's
own.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import uvloop
from sqlalchemy import select

from benchmarks.process import pin
from benchmarks.report import Comparison, Report
from digest.model import Digest, Item
from domain.chat.text import Text
from domain.search_tokens import search_phrases
from storage import item_index
from storage.database import Database
from storage.item_index import ItemSearch
from storage.postgresql.database import PostgresqlDatabase
from storage.schema import indexed_items
from storage.sqlite.database import SqliteDatabase
from tests.postgresql import TEMPLATE, running_cluster

ITEMS_PER_EDITION = 10
EDITIONS_PER_TRANSACTION = 50
PAGE_ITEMS = 5
LAST_DAY = date(2026, 11, 26)
PUBLISHED = datetime(1999, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 27, tzinfo=UTC)
FREQUENT, USUAL, NAMES = "模型", ("芯片", "开源", "推理", "机器人"), ("阿尔法狗", "哈萨比斯", "OpenClaw", "冯诺依曼")


def run(arguments: argparse.Namespace) -> Report:
    editions, rounds = (1_000, 100) if arguments.quick else (10_000, 400)
    with running_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE search TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
        pin(1)
        return uvloop.run(_measure(lambda: PostgresqlDatabase.open(cluster.address("search")), editions, rounds))


async def _measure(open_server: Callable[[], Awaitable[Database]], editions: int, rounds: int) -> Report:
    comparisons: list[Comparison] = []
    figures: dict[str, object] = {"items": editions * ITEMS_PER_EDITION}
    best: list[list[object]] = []
    with tempfile.TemporaryDirectory(prefix="search-") as name:
        for kind, database in (
            ("SQLite", await SqliteDatabase.open(Path(name) / "bot.db")),
            ("PostgreSQL", await open_server()),
        ):
            began = time.perf_counter()
            await _fill(database, editions)
            figures[f"fill_seconds_{kind.lower()}"] = round(time.perf_counter() - began, 1)
            comparisons += await _compare(database, kind, rounds)
            best.append([await _search(database, words) for words in (FREQUENT, *USUAL, *NAMES)])
            await database.close()
    if best[0] != best[1]:
        raise SystemExit("the databases do not agree on what is found")
    return Report(tuple(comparisons), figures)


async def _fill(database: Database, editions: int) -> None:
    """Index editions with the same words in every run."""
    generator = random.Random(14)
    vocabulary = ["".join(chr(0x4E00 + generator.randrange(3000)) for _ in range(2)) for _ in range(5000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
    for first in range(0, editions, EDITIONS_PER_TRANSACTION):
        async with database.write() as tx:
            for number in range(first, first + EDITIONS_PER_TRANSACTION):
                items = tuple(_item(generator, vocabulary, weights, n + 1) for n in range(ITEMS_PER_EDITION))
                await item_index.replace_edition(
                    tx, _edition(LAST_DAY - timedelta(days=editions - 1 - number), items), published=PUBLISHED
                )
    await database.update_statistics()


def _item(generator: random.Random, vocabulary: Sequence[str], weights: Sequence[float], position: int) -> Item:
    words = generator.choices(vocabulary, weights, k=60)
    for chance, own in ((0.2, (FREQUENT,)), (0.04, USUAL), (0.002, NAMES)):
        if generator.random() < chance:
            words[generator.randrange(len(words))] = generator.choice(own)
    headline, body = "".join(words[:10]), "，".join("".join(words[start : start + 5]) for start in range(10, 60, 5))
    return Item(
        position=position,
        written_number="",
        headline=headline,
        url="https://example.org/",
        body=Text(body),
        categories=("AI产业",),
    )


def _edition(day: date, items: tuple[Item, ...]) -> Digest:
    return Digest(
        date=day,
        published_at=None,
        title="",
        categories=(),
        intro=Text(),
        items=items,
        commentary=Text(),
        trailing=Text(),
        source_form="",
        content_hash=str(day),
    )


async def _compare(database: Database, kind: str, rounds: int) -> list[Comparison]:
    generator = random.Random(1)
    async with database.read() as tx:
        ids = list(await tx.scalars(select(indexed_items.c.id).order_by(indexed_items.c.id).limit(10_000)))
    searches: dict[str, Callable[[], str]] = {
        "a name": lambda: generator.choice(NAMES),
        "a word": lambda: generator.choice(USUAL),
        "two words": lambda: f"{FREQUENT} {generator.choice(USUAL)}",
        "a frequent word": lambda: FREQUENT,
    }
    comparisons = []
    for label, words in searches.items():
        found, looked_up = [], []
        for _ in range(rounds):
            found.append(await _milliseconds(_search(database, words())))
            looked_up.append(await _milliseconds(_look_up(database, generator.choice(ids))))
        median, floor = statistics.median(found), statistics.median(looked_up)
        comparisons.append(
            Comparison.of(f"{label}, {kind}", median, "ms", reference="one indexed look-up", reference_value=floor)
        )
    return comparisons


async def _search(database: Database, words: str) -> object:
    async with database.read() as tx:
        found = await item_index.find(tx, ItemSearch(phrases=search_phrases(words)), now=NOW, count=PAGE_ITEMS)
        return found.total, [(item.day, item.position) for item in found.items]


async def _look_up(database: Database, item_id: int) -> object:
    async with database.read() as tx:
        return (await tx.execute(select(indexed_items).where(indexed_items.c.id == item_id))).one()


async def _milliseconds(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return (time.perf_counter() - began) * 1000
