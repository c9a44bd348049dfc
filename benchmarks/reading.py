"""Milliseconds from a digest's file to ready messages, and the number of messages.

Three digests: one of an ordinary size (eleven items, one message; or `--reference FILE`), one of 316,000 UTF-16 units
in 819 items, and one of 19,900 bullets; for the last two, how much longer ten times the text takes (aim: at most 12
times). The floor is markdown-it's bare parse of the same body. Peers, which read the same Markdown, live in an
environment of their own:

    python3 -m venv build/peers && build/peers/bin/pip install -r benchmarks/peers.txt

`torn` says how many items of the large digest stand in more than one message, `over` how many of its messages Telegram
would refuse or clip.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from benchmarks.report import Comparison, Report
from benchmarks.sample_digest import largest_digest, sample_digest
from bot import gc_tuning
from digest.model import Item
from digest.reader import read_digests
from digest.rendering.pagination.paginate import paginate
from domain.chat.i18n import Translations
from domain.chat.message import Message
from views.digest_passages import digest_passages

HERE = Path(__file__).parent
PEERS = HERE.parent / "build" / "peers" / "bin" / "python"
INSTALL_PEERS = "python3 -m venv build/peers && build/peers/bin/pip install -r benchmarks/peers.txt"
FLOOR = "markdown-it's bare parse"
BULLET_COUNT = 19_900
TIMES = 10
"""How much longer the whole text is than the part that it is compared with."""

ROUNDS = 3
"""How often the growth is measured; the median counts."""

SAY = Translations.load().translator("zh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reference", type=Path, help="an ordinary digest of your own")
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python that has the peers (build/peers)")


def run(arguments: argparse.Namespace) -> Report:
    texts = {
        "reference": arguments.reference.read_text("utf-8") if arguments.reference else sample_digest(11, 140),
        "largest": largest_digest(),
    }
    rounds = {"reference": 30, "largest": 1} if arguments.quick else {"reference": 200, "largest": 5}
    (large,) = read_digests(texts["largest"].encode(), name="x.md")
    gc_tuning.freeze_and_enable()  # as the bot does, for all alike
    comparisons: list[Comparison] = []
    figures: dict[str, Any] = dict(_growth())
    for name, markdown in texts.items():
        parsing, whole, floor = (statistics.median(times) for times in _time_in_turns(markdown, rounds[name]))
        for what, value in (("parse and segment", parsing), ("file to messages", whole)):
            comparisons.append(
                Comparison.of(f"{what}, {name} digest", value, "ms", reference=FLOOR, reference_value=floor)
            )
        figures |= _describe("ours", name, [_summary(message) for message in read(markdown)], large.items)
    if arguments.peers.exists():
        peer_comparisons, peer_figures = _compare_with_peers(arguments.peers, texts, rounds, comparisons, large.items)
        comparisons += peer_comparisons
        figures |= peer_figures
    else:
        print(f"no peers at {arguments.peers}; to compare with them: {INSTALL_PEERS}", file=sys.stderr)
    return Report(tuple(comparisons), figures)


def _growth() -> Iterator[tuple[str, float]]:
    """Yield how many times longer parsing takes for ten times the text, and the seconds for the many bullets."""
    texts = {"largest digest": largest_digest(), f"{BULLET_COUNT:,} bullets": _bullets(BULLET_COUNT)}
    for name, text in texts.items():
        tenth = _tenth(text)
        whole, part = (statistics.median(times) for times in zip(*_seconds_in_turns(text, tenth), strict=True))
        yield f"times longer for ten times the text, {name}", round(whole / part, 1)
        yield f"seconds to parse and segment, {name}", round(whole, 3)


def _seconds_in_turns(*texts: str) -> Iterator[list[float]]:
    for _ in range(ROUNDS):
        yield [_seconds(text) for text in texts]


def _bullets(count: int) -> str:
    return "---\ndate: 2026-11-27\n---\n" + "\n".join(f"- [{n}](u)" for n in range(count))


def _tenth(markdown: str) -> str:
    front, body = markdown.split("\n---\n", 1)
    return f"{front}\n---\n{body[: body.rindex(chr(10), 0, len(body) // TIMES)]}"


def _seconds(markdown: str) -> float:
    began = time.perf_counter()
    read_digests(markdown.encode(), name="x.md")
    return time.perf_counter() - began


def read(markdown: str) -> tuple[Message, ...]:
    """Return the messages of a file, as a subscriber to full texts gets them."""
    return tuple(
        message
        for digest in read_digests(markdown.encode(), name="x.md")
        for message in paginate(digest_passages(digest, digest.items, SAY))
    )


def _time_in_turns(markdown: str, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Return the milliseconds of parsing, of everything, and of the floor; they take turns."""
    body, data = _body(markdown), markdown.encode()
    bare = MarkdownIt("commonmark")
    steps: tuple[Callable[[], object], ...] = (
        lambda: read_digests(data, name="x.md"),
        lambda: read(markdown),
        lambda: bare.parse(body),
    )
    times: tuple[list[float], ...] = ([], [], [])
    for _ in range(rounds):
        for step, measured in zip(steps, times, strict=True):
            began = time.perf_counter()
            step()
            measured.append((time.perf_counter() - began) * 1000)
    return times[0], times[1], times[2]


