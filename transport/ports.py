"""Listen on ports of this machine, with an error that says what to do if one is taken."""

from __future__ import annotations

import errno
import socket

from aiohttp import web
from aiohttp.web_runner import BaseRunner

from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text

_REASONS = {
    errno.EADDRINUSE: lazy_text("in use"),
    errno.EACCES: lazy_text("reserved for root, as all below 1024"),
}


class PortTaken(Exception):
    """A port cannot be listened on; `is_host_wrong` says that the host, not the port, is the reason."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        self.host = host
        self.port = port
        self.is_host_wrong = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        self.reason: str = _REASONS.get(error.errno or 0) or reason_text(error.strerror or error)
        if self.is_host_wrong:
            self.reason = lazy_text("not an address of this machine")
        remedy = (
            lazy_text("write an address of this machine, such as 127.0.0.1")
            if self.is_host_wrong
            else lazy_text("choose another port")
        )
        super().__init__(
            lazy_text(
                "cannot listen at {host}, port {port} ({reason}): {remedy}",
                host=host,
                port=port,
                reason=self.reason,
                remedy=remedy,
            )
        )


async def listen(runner: BaseRunner, host: str, port: int) -> None:
    """Have a set-up server listen. Raises PortTaken."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise PortTaken(host, port, error) from error


def check_port(host: str, port: int) -> None:
    """Raise PortTaken if this process cannot listen on the port now."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
                probe.listen(1)
    except OSError as error:
        raise PortTaken(host, port, error) from error
