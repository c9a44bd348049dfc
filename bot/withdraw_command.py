"""The command `digestbot withdraw EDITION --yes`: take an edition back, or publish it again with `--undo`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.bot_settings import default_schedule_of
from bot.bots_commands import CommandRefused, bot_option, choose_bot, no_such_edition, print_halt, run_command, write
from bot.fleet_command import HALTED
from bot.printing import print_translated
from bot.settings import Settings
from domain.audit import OPERATOR, AuditAction, AuditEntry
from domain.chat.i18n import lazy_text
from domain.delivery.withdrawal import WithdrawalOutlook
from storage import audit, digests, reach, withdrawals
from storage.bots import StoredBot
from storage.database import Database, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawResult:
    """What a withdrawal finds, how many are still to get the edition, whether it was withdrawn now, and its bot."""

    outlook: WithdrawalOutlook
    waiting: int
    is_withdrawn: bool
    bot: StoredBot


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """How many get an edition that is published again at their times, and from which bot."""

    people: int
    bot: StoredBot


def withdraw_edition(process: Settings, day: date, *, bot: str | None, is_agreed: bool) -> int:
    """Tell how many have an edition, and withdraw it if that is agreed; return the exit code."""

    async def run(database: Database) -> WithdrawResult:
        chosen = await choose_bot(database, bot)
        own = database.for_bot(chosen.id)
        now = datetime.now(UTC)
        async with own.read() as tx:
            if await _is_withdrawn(tx, day):
                raise CommandRefused(
                    lazy_text(
                        "{day}: it is withdrawn already; digestbot withdraw {day} --undo{bot} publishes it again",
                        day=day,
                        bot=bot_option(bot),
                    )
                )
            outlook, waiting = await _read_outlook(tx, day, now)
        if not is_agreed:
            return WithdrawResult(outlook=outlook, waiting=waiting, is_withdrawn=False, bot=chosen)
        async with write(own, process, alone=True) as tx:
            people = await withdrawals.withdraw(tx, day, actor=None, now=now)
            if people is None:
                raise CommandRefused(lazy_text("{day}: it is withdrawn already", day=day))
            await audit.record(
                tx, AuditEntry(at=now, actor=OPERATOR, action=AuditAction.WITHDRAWN, edition=day, detail=str(people))
            )
        return WithdrawResult(outlook=outlook, waiting=waiting, is_withdrawn=True, bot=chosen)

    return run_command(process, run, lambda result: _show_outlook(result, day, bot), writes=is_agreed)


def _show_outlook(result: WithdrawResult, day: date, bot: str | None) -> None:
    """Print what a withdrawal finds, whether it was carried out, and what keeps the bot from it."""
    found = result.outlook
    print_translated(
        "{day}: {people} with it, {waiting} yet to get it",
        day=day,
        people=found.people,
        waiting=result.waiting,
    )
    print_translated(
        "to delete: {young} messages; older than 48 hours, to edit: {old}", young=found.young, old=found.old
    )
    if found.out_of_reach or found.unconfirmed:
        print_translated(
            "stays with {people} who removed the bot; may have arrived: {unconfirmed} messages",
            people=found.out_of_reach,
            unconfirmed=found.unconfirmed,
        )
    if found.is_forgotten:
        print_translated("it went out more than thirty days ago: its messages are not known any more, and stay")
    if result.is_withdrawn and result.bot.state in HALTED:
        print_translated("it is withdrawn; its messages are taken back as soon as the bot may go on")
    elif result.is_withdrawn:
        print_translated("it is withdrawn; its messages are taken back within a minute if the bot runs")
    else:
        print_translated(
            "nothing was changed; to withdraw it: digestbot withdraw {day} --yes{bot}",
            day=day,
            bot=bot_option(bot),
        )
    print_halt(result.bot)


def publish_again(process: Settings, day: date, *, bot: str | None) -> int:
    """Publish a withdrawn edition again, as it is stored; return the exit code."""

    async def run(database: Database) -> RestoreResult:
        chosen = await choose_bot(database, bot)
        own = database.for_bot(chosen.id)
        now = datetime.now(UTC)
        async with write(own, process, alone=True) as tx:
            zone = default_schedule_of(chosen, process).zone
            is_withdrawn = await _is_withdrawn(tx, day)
            if not is_withdrawn or not await withdrawals.restore(tx, day, now=now, default_zone=zone):
                raise CommandRefused(lazy_text("{day}: it is not withdrawn", day=day))
            await audit.record(tx, AuditEntry(at=now, actor=OPERATOR, action=AuditAction.RESTORED, edition=day))
            stored = await digests.get_metadata(tx, day)
            if stored is None:
                return RestoreResult(0, chosen)
            reached = await reach.of_edition(tx, day, stored.published, now=now)
        return RestoreResult(reached.by_itself, chosen)

    def show(result: RestoreResult) -> None:
        print_translated("{day} is published again: {people} get it at their times", day=day, people=result.people)
        print_translated(
            "to send it at once to all who are subscribed: digestbot send {day} --now{bot}",
            day=day,
            bot=bot_option(bot),
        )
        print_halt(result.bot)

    return run_command(process, run, show, writes=True)


async def _is_withdrawn(tx: Tx, day: date) -> bool:
    stored = await digests.get_metadata(tx, day)
    if stored is None:
        raise await no_such_edition(tx, day)
    return stored.is_withdrawn


async def _read_outlook(tx: Tx, day: date, now: datetime) -> tuple[WithdrawalOutlook, int]:
    """Return what a withdrawal finds, and how many are still to get the edition."""
    stored = await digests.get_metadata(tx, day)
    published = now if stored is None else stored.published
    waiting = await reach.count_waiting(tx, day, published, now=now)
    return await withdrawals.outlook(tx, day, now=now), waiting
