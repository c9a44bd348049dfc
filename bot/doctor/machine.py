"""Checks of the machine: versions, the user and what other users can read, the time zone, the digest folder."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.daemon_calls import CallHangs, DaemonCalls
from bot.doctor.file_systems import NETWORK_KINDS, file_system_kind
from bot.doctor.findings import Finding, advice, bad, good
from bot.files import load_classifier
from bot.folder_scan import FileUnavailable, FolderUnavailable, read_file, scan_folder
from bot.framework import PACKAGES
from bot.profile_file import load_profile
from bot.settings import ENV_FILE, DriverName, Settings
from bot.status_socket import ask_processes
from bot.surroundings import find_port_errors, is_readable_by_others
from digest.reader import read_digests
from domain.file_names import shown_name
from domain.folder_problems import FileProblem, FolderProblem

FOLDER_TIMEOUT_SECONDS = 10.0

DISTRIBUTIONS = {DriverName.AIOGRAM: "aiogram", DriverName.PTB: "python-telegram-bot"}
"""The name of each framework's package on PyPI."""


async def check_versions(settings: Settings) -> AsyncIterator[Finding]:
    """Name the versions that a report of a defect needs."""
    parts = [f"digestbot {version('digestbot')}", f"Python {platform.python_version()}"]
    name = DISTRIBUTIONS[settings.driver]
    try:
        parts.append(f"{name} {version(name)}")
    except PackageNotFoundError:
        package = PACKAGES[settings.driver]
        yield bad("versions", f"{name} is not installed ({package})", "pip install 'digestbot[ptb]', or DRIVER=aiogram")
    if isinstance(settings.database, Path):
        parts.append(f"SQLite {sqlite3.sqlite_version}")
    yield good("versions", ", ".join(parts))


async def check_user(settings: Settings) -> AsyncIterator[Finding]:
    """Look for rights that the bot does not need, and for secrets and people's data that others can read."""
    if os.geteuid() == 0:
        yield advice("user", "root: the bot needs no rights", "run it as a user of its own (docs/operating.md)")
    private = [ENV_FILE.absolute(), *([settings.database.absolute()] if isinstance(settings.database, Path) else [])]
    open_files = [path for path in private if is_readable_by_others(path)]
    for path in open_files:
        yield advice("permissions", f"other users of this machine can read {path}", f"chmod 600 '{path}'")
    if not open_files:
        yield good("permissions", "no other user of this machine can read the settings and the database")


async def check_zone(settings: Settings) -> AsyncIterator[Finding]:
    """Tell the local time, which a person compares with a clock."""
    now = datetime.now(ZoneInfo(settings.timezone))
    yield good("time zone", f"it is {now:%H:%M} in {settings.timezone}; digests come at {settings.morning:%H:%M}")


async def check_ports(settings: Settings) -> AsyncIterator[Finding]:
    """Look whether the ports are free, unless the bot runs and has them itself."""
    is_running = bool(await ask_processes(settings))
    errors = [] if is_running else await asyncio.to_thread(find_port_errors, settings)
    for error in errors:
        yield bad("ports", error.text)
    named = [settings.metrics_port, settings.webhook_port if settings.webhook_url else None]
    ports = [str(port) for port in named if port is not None]
    if ports and not errors:
        yield good("ports", f"{' and '.join(ports)} can be used")


async def check_folder(settings: Settings) -> AsyncIterator[Finding]:
    """Look for digests, and read the newest one."""
    calls = DaemonCalls(timeout_seconds=FOLDER_TIMEOUT_SECONDS, max_hanging=1)
    try:
        for finding in await calls.run("folder", partial(_look_into_folder, settings)):
            yield finding
    except CallHangs:
        remedy = "look at its disk or network mount"
        yield bad("folder", f"{settings.digests.absolute()} does not answer", remedy)


def _look_into_folder(settings: Settings) -> list[Finding]:
    folder = settings.digests.absolute()
    if not folder.exists():
        if isinstance(settings.database, Path) and not settings.database.exists():
            return [good("folder", f"{folder} does not exist yet; the first start creates it")]
        return [advice("folder", f"{folder} does not exist", f"look at its disk or mount; or: mkdir -p '{folder}'")]
    try:
        scan = scan_folder(folder)
    except FolderUnavailable as error:
        return [
            bad(
                "folder",
                f"{folder} cannot be used ({_words(error.problem)})",
                "set DIGESTS to a folder that this user can read",
            )
        ]
    found = [
        advice("folder", f"{shown_name(name)} is not read ({_words(problem)})", "correct or remove it")
        for name, problem in sorted(scan.problems.items())
    ]
    kind = file_system_kind(folder)
    where = f"{folder} (over the network, {kind})" if kind in NETWORK_KINDS else f"{folder}"
    if not scan.files:
        remedy = "put a digest there, such as 2026-01-31.md; docs/digest-format.md shows one"
        return [*found, advice("folder", f"{where} has no digest", remedy)]
    newest = max(scan.files)
    return [*found, good("folder", f"{where}, {len(scan.files)} files"), _read_newest(settings, newest)]


def _read_newest(settings: Settings, name: str) -> Finding:
    shown = shown_name(name)
    try:
        content = read_file(settings.digests.absolute(), name)
    except FileUnavailable as error:
        return advice("digest", f"{shown} cannot be read ({_words(error.problem)})", "correct its permissions")
    classifier, zone = load_classifier(settings.categories), ZoneInfo(settings.timezone)
    data, profile = content.data if content else b"", load_profile(settings.digests)
    digests = read_digests(
        data, name=name, zone=zone, classifier=classifier, profile=profile, pictures=settings.pictures
    )
    errors = sum(problem.severity == "error" for digest in digests for problem in digest.problems)
    if errors:
        return advice(
            "digest",
            f"{shown} has {errors} error{'' if errors == 1 else 's'}",
            f"digestbot check '{settings.digests / name}'",
        )
    items = sum(len(digest.items) for digest in digests)
    return good("digest", f"{shown} has {items} items and no error")


def _words(problem: FolderProblem | FileProblem) -> str:
    return problem.value.replace("_", " ")
