"""To whom a broadcast goes: the screens of its segment, with the number beside each choice, and saved segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.chat.i18n import LANGUAGES
from domain.delivery.segment import (
    EVERYBODY,
    AudienceKind,
    EditionTitles,
    Segment,
    SentEdition,
    parse_sent_edition,
)
from domain.subscription.preferences import category_id, category_key
from handlers.context import Context
from storage import edition_texts, retention, segments
from views.digest_messages import digest_categories
from views.segments import (
    DAYS,
    EDITIONS_PER_PAGE,
    AudienceView,
    EditionsView,
    SegmentChoice,
    SegmentNames,
    language_choices,
)


async def view(segment: Segment, context: Context, *, shows_categories: bool = False) -> AudienceView:
    """Return the choices of a segment, each with the number of recipients that it would leave."""
    saved, categories = await segments.saved(context.tx), await category_names(context)
    newest, listed = await context.editions.newest(), await _listed_editions(context)
    choices = [SegmentChoice("all", "all", EVERYBODY, segment.is_everybody)]
    words = [*(f"kind {kind}" for kind in AudienceKind), *(f"lang {code}" for code in language_choices())]
    words += [f"joined {days}" for days in DAYS] + [f"active {days}" for days in DAYS]
    if newest is not None and newest.date in [edition.day for edition in listed]:
        words += [f"had {newest.date}", f"missed {newest.date}"]
    if shows_categories:
        words = [f"cat {number}" for number in categories]
    choices += [choice for word in words if (choice := await _choice(word, segment, context))]
    choices += [
        SegmentChoice("saved", f"saved {n}", one.segment, one.segment == segment, one.name)
        for n, one in enumerate(saved)
    ]
    sizes = await segments.sizes(context.tx, [choice.segment for choice in choices], now=context.now)
    named = [segment, *(one.segment for one in saved)]
    return AudienceView(
        segment=segment,
        choices=tuple(zip(choices, sizes, strict=True)),
        size=await segments.size(context.tx, segment, now=context.now),
        names=SegmentNames(categories, await segments.forgotten_editions(context.tx, named, now=context.now)),
        shows_categories=shows_categories,
        has_editions=bool(listed),
    )


async def editions_view(verb: str, words: str, segment: Segment, context: Context) -> EditionsView:
    """Return a page of the editions that recipients `had` or `missed`, as the verb says, with the number of each.

    `words` are those of the pressed button: the number of a page, or what was chosen on it.
    """
    listed = [(edition, sent) for edition in await _listed_editions(context) for sent in _ways_sent(edition)]
    pages = max(1, -(-len(listed) // EDITIONS_PER_PAGE))
    page = int(words) if words.isdecimal() else _page_of(words or getattr(segment, verb) or "", listed)
    page = min(page, pages - 1)
    shown = listed[page * EDITIONS_PER_PAGE :][:EDITIONS_PER_PAGE]
    by_edition: list[dict[str, Any]] = [{verb: str(sent)} for _, sent in shown]
    changed = [replace(segment, **condition) for condition in by_edition]
    size, *sizes = await segments.sizes(context.tx, [segment, *changed], now=context.now)
    return EditionsView(
        verb=verb,
        segment=segment,
        size=size,
        editions=tuple((edition, sent, count) for (edition, sent), count in zip(shown, sizes, strict=True)),
        names=await segment_names(context, segment),
        page=page,
        pages=pages,
    )


def _ways_sent(edition: EditionTitles) -> list[SentEdition]:
    """Return an edition as it went to all, and if its texts are in several languages, to the readers of each."""
    of_languages = LANGUAGES if edition.has_variants else ()
    return [SentEdition(edition.day), *(SentEdition(edition.day, language) for language in of_languages)]


def _page_of(name: str, listed: Sequence[tuple[EditionTitles, SentEdition]]) -> int:
    """Return the page on which an edition stands; the first for one that is not listed."""
    return next((n // EDITIONS_PER_PAGE for n, (_, sent) in enumerate(listed) if str(sent) == name), 0)


async def _listed_editions(context: Context) -> list[EditionTitles]:
    """Return the editions of which it is still kept who had them."""
    return await edition_texts.titles_since(context.tx, context.now - retention.KEPT, now=context.now)


async def _choice(words: str, segment: Segment, context: Context) -> SegmentChoice | None:
    chosen = await chosen_by(words, segment, context)
    if chosen is None:
        return None
    is_on = len(chosen.conditions()) < len(segment.conditions())
    return SegmentChoice(words.partition(" ")[0], words, segment if is_on else chosen, is_on)


async def chosen_by(words: str, segment: Segment, context: Context) -> Segment | None:
    """Return the segment after the press on a choice; a choice that holds is taken back. None for an unknown one."""
    what, _, value = words.partition(" ")
    if what == "all":
        return EVERYBODY
    if what == "saved":
        saved = await segments.saved(context.tx)
        return saved[int(value)].segment if value.isdecimal() and int(value) < len(saved) else None
    condition = await _condition(what, value, context)
    if condition is None:
        return None
    name, wanted = condition
    changes: dict[str, Any] = {name: getattr(EVERYBODY, name) if getattr(segment, name) == wanted else wanted}
    return replace(segment, **changes)


async def _condition(what: str, value: str, context: Context) -> tuple[str, object] | None:
    """Return the field of a segment that a choice is about, and its value."""
    match what:
        case "kind" if value in list(AudienceKind):
            return "kind", AudienceKind(value)
        case "lang" if value in language_choices():
            return "language", value
        case "cat":
            name = (await category_names(context)).get(value)
            return None if name is None else ("category", category_key(name))
        case "joined" | "active" if value in map(str, DAYS):
            return f"{what}_days", int(value)
        case "had" | "missed":
            edition = parse_sent_edition(value)
            return None if edition is None else (what, str(edition))
    return None


async def segment_names(context: Context, segment: Segment, *, at: datetime | None = None) -> SegmentNames:
    """Return what describes a segment; `at` is the instant that determines its recipients, None for now."""
    categories = await category_names(context) if segment.category else {}
    return SegmentNames(categories, await segments.forgotten_editions(context.tx, [segment], now=at or context.now))


async def category_names(context: Context) -> dict[str, str]:
    """Return the names of the newest edition's categories by their ids."""
    newest = await context.editions.newest()
    names = () if newest is None else digest_categories(newest)
    return {category_id(category_key(name)): name for name in names}
