"""Tell which addresses of the web Telegram refuses: a button with one refuses its whole message."""

from __future__ import annotations

import re

_PARTS = re.compile(r"https?://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)(?P<port>:[^/?#]*)?", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9.\-_!$,~*'();&+=\x80-\U0010ffff]|%[0-9a-f]{2})+", re.IGNORECASE)
_IPV6 = re.compile(r"\[[0-9a-f:.]+\]", re.IGNORECASE)
_MAX_PORT = 65_535


def is_refused_by_telegram(url: str) -> bool:
    """Whether Telegram refuses a web address for its host or port."""
    parts = _PARTS.match(url)
    if parts is None:
        return False
    pattern = _IPV6 if parts["host"].startswith("[") else _HOST
    return pattern.fullmatch(parts["host"]) is None or not _is_port(parts["port"])


def _is_port(port: str | None) -> bool:
    digits = port[1:] if port else "80"
    return digits.isascii() and digits.isdecimal() and len(digits.lstrip("0")) < 6 and 0 < int(digits) <= _MAX_PORT
