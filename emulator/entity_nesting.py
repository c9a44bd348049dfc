"""Normalise overlapping entities into the nesting Telegram stores, and limit their number.

tdlib 1.8.66 (MessageEntity.cpp) has three families: *splittable* ones (bold, italic, underline, strikethrough, spoiler)
are cut at the borders of the others; *block quotes* may contain other entities but no quotes; all others contain only
splittable ones, and code contains nothing.
"""

from collections.abc import Iterable
from functools import cache

from emulator.models import MessageEntity

MAX_ENTITIES = 100
SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
_SPLITTABLE = frozenset(SPLITTABLE)
_NO_TYPES: frozenset[str] = frozenset()
QUOTES = ("blockquote", "expandable_blockquote")
CODE = ("pre", "code")
_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}


def _sort_key(entity: MessageEntity) -> tuple[int, int, int]:
    return entity.offset, -entity.length, _PRIORITY.get(entity.type, 50)


def sort_entities(entities: Iterable[MessageEntity]) -> list[MessageEntity]:
    """Sort by offset, longer first, then by type."""
    return sorted(entities, key=_sort_key)


def normalize_nesting(entities: list[MessageEntity]) -> list[MessageEntity]:
    """Sort the entities and drop, cut and merge them until they nest as Telegram requires."""
    entities = sort_entities(entities)
    if _is_flat(entities) or _is_normalized(entities):
        return entities
    splittable = [entity for entity in entities if entity.type in SPLITTABLE]
    quotes = _without_overlaps(entity for entity in entities if entity.type in QUOTES)
    rest = _without_overlaps(
        entity for entity in entities if entity.type not in SPLITTABLE and entity.type not in QUOTES
    )
    others = sort_entities([*_without_border_crossings(rest, quotes), *quotes])
    return sort_entities([*others, *split_at_borders(splittable, others)])


def _is_flat(entities: list[MessageEntity]) -> bool:
    """Whether no entities overlap or touch, the common case."""
    end = -1
    for entity in entities:
        if entity.offset <= end:
            return False
        end = entity.offset + entity.length
    return True


def _is_normalized(entities: list[MessageEntity]) -> bool:
    """Whether sorted entities need no change. This runs for every new text, so it is one pass."""
    ends: dict[str, int] = {}
    parents: list[tuple[int, frozenset[str]]] = []  # end offset, and the types that enclose its content
    for entity in entities:
        start, kind = entity.offset, entity.type
        end = start + entity.length
        while parents and start >= parents[-1][0]:
            parents.pop()
        if parents and end > parents[-1][0]:
            return False
        around = _enclosing_types_inside(kind, parents[-1][1] if parents else _NO_TYPES)
        if around is None:
            return False
        if kind in _SPLITTABLE:
            if ends.get(kind, -1) >= start:
                return False  # touches an entity of its type: the two are merged
            ends[kind] = end
        parents.append((end, around))
    return True


@cache
def _enclosing_types_inside(kind: str, around: frozenset[str]) -> frozenset[str] | None:
    """Return the types enclosing the content of a `kind` entity inside `around`; None if the nesting is invalid."""
    if kind in around or not around.isdisjoint(CODE):
        return None
    if kind in _SPLITTABLE:
        allowed = around.isdisjoint(_SPLITTABLE)
    else:
        allowed = not around or (kind not in QUOTES and around.issubset(QUOTES))
    return around | {kind} if allowed else None


def _without_overlaps(entities: Iterable[MessageEntity]) -> list[MessageEntity]:
    kept: list[MessageEntity] = []
    for entity in entities:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _without_border_crossings(rest: list[MessageEntity], quotes: list[MessageEntity]) -> list[MessageEntity]:
    """Return the entities that lie completely inside or completely outside each quote."""
    return [entity for entity in rest if all(_inside(entity, quote) or entity.is_disjoint(quote) for quote in quotes)]


def _inside(entity: MessageEntity, quote: MessageEntity) -> bool:
    return quote.offset <= entity.offset and entity.end <= quote.end


def split_at_borders(splittable: list[MessageEntity], others: list[MessageEntity]) -> list[MessageEntity]:
    """Merge splittable entities of one type, cut them at all borders, and drop them inside code."""
    ranges = {kind: _merge_ranges(entity for entity in splittable if entity.type == kind) for kind in SPLITTABLE}
    code = [(entity.offset, entity.end) for entity in others if entity.type in CODE]
    borders = {border for entity in others for border in (entity.offset, entity.end)}
    starts = {start for kind in SPLITTABLE for start, _ in ranges[kind]}
    pieces = []
    for kind, spans in ranges.items():
        for start, end in spans:
            cuts = sorted(
                border for border in borders | _starts_of_others(starts, ranges[kind]) if start < border < end
            )
            for left, right in zip([start, *cuts], [*cuts, end], strict=True):
                if not any(first <= left and right <= last for first, last in code):
                    pieces.append(MessageEntity(kind, left, right - left))
    return sort_entities(pieces)


def _starts_of_others(starts: set[int], own: list[tuple[int, int]]) -> set[int]:
    return starts - {start for start, _ in own}


def _merge_ranges(entities: Iterable[MessageEntity]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for entity in entities:
        start, end = entity.offset, entity.end
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def limit_entities(entities: list[MessageEntity]) -> list[MessageEntity]:
    """Keep the first hundred entities as the server does, without an error.

    Splittable ones are dropped first; custom emoji do not count.
    """
    if len(entities) <= MAX_ENTITIES:
        return entities
    counted = [entity for entity in entities if entity.type not in SPLITTABLE and entity.type != "custom_emoji"][
        :MAX_ENTITIES
    ]
    emoji = [entity for entity in entities if entity.type == "custom_emoji"]
    splittable = split_at_borders([entity for entity in entities if entity.type in SPLITTABLE], [])
    return normalize_nesting([*counted, *emoji, *splittable[: MAX_ENTITIES - len(counted)]])
