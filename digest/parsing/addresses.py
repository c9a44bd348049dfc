"""Mend addresses as editors write them, and tell which ones Telegram refuses: a button refuses its whole message."""

from __future__ import annotations

import re

_PARTS = re.compile(r"https?://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)(?P<port>:[^/?#]*)?", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9.\-_!$,~*'();&+=\x80-\U0010ffff]|%[0-9a-f]{2})+", re.IGNORECASE)
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]", re.IGNORECASE)
_MAX_PORT = 65_535
_WIDE_COLON = re.compile(r"^(https?)：//", re.IGNORECASE)
_SENTENCE_ENDS = "。，、；：！？"


def mend_address(url: str) -> str:
    """Return a link's address without what editors put in it: spaces, a full-width colon, the end of a sentence."""
    return _WIDE_COLON.sub(r"\1://", url.strip()).rstrip(_SENTENCE_ENDS).replace(" ", "%20")


def is_refused_by_telegram(url: str) -> bool:
    """Whether Telegram refuses a web address for its host or port, by the rules of tdlib."""
    parts = _PARTS.match(url)
    if parts is None:
        return False
    if not _is_port(parts["port"]):
        return True
    if parts["host"].startswith("["):
        return _IPV6.fullmatch(parts["host"]) is None
    return "." not in parts["host"] or _HOST.fullmatch(parts["host"]) is None


def _is_port(port: str | None) -> bool:
    digits = port[1:] if port else "80"
    return digits.isascii() and digits.isdecimal() and len(digits.lstrip("0")) < 6 and 0 < int(digits) <= _MAX_PORT
