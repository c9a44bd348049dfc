"""Messages for admins about a run: the live progress card, the final report, and notices of what needs attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from domain.chat.callback_data import button
from domain.chat.commands import CommandName
from domain.chat.i18n import Translator, gettext_noop
from domain.chat.message import Button, Keyboard, Message
from domain.chat.text import Text, bold, date_time, format_text, join
from domain.delivery.broadcast_time import NOW
from domain.delivery.payment import Payment, max_cost_stars
from domain.delivery.progress import NO_TROUBLE, Progress, RunMessageKind, Trouble
from domain.delivery.reasons import RETRYABLE_REASONS, DeliveryReason, RunStateReason
from domain.delivery.states import CORRECTIONS, RunPurpose, RunState
from domain.subscription.calendar import local_date
from views.broadcast import quoted, scheduled_row
from views.broadcast_times import waiting_line
from views.dates import format_date_and_time, format_duration, format_full_day, format_moment
from views.outages import held_text
from views.roles import actor_name
from views.run_figures import (
    edit_lines,
    figure_lines,
    has_one_message_each,
    message_figures,
    messages_in_words,
    people_figures,
    pin_lines,
    recall_lines,
    run_title,
    state_name,
    waiting_messages,
    wish_lines,
)
from views.send_now import send_now_button
from views.withdrawals import withdrawal_progress

_BAR_CHARACTERS = 12
_SHOWN_PROBLEMS = 5

_REASONS = {
    DeliveryReason.BLOCKED: gettext_noop("blocked the bot"),
    DeliveryReason.ACCOUNT_DELETED: gettext_noop("deleted their account"),
    DeliveryReason.NEVER_STARTED: gettext_noop("never started the bot"),
    DeliveryReason.KICKED: gettext_noop("removed the bot"),
    DeliveryReason.NOT_A_MEMBER: gettext_noop("the bot is not a member there"),
    DeliveryReason.CHAT_DELETED: gettext_noop("the group was deleted"),
    DeliveryReason.CHAT_NOT_FOUND: gettext_noop("the chat does not exist"),
    DeliveryReason.FORBIDDEN: gettext_noop("the chat forbids it"),
    DeliveryReason.TOPIC_CLOSED: gettext_noop("the topic is closed or gone"),
    DeliveryReason.CHAT_MIGRATED: gettext_noop("the group became a supergroup, where the message is not"),
    DeliveryReason.MESSAGE_GONE: gettext_noop("the reader has deleted the message"),
    DeliveryReason.INCOMPLETE: gettext_noop("Telegram took only a part of the album"),
    DeliveryReason.NOT_ALLOWED: gettext_noop("the bot may not write there"),
}
"""Reasons in words. For other reasons Telegram's description is shown."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a run goes out.

    `hold_reason` is why nothing is sent until the operator decides, None if sending is allowed.
    `hold_seconds` is how long Telegram wants nothing to be sent; in an outage it does not answer at all.
    `standbyless_seconds` is for how long no standby has confirmed the database's commits; None if one does.
    """

    per_second: float = 0.0
    hold_reason: str | None = None
    hold_seconds: float = 0.0
    is_outage: bool = False
    standbyless_seconds: float | None = None


def run_message(
    kind: RunMessageKind, run: Progress, trouble: Trouble, speed: Speed, translate: Translator, *, offer_resend: bool
) -> Message:
    """Return what a message about a run shows now. A pause notice becomes a card when the run goes on."""
    if run.purpose is RunPurpose.WITHDRAWAL:
        return withdrawal_progress(run, translate)
    if run.purpose in CORRECTIONS:
        return correction_progress(run, trouble, speed, translate)
    if kind is RunMessageKind.REPORT or run.is_ended_broadcast:
        return report(run, trouble, translate, offer_resend=offer_resend)
    if kind is RunMessageKind.PAUSE_NOTICE and run.state_reason is RunStateReason.REJECTIONS:
        return paused_notice(run, translate)
    return progress_card(run, speed, translate, trouble, offer_resend=offer_resend)


def correction_progress(run: Progress, trouble: Trouble, speed: Speed, translate: Translator) -> Message:
    """Return how far a correction is, or what became of it; editors see it, who may not pause or cancel a run."""
    if run.state in (RunState.FINISHED, RunState.CANCELLED):
        return Message(report(run, trouble, translate, offer_resend=False).text)
    return Message(progress_card(run, speed, translate, offer_resend=False).text)


def progress_card(
    run: Progress, speed: Speed, translate: Translator, trouble: Trouble = NO_TROUBLE, *, offer_resend: bool
) -> Message:
    """Return the live card of a run, with buttons to pause, resume or cancel it.

    With `offer_resend` a button sends again what was not confirmed; reports have it too. While it waits for the next
    ones to be due it tells its trouble as a report does.
    """
    is_later = is_scheduled(run)
    lines: list[Text | str] = [*_quote(run, translate), _heading(run, translate)]
    if run.state in (RunState.RUNNING, RunState.PAUSED):
        lines += due_lines(run, translate, partial(_shown_instant, run, translate))
    if run.state is RunState.CANCELLED:
        lines.append(_end(run, translate))
    elif not is_later:
        lines.append(Text(_state(run, speed, translate)))
    if run.total:
        lines.append(Text(_progress_bar(run, translate)))
    edited = [] if run.edit is None else edit_lines(run.edit, translate)
    lines.append(Text("\n".join([*figure_lines(run, translate), *_payment_lines(run, translate), *edited])))
    if run.awaits_due:
        lines += _trouble_lines(trouble, translate)
    text = join("\n", filter(None, lines))
    if run.state not in (RunState.RUNNING, RunState.PAUSED):
        return Message(text)
    if is_later:
        return Message(text, (scheduled_row(run.run_id, translate),))
    again = _resend_row(run, translate, offer_resend=offer_resend)
    if run.awaits_due:
        again = *again, *_retry_row(run, trouble, translate)
    return Message(text, (_control_row(run, translate), *again, *_edit_row(run, translate)))


def report(run: Progress, trouble: Trouble, translate: Translator, *, offer_resend: bool) -> Message:
    """Return the report on a run that has ended, or goes on after its report."""
    lines: list[Text | str] = [*_quote(run, translate), _heading(run, translate)]
    if run.state is RunState.CANCELLED:
        lines.append(_end(run, translate))
    elif not run.total:
        lines.append(translate("Nobody was due to get it."))
    lines += [*figure_lines(run, translate), *_payment_lines(run, translate)]
    if run.missed:
        lines.append(translate("Too late for their morning: {n}").format(n=run.missed))
    lines += [*_trouble_lines(trouble, translate), *wish_lines(run, translate)]
    if run.edit is not None:
        lines += edit_lines(run.edit, translate)
    if run.pins is not None and run.recall is None:
        lines += pin_lines(run.pins, translate)
    if run.recall is not None:
        return Message(join("\n", [*lines, *recall_lines(run.recall, translate)]))
    again = _resend_row(run, translate, offer_resend=offer_resend)
    changes = *_edit_row(run, translate), *_pin_row(run, translate), *_recall_row(run, translate)
    others = *_retry_row(run, trouble, translate), *changes, *_send_now_row(run, translate)
    return Message(join("\n", lines), (*again, *others))


def recall_question(run: Progress, translate: Translator) -> Message:
    """Return the question whether a broadcast is to be deleted wherever it arrived."""
    question = translate(
        "Delete it in all chats that have it? Telegram deletes messages for 48 hours; what was not confirmed stays."
    )
    sent = (people_figures(run) or message_figures(run)).sent
    delete = button("🗑 " + translate("Delete ({n})").format(n=sent), CommandName.RUN, run.run_id, "delete")
    keep = button("✖️ " + translate("No"), CommandName.RUN, run.run_id, "keep")
    return Message(join("\n", [*_quote(run, translate), _heading(run, translate), question]), ((delete, keep),))


def paused_notice(run: Progress, translate: Translator) -> Message:
    """Return the notice that a run paused itself, with Telegram's description."""
    lines: list[Text | str] = [
        bold(f"⏸ {run_title(run, translate)}"),
        translate("Paused by itself: Telegram refuses too many of its messages."),
        format_text(translate("It says: {why}"), {"why": run.state_detail}),
        *figure_lines(run, translate),
    ]
    return Message(join("\n", lines), (_control_row(run, translate),))


