"""A text -> the entities Telegram finds in it by itself: commands, mentions, hashtags, cashtags, links, e-mail addresses.

The rules are those of tdlib's MessageEntity.cpp in outline: what a person or a bot can write in these chats comes out the same; the long
list of top-level domains is cut to common ones.
"""

import re

from emulator.nesting import Entity, end_of
from emulator.text import utf16_length

_FOUND = re.compile(
    r"(?P<url>\b(?:https?|ftp)://[^\s<>\"'«»]+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|ai|cn|edu|gov|info|me|app|co|uk|de|jp|ru|fr)\b(?:/[^\s<>\"'«»]*)?(?![@\w]))"
    r"|(?P<email>\b[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}\b)"
    r"|(?<![\w/.<>@])(?P<bot_command>/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?)(?![\w/<>])"
    r"|(?<![\w@/])(?P<mention>@[a-z][a-z0-9_]{2,31})\b"
    r"|(?<![\w#])(?P<hashtag>#(?=\w*[^\W\d])\w{1,256})"
    r"|(?<![\w$])(?P<cashtag>\$[A-Z]{1,8})\b(?!\$)",
    re.IGNORECASE,
)
_QUICK = re.compile(r"[/@#$.]")


def find_entities(text: str) -> list[Entity]:
    """In order, none overlapping."""
    if _QUICK.search(text) is None:
        return []
    found = []
    for match in _FOUND.finditer(text):
        kind = match.lastgroup or ""
        piece = match.group()
        if kind == "url":
            piece = piece.rstrip(".,:;!?)]}'…，。；：！？）】」』")
        if kind == "cashtag" and not piece[1:].isupper():
            continue
        found.append({"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(piece)})
    return found


def merge_found(entities: list[Entity], found: list[Entity]) -> list[Entity]:
    """Add what was found where no code, link, mention or emoji of the bot stands already."""
    taken = [e for e in entities if e["type"] in ("pre", "code", "text_link", "text_mention", "custom_emoji")]
    return [
        *entities,
        *(new for new in found if all(end_of(new) <= old["offset"] or end_of(old) <= new["offset"] for old in taken)),
    ]
