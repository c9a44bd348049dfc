"""Entities in any order and overlap -> entities that nest the way Telegram keeps them, and at most a hundred of them.

Three families (tdlib 1.8.66, MessageEntity.cpp): *splittable* ones (bold, italic, underline, strikethrough, spoiler)
are cut at the borders of the others; *block quotes* may hold others but not each other; all the rest hold nothing but
splittable ones, code not even those.
"""

from collections.abc import Iterable
from functools import cache

from emulator.values import Entity

MOST = 100
SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
_SPLITTABLE = frozenset(SPLITTABLE)
_NOTHING: frozenset[str] = frozenset()
QUOTES = ("blockquote", "expandable_blockquote")
CODE = ("pre", "code")
_PRIORITY = {
    "blockquote": 0, "expandable_blockquote": 0, "pre": 11, "code": 20, "text_link": 49, "text_mention": 49,
    "bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94, "custom_emoji": 99,
}  # fmt: skip


def _key(entity: Entity) -> tuple[int, int, int]:
    return entity.offset, -entity.length, _PRIORITY.get(entity.type, 50)


def sort_entities(entities: Iterable[Entity]) -> list[Entity]:
    """By beginning, the longer first, then by kind."""
    return sorted(entities, key=_key)


def arrange(entities: list[Entity]) -> list[Entity]:
    """Sort, and where the nesting is not as Telegram keeps it, drop, cut and join until it is."""
    entities = sort_entities(entities)
    if _flat(entities) or _valid(entities):
        return entities
    splittable = [entity for entity in entities if entity.type in SPLITTABLE]
    quotes = _without_overlaps(entity for entity in entities if entity.type in QUOTES)
    rest = _without_overlaps(
        entity for entity in entities if entity.type not in SPLITTABLE and entity.type not in QUOTES
    )
    others = sort_entities([*_fitting(rest, quotes), *quotes])
    return sort_entities([*others, *split(splittable, others)])


def _flat(entities: list[Entity]) -> bool:
    """The common case: nothing overlaps or touches."""
    end = -1
    for entity in entities:
        if entity.offset <= end:
            return False
        end = entity.offset + entity.length
    return True


def _valid(entities: list[Entity]) -> bool:
    """Whether nothing has to be cut, joined or dropped. They are sorted; each new text of a bot comes through here."""
    ends: dict[str, int] = {}
    parents: list[tuple[int, frozenset[str]]] = []  # where each ends, and the kinds that stand around what is inside
    for entity in entities:
        start, kind = entity.offset, entity.type
        end = start + entity.length
        while parents and start >= parents[-1][0]:
            parents.pop()
        if parents and end > parents[-1][0]:
            return False
        around = _within(kind, parents[-1][1] if parents else _NOTHING)
        if around is None:
            return False
        if kind in _SPLITTABLE:
            if ends.get(kind, -1) >= start:
                return False  # touches one of its kind: they become one
            ends[kind] = end
        parents.append((end, around))
    return True


@cache
def _within(kind: str, around: frozenset[str]) -> frozenset[str] | None:
    """The kinds around what stands in an entity inside these; None where something has to be cut or dropped."""
    if kind in around or not around.isdisjoint(CODE):
        return None
    if kind in _SPLITTABLE:
        allowed = around.isdisjoint(_SPLITTABLE)
    else:
        allowed = not around or (kind not in QUOTES and around.issubset(QUOTES))
    return around | {kind} if allowed else None


def _without_overlaps(entities: Iterable[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for entity in entities:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _fitting(rest: list[Entity], quotes: list[Entity]) -> list[Entity]:
    """Those that stand wholly inside a quote or wholly outside of all."""
    return [entity for entity in rest if all(_inside(entity, quote) or _apart(entity, quote) for quote in quotes)]


def _inside(entity: Entity, quote: Entity) -> bool:
    return quote.offset <= entity.offset and entity.end <= quote.end


def _apart(entity: Entity, quote: Entity) -> bool:
    return entity.end <= quote.offset or quote.end <= entity.offset


def split(splittable: list[Entity], others: list[Entity]) -> list[Entity]:
    """Join what touches or overlaps of one kind, cut it at every border of the others and of its like, drop it inside
    code.
    """
    ranges = {kind: _joined(entity for entity in splittable if entity.type == kind) for kind in SPLITTABLE}
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
                    pieces.append(Entity(kind, left, right - left))
    return sort_entities(pieces)


def _starts_of_others(starts: set[int], own: list[tuple[int, int]]) -> set[int]:
    return starts - {start for start, _ in own}


def _joined(entities: Iterable[Entity]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for entity in entities:
        start, end = entity.offset, entity.end
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def at_most_hundred(entities: list[Entity]) -> list[Entity]:
    """What the server keeps: all but the splittable ones are counted first, then those.

    Custom emoji are not counted. No error is given.
    """
    if len(entities) <= MOST:
        return entities
    counted = [entity for entity in entities if entity.type not in SPLITTABLE and entity.type != "custom_emoji"][:MOST]
    emoji = [entity for entity in entities if entity.type == "custom_emoji"]
    splittable = split([entity for entity in entities if entity.type in SPLITTABLE], [])
    return arrange([*counted, *emoji, *splittable[: MOST - len(counted)]])
