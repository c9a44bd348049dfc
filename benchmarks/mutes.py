"""Contents of one edition of forty items for 10,000 distinct lists of muted words, beside one list for everybody.

Each list has one to five of 300 words, each of which is in one item or two; so nearly every list lets other items
through, and without a limit each would have a content of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from dataclasses import replace

from benchmarks import harness
from benchmarks.report import Comparison, Report
from delivery.content_choice import MAX_CONTENTS, choose_contents
from delivery.payload_rendering import content_of, render_for
from digest.model import Digest
from domain.chat.text import Text
from domain.subscription.preferences import ContentPreferences
from views.shown_items import ItemSelector

ITEMS = 40
WORDS = 300
MOST_WORDS_OF_A_LIST = 5


def run(arguments: argparse.Namespace) -> Report:
    return asyncio.run(_measure(1_000 if arguments.quick else 10_000))


async def _measure(lists: int) -> Report:
    digest, wanted = _digest(), _wanted(lists)
    started = time.perf_counter()
    await render_for(digest, {0: ContentPreferences()}, harness.TEXTS)
    one = time.perf_counter() - started
    started = time.perf_counter()
    selector = ItemSelector(digest.items)
    contents = {key: content_of(selector, preferences) for key, preferences in wanted.items()}
    selected = time.perf_counter()
    chosen = choose_contents(contents)
    decided = time.perf_counter()
    rendered = await render_for(digest, wanted, harness.TEXTS)
    seconds = time.perf_counter() - decided
    shown = sum(len(content.item_positions) for content in chosen.values())
    figures = {
        "lists": lists,
        "contents wanted": len(set(contents.values())),
        "contents rendered": len(rendered),
        "limit": MAX_CONTENTS,
        "items shown of those wanted": shown / sum(len(content.item_positions) for content in contents.values()),
        "mutes broken": sum(
            not set(content.item_positions) <= set(contents[key].item_positions) for key, content in chosen.items()
        ),
        "seconds to select items": selected - started,
        "seconds to choose contents": decided - selected,
    }
    all_lists = Comparison.of("all lists", seconds, "s", reference="one list for everybody", reference_value=one)
    return Report((all_lists,), figures)


def _digest() -> Digest:
    """Return an edition in which each word is in one item or two."""
    chance, digest = random.Random(1), harness.edition(items=ITEMS)
    words: dict[int, list[str]] = {item.position: [] for item in digest.items}
    for number in range(WORDS):
        for position in chance.sample(sorted(words), chance.choice((1, 2))):
            words[position].append(_word(number))
    items = tuple(
        replace(item, body=Text(f"{item.body.plain} {' '.join(words[item.position])}")) for item in digest.items
    )
    return replace(digest, items=items)


def _wanted(lists: int) -> dict[int, ContentPreferences]:
    chance, distinct = random.Random(2), set[frozenset[str]]()
    while len(distinct) < lists:
        count = chance.randint(1, MOST_WORDS_OF_A_LIST)
        distinct.add(frozenset(map(_word, chance.sample(range(WORDS), count))))
    return {
        number: ContentPreferences(muted_words=words) for number, words in enumerate(sorted(distinct, key=sorted), 1)
    }


def _word(number: int) -> str:
    return f"muted{number:03}"
