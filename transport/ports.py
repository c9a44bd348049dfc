"""Ports of this machine that the bot answers at."""

from __future__ import annotations

import errno
import socket

from aiohttp import web
from aiohttp.web_runner import BaseRunner


class PortTaken(Exception):
    """Nothing can listen there."""


async def listen(runner: BaseRunner, host: str, port: int) -> None:
    """Have a server that is set up answer there. Raises `PortTaken`."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        why = "it is taken" if error.errno == errno.EADDRINUSE else error.strerror
        raise PortTaken(f"cannot listen at {host}, port {port} ({why}): choose another port") from error


def is_taken(host: str, port: int) -> bool:
    """Whether somebody else answers there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
