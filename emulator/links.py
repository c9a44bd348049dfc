"""Normalise link URLs the way Telegram stores them (tdlib, LinkManager.cpp)."""

import re
from urllib.parse import urlsplit

_COMMON_URL = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?[/?#][!-~]*")


def normalize_url(url: str) -> str:
    """Return the URL with a scheme and a path; "" if it is not a valid link. Allows web, ftp, tg: and ton: links."""
    if _COMMON_URL.fullmatch(url):
        return url
    url = url.strip()
    if not url or any(character.isspace() for character in url):
        return ""
    scheme = url.split(":", 1)[0].lower() if ":" in url else ""
    if scheme in ("tg", "ton", "tonsite"):
        return url
    if "://" not in url:
        if scheme in ("javascript", "data", "mailto", "file"):
            return ""
        url = f"http://{url}"
    return _normalize_web_url(url)


def _normalize_web_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https", "ftp") or not _is_host(host):
        return ""
    return url if parts.path or parts.query or parts.fragment else f"{url}/"


def _is_host(host: str) -> bool:
    """Whether the host is a domain name with a dot or an IPv6 address."""
    return ("." in host.strip(".") and ".." not in host) or ":" in host
