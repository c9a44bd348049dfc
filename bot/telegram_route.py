"""Choose the proxy to Telegram: PROXY, else the environment's proxy variables, as curl and requests read them.

PROXY -> proxy or none        empty -> API_URL on this machine: none
                                    -> https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, unless NO_PROXY has the host
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from bot.setting_addresses import LINK_LOCAL, is_host, is_link_local
from domain.chat.i18n import lazy_text
from transport.proxy import Proxy, ProxyScheme

FORM = lazy_text("write it as http://user:password@proxy.example:3128 or socks5h://user:password@proxy.example:1080")

VARIABLES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
"""Names that other programs read as well, each also in upper case."""

SOCKS_PORT = 1080

NO_PROXY_WORDS = frozenset({"no", "off", "false", "0", "disabled", "direct", "null", "无", "关", "直连"})
"""What people write instead of `none`."""

VPN_SCHEMES = frozenset({"ss", "ssr", "vmess", "vless", "trojan", "hysteria", "hysteria2", "hy2", "tuic", "wireguard"})
"""Protocols of programs that offer a proxy on the machine on which they run."""

MTPROTO = re.compile(r"tg://|mtproto|mtproxy|https?://(t|telegram)\.me/", re.IGNORECASE)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_WRONG_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class TelegramRoute:
    """The proxy to Telegram, or None for a direct connection; `source` is the setting or variable that decided."""

    proxy: Proxy | None = None
    source: str = ""

    def __str__(self) -> str:
        return str(self.proxy) if self.proxy else "direct"


class WrongVariable(ValueError):
    """An environment variable holds no usable proxy; the message begins with its name."""


def parse_proxy(text: str) -> TelegramRoute:
    """Parse the setting PROXY. Raises ValueError, whose message quotes nothing: any part could be the password."""
    if text.lower() == "none":
        return TelegramRoute(None, "PROXY")
    if text.lower() in NO_PROXY_WORDS:
        raise ValueError(lazy_text("is no proxy; did you mean none?"))
    return TelegramRoute(_parse_proxy_url(text, "PROXY"), "PROXY")


def choose_route(api_url: str, environment: Mapping[str, str]) -> TelegramRoute:
    """Return the route for an empty PROXY. Raises WrongVariable."""
    server = urlsplit(api_url)
    host, port = server.hostname or "", server.port or (443 if server.scheme == "https" else 80)
    if _is_loopback(host):  # a proxy's loopback is another machine
        return TelegramRoute(None, "API_URL")
    name = _first_set(environment, f"{server.scheme}_proxy", "all_proxy")
    if not name:
        return TelegramRoute()
    exceptions = _first_set(environment, "no_proxy")
    if exceptions and is_in_no_proxy(host, port, environment[exceptions]):
        return TelegramRoute(None, exceptions)
    return _route_by_variable(name, environment[name].strip())


def is_in_no_proxy(host: str, port: int, no_proxy: str) -> bool:
    """Return whether NO_PROXY (hosts, suffixes, addresses, networks or `*`) contains a host."""
    host = host.rstrip(".").lower()
    return any(_is_match(entry, host, port) for entry in re.split(r"[\s,]+", no_proxy.lower()) if entry)


def _first_set(environment: Mapping[str, str], *names: str) -> str:
    """Return the first variable that is not empty; of its two spellings the lower-case one wins."""
    spellings = [spelling for name in names for spelling in (name, name.upper())]
    return next((name for name in spellings if environment.get(name, "").strip()), "")


def _route_by_variable(name: str, text: str) -> TelegramRoute:
    url = text if _SCHEME.match(text) else f"http://{text}"  # as other programs read it
    try:
        return TelegramRoute(_parse_proxy_url(url, name), name)
    except ValueError as error:
        raise WrongVariable(
            lazy_text("{name}: {problem}; or set PROXY=none to ignore it (environment)", name=name, problem=str(error))
        ) from None


def _is_match(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, colon, digits = entry.rpartition(":")
    if colon and digits.isdecimal() and (":" not in name or name.endswith("]")):
        if int(digits) != port:
            return False
        entry = name
    entry = entry.strip("[]")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        suffix = entry.removeprefix("*").strip(".")
        return bool(suffix) and (host == suffix or host.endswith(f".{suffix}"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _fail(what: str, advice: str = FORM) -> NoReturn:
    raise ValueError(lazy_text("{first}; {second}", first=what, second=advice))


def _parse_proxy_url(text: str, source: str) -> Proxy:
    scheme = _parse_scheme(text)
    rest = text.partition("://")[2].removesuffix("/")
    credentials, at, address = rest.rpartition("@")
    if re.search(r"[\s\\]", text):
        _fail(lazy_text("has a blank or backslash in it"))
    if "@" in credentials:
        _fail(lazy_text("has two @ in it"), lazy_text("write the one in the user name or password as %40"))
    if re.search("[/?#]", rest):
        _fail(
            lazy_text("has a / or ? or # in it"),
            lazy_text("write it in a password as %2F, %3F or %23; nothing comes after the port"),
        )
    if _WRONG_PERCENT.search(credentials):
        _fail(
            lazy_text("has a % in it that begins no code"), lazy_text("write a % in the user name or password as %25")
        )
    host, port = _parse_address(address, scheme)
    username, _, password = credentials.partition(":")
    proxy = Proxy(
        scheme=scheme, host=host, port=port, username=unquote(username), password=unquote(password), source=source
    )
    if at:
        _check_credentials(proxy)
    return proxy


def _parse_scheme(text: str) -> ProxyScheme:
    if MTPROTO.match(text):
        _fail(
            lazy_text("is a proxy for Telegram's apps, which no bot can use"),
            lazy_text("set it to an HTTP or SOCKS5 proxy"),
        )
    found = _SCHEME.match(text)
    name = found[1].lower() if found else ""
    if name == "https":
        _fail(
            lazy_text("begins with https://, but most proxies are reached without TLS themselves"),
            lazy_text("write http:// instead"),
        )
    if name in ("socks", "socks4", "socks4a"):
        _fail(
            lazy_text("begins with {name}://", name=name),
            lazy_text("the bot speaks SOCKS5: write socks5h:// instead"),
        )
    if name in VPN_SCHEMES:
        _fail(
            lazy_text("begins with {name}://, which is no proxy's address", name=name),
            lazy_text(
                "start its client on this machine and write the client's own address, such as {example}",
                example="socks5h://127.0.0.1:1080",
            ),
        )
    if name not in tuple(ProxyScheme):
        _fail(lazy_text("does not begin with http://, socks5:// or socks5h://"))
    return ProxyScheme(name)


def _parse_address(text: str, scheme: ProxyScheme) -> tuple[str, int]:
    try:
        url = urlsplit(f"//{text}")
        host, port = url.hostname or "", url.port
    except ValueError:
        _fail(lazy_text("has a wrong port or bracket"))
    if is_link_local(host):
        _fail(lazy_text("has {what}", what=LINK_LOCAL))
    if not is_host(host):
        _fail(lazy_text("has no host, or one with other characters than A-Z a-z 0-9 . -"))
    if port is None and scheme is not ProxyScheme.HTTP:
        return host, SOCKS_PORT
    if not port:
        _fail(lazy_text("has no port") if port is None else lazy_text("has a wrong port or bracket"))
    return host, port


def _check_credentials(proxy: Proxy) -> None:
    """Raise ValueError for a user name and password that the protocol cannot carry."""
    if not proxy.username:
        _fail(lazy_text("has a password or @ without a user name"))
    if proxy.scheme is ProxyScheme.HTTP:
        if ":" in proxy.username:
            _fail(
                lazy_text("has a colon in the user name, which HTTP proxies cannot read"),
                lazy_text("choose another user name"),
            )
        return
    if not proxy.password:
        _fail(lazy_text("has a user name without a password, which SOCKS5 does not know"))
    if any(len(part) > 255 or not part.isascii() for part in (proxy.username, proxy.password)):
        _fail(
            lazy_text("has a user name or password that is longer than 255 or not ASCII"),
            lazy_text("choose another one for SOCKS5"),
        )