def payment_refused_notice(detail: str, translate: Translator) -> Message:
    """Return the notice that Telegram refused the payment for a broadcast, which goes on without."""
    lines = (
        bold("⚠️ " + translate("The broadcast goes on for free")),
        translate("Telegram refused the payment: {why}").format(why=_payment_refusal(detail, translate)),
        translate("It is slower now, but everybody gets it, and nobody twice. You need not do anything."),
    )
    return Message(join("\n", lines))


def missing_edition_notice(day: date, translate: Translator) -> Message:
    """Return the notice that no edition was published for a morning."""
    when = format_full_day(day, translate)
    return Message(Text(translate("⚠️ No digest has been published for the morning of {date}.").format(date=when)))


def reminder(start: datetime, translate: Translator, *, zone: str, now: datetime) -> Message:
    """Return the reminder that there is no edition yet for a morning that begins soon."""
    moment = format_moment(start, zone, translate, now)
    lines = (
        bold("⏰ " + translate("There is no digest yet for the next morning.")),
        translate("It goes out {moment}. Put the file into the folder, or send it to me.").format(moment=moment),
    )
    return Message(join("\n", lines))


def topic_closed_notice(translate: Translator) -> Message:
    """Return the notice, for the group itself, that its topic accepts no messages any more."""
    return Message(Text(translate("The topic chosen for the digest is closed or gone; from now on it comes here.")))


