"""Run all checks, those of further bots too, and print a line for each finding."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.text import Text

from bot.bot_settings import InvalidBotSettings, settings_of, token_environment
from bot.cli_language import translator
from bot.doctor import databases, machine, telegram
from bot.doctor.findings import Finding, Level, bad
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, startup_error
from bot.printing import PrintableConsole, echo_json
from bot.recognition import recognized
from bot.settings import InvalidSettings, ProcessRole, Settings
from bot.token_reference import TokenUnusable, read_token
from bot.wrapping import wrap
from domain.chat.i18n import Translator, gettext_noop, lazy_text
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

SUBJECTS = (
    *(gettext_noop("settings"), gettext_noop("versions"), gettext_noop("user"), gettext_noop("permissions")),
    *(gettext_noop("time zone"), gettext_noop("ports"), gettext_noop("disk"), gettext_noop("database")),
    *(gettext_noop("durability"), gettext_noop("standbys"), gettext_noop("folder"), gettext_noop("digest")),
    *(gettext_noop("network"), gettext_noop("token"), gettext_noop("clock"), gettext_noop("groups")),
    *(gettext_noop("inline mode"), gettext_noop("updates"), gettext_noop("admins"), gettext_noop("bots")),
    *(gettext_noop("restore"), gettext_noop("telegram")),
)
"""What findings are about; a further bot's name stands before some."""


def run_doctor(settings: Settings | InvalidSettings, console: PrintableConsole, *, as_json: bool) -> int:
    """Check everything that the settings name, print the findings and return the exit code."""
    return asyncio.run(_run(settings, console, as_json=as_json))


async def _run(settings: Settings | InvalidSettings, console: PrintableConsole, *, as_json: bool) -> int:
    levels = []
    async for finding in find_all(settings):
        levels.append(finding.level)
        if as_json:
            echo_json(dataclasses.asdict(finding))
        else:
            console.print(*_finding_lines(finding, translator(), console.text_width), sep="\n")
    if not as_json:
        console.print(*wrap(_summary(levels, translator()), console.text_width), sep="\n")
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
        yield bad(
            name,
            lazy_text("took more than {n:g} seconds", n=CHECK_TIMEOUT_SECONDS),
            lazy_text("look at what it names above"),
        )


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
            text = lazy_text("nothing is sent: the database does not know what was sent from here since its backup")
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


def _finding_lines(finding: Finding, translate: Translator, width: int) -> Iterator[Text]:
    """Yield a finding beside its subject, with the remedy below its text."""
    mark, style = MARKS[finding.level]
    prefix, _, subject = finding.subject.rpartition(": ")
    named = f"{prefix}: {translate(subject)}" if prefix else translate(subject)
    blank = " " * (SUBJECT_WIDTH + 3)
    start = Text.assemble((mark, style), " ", (f"{named}{' ' * (SUBJECT_WIDTH - cell_len(named))} ", "bold"))
    texts = [recognized(finding.text, translate)]
    texts += [f"→ {recognized(finding.remedy, translate)}"] if finding.remedy else []
    for number, text in enumerate(texts):
        for line in wrap(Text(text), width - len(blank), indent="" if number == 0 else "  "):
            yield start + line
            start = Text(blank)


def _summary(levels: Sequence[Level], translate: Translator) -> Text:
    count = {level: levels.count(level) for level in Level}
    if count[Level.BAD]:
        template = translate.ngettext(
            "{n} of {all} findings keeps the bot from working.",
            "{n} of {all} findings keep the bot from working.",
            count[Level.BAD],
        )
        return Text("\n" + template.format(n=count[Level.BAD], all=len(levels)), "bold red")
    if count[Level.ADVICE]:
        template = translate.ngettext(
            "The bot can run. {n} finding is worth a look.",
            "The bot can run. {n} findings are worth a look.",
            count[Level.ADVICE],
        )
        return Text("\n" + template.format(n=count[Level.ADVICE]), "yellow")
    return Text("\n" + translate("All is good."), "green")
