"""Detect commands, mentions, hashtags, cashtags, links and e-mail addresses in a text, as Telegram's server does.

The rules simplify tdlib's MessageEntity.cpp: the list of top-level domains is limited to common ones, and bank cards
and phone numbers are not detected.
"""

import re

from emulator.models import MessageEntity
from emulator.text_cleaning import utf16_length

_TOP_LEVEL_DOMAINS = "com|org|net|io|dev|ai|cn|edu|gov|info|me|app|co|uk|de|jp|ru|fr|tv|news|xyz"
# Type, cheap pre-check and pattern of each detector. Where two results overlap, the earlier detector wins.
_DETECTORS = tuple(
    (kind, re.compile(precheck), re.compile(pattern, re.IGNORECASE))
    for kind, precheck, pattern in (
        ("url", "://", r"(?<![A-Za-z0-9])(?:https?|ftp)://[^\s<>\"'«»]+"),
        ("email", "@", r"\b[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}\b"),
        (
            "url",
            r"\.[A-Za-z]{2}",
            rf"(?<![\w@/.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TOP_LEVEL_DOMAINS})\b(?:[/?#][^\s<>\"'«»]*)?(?![@\w])",
        ),
        ("bot_command", "/[A-Za-z0-9_]", r"(?<![\w/.<>@])/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\w/<>])"),
        ("mention", "@[A-Za-z]", r"(?<![\w@/])@[a-z][a-z0-9_]{2,31}\b"),
        ("hashtag", "#", r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}"),
        ("cashtag", r"\$[A-Z]", r"(?<![\w$])\$(?-i:[A-Z]{1,8})(?![\w$])"),
    )
)
_TRAILING_LINK_PUNCTUATION = ".,:;!?)]}'…，。；：！？）】」』"


def detect_entities(text: str) -> list[MessageEntity]:
    """Return the detected entities in order, without overlaps."""
    spans: list[tuple[int, int, str]] = []
    for kind, precheck, pattern in _DETECTORS:
        if precheck.search(text) is None:
            continue
        for match in pattern.finditer(text):
            start, piece = match.start(), match.group()
            end = start + len(piece.rstrip(_TRAILING_LINK_PUNCTUATION) if kind == "url" else piece)
            if all(end <= other[0] or other[1] <= start for other in spans):
                spans.append((start, end, kind))
    spans.sort()
    return [
        MessageEntity(kind, utf16_length(text[:start]), utf16_length(text[start:end])) for start, end, kind in spans
    ]


def merge_detected(entities: list[MessageEntity], detected: list[MessageEntity]) -> list[MessageEntity]:
    """Add detected entities where the bot has set no code, link, mention or custom emoji."""
    taken = [e for e in entities if e.type in ("pre", "code", "text_link", "text_mention", "custom_emoji")]
    return [*entities, *(new for new in detected if all(new.is_disjoint(old) for old in taken))]
