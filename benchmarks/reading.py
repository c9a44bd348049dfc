"""How long a digest takes from its file to ready messages, and how many messages it makes, beside two peers.

    python -m benchmarks.reading [--json] [--quick] [--reference FILE] [--peers PYTHON]

Two digests: one of an ordinary size (eleven items, one message; or FILE) and one of 316,000 units in 819 items. Ours is
parse + render + split; the peers read the same Markdown. They live in an environment of their own:

    python3 -m venv build/peers && build/peers/bin/pip install -r benchmarks/peers.txt

`messages` are those of the ordinary digest, `largest_messages` of the other; `torn` says how many of its items stand
in more than one message, `over` how many messages Telegram would refuse or clip.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from chat.message import Message
from chat.texts import Say, Texts
from digest.model import Item
from digest.parse import parse
from digest.render import render
from digest.split import pack
from digest.taste import Form

HERE = Path(__file__).parent
PEERS = HERE.parent / "build" / "peers" / "bin" / "python"
LARGEST_UNITS, LARGEST_ITEMS = 316_000, 819

SYLLABLES = "云算力模型芯片数据智能开源架构推理训练应用场景产业资本战略协议合作竞争用户服务平台系统全球技术未来增长"


def sentence(chance: random.Random, length: int) -> str:
    middle = "".join(chance.choice(SYLLABLES) for _ in range(length - 12))
    return f"{middle[:-20]}，OpenAI{middle[-20:]}。"


def paragraph(chance: random.Random, length: int) -> str:
    """Sentences of some forty characters, with one bold phrase."""
    sentences = [sentence(chance, 42) for _ in range(max(1, length // 40))]
    return "".join([f"**{chance.choice(SYLLABLES) * 4}**增长，", *sentences])


def digest_of(items: int, body: int, seed: int = 12) -> str:
    """A digest in the reference form: front matter, introduction, numbered linked headlines with bodies, commentary."""
    chance = random.Random(seed)
    front = '---\ntitle: "2025.09.12 早报"\ndate: 2025-09-12T09:17:08+08:00\ncategories: ["产业", "技术"]\n---\n'
    blocks = []
    for number in range(1, items + 1):
        marker = f"{number}. ".ljust(4)
        headline = f"[第{number}件：{sentence(chance, 36)[:-1]}](https://example.org/news/{number}.htm)"
        blocks.append(f"{marker}{headline}\n\n{' ' * len(marker)}{paragraph(chance, body)}")
    comment = "\n\n".join(paragraph(chance, 200) for _ in range(3))
    return "\n\n".join([front, paragraph(chance, 240), "---", *blocks, "---", "### **点评**", comment]) + "\n"


def largest() -> str:
    """The digest of 819 items, its bodies as long as makes 316,000 units."""
    return min((digest_of(LARGEST_ITEMS, body) for body in range(280, 400, 40)), key=lambda t: abs(len(t) - 372_000))


def read(markdown: str, form: Form, say: Say) -> tuple[Message, ...]:
    return tuple(
        message
        for digest in parse(markdown.encode(), name="x.md")
        for message in pack(render(digest, form=form, say=say))
    )


def timed(work: Callable[[], tuple[Message, ...]], rounds: int) -> tuple[float, tuple[Message, ...]]:
    """The median of several rounds in milliseconds, and the last result."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        result = work()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), result


def torn(items: Iterable[Item], texts: list[str]) -> int:
    """How many items do not stand whole, headline and body, in one message."""
    shown = ["".join(text.split()) for text in texts]
    whole = ("".join(f"{item.headline}{item.body}".split()) for item in items)
    return sum(not any(item in text for text in shown) for item in whole)


def ours(texts: dict[str, str], rounds: dict[str, int]) -> dict[str, Any]:
    say = Texts.load().say("zh")
    found: dict[str, Any] = {}
    for name, text in texts.items():
        took, messages = timed(lambda text=text: read(text, Form.FULL, say), rounds[name])  # type: ignore[misc]
        sizes = [[message.text.units, len(message.text.spans)] for message in messages]
        found[name] = {"ms": took, "messages": sizes, "texts": [message.text.plain for message in messages]}
    (digest,) = parse(texts["reference"].encode(), name="x.md")
    found["render_split_ms"], _ = timed(lambda: pack(render(digest, form=Form.FULL, say=say)), rounds["reference"])
    return found


def theirs(python: Path, texts: dict[str, str], rounds: dict[str, int]) -> dict[str, Any]:
    """What the peers make of the same texts, without the front matter that they would show."""
    bodies = {name: text.split("\n---\n", 1)[1] for name, text in texts.items()}
    asked = json.dumps({"texts": bodies, "rounds": rounds})
    command = [str(python), str(HERE / "reading_peers.py")]
    answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, timeout=900)
    peers: dict[str, Any] = json.loads(answer.stdout)
    for peer in peers.values():
        for name in texts:
            peer[name]["ms"] = statistics.median(peer[name]["ms"])
    return peers


def report(found: dict[str, Any], items: Iterable[Item]) -> dict[str, Any]:
    """The figures of one reader."""
    reference, large = found["reference"], found["largest"]
    shown = {
        "reference_ms": round(reference["ms"], 2),
        "largest_ms": round(large["ms"], 1),
        "messages": len(reference["messages"]),
        "largest_messages": len(large["messages"]),
        "torn": torn(items, large["texts"]),
        "over": sum(units > 4096 or entities > 100 for units, entities in large["messages"]),
    }
    if "render_split_ms" in found:
        shown["render_split_ms"] = round(found["render_split_ms"], 2)
    return shown | ({"version": found["version"]} if "version" in found else {})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--reference", type=Path, help="an ordinary digest of your own")
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python that has the peers (build/peers)")
    arguments = parser.parse_args()
    texts = {
        "reference": arguments.reference.read_text("utf-8") if arguments.reference else digest_of(11, 140),
        "largest": largest(),
    }
    rounds = {"reference": 30, "largest": 1} if arguments.quick else {"reference": 200, "largest": 5}
    (whole,) = parse(texts["largest"].encode(), name="x.md")
    found = report(ours(texts, rounds), whole.items)
    found["largest_units"] = sum(item.body.units + len(item.headline) for item in whole.items)
    found["largest_items"] = len(whole.items)
    found["peers"] = {}
    if arguments.peers.exists():
        peers = theirs(arguments.peers, texts, rounds)
        found["peers"] = {name: report(peer, whole.items) for name, peer in peers.items()}
    else:
        how = "python3 -m venv build/peers && build/peers/bin/pip install -r benchmarks/peers.txt"
        print(f"No peers at {arguments.peers}; to compare: {how}", file=sys.stderr)
    if arguments.json:
        print(json.dumps(found))
    else:
        show(found)
    return 0


def show(found: dict[str, Any]) -> None:
    columns = {"ours": found} | found["peers"]
    print(f"{'':20}" + "".join(f"{name:>22}" for name in columns))
    for name in ("reference_ms", "largest_ms", "messages", "largest_messages", "torn", "over", "render_split_ms"):
        print(f"{name:20}" + "".join(f"{column.get(name, ''):>22}" for column in columns.values()))
    print(f"largest: {found['largest_units']:,} units, {found['largest_items']} items")


if __name__ == "__main__":
    sys.exit(main())
