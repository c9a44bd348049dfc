"""A run's title, state and figures in words. Progress cards, reports and /stats share them."""

from __future__ import annotations

from dataclasses import dataclass

from domain.chat.i18n import Translator
from domain.delivery.broadcast import Broadcast
from domain.delivery.progress import Progress
from domain.delivery.states import RunPurpose, RunState
from views.broadcast import broadcast_name
from views.dates import format_day, format_full_day


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """Messages of a run, or people, by what became of them.

    What is in flight is still to go: nothing is known of it yet.
    """

    sent: int
    to_go: int
    failed: int
    unconfirmed: int
    skipped: int


def people_figures(run: Progress) -> RunFigures | None:
    """Return the people of a run by what became of the first message that each gets; None if they are not known.

    Of corrections and withdrawals messages are told: a person may have a later one of them alone.
    """
    if run.purpose in (RunPurpose.WITHDRAWAL, RunPurpose.CORRECTION):
        return None
    people, is_cancelled = run.counts.people, run.state is RunState.CANCELLED
    waiting = 0 if run.waiting is None else run.waiting.people
    if people is None:
        return message_figures(run) if has_one_message_each(run) else None
    return RunFigures(
        sent=people.sent,
        to_go=people.in_flight + (0 if is_cancelled else people.pending + waiting),
        failed=people.failed,
        unconfirmed=people.unconfirmed,
        skipped=people.skipped + (people.pending + waiting if is_cancelled else 0),
    )


def has_one_message_each(run: Progress) -> bool:
    """Return whether each recipient gets one message, so that people and messages are the same number."""
    return run.total == run.recipients


def messages_in_words(n: int, translate: Translator) -> str:
    return translate.ngettext("{n} message", "{n} messages", n).format(n=n)


