"""Draw a chart for a phone: large type, few colours on a light ground, figures beside the bars.

Chart -> rows, from top to bottom -> picture as high as they need
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO

from PIL import Image, ImageDraw

from domain.chat.chart import Bar, Bars, BarSegment, Chart, Curve, Key, Tone
from views.chart_drawing.font import SUBSTITUTE, drawable, font

WIDTH = 1280
"""Pixels, which Telegram shows without scaling them down first."""

MAX_BARS = 24
"""More would make a picture that is too high for a phone's screen."""

_MARGIN = 64
_INNER = WIDTH - 2 * _MARGIN
_TITLE, _SUBTITLE, _LABEL, _SMALL = 68, 44, 46, 40
_BAR_HEIGHT, _BAR_GAP, _SECTION_GAP = 40, 30, 40
_CURVE_HEIGHT = 560
_MIN_SEGMENT = 6
"""Pixels: what is not zero is seen."""

_PAPER, _INK, _FAINT_INK, _TRACK, _FILL = "#fbfaf7", "#1d2430", "#5d6675", "#e9e7e1", "#dfe9f3"
_COLOURS = {
    Tone.MAIN: "#2f6fb5",
    Tone.GOOD: "#2f8f6b",
    Tone.BAD: "#cf4a3c",
    Tone.DOUBTFUL: "#e0a021",
    Tone.IDLE: "#a4abb6",
}


def draw_chart(chart: Chart) -> bytes:
    """Return a chart as a PNG."""
    canvas = _Canvas()
    _draw(canvas, chart)
    image = Image.new("RGB", (WIDTH, canvas.y + _MARGIN), _PAPER)
    _draw(_Canvas(ImageDraw.Draw(image)), chart)
    png = BytesIO()
    image.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(png, "PNG", optimize=True)
    return png.getvalue()


class _Canvas:
    """Where the next row begins. The first pass only measures: it has nothing to draw on."""

    def __init__(self, on: ImageDraw.ImageDraw | None = None) -> None:
        self.on = on
        self.y = _MARGIN
        self.has_substitutes = False

    def text(self, x: float, text: str, size: int, colour: str = _INK, *, anchor: str = "la", weight: int = 0) -> None:
        """Write a line whose top (`a`) or middle (`m`) is at the present height; `weight` makes it bolder."""
        self.has_substitutes |= SUBSTITUTE in text
        if self.on is not None:
            self.on.text((x, self.y), text, colour, font(size), anchor=anchor, stroke_width=weight, stroke_fill=colour)

    def box(self, left: float, right: float, height: int, colour: str, radius: int = 8) -> None:
        if self.on is not None and right > left:
            self.on.rounded_rectangle((left, self.y, right, self.y + height), radius, colour)


def _draw(canvas: _Canvas, chart: Chart) -> None:
    _write(canvas, chart.title, _TITLE, weight=1, most_lines=2)
    _write(canvas, chart.subtitle, _SUBTITLE, _FAINT_INK, most_lines=3)
    if chart.keys:
        canvas.y += 12
        _draw_keys(canvas, chart.keys)
    for section in chart.sections:
        canvas.y += _SECTION_GAP
        if isinstance(section, Curve):
            _draw_curve(canvas, section)
        else:
            _draw_bars(canvas, section)
    if canvas.has_substitutes and chart.substitution_note:
        canvas.y += _BAR_GAP
        _write(canvas, chart.substitution_note.format(mark=SUBSTITUTE), _SMALL, _FAINT_INK, most_lines=2)


def _write(canvas: _Canvas, text: str, size: int, colour: str = _INK, *, weight: int = 0, most_lines: int = 1) -> None:
    for line in wrap(drawable(text), size, _INNER, most_lines):
        canvas.text(_MARGIN, line, size, colour, weight=weight)
        canvas.y += round(size * 1.36)


