"""Searching past editions: /search, words that are found in them, and the pages of results."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.chat.action import Action
from domain.chat.commands import CommandName
from domain.chat.event import ANONYMOUS_ADMINISTRATOR_ID
from domain.search_tokens import MAX_SEARCH_CHARACTERS, search_phrases, searched_characters, split_words
from domain.subscription.preferences import category_id, category_key
from handlers.context import Context
from handlers.input.intents import Intent
from handlers.input.search_words import parse_search_words
from handlers.request import Request, reply_text, reply_with
from storage import item_index, searches
from storage.database import Tx
from storage.item_index import MAX_RESULTS, Found, ItemSearch
from storage.searches import Search, Searcher
from views.refusals import button_expired
from views.search import (
    LAST_DAYS,
    PAGE_ITEMS,
    ResultsView,
    SearchedDays,
    SearchPage,
    not_your_search,
    nothing_found_message,
    nothing_on_these_days_message,
    parse_search_page,
    results_message,
    search_categories_message,
    search_prompt,
)

MIN_SEARCH_CHARACTERS = 2
"""Shortest text that is searched for although nobody has asked to search."""


async def search_intent(text: str, context: Context) -> Intent | None:
    """Return the intent to search for a text that means nothing else, or None if no edition has its words."""
    if len(text) > MAX_SEARCH_CHARACTERS or searched_characters(text) < MIN_SEARCH_CHARACTERS:
        return None
    language = context.subscriber.preferences.language
    for words in (text, *split_words(text)):
        search = ItemSearch(phrases=search_phrases(words), language=language)
        if (await item_index.find(context.tx, search, now=context.now, count=1)).items:
            return Intent(CommandName.SEARCH, words)
    return None


async def search(request: Request, context: Context) -> list[Action]:
    """Search the published editions for the words, and store these for the buttons of the results."""
    typed = parse_search_words(request.arguments[:MAX_SEARCH_CHARACTERS], context.today)
    if not search_phrases(typed.words):
        return reply_with(request, search_prompt(context.translate, is_private=request.origin.chat.is_private))
    asked = Search(words=typed.words, since=typed.since, until=typed.until)
    span = SearchedDays.TYPED if asked.since or asked.until else SearchedDays.ALL
    everywhere = () if span is SearchedDays.ALL else ((SearchedDays.ALL, nothing_on_these_days_message),)
    for searched, show in ((span, results_message), *everywhere):
        stored, first = await _find_first(context, asked, searched)
        if first.items:
            page = SearchPage(search_id=await searches.add(context.tx, searcher(request), stored), span=span)
            return reply_with(request, show(_view(stored, page, first), context.translate))
    return reply_with(request, nothing_found_message(asked.words, context.translate))


async def _find_first(context: Context, asked: Search, span: SearchedDays) -> tuple[Search, Found]:
    """Return the first page of a search, and its words as they are found: two of them if none has them joined."""
    for words in (asked.words, *split_words(asked.words)):
        stored = replace(asked, words=words)
        first = await _find(context, stored, SearchPage(search_id=0, span=span))
        if first.items:
            return stored, first
    return asked, Found()


async def results(request: Request, context: Context) -> list[Action]:
    """Show another page of a search, or the categories to narrow it to."""
    arguments, chooses = request.arguments.removesuffix(" c"), request.arguments.endswith(" c")
    page = parse_search_page(arguments)
    if page is None:
        return reply_text(request, button_expired(context.translate))
    stored = await find_search(context.tx, request, page.search_id)
    if stored is None:
        return reply_text(request, not_your_search(context.translate))
    return await (_choose_category if chooses else _show)(request, context, stored, page)


async def _show(request: Request, context: Context, stored: Search, page: SearchPage) -> list[Action]:
    shown = await _find(context, stored, page)
    if not shown.items and page.page > 1:  # fewer items are found than when the button was made
        page = replace(page, page=1)
        shown = await _find(context, stored, page)
    return reply_with(request, results_message(_view(stored, page, shown), context.translate))


async def _choose_category(request: Request, context: Context, stored: Search, page: SearchPage) -> list[Action]:
    """Show the categories of all that is found without regard to them."""
    everything = await _find(context, stored, replace(page, page=1, category=""), count=MAX_RESULTS)
    return reply_with(request, search_categories_message(_view(stored, page, everything), context.translate))


async def _find(context: Context, stored: Search, page: SearchPage, *, count: int = PAGE_ITEMS) -> Found:
    since, until = {
        SearchedDays.TYPED: (stored.since, stored.until),
        SearchedDays.ALL: (None, None),
        SearchedDays.LAST: (context.today - timedelta(days=LAST_DAYS), None),
    }[page.span]
    wanted = ItemSearch(
        phrases=search_phrases(stored.words),
        since=since,
        until=until,
        category=page.category,
        language=context.subscriber.preferences.language,
    )
    start = max(0, page.page - 1) * PAGE_ITEMS
    return await item_index.find(context.tx, wanted, now=context.now, start=start, count=count)


def _view(stored: Search, page: SearchPage, found: Found) -> ResultsView:
    names = [name for item in found.items for name in item.categories]
    category = next((name for name in names if category_id(category_key(name)) == page.category), "")
    return ResultsView(
        page=page,
        words=stored.words,
        since=stored.since,
        until=stored.until,
        results=found.items,
        total=found.total,
        most=MAX_RESULTS,
        category=category,
    )


def searcher(request: Request) -> Searcher:
    """Return who searches here."""
    return Searcher(chat_id=request.origin.chat.id, user_id=request.origin.user.id)


async def find_search(tx: Tx, request: Request, search_id: int) -> Search | None:
    """Return a search of this person here, or of an anonymous administrator: the dispatcher asks for rights then."""
    own = await searches.get(tx, searcher(request), search_id)
    return own or await find_anonymous_search(tx, request, search_id)


async def find_anonymous_search(tx: Tx, request: Request, search_id: int) -> Search | None:
    """Return a search of an anonymous administrator of this group."""
    anonymous = Searcher(chat_id=request.origin.chat.id, user_id=ANONYMOUS_ADMINISTRATOR_ID)
    return await searches.get(tx, anonymous, search_id)
