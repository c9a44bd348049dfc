"""How a run stands, in words for admins: its figures in; a progress card, a report, an alarm out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator, gettext_noop
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, format_text, join
from domain.delivery.progress import FailureCount, Progress
from domain.delivery.reasons import DeliveryReason, RunStateReason
from domain.delivery.states import RunKind, RunState

_BAR = 12
_SHOWN = 5

_REASONS = {
    DeliveryReason.BLOCKED: gettext_noop("blocked the bot"),
    DeliveryReason.ACCOUNT_DELETED: gettext_noop("deleted their account"),
    DeliveryReason.NEVER_STARTED: gettext_noop("never started the bot"),
    DeliveryReason.KICKED: gettext_noop("put the bot out"),
    DeliveryReason.NOT_A_MEMBER: gettext_noop("the bot is not a member there"),
    DeliveryReason.CHAT_DELETED: gettext_noop("the group was deleted"),
    DeliveryReason.CHAT_NOT_FOUND: gettext_noop("the chat does not exist"),
    DeliveryReason.FORBIDDEN: gettext_noop("the chat forbids it"),
    DeliveryReason.TOPIC_CLOSED: gettext_noop("the topic is closed or gone"),
    DeliveryReason.NOT_ALLOWED: gettext_noop("the bot may not write there"),
}
"""Reasons in words; for others Telegram's own words are shown."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What a run's figures alone do not tell: parts a second, and seconds for which Telegram wants nothing."""

    per_second: float = 0.0
    held: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Reasons of failed deliveries, and chats with unconfirmed ones."""

    failures: Sequence[FailureCount] = ()
    unconfirmed_chats: Sequence[int] = ()


def progress_card(run: Progress, speed: Speed, translate: Translator, *, ask: bool) -> Message:
    """The live card of a run. `ask`: with a button, until it ends, to send again what was not confirmed."""
    lines = [bold(f"{_sign(run)} {title(run, translate)}"), Text(_state(run, speed, translate))]
    if run.total:
        lines.append(Text(_bar(run)))
    lines.append(Text("\n".join(_figures(run, translate))))
    return Message(join("\n", filter(None, lines)), _rows(run, translate, ask=ask))


def report(run: Progress, trouble: Trouble, translate: Translator, *, ask: bool) -> Message:
    """What became of a run, for the admins."""
    again = (_again(run, translate),) if ask and run.unconfirmed else ()
    return Message(join("\n", _report_lines(run, trouble, translate)), again)


def _report_lines(run: Progress, trouble: Trouble, translate: Translator) -> list[Text | str]:
    lines: list[Text | str] = [bold(f"{_sign(run)} {title(run, translate)}")]
    if not run.total:
        lines.append(translate("Nobody was due to get it."))
    lines += _figures(run, translate)
    if run.missed:
        lines.append(translate("Too late for their morning: {n}").format(n=run.missed))
    for failure in list(trouble.failures)[:_SHOWN]:
        why = translate(_REASONS[failure.reason]) if failure.reason in _REASONS else failure.error
        lines.append(format_text(translate("· failed {n}×: {why}"), {"n": failure.count, "why": why}))
    if trouble.unconfirmed_chats:
        chats = translate(", ").join(str(chat) for chat in list(trouble.unconfirmed_chats)[:_SHOWN])
        more = "…" if len(trouble.unconfirmed_chats) > _SHOWN else ""
        lines.append(
            format_text(translate("· not confirmed, may have arrived or not: chat {chats}"), {"chats": chats + more})
        )
    return lines


def paused_notice(run: Progress, translate: Translator) -> Message:
    """Return the notice that the circuit breaker paused a run, with Telegram's description."""
    words = translate("Paused by itself: Telegram refuses too many of its messages.")
    lines: list[Text | str] = [
        bold(f"⏸ {title(run, translate)}"),
        words,
        format_text(translate("It says: {why}"), {"why": run.state_detail}),
    ]
    lines += _figures(run, translate)
    return Message(join("\n", lines), (_steering(run, translate),))


def missing_edition_notice(day: date, translate: Translator) -> Message:
    """The morning went by without a digest."""
    when = format_date(day, translate("EEE, d MMM y"), locale=translate.language)
    return Message(Text(translate("⚠️ No digest has been published for the morning of {date}.").format(date=when)))


