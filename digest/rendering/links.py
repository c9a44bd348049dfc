"""Decide which addresses Telegram links; it silently drops the others, so some of them are written out."""

from __future__ import annotations

import re
from urllib.parse import unquote

from digest.parsing.addresses import is_refused_by_telegram
from domain.chat.text import Style, Text, concat

_MAX_URL_BYTES = 4096
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_TELEGRAM = re.compile(r"tg://\S+", re.IGNORECASE)


def is_linkable(url: str) -> bool:
    """Whether Telegram links the address: http or https with a real host, or tg; at most 4 KiB."""
    if not url.isprintable() or len(url.encode()) > _MAX_URL_BYTES:
        return False
    return bool((_WEB.fullmatch(url) and not is_refused_by_telegram(url)) or _TELEGRAM.fullmatch(url))


def address_in_words(url: str) -> str:
    """Return the address of a mailbox, phone or file server, which Telegram does not link, as it is written in a text.

    "" for all other addresses.
    """
    if url.lower().startswith("ftp://"):
        return url if url.isprintable() else ""
    scheme, _, address = url.partition(":")
    plain = unquote(address.partition("?")[0])
    return plain if scheme.lower() in ("mailto", "tel") and plain.isprintable() else ""


def drop_unlinkable(text: Text) -> Text:
    """Remove the links that Telegram would drop; the address of a mailbox or phone stands behind its words instead."""
    dropped = [span for span in text.spans if span.style is Style.LINK and not is_linkable(span.value)]
    if not dropped:
        return text
    kept = Text(text.plain, tuple(span for span in text.spans if span not in dropped))
    parts: list[Text | str] = []
    at = 0
    for span in dropped:
        address = address_in_words(span.value)
        if address and address not in text.plain[span.start : span.end] and span.end >= at:
            parts += [kept[at : span.end], f" ({address})"]
            at = span.end
    return concat((*parts, kept[at:])) if parts else kept
