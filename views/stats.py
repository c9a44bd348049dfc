"""The answer to /stats: how many subscribers there are, and how the last runs went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.text import Text, bold, join
from domain.delivery.outage import Outage
from domain.delivery.progress import Progress
from domain.delivery.states import RunState
from views.dates import format_moment
from views.outages import outage_text
from views.run_figures import figures_in_one_line, run_figures, run_title, state_name
from views.settings import LANGUAGE_NAMES


def subscriber_figures(
    *, active: int, paused: int = 0, known: int, languages: Mapping[str, int], translate: Translator
) -> Text:
    """Return how many chats are known, subscribed and in a pause, and how many subscribers read each language."""
    counts = translate("{active} subscribed, {known} known").format(active=active, known=known)
    if paused:
        counts += translate(", {paused} of them pause").format(paused=paused)
    by_language = (f"{LANGUAGE_NAMES.get(code, code)} {count}" for code, count in languages.items())
    lines = (bold("📊 " + translate("Subscribers")), counts, translate(", ").join(by_language))
    return join("\n", filter(None, lines))


def stats_message(
    subscribers: Text,
    runs: Iterable[Progress],
    translate: Translator,
    *,
    zone: str,
    now: datetime,
    outage: Outage | None = None,
    is_inline_mode_off: bool = False,
) -> Message:
    """Return the whole answer, with instants in `zone`. Runs cancelled before they began are left out."""
    entries = [
        _run_entry(run, translate, zone=zone, now=now)
        for run in runs
        if run.total or run.state is not RunState.CANCELLED
    ]
    deliveries = join("\n\n", entries) if entries else translate("Nothing has gone out yet.")
    hint = translate("People could find items from any chat: send /setinline to @BotFather to switch that on.")
    hints = [f"💡 {hint}"] if is_inline_mode_off else []
    parts = (subscribers, bold("📤 " + translate("Last deliveries")), deliveries, *hints)
    return Message(join("\n\n", parts if outage is None else (outage_text(outage, translate, zone=zone), *parts)))


def _run_entry(run: Progress, translate: Translator, *, zone: str, now: datetime) -> Text:
    """Return what a run sent and when, its state and its figures."""
    state = state_name(run.state, translate)
    is_idle = run.state is RunState.RUNNING and not run_figures(run).to_go
    if is_idle and run.next_due is not None and run.next_due > now:
        state = translate("Next: {when}").format(when=format_moment(run.next_due, zone, translate, now))
    published = format_moment(run.published_at, zone, translate, now)
    title = bold(run_title(run, translate, with_year=False))
    return join("\n", (title, f"{published} · {state}", figures_in_one_line(run, translate)))
