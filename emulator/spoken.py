"""A text -> the entities Telegram finds in it by itself: commands, mentions, hashtags, cashtags, links, addresses.

The rules are those of tdlib's MessageEntity.cpp in outline: what people and bots write in these chats comes out the
same; the long list of top-level domains is cut to common ones, and card numbers are left alone.
"""

import re

from emulator.text import utf16_length
from emulator.values import Entity

_TLD = "com|org|net|io|dev|ai|cn|edu|gov|info|me|app|co|uk|de|jp|ru|fr|tv|news|xyz"
# Each kind: a cheap sign that one may be there, and the pattern. Earlier kinds win where two overlap.
_KINDS = tuple(
    (kind, re.compile(sign), re.compile(pattern, re.IGNORECASE))
    for kind, sign, pattern in (
        ("url", "://", r"(?<![A-Za-z0-9])(?:https?|ftp)://[^\s<>\"'«»]+"),
        ("email", "@", r"\b[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}\b"),
        (
            "url",
            r"\.[A-Za-z]{2}",
            rf"(?<![\w@/.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TLD})\b(?:[/?#][^\s<>\"'«»]*)?(?![@\w])",
        ),
        ("bot_command", "/[A-Za-z0-9_]", r"(?<![\w/.<>@])/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\w/<>])"),
        ("mention", "@[A-Za-z]", r"(?<![\w@/])@[a-z][a-z0-9_]{2,31}\b"),
        ("hashtag", "#", r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}"),
        ("cashtag", r"\$[A-Z]", r"(?<![\w$])\$(?-i:[A-Z]{1,8})(?![\w$])"),
    )
)
_AFTER_LINK = ".,:;!?)]}'…，。；：！？）】」』"


def find_entities(text: str) -> list[Entity]:
    """In order, none overlapping."""
    spans: list[tuple[int, int, str]] = []
    for kind, sign, pattern in _KINDS:
        if sign.search(text) is None:
            continue
        for match in pattern.finditer(text):
            start, piece = match.start(), match.group()
            end = start + len(piece.rstrip(_AFTER_LINK) if kind == "url" else piece)
            if all(end <= other[0] or other[1] <= start for other in spans):
                spans.append((start, end, kind))
    spans.sort()
    return [Entity(kind, utf16_length(text[:start]), utf16_length(text[start:end])) for start, end, kind in spans]


def merge_found(entities: list[Entity], found: list[Entity]) -> list[Entity]:
    """Add what was found where no code, link, mention or emoji of the bot stands already."""
    taken = [e for e in entities if e.type in ("pre", "code", "text_link", "text_mention", "custom_emoji")]
    return [*entities, *(new for new in found if all(_apart(new, old) for old in taken))]


def _apart(new: Entity, old: Entity) -> bool:
    return new.end <= old.offset or old.end <= new.offset
