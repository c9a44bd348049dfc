"""Which addresses Telegram makes a link of: it drops others without a word, so we never count on them."""

from __future__ import annotations

import re

from domain.chat.text import Style, Text

_LONGEST = 4096
_WEB = re.compile(
    r"https?://(?:[^\s/?#@]*@)?(?:[^\s/?#:@\[\]]*\.[^\s/?#:@\[\]]+|\[[0-9a-f:.]+\])(?::\d+)?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
_TELEGRAM = re.compile(r"tg://\S+", re.IGNORECASE)


def is_link(url: str) -> bool:
    """Whether the address can stand behind a text or a button: http, https (with a real host) or tg; at most 4 KiB."""
    if not url.isprintable() or len(url.encode()) > _LONGEST:
        return False
    return bool(_WEB.fullmatch(url) or _TELEGRAM.fullmatch(url))


def keep_links(text: Text) -> Text:
    """The text, with links only where Telegram would keep them."""
    if all(span.style is not Style.LINK or is_link(span.value) for span in text.spans):
        return text
    return Text(text.plain, tuple(span for span in text.spans if span.style is not Style.LINK or is_link(span.value)))