def waiting_messages(run: Progress) -> int:
    """Return how many messages a broadcast is still to send to those for whom it is not due yet."""
    if run.waiting is None:
        return 0
    return run.waiting.people * (run.total // run.recipients if run.recipients else 1)


def message_figures(run: Progress) -> RunFigures:
    """Return the messages of a run by what became of them, with those that are not due yet."""
    waiting, is_cancelled = waiting_messages(run), run.state is RunState.CANCELLED
    return RunFigures(
        sent=run.sent,
        to_go=run.pending + run.in_flight + (0 if is_cancelled else waiting),
        failed=run.failed,
        unconfirmed=run.unconfirmed,
        skipped=run.skipped + (waiting if is_cancelled else 0),
    )


def run_title(
    run: Progress, translate: Translator, *, with_year: bool = True, broadcast: Broadcast | None = None
) -> str:
    """Return what a run does or sends: `Broadcast`, `Digest of Fri, 12 Sep 2025`; `broadcast`: the one to be named."""
    title = {
        RunPurpose.DIGEST: translate("Digest of {date}"),
        RunPurpose.RECAP: translate("Recap of the week up to {date}"),
        RunPurpose.WITHDRAWAL: translate("Withdrawal of the digest of {date}"),
        RunPurpose.CORRECTION: translate("Correction of the digest of {date}"),
        RunPurpose.BROADCAST: translate("Broadcast"),
        RunPurpose.EDIT: translate("Edit of a broadcast"),
        RunPurpose.RECALL: translate("Recall of a broadcast"),
        RunPurpose.PINS: translate("Unpinning of a broadcast") if run.unpins else translate("Pins of a broadcast"),
    }[run.purpose]
    if broadcast is not None:
        return translate("{act}: {subject}").format(act=title, subject=broadcast_name(broadcast, translate))
    if run.edition is None:
        return title
    day = format_full_day(run.edition, translate) if with_year else format_day(run.edition, translate)
    return title.format(date=day)


def state_name(state: RunState, translate: Translator) -> str:
    return {
        RunState.DRAFT: translate("Waiting for its author to confirm"),
        RunState.RUNNING: translate("On its way"),
        RunState.PAUSED: translate("Paused"),
        RunState.CANCELLED: translate("Cancelled"),
        RunState.FINISHED: translate("Finished"),
    }[state]


def figure_lines(run: Progress, translate: Translator) -> list[str]:
    """Return the figures, a line each: people, or messages if the first line says so.

    Those that are zero are left out, except for what was sent. What became of people's further messages follows.
    """
    people = people_figures(run)
    figures = people or message_figures(run)
    sent = translate("Corrected: {n}") if run.purpose is RunPurpose.CORRECTION else translate("Sent: {n}")
    lines = [sent.format(n=figures.sent if people is not None else messages_in_words(figures.sent, translate))]
    others = {
        translate("To go: {n}"): figures.to_go,
        translate("Failed: {n}"): figures.failed,
        translate("Not confirmed: {n}"): figures.unconfirmed,
        translate("Skipped: {n}"): figures.skipped,
    }
    lines += [line.format(n=n) for line, n in others.items() if n]
    return [*lines, *filter(None, (_further_messages(run, translate),))]


def _further_messages(run: Progress, translate: Translator) -> str:
    """Return how many messages beyond each person's first one have not arrived; '' if none, or if all are told."""
    people, messages = people_figures(run), message_figures(run)
    if people is None:
        return ""
    phrases = {
        translate("{n} to go"): messages.to_go - people.to_go,
        translate("{n} failed"): messages.failed - people.failed,
        translate("{n} unconfirmed"): messages.unconfirmed - people.unconfirmed,
    }
    shown = translate(", ").join(phrase.format(n=n) for phrase, n in phrases.items() if n)
    return translate("Further messages: {figures}").format(figures=shown) if shown else ""


def wish_lines(run: Progress, translate: Translator) -> list[str]:
    """Return what readers want more or less of, as counts; nothing without a vote."""
    wishes = run.wishes
    if not wishes.more and not wishes.less:
        return []
    lines = [translate("💬 Readers want: more {more}, less {less}").format(more=wishes.more, less=wishes.less)]
    if wishes.items:
        item = translate("no. {item} ({n})")
        listed = translate(", ").join(item.format(item=position, n=count) for position, count in wishes.items)
        lines.append(translate("More like these: {items}").format(items=listed))
    return lines


def recall_lines(recall: Progress, translate: Translator) -> list[str]:
    """Return how far the recall of a broadcast has come, a line for each figure."""
    return _lines_of_change(
        recall,
        translate("🗑 Recalled: {n} deleted"),
        translate("Not deleted: {n}; Telegram refused it, or the recipient has left."),
        translate,
    )


def edit_lines(edit: Progress, translate: Translator) -> list[str]:
    """Return how far the newest edit of a broadcast has come, a line for each figure."""
    return _lines_of_change(
        edit,
        translate("✏️ Edited: {n}"),
        translate("Not edited: {n}; it was deleted there, Telegram refused it, or the recipient has left."),
        translate,
    )


def pin_lines(pins: Progress, translate: Translator) -> list[str]:
    """Return in how many chats a broadcast is pinned, or unpinned again, a line for each figure."""
    return _lines_of_change(
        pins,
        translate("📌 Unpinned: {n}") if pins.unpins else translate("📌 Pinned: {n}"),
        translate("Not there: {n}; the bot may not pin in the chat, it was deleted, or the recipient has left."),
        translate,
    )


def _lines_of_change(change: Progress, done: str, kept: str, translate: Translator) -> list[str]:
    """Return the lines of a run that changes sent messages: for how many people they are changed, or stay."""
    people = people_figures(change)
    figures = people or message_figures(change)
    lines = [done.format(n=figures.sent if people is not None else messages_in_words(figures.sent, translate))]
    if change.state in (RunState.RUNNING, RunState.PAUSED):
        lines[0] += translate(", {n} to go").format(n=figures.to_go) if figures.to_go else "…"
    unchanged = _unchanged(figures)
    if unchanged:
        lines.append(kept.format(n=unchanged))
    return [*lines, *filter(None, (_further_messages(change, translate),))]


def _unchanged(figures: RunFigures) -> int:
    """Return where a run that changes sent messages left them as they were, or may have."""
    return figures.failed + figures.skipped + figures.unconfirmed


def figures_in_one_line(run: Progress, translate: Translator) -> str:
    """Return the figures that are not zero in one line: people, or messages if it says so."""
    people = people_figures(run)
    figures = people or message_figures(run)
    done = {
        RunPurpose.CORRECTION: translate("{n} corrected"),
        RunPurpose.EDIT: translate("{n} edited"),
        RunPurpose.RECALL: translate("{n} deleted"),
        RunPurpose.PINS: translate("{n} unpinned") if run.unpins else translate("{n} pinned"),
        RunPurpose.WITHDRAWAL: translate("{n} taken back"),
    }.get(run.purpose, translate("{n} sent"))
    kept = {
        RunPurpose.EDIT: translate("{n} not edited"),
        RunPurpose.RECALL: translate("{n} not deleted"),
        RunPurpose.PINS: translate("{n} not unpinned") if run.unpins else translate("{n} not pinned"),
    }.get(run.purpose)
    others = {
        translate("{n} failed"): figures.failed,
        translate("{n} unconfirmed"): figures.unconfirmed,
        translate("{n} skipped"): figures.skipped,
    }
    if kept is not None:
        others = {kept: _unchanged(figures)}
    phrases = {done: figures.sent, **others, translate("{n} to go"): figures.to_go}
    shown = [phrase.format(n=n) for phrase, n in phrases.items() if n]
    line = translate(", ").join(shown) or done.format(n=0)
    if people is None:
        return translate("Messages: {figures}").format(figures=line)
    return " · ".join(filter(None, (line, _further_messages(run, translate))))
