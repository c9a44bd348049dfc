"""Listen on ports of this machine, with an error that says what to do if one is taken."""

from __future__ import annotations

import errno
import socket

from aiohttp import web
from aiohttp.web_runner import BaseRunner


class PortTaken(Exception):
    """A port cannot be listened on."""


async def listen(runner: BaseRunner, host: str, port: int) -> None:
    """Have a set-up server listen. Raises PortTaken."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        reason = "it is taken" if error.errno == errno.EADDRINUSE else error.strerror
        raise PortTaken(f"cannot listen at {host}, port {port} ({reason}): choose another port") from error


def is_taken(host: str, port: int) -> bool:
    """Return whether another process listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
