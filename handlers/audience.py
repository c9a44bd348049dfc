"""To whom a broadcast goes: the screen of its segment, with the number beside each choice, and saved segments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.delivery.segment import EVERYBODY, AudienceKind, Segment
from domain.edition_day import parse_edition_day
from domain.subscription.preferences import category_id, category_key
from handlers.context import Context
from storage import segments
from views.digest_messages import digest_categories
from views.segments import DAYS, AudienceView, Choice, language_choices


async def view(segment: Segment, context: Context, *, shows_categories: bool = False) -> AudienceView:
    """Return the choices of a segment, each with the number of recipients that it would leave."""
    saved, names = await segments.saved(context.tx), await category_names(context)
    newest = await context.editions.newest()
    choices = [Choice("all", "all", EVERYBODY, segment.is_everybody)]
    words = [*(f"kind {kind}" for kind in AudienceKind), *(f"lang {code}" for code in language_choices())]
    words += [f"joined {days}" for days in DAYS] + [f"active {days}" for days in DAYS]
    if newest is not None and newest.date is not None:
        words += [f"had {newest.date}", f"missed {newest.date}"]
    if shows_categories:
        words = [f"cat {number}" for number in names]
    for word in words:
        chosen = await chosen_by(word, segment, context)
        if chosen is not None:
            is_on = len(chosen.conditions()) < len(segment.conditions())
            choices.append(Choice(word.partition(" ")[0], word, segment if is_on else chosen, is_on))
    choices += [
        Choice("saved", f"saved {n}", one.segment, one.segment == segment, one.name) for n, one in enumerate(saved)
    ]
    sizes = await segments.sizes(context.tx, [choice.segment for choice in choices], now=context.now)
    return AudienceView(
        segment=segment,
        choices=tuple(zip(choices, sizes, strict=True)),
        size=await segments.size(context.tx, segment, now=context.now),
        names=names,
        shows_categories=shows_categories,
    )


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
            return None if parse_edition_day(value) is None else (what, value)
    return None


async def category_names(context: Context) -> dict[str, str]:
    """Return the names of the newest edition's categories by their ids."""
    newest = await context.editions.newest()
    names = () if newest is None else digest_categories(newest)
    return {category_id(category_key(name)): name for name in names}
