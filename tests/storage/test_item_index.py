"""The index of items: what is found, in which order, and when; the same on both databases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.model import Digest, Item
from domain.chat.text import Text
from domain.search_tokens import search_phrases
from domain.subscription.preferences import category_id, category_key
from storage import bots, digests, item_index
from storage.database import Database, Tx
from storage.digests import Source
from storage.item_index import ItemSearch
from tests.databases import sql

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DAY = date(2026, 11, 20)
START_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def _item(headline: str, body: str = "", *categories: str) -> Item:
    return Item(
        position=0, written_number="", headline=headline, url="https://x.org", body=Text(body), categories=categories
    )


def edition(day: date, *items: Item) -> Digest:
    numbered = tuple(replace(item, position=number) for number, item in enumerate(items, 1))
    return Digest(
        date=day,
        published_at=None,
        title="",
        categories=(),
        intro=Text(),
        items=numbered,
        commentary=Text(),
        trailing=Text(),
        source_form="",
        content_hash=f"{day} {[(item.headline, item.body.plain) for item in items]}"[:64],
    )


async def publish(tx: Tx, *editions: Digest, published: datetime = NOW) -> None:
    for digest in editions:
        await digests.upsert(tx, digest, Source(f"{digest.date}.md", b""), published=published, now=NOW)


async def found(tx: Tx, words: str, *, now: datetime = NOW, **more: object) -> list[tuple[date, int]]:
    search = replace(ItemSearch(phrases=search_phrases(words)), **more)  # type: ignore[arg-type]
    return [(item.day, item.position) for item in (await item_index.find(tx, search, now=now, count=100)).items]


async def headlines(tx: Tx, words: str) -> Sequence[str]:
    search = ItemSearch(phrases=search_phrases(words))
    return [item.headline for item in (await item_index.find(tx, search, now=NOW)).items]


@pytest.fixture
async def archive(tx: Tx) -> Tx:
    """Return a transaction of a bot that has published on three days."""
    await publish(
        tx,
        edition(
            DAY - timedelta(days=40), _item("人工智能芯片", "光刻机"), _item("OpenAI models", "A new model of OpenAI's")
        ),
        edition(
            DAY - timedelta(days=1),
            _item("别的事", "说到人工智能", "AI产业"),
            _item("人工智能周报", "芯片", "AI产业", "技术前沿"),
        ),
        edition(DAY, _item("火星上的火", "没有水"), _item("芯片与人工智能", "也有水"), _item("人工草坪", "智能家居")),
    )
    return tx


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ("人工智能", ["芯片与人工智能", "人工智能周报", "人工智能芯片", "别的事"]),  # the headline, then the newest
        ("智能", ["芯片与人工智能", "人工智能周报", "人工智能芯片", "人工草坪", "别的事"]),
        ("芯片 人工智能", ["芯片与人工智能", "人工智能芯片", "人工智能周报"]),  # both in the headline, then one
        ("火", ["火星上的火"]),
        ("openai", ["OpenAI models"]),
        ("MODEL", ["OpenAI models"]),
        ("智能 芯片 光刻", ["人工智能芯片"]),
        ("工草", ["人工草坪"]),
        ("草坪智能", []),  # a phrase does not go from the headline on into the body
        ("没有的词", []),
    ],
)
async def test_items_are_found_in_one_order(archive: Tx, words: str, order: list[str]) -> None:
    assert await headlines(archive, words) == order


@pytest.mark.parametrize(
    "words",
    [
        "'",
        '"',
        '""" OR "',
        "NEAR(人工 智能)",
        "火星 AND",
        "a:b",
        "^",
        "*",
        "🙂",
        "人" * 10_000,
        "' | '",
        "\\",
        "\x00\ud800",
        ":*",
        "!",
    ],
)
async def test_hostile_words_are_text(archive: Tx, words: str) -> None:
    assert await found(archive, words) == []
    assert await headlines(archive, f"火星 {words[:3]}") in ([], ["火星上的火"])


