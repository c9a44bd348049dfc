"""Normalise link URLs the way Telegram stores them (tdlib, LinkManager.cpp)."""

import re

_WEB_URL = re.compile(r"(?:https?|ftp)://(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)(?P<port>:[^/?#]*)?", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9.\-_!$,~*'();&+=\x80-\U0010ffff]|%[0-9a-f]{2})+", re.IGNORECASE)
_IPV6_HOST = re.compile(r"\[[0-9a-f:.]+\]", re.IGNORECASE)
_MAX_PORT = 65_535
_COMMON_URL = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?[/?#][!-~]*")


def normalize_url(url: str) -> str:
    """Return the URL with a scheme and a path; "" if it is not a valid link. Allows web, ftp, tg: and ton: links."""
    if _COMMON_URL.fullmatch(url) and not _host_error(url):
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


def find_url_error(url: str) -> str:
    """Return why a button with this URL is refused; "" if it is not (tdlib, HttpUrl.cpp)."""
    return "" if normalize_url(url) else _host_error(url) or "Wrong HTTP URL"


def _normalize_web_url(url: str) -> str:
    parts = _WEB_URL.match(url)
    if parts is None or _host_error(url) or not ("." in parts["host"] or parts["host"].startswith("[")):
        return ""
    return url if len(url) > parts.end() else f"{url}/"


def _host_error(url: str) -> str:
    """Return what is wrong with the host or the port of a URL with a scheme; "" if nothing is."""
    parts = _WEB_URL.match(url)
    if parts is None:
        return ""
    if parts["port"] is not None and not _is_port(parts["port"][1:]):
        return "Wrong port number"
    if parts["host"].startswith("["):
        return "" if _IPV6_HOST.fullmatch(parts["host"]) else "Wrong IPv6 URL host"
    return "" if _HOST.fullmatch(parts["host"]) else "Disallowed character in URL host"


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdecimal() and len(port.lstrip("0")) < 6 and 0 < int(port) <= _MAX_PORT
