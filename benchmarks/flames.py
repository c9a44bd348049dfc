"""Draw a flame graph of one benchmark's work, without its floor and peers: `python -m benchmarks.flames NAME PICTURE`.

py-spy, from the environment of the peers (docs/benchmarks.md), looks 100 times a second at what each thread does; idle
threads do not count. A box's width is the share of the samples that have it in their stack, and what it calls stands on
it. Boxes below half a percent are left out, and so are the frames of the event loop below the project's own.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import uvloop

from benchmarks import harness, planning, throughput
from benchmarks.sample_digest import sample_digest
from bot import gc_tuning
from digest.reader import read_digests
from domain.subscription.preferences import ContentPreferences
from storage.sqlite.database import SqliteDatabase
from views.digest_messages import digest_messages

PROFILER = Path("build/peers/bin/py-spy")
PEOPLE = 20_000
PLANNED_PEOPLE = 300_000
READING_SECONDS = 15

COLOURS = {
    "storage": "#7fb3d5",
    "delivery": "#f5b041",
    "transport": "#82c99a",
    "digest": "#c39bd3",
    "views": "#f1948a",
    "domain": "#f7dc6f",
}
OTHER_COLOUR = "#d5d8dc"
WIDTH, ROW, LEAST_SHARE, LETTER = 1200, 18, 0.005, 6.6
FRAME = re.compile(r"(?P<function>.*) \((?P<file>[^:()]*)(?::\d+)?\)$")
LOOP = re.compile(r"benchmarks/|uvloop/|asyncio/|threading\.py|concurrent/futures|<frozen |^thread |^0x")
"""Frames that only lead to the work."""


@dataclass(slots=True)
class Box:
    """A function at one place of the stack, with the samples that have it."""

    name: str
    samples: int = 0
    above: dict[str, Box] = field(default_factory=dict)

    def add(self, frames: Iterable[str], samples: int) -> None:
        self.samples += samples
        box = self
        for frame in frames:
            box = box.above.setdefault(frame, Box(frame))
            box.samples += samples

    def depth(self, least: float) -> int:
        return 1 + max((box.depth(least) for box in self.above.values() if box.samples >= least), default=0)


async def send(stacks: Path) -> None:
    """Plan and send a morning to `PEOPLE`."""
    with harness.canned_server() as api:
        await throughput.pipeline(api, 1_000)  # warm
        gc_tuning.freeze_and_enable()
        await throughput.pipeline(api, PEOPLE, measured=lambda: profiled(stacks))


async def plan(stacks: Path) -> None:
    """Plan a morning of `PLANNED_PEOPLE`."""
    with tempfile.TemporaryDirectory(prefix="planning-") as name:
        database = await SqliteDatabase.open(Path(name) / "bot.db")
        async with planning.due_delivery(database, PLANNED_PEOPLE) as (delivery_service, make_due):
            gc_tuning.freeze_and_enable()
            make_due()
            with profiled(stacks):
                await delivery_service.tick()
        await database.close()


async def read_digest(stacks: Path) -> None:
    """Read a digest of 40 items, and render and split it, for `READING_SECONDS`."""
    source, translate = sample_digest(40, 120).encode(), harness.TEXTS.translator("zh")
    with profiled(stacks):
        until = time.monotonic() + READING_SECONDS
        while time.monotonic() < until:
            (digest,) = read_digests(source, name="bench.md")
            digest_messages(digest, ContentPreferences(), translate)


WORK = {"sending": send, "planning": plan, "reading": read_digest}


@contextmanager
def profiled(stacks: Path) -> Iterator[None]:
    """Write the collapsed stacks of this process, from the beginning to the end of the block."""
    command = [
        str(PROFILER),
        "record",
        "--pid",
        str(os.getpid()),
        "--format",
        "raw",
        "--function",
        "--output",
        str(stacks),
    ]
    with subprocess.Popen([*command, "--duration", "unlimited"], stdout=subprocess.PIPE, text=True) as profiler:
        assert profiler.stdout is not None
        profiler.stdout.readline()  # it says that it has begun
        yield
        profiler.send_signal(signal.SIGINT)
        profiler.communicate()


def read_stacks(lines: Iterable[str]) -> Box:
    """Return the tree of the stacks of all lines."""
    root = Box("all")
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        outer = [number for number, frame in enumerate(frames) if LOOP.search(frame)]
        root.add(_each_once([_short(frame) for frame in frames[outer[-1] + 1 if outer else 0 :]]), int(count))
    return root


def _short(frame: str) -> str:
    """Return a frame as `function path`, without its line."""
    match = FRAME.match(frame)
    return frame if match is None else f"{match['function']} {match['file']}"


def _each_once(frames: list[str]) -> list[str]:
    """Return the frames, each once where a function calls itself."""
    return [frame for number, frame in enumerate(frames) if not number or frame != frames[number - 1]]


def draw(root: Box, title: str) -> str:
    """Return the picture."""
    least = root.samples * LEAST_SHARE
    height = (root.depth(least) + 1) * ROW + 12
    boxes: list[str] = []

    def place(box: Box, left: float, level: int) -> None:
        width, top = box.samples / root.samples * WIDTH, height - (level + 1) * ROW - 4
        colour = next((COLOURS[name] for name in COLOURS if f" {name}/" in box.name), OTHER_COLOUR)
        letters = int((width - 6) / LETTER)
        label = box.name if len(box.name) <= letters else box.name[: letters - 1] + "…" if letters > 3 else ""
        share = f"{box.samples / root.samples:.1%}"
        boxes.append(
            f'<g><title>{escape(box.name)}: {share}</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" '
            f'height="{ROW - 1}" fill="{colour}"/><text x="{left + 3:.1f}" y="{top + 13}">{escape(label)}</text></g>'
        )
        for above in sorted(box.above.values(), key=lambda each: each.name):
            if above.samples >= least:
                place(above, left, level + 1)
                left += above.samples / root.samples * WIDTH

    place(root, 0, 0)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" '
        f'font-size="11"><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f'<text x="4" y="13" font-size="13">{escape(title)}</text>{"".join(boxes)}</svg>\n'
    )


def main(name: str, picture: str) -> None:
    with tempfile.TemporaryDirectory(prefix="flames-") as folder:
        stacks = Path(folder) / "stacks"
        uvloop.run(WORK[name](stacks))
        root = read_stacks(stacks.read_text(encoding="utf-8").splitlines())
    Path(picture).write_text(draw(root, f"{name}: {root.samples:,} samples"), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
