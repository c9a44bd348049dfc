"""Run all checks, those of further bots too, and print a line for each finding."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.bot_settings import InvalidBotSettings, settings_of, token_environment
from bot.doctor import databases, machine, telegram
from bot.doctor.findings import Finding, Level, bad
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, startup_error
from bot.printing import echo_json
from bot.settings import InvalidSettings, ProcessRole, Settings
from bot.token_reference import TokenUnusable, read_token
from storage.bots import StoredBot

Check = Callable[[Settings], AsyncIterator[Finding]]

CHECK_TIMEOUT_SECONDS = 60.0
"""Time for one check; it asks several things that have limits of their own."""

OF_PROCESS: Sequence[Check] = (
    machine.check_versions,
    machine.check_user,
    machine.check_zone,
    machine.check_ports,
    databases.check_database,
)
OF_EACH_BOT: Sequence[Check] = (machine.check_folder, telegram.check_telegram)

NEEDS: Mapping[Check, str] = {
    machine.check_zone: "timezone",
    databases.check_database: "database",
    machine.check_folder: "digests",
    telegram.check_telegram: "bot_token",
}
"""The setting without which a check looks at nothing of the operator's."""

MARKS = {Level.GOOD: ("✓", "green"), Level.ADVICE: ("!", "yellow"), Level.BAD: ("✗", "bold red")}
SUBJECT_WIDTH = 12


def run_doctor(settings: Settings | InvalidSettings, console: Console, *, as_json: bool) -> int:
    """Check everything that the settings name, print the findings and return the exit code."""
    return asyncio.run(_run(settings, console, as_json=as_json))


async def _run(settings: Settings | InvalidSettings, console: Console, *, as_json: bool) -> int:
    levels = []
    async for finding in find_all(settings):
        levels.append(finding.level)
        if as_json:
            echo_json(dataclasses.asdict(finding))
        else:
            console.print(_row(finding))
    if not as_json:
        console.print(_summary(levels))
    return ExitCode.FAILURE if Level.BAD in levels else ExitCode.SUCCESS


async def find_all(given: Settings | InvalidSettings) -> AsyncIterator[Finding]:
    """Yield all findings; what the wrong settings are about is not looked at."""
    settings, wrong = (given.valid, given.wrong) if isinstance(given, InvalidSettings) else (given, frozenset())
    if isinstance(given, InvalidSettings):
        for error in given.errors:
            yield bad("settings", error)
    if settings is None:
        return
    is_database_usable, runs_bots = "database" not in wrong, settings.role is not ProcessRole.WEB
    for check in (*OF_PROCESS, *(OF_EACH_BOT if runs_bots else ())):
        if NEEDS.get(check) in wrong:
            continue
        async for finding in _limited(check, settings):
            is_database_usable &= finding.subject != "database" or finding.level is not Level.BAD
            yield finding
    if is_database_usable and runs_bots:
        async for finding in _check_bots(settings):
            yield finding


async def _limited(check: Check, settings: Settings) -> AsyncIterator[Finding]:
    """Yield what a check finds; one that takes too long is itself a finding."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            async for finding in check(settings):
                yield finding
    except TimeoutError:
        name = check.__name__.removeprefix("check_")
        yield bad(name, f"took more than {CHECK_TIMEOUT_SECONDS:g} seconds", "look at what it names above")


async def _check_bots(settings: Settings) -> AsyncIterator[Finding]:
    """Check each bot of the database for a restored backup, and all but the first one for everything else."""
    try:
        known = await databases.read_bots(settings)
    except EXPECTED as error:
        yield bad("bots", startup_error(error, settings).text)
        return
    for bot in known:
        prefix = "" if bot.stored.is_first else f"{bot.stored.name}: "
        if bot.is_behind:
            text = "nothing is sent: the database does not know what was sent from here since its backup"
            yield bad(f"{prefix}restore", text, "digestbot resume --after-restore (docs/operating.md)")
        if not bot.stored.is_first:
            async for finding in _check_bot(bot.stored, settings):
                yield dataclasses.replace(finding, subject=f"{prefix}{finding.subject}")


async def _check_bot(bot: StoredBot, process: Settings) -> AsyncIterator[Finding]:
    try:
        token = await asyncio.to_thread(read_token, bot.token, token_environment())
        settings = await asyncio.to_thread(settings_of, bot, process, token)
    except TokenUnusable as error:
        yield bad("token", str(error))
        return
    except InvalidBotSettings as error:
        for text in error.errors:
            yield bad("settings", text)
        return
    for check in OF_EACH_BOT:
        async for finding in _limited(check, settings):
            yield finding


def _row(finding: Finding) -> Table:
    """Return a finding as a row, with the remedy below its text."""
    mark, style = MARKS[finding.level]
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(width=1)
    row.add_column(min_width=SUBJECT_WIDTH, no_wrap=True)
    row.add_column(overflow="fold")
    text = f"{finding.text}\n→ {finding.remedy}" if finding.remedy else finding.text
    row.add_row(Text(mark, style), Text(finding.subject, "bold"), Text(text))
    return row


def _summary(levels: Sequence[Level]) -> Text:
    count = {level: levels.count(level) for level in Level}
    if count[Level.BAD]:
        return Text(f"\n{count[Level.BAD]} of {len(levels)} findings keep the bot from working.", "bold red")
    if count[Level.ADVICE]:
        return Text(f"\nThe bot can run. {count[Level.ADVICE]} findings are worth a look.", "yellow")
    return Text("\nAll is good.", "green")
