"""Listen on ports of this machine, with an error that says what to do if one is taken."""

from __future__ import annotations

import errno
import socket

from aiohttp import web
from aiohttp.web_runner import BaseRunner

_REASONS = {errno.EADDRINUSE: "in use", errno.EACCES: "reserved for root, as all below 1024"}


class PortTaken(Exception):
    """A port cannot be listened on; `is_host_wrong` says that the host, not the port, is the reason."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        self.host = host
        self.port = port
        self.is_host_wrong = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
        self.reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        if self.is_host_wrong:
            self.reason = "not an address of this machine"
        remedy = "write an address of this machine, such as 127.0.0.1" if self.is_host_wrong else "choose another port"
        super().__init__(f"cannot listen at {host}, port {port} ({self.reason}): {remedy}")


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
