"""The commands `digestbot bots`: add bots to an installation, list them, and pause, drain or resume one.

They work while the bots run: the running process reads the table every few seconds.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.bot_settings import PLACEHOLDER, InvalidBotSettings, own_settings, settings_of, token_environment
from bot.cli_language import translator
from bot.exit_code import ExitCode
from bot.expected_errors import EXPECTED, startup_error
from bot.fleet_command import HALTED, holder_of, state_in_words
from bot.open_database import open_beside
from bot.printing import print_sentence, print_translated
from bot.recognition import recognized
from bot.settings import Settings
from bot.startup_errors import StartupError, print_errors
from bot.status_command import failing_checks
from bot.status_socket import ask_processes
from bot.token_reference import TokenUnusable, read_token
from domain.audit import OPERATOR, AuditAction, AuditEntry
from domain.chat.i18n import gettext_noop, lazy_text, translated
from domain.delivery.states import BotState
from storage import audit, bots, digests, fleet, start_failures, subscribers
from storage.bots import StoredBot
from storage.database import Database, Tx
from storage.fleet import FleetBot
from storage.sqlite.moved import DatabaseMoved, moved_to
from storage.start_failures import StartFailure

NAME = re.compile("[a-z0-9-]{1,32}")

Result = TypeVar("Result")


class CommandRefused(Exception):
    """A command cannot do what was asked; each line says why."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSummary:
    """A bot as `bots list` shows it: active subscribers, the day of its newest edition, and what is wrong with it."""

    name: str
    state: str
    subscribers: int
    last_edition: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of all bots: failing checks of this machine's processes by name, and starts that failed."""

    checks: Mapping[str, str]
    start_failures: Sequence[StartFailure]


def add_bot(process: Settings, name: str, token: str, own: Mapping[str, str], *, replace: bool = False) -> int:
    """Add a bot, or replace what is stored for it, once name, token and settings are checked; return the exit code."""

    async def add(database: Database) -> str:
        wrong = await asyncio.to_thread(lambda: [*_own_errors(process, name, token, own)])
        async with write(database, process, alone=True) as tx:  # or two at once would not see each other's account
            stored = await bots.get_all(tx)
            former = next((bot for bot in stored if bot.name == name), None)
            if former is not None and not replace:
                wrong.insert(
                    0, lazy_text("there is a bot {name} already; choose another name, or add --replace", name=name)
                )
            elif replace and (former is None or former.is_first):
                wrong.insert(0, lazy_text("there is no bot {name} that could be replaced", name=name))
            else:
                others = [bot for bot in stored if bot is not former]
                wrong += _clashes(others, former, process, token, own)
            if wrong:
                raise CommandRefused(*wrong)
            await (bots.replace if replace else bots.add)(tx, name, token, own)
        if replace:
            return lazy_text("{name} has other settings; a running digestbot takes them up within seconds", name=name)
        return lazy_text("{name} was added; a running digestbot starts it within seconds", name=name)

    return run_command(process, add, creates=True, writes=True)


def set_state(process: Settings, name: str, state: BotState) -> int:
    """Set what a bot is to do, and return the exit code."""
    done = {
        BotState.RUNNING: gettext_noop("{name} runs"),
        BotState.PAUSED: gettext_noop(
            "{name} answers people and sends no digest and no broadcast until: digestbot bots resume {name}"
        ),
        BotState.DRAINING: gettext_noop(
            "{name} finishes what is in flight and then does nothing until: digestbot bots resume {name}"
        ),
    }

    async def change(database: Database) -> str:
        chosen = await choose_bot(database, name)
        async with write(database.for_bot(chosen.id), process) as tx:
            if await bots.set_state(tx, name, state):
                act = AuditAction.BOT_STATE_SET
                await audit.record(tx, AuditEntry(at=datetime.now(UTC), actor=OPERATOR, action=act, detail=state.value))
        return lazy_text(done[state], name=name)

    return run_command(process, change, writes=True)