@pytest.mark.parametrize("words", ["手语课堂", "手語課堂", "课堂", "課堂 手語", "語", "手语课堂 发布", "發佈"])
async def test_items_are_found_in_either_script(tx: Tx, words: str) -> None:
    simplified = _item("手语课堂开讲", "今天发布"), _item("别的事", "手语课堂发布了")
    traditional = _item("手語課堂開講", "今天發佈"), _item("別的事", "手語課堂發布了")
    await publish(tx, edition(DAY - timedelta(days=1), *simplified, _item("手工")), edition(DAY, *traditional))
    assert sorted(await found(tx, words)) == [
        (day, number) for day in (DAY - timedelta(days=1), DAY) for number in (1, 2)
    ]


async def test_category_and_days_narrow_a_search(archive: Tx) -> None:
    yesterday = DAY - timedelta(days=1)
    category = category_id(category_key("技术前沿"))
    assert await found(archive, "人工智能", category=category) == [(yesterday, 2)]
    assert await found(archive, "人工智能", since=DAY - timedelta(days=30)) == [
        (DAY, 2),
        (yesterday, 2),
        (yesterday, 1),
    ]
    assert await found(archive, "人工智能", until=yesterday, since=yesterday) == [(yesterday, 2), (yesterday, 1)]
    assert await found(archive, "人工智能", until=DAY - timedelta(days=30)) == [(DAY - timedelta(days=40), 1)]


async def test_correction_takes_the_place_of_what_it_corrects(archive: Tx) -> None:
    await publish(archive, edition(DAY, _item("金星", "没有水")))
    assert await found(archive, "火星") == []
    assert await found(archive, "金星") == [(DAY, 1)]
    assert await found(archive, "水") == [(DAY, 1)]


async def test_edition_is_not_found_before_it_is_published(tx: Tx) -> None:
    await publish(tx, edition(DAY, _item("火星")), published=NOW + timedelta(hours=1))
    assert await found(tx, "火星") == []
    assert await found(tx, "火星", now=NOW + timedelta(hours=1)) == [(DAY, 1)]


async def test_rolled_back_edition_is_not_found(database: Database) -> None:
    async with database.write() as tx:
        savepoint = await tx.begin_nested()
        await publish(tx, edition(DAY, _item("火星")))
        assert await found(tx, "火星") == [(DAY, 1)]
        await savepoint.rollback()
    async with database.write() as tx:
        assert await found(tx, "火星") == []


async def test_bots_find_their_own_items_only(database: Database) -> None:
    async with database.write() as tx:
        await bots.add(tx, "second", "env:TOKEN_SECOND", {})
        await publish(tx, edition(DAY, _item("火星", "", "太空")))
    async with database.for_bot(2).write() as tx:
        assert await found(tx, "火星") == await found(tx, "火星", category=category_id("太空")) == []
        await publish(tx, edition(DAY, _item("水"), _item("火星")))
        assert await found(tx, "火星") == [(DAY, 2)]
    async with database.read() as tx:
        assert await found(tx, "火星") == [(DAY, 1)]
        assert await found(tx, "水") == []


async def test_existing_editions_are_indexed_once_in_steps(database: Database) -> None:
    days = [DAY - timedelta(days=number) for number in range(item_index.EDITIONS_PER_STEP + 1)]
    async with database.write() as tx:
        await publish(tx, *(edition(day, _item("火星")) for day in days))
        await sql(tx, "DELETE FROM indexed_items")
        await sql(tx, "UPDATE digests SET indexed_hash = ''")
        assert await found(tx, "火星") == []
    steps = []
    for _ in range(4):
        async with database.write() as tx:
            steps.append((await item_index.fill_some(tx), len(await found(tx, "火星"))))
    assert steps == [(True, 3), (True, 4), (False, 4), (False, 4)]


async def test_correction_by_an_older_program_is_indexed_afterwards(tx: Tx) -> None:
    """During a rolling upgrade a program that knows no index may store an edition."""
    await publish(tx, edition(DAY, _item("火星")))
    (parsed,) = (await sql(tx, "SELECT parsed FROM digests")).scalars()
    changed = parsed.replace("火星".encode(), "金星".encode())
    await sql(tx, "UPDATE digests SET content_hash = 'newer', parsed = ?", changed)
    assert await item_index.fill_some(tx)
    assert (await found(tx, "火星"), await found(tx, "金星")) == ([], [(DAY, 1)])
    assert not await item_index.fill_some(tx)


