"""Clean a message text and adjust its entities the way Telegram's server does.

The steps follow tdlib 1.8.66, MessageEntity.cpp: check offsets -> drop empty entities -> normalise nesting -> clean
characters -> trim trailing and leading blanks. Entity offsets and lengths are UTF-16 units throughout.
"""

import re
from bisect import bisect_left

from msgspec.structs import replace

from emulator.entity_nesting import normalize_nesting, sort_entities
from emulator.errors import BadRequest
from emulator.models import MessageEntity

MAX_OFFSET = 1_000_000
_UNCLEAN = re.compile(
    "[\x00-\x09\x0b-\x1f\u0333\u033f\u030a\u2028-\u202e\u200e\u200f]"
)  # union of the next three patterns
_DELETED = re.compile("[\r\u0333\u033f\u030a\u2028-\u202e]")
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_DIRECTION_RUN = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
_SURROGATE_PAIR = re.compile("[\U00010000-\U0010ffff]")
_BLANK = re.compile(  # characters that display nothing
    "[ \n\xa0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc\U000e0000-\U000e007f]*"
)


def utf16_length(text: str) -> int:
    """Return the length in UTF-16 units, in which Telegram counts offsets."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_blank(text: str) -> bool:
    """Whether the text displays nothing."""
    return _BLANK.fullmatch(text) is not None


def clean_text(text: str, entities: list[MessageEntity]) -> tuple[str, list[MessageEntity]]:
    """Return the text and entities as Telegram stores them. Raises BadRequest for invalid offsets."""
    entities = _validate_offsets(entities)
    if entities:
        entities = normalize_nesting(entities)
        _check_bounds(text, entities)
    cleaned, entities = _clean_characters(text, entities)
    if len(cleaned) != len(text):
        entities = normalize_nesting(entities)
    return _trim(cleaned, entities)


def _validate_offsets(entities: list[MessageEntity]) -> list[MessageEntity]:
    for entity in entities:
        if not 0 <= entity.offset <= MAX_OFFSET:
            raise BadRequest(f"receive an entity with incorrect offset {entity.offset}")
        if not 0 <= entity.length <= MAX_OFFSET:
            raise BadRequest(f"receive an entity with incorrect length {entity.length}")
    return [entity for entity in entities if entity.length > 0]


def _check_bounds(text: str, entities: list[MessageEntity]) -> None:
    """Raise BadRequest for the first entity that begins or ends inside a character or after the text."""
    length = utf16_length(text)
    invalid_offsets = _offsets_inside_pairs(text) if length > len(text) else frozenset()
    for entity in entities:
        start = entity.offset
        end = start + entity.length
        if end > length or (invalid_offsets and (start in invalid_offsets or end in invalid_offsets)):
            raise BadRequest(_bounds_error(text, start, end, invalid_offsets))


def _bounds_error(text: str, start: int, end: int, invalid_offsets: frozenset[int]) -> str:
    length = utf16_length(text)
    if start in invalid_offsets:
        return f"entity begins in a middle of a UTF-16 symbol at byte offset {_bytes_before(text, start + 1)}"
    if start > length:
        return f"entity begins after the end of the text at UTF-16 offset {start}"
    begins = f"entity beginning at UTF-16 offset {start} ends"
    if end in invalid_offsets:
        return f"{begins} in a middle of a UTF-16 symbol at byte offset {_bytes_before(text, end + 1)}"
    return f"{begins} after the end of the text at UTF-16 offset {end}"


def _offsets_inside_pairs(text: str) -> frozenset[int]:
    """Return the UTF-16 offsets between the halves of surrogate pairs."""
    return frozenset(
        match.start() + preceding_pairs + 1 for preceding_pairs, match in enumerate(_SURROGATE_PAIR.finditer(text))
    )


def _bytes_before(text: str, offset: int) -> int:
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * offset]
    return len(encoded.decode("utf-16-le", "ignore").encode())


def clean_characters(text: str) -> str:
    """Return the text with deleted characters left out, control characters as spaces, direction marks replaced."""
    text = _CONTROL.sub(" ", _DELETED.sub("", text))
    return _DIRECTION_RUN.sub(lambda run: "\u200c" * len(run.group()), text)


def _clean_characters(text: str, entities: list[MessageEntity]) -> tuple[str, list[MessageEntity]]:
    if _UNCLEAN.search(text) is None:
        return text, entities
    if entities and _DELETED.search(text):
        entities = _shift_over_deletions(text, entities)
    return clean_characters(text), entities


def _shift_over_deletions(text: str, entities: list[MessageEntity]) -> list[MessageEntity]:
    """Shift entities to account for deleted characters, each of which is one UTF-16 unit."""
    deleted_offsets = []
    pair_count = 0
    for match in re.finditer(f"{_SURROGATE_PAIR.pattern}|{_DELETED.pattern}", text):
        if match.group() >= "\U00010000":
            pair_count += 1
        else:
            deleted_offsets.append(match.start() + pair_count)
    shifted = []
    for entity in entities:
        start = entity.offset - bisect_left(deleted_offsets, entity.offset)
        end = entity.end - bisect_left(deleted_offsets, entity.end)
        if end > start:
            shifted.append(replace(entity, offset=start, length=end - start))
    return shifted


def _trim(text: str, entities: list[MessageEntity]) -> tuple[str, list[MessageEntity]]:
    """Strip spaces and line feeds from the end, and from the beginning up to the first entity."""
    shortened = text.rstrip(" \n")
    if len(shortened) < len(text) and entities:
        entities = _clip(entities, utf16_length(shortened))
    first = entities[0].offset if entities else len(shortened)
    leading = min(len(shortened) - len(shortened.lstrip(" \n")), first)
    if leading:
        entities = [replace(entity, offset=entity.offset - leading) for entity in entities]
    return shortened[leading:], entities


def _clip(entities: list[MessageEntity], length: int) -> list[MessageEntity]:
    if all(entity.offset + entity.length <= length for entity in entities):
        return entities
    inside = (entity for entity in entities if entity.offset < length)
    return sort_entities(replace(entity, length=min(entity.length, length - entity.offset)) for entity in inside)