def list_bots(process: Settings, console: Console) -> int:
    """Print a table of all bots and return the exit code."""
    holder = holder_of(process.database)

    async def read(database: Database) -> list[BotSummary]:
        async with database.read() as tx:
            stored, failures = await bots.get_all(tx), await start_failures.get_all(tx)
        everywhere = await fleet.load(database, now=datetime.now(UTC), holder=holder, counts_backlog=False)
        states = {bot.id: bot for bot in everywhere.bots}
        found = Findings(
            {name: text for answer in await ask_processes(process) for name, text in failing_checks(answer).items()},
            failures,
        )
        return [
            await _summarize(bot, states[bot.id], database.for_bot(bot.id), process, found)
            for bot in stored
            if bot.id in states
        ]

    def show(summaries: list[BotSummary]) -> None:
        table = Table(box=None, pad_edge=False)
        translate = translator()
        table.add_column(translate("name"), overflow="fold")
        table.add_column(translate("state"), overflow="fold")
        table.add_column(translate("subscribers"), justify="right", overflow="fold")
        table.add_column(translate("newest edition"), overflow="fold")
        table.add_column(translate("problems"), overflow="fold")
        for bot in summaries:
            problems = Text("\n".join(recognized(problem, translate) for problem in bot.problems) or translate("none"))
            edition = bot.last_edition or translate("none yet")
            table.add_row(bot.name, bot.state, str(bot.subscribers), edition, problems)
        console.print(table)

    return run_command(process, read, show)


async def _summarize(
    bot: StoredBot, running: FleetBot, database: Database, process: Settings, found: Findings
) -> BotSummary:
    async with database.read() as tx:
        audience = await subscribers.audience(tx, now=datetime.now(UTC))
        newest = await digests.last_published(tx)
    return BotSummary(
        name=bot.name,
        state=state_in_words(bot.state, running.state, translator()),
        subscribers=audience.active,
        last_edition="" if newest is None else str(newest[0]),
        problems=tuple(_problems(bot, process, found)),
    )


def _problems(bot: StoredBot, process: Settings, found: Findings) -> Iterator[str]:
    """Yield what is wrong with a bot: its settings, what fails in the running processes, and starts that failed."""
    yield from _settings_problems(bot, process)
    checks = {
        check: message
        for check, message in found.checks.items()
        if check.startswith(f"{bot.name}.") or (bot.is_first and "." not in check)
    }
    yield from (lazy_text("{check}: {problem}", check=check, problem=message) for check, message in checks.items())
    for failure in found.start_failures:
        if failure.bot_id == bot.id and failure.reason not in checks.values():
            yield lazy_text("could not start on {process}: {reason}", process=failure.process, reason=failure.reason)


def _settings_problems(bot: StoredBot, process: Settings) -> tuple[str, ...]:
    """Return why a further bot cannot start with what is stored for it."""
    if bot.is_first:
        return ()
    try:
        settings_of(bot, process, read_token(bot.token, token_environment()))
    except TokenUnusable as error:
        return (lazy_text("token: {problem}", problem=str(error)),)
    except InvalidBotSettings as error:
        return error.errors
    return ()


def _own_errors(process: Settings, name: str, token: str, own: Mapping[str, str]) -> Iterator[str]:
    """Yield what would keep the bot from starting, whatever other bots there are."""
    if not NAME.fullmatch(name):
        yield lazy_text("{name!r} is no name of a bot; write 1 to 32 of a-z 0-9 -", name=name)
    secret = PLACEHOLDER
    try:
        secret = read_token(token, token_environment())
    except TokenUnusable as error:
        yield lazy_text("token: {problem}", problem=str(error))
    try:
        own_settings(name, own, process, secret)
    except InvalidBotSettings as error:
        yield from error.errors


def _clashes(
    others: Sequence[StoredBot], former: StoredBot | None, process: Settings, token: str, own: Mapping[str, str]
) -> Iterator[str]:
    """Yield what a bot would share with others, or that it would go on as another Telegram account."""
    account = _account(token)
    for bot in others:
        if account is not None and account == _account_of(bot, process):
            yield lazy_text(
                "token: it is that of the bot {name}; each bot needs one of its own from @BotFather", name=bot.name
            )
        if _folder_of(bot, process) == Path(own["digests"]).resolve():
            yield lazy_text(
                "DIGESTS: {folder} is the folder of the bot {name}; each bot needs one of its own",
                folder=own["digests"],
                name=bot.name,
            )
    if former is not None and account is not None and _account(former.token) not in (None, account):
        yield lazy_text(
            "token: it is of another Telegram account, which the subscribers of {name} have never written to; add it "
            "under another name",
            name=former.name,
        )


