"""The command `digestbot import`: subscribe the chats of another bot that used the same token.

read the file -> compare with the subscribers -> tell the counts -> with --write: add the new ones, some at a time
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from bot.bot_settings import InvalidBotSettings, settings_of
from bot.bots_commands import Refused, bot_option, choose_bot, run_command, write
from bot.exit_code import ExitCode
from bot.import_file import Defaults, ImportedChat, ImportFile, UnreadableFile, read_import_file
from bot.settings import Settings
from domain.printable import printable
from handlers.subscription_changes import join_runs
from storage import content_preferences, schedules, subscribers
from storage.database import Database, Tx
from storage.subscribers import Newcomer

CHATS_PER_TRANSACTION = 500
SHOWN_ERRORS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What the file holds, and what is done with it, or would be.

    `left` counts chats that the bot knows and that are not subscribed, `erased` people who have erased their data here.
    """

    file: ImportFile
    new: int
    subscribed: int
    left: int
    erased: int
    is_written: bool


def import_chats(process: Settings, path: Path, *, bot: str | None, is_dry: bool, skip_invalid: bool) -> int:
    """Tell what an import does, or would do; return the exit code."""

    async def run(database: Database) -> ImportResult:
        own, defaults = await _choose(database, process, bot)
        try:
            file = read_import_file(await asyncio.to_thread(path.read_bytes), defaults, now=datetime.now(UTC))
        except UnreadableFile as error:
            raise Refused(f"{path}: {error}") from None
        is_written = not is_dry and (skip_invalid or not file.errors)
        result = await _compare(own, file)
        return replace(result, new=await _add_all(own, process, file), is_written=True) if is_written else result

    shown: list[ImportResult] = []
    exit_code = run_command(process, run, shown.append)
    for result in shown:
        _show(result, path, bot)
        if result.file.errors and not result.is_written:
            return ExitCode.FAILURE
    return exit_code


async def _choose(database: Database, process: Settings, name: str | None) -> tuple[Database, Defaults]:
    """Return the database as the chosen bot sees it, and what its new subscribers get. Raises `Refused`."""
    chosen, settings = await choose_bot(database, name), process
    if not chosen.is_first:
        try:
            settings = settings_of(chosen, process, SecretStr("0:placeholder"))
        except InvalidBotSettings as error:
            raise Refused(*error.errors) from None
    defaults = Defaults(schedule=settings.default_schedule, language=settings.default_language)
    return database.for_bot(chosen.id), defaults


async def _compare(database: Database, file: ImportFile) -> ImportResult:
    async with database.read() as tx:
        known = await subscribers.activity(tx, [one.chat.id for one in file.chats])
        erased = await subscribers.count_erased(tx)
    subscribed = sum(known.values())
    return ImportResult(
        file=file,
        new=len(file.chats) - len(known),
        subscribed=subscribed,
        left=len(known) - subscribed,
        erased=erased,
        is_written=False,
    )


async def _add_all(database: Database, process: Settings, file: ImportFile) -> int:
    """Subscribe the chats that the bot does not know, some in each transaction; return how many."""
    added = 0
    for start in range(0, len(file.chats), CHATS_PER_TRANSACTION):
        chunk = file.chats[start : start + CHATS_PER_TRANSACTION]
        async with write(database, process, alone=True) as tx:  # or one of them might press Subscribe meanwhile
            now = datetime.now(UTC)
            known = await subscribers.activity(tx, [one.chat.id for one in chunk])
            added += await _add(tx, [one for one in chunk if one.chat.id not in known], now)
    return added


async def _add(tx: Tx, chats: Sequence[ImportedChat], now: datetime) -> int:
    """Add chats as subscribers, who get what is due from now on."""
    schedule_ids = {one: await schedules.get_or_create(tx, one) for one in {chat.schedule for chat in chats}}
    preferences = {chat.preferences for chat in chats}
    preferences_ids = {one: await content_preferences.get_or_create(tx, one) for one in preferences}
    newcomers = [
        Newcomer(
            chat=one.chat,
            schedule_id=schedule_ids[one.schedule],
            preferences_id=preferences_ids[one.preferences],
            language_chosen=one.language_chosen,
        )
        for one in chats
    ]
    await subscribers.add_active(tx, newcomers, now=now)
    for schedule, schedule_id in schedule_ids.items():
        await join_runs(tx, schedule_id, schedule, now=now)
    return len(newcomers)


def _show(result: ImportResult, path: Path, bot: str | None) -> None:
    for line in _lines(result, path, bot):
        sys.stdout.write(f"{printable(line)}\n")


def _lines(result: ImportResult, path: Path, bot: str | None) -> Iterator[str]:
    file = result.file
    counts = {
        "new": (result.new, "subscribed now" if result.is_written else "would be subscribed"),
        "subscribed already": (result.subscribed, "stay as they are"),
        "not subscribed here": (result.left, "have left, or never subscribed: only they themselves can"),
        "not active": (len(file.inactive), "the file says so: left out"),
        "repeated": (len(file.repeated), "the first line of each counts"),
        "invalid": (len(file.errors), "left out" if result.is_written else "see below"),
    }
    yield f"{path}: {file.records} chats"
    for name, (count, meaning) in counts.items():
        if count or name == "new":
            yield f"  {name:<20} {count:>8}  {meaning}"
    for error in file.errors[:SHOWN_ERRORS]:
        yield f"  {error}"
    if len(file.errors) > SHOWN_ERRORS:
        yield f"  and {len(file.errors) - SHOWN_ERRORS} more like these"
    if file.unused:
        yield f"columns not used: {', '.join(file.unused)}"
    if result.erased:
        yield (
            f"{result.erased} chats have erased their data here, so nobody can tell which; leave out those who have "
            "asked for it"
        )
    if not result.is_written:
        yield f"nothing was written; to subscribe the new ones: digestbot import FILE --write{bot_option(bot)}"
        if file.errors:
            yield "mend the invalid lines first, or leave them out with --skip-invalid"
