"""Draw the plots of docs/benchmarks.md from kept `--json` lines: `python -m benchmarks.plots FILE.jsonl FOLDER`.

`rate-30.svg` and `rate-1000.svg` show the messages of each second against the limit; `recipients.svg` shows how long so
many recipients take: under both limits, from `rate`, and without any, from `throughput`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM = 720, 300, 64, 40
Point = tuple[float, float]


def line(points: Iterable[Point], colour: str, *, dashed: bool = False) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2"{dash} points="{path}"/>'


def words(x: float, y: float, text: str, *, anchor: str = "middle") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{text}</text>'


def picture(title: str, below: str, parts: Sequence[str]) -> str:
    """Return an SVG with a frame and a white background."""
    frame = f'<path d="M{LEFT} 40V{HEIGHT - BOTTOM}H{WIDTH - 20}" fill="none" stroke="#888"/>'
    body = [frame, words(LEFT, 22, title, anchor="start"), words((LEFT + WIDTH) / 2, HEIGHT - 6, below), *parts]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(body)}</svg>\n'
    )


def scale(values: Sequence[Point], most: Point) -> list[Point]:
    """Map values from (0, 0) to `most` to coordinates of the picture."""
    across, up = WIDTH - 20 - LEFT, HEIGHT - BOTTOM - 40
    return [(LEFT + x / most[0] * across, HEIGHT - BOTTOM - y / most[1] * up) for x, y in values]


def plot_rate(rate: dict[str, Any], limit: int) -> str:
    """Draw the messages of each whole second, without the last, partial one."""
    seconds = rate[f"by_second_{limit}"][:-1]
    most = (float(max(1, len(seconds) - 1)), limit * 1.1)
    used = scale([(float(at), float(count)) for at, count in enumerate(seconds)], most)
    allowed = scale([(0.0, float(limit)), (most[0], float(limit))], most)
    used_share = next(each["ratio"] for each in rate["comparisons"] if each["reference_value"] == limit)
    share = f"{used_share:.1%} of it used, {rate[f'throttled_{limit}']} refused"
    parts = [
        line(allowed, "#c0392b", dashed=True),
        line(used, "#2471a3"),
        words(LEFT - 6, allowed[0][1] + 4, str(limit), anchor="end"),
        words(LEFT - 6, HEIGHT - BOTTOM + 4, "0", anchor="end"),
    ]
    return picture(f"Messages in each second, and the limit: {share}", "seconds", parts)


def plot_recipients(throughput: dict[str, Any], rate: dict[str, Any]) -> str:
    """Draw the seconds until so many recipients were served."""
    free = [(float(people), float(seconds)) for people, seconds in throughput["seconds_by_recipients"]]
    most = (free[-1][0], free[-1][0] / 1000 * 1.05)
    curves = (
        ("30 a second", "#c0392b", _served(rate["by_second_30"])),
        ("1000 a second", "#2471a3", _served(rate["by_second_1000"])),
        ("no limit", "#1e8449", [(0.0, 0.0), *free]),
    )
    parts = [
        words(LEFT - 6, 44, f"{most[1]:.0f} s", anchor="end"),
        words(LEFT - 6, HEIGHT - BOTTOM + 4, "0", anchor="end"),
    ]
    for name, colour, points in curves:
        shown = scale([point for point in points if point[0] <= most[0] and point[1] <= most[1]], most)
        parts.append(line(shown, colour))
        x, y = shown[-1]
        right = x > WIDTH / 2
        parts.append(
            words(x - 4 if right else x + 8, y - 8 if right else y + 12, name, anchor="end" if right else "start")
        )
    return picture("Seconds until so many recipients were served", f"0 to {most[0]:,.0f} recipients", parts)


def _served(by_second: Sequence[int]) -> list[Point]:
    """Return how many had been served after each whole second."""
    return [(float(count), float(at)) for at, count in enumerate(accumulate(by_second[:-1], initial=0))]


def main(lines: str, folder: str) -> None:
    measured = {each["benchmark"]: each for each in map(json.loads, Path(lines).read_text().splitlines())}
    for limit in (30, 1000):
        (Path(folder) / f"rate-{limit}.svg").write_text(plot_rate(measured["rate"], limit))
    (Path(folder) / "recipients.svg").write_text(plot_recipients(measured["throughput"], measured["rate"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
