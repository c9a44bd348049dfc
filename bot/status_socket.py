"""A Unix socket beside the database, by which `digestbot status` finds and asks the processes of this machine.

It needs no setting and no port, and only the bot's own user can open it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, UnixConnector, web

from bot.health import HealthSource, create_health_app
from bot.settings import Settings
from storage.made_files import make_folder

log = structlog.get_logger(__name__)

SUFFIX = ".socket"
ANSWER_SECONDS = 5.0
"""A process that does not answer in this time hangs or is frozen, or is still starting."""

STARTING_SECONDS = 60.0
"""How long the start may keep a process from answering: it loads most of its code, on a busy machine slowly."""

MAX_PATH_BYTES = 100
"""Linux takes 107 bytes, macOS 103."""


class Silence(Enum):
    """Why a process that has a socket does not answer."""

    STARTING = "starting"
    """Its socket is so young that it may still be loading."""
    HANGING = "hanging"
    OTHER_USER = "other user"


@dataclass(frozen=True, slots=True)
class ProcessAnswer:
    """What a process of this machine says about itself, or why it does not answer."""

    pid: int
    status: dict[str, Any] | None
    silence: Silence | None = None


def socket_stem(settings: Settings) -> Path:
    """Return the path that the sockets of all processes of an installation begin with."""
    if isinstance(settings.database, Path):
        return settings.database.absolute()
    return settings.state_folder.absolute() / settings.database.database


@asynccontextmanager
async def serve_status(settings: Settings, health: HealthSource) -> AsyncIterator[None]:
    """Answer `digestbot status` inside the block; where there can be no socket, the bot works without."""
    path = socket_stem(settings).with_name(f"{socket_stem(settings).name}.{os.getpid()}{SUFFIX}")
    try:
        listening = await asyncio.to_thread(_listen, path, socket_stem(settings))
    except OSError as error:
        log.warning("status_socket_unavailable", reason=error.strerror or str(error))
        yield
        return
    runner = web.AppRunner(_create_app(health, datetime.now(UTC)), access_log=None, shutdown_timeout=1.0)
    try:
        await runner.setup()
        server = await asyncio.get_running_loop().create_unix_server(_factory(runner), sock=listening)
        try:
            yield
        finally:
            server.close()
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)


async def ask_processes(settings: Settings) -> list[ProcessAnswer]:
    """Return the answers of this machine's processes; sockets of processes that were killed are passed over."""
    answers = await asyncio.gather(*(_ask(pid, path) for pid, path in sorted(_sockets(socket_stem(settings)))))
    return [answer for answer in answers if answer is not None]


async def _ask(pid: int, path: Path) -> ProcessAnswer | None:
    try:
        with _short_path(path) as short:
            async with (
                ClientSession(connector=UnixConnector(short), timeout=ClientTimeout(ANSWER_SECONDS)) as session,
                session.get("http://digestbot/status") as response,
            ):
                return ProcessAnswer(pid, await response.json())
    except (ClientError, OSError, TimeoutError, ValueError) as error:
        cause = getattr(error, "os_error", error)
        is_gone = isinstance(cause, (ConnectionRefusedError, FileNotFoundError))
        return None if is_gone else ProcessAnswer(pid, None, _silence(path, cause))


def _silence(path: Path, cause: BaseException) -> Silence:
    if isinstance(cause, PermissionError):
        return Silence.OTHER_USER
    with contextlib.suppress(OSError):  # it has just ended
        if time.time() - path.stat().st_mtime < STARTING_SECONDS:
            return Silence.STARTING
    return Silence.HANGING


def _factory(runner: web.AppRunner) -> Callable[[], asyncio.Protocol]:
    if runner.server is None:
        raise RuntimeError("the runner is not set up")
    return runner.server


def _create_app(health: HealthSource, started_at: datetime) -> web.Application:
    async def status(_request: web.Request) -> web.Response:
        known = {"version": version("digestbot"), "started_at": started_at.isoformat(), "role": health.role}
        return web.json_response(known | {"checks": dict(health.failing_checks())})

    app = create_health_app(health)
    app.add_routes([web.get("/status", status)])
    return app


def _sockets(stem: Path) -> Iterator[tuple[int, Path]]:
    """Yield the process ids and sockets of an installation; a file of such a name that is none is somebody else's."""
    name = re.compile(rf"{re.escape(stem.name)}\.(\d+){re.escape(SUFFIX)}")
    for path in stem.parent.glob(f"*{SUFFIX}"):
        if (match := name.fullmatch(path.name)) and path.is_socket():
            yield int(match[1]), path


def _listen(path: Path, stem: Path) -> socket.socket:
    """Return a socket that listens at the path; remove those that processes of the past have left.

    It gets its name when it listens: until then it looks like an abandoned one to a process that starts meanwhile.
    """
    make_folder(path.parent)
    _remove_abandoned(stem)
    if path.exists():
        raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    nameless = path.with_name(f"{path.name}.new")
    nameless.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short_path(nameless) as short:
            listening.bind(short)
        nameless.chmod(0o600)
        listening.listen()
        nameless.rename(path)
    except BaseException:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def _remove_abandoned(stem: Path) -> None:
    for _pid, other in list(_sockets(stem)):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, contextlib.suppress(OSError):
            probe.settimeout(1.0)
            try:
                with _short_path(other) as short:
                    probe.connect(short)
            except ConnectionRefusedError:
                other.unlink(missing_ok=True)


@contextmanager
def _short_path(path: Path) -> Iterator[str]:
    """Yield a path that fits into a socket's address: a long one by way of its folder's descriptor."""
    if len(os.fsencode(path)) <= MAX_PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
