"""The command `digestbot fleet`: what runs where, in one table. It only reads, also while the bots run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli_language import translator
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, startup_error
from bot.open_database import open_beside
from bot.printing import echo_json
from bot.recognition import recognized
from bot.settings import ProcessRole, Settings
from bot.startup_errors import print_errors
from bot.wrapping import MAX_TEXT_COLUMNS, wrap
from domain.chat.i18n import Translator, gettext_noop
from domain.delivery.states import BotState
from storage import fleet
from storage.database import Process, WriteError
from storage.fleet import Fleet, FleetBot, FleetState
from storage.postgresql.address import PostgresqlAddress
from storage.process_name import process_name_of
from storage.sqlite.lock import lock_holder
from views.dates import format_duration

NONE = "–"

STATES = {
    FleetState.RUNNING: gettext_noop("running"),
    FleetState.PAUSED: gettext_noop("paused"),
    FleetState.STARTING: gettext_noop("starting"),
    FleetState.DRAINING: gettext_noop("draining"),
    FleetState.DRAINED: gettext_noop("drained"),
    FleetState.WAITING: gettext_noop("waits for a process"),
    FleetState.CANNOT_START: gettext_noop("cannot start"),
}
HALTED = {
    BotState.PAUSED: gettext_noop(
        "{name} is paused and sends no digest and no broadcast until: digestbot bots resume {name}"
    ),
    BotState.DRAINING: gettext_noop("{name} is drained and does nothing until: digestbot bots resume {name}"),
}
SINCE = gettext_noop("since")
BOT_COLUMNS = (
    *(gettext_noop("bot"), gettext_noop("state"), gettext_noop("runs on"), gettext_noop("epoch")),
    *(SINCE, gettext_noop("to send"), gettext_noop("overdue"), gettext_noop("unconfirmed"), "429"),
)
NUMBERS = ("epoch", "to send", "unconfirmed")
PROCESS_COLUMNS = (
    *(gettext_noop("process"), gettext_noop("role"), gettext_noop("last sign of life"), gettext_noop("runs")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What the command has found: the fleet, why the database commits nothing, and when that was."""

    fleet: Fleet
    write_error: WriteError | None
    database: str
    now: datetime
    zone: str


def show_fleet(settings: Settings, console: Console, *, as_json: bool) -> int:
    """Print what runs where; return a failure if something is to be sent and nobody does it."""
    try:
        seen = asyncio.run(_observe(settings))
    except EXPECTED as error:
        failure = startup_error(error, settings)
        print_errors([failure])
        return failure.exit_code
    if as_json:
        echo_json(to_json(seen))
    else:
        print_fleet(seen, console)
    is_stuck = seen.write_error is not None or any(bot.is_left_alone for bot in seen.fleet.bots)
    return ExitCode.FAILURE if is_stuck else ExitCode.SUCCESS


async def _observe(settings: Settings) -> Observation:
    holder = await asyncio.to_thread(holder_of, settings.database)
    async with open_beside(settings.database) as database:
        now = datetime.now(UTC)
        found = await fleet.load(database, now=now, holder=holder)
        error = await database.find_write_error()
    return Observation(fleet=found, write_error=error, database=str(settings.database), now=now, zone=settings.timezone)


def holder_of(place: Path | PostgresqlAddress) -> str | None:
    """Return the process that works on a database file, to be asked before this one opens it; None for a server."""
    holder = lock_holder(place) if isinstance(place, Path) else None
    return None if holder is None else process_name_of(holder.removeprefix("pid "))


def state_in_words(wanted: BotState, actual: FleetState, translate: Translator) -> str:
    """Return what is happening to a bot, after what it is to do if no process does that."""
    words = translate(STATES[actual])
    if wanted is BotState.PAUSED and actual is not FleetState.PAUSED:
        return translate(", ").join((translate(STATES[FleetState.PAUSED]), words))
    return words


def print_fleet(seen: Observation, console: Console) -> None:
    """Print the table of bots, that of processes, and what is wrong."""
    translate = translator()
    console.print(_bots_table(seen, translate))
    console.print()
    console.print(_processes_table(seen.fleet, translate))
    for line in _problems(seen, translate):
        console.print(*wrap(Text(line), min(console.width, MAX_TEXT_COLUMNS)), sep="\n", soft_wrap=True)


