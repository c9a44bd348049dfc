"""What a search has found: a page of results, and the categories that it can be narrowed to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from digest.model import FoundItem
from digest.rendering.links import is_linkable
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator
from domain.chat.message import Button, Keyboard, Message, chunk_rows
from domain.chat.text import Text, bold, concat, format_text, join, link
from domain.chinese_scripts import simplified
from domain.subscription.preferences import category_id, category_key
from views.dates import format_full_day
from views.digest_passages import format_item_count, shortened
from views.examples import with_examples
from views.shortening import cut_to_width

PAGE_ITEMS = 5
LAST_DAYS = 30
MAX_PAGES = 99

_EXCERPT_COLUMNS = 96
_CHARACTERS_BEFORE = 12
_HEADLINE_CHARACTERS = 120
_SHOWN_WORDS_CHARACTERS = 60
_CATEGORY_BUTTONS = 20
_CATEGORY_LABEL_CHARACTERS = 24


class SearchedDays(StrEnum):
    """Which days a search goes over; the value is what a button carries."""

    TYPED = "t"  # as the words say
    ALL = "a"
    LAST = "m"  # the last `LAST_DAYS` days


_ARGUMENTS = re.compile(r"([0-9]{1,15}) ([0-9]{1,2}) ([tam]) ([0-9a-f]{10}|-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of a stored search: what its buttons carry. `category` is an id, '' for all."""

    search_id: int
    page: int = 1
    span: SearchedDays = SearchedDays.ALL
    category: str = ""

    @property
    def arguments(self) -> str:
        return f"{self.search_id} {self.page} {self.span} {self.category or '-'}"


def parse_search_page(arguments: str) -> SearchPage | None:
    """Return the page that a button carries, or None if the bot has never made such a button."""
    match = _ARGUMENTS.fullmatch(arguments)
    if match is None:
        return None
    category = "" if match[4] == "-" else match[4]
    return SearchPage(search_id=int(match[1]), page=int(match[2]), span=SearchedDays(match[3]), category=category)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsView:
    """A page of results with what was searched for. `total` is cut off at `most`; `category` is shown, '' for all."""

    page: SearchPage
    words: str
    since: date | None
    until: date | None
    results: Sequence[FoundItem]
    total: int
    most: int
    category: str = ""


