"""Links to a topic of a forum, or to a message in one, as Telegram's apps copy them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINK = re.compile(r"(?:https?://)?t(?:elegram)?\.me/c/(\d{1,13})/(\d{1,15})(?:/\d{1,15})?/?(?:\?\S*)?", re.ASCII)

_SUPERGROUP_PREFIX = "-100"

GENERAL_TOPIC = 1
"""Thread id of the topic General; Telegram takes no message with it (telegram-bot-api, message thread not found)."""


@dataclass(frozen=True, slots=True)
class TopicLink:
    """A topic of a supergroup; None is the topic General."""

    chat_id: int
    topic_id: int | None


def parse_topic_link(text: str) -> TopicLink | None:
    """Return the topic that a link leads to; None for other texts."""
    match = _LINK.fullmatch(text.strip())
    if match is None:
        return None
    topic_id = int(match[2])
    return TopicLink(int(_SUPERGROUP_PREFIX + match[1]), None if topic_id == GENERAL_TOPIC else topic_id)
