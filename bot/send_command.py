"""The command `digestbot send EDITION --now`: send an edition at once to those who have not had it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.bots_commands import CommandRefused, bot_option, choose_bot, no_such_edition, print_halt, run_command, write
from bot.fleet_command import HALTED
from bot.printing import print_translated
from bot.settings import Settings
from domain.audit import OPERATOR
from domain.chat.i18n import gettext_noop, lazy_text
from domain.delivery.send_now import SendNow
from domain.subscription.reach import Reach
from storage import send_now
from storage.bots import StoredBot
from storage.database import Database, Tx

_REFUSALS = {
    SendNow.PAUSED: gettext_noop("{day}: its delivery is paused; resume it in the chat, under its report"),
    SendNow.WITHDRAWN: gettext_noop("{day}: it was withdrawn; digestbot withdraw {day} --undo publishes it again"),
    SendNow.CANCELLED: gettext_noop("{day}: its delivery was cancelled, so it does not go out any more"),
    SendNow.UNKNOWN_RECIPIENTS: gettext_noop("{day}: who has had it is not known any more, so some would get it twice"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """Whom the edition reaches, whether it was sent to them now, and by which bot."""

    reach: Reach
    is_sent: bool
    bot: StoredBot


def send_edition(process: Settings, day: date, *, bot: str | None, is_agreed: bool) -> int:
    """Tell how many have not had an edition, and send it to them if that is agreed; return the exit code."""

    async def run(database: Database) -> SendResult:
        chosen = await choose_bot(database, bot)
        own = database.for_bot(chosen.id)
        now = datetime.now(UTC)
        async with own.read() as tx:
            reached = await _reach(await send_now.outlook(tx, day, now=now), tx, day)
        if not is_agreed or not reached.without:
            return SendResult(reach=reached, is_sent=False, bot=chosen)
        async with write(own, process, alone=True) as tx:
            reached = await _reach(await send_now.send_by(OPERATOR, tx, day, now=now), tx, day)
        return SendResult(reach=reached, is_sent=bool(reached.without), bot=chosen)

    def show(result: SendResult) -> None:
        reached = result.reach
        print_translated(
            "{day}: {without} still without it, {had} with it", day=day, without=reached.without, had=reached.had
        )
        if reached == Reach():
            print_translated("nobody is subscribed, or everybody has paused")
        if reached.unconfirmed:
            print_translated("not confirmed for {n}, who may have it or not", n=reached.unconfirmed)
        if reached.refused:
            print_translated("refused by Telegram for {n}, who do not have it", n=reached.refused)
        if reached.nothing:
            print_translated(
                "nothing in it for {n}, because of their muted words or chosen categories", n=reached.nothing
            )
        if result.is_sent and result.bot.state in HALTED:
            print_translated("it goes to those who have not had it as soon as the bot may go on")
        elif result.is_sent:
            print_translated("it is on its way to those who have not had it: within a minute if the bot runs")
        elif reached.without:
            print_translated(
                "nothing was sent; to send it to them now: digestbot send {day} --now{bot}",
                day=day,
                bot=bot_option(bot),
            )
        print_halt(result.bot)

    return run_command(process, run, show, writes=is_agreed)


async def _reach(answer: Reach | SendNow, tx: Tx, day: date) -> Reach:
    """Return whom the edition reaches. Raises `CommandRefused` if it may not be sent."""
    if isinstance(answer, Reach):
        return answer
    if answer is SendNow.NOT_STORED:
        raise await no_such_edition(tx, day)
    raise CommandRefused(lazy_text(_REFUSALS[answer], day=day))
