"""The command `digestbot import`: subscribe the chats of another bot that used the same token.

read the file -> compare with the subscribers -> tell the counts -> with --write: add the new ones, some at a time
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.cells import cell_len

from bot.bot_settings import PLACEHOLDER, InvalidBotSettings, settings_of
from bot.bots_commands import CommandRefused, bot_option, choose_bot, run_command, write
from bot.cli_language import translator
from bot.exit_code import ExitCode
from bot.import_file import Defaults, ImportedChat, ImportFile, UnreadableFile, read_import_file
from bot.open_database import has_never_been
from bot.printing import print_sentence
from bot.settings import Settings
from domain.audit import OPERATOR, AuditAction, AuditEntry
from domain.chat.i18n import Translator, lazy_text, translated
from handlers.subscription_changes import join_runs
from storage import audit, content_preferences, schedules, subscribers
from storage.database import Database, Tx
from storage.subscribers import Newcomer

CHATS_PER_TRANSACTION = 500
SHOWN_ERRORS = 20
NAME_COLUMNS = 20


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
    skips_invalid: bool
    is_written: bool

    @property
    def is_refused(self) -> bool:
        """Whether invalid lines keep all others from being written."""
        return bool(self.file.errors) and not self.skips_invalid


def import_chats(process: Settings, path: Path, *, bot: str | None, is_dry: bool, skip_invalid: bool) -> int:
    """Tell what an import does, or would do; return the exit code."""

    async def run(database: Database) -> ImportResult:
        own, defaults = await _choose(database, process, bot)
        try:
            file = read_import_file(await asyncio.to_thread(path.read_bytes), defaults, now=datetime.now(UTC))
        except UnreadableFile as error:
            raise CommandRefused(lazy_text("{name}: {problem}", name=path, problem=str(error))) from None
        result = await _compare(own, file, skips_invalid=skip_invalid)
        if is_dry or result.is_refused:
            return result
        return replace(result, new=await _add_all(own, process, file, defaults.schedule.zone), is_written=True)

    shown: list[ImportResult] = []
    if is_dry and isinstance(process.database, Path) and has_never_been(process.database):
        with TemporaryDirectory() as folder:  # every chat would be new to the database that the first start creates
            empty = process.model_copy(update={"database": Path(folder) / process.database.name})
            exit_code = run_command(empty, run, shown.append, creates=True, writes=True)
    else:
        exit_code = run_command(process, run, shown.append, creates=not is_dry, writes=not is_dry)
    for result in shown:
        _show(result, path, bot)
        if result.is_refused:
            return ExitCode.FAILURE
    return exit_code


async def _choose(database: Database, process: Settings, name: str | None) -> tuple[Database, Defaults]:
    """Return the database as the chosen bot sees it, and what its new subscribers get. Raises `CommandRefused`."""
    chosen, settings = await choose_bot(database, name), process
    if not chosen.is_first:
        try:
            settings = settings_of(chosen, process, PLACEHOLDER)
        except InvalidBotSettings as error:
            raise CommandRefused(*error.errors) from None
    defaults = Defaults(schedule=settings.default_schedule, language=settings.default_language)
    return database.for_bot(chosen.id), defaults


async def _compare(database: Database, file: ImportFile, *, skips_invalid: bool) -> ImportResult:
    async with database.read() as tx:
        known = await subscribers.activity(tx, [imported.chat.id for imported in file.chats])
        erased = await subscribers.count_erased(tx)
    subscribed = sum(known.values())
    return ImportResult(
        file=file,
        new=len(file.chats) - len(known),
        subscribed=subscribed,
        left=len(known) - subscribed,
        erased=erased,
        skips_invalid=skips_invalid,
        is_written=False,
    )


async def _add_all(database: Database, process: Settings, file: ImportFile, default_zone: str) -> int:
    """Subscribe the chats that the bot does not know, some in each transaction; return how many.

    The audit entry has the number so far, so that an interrupted import is recorded too.
    """
    added, entry_id = 0, None
    for start in range(0, len(file.chats), CHATS_PER_TRANSACTION):
        chunk = file.chats[start : start + CHATS_PER_TRANSACTION]
        async with write(database, process, alone=True) as tx:  # or one of them might press Subscribe meanwhile
            now = datetime.now(UTC)
            known = await subscribers.activity(tx, [imported.chat.id for imported in chunk])
            new = [imported for imported in chunk if imported.chat.id not in known]
            added += await _add(tx, new, now, default_zone)
            if entry_id is not None:
                await audit.set_detail(tx, entry_id, str(added))
            elif added:
                act = AuditAction.CHATS_IMPORTED
                entry_id = await audit.record(tx, AuditEntry(at=now, actor=OPERATOR, action=act, detail=str(added)))
    return added


async def _add(tx: Tx, chats: Sequence[ImportedChat], now: datetime, default_zone: str) -> int:
    """Add chats as subscribers, who get what is due from now on."""
    schedule_ids = {
        schedule: await schedules.get_or_create(tx, schedule) for schedule in {chat.schedule for chat in chats}
    }
    preferences = {chat.preferences for chat in chats}
    preferences_ids = {wanted: await content_preferences.get_or_create(tx, wanted) for wanted in preferences}
    newcomers = [
        Newcomer(
            chat=imported.chat,
            schedule_id=schedule_ids[imported.schedule],
            preferences_id=preferences_ids[imported.preferences],
            language_chosen=imported.language_chosen,
        )
        for imported in chats
    ]
    await subscribers.add_active(tx, newcomers, now=now)
    for schedule, schedule_id in schedule_ids.items():
        await join_runs(tx, schedule_id, schedule, now=now, default_zone=default_zone)
    return len(newcomers)


def _show(result: ImportResult, path: Path, bot: str | None) -> None:
    translate = translator()
    for line in _lines(result, path, bot, translate):
        print_sentence(line, indent="    " if line.startswith(" ") else "  ")


def _lines(result: ImportResult, path: Path, bot: str | None, translate: Translator) -> Iterator[str]:
    file = result.file
    yield translate("{path}: {n} chats").format(path=path, n=file.records)
    for name, count, meaning in _counts(result, translate):
        yield f"  {name}{' ' * (NAME_COLUMNS - cell_len(name))} {count:>8}  {meaning}"
    for error in file.errors[:SHOWN_ERRORS]:
        yield f"  {translated(error, translate)}"
    if len(file.errors) > SHOWN_ERRORS:
        yield "  " + translate("and {n} more like these").format(n=len(file.errors) - SHOWN_ERRORS)
    if file.unused:
        yield translate("columns not used: {names}").format(names=translate(", ").join(file.unused))
    if result.erased:
        yield translate(
            "{n} chats have erased their data here, so nobody can tell which; leave out those who have asked for it"
        ).format(n=result.erased)
    if result.is_refused:
        yield translate("nothing was written; mend the invalid lines first, or leave them out with --skip-invalid")
    elif not result.is_written:
        template = translate("nothing was written; to subscribe the new ones: digestbot import FILE{skip} --write{bot}")
        yield template.format(skip=" --skip-invalid" if file.errors else "", bot=bot_option(bot))


def _counts(result: ImportResult, translate: Translator) -> Iterator[tuple[str, int, str]]:
    """Yield what chats there are: the kind, how many, and what becomes of them."""
    file, is_written, is_refused = result.file, result.is_written, result.is_refused
    yield translate("new"), result.new, translate("subscribed now") if is_written else translate("would be subscribed")
    others = (
        (translate("subscribed already"), result.subscribed, translate("stay as they are")),
        (
            translate("not subscribed here"),
            result.left,
            translate("have left, or never subscribed: only they themselves can"),
        ),
        (translate("not active"), len(file.inactive), translate("the file says so: left out")),
        (translate("repeated"), len(file.repeated), translate("the first line of each counts")),
        (translate("invalid"), len(file.errors), translate("see below") if is_refused else translate("left out")),
    )
    yield from (row for row in others if row[1])
