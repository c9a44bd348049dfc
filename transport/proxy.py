"""A proxy between the bot and Telegram: how to speak with it, where it is, and who is asking."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote


class ProxyScheme(StrEnum):
    """How to speak with a proxy, and who looks the server's name up."""

    HTTP = "http"  # CONNECT; the proxy
    SOCKS5 = "socks5"  # this machine
    SOCKS5H = "socks5h"  # the proxy


LABELS = {
    ProxyScheme.HTTP: "HTTP proxy",
    ProxyScheme.SOCKS5: "SOCKS5 proxy",
    ProxyScheme.SOCKS5H: "SOCKS5h proxy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy, and the setting or environment variable that names it; neither text form contains the credentials."""

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
        """User name and password as an HTTP proxy wants them."""
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every form of the password, for those who remove secrets from a text."""
        return (self.password, quote(self.password, safe=""), self.basic_credentials) if self.password else ()


def join_host_port(host: str, port: int) -> str:
    """Return `host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
