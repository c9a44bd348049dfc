"""Markdown on standard input, what the peers make of it on standard output, as JSON. Run by the peers' own Python.

Input: `{"texts": {name: markdown}, "rounds": n}`. Output: `{peer: {"version", name: {"ms": [each round's], "messages":
[[units, entities] of each], "texts": [each one's]}}}`. It knows nothing of the bot.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

Parts = list[tuple[str, int]]  # each message's text and number of entities


def telegramify(markdown: str) -> Parts:
    library = import_module("telegramify_markdown")
    text, entities = library.convert(markdown)
    return [(part, len(kept)) for part, kept in library.split_entities(text, entities, 4096)]


def sulguk(markdown: str) -> Parts:
    """It reads HTML and makes one text of any length: dividing that is left to its user."""
    result = import_module("sulguk").transform_html(import_module("markdown_it").MarkdownIt().render(markdown))
    return [(result.text, len(result.entities))]


PEERS: dict[str, Callable[[str], Parts]] = {"telegramify-markdown": telegramify, "sulguk": sulguk}


def measure(read: Callable[[str], Parts], markdown: str, rounds: int) -> dict[str, Any]:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        parts = read(markdown)
        times.append((time.perf_counter() - begun) * 1000)
    sizes = [[len(text.encode("utf-16-le")) // 2, entities] for text, entities in parts]
    return {"ms": times, "messages": sizes, "texts": [text for text, _ in parts]}


def main() -> None:
    asked = json.load(sys.stdin)
    answer = {
        peer: {"version": version(peer)}
        | {name: measure(read, text, asked["rounds"][name]) for name, text in asked["texts"].items()}
        for peer, read in PEERS.items()
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