def _draw_keys(canvas: _Canvas, keys: Sequence[Key]) -> None:
    x = float(_MARGIN)
    for key in keys:
        text = drawable(key.text)
        width = 36 + 14 + font(_SMALL).getlength(text)
        if x > _MARGIN and x + width > WIDTH - _MARGIN:
            x, canvas.y = _MARGIN, canvas.y + round(_SMALL * 1.45)
        canvas.y += 8
        canvas.box(x, x + 36, 36, _COLOURS[key.tone])
        canvas.y -= 8
        canvas.text(x + 50, text, _SMALL, _FAINT_INK)
        x += width + 44
    canvas.y += round(_SMALL * 1.45)


def _draw_bars(canvas: _Canvas, section: Bars) -> None:
    """Draw bars of one scale, with a column for their figures at the right where these are short."""
    if section.heading:
        _write(canvas, section.heading, _SUBTITLE, weight=1)
        canvas.y += 8
    bars = section.bars[:MAX_BARS]
    column = max((font(_LABEL).getlength(drawable(bar.figures)) + 28 for bar in bars), default=0)
    width = _INNER - column if column <= _INNER * 0.4 else _INNER
    most = max((sum(part.value for part in bar.segments) for bar in bars), default=0)
    for number, bar in enumerate(bars):
        canvas.y += _BAR_GAP if number else 0
        _draw_bar(canvas, bar, most, width)


def _draw_bar(canvas: _Canvas, bar: Bar, most: int, width: float) -> None:
    """Draw the label, and below it the bar; the figures stand beside a bar that leaves room for them, else above it."""
    _write(canvas, bar.label, _LABEL, most_lines=2)
    if width == _INNER:
        _write(canvas, bar.figures, _SMALL, _FAINT_INK, most_lines=2)
    canvas.y += 10
    canvas.box(_MARGIN, _MARGIN + width, _BAR_HEIGHT, _TRACK)
    for left, right, tone in segments(bar.segments, most, width):
        canvas.box(_MARGIN + left, _MARGIN + right, _BAR_HEIGHT, _COLOURS[tone])
    if width < _INNER:
        middle = _BAR_HEIGHT // 2 - 4  # figures have no descenders, so they look centred a little higher
        canvas.y += middle
        canvas.text(WIDTH - _MARGIN, drawable(bar.figures), _LABEL, anchor="rm", weight=1)
        canvas.y -= middle
    canvas.y += _BAR_HEIGHT


def segments(parts: Sequence[BarSegment], most: int, room: float) -> Iterator[tuple[float, float, Tone]]:
    """Yield where each part of a bar begins and ends, in pixels; none that is not zero disappears."""
    shown = [part for part in parts if part.value > 0]
    widths = [max(_MIN_SEGMENT, part.value / most * room) for part in shown]
    excess = sum(widths) - room
    if excess > 0:
        widest = widths.index(max(widths))
        widths[widest] -= excess
    left = 0.0
    for part, width in zip(shown, widths, strict=True):
        yield left, left + width, part.tone
        left += width


def _draw_curve(canvas: _Canvas, curve: Curve) -> None:
    """Draw the curve with the first, the last, the highest and the lowest value beside their points.

    The area below it is filled only where its height is the value.
    """
    top, bottom = canvas.y + 90, canvas.y + _CURVE_HEIGHT - 100
    step = _INNER / max(len(curve.values) - 1, 1)
    points = [
        (_MARGIN + number * step, bottom - height * (bottom - top))
        for number, height in enumerate(heights(curve.values))
    ]
    if canvas.on is not None:
        if starts_at_zero(curve.values):
            canvas.on.polygon([(points[0][0], bottom), *points, (points[-1][0], bottom)], fill=_FILL)
            canvas.on.line([(_MARGIN, bottom), (WIDTH - _MARGIN, bottom)], fill=_FAINT_INK, width=3)
        canvas.on.line(points, fill=_COLOURS[Tone.MAIN], width=8, joint="curve")
        for number in labelled_points(curve.values):
            _mark_point(canvas.on, points[number], f"{curve.values[number]:,}", is_above=is_peak(curve.values, number))
    canvas.y += _CURVE_HEIGHT + 16
    canvas.text(_MARGIN, drawable(curve.first_label), _SMALL, _FAINT_INK)
    canvas.text(WIDTH - _MARGIN, drawable(curve.last_label), _SMALL, _FAINT_INK, anchor="ra")
    canvas.y += round(_SMALL * 1.3)


