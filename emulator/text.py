"""A text and its entities as the bot gave them -> as Telegram keeps them: cleaned, trimmed, in order, counted.

Offsets and lengths of entities are UTF-16 units throughout. The steps and their order are those of tdlib 1.8.66,
MessageEntity.cpp: offsets checked -> empty ones dropped -> nesting put right -> characters cleaned -> trailing and
leading blanks trimmed.
"""

import re
from bisect import bisect_left

from msgspec.structs import replace

from emulator.errors import BadRequest
from emulator.nesting import arrange, sort_entities
from emulator.values import Entity

FARTHEST = 1_000_000
_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\u0333\u033f\u030a\u2028-\u202e\u200e\u200f]")  # any of the three below
_DELETED = re.compile("[\r\u0333\u033f\u030a\u2028-\u202e]")
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_DIRECTION_RUN = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
_WIDE = re.compile("[\U00010000-\U0010ffff]")
_BLANK = re.compile(  # all that shows nothing
    "[ \n\xa0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc\U000e0000-\U000e007f]*"
)


def utf16_length(text: str) -> int:
    """UTF-16 units: what Telegram counts offsets in."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen."""
    return _BLANK.fullmatch(text) is not None


def clean(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """The whole way from what was sent to what is kept. Raises BadRequest for offsets that fit no character."""
    entities = _checked_offsets(entities)
    if entities:
        entities = arrange(entities)
        _check_bounds(text, entities)
    cleaned, entities = _clean_characters(text, entities)
    if len(cleaned) != len(text):
        entities = arrange(entities)
    return _trim(cleaned, entities)


def _checked_offsets(entities: list[Entity]) -> list[Entity]:
    for entity in entities:
        if not 0 <= entity.offset <= FARTHEST:
            raise BadRequest(f"receive an entity with incorrect offset {entity.offset}")
        if not 0 <= entity.length <= FARTHEST:
            raise BadRequest(f"receive an entity with incorrect length {entity.length}")
    return [entity for entity in entities if entity.length > 0]


def _check_bounds(text: str, entities: list[Entity]) -> None:
    """Raises BadRequest for the first entity that begins or ends inside a character or after the text."""
    length = utf16_length(text)
    middles = _middles(text) if length > len(text) else frozenset()
    for entity in entities:
        start = entity.offset
        end = start + entity.length
        if end > length or (middles and (start in middles or end in middles)):
            raise BadRequest(_bound_failure(text, start, end, middles))


def _bound_failure(text: str, start: int, end: int, middles: frozenset[int]) -> str:
    length = utf16_length(text)
    if start in middles:
        return f"entity begins in a middle of a UTF-16 symbol at byte offset {_bytes_before(text, start + 1)}"
    if start > length:
        return f"entity begins after the end of the text at UTF-16 offset {start}"
    begins = f"entity beginning at UTF-16 offset {start} ends"
    if end in middles:
        return f"{begins} in a middle of a UTF-16 symbol at byte offset {_bytes_before(text, end + 1)}"
    return f"{begins} after the end of the text at UTF-16 offset {end}"


def _middles(text: str) -> frozenset[int]:
    """UTF-16 offsets between the two halves of a pair."""
    return frozenset(found.start() + before + 1 for before, found in enumerate(_WIDE.finditer(text)))


def _bytes_before(text: str, offset: int) -> int:
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * offset]
    return len(encoded.decode("utf-16-le", "ignore").encode())


def _clean_characters(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    if _UNCLEAN.search(text) is None:
        return text, entities
    if entities and _DELETED.search(text):
        entities = _follow_deletions(text, entities)
    text = _CONTROL.sub(" ", _DELETED.sub("", text))
    return _DIRECTION_RUN.sub(lambda run: "\u200c" * len(run.group()), text), entities


def _follow_deletions(text: str, entities: list[Entity]) -> list[Entity]:
    """Move entities over deleted characters; all of those are one unit wide."""
    gone = []
    wide = 0
    for found in re.finditer(f"{_WIDE.pattern}|{_DELETED.pattern}", text):
        if found.group() >= "\U00010000":
            wide += 1
        else:
            gone.append(found.start() + wide)
    kept = []
    for entity in entities:
        start = entity.offset - bisect_left(gone, entity.offset)
        end = entity.end - bisect_left(gone, entity.end)
        if end > start:
            kept.append(replace(entity, offset=start, length=end - start))
    return kept


def _trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Blanks and line feeds go at the end, and at the beginning up to the first entity."""
    shortened = text.rstrip(" \n")
    if len(shortened) < len(text) and entities:
        entities = _clip(entities, utf16_length(shortened))
    first = entities[0].offset if entities else len(shortened)
    leading = min(len(shortened) - len(shortened.lstrip(" \n")), first)
    if leading:
        entities = [replace(entity, offset=entity.offset - leading) for entity in entities]
    return shortened[leading:], entities


def _clip(entities: list[Entity], length: int) -> list[Entity]:
    if all(entity.offset + entity.length <= length for entity in entities):
        return entities
    inside = (entity for entity in entities if entity.offset < length)
    return sort_entities(replace(entity, length=min(entity.length, length - entity.offset)) for entity in inside)
