"""How a run stands, in words for admins: its figures in; a progress card, a report, an alarm out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from domain.chat.i18n import Say, marked
from domain.chat.message import Button, Message
from domain.chat.text import Text, bold, fill, join
from domain.delivery.outcome import NO_TOPIC, NOT_ALLOWED, says_any
from domain.delivery.progress import Progress
from domain.delivery.states import RunKind, RunState

_BAR = 12
_SHOWN = 5

_REASONS = {
    "blocked": marked("blocked the bot"),
    "deactivated": marked("deleted their account"),
    "never started": marked("never started the bot"),
    "kicked": marked("put the bot out"),
    "not a member": marked("the bot is not a member there"),
    "deleted": marked("the group was deleted"),
    "not found": marked("the chat does not exist"),
    "forbidden": marked("the chat forbids it"),
}
"""The short codes of `outcome.GONE`, in words."""

_REFUSALS = (
    (NO_TOPIC, marked("the topic is closed or gone")),
    (NOT_ALLOWED, marked("the bot may not write there")),
)
"""What Telegram's descriptions contain, in words; what else it says is shown as it says it."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What a run's figures alone do not tell: parts a second, and seconds for which Telegram wants nothing."""

    per_second: float = 0.0
    held: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why parts failed (with how many), and chats whose parts were not confirmed."""

    failures: Sequence[tuple[str, int]] = ()
    unconfirmed_chats: Sequence[int] = ()


def card(run: Progress, speed: Speed, say: Say, *, ask: bool) -> Message:
    """The live card of a run. `ask`: with a button, until it ends, to send again what was not confirmed."""
    lines = [bold(f"{_sign(run)} {title(run, say)}"), Text(_state(run, speed, say))]
    if run.total:
        lines.append(Text(_bar(run)))
    lines.append(Text("\n".join(_figures(run, say))))
    return Message(join("\n", filter(None, lines)), _rows(run, say, ask=ask))


def report(run: Progress, trouble: Trouble, say: Say, *, ask: bool) -> Message:
    """What became of a run, for the admins."""
    again = (_again(run, say),) if ask and run.unconfirmed else ()
    return Message(join("\n", _report_lines(run, trouble, say)), again)


def _report_lines(run: Progress, trouble: Trouble, say: Say) -> list[Text | str]:
    lines: list[Text | str] = [bold(f"{_sign(run)} {title(run, say)}")]
    if not run.total:
        lines.append(say("Nobody was due to get it."))
    lines += _figures(run, say)
    if run.missed:
        lines.append(say("Too late for their morning: {n}").format(n=run.missed))
    for why, count in list(trouble.failures)[:_SHOWN]:
        lines.append(fill(say("· failed {n}×: {why}"), {"n": count, "why": _reason(why, say)}))
    if trouble.unconfirmed_chats:
        chats = say(", ").join(str(chat) for chat in list(trouble.unconfirmed_chats)[:_SHOWN])
        more = "…" if len(trouble.unconfirmed_chats) > _SHOWN else ""
        lines.append(fill(say("· not confirmed, may have arrived or not: chat {chats}"), {"chats": chats + more}))
    return lines


def _reason(why: str, say: Say) -> str:
    known = next((words for parts, words in _REFUSALS if says_any(parts, why)), why)
    return say(_REASONS.get(why, known))


def paused(run: Progress, why: str, say: Say) -> Message:
    """A run has paused itself."""
    words = say("Paused by itself: Telegram refuses too many of its messages.")
    lines: list[Text | str] = [
        bold(f"⏸ {title(run, say)}"),
        words,
        fill(say("It says: {why}"), {"why": _reason(why, say)}),
    ]
    lines += _figures(run, say)
    return Message(join("\n", lines), (_steering(run, say),))


def no_edition(day: date, say: Say) -> Message:
    """The morning went by without a digest."""
    when = format_date(day, say("EEE, d MMM y"), locale=say.language)
    return Message(Text(say("⚠️ No digest has been published for the morning of {date}.").format(date=when)))


