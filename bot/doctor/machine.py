"""Checks of the machine: versions, the user and what other users can read, the time zone, the digest folder."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.daemon_calls import CallHangs, DaemonCalls
from bot.doctor.file_systems import NETWORK_KINDS, file_system_kind
from bot.doctor.findings import Finding, advice, bad, good
from bot.files import DigestFile, load_classifier
from bot.folder_scan import FileUnavailable, FolderUnavailable, read_file, scan_folder
from bot.framework import PACKAGES
from bot.host_checks import find_port_errors, is_readable_by_others
from bot.profile_file import load_profile
from bot.settings import ENV_FILE, DriverName, Settings
from bot.shared_editions import MAX_COMPARED_FILES, find_shared, newest_names
from bot.status_socket import ask_processes
from digest.reader import read_digests
from domain.chat.i18n import gettext_noop, lazy_text
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
        yield bad(
            "versions",
            lazy_text("{name} is not installed ({package})", name=name, package=package),
            lazy_text("install it: pip install 'digestbot[ptb]'; or set DRIVER=aiogram"),
        )
    if isinstance(settings.database, Path):
        parts.append(f"SQLite {sqlite3.sqlite_version}")
    yield good("versions", ", ".join(parts))


async def check_user(settings: Settings) -> AsyncIterator[Finding]:
    """Look for rights that the bot does not need, and for secrets and people's data that others can read."""
    if os.geteuid() == 0:
        yield advice(
            "user",
            lazy_text("root: the bot needs no rights"),
            lazy_text("run it as a user of its own (docs/operating.md)"),
        )
    private = [ENV_FILE.absolute(), *([settings.database.absolute()] if isinstance(settings.database, Path) else [])]
    open_files = [path for path in private if is_readable_by_others(path)]
    for path in open_files:
        yield advice(
            "permissions",
            lazy_text("other users of this machine can read {path}", path=path),
            f"chmod 600 '{path}'",
        )
    if not open_files:
        yield good("permissions", lazy_text("no other user of this machine can read the settings and the database"))


async def check_zone(settings: Settings) -> AsyncIterator[Finding]:
    """Tell the local time, which a person compares with a clock."""
    now = datetime.now(ZoneInfo(settings.timezone))
    yield good(
        "time zone",
        lazy_text(
            "it is {now:%H:%M} in {timezone}; digests come at {morning:%H:%M}",
            now=now,
            timezone=settings.timezone,
            morning=settings.morning,
        ),
    )


async def check_ports(settings: Settings) -> AsyncIterator[Finding]:
    """Look whether the ports are free, unless the bot runs and has them itself."""
    is_running = bool(await ask_processes(settings))
    errors = [] if is_running else await asyncio.to_thread(find_port_errors, settings)
    for error in errors:
        yield bad("ports", error.text)
    named = [settings.metrics_port, settings.webhook_port if settings.webhook_url else None]
    ports = [str(port) for port in named if port is not None]
    if ports and not errors:
        yield good("ports", lazy_text("{ports} can be used", ports=", ".join(ports)))


async def check_folder(settings: Settings) -> AsyncIterator[Finding]:
    """Look for digests, and read the newest one."""
    calls = DaemonCalls(timeout_seconds=FOLDER_TIMEOUT_SECONDS, max_hanging=1)
    try:
        for finding in await calls.run("folder", partial(_look_into_folder, settings)):
            yield finding
    except CallHangs:
        remedy = lazy_text("look at its disk or network mount")
        yield bad("folder", lazy_text("{folder} does not answer", folder=settings.digests.absolute()), remedy)


