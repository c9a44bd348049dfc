"""Ports of this machine that the bot answers at."""

from __future__ import annotations

from aiohttp import web
from aiohttp.web_runner import BaseRunner


class PortTaken(Exception):
    """Nothing can listen there."""


async def listen(runner: BaseRunner, host: str, port: int) -> None:
    """Have a server that is set up answer there. Raises `PortTaken`."""
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise PortTaken(f"cannot listen at {host}, port {port} ({error.strerror}): choose another port") from error