def topic_closed(say: Say) -> Message:
    """For the chat: its topic takes nothing any more."""
    return Message(Text(say("The topic chosen for the digest is closed or gone; from now on it comes here.")))


def restored(say: Say) -> Message:
    """Sending is held after a backup was restored."""
    return Message(
        Text(
            say(
                "⚠️ The database is older than what was already sent: a backup was restored. Nothing is sent until you "
                "run: digestbot resume --after-restore"
            )
        )
    )


def title(run: Progress, say: Say) -> str:
    """What a run is."""
    if run.kind is RunKind.BROADCAST or run.edition is None:
        return say("Broadcast")
    when = format_date(run.edition, say("EEE, d MMM y"), locale=say.language)
    return say("Digest of {date}").format(date=when)


def _sign(run: Progress) -> str:
    if run.state is RunState.FINISHED:
        return "⚠️" if run.failed or run.unconfirmed else "✅"
    return {RunState.PAUSED: "⏸", RunState.CANCELLED: "🛑"}.get(run.state, "📤")


def _state(run: Progress, speed: Speed, say: Say) -> str:
    match run.state:
        case RunState.FINISHED:
            return say("Finished")
        case RunState.PAUSED:
            if run.state_why == "admin":
                return say("Paused")
            return f"{say('Paused')}: {_reason(run.state_why, say)}"
        case RunState.CANCELLED:
            return say("Cancelled")
    return _running(run, speed, say)


def _running(run: Progress, speed: Speed, say: Say) -> str:
    left = run.pending + run.in_flight
    if not left:
        return say("On its way")
    if speed.held > 1:
        return say("Telegram wants us to wait {time}; then it goes on").format(time=_span(speed.held, say))
    if speed.per_second <= 0:
        return say("On its way")
    rate = f"{speed.per_second:.1f}".rstrip("0").rstrip(".")
    left_for = _span(left / speed.per_second, say)
    return say("On its way: {rate} a second, {time} to go").format(rate=rate, time=left_for)


def _bar(run: Progress) -> str:
    done = run.total - run.pending - run.in_flight
    filled = done * _BAR // run.total
    return f"{'▓' * filled}{'░' * (_BAR - filled)} {done}/{run.total}"


def _figures(run: Progress, say: Say) -> list[str]:
    """The figures that say something."""
    unconfirmed = run.unconfirmed - run.in_flight
    named = (
        (say("Sent: {n}"), run.sent, True),
        (say("To go: {n}"), run.pending + run.in_flight, False),
        (say("Failed: {n}"), run.failed, False),
        (say("Not confirmed: {n}"), unconfirmed, False),
        (say("Skipped: {n}"), run.skipped, False),
    )
    return [template.format(n=number) for template, number, always in named if number or always]


def _rows(run: Progress, say: Say, *, ask: bool) -> tuple[tuple[Button, ...], ...]:
    if run.state not in (RunState.RUNNING, RunState.PAUSED):
        return ()
    return (_steering(run, say), *((_again(run, say),) if ask and run.unconfirmed > run.in_flight else ()))


def _steering(run: Progress, say: Say) -> tuple[Button, ...]:
    cancel = Button("🛑 " + say("Cancel"), f"run {run.run_id} cancel")
    if run.state is RunState.PAUSED:
        return (Button("▶️ " + say("Resume"), f"run {run.run_id} resume"), cancel)
    return (Button("⏸ " + say("Pause"), f"run {run.run_id} pause"), cancel)


def _again(run: Progress, say: Say) -> tuple[Button, ...]:
    count = run.unconfirmed - run.in_flight
    return (Button("🔁 " + say("Send again ({n})").format(n=count), f"run {run.run_id} resend"),)


def _span(seconds: float, say: Say) -> str:
    """A span of time in the largest units that say enough."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return say("{n} s").format(n=max(1, rest))
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return say("{n} min").format(n=minutes + (rest >= 30))
    return say("{hours} h {minutes} min").format(hours=hours, minutes=minutes)


def local_day(moment: datetime, zone: str) -> date:
    """The day it is there."""
    return moment.astimezone(ZoneInfo(zone)).date()
