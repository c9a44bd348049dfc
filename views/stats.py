"""The answer to /stats: how many subscribers there are, how the last runs went, and what was opened of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.chat.i18n import LANGUAGE_NAMES, Translator, gettext_noop
from domain.chat.message import Message
from domain.chat.text import Text, bold, join
from domain.delivery.broadcast import Broadcast
from domain.delivery.outage import Outage
from domain.delivery.progress import Progress
from domain.delivery.segment import SegmentSize
from domain.delivery.states import RunPurpose, RunState
from domain.item_reads import ItemReads
from domain.subscription.preferences import Layout
from domain.subscription.subscriber import LeftReason
from views.broadcast import size_in_words
from views.dates import format_moment
from views.outages import held_text, outage_text
from views.run_figures import figures_in_one_line, run_title, state_name, wish_lines
from views.settings import layout_name

_LISTED_ITEMS = 3
"""Items that are named because they were opened most often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberFigures:
    """Counts of subscribers: no figure tells who they are.

    `movements` are joined and left by reason, by the number of days that they reach back.
    """

    known: int
    active: int
    paused: int = 0
    size: SegmentSize
    languages: Mapping[str, int]
    layouts: Mapping[Layout, int]
    movements: Mapping[int, tuple[int, Mapping[LeftReason, int]]]


def subscriber_figures(figures: SubscriberFigures, translate: Translator) -> Text:
    """Return how many are subscribed, what they read, who came lately, and why others left."""
    counts = translate("{active} subscribed, {known} known").format(active=figures.active, known=figures.known)
    if figures.paused:
        counts += translate(", {paused} of them pause").format(paused=figures.paused)
    lines: list[Text | str] = [bold("📊 " + translate("Subscribers")), counts]
    if figures.size.total:
        lines.append(size_in_words(figures.size, translate))
    lines.append(_counted({LANGUAGE_NAMES.get(code, code): n for code, n in figures.languages.items()}, translate))
    lines.append(_counted({layout_name(layout, translate): n for layout, n in figures.layouts.items()}, translate))
    lines += [_movement_line(days, *movement, translate) for days, movement in figures.movements.items()]
    return join("\n", filter(None, lines))


def _counted(counts: Mapping[str, int], translate: Translator) -> str:
    return translate(", ").join(f"{name} {count}" for name, count in counts.items())


def _movement_line(days: int, joined: int, left: Mapping[LeftReason, int], translate: Translator) -> str:
    """Return how many came and left in so many days; nothing if nobody did."""
    if not joined and not left:
        return ""
    line = translate("{days} days: {joined} joined, {left} left").format(
        days=days, joined=joined, left=sum(left.values())
    )
    reasons = _counted({translate(LEFT_REASONS[reason]): count for reason, count in left.items()}, translate)
    return translate("{line} ({reasons})").format(line=line, reasons=reasons) if reasons else line


LEFT_REASONS = {
    LeftReason.STOPPED: gettext_noop("unsubscribed"),
    LeftReason.TAKEN_OUT: gettext_noop("were taken out"),
    LeftReason.REMOVED: gettext_noop("removed the bot"),
    LeftReason.MIGRATED: gettext_noop("became a supergroup"),
    LeftReason.ERASED: gettext_noop("erased their data"),
    LeftReason.BLOCKED: gettext_noop("blocked the bot"),
    LeftReason.ACCOUNT_DELETED: gettext_noop("deleted their account"),
    LeftReason.NEVER_STARTED: gettext_noop("never started the bot"),
    LeftReason.KICKED: gettext_noop("removed the bot"),
    LeftReason.NOT_A_MEMBER: gettext_noop("the bot is not a member there"),
    LeftReason.CHAT_DELETED: gettext_noop("the group was deleted"),
    LeftReason.CHAT_NOT_FOUND: gettext_noop("the chat does not exist"),
    LeftReason.FORBIDDEN: gettext_noop("the chat forbids it"),
}
"""Why subscribers left, in words."""


def stats_message(
    subscribers: Text,
    runs: Iterable[Progress],
    reads: Mapping[date, ItemReads],
    translate: Translator,
    *,
    broadcasts: Mapping[int, Broadcast],
    zone: str,
    now: datetime,
    outage: Outage | None = None,
    hold_reason: str | None = None,
    is_inline_mode_off: bool = False,
) -> Message:
    """Return the whole answer, with instants in `zone`. Runs cancelled before they began are left out.

    `broadcasts`: what runs send, edit, pin or recall, by their ids.
    """
    entries = [
        _run_entry(run, reads, translate, broadcast=broadcasts.get(run.run_id), zone=zone, now=now)
        for run in runs
        if run.total or run.state is not RunState.CANCELLED
    ]
    deliveries = join("\n\n", entries) if entries else translate("Nothing has gone out yet.")
    hint = translate("People could find items from any chat: send /setinline to @BotFather to switch that on.")
    hints = [f"💡 {hint}"] if is_inline_mode_off else []
    held = ["⏸ " + held_text(hold_reason, translate)] if hold_reason is not None else []
    stopped = [outage_text(outage, translate, zone=zone)] if outage is not None else []
    parts = (*held, *stopped, subscribers, bold("📤 " + translate("Last deliveries")), deliveries, *hints)
    return Message(join("\n\n", parts))


def _run_entry(
    run: Progress,
    reads: Mapping[date, ItemReads],
    translate: Translator,
    *,
    broadcast: Broadcast | None,
    zone: str,
    now: datetime,
) -> Text:
    """Return what a run sent and when, its state and its figures."""
    state = state_name(run.state, translate)
    is_idle = run.state is RunState.RUNNING and not run.pending and not run.in_flight
    if is_idle and run.next_due is not None and run.next_due > now:
        state = translate("Next: {when}").format(when=format_moment(run.next_due, zone, translate, now))
    published = format_moment(run.published_at, zone, translate, now)
    title = bold(run_title(run, translate, with_year=False, broadcast=broadcast))
    lines = [f"{published} · {state}", figures_in_one_line(run, translate), *wish_lines(run, translate)]
    if run.purpose is RunPurpose.DIGEST and run.edition is not None and run.edition in reads:
        lines.append(_reads_line(reads[run.edition], translate))
    return join("\n", (title, *lines))


def _reads_line(reads: ItemReads, translate: Translator) -> str:
    """Return how often items were opened by buttons, and the most opened ones."""
    item = translate("no. {item} ({n})")
    listed = translate(", ").join(item.format(item=position, n=n) for position, n in reads.items[:_LISTED_ITEMS])
    line = translate("👁 Opened by buttons: {n}").format(n=reads.total)
    return translate("{line} – most often {items}").format(line=line, items=listed) if listed else line