def restored_notice(translate: Translator) -> Message:
    """Return the notice that nothing is sent, because a backup of the database was restored."""
    return Message(
        Text(
            translate(
                "⚠️ The database is older than what was already sent: a backup was restored. Nothing is sent until you "
                "stop the bot, run: digestbot resume --after-restore and start it again."
            )
        )
    )


def database_lost_notice(file: str, saved: str | None, translate: Translator, *, is_lock: bool) -> Message:
    """Return the notice that a file of the open database is lost, where its data was saved, and what to do."""
    if is_lock:
        remedy = translate("Restart the bot.")
    elif saved is not None:
        remedy = translate(
            "All data is safe in {saved}. Stop the bot, run: digestbot restore {saved} and start it again."
        ).format(saved=saved)
    else:
        remedy = translate("The data could not be saved. Stop the bot, restore a backup, and start it again.")
    what = translate(
        "⚠️ The bot's file {file} was deleted, moved or replaced. Nothing is sent and nobody is answered until the bot "
        "is restarted; what people write meanwhile is answered then."
    ).format(file=file)
    return Message(Text(f"{what}\n\n{remedy}"))


def database_unwritable_notice(reason: str, translate: Translator) -> Message:
    """Return the notice that the database cannot be written."""
    return Message(
        Text(
            translate(
                "⚠️ The database cannot be written ({reason}), so nothing is sent. Sending goes on by itself as soon as "
                "it can be written again."
            ).format(reason=reason)
        )
    )


def cannot_start_notice(bot: str, reasons: Sequence[tuple[str, str]], translate: Translator) -> Message:
    """Return the notice that no process can start a bot, with the reason of each process."""
    lines: list[Text | str] = [
        bold("⚠️ " + translate("The bot {bot} is not running: it cannot be started.").format(bot=bot)),
        *(f"· {process}: {reason}" for process, reason in reasons[:_SHOWN_PROBLEMS]),
        translate("It is tried again by itself. Details: digestbot fleet"),
    ]
    return Message(join("\n", lines))


def runs_again_notice(bot: str, translate: Translator) -> Message:
    """Return the notice that a bot runs that no process could start."""
    return Message(Text(translate("✅ The bot {bot} is running again.").format(bot=bot)))


def _payment_lines(run: Progress, translate: Translator) -> list[str]:
    """Return what was sent for Stars, and why no more is."""
    if run.payment is Payment.FREE:
        return []
    sent = translate("⚡ Sent fast: {n}, for at most {stars} ⭐").format(
        n=_messages(run, run.paid, translate), stars=f"{max_cost_stars(run.paid):,}"
    )
    if run.payment is Payment.PAID:
        return [sent]
    why = _payment_refusal(run.payment_detail, translate)
    return [sent, translate("The others for free: {why}").format(why=why)]


def _payment_refusal(detail: str, translate: Translator) -> str:
    """Return in words why Telegram refused a payment; its own words where no others are known."""
    if "BALANCE_TOO_LOW" in detail:
        return translate("the bot does not have enough Stars.")
    if detail.startswith("Too Many Requests"):
        return translate("it takes no more than the free rate. Are paid broadcasts enabled in @BotFather?")
    return detail