async def test_no_more_than_the_best_are_found(tx: Tx) -> None:
    await publish(tx, edition(DAY, *(_item("别的", "火星") for _ in range(item_index.MAX_RESULTS)), _item("火星")))
    results = await found(tx, "火星")
    assert len(results) == item_index.MAX_RESULTS
    assert results[:2] == [(DAY, item_index.MAX_RESULTS + 1), (DAY, 1)]


async def test_part_of_the_results_knows_their_number(archive: Tx) -> None:
    search = ItemSearch(phrases=search_phrases("人工智能"))
    part = await item_index.find(archive, search, now=NOW, start=1, count=2)
    assert [item.headline for item in part.items] == ["人工智能周报", "人工智能芯片"]
    assert part.total == 4
    assert part.items[0].categories == ("AI产业", "技术前沿")


async def test_items_of_all_times_are_found_the_newest_first(tx: Tx) -> None:
    """Whatever the times are in which an index goes through them."""
    months = [DAY - timedelta(days=30 * number) for number in range(200)]
    others = [DAY + timedelta(days=5), DAY + timedelta(days=70), date(2019, 12, 31), date(2018, 1, 1), date(1, 1, 1)]
    days = sorted({*months, *others}, reverse=True)
    await publish(tx, *(edition(day, _item("别的", "火星")) for day in reversed(days)))
    results = await found(tx, "火星")
    assert results == [(day, 1) for day in days[: item_index.MAX_RESULTS]]
    until = date(2015, 1, 1)
    assert await found(tx, "火星", until=until) == [(day, 1) for day in days if day <= until][: item_index.MAX_RESULTS]


async def test_any_days_narrow_a_search_of_all_times(tx: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever it is looked for, and whatever part of the archive the days are."""
    monkeypatch.setattr(item_index, "MAX_RESULTS", 5)
    generator = random.Random(7)
    days = [date(1, 1, 1), *(DAY - timedelta(days=number * 23) for number in range(160))]
    headlines = {day: generator.choice(["火星", "芯片", "别的", "火星芯片"]) for day in days}
    await publish(tx, *(edition(day, _item(headlines[day], "火星，芯片")) for day in days), published=START_OF_TIME)

    def place(day: date, newest: date) -> int:
        is_recent = day >= date(newest.year - 1, 1, 1)
        return {"火星芯片": 0, "别的": 2}.get(headlines[day], 1 if is_recent else 2)

    for number in range(60):
        today = generator.choice([DAY, date(2026, 12, 31), date(2027, 1, 3), date(2100, 1, 1)])
        first, last = sorted(generator.choice([*days[1:], today, date(2015, 1, 1), date(2026, 12, 1)]) for _ in "ab")
        since, until = [(first, last), (first, None), (None, last), (last, first)][number % 4]
        inside = [day for day in sorted(days, reverse=True) if (since or date.min) <= day <= (until or date.max)]
        expected = sorted(inside, key=lambda day: place(day, min(today, until or today)))[:5]
        now = datetime(today.year, today.month, today.day, tzinfo=UTC)
        assert await found(tx, "火星 芯片", now=now, since=since, until=until) == [(day, 1) for day in expected]


@pytest.mark.parametrize("most", [1, 3, 8, 20, 60])
async def test_best_ones_are_found_however_many_there_may_be(
    tx: Tx, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All words in the headline, some of them in a recent one, none of them; the newest first, up to the most."""
    monkeypatch.setattr(item_index, "MAX_RESULTS", most)
    headlines = ["火星芯片", "火星", "芯片", "别的", "火星与芯片"]
    generator = random.Random(most)
    days = [DAY - timedelta(days=number * 55) for number in range(40)]
    chosen = {day: generator.choices(headlines, k=2) for day in days}
    await publish(tx, *(edition(day, *(_item(each, "火星，芯片") for each in chosen[day])) for day in days))
    places = [(day, position) for day in days for position in (1, 2)]

    def missing(place: tuple[date, int]) -> int:
        headline = chosen[place[0]][place[1] - 1]
        has_one = headline != "别的" and len(headline) == 2
        return (1 if place[0] >= date(2025, 1, 1) else 2) if has_one else 2 if headline == "别的" else 0

    assert await found(tx, "火星 芯片") == sorted(places, key=missing)[:most]
    assert (
        await found(tx, "火星") == sorted(places, key=lambda place: "火星" not in chosen[place[0]][place[1] - 1])[:most]
    )
