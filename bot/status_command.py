"""The command `digestbot status`: whether the bot runs on this machine, what is wrong, and how its digests went."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from bot.bot_settings import default_schedule_of
from bot.cli_language import translator
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, startup_error
from bot.fleet_command import HALTED, holder_of, state_in_words
from bot.open_database import open_beside
from bot.printing import PrintableConsole, echo_json
from bot.recognition import recognized
from bot.settings import Settings
from bot.startup_errors import print_errors
from bot.status_socket import ProcessAnswer, Silence, ask_processes
from bot.wrapping import wrap
from domain.chat.i18n import Translations, Translator, gettext_noop, lazy_text
from domain.delivery.progress import Progress
from domain.delivery.states import BotState, RunState
from storage import bots, fleet, run_progress, start_failures, subscribers
from storage.bots import StoredBot
from storage.database import Database
from storage.errors import DatabaseMissing
from storage.fleet import FleetBot, FleetState
from storage.migrate import SchemaIsOlder
from storage.sqlite.files import size_bytes
from storage.start_failures import StartFailure
from views.run_figures import figures_in_one_line, run_title, state_name

SILENCES = {
    Silence.STARTING: lazy_text("it is starting and does not answer yet; ask again in a minute"),
    Silence.HANGING: lazy_text("it does not answer: it hangs or is frozen"),
    Silence.OTHER_USER: lazy_text("it runs as another user; ask as that user"),
}
NOT_RUNNING = gettext_noop("digestbot is not running on this machine; start it: digestbot run")


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStatus:
    """A bot as an operator asks for it: what it is to do, and what it does; the newest run in words, if any.

    `start_failures` has the reason of each process that could not start it.
    """

    name: str
    state: str
    actual_state: str
    subscribers: int
    run: str | None
    next_at: str | None
    start_failures: dict[str, str]


def show_status(settings: Settings, console: PrintableConsole, *, as_json: bool) -> int:
    """Print the processes of this machine and the bots, and return 0 if a process runs and all is well.

    What the processes answer is printed whatever is wrong with the database. Without any process it says too that there
    is no database: the bot may run with another one.
    """
    translate, english = translator(), Translations.load().translator("en")
    processes, known, error = asyncio.run(_collect(settings, english if as_json else translate))
    failure = None if error is None else startup_error(error, settings)
    if failure is not None and not processes and not isinstance(error, DatabaseMissing):
        print_errors([failure])
        return failure.exit_code
    if as_json:
        shown = [
            {"pid": process.pid, **(process.status or {}), "checks": failing_checks(process)} for process in processes
        ]
        echo_json({"processes": shown, "bots": [asdict(bot) for bot in known]})
    else:
        lines = _process_lines(processes, ZoneInfo(settings.timezone), translate)
        lines += [] if processes else _failure_lines(known, translate)
        lines += _halt_lines(known, translate)
        for line in lines:
            console.print(*wrap(line, console.text_width, indent="  "), sep="\n", soft_wrap=True)
        if known:
            console.print(_table(known, translate))
    if failure is not None:
        print_errors([failure])
    is_well = not any(map(failing_checks, processes)) and isinstance(error, (SchemaIsOlder, type(None)))
    return ExitCode.SUCCESS if processes and is_well else ExitCode.FAILURE


async def _collect(
    settings: Settings, translate: Translator
) -> tuple[Sequence[ProcessAnswer], Sequence[BotStatus], Exception | None]:
    """Return the processes, the bots, and why those cannot be told."""
    processes = await ask_processes(settings)
    if processes and isinstance(settings.database, Path) and not size_bytes(settings.database):
        return processes, (), None  # they say what is wrong
    holder = await asyncio.to_thread(holder_of, settings.database)
    try:
        async with open_beside(settings.database) as database:
            return processes, await _describe_all(database, holder, settings, translate), None
    except EXPECTED as error:
        return processes, (), error


async def _describe_all(
    database: Database, holder: str | None, settings: Settings, translate: Translator
) -> Sequence[BotStatus]:
    async with database.read() as tx:
        stored, failures = await bots.get_all(tx), await start_failures.get_all(tx)
    everywhere = await fleet.load(database, now=datetime.now(UTC), holder=holder, counts_backlog=False)
    wanted = {bot.id: bot for bot in stored}
    return [
        await _describe(wanted[bot.id], bot, database.for_bot(bot.id), settings, failures, translate)
        for bot in everywhere.bots
        if bot.id in wanted
    ]


async def _describe(
    bot: StoredBot,
    running: FleetBot,
    database: Database,
    settings: Settings,
    failures: Sequence[StartFailure],
    translate: Translator,
) -> BotStatus:
    now = datetime.now(UTC)
    async with database.read() as tx:
        audience = await subscribers.audience(tx, now=now)
        recent = await run_progress.recent(tx, 1)
    zone = ZoneInfo(default_schedule_of(bot, settings).zone)
    newest: Progress | None = recent[0] if recent else None
    words = (run_title(newest, translate), state_name(newest.state, translate).lower()) if newest else ()
    figures = figures_in_one_line(newest, translate) if newest else ""
    return BotStatus(
        name=bot.name,
        state=bot.state.value,
        actual_state=running.state.value,
        subscribers=audience.active,
        run=translate(", ").join(part for part in (*words, figures) if part) or None,
        next_at=None if bot.state in HALTED else _next_at(newest, zone, now),
        start_failures={failure.process: failure.reason for failure in failures if failure.bot_id == bot.id},
    )


def _next_at(newest: Progress | None, zone: ZoneInfo, now: datetime) -> str | None:
    """Return when a run goes on by itself; None if it goes on now, is paused or has ended."""
    at = newest.next_due if newest is not None and newest.state is RunState.RUNNING else None
    return None if at is None or at <= now else _moment(at, zone)


def failing_checks(process: ProcessAnswer) -> Mapping[str, str]:
    """Return the failing checks of a process by name; that it does not answer is one."""
    if process.status is None:
        return {"process": SILENCES[process.silence or Silence.HANGING]}
    checks: Mapping[str, str] = process.status["checks"]
    return checks


def _failure_lines(known: Sequence[BotStatus], translate: Translator) -> list[Text]:
    template = translate("{bot} could not start on {process}: {reason}")
    return [
        Text("  " + template.format(bot=bot.name, process=process, reason=recognized(reason, translate)))
        for bot in known
        for process, reason in bot.start_failures.items()
    ]


def _halt_lines(known: Sequence[BotStatus], translate: Translator) -> list[Text]:
    halted = {bot.name: BotState(bot.state) for bot in known if bot.state in HALTED}
    return [Text("  " + translate(HALTED[state]).format(name=name)) for name, state in halted.items()]


def _process_lines(processes: Sequence[ProcessAnswer], zone: ZoneInfo, translate: Translator) -> list[Text]:
    if not processes:
        return [Text(translate(NOT_RUNNING), "yellow")]
    lines = []
    for process in processes:
        checks = failing_checks(process)
        if process.status is None:
            template = translate("process {pid}: {problem}")
            texts = [template.format(pid=process.pid, problem=recognized(text, translate)) for text in checks.values()]
            lines += [Text(f"✗ {text}", "bold red") for text in texts]
            continue
        started = _moment(datetime.fromisoformat(process.status["started_at"]), zone)
        template = translate("digestbot {version} runs since {moment} (pid {pid})")
        text = template.format(version=process.status["version"], moment=started, pid=process.pid)
        lines.append(Text(f"{'✗' if checks else '✓'} {text}", "bold red" if checks else "green"))
        lines += [Text(f"  {check}: {recognized(message, translate)}") for check, message in checks.items()]
    return lines


def _table(known: Sequence[BotStatus], translate: Translator) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(translate("bot"), overflow="fold")
    table.add_column(translate("state"), overflow="fold")
    table.add_column(translate("subscribers"), justify="right", overflow="fold")
    table.add_column(translate("newest run"), overflow="fold")
    table.add_column(translate("goes on at"), overflow="fold")
    for bot in known:
        state = state_in_words(BotState(bot.state), FleetState(bot.actual_state), translate)
        row = (
            bot.name,
            state,
            f"{bot.subscribers:,}",
            bot.run or translate("none yet"),
            bot.next_at or "",
        )
        table.add_row(*(Text(cell) for cell in row))
    return table


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"
