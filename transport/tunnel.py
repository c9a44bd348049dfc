"""Open a tunnel to a server through a proxy.

socket connected to the proxy -> CONNECT or a SOCKS5 handshake -> the same socket, whose bytes go to the server

TLS to the server is inside the tunnel, so the proxy of an https:// server sees neither the token nor a message.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from python_socks import ProxyError, ProxyType
from python_socks.async_.asyncio import Proxy as SocksClient

from transport.proxy import Proxy, ProxyScheme, join_host_port

MAX_REPLY_BYTES = 64 << 10
"""Limit for the answer of an HTTP proxy to CONNECT."""

SOCKS5_FAILURES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}
"""Reply codes of RFC 1928."""


class TunnelRefused(Exception):
    """The proxy opened no tunnel; the message says why, and quotes nothing of the proxy's answer."""


class DestinationRefused(TunnelRefused):
    """The proxy works, but cannot reach this address of the server, or does not allow it."""


async def open_tunnel(connected: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    """Open a tunnel to a server on a socket that is connected to the proxy. Raises TunnelRefused and OSError."""
    if proxy.scheme is ProxyScheme.HTTP:
        await _open_http_tunnel(connected, proxy, join_host_port(host, port))
    else:
        await _open_socks5_tunnel(connected, proxy, host, port)


class _ConnectReply:
    """Reply of an HTTP proxy to CONNECT. Callbacks of the parser set the status when the head is complete."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self.status = 0
        self.has_body = False

    def feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            raise TunnelRefused("the proxy's answer is not HTTP") from None

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:  # others are preliminary
            self.status = status

    def on_body(self, _body: bytes) -> None:
        self.has_body = True


async def _open_http_tunnel(connected: socket.socket, proxy: Proxy, destination: str) -> None:
    loop = asyncio.get_running_loop()
    credentials = f"Proxy-Authorization: Basic {proxy.basic_credentials}\r\n" if proxy.username else ""
    head = f"CONNECT {destination} HTTP/1.1\r\nHost: {destination}\r\nUser-Agent: digestbot\r\n{credentials}\r\n"
    await loop.sock_sendall(connected, head.encode())
    reply, bytes_left = _ConnectReply(), MAX_REPLY_BYTES
    while not reply.status:
        data = await loop.sock_recv(connected, 4096)
        bytes_left -= len(data)
        if not data or bytes_left < 0:
            raise TunnelRefused("the proxy's answer is too long" if data else "the proxy hung up without an answer")
        reply.feed(data)
    if error := _http_error(reply, proxy, destination):
        raise error


def _http_error(reply: _ConnectReply, proxy: Proxy, destination: str) -> TunnelRefused | None:
    """Return the error that a reply means, or None if the tunnel is open."""
    match reply.status:
        case status if 200 <= status < 300:
            return TunnelRefused("the proxy sent more than its answer") if reply.has_body else None
        case 401 | 407 as status:
            verb = "refused the" if proxy.username else "wants a"
            return TunnelRefused(f"the proxy {verb} user name and password ({status})")
        case 403:
            return DestinationRefused(f"the proxy does not allow connections to {destination} (403)")
        case status if status >= 500:
            return DestinationRefused(f"the proxy did not reach {destination} ({status})")
        case status:
            return TunnelRefused(f"the proxy answered {status} to CONNECT; is it an HTTP proxy?")


class _FirstHop(SocksClient):
    """Makes python-socks use a socket that is connected already instead of connecting to the proxy itself."""

    def __init__(self, connected: socket.socket) -> None:
        super().__init__(ProxyType.SOCKS5, "", 0)
        self._connected = connected

    async def connect(self, *_destination: Any, **_options: Any) -> socket.socket:
        return self._connected


async def _open_socks5_tunnel(connected: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    client = SocksClient(
        ProxyType.SOCKS5,
        proxy.host,
        proxy.port,
        username=proxy.username,
        password=proxy.password,
        rdns=True,  # a name is passed on; for socks5:// the host is an address already
        forward=_FirstHop(connected),
    )
    try:
        await client.connect(host, port)
    except ProxyError as error:
        raise _socks5_error(error, proxy, join_host_port(host, port)) from None
    except ValueError:  # of an address or name in the reply
        raise TunnelRefused("the proxy's answer is not SOCKS5") from None
    if _has_unread_bytes(connected):
        raise TunnelRefused("the proxy sent more than its answer")


def _socks5_error(error: ProxyError, proxy: Proxy, destination: str) -> TunnelRefused:
    """Return the reason for a refusal. python-socks has a number for reply codes only, and a text for the rest."""
    if error.error_code is not None:
        reason = SOCKS5_FAILURES.get(error.error_code, "unknown failure")
        return DestinationRefused(f"the proxy did not reach {destination} ({reason})")
    match str(error):
        case "Username and password authentication failure":
            return TunnelRefused("the proxy refused the user name and password")
        case "No acceptable authentication methods were offered" if proxy.username:
            return TunnelRefused("the proxy takes no user name and password, but another proof")
        case "No acceptable authentication methods were offered":
            return TunnelRefused("the proxy wants a user name and password")
        case "Connection closed unexpectedly":
            return TunnelRefused("the proxy hung up without an answer")
        case _:
            return TunnelRefused("the proxy's answer is not SOCKS5")


def _has_unread_bytes(connected: socket.socket) -> bool:
    """Return whether the proxy sent more than its reply; the end of the stream is noticed at the next use."""
    try:
        return bool(connected.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
