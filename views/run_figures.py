"""A run's title, state and figures in words. Progress cards, reports and /stats share them."""

from __future__ import annotations

from dataclasses import dataclass

from domain.chat.i18n import Translator
from domain.delivery.progress import Progress
from domain.delivery.states import RunKind, RunState
from views.dates import format_day, format_full_day


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """The messages of a run by what became of them. Those in flight are still to go: nothing is known of them yet."""

    sent: int
    to_go: int
    failed: int
    unconfirmed: int
    skipped: int


def run_figures(run: Progress) -> RunFigures:
    return RunFigures(
        sent=run.sent,
        to_go=run.pending + run.in_flight,
        failed=run.failed,
        unconfirmed=run.unconfirmed,
        skipped=run.skipped,
    )


def run_title(run: Progress, translate: Translator, *, with_year: bool = True) -> str:
    """Return what a run does or sends: `Broadcast`, `Digest of Fri, 12 Sep 2025`."""
    if run.kind is RunKind.WITHDRAWAL and run.edition is not None:
        day = format_full_day(run.edition, translate) if with_year else format_day(run.edition, translate)
        return translate("Withdrawal of the digest of {date}").format(date=day)
    if run.kind is RunKind.CORRECTION and run.edition is not None:
        day = format_full_day(run.edition, translate) if with_year else format_day(run.edition, translate)
        return translate("Correction of the digest of {date}").format(date=day)
    if run.kind is RunKind.CORRECTION:
        if run.is_pin is not None:
            return translate("Pins of a broadcast") if run.is_pin else translate("Unpinning of a broadcast")
        return translate("Recall of a broadcast") if run.is_recall else translate("Edit of a broadcast")
    if run.kind is RunKind.BROADCAST or run.edition is None:
        return translate("Broadcast")
    day = format_full_day(run.edition, translate) if with_year else format_day(run.edition, translate)
    if run.kind is RunKind.RECAP:
        return translate("Recap of the week up to {date}").format(date=day)
    return translate("Digest of {date}").format(date=day)


def state_name(state: RunState, translate: Translator) -> str:
    return {
        RunState.DRAFT: translate("Waiting for its author to confirm"),
        RunState.RUNNING: translate("On its way"),
        RunState.PAUSED: translate("Paused"),
        RunState.CANCELLED: translate("Cancelled"),
        RunState.FINISHED: translate("Finished"),
    }[state]


def figure_lines(run: Progress, translate: Translator) -> list[str]:
    """Return the figures, a line each. Those that are zero are left out, except for what was sent."""
    figures = run_figures(run)
    is_correction = run.kind is RunKind.CORRECTION and run.edition is not None
    lines = {
        translate("Corrected: {n}") if is_correction else translate("Sent: {n}"): figures.sent,
        translate("To go: {n}"): figures.to_go,
        translate("Failed: {n}"): figures.failed,
        translate("Not confirmed: {n}"): figures.unconfirmed,
        translate("Skipped: {n}"): figures.skipped,
    }
    return [line.format(n=n) for position, (line, n) in enumerate(lines.items()) if n or position == 0]


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
        translate("📌 Pinned: {n}") if pins.is_pin else translate("📌 Unpinned: {n}"),
        translate("Not there: {n}; the bot may not pin in the chat, it was deleted, or the recipient has left."),
        translate,
    )


def _lines_of_change(change: Progress, done: str, kept: str, translate: Translator) -> list[str]:
    """Return the lines of a run that changes sent messages: how many are changed, and how many stay as they are."""
    figures = run_figures(change)
    lines = [done.format(n=figures.sent)]
    if change.state in (RunState.RUNNING, RunState.PAUSED):
        lines[0] += translate(", {n} to go").format(n=figures.to_go) if figures.to_go else "…"
    unchanged = figures.failed + figures.skipped + figures.unconfirmed
    if unchanged:
        lines.append(kept.format(n=unchanged))
    return lines


def figures_in_one_line(run: Progress, translate: Translator) -> str:
    """Return the figures that are not zero in one line."""
    figures = run_figures(run)
    done = translate("{n} deleted") if run.is_recall else translate("{n} sent")
    done = translate("{n} corrected") if run.kind is RunKind.CORRECTION and not run.is_recall else done
    if run.is_pin is not None:
        done = translate("{n} pinned") if run.is_pin else translate("{n} unpinned")
    done = translate("{n} taken back") if run.kind is RunKind.WITHDRAWAL else done
    phrases = {
        done: figures.sent,
        translate("{n} failed"): figures.failed,
        translate("{n} unconfirmed"): figures.unconfirmed,
        translate("{n} skipped"): figures.skipped,
        translate("{n} to go"): figures.to_go,
    }
    shown = [phrase.format(n=n) for phrase, n in phrases.items() if n]
    return translate(", ").join(shown) or done.format(n=0)
