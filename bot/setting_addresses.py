"""Parse the addresses among the settings: API_URL, WEBHOOK_URL and WEBHOOK_HOST, as setting_values does."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import partial
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from domain.chat.i18n import lazy_text

TELEGRAM_WEBHOOK_PORTS = (443, 80, 88, 8443)
LINK_LOCAL = lazy_text("an IPv6 address of one network link only (fe80::…, %eth0)")

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_TOKEN_PATH = re.compile(r"/bot(|token|[0-9]+:.*|[<{$].*)/*$", re.IGNORECASE)
_API_PATH = re.compile("(%[0-9A-Fa-f]{2}|[A-Za-z0-9._~/-])*")
_WEBHOOK_PATH = re.compile(r"/[A-Za-z0-9._~/-]*")


def parse_host(text: str) -> str:
    if text.startswith("[") and text.endswith("]"):
        raise ValueError(lazy_text("{text!r} is in brackets; write {host}", text=text, host=text[1:-1]))
    if is_link_local(text):
        raise ValueError(
            lazy_text(
                "{text!r} is {what}; write ::1, or :: for every address of this machine", text=text, what=LINK_LOCAL
            )
        )
    if is_host(text):
        return text
    raise ValueError(
        lazy_text("{text!r} is no address of this machine; write only the host, such as 127.0.0.1", text=text)
    )


def parse_api_url(text: str) -> str:
    def fail(what: str) -> NoReturn:
        raise ValueError(
            lazy_text("{text} {what}; write one such as https://api.telegram.org", text=_shown(text), what=what)
        )

    if _TOKEN_PATH.search(text):
        fail(lazy_text("ends with a token or /bot, which the bot adds itself"))
    url = _split_url(text, fail)
    if url.query or url.fragment or "?" in text or "#" in text:
        fail(lazy_text("has a part after ? or #"))
    if not _API_PATH.fullmatch(url.path):
        fail(lazy_text("has a path with other characters than A-Z a-z 0-9 . _ ~ / - and %41"))
    if url.scheme == "http" and is_telegram_server(text):
        fail(lazy_text("would send the token without encryption"))
    return text.rstrip("/")


def is_telegram_server(url: str) -> bool:
    """Return whether an address is of Telegram's own servers, not of an operator's."""
    return f".{urlsplit(url).hostname}".rstrip(".").endswith(".telegram.org")


def parse_webhook_url(text: str) -> str:
    fail = partial(_fail_webhook_url, text)
    url = _split_url(text, fail)
    if url.query or url.fragment or "?" in text or "#" in text:
        fail(lazy_text("has a part after ? or #"))
    if not _WEBHOOK_PATH.fullmatch(url.path):
        if not url.path:
            fail(lazy_text("has no path"))
        fail(lazy_text("has no path, or one with other characters than A-Z a-z 0-9 . _ ~ / -"))
    return text


def check_webhook_for_telegram(text: str) -> None:
    """Raise ValueError if Telegram's own servers cannot call this address; an operator's server has no such limits."""
    url = urlsplit(text)
    host = url.hostname or ""
    if ":" in host:
        _fail_webhook_url(text, lazy_text("is an IPv6 address, and Telegram calls webhooks over IPv4 only"))
    if url.scheme == "http" or _is_private(host):
        _fail_webhook_url(text, lazy_text("is not reached by Telegram, which needs https and a public host"))
    if url.port not in (None, *TELEGRAM_WEBHOOK_PORTS):
        ports = ", ".join(map(str, TELEGRAM_WEBHOOK_PORTS))
        _fail_webhook_url(text, lazy_text("has a port that Telegram does not use ({ports})", ports=ports))


def _fail_webhook_url(text: str, what: str) -> NoReturn:
    raise ValueError(
        lazy_text("{text} {what}; write one such as https://bot.example.org/updates", text=_shown(text), what=what)
    )


def _split_url(text: str, fail: Callable[[str], NoReturn]) -> SplitResult:
    """Return the parts of a URL; call `fail` if it has another scheme, a password, blanks or a wrong host or port."""
    if re.search(r"[\s\\]", text):
        fail(lazy_text("has a blank or backslash in it"))
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        fail(lazy_text("has a wrong port or bracket"))
    if "://" not in text or url.scheme not in ("http", "https"):
        fail(lazy_text("does not begin with http:// or https://"))
    if "@" in url.netloc:
        fail(lazy_text("has a user name in it"))
    if port == 0 or url.netloc.endswith(":"):
        fail(lazy_text("has a wrong port or bracket"))
    host = url.hostname or ""
    if is_link_local(host):
        fail(lazy_text("has {what}", what=LINK_LOCAL))
    if not is_host(host):
        fail(lazy_text("has no host, or one with other characters than A-Z a-z 0-9 . -"))
    return url


def is_host(text: str) -> bool:
    """Return whether a text has the form of a host name or an IP address."""
    if ":" in text:
        try:
            ipaddress.IPv6Address(text)
        except ValueError:
            return False
        return True
    return bool(_HOST.fullmatch(text)) and ".." not in text


def is_link_local(host: str) -> bool:
    """Return whether an IPv6 address is link-local; uvloop drops the scope id that it needs."""
    try:
        return "%" in host or ipaddress.IPv6Address(host).is_link_local
    except ValueError:
        return False


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local")) or "." not in host


def _shown(text: str) -> str:
    """Quote a value for a message, without a token or password that it contains."""
    return repr(re.sub(r"//[^/@]*@", "//…@", re.sub(r"(?<![0-9])[0-9]+:[A-Za-z0-9_-]{8,}", "…", text)))
