"""Check what the settings name on this machine, before anything is created: folders, files, ports, frameworks."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from bot.daemon_calls import CallHangs, DaemonCalls
from bot.exit_code import ExitCode
from bot.expected_errors import startup_error
from bot.framework import PACKAGES, DriverNotInstalled
from bot.settings import ProcessRole, Settings
from bot.startup_errors import StartupError
from domain.chat.i18n import lazy_text
from domain.known_reasons import reason_text
from storage.errors import DatabaseInUse
from storage.sqlite.lock import check_unlocked
from transport.ports import PortTaken, check_port

TIMEOUT_SECONDS = 2.0
"""Time for all checks; a network mount whose server is away hangs, and is said by the running bot."""


async def find_host_errors(settings: Settings) -> list[StartupError]:
    """Return everything that is certainly unusable. What only an attempt can tell, the start itself reports."""
    calls = DaemonCalls(timeout_seconds=TIMEOUT_SECONDS, max_hanging=1)
    try:
        return await calls.run("host_checks", partial(_find_errors, settings))
    except CallHangs:
        return []


async def find_folder_errors(settings: Settings) -> list[StartupError]:
    """Return why the digest folder of a further bot is certainly unusable."""
    calls = DaemonCalls(timeout_seconds=TIMEOUT_SECONDS, max_hanging=1)
    try:
        return await calls.run("host_checks", lambda: list(_check_digests(settings.digests)))
    except CallHangs:
        return []


def is_readable_by_others(path: Path) -> bool:
    """Return whether other users of this machine can read a file; False if there is none, such as a folder."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and bool(mode & (stat.S_IRGRP | stat.S_IROTH))


def find_database_errors(settings: Settings) -> list[StartupError]:
    """Return why the database of the settings is certainly unusable; blocks while it looks."""
    return list(_check_database(settings))


def find_port_errors(settings: Settings) -> list[StartupError]:
    """Return which ports cannot be listened on; none if a process works on the database file, which has them."""
    try:
        if isinstance(settings.database, Path):
            check_unlocked(settings.database)
    except DatabaseInUse:
        return []
    return list(_check_ports(settings))


def _find_errors(settings: Settings) -> list[StartupError]:
    if settings.role is ProcessRole.WEB:
        return [*_check_asyncpg(), *_check_ports(settings)]
    errors = [*_check_digests(settings.digests), *_check_database(settings), *_check_driver(settings)]
    if isinstance(settings.database, Path):
        try:
            check_unlocked(settings.database)
        except DatabaseInUse as error:  # its holder has the ports as well
            return [*errors, startup_error(error, settings)]
    return [*errors, *_check_ports(settings)]


def _check_ports(settings: Settings) -> Iterator[StartupError]:
    endpoints = [("127.0.0.1", settings.metrics_port)] if settings.metrics_port is not None else []
    if settings.listens_for_webhooks:
        endpoints.append((settings.webhook_host, settings.webhook_port))
    for host, port in endpoints:
        try:
            check_port(host, port)
        except PortTaken as error:
            yield startup_error(error, settings)


def _check_digests(folder: Path) -> Iterator[StartupError]:
    reason = _folder_error(folder)
    if reason is None and folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        reason = lazy_text("the folder {folder} cannot be read by this user", folder=folder.absolute())
    if reason is not None:
        yield StartupError(
            lazy_text("DIGESTS: {reason}; set it to a folder you can use", reason=reason),
            ExitCode.CANNOT_WRITE,
            "digests",
        )


def _check_database(settings: Settings) -> Iterator[StartupError]:
    if not isinstance(settings.database, Path):
        yield from _check_postgresql(settings)
        return
    reason = _database_error(settings.database)
    if reason is not None:
        text = lazy_text("DATABASE: {reason}; set it to a file in a folder that you can write to", reason=reason)
        yield StartupError(text, ExitCode.CANNOT_WRITE, "database")


def _check_postgresql(settings: Settings) -> Iterator[StartupError]:
    """Check what PostgreSQL needs on this machine; whether the server can be reached, the start itself finds out."""
    yield from _check_asyncpg()
    reason = _folder_error(settings.state_folder, must_be_writable=True)
    if reason is not None:
        text = lazy_text("STATE_FOLDER: {reason}; set it to a folder that you can write to", reason=reason)
        yield StartupError(text, ExitCode.CANNOT_WRITE, "state_folder")


def _check_asyncpg() -> Iterator[StartupError]:
    if find_spec("asyncpg") is None:
        install = lazy_text("PostgreSQL's driver is not installed; install it: pip install 'digestbot[postgresql]'")
        yield StartupError(
            lazy_text("{name}: {problem}", name="DATABASE", problem=install), ExitCode.SETTINGS, "database"
        )


def _database_error(path: Path) -> str | None:
    """Return why a database cannot be created or opened, or None."""
    full = path.absolute()
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return _folder_error(path.parent, must_be_writable=True)
    except OSError as error:
        return lazy_text("{path} cannot be opened ({reason})", path=full, reason=reason_text(error.strerror))
    if not stat.S_ISREG(mode):
        return lazy_text("{path} is no regular file", path=full)
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        return lazy_text("{path} cannot be read and written by this user", path=full)
    return _folder_error(path.parent, must_be_writable=True)


def _folder_error(folder: Path, *, must_be_writable: bool = False) -> str | None:
    """Return why a folder cannot be used, or created where it is missing, or None."""
    full = folder.absolute()
    existing = next(parent for parent in (full, *full.parents) if os.path.lexists(parent))
    is_missing = existing != full
    try:
        is_folder = stat.S_ISDIR(existing.stat().st_mode)
    except OSError as error:
        return lazy_text("{path} cannot be used ({reason})", path=existing, reason=reason_text(error.strerror))
    if not is_folder:
        return lazy_text("{path} is no folder", path=existing)
    if (is_missing or must_be_writable) and not os.access(existing, os.W_OK | os.X_OK, effective_ids=True):
        return lazy_text("the folder {folder} cannot be written by this user", folder=existing)
    return None


def _check_driver(settings: Settings) -> Iterator[StartupError]:
    if find_spec(PACKAGES[settings.driver]) is None:
        yield startup_error(DriverNotInstalled(settings.driver), settings)