def _bots_table(seen: Observation, translate: Translator) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in BOT_COLUMNS:
        name = f"{translate(heading)} ({seen.zone})" if heading == SINCE else translate(heading)
        table.add_column(name, justify="right" if heading in NUMBERS else "left", overflow="fold")
    for bot in seen.fleet.bots:
        backlog, lease = bot.backlog, bot.lease if bot.owner is not None else None
        table.add_row(
            bot.name,
            translate(STATES[bot.state]),
            bot.owner or NONE,
            NONE if lease is None else str(lease.epoch),
            NONE if lease is None else _moment(lease.since, seen.zone, translate),
            f"{backlog.due:,}",
            _overdue(bot, seen.now, translate),
            f"{backlog.unconfirmed:,}",
            NONE if backlog.held_until is None else _span(backlog.held_until, seen.now, translate),
        )
    return table


def _processes_table(found: Fleet, translate: Translator) -> Table | Text:
    if not found.processes:
        return Text(translate("no process is at work; start one: digestbot run"))
    names = {bot.id: bot.name for bot in found.bots}
    table = Table(box=None, pad_edge=False)
    for heading in PROCESS_COLUMNS:
        table.add_column(translate(heading), overflow="fold")
    for process in found.processes:
        owned = translate(", ").join(names[bot_id] for bot_id in sorted(process.bot_ids) if bot_id in names)
        is_receiver = process.role == ProcessRole.WEB
        idle = translate("no bots, receives webhooks") if is_receiver else translate("nothing, stands by")
        table.add_row(process.name, process.role or NONE, _last_sign(process, translate), owned or idle)
    return table


def _problems(seen: Observation, translate: Translator) -> Iterator[str]:
    """Yield what is wrong, after an empty line."""
    lines = [line for bot in seen.fleet.bots for line in _bot_problems(bot, translate)]
    if seen.write_error is not None:
        lines.append(_write_problem(seen.write_error, translate))
    if lines:
        yield ""
        yield from lines


def _write_problem(error: WriteError, translate: Translator) -> str:
    template = (
        translate("nothing is being sent: {reason}, for {time}")
        if error.seconds
        else translate("nothing is being sent: {reason}")
    )
    reason = recognized(error.reason, translate)
    return template.format(reason=reason, time=format_duration(error.seconds, translate))


def _bot_problems(bot: FleetBot, translate: Translator) -> Iterator[str]:
    template = translate("{bot} could not start on {process}: {reason}")
    for failure in bot.failures:
        yield template.format(bot=bot.name, process=failure.process, reason=recognized(failure.reason, translate))
    if bot.is_left_alone:
        yield translate("{bot} has something to send and no process runs it").format(bot=bot.name)


def _last_sign(process: Process, translate: Translator) -> str:
    if process.silent_seconds < 2:
        return translate("now")
    return translate("{time} ago").format(time=format_duration(process.silent_seconds, translate))


def _moment(at: datetime, zone: str, translate: Translator) -> str:
    return translate("{at:%d %b %H:%M}").format(at=at.astimezone(ZoneInfo(zone)))


def _overdue(bot: FleetBot, now: datetime, translate: Translator) -> str:
    at = bot.backlog.oldest_due
    return NONE if at is None else _span(now, at, translate)


def _span(until: datetime, since: datetime, translate: Translator) -> str:
    return format_duration((until - since).total_seconds(), translate)


def to_json(seen: Observation) -> dict[str, Any]:
    """Return everything as JSON values."""
    error = seen.write_error
    return {
        "database": seen.database,
        "at": seen.now.isoformat(),
        "write_error": None if error is None else {"reason": error.reason, "seconds": round(error.seconds, 1)},
        "processes": [
            {
                "name": process.name,
                "role": process.role,
                "silent_seconds": round(process.silent_seconds, 3),
                "bots": [bot.name for bot in seen.fleet.bots if bot.id in process.bot_ids],
            }
            for process in seen.fleet.processes
        ],
        "bots": [_bot_json(bot) for bot in seen.fleet.bots],
    }


def _bot_json(bot: FleetBot) -> dict[str, Any]:
    backlog, lease = bot.backlog, bot.lease
    return {
        "name": bot.name,
        "state": bot.state.value,
        "owner": bot.owner,
        "epoch": None if lease is None else lease.epoch,
        "since": None if lease is None else lease.since.isoformat(),
        "to_send": backlog.due,
        "oldest_due": None if backlog.oldest_due is None else backlog.oldest_due.isoformat(),
        "unconfirmed": backlog.unconfirmed,
        "held_until": None if backlog.held_until is None else backlog.held_until.isoformat(),
        "is_left_alone": bot.is_left_alone,
        "failures": [
            {"process": failure.process, "reason": failure.reason, "failed_at": failure.failed_at.isoformat()}
            for failure in bot.failures
        ],
    }