def page_count(total: int) -> int:
    return max(1, min(MAX_PAGES, -(-total // PAGE_ITEMS)))


def results_message(view: ResultsView, translate: Translator) -> Message:
    """Return a page of results with buttons that open them, turn the page and narrow the search."""
    count = format_item_count(view.total, translate) + ("+" if view.total >= view.most else "")
    filters = [_days_label(view, translate)] if view.page.span is not SearchedDays.ALL else []
    filters += [f"📂 {shortened(view.category, _CATEGORY_LABEL_CHARACTERS)}"] if view.category else []
    heading = concat((bold(f"🔎 {_shown_words(view.words)}"), "\n", " · ".join([count, *filters])))
    first = (view.page.page - 1) * PAGE_ITEMS + 1
    lines = [_result(number, result, view.words, translate) for number, result in enumerate(view.results, first)]
    nothing = [Text(translate("Nothing here. Try all days or all categories."))]
    return Message(join("\n\n", [heading, *(lines or nothing)]), _keyboard(view, first, translate))


def search_categories_message(view: ResultsView, translate: Translator) -> Message:
    """Return the categories of what was found, to choose one."""
    counts = Counter(category_key(name) for result in view.results for name in set(result.categories))
    spellings = {category_key(name): name for result in view.results for name in result.categories}
    buttons = [
        _page_button(
            f"{shortened(spellings[key], _CATEGORY_LABEL_CHARACTERS)} · {count}",
            replace(view.page, page=1, category=category_id(key)),
        )
        for key, count in counts.most_common(_CATEGORY_BUTTONS)
    ]
    every = _page_button(f"📂 {translate('All categories')}", replace(view.page, page=1, category=""))
    text = concat((bold(f"🔎 {_shown_words(view.words)}"), "\n", translate("Only one category? Choose it:")))
    return Message(text, (*chunk_rows(buttons, 2), (every,)))


def nothing_found_message(words: str, translate: Translator) -> Message:
    """Say that no edition has these words."""
    text = translate("I've looked through every edition, but “{words}” isn't in any of them. Perhaps with fewer words?")
    return Message(format_text(text, {"words": _shown_words(words)}))


def nothing_on_these_days_message(view: ResultsView, translate: Translator) -> Message:
    """Say that the editions of the days that were asked for do not have the words, and offer all days."""
    heading = concat((bold(f"🔎 {_shown_words(view.words)}"), "\n", _days_label(view, translate)))
    text = translate("Nothing on these days, but other editions have it. Look at all days?")
    all_days = _page_button(translate("All days"), replace(view.page, span=SearchedDays.ALL))
    return Message(join("\n\n", [heading, Text(text)]), ((all_days,),))


def search_prompt(translate: Translator, *, is_private: bool) -> Message:
    """Ask what to search for."""
    text = translate("What shall I look for in all past editions? For example: `/search OpenAI`")
    if is_private:
        text += "\n" + translate("Or simply send me the words.")
    return Message(with_examples(text))


def back_to_results(page: SearchPage, translate: Translator) -> tuple[Button, ...]:
    """Return the row under an item that leads back to the results."""
    return (_page_button(f"🔎 {translate('Back to the results')}", page),)


def not_your_search(translate: Translator) -> str:
    return translate("This search is somebody else's, or too old by now. Simply search again.")


def _keyboard(view: ResultsView, first: int, translate: Translator) -> Keyboard:
    page, pages = view.page, page_count(view.total)
    numbers = tuple(
        button(str(number), CommandName.OPEN, result.day, result.position, page.arguments, target=ReplyTarget.IN_PLACE)
        for number, result in enumerate(view.results, first)
    )
    turns = [
        *([_page_button("◀", replace(page, page=page.page - 1))] if page.page > 1 else []),
        *([_page_button(f"{page.page} / {pages}", page)] if pages > 1 else []),
        *([_page_button("▶", replace(page, page=page.page + 1))] if page.page < pages else []),
    ]
    days = [
        *([_span_button(view, SearchedDays.TYPED, translate)] if view.since or view.until else []),
        _span_button(view, SearchedDays.ALL, translate),
        _span_button(view, SearchedDays.LAST, translate),
    ]
    category = translate("Category") if not view.category else shortened(view.category, _CATEGORY_LABEL_CHARACTERS)
    narrow = button(f"📂 {category}", CommandName.RESULTS, page.arguments, "c", target=ReplyTarget.IN_PLACE)
    return tuple(row for row in (numbers, tuple(turns), tuple(days), (narrow,)) if row)


def _span_button(view: ResultsView, span: SearchedDays, translate: Translator) -> Button:
    label = _days_label(replace(view, page=replace(view.page, span=span)), translate)
    mark = "✓ " if span is view.page.span else ""
    return _page_button(mark + label, replace(view.page, page=1, span=span))


def _page_button(label: str, page: SearchPage) -> Button:
    return button(label, CommandName.RESULTS, page.arguments, target=ReplyTarget.IN_PLACE)


def _days_label(view: ResultsView, translate: Translator) -> str:
    """Return which days are searched."""
    if view.page.span is SearchedDays.LAST:
        return translate("Last {n} days").format(n=LAST_DAYS)
    if view.page.span is SearchedDays.ALL or not (view.since or view.until):
        return translate("All days")
    since = format_full_day(view.since, translate) if view.since else ""
    until = format_full_day(view.until, translate) if view.until else ""
    if since and until:
        return f"{since} – {until}"
    return translate("Since {date}").format(date=since) if since else translate("Up to {date}").format(date=until)


def _result(number: int, result: FoundItem, words: str, translate: Translator) -> Text:
    """Return a result: its headline, its day, and the words around what was searched for."""
    plain = shortened(result.headline, _HEADLINE_CHARACTERS)
    headline = link(plain, result.url) if is_linkable(result.url) else bold(plain)
    details = [
        format_full_day(result.day, translate),
        *([excerpt] if (excerpt := _excerpt(result.body, words)) else []),
    ]
    return concat((f"{number}. ", headline, "\n", " · ".join(details)))


def _excerpt(body: str, words: str) -> str:
    """Return a piece of a body around the first of the words that is in it, else its beginning."""
    plain = " ".join(body.split())
    folded = simplified(plain.casefold())
    places = [folded.find(word) for word in simplified(words.casefold()).split()]
    at = min((place for place in places if place >= 0), default=0) if len(folded) == len(plain) else 0
    start = max(0, at - _CHARACTERS_BEFORE)
    if start:
        start = plain.find(" ", start, at) + 1 or start
    return ("…" if start else "") + cut_to_width(plain[start:].strip(), _EXCERPT_COLUMNS)


def _shown_words(words: str) -> str:
    return shortened(" ".join(Text(words).sanitized().plain.split()), _SHOWN_WORDS_CHARACTERS)
