"""Decide which addresses Telegram links; it silently drops the others."""

from __future__ import annotations

import re

from digest.parsing.addresses import is_refused_by_telegram
from domain.chat.text import Style, Text

_MAX_URL_BYTES = 4096
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_TELEGRAM = re.compile(r"tg://\S+", re.IGNORECASE)


def is_linkable(url: str) -> bool:
    """Whether Telegram links the address: http or https with a real host, or tg; at most 4 KiB."""
    if not url.isprintable() or len(url.encode()) > _MAX_URL_BYTES:
        return False
    return bool((_WEB.fullmatch(url) and not is_refused_by_telegram(url)) or _TELEGRAM.fullmatch(url))


def drop_unlinkable(text: Text) -> Text:
    """Remove the links that Telegram would drop."""
    if all(span.style is not Style.LINK or is_linkable(span.value) for span in text.spans):
        return text
    return Text(
        text.plain, tuple(span for span in text.spans if span.style is not Style.LINK or is_linkable(span.value))
    )
