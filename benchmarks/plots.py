"""What the benchmarks measured in, pictures for docs/benchmarks.md out: `python -m benchmarks.plots FILE.jsonl FOLDER`.

Draws `rate-30.svg` and `rate-1000.svg` (messages of each second against the limit) and `recipients.svg` (how long so
many people take: reckoned from the rates that `pace` and `throughput` measured).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
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
    """An SVG with a frame, light on any page."""
    frame = f'<path d="M{LEFT} 40V{HEIGHT - BOTTOM}H{WIDTH - 20}" fill="none" stroke="#888"/>'
    body = [frame, words(LEFT, 22, title, anchor="start"), words((LEFT + WIDTH) / 2, HEIGHT - 6, below), *parts]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{"".join(body)}</svg>\n'
    )


def scale(values: Sequence[Point], most: Point) -> list[Point]:
    """Values from (0, 0) to `most` as places in the picture."""
    across, up = WIDTH - 20 - LEFT, HEIGHT - BOTTOM - 40
    return [(LEFT + x / most[0] * across, HEIGHT - BOTTOM - y / most[1] * up) for x, y in values]


def rate(pace: dict[str, Any], limit: int) -> str:
    """Each whole second's messages, the ramps at both ends left out."""
    seconds = pace[f"by_second_{limit}"][:-1]
    most = (float(max(1, len(seconds) - 1)), limit * 1.1)
    used = scale([(float(at), float(count)) for at, count in enumerate(seconds)], most)
    allowed = scale([(0.0, float(limit)), (most[0], float(limit))], most)
    share = f"{pace[f'utilisation_{limit}']:.1%} of it used, {pace[f'throttled_{limit}']} refused"
    parts = [
        line(allowed, "#c0392b", dashed=True),
        line(used, "#2471a3"),
        words(LEFT - 6, allowed[0][1] + 4, str(limit), anchor="end"),
        words(LEFT - 6, HEIGHT - BOTTOM + 4, "0", anchor="end"),
    ]
    return picture(f"Messages in each second, and the limit: {share}", "seconds", parts)


def recipients(throughput: dict[str, Any], pace: dict[str, Any]) -> str:
    """Minutes for an audience, at the two rates Telegram allows; at full speed for comparison."""
    people = [0.0, 100_000.0]
    rates = (
        (30.0 * pace["utilisation_30"], "30 a second", "#c0392b"),
        (1000.0 * pace["utilisation_1000"], "1000 a second", "#2471a3"),
    )
    most = (people[-1], people[-1] / rates[0][0] / 60)
    parts = []
    for per_second, name, colour in (*rates, (float(throughput["per_second"]), "no limit", "#1e8449")):
        points = scale([(count, count / per_second / 60) for count in people], most)
        parts.append(line(points, colour))
        minutes = people[-1] / per_second / 60
        parts.append(words(WIDTH - 24, points[-1][1] - 6, f"{name}: {minutes:.1f} min", anchor="end"))
    return picture(
        "Minutes until the last of so many people has it, reckoned from the measured rates",
        "0 to 100,000 recipients",
        parts,
    )


def main(measured: str, folder: str) -> None:
    found = {each["benchmark"]: each for each in map(json.loads, Path(measured).read_text().splitlines())}
    for limit in (30, 1000):
        (Path(folder) / f"rate-{limit}.svg").write_text(rate(found["pace"], limit))
    (Path(folder) / "recipients.svg").write_text(recipients(found["throughput"], found["pace"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
