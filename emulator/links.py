"""A link as written -> as Telegram keeps it, or nothing. Pure."""

import re
from urllib.parse import urlsplit

_COMMON = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?[/?#][!-~]*")


def checked_url(url: str) -> str:
    """With a scheme and a path; "" when it is no link. tg: and ton: pass, other schemes do not."""
    if _COMMON.fullmatch(url):
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
    return _checked_web(url)


def _checked_web(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https", "ftp") or not _is_host(host):
        return ""
    return url if parts.path or parts.query or parts.fragment else f"{url}/"


def _is_host(host: str) -> bool:
    """A name with a dot, or an address."""
    return ("." in host.strip(".") and ".." not in host) or ":" in host
