"""A proxy between the bot and Telegram: its protocol, address, user name and password."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote


class ProxyScheme(StrEnum):
    """Protocol of a proxy, by the scheme of its URL."""

    HTTP = "http"
    """HTTP CONNECT; the proxy looks up the server's address."""
    SOCKS5 = "socks5"
    """SOCKS5; this machine looks up the server's address."""
    SOCKS5H = "socks5h"
    """SOCKS5; the proxy looks up the server's address."""


LABELS = {
    ProxyScheme.HTTP: "HTTP proxy",
    ProxyScheme.SOCKS5: "SOCKS5 proxy",
    ProxyScheme.SOCKS5H: "SOCKS5h proxy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy, and the setting or environment variable it comes from; `str` and `repr` hide the credentials."""

    scheme: ProxyScheme
    host: str
    port: int
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    source: str = "PROXY"

    def __str__(self) -> str:
        return f"{LABELS[self.scheme]} {join_host_port(self.host, self.port)}"

    @property
    def basic_credentials(self) -> str:
        """Return user name and password as Basic credentials (RFC 7617)."""
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return every form of the password, so that callers can remove them from a text."""
        return (self.password, quote(self.password, safe=""), self.basic_credentials) if self.password else ()


def join_host_port(host: str, port: int) -> str:
    """Return `host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