def is_scheduled(run: Progress) -> bool:
    """Return whether a broadcast waits for its time, and nobody was due to get it yet."""
    is_waiting = run.state is RunState.RUNNING and run.purpose is RunPurpose.BROADCAST and not run.total
    return is_waiting and run.next_due is not None and run.next_due > run.published_at


def _end(run: Progress, translate: Translator) -> Text | str:
    """Return why a run has ended before all of it was sent, with the admin who cancelled it if not its author."""
    match run.state_reason:
        case RunStateReason.WITHDRAWN:
            return translate("Withdrawn")
        case RunStateReason.SUPERSEDED:
            return translate("A newer version has taken its place.")
        case RunStateReason.ADMIN if run.cancelled_by is not None and run.cancelled_by != run.actor:
            return format_text(translate("Cancelled by {who}"), {"who": actor_name(run.cancelled_by, translate)})
        case _:
            return state_name(run.state, translate)


def due_lines(run: Progress, translate: Translator, shown: Callable[[datetime], Text]) -> list[Text]:
    """Return when a scheduled broadcast goes out, and who waits for it; `shown` is an instant as the reader sees it."""
    waiting, time = run.waiting, NOW if run.broadcast is None else run.broadcast.time
    if not is_scheduled(run):
        return [] if waiting is None else [waiting_line(waiting, time, translate, shown)]
    if time.in_mornings:
        lines = [format_text(translate("🕗 Goes out {when}"), {"when": bold(translate("in each one's morning"))})]
        return lines if waiting is None else [*lines, waiting_line(waiting, time, translate, shown)]
    first = run.next_due if waiting is None else waiting.first
    lines = [] if first is None else [format_text(translate("🕗 Goes out {when}"), {"when": shown(first)})]
    if waiting is not None and waiting.after_first:
        template = translate.ngettext(
            "🌙 {n} gets it later because of quiet hours: {last}",
            "🌙 {n} get it later because of quiet hours, the last {last}",
            waiting.after_first,
        )
        lines.append(format_text(template, {"n": waiting.after_first, "last": shown(waiting.last)}))
    return lines


def _shown_instant(run: Progress, translate: Translator, at: datetime) -> Text:
    """Return an instant for a card that stays, by its reader's clock."""
    words = format_date_and_time(at, run.card_zone, translate, local_date(run.published_at, run.card_zone))
    return date_time(words, at, "wDt")


def _heading(run: Progress, translate: Translator) -> Text:
    return bold(f"{_state_symbol(run)} {run_title(run, translate)}")


def _state_symbol(run: Progress) -> str:
    if run.state is RunState.FINISHED:
        return "⚠️" if run.failed or run.unconfirmed else "✅"
    return {RunState.PAUSED: "⏸", RunState.CANCELLED: "🛑"}.get(run.state, "📤")


def _state(run: Progress, speed: Speed, translate: Translator) -> str:
    """Return the state with what is known of it: why a run is paused, how long a running one still takes."""
    if run.state is RunState.PAUSED and run.state_reason is not RunStateReason.ADMIN:
        return f"{translate('Paused')}: {run.state_detail}"
    if run.state is RunState.RUNNING and speed.hold_reason is not None:
        return held_text(speed.hold_reason, translate)
    to_go = run.pending + run.in_flight
    if run.state is not RunState.RUNNING or not to_go:
        return state_name(run.state, translate)
    if speed.standbyless_seconds is not None:
        duration = format_duration(speed.standbyless_seconds, translate)
        return translate(
            "Nothing is sent: no standby has confirmed the database's commits for {time}; it goes on by itself"
        ).format(time=duration)
    if speed.is_outage:
        return translate("Telegram does not answer; it goes on by itself")
    if speed.hold_seconds > 1:
        duration = format_duration(speed.hold_seconds, translate)
        return translate("Telegram wants us to wait {time}; then it goes on").format(time=duration)
    if speed.per_second <= 0:
        return state_name(run.state, translate)
    rate = f"{speed.per_second:.1f}".rstrip("0").rstrip(".")
    duration = format_duration(to_go / speed.per_second, translate)
    return translate("On its way: {rate} a second, {time} to go").format(rate=rate, time=duration)


