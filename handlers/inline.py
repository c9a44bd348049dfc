"""Inline mode: `@bot words` finds items in any chat; without words it offers those of the newest edition."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from digest.model import Item
from domain.chat.action import Action, InlineAnswer
from domain.chat.event import InlineQuery
from domain.search_tokens import search_phrases, split_words
from handlers import access
from handlers.context import PublishedEditions, Services
from storage import bots, item_index
from storage.database import Tx
from storage.item_index import Found, ItemSearch
from views.inline import invited_only_label, item_article, nothing_found_label

RESULTS_PER_ANSWER = 10

_OFFSET = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class _Results:
    """Items with their days, and how many there are in all."""

    items: Sequence[tuple[date, Item]]
    total: int


async def answer_inline_query(tx: Tx, query: InlineQuery, services: Services, now: datetime) -> list[Action]:
    """Answer with some of the items that are found. Nothing is stored about the person."""
    language = services.language_of(query.origin.user)
    translate = services.translations.translator(language)
    if not await access.may_read(tx, query.origin.user.id, services):
        label = invited_only_label(translate)
        return [InlineAnswer(query_id=query.query_id, articles=(), button_text=label, button_opens="open")]
    if query.offset and not _OFFSET.fullmatch(query.offset):
        return [InlineAnswer(query_id=query.query_id, articles=())]
    start = int(query.offset or 0)
    editions = PublishedEditions(tx, now, language=language)
    is_search = bool(search_phrases(query.words))
    results = await (_find(tx, query, editions, start) if is_search else _newest(editions, start))
    username = await bots.username(tx)
    articles = tuple(item_article(day, item, translate, username=username) for day, item in results.items)
    end = start + RESULTS_PER_ANSWER
    newest = None if articles or start else await editions.newest()
    return [
        InlineAnswer(
            query_id=query.query_id,
            articles=articles,
            next_offset=str(end) if end < results.total else "",
            button_text=nothing_found_label(translate) if newest is not None else "",
            button_opens=f"d_{newest.date}" if newest is not None else "",
        )
    ]


async def _find(tx: Tx, query: InlineQuery, editions: PublishedEditions, start: int) -> _Results:
    items, found = [], Found()
    for words in (query.words, *split_words(query.words)):
        search = ItemSearch(phrases=search_phrases(words), language=editions.language)
        found = await item_index.find(tx, search, now=editions.now, start=start, count=RESULTS_PER_ANSWER)
        if found.items:
            break
    for place in found.items:
        digest = await editions.of_day(place.day)
        items += [(place.day, item) for item in (digest.items if digest else ()) if item.position == place.position]
    return _Results(items, found.total)


async def _newest(editions: PublishedEditions, start: int) -> _Results:
    digest = await editions.newest()
    if digest is None or digest.date is None:
        return _Results((), 0)
    shown = digest.items[start : start + RESULTS_PER_ANSWER]
    return _Results([(digest.date, item) for item in shown], len(digest.items))