def topic_closed_notice(translate: Translator) -> Message:
    """For the chat: its topic takes nothing any more."""
    return Message(Text(translate("The topic chosen for the digest is closed or gone; from now on it comes here.")))


def restored_notice(translate: Translator) -> Message:
    """Sending is held after a backup was restored."""
    return Message(
        Text(
            translate(
                "⚠️ The database is older than what was already sent: a backup was restored. Nothing is sent until you "
                "run: digestbot resume --after-restore"
            )
        )
    )


def title(run: Progress, translate: Translator) -> str:
    """What a run is."""
    if run.kind is RunKind.BROADCAST or run.edition is None:
        return translate("Broadcast")
    when = format_date(run.edition, translate("EEE, d MMM y"), locale=translate.language)
    return translate("Digest of {date}").format(date=when)


def _sign(run: Progress) -> str:
    if run.state is RunState.FINISHED:
        return "⚠️" if run.failed or run.unconfirmed else "✅"
    return {RunState.PAUSED: "⏸", RunState.CANCELLED: "🛑"}.get(run.state, "📤")


def _state(run: Progress, speed: Speed, translate: Translator) -> str:
    match run.state:
        case RunState.FINISHED:
            return translate("Finished")
        case RunState.PAUSED:
            if run.state_reason is RunStateReason.ADMIN:
                return translate("Paused")
            return f"{translate('Paused')}: {run.state_detail}"
        case RunState.CANCELLED:
            return translate("Cancelled")
    return _running(run, speed, translate)


def _running(run: Progress, speed: Speed, translate: Translator) -> str:
    left = run.pending + run.in_flight
    if not left:
        return translate("On its way")
    if speed.held > 1:
        return translate("Telegram wants us to wait {time}; then it goes on").format(time=_span(speed.held, translate))
    if speed.per_second <= 0:
        return translate("On its way")
    rate = f"{speed.per_second:.1f}".rstrip("0").rstrip(".")
    left_for = _span(left / speed.per_second, translate)
    return translate("On its way: {rate} a second, {time} to go").format(rate=rate, time=left_for)


def _bar(run: Progress) -> str:
    done = run.total - run.pending - run.in_flight
    filled = done * _BAR // run.total
    return f"{'▓' * filled}{'░' * (_BAR - filled)} {done}/{run.total}"


def _figures(run: Progress, translate: Translator) -> list[str]:
    """The figures that say something."""
    named = (
        (translate("Sent: {n}"), run.sent, True),
        (translate("To go: {n}"), run.pending + run.in_flight, False),
        (translate("Failed: {n}"), run.failed, False),
        (translate("Not confirmed: {n}"), run.unconfirmed, False),
        (translate("Skipped: {n}"), run.skipped, False),
    )
    return [template.format(n=number) for template, number, always in named if number or always]


def _rows(run: Progress, translate: Translator, *, ask: bool) -> tuple[tuple[Button, ...], ...]:
    if run.state not in (RunState.RUNNING, RunState.PAUSED):
        return ()
    return (_steering(run, translate), *((_again(run, translate),) if ask and run.unconfirmed else ()))


def _steering(run: Progress, translate: Translator) -> tuple[Button, ...]:
    cancel = button("🛑 " + translate("Cancel"), CommandName.RUN, run.run_id, "cancel")
    if run.state is RunState.PAUSED:
        return (button("▶️ " + translate("Resume"), CommandName.RUN, run.run_id, "resume"), cancel)
    return (button("⏸ " + translate("Pause"), CommandName.RUN, run.run_id, "pause"), cancel)


def _again(run: Progress, translate: Translator) -> tuple[Button, ...]:
    label = "🔁 " + translate("Send again ({n})").format(n=run.unconfirmed)
    return (button(label, CommandName.RUN, run.run_id, "resend"),)


def _span(seconds: float, translate: Translator) -> str:
    """A span of time in the largest units that say enough."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return translate("{n} s").format(n=max(1, rest))
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return translate("{n} min").format(n=minutes + (rest >= 30))
    return translate("{hours} h {minutes} min").format(hours=hours, minutes=minutes)


def local_day(moment: datetime, zone: str) -> date:
    """The day it is there."""
    return moment.astimezone(ZoneInfo(zone)).date()