def _mark_point(on: ImageDraw.ImageDraw, point: tuple[float, float], text: str, *, is_above: bool) -> None:
    x, y = point
    on.ellipse((x - 12, y - 12, x + 12, y + 12), fill=_COLOURS[Tone.MAIN], outline=_PAPER, width=4)
    half = font(_LABEL).getlength(text) / 2
    middle = min(max(x, _MARGIN + half), WIDTH - _MARGIN - half)
    where, anchor = (y - 24, "ms") if is_above else (y + 20, "ma")
    on.text((middle, where), text, _INK, font(_LABEL), anchor=anchor, stroke_width=1, stroke_fill=_INK)


def starts_at_zero(values: Sequence[int]) -> bool:
    """Return whether a curve is drawn from zero on; else small changes of large values would be a flat line."""
    return 2 * min(values) <= max(values)


def heights(values: Sequence[int]) -> list[float]:
    """Return where each value stands between the bottom (0) and the top (1) of a curve."""
    low, high = 0 if starts_at_zero(values) else min(values), max(values)
    if high == low:
        return [0.5 if high else 0.0] * len(values)
    return [(value - low) / (high - low) for value in values]


def is_peak(values: Sequence[int], number: int) -> bool:
    """Return whether a curve passes a point below it, so that the room for a value is above."""
    near = [*values[max(0, number - 3) : number], *values[number + 1 : number + 4]]
    return not near or values[number] >= sum(near) / len(near)


def labelled_points(values: Sequence[int]) -> list[int]:
    """Return the points whose values are written: both ends, and the extremes if they say more and have the room."""
    chosen = [len(values) - 1]
    for number in (0, values.index(max(values)), values.index(min(values))):
        is_news = number == 0 or all(values[number] != values[other] for other in chosen)
        if is_news and all(abs(number - other) > len(values) / 4 for other in chosen):
            chosen.append(number)
    return sorted(chosen)


def wrap(text: str, size: int, width: float, most_lines: int) -> list[str]:
    """Return a text in lines of a width, none of a character or two; what does not fit into the last ends in "…"."""
    lines = _wrapped(text, size, width, most_lines)
    if len(lines) > 1 and len(lines[-1]) <= _ORPHAN and len(lines[-2]) > 3 * _ORPHAN:
        return _wrapped(text, size, width * 0.85, most_lines)
    return lines


def _wrapped(text: str, size: int, width: float, most_lines: int) -> list[str]:
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most_lines:
        if font(size).getlength(rest) <= width:
            return [*lines, rest]
        is_last = len(lines) == most_lines - 1
        end = _longest(rest, size, width - (font(size).getlength("…") if is_last else 0))
        if is_last:
            cut = rest[:end].rstrip()
            return [*lines, cut + ("..." if cut.isascii() else "…")]  # the font's own is in the middle of the line
        end = _word_end(rest, end)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return lines or [""]


def _longest(text: str, size: int, width: float) -> int:
    """Return how many characters fit into a width, one at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font(size).getlength(text[:middle]) <= width else (low, middle - 1)
    return low


_ORPHAN = 2

_NOT_FIRST = "，。、；：！？）」』》〉】〕％…,.;:!?)]}%"
"""Characters that begin no line."""

_NOT_LAST = "“‘（《〈「『【〔([{"
"""Characters that end no line."""


def _word_end(text: str, end: int) -> int:
    """Return where a line ends that has room for `end` characters: not before a stop, not within a word or number."""
    last = end
    while last > 1 and text[last : last + 1] and text[last] in _NOT_FIRST:
        last -= 1
    while last > 1 and text[last - 1] in _NOT_LAST:
        last -= 1
    start = last
    while start > 0 and _is_of_word(text[start : start + 1]) and _is_of_word(text[start - 1]):
        start -= 1
    return start if start > end // 2 else end


def _is_of_word(character: str) -> bool:
    return character.isascii() and character.isalnum()
