"""Open connections to one server, directly or through a proxy; say which step failed.

addresses (looked up, cached) -> the first that answers -> tunnel of the proxy -> TLS -> HttpConnection
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from enum import StrEnum

from aiohappyeyeballs import AddrInfoType, start_connection

from transport.daemon_thread import call_in_daemon_thread
from transport.http_connection import HttpConnection
from transport.proxy import Proxy, ProxyScheme, join_host_port
from transport.tunnel import DestinationRefused, TunnelRefused, open_tunnel

DNS_CACHE_SECONDS = 300.0
"""How long a host's addresses are reused."""

CONNECTION_ATTEMPT_DELAY_SECONDS = 0.25
"""Delay before a host's next address is tried in parallel (RFC 8305)."""


class ConnectFailed(Exception):
    """No connection was made, so nothing was sent; the message names the step that failed and holds no secret."""


class Step(StrEnum):
    """A step of connecting, in the words of its failure."""

    LOOK_UP = "looking up its address"
    CONNECT = "connecting"
    LOOK_UP_PROXY = "looking up the proxy's address"
    CONNECT_TO_PROXY = "connecting to the proxy"
    OPEN_TUNNEL = "waiting for the proxy"
    START_TLS = "TLS handshake"


class _Attempt:
    """The step that an attempt to connect has reached."""

    def __init__(self) -> None:
        self.step = Step.LOOK_UP


class HostAddresses:
    """Addresses of one host, looked up once however many connections are being opened."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._lookup: asyncio.Future[Sequence[AddrInfoType]] | None = None
        self._addresses: Sequence[AddrInfoType] = ()
        self._expire_at = 0.0

    async def get(self) -> Sequence[AddrInfoType]:
        """Return the addresses in the order to try them. Raises OSError."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._expire_at:
            if self._lookup is None or self._lookup.done():
                self._lookup = call_in_daemon_thread(self._look_up, name="name-lookup")
            addresses = await asyncio.shield(self._lookup)
            if loop.time() >= self._expire_at:  # the first of those who waited
                self._addresses, self._expire_at = addresses, loop.time() + DNS_CACHE_SECONDS
        return self._addresses

    def _look_up(self) -> Sequence[AddrInfoType]:
        """Ask the system; this may take half a minute without an answer, and a stop must not wait for it."""
        return socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)

    def prefer(self, address: AddrInfoType) -> None:
        """Move an address to the front until the next lookup."""
        self._addresses = sorted(self._addresses, key=lambda other: other != address)

    def avoid(self, ip_address: str) -> None:
        """Move an IP address to the end until the next lookup."""
        self._addresses = sorted(self._addresses, key=lambda address: address[4][0] == ip_address)

    def expire(self) -> None:
        """Discard the addresses, so that the next call looks them up."""
        self._expire_at = 0.0


class Connector:
    """Opens connections to one server; `ssl_context` is needed for an https:// server."""

    def __init__(self, host: str, port: int, *, proxy: Proxy | None, seconds: float) -> None:
        self._host, self._port, self._proxy, self._seconds = host, port, proxy, seconds
        self._route = f"{join_host_port(host, port)} {'directly' if proxy is None else f'through {proxy}'}"
        self._addresses = HostAddresses(host, port)
        self._first_hop = self._addresses if proxy is None else HostAddresses(proxy.host, proxy.port)

    async def connect(self, ssl_context: ssl.SSLContext | None) -> HttpConnection:
        """Return a new connection within the time limit. Raises ConnectFailed."""
        attempt = _Attempt()
        try:
            async with asyncio.timeout(self._seconds):
                return await self._connect(attempt, ssl_context)
        except TunnelRefused as error:
            reason = str(error) + self._advice(is_proxy_at_fault=not isinstance(error, DestinationRefused))
        except OSError as error:  # name lookup, network, TLS, timeout
            is_proxy_at_fault = attempt.step in (Step.LOOK_UP_PROXY, Step.CONNECT_TO_PROXY, Step.OPEN_TUNNEL)
            reason = f"{attempt.step} failed: {self._cause(error)}{self._advice(is_proxy_at_fault=is_proxy_at_fault)}"
        raise ConnectFailed(f"{self._route}: {reason}")

    async def _connect(self, attempt: _Attempt, ssl_context: ssl.SSLContext | None) -> HttpConnection:
        connected = await self._connect_socket(attempt)
        attempt.step = Step.START_TLS if ssl_context else Step.CONNECT
        peer = str(connected.getpeername()[0])
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                HttpConnection, sock=connected, ssl=ssl_context, server_hostname=self._host if ssl_context else None
            )
        except (OSError, asyncio.CancelledError):  # cancelled by the time limit, too
            self._addresses.avoid(peer)
            raise
        return connection

    async def _connect_socket(self, attempt: _Attempt) -> socket.socket:
        if self._proxy is None:
            return await self._connect_first_hop(attempt)
        if self._proxy.scheme is not ProxyScheme.SOCKS5:
            return await self._connect_through(self._proxy, self._host, attempt)
        return await self._connect_to_any_address(self._proxy, attempt)

    async def _connect_to_any_address(self, proxy: Proxy, attempt: _Attempt) -> socket.socket:
        """Try the server's addresses through the proxy in turn, each for its share of the time that is left."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        attempt.step = Step.LOOK_UP
        addresses = await self._addresses.get()
        for number, address in enumerate(addresses):
            try:
                async with asyncio.timeout((end - loop.time()) / (len(addresses) - number)):
                    connected = await self._connect_through(proxy, str(address[4][0]), attempt)
            except (DestinationRefused, TimeoutError):
                if number == len(addresses) - 1:
                    self._addresses.expire()
                    raise
            else:
                self._addresses.prefer(address)
                return connected
        raise AssertionError("a name that was found has an address")

    async def _connect_through(self, proxy: Proxy, host: str, attempt: _Attempt) -> socket.socket:
        connected = await self._connect_first_hop(attempt)
        attempt.step = Step.OPEN_TUNNEL
        try:
            await open_tunnel(connected, proxy, host, self._port)
        except BaseException:
            connected.close()
            raise
        return connected

    async def _connect_first_hop(self, attempt: _Attempt) -> socket.socket:
        """Return a socket that is connected to the proxy, or to the server if there is none."""
        attempt.step = Step.LOOK_UP if self._proxy is None else Step.LOOK_UP_PROXY
        addresses = await self._first_hop.get()
        attempt.step = Step.CONNECT if self._proxy is None else Step.CONNECT_TO_PROXY
        try:
            return await start_connection(addresses, happy_eyeballs_delay=CONNECTION_ATTEMPT_DELAY_SECONDS)
        except OSError:
            self._first_hop.expire()
            raise

    def _advice(self, *, is_proxy_at_fault: bool) -> str:
        return f"; check {self._proxy.source}" if self._proxy and is_proxy_at_fault else ""

    def _cause(self, error: OSError) -> str:
        """Describe a failure by the text of the system or OpenSSL, the error's type and its number."""
        number = error.errno
        if number is None:
            is_timeout = isinstance(error, TimeoutError)
            return f"no answer within {self._seconds:g} s" if is_timeout else type(error).__name__
        if isinstance(error, ssl.SSLCertVerificationError):
            words = error.verify_message
        elif isinstance(error, socket.gaierror):
            words = error.strerror or ""
        else:
            words = "" if isinstance(error, ssl.SSLError) else os.strerror(number)
        return f"{words} ({type(error).__name__} {number})".lstrip()
