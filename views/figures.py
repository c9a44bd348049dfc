"""The figures of /stats one by one: each as a chart, and as a caption with the same numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from digest.model import Digest
from domain.chat import limits
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.chart import Bar, Bars, BarSegment, Chart, Curve, Key, Tone
from domain.chat.commands import CommandName
from domain.chat.i18n import LANGUAGE_NAMES, Translator
from domain.chat.message import Button, Keyboard, Message, chunk_rows
from domain.chat.text import Text, bold, join
from domain.delivery.broadcast import Broadcast
from domain.delivery.progress import Progress, Wishes
from domain.item_reads import ItemReads
from domain.subscription.preferences import Layout
from domain.subscription.subscriber import LeftReason
from views.dates import format_day
from views.run_figures import figures_in_one_line, message_figures, people_figures, run_title
from views.settings import layout_name
from views.stats import LEFT_REASONS

_MAX_ITEMS = 7
_MAX_WANTED_ITEMS = 3
_MAX_LINE = 60
"""Characters of a headline in a caption."""


class FigureName(StrEnum):
    """Which figure a button shows."""

    GROWTH = "growth"
    LEAVERS = "leavers"
    DELIVERIES = "deliveries"
    READS = "reads"
    FEEDBACK = "feedback"
    READERS = "readers"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureDays:
    """Days of which figures are told, the first and the last included."""

    first: date
    last: date

    def text(self, translate: Translator) -> str:
        """Return the days in words: `Sat, 13 Sep – Sun, 12 Oct`."""
        first, last = format_day(self.first, translate), format_day(self.last, translate)
        return first if self.first == self.last else translate("{first} – {last}").format(first=first, last=last)


def figure_buttons(translate: Translator, shown: FigureName | None = None) -> Keyboard:
    """Return the buttons that show each figure: below the numbers as a new picture, below a picture in its place."""
    target = ReplyTarget.NEW_MESSAGE if shown is None else ReplyTarget.IN_PLACE
    labels = {
        FigureName.GROWTH: "📈 " + translate("Growth"),
        FigureName.LEAVERS: "👋 " + translate("Leavers"),
        FigureName.DELIVERIES: "📤 " + translate("Deliveries"),
        FigureName.READS: "👁 " + translate("Reads"),
        FigureName.FEEDBACK: "💬 " + translate("Feedback"),
        FigureName.READERS: "🌐 " + translate("Languages and layouts"),
    }
    others = [button(label, CommandName.STATS, name, target=target) for name, label in labels.items() if name != shown]
    return chunk_rows(others, 2)


def edition_buttons(before: date | None, after: date | None, translate: Translator) -> tuple[Button, ...]:
    """Return the buttons that show the reads of the editions before and after."""
    days = ((before, "◀ {day}"), (after, "{day} ▶"))
    return tuple(
        button(
            label.format(day=format_day(day, translate)),
            CommandName.STATS,
            FigureName.READS,
            day,
            target=ReplyTarget.IN_PLACE,
        )
        for day, label in days
        if day is not None
    )


def growth_chart(
    sizes: Sequence[int], joined: int, left: Mapping[LeftReason, int], span: FigureDays, translate: Translator
) -> Chart:
    """Return how the number of subscribers has changed day by day."""
    moved = translate("{joined} joined, {left} left").format(joined=f"{joined:,}", left=f"{sum(left.values()):,}")
    first, last = format_day(span.first, translate), format_day(span.last, translate)
    curve = Curve(tuple(sizes), first_label=first, last_label=last)
    return _chart(translate("Subscribers"), (span.text(translate), moved), (curve,), translate)


def leavers_chart(left: Mapping[LeftReason, int], span: FigureDays, translate: Translator) -> Chart:
    """Return why people left. Reasons that say the same in words are one."""
    counts: dict[str, int] = {}
    for reason, count in left.items():
        words = translate(LEFT_REASONS[reason])
        counts[words] = counts.get(words, 0) + count
    total = sum(counts.values())
    said = translate("{n} left").format(n=f"{total:,}") if total else translate("nobody left")
    return _chart(translate("Who left, and why"), (span.text(translate), said), _sections(_shares(counts)), translate)


def deliveries_chart(
    runs: Sequence[Progress],
    zone_days: Mapping[int, date],
    broadcasts: Mapping[int, Broadcast],
    translate: Translator,
) -> Chart:
    """Return what became of the messages of the last runs, whose days and broadcasts are given by their ids."""
    title = translate("Last deliveries")
    if not runs:
        return _chart(title, (translate("Nothing has gone out yet."),), (), translate)
    days = sorted(zone_days[run.run_id] for run in runs)
    keys = (
        Key(Tone.GOOD, translate("Sent")),
        Key(Tone.BAD, translate("Failed")),
        Key(Tone.DOUBTFUL, translate("Not confirmed")),
        Key(Tone.IDLE, translate("Skipped or to go")),
    )
    bars = tuple(_run_bar(run, zone_days[run.run_id], broadcasts.get(run.run_id), translate) for run in runs)
    return _chart(title, (FigureDays(first=days[0], last=days[-1]).text(translate),), _sections(bars), translate, keys)


def _run_bar(run: Progress, day: date, broadcast: Broadcast | None, translate: Translator) -> Bar:
    figures = people_figures(run) or message_figures(run)
    parts = (
        BarSegment(figures.sent, Tone.GOOD),
        BarSegment(figures.failed, Tone.BAD),
        BarSegment(figures.unconfirmed, Tone.DOUBTFUL),
        BarSegment(figures.skipped + figures.to_go, Tone.IDLE),
    )
    label = run_title(run, translate, with_year=False, broadcast=broadcast)
    if run.edition is None:
        label = f"{label} · {format_day(day, translate)}"
    return Bar(label, parts, figures_in_one_line(run, translate))


def reads_chart(edition: Digest | None, reads: ItemReads | None, translate: Translator) -> Chart:
    """Return how often the items of an edition were opened by buttons, the most opened ones first."""
    title = translate("What was opened")
    if edition is None or edition.date is None:
        return _chart(title, (translate("Nothing has been published yet."),), (), translate)
    counted = dict(reads.items) if reads is not None else {}
    items = sorted(edition.items, key=lambda item: (-counted.get(item.position, 0), item.position))[:_MAX_ITEMS]
    bars = (
        _bar(f"{item.position}. {_plain(item.headline)}", counted.get(item.position, 0))
        for item in items
        if counted.get(item.position)
    )
    total = reads.total if reads is not None else 0
    said = translate("opened by buttons: {n}").format(n=f"{total:,}")
    return _chart(title, (format_day(edition.date, translate), said), _sections(tuple(bars)), translate)


def feedback_chart(editions: Sequence[tuple[Digest, Wishes]], translate: Translator) -> Chart:
    """Return what readers want more and less of, by edition, and the items of which most want more."""
    title = translate("What readers want")
    voted = [(edition, wishes) for edition, wishes in editions if wishes.more or wishes.less]
    days = sorted(edition.date for edition, _wishes in voted if edition.date is not None)
    if not days:
        return _chart(title, (translate("Nobody has voted yet."),), (), translate)
    template = translate("more {more}, less {less}")
    bars = tuple(
        Bar(
            format_day(edition.date, translate),
            (BarSegment(wishes.more, Tone.GOOD), BarSegment(wishes.less, Tone.DOUBTFUL)),
            template.format(more=f"{wishes.more:,}", less=f"{wishes.less:,}"),
        )
        for edition, wishes in voted
        if edition.date is not None
    )
    keys = Key(Tone.GOOD, translate("more of this")), Key(Tone.DOUBTFUL, translate("less of this"))
    wanted = sorted(
        ((count, edition, position) for edition, wishes in voted for position, count in wishes.items),
        key=lambda item: -item[0],
    )
    most = tuple(
        _bar(_headline(edition, position, translate), count, Tone.GOOD)
        for count, edition, position in wanted[:_MAX_WANTED_ITEMS]
    )
    sections = (Bars(bars), *((Bars(most, translate("More like these")),) if most else ()))
    return _chart(title, (FigureDays(first=days[0], last=days[-1]).text(translate),), sections, translate, keys)


def _headline(edition: Digest, position: int, translate: Translator) -> str:
    headline = next((item.headline for item in edition.items if item.position == position), "")
    return f"{format_day(edition.date, translate)} · {_plain(headline)}" if edition.date else _plain(headline)


def readers_chart(
    active: int, languages: Mapping[str, int], layouts: Mapping[Layout, int], translate: Translator
) -> Chart:
    """Return in which languages and layouts subscribers read."""
    named = {LANGUAGE_NAMES.get(code, code): count for code, count in languages.items()}
    laid_out = {layout_name(layout, translate): count for layout, count in layouts.items()}
    sections = [
        Bars(bars, heading)
        for bars, heading in ((_shares(named), translate("Language")), (_shares(laid_out), translate("Layout")))
    ]
    said = translate("{n} subscribed").format(n=f"{active:,}")
    return _chart(translate("Languages and layouts"), (said,), tuple(part for part in sections if part.bars), translate)


def _chart(
    title: str,
    subtitle: Iterable[str],
    sections: tuple[Bars | Curve, ...],
    translate: Translator,
    keys: tuple[Key, ...] = (),
) -> Chart:
    note = translate("{mark}: a character that the font of this picture does not have")
    return Chart(title=title, subtitle=" · ".join(subtitle), sections=sections, keys=keys, substitution_note=note)


def _sections(bars: tuple[Bar, ...]) -> tuple[Bars, ...]:
    return (Bars(bars),) if bars else ()


def _bar(label: str, count: int, tone: Tone = Tone.MAIN) -> Bar:
    return Bar(label, (BarSegment(count, tone),), f"{count:,}")


def _shares(counts: Mapping[str, int]) -> tuple[Bar, ...]:
    """Return bars with the share of each, the highest first."""
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda counted: -counted[1])
    return tuple(Bar(name, (BarSegment(n),), f"{n:,} · {share(n, total)}") for name, n in ordered if n)


def share(part: int, total: int) -> str:
    """Return a share in percent; 0% only for none, and 100% only for all."""
    percent = round(100 * part / total)
    if percent == 0 and part:
        return "<1%"
    return ">99%" if percent == 100 and part < total else f"{percent}%"


def _plain(headline: str) -> str:
    return Text(headline).sanitized().plain


def figure_caption(chart: Chart, keyboard: Keyboard, translate: Translator) -> Message:
    """Return the numbers of a chart in words, cut at whole lines to what a caption may have."""
    return Message(_caption(chart, translate), keyboard)


def not_drawn_message(chart: Chart, keyboard: Keyboard, translate: Translator) -> Message:
    """Return the numbers of a chart that could not be drawn."""
    note = translate("The picture could not be drawn. These are its numbers.")
    return Message(_caption(chart, translate, note), keyboard)


def _caption(chart: Chart, translate: Translator, note: str = "") -> Text:
    parts: list[Text | str] = [bold(chart.title), chart.subtitle, *_lines(chart, translate)]
    shown: list[Text | str] = []
    for part in parts:
        longer = join("\n", (*shown, part, "…", note))
        if longer.utf16_length > limits.CAPTION_UTF16_UNITS:
            shown.append("…")
            break
        shown.append(part)
    return join("\n", (*shown, *((note,) if note else ())))


def _lines(chart: Chart, translate: Translator) -> Iterable[Text | str]:
    line = translate("{label}: {value}")
    for section in chart.sections:
        if isinstance(section, Curve):
            first, last = section.values[0], section.values[-1]
            yield " → ".join(
                line.format(label=label, value=f"{count:,}")
                for label, count in ((section.first_label, first), (section.last_label, last))
            )
            continue
        if section.heading:
            yield bold(section.heading)
        for bar in section.bars:
            label = bar.label if len(bar.label) <= _MAX_LINE else bar.label[: _MAX_LINE - 1] + "…"
            yield line.format(label=label, value=bar.figures)