def _body(markdown: str) -> str:
    """Cut off the front matter."""
    return markdown.split("\n---\n", 1)[1]


def _summary(message: Message) -> tuple[int, int, str]:
    """Return a message's UTF-16 units, number of entities, and text."""
    return message.text.utf16_length, len(message.text.spans), message.text.plain


def _describe(reader: str, name: str, messages: list[tuple[int, int, str]], items: Iterable[Item]) -> dict[str, int]:
    """Count what a reader made of a digest."""
    figures = {f"messages, {name} digest, {reader}": len(messages)}
    if name == "largest":
        figures[f"torn, {name} digest, {reader}"] = _count_torn(items, [text for _, _, text in messages])
        figures[f"over, {name} digest, {reader}"] = sum(
            units > 4096 or entities > 100 for units, entities, _ in messages
        )
    return figures


def _count_torn(items: Iterable[Item], texts: list[str]) -> int:
    """Count the items whose headline and body do not stand in one message."""
    messages = ["".join(text.split()) for text in texts]
    whole_items = ("".join(f"{item.headline}{item.body}".split()) for item in items)
    return sum(not any(item in message for message in messages) for item in whole_items)


def _compare_with_peers(
    python: Path, texts: dict[str, str], rounds: dict[str, int], ours: list[Comparison], items: Iterable[Item]
) -> tuple[list[Comparison], dict[str, Any]]:
    """Compare our whole way with what the peers make of the same bodies."""
    whole = {name: next(one.value for one in ours if one.name == f"file to messages, {name} digest") for name in texts}
    comparisons: list[Comparison] = []
    figures: dict[str, Any] = {}
    for peer, measured in _measure_peers(python, texts, rounds).items():
        for name in texts:
            times, messages = measured[name]["ms"], measured[name]["messages"]
            comparisons.append(
                Comparison.of(
                    f"file to messages, {name} digest",
                    whole[name],
                    "ms",
                    reference=f"{peer} {measured['version']}",
                    reference_value=statistics.median(times),
                )
            )
            summaries = [(*sizes, text) for sizes, text in zip(messages, measured[name]["texts"], strict=True)]
            figures |= _describe(peer, name, summaries, items)
    return comparisons, figures


def _measure_peers(python: Path, texts: dict[str, str], rounds: dict[str, int]) -> dict[str, Any]:
    """Run the peers in their own environment, without the front matter that they would show."""
    bodies = {name: _body(text) for name, text in texts.items()}
    command = (python, HERE / "reading_peers.py")
    finished = subprocess.run(
        command,
        input=json.dumps({"texts": bodies, "rounds": rounds}),
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    peers: dict[str, Any] = json.loads(finished.stdout)
    return peers