def _progress_bar(run: Progress, translate: Translator) -> str:
    """Return how many messages are done; they are named where a recipient gets more than one."""
    total = run.total + waiting_messages(run)
    done = run.total - run.pending - run.in_flight
    filled = done * _BAR_CHARACTERS // total
    bar = f"{'▓' * filled}{'░' * (_BAR_CHARACTERS - filled)} {done}/"
    return f"{bar}{total}" if has_one_message_each(run) else f"{bar}{messages_in_words(total, translate)}"


def _messages(run: Progress, n: int, translate: Translator) -> str:
    """Return a number of a run's messages, which is one of people too where each gets one."""
    return str(n) if has_one_message_each(run) else messages_in_words(n, translate)


def _trouble_lines(trouble: Trouble, translate: Translator) -> list[Text]:
    lines: list[Text] = []
    for failure in trouble.failures[:_SHOWN_PROBLEMS]:
        why = translate(_REASONS[failure.reason]) if failure.reason in _REASONS else failure.error
        lines.append(format_text(translate("· failed {n}×: {why}"), {"n": failure.count, "why": why}))
    if trouble.unconfirmed_chats:
        chats = translate(", ").join(str(chat) for chat in trouble.unconfirmed_chats[:_SHOWN_PROBLEMS])
        if len(trouble.unconfirmed_chats) > _SHOWN_PROBLEMS:
            chats += "…"
        line = translate("· not confirmed, may have arrived or not: chat {chats}")
        lines.append(format_text(line, {"chats": chats}))
    return lines


def _control_row(run: Progress, translate: Translator) -> tuple[Button, ...]:
    cancel = button("🛑 " + translate("Cancel"), CommandName.RUN, run.run_id, "cancel")
    if run.state is RunState.PAUSED:
        return (button("▶️ " + translate("Resume"), CommandName.RUN, run.run_id, "resume"), cancel)
    return (button("⏸ " + translate("Pause"), CommandName.RUN, run.run_id, "pause"), cancel)


def _quote(run: Progress, translate: Translator) -> list[Text]:
    """Return the quote of a broadcast above its figures."""
    return [] if run.broadcast is None else [quoted(run.broadcast, translate)]


def _retry_row(run: Progress, trouble: Trouble, translate: Translator) -> Keyboard:
    """Return the button that tries again what Telegram refused, of a broadcast that was not cancelled."""
    count = sum(failure.count for failure in trouble.failures if failure.reason in RETRYABLE_REASONS)
    if not count or run.purpose is not RunPurpose.BROADCAST or run.state is RunState.CANCELLED:
        return ()
    label = "🔂 " + translate("Try failed ones again ({n})").format(n=_messages(run, count, translate))
    return ((button(label, CommandName.RUN, run.run_id, "retry"),),)


def _edit_row(run: Progress, translate: Translator) -> Keyboard:
    if run.broadcast is None or not run.broadcast.is_editable or not run.sent:
        return ()
    return ((button("✏️ " + translate("Edit…"), CommandName.RUN, run.run_id, "edit"),),)


def _recall_row(run: Progress, translate: Translator) -> Keyboard:
    if not run.is_ended_broadcast or not run.sent:
        return ()
    return ((button("🗑 " + translate("Recall…"), CommandName.RUN, run.run_id, "recall"),),)


def _pin_row(run: Progress, translate: Translator) -> Keyboard:
    """Return the button that pins a broadcast that has ended wherever it arrived, or unpins it there."""
    if not run.is_ended_broadcast or not run.sent:
        return ()
    if run.pins is not None and not run.pins.unpins:
        return ((button("📌 " + translate("Unpin"), CommandName.RUN, run.run_id, "unpin"),),)
    return ((button("📌 " + translate("Pin"), CommandName.RUN, run.run_id, "pin"),),)


def _send_now_row(run: Progress, translate: Translator) -> Keyboard:
    """Return the button that sends an edition to those for whom it came too late."""
    if not run.missed or run.edition is None or run.state is not RunState.FINISHED:
        return ()
    return ((send_now_button(run.edition, translate),),)


def _resend_row(run: Progress, translate: Translator, *, offer_resend: bool) -> Keyboard:
    if not offer_resend or not run.unconfirmed or run.state is RunState.CANCELLED:
        return ()
    label = "🔁 " + translate("Send again ({n})").format(n=_messages(run, run.unconfirmed, translate))
    return ((button(label, CommandName.RUN, run.run_id, "resend"),),)