def _account_of(bot: StoredBot, process: Settings) -> str | None:
    return _account_id(process.bot_token) if bot.is_first else _account(bot.token)


def _folder_of(bot: StoredBot, process: Settings) -> Path:
    return Path(process.digests if bot.is_first else bot.settings.get("digests", "")).resolve()


def _account(reference: str) -> str | None:
    """Return the Telegram account of a token, or None if it cannot be read."""
    try:
        return _account_id(read_token(reference, token_environment()))
    except TokenUnusable:
        return None


def _account_id(token: SecretStr) -> str:
    return token.get_secret_value().partition(":")[0]


@asynccontextmanager
async def write(database: Database, process: Settings, *, alone: bool = False) -> AsyncIterator[Tx]:
    """Open a transaction that writes. Raises `DatabaseMoved`: a move may have ended while this one waited for it."""
    async with database.write(alone=alone) as tx:
        if isinstance(process.database, Path) and (target := await moved_to(tx)) is not None:
            raise DatabaseMoved(process.database, target)
        yield tx


async def choose_bot(database: Database, name: str | None) -> StoredBot:
    """Return the bot of a name, or the only one. Raises `CommandRefused`."""
    async with database.read() as tx:
        stored = await bots.get_all(tx)
    names = ", ".join(bot.name for bot in stored)
    if name is None and len(stored) > 1:
        raise CommandRefused(lazy_text("there are several bots; add --bot with one of {names}", names=names))
    chosen = [bot for bot in stored if name in (None, bot.name)]
    if not chosen:
        raise CommandRefused(lazy_text("there is no bot {name}; there are {names}", name=name, names=names))
    return chosen[0]


async def no_such_edition(tx: Tx, day: date) -> CommandRefused:
    """Return the refusal of a command on an edition that is not stored; it names the newest one."""
    newest = await digests.last_published(tx)
    if newest is None:
        return CommandRefused(lazy_text("{day}: there is no such edition, and no other one yet", day=day))
    return CommandRefused(
        lazy_text("{day}: there is no such edition; the newest one is {newest}", day=day, newest=newest[0])
    )


def bot_option(name: str | None) -> str:
    """Return what a command that is to be repeated needs behind it: the bot, if one was named."""
    return f" --bot {name}" if name else ""


def print_halt(bot: StoredBot) -> None:
    """Say that a bot sends nothing until it is resumed, if that is so."""
    if bot.state in HALTED:
        print_translated(HALTED[bot.state], name=bot.name)


def _print_result(result: object) -> None:
    print_sentence(translated(str(result), translator()))


def run_command(
    process: Settings,
    command: Callable[[Database], Awaitable[Result]],
    show: Callable[[Result], None] = _print_result,
    *,
    creates: bool = False,
    writes: bool = False,
) -> int:
    """Run a command on the database beside a running bot, print its result or why it fails; return the exit code.

    Only a command that `creates` a database makes the file if it is missing, and only one that `writes` migrates it.
    """

    async def run() -> Result:
        async with open_beside(process.database, creates=creates, migrates=writes) as database:
            return await command(database)

    try:
        result = asyncio.run(run())
    except CommandRefused as error:
        print_errors(
            [StartupError(line, ExitCode.FAILURE) for line in error.lines],
            intro=gettext_noop("nothing was changed, {n} things are wrong"),
        )
        return ExitCode.FAILURE
    except EXPECTED as error:
        failure = startup_error(error, process)
        print_errors([failure])
        return failure.exit_code
    show(result)
    return ExitCode.SUCCESS


def absolute(path: Path) -> str:
    """Return a path as it is stored: the process may run in another folder."""
    return str(path.expanduser().absolute())