def _look_into_folder(settings: Settings) -> list[Finding]:
    folder = settings.digests.absolute()
    if not folder.exists():
        if isinstance(settings.database, Path) and not settings.database.exists():
            return [good("folder", lazy_text("{folder} does not exist yet; the first start creates it", folder=folder))]
        remedy = lazy_text("look at its disk or mount; or: mkdir -p '{folder}'", folder=folder)
        return [advice("folder", lazy_text("{folder} does not exist", folder=folder), remedy)]
    try:
        scan = scan_folder(folder)
    except FolderUnavailable as error:
        return [
            bad(
                "folder",
                lazy_text("{folder} cannot be used ({problem})", folder=folder, problem=_words(error.problem)),
                lazy_text("set DIGESTS to a folder that this user can read"),
            )
        ]
    found = [
        advice(
            "folder",
            lazy_text("{name} is not read ({problem})", name=shown_name(name), problem=_words(problem)),
            lazy_text("correct or remove it"),
        )
        for name, problem in sorted(scan.problems.items())
    ]
    kind = file_system_kind(folder)
    is_remote = kind in NETWORK_KINDS
    where = lazy_text("{folder} (over the network, {kind})", folder=folder, kind=kind) if is_remote else str(folder)
    if not scan.files:
        today = datetime.now(ZoneInfo(settings.timezone)).date()
        remedy = lazy_text("put a digest there, such as {today}.md; docs/digest-format.md shows one", today=today)
        return [*found, advice("folder", lazy_text("{where} has no digest", where=where), remedy)]
    return [
        *found,
        good("folder", lazy_text("{where}, {files} files", where=where, files=len(scan.files))),
        *_digest_findings(settings, newest_names(scan)[:MAX_COMPARED_FILES]),
    ]


def _digest_findings(settings: Settings, names: Iterable[str]) -> Iterator[Finding]:
    """Yield what is to be said of files, of which the first one was changed last.

    That one is told of if it has errors, the one with the newest day in any case, and editions that two files hold.
    """
    files = []
    for name in names:
        try:
            files.append(_read(settings, name))
        except FileUnavailable as error:
            yield advice(
                "digest",
                lazy_text("{shown} cannot be read ({problem})", shown=shown_name(name), problem=_words(error.problem)),
                lazy_text("correct its permissions"),
            )
    if not files:
        return
    newest = max(files, key=_newest_day)
    yield _digest_finding(newest)
    if files[0] is not newest and _count_errors(files[0]):
        yield _digest_finding(files[0])
    for shared in find_shared(sorted(files, key=lambda file: file.path)):
        yield advice("digest", shared.text, f"digestbot check '{shared.file}' '{shared.other}'")


def _read(settings: Settings, name: str) -> DigestFile:
    """Read a file of the folder. Raises `FileUnavailable`."""
    content = read_file(settings.digests.absolute(), name)
    data, profile = content.data if content else b"", load_profile(settings.digests)
    digests = read_digests(
        data,
        name=name,
        zone=ZoneInfo(settings.timezone),
        classifier=load_classifier(settings.categories),
        profile=profile,
        pictures=settings.pictures,
    )
    return DigestFile(settings.digests / name, data, digests, profile)


def _newest_day(file: DigestFile) -> date:
    return max((digest.date for digest in file.digests if digest.date is not None), default=date.min)


def _count_errors(file: DigestFile) -> int:
    return sum(problem.severity == "error" for digest in file.digests for problem in digest.problems)


def _digest_finding(file: DigestFile) -> Finding:
    shown, errors = shown_name(file.path.name), _count_errors(file)
    if errors:
        return advice(
            "digest",
            lazy_text("{shown} has 1 error", shown=shown)
            if errors == 1
            else lazy_text("{shown} has {errors} errors", shown=shown, errors=errors),
            f"digestbot check '{file.path}'",
        )
    items = sum(len(digest.items) for digest in file.digests)
    return good("digest", lazy_text("{shown} has {items} items and no error", shown=shown, items=items))


def _words(problem: FolderProblem | FileProblem) -> str:
    return lazy_text(problem.value.replace("_", " "))


PROBLEMS = (
    *(gettext_noop("missing"), gettext_noop("not a folder"), gettext_noop("forbidden"), gettext_noop("hangs")),
    *(gettext_noop("emptied"), gettext_noop("too many files"), gettext_noop("unreadable"), gettext_noop("not a file")),
    *(gettext_noop("leads outside"), gettext_noop("leads nowhere"), gettext_noop("bad name")),
    *(gettext_noop("other ending"), gettext_noop("changing"), gettext_noop("failed")),
)
"""What can be wrong with the folder and its files, in words."""
