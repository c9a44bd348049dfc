"""Measure what two peers make of Markdown. Run by the peers' own Python; knows nothing of the bot.

Standard input: `{"texts": {name: markdown}, "rounds": {name: n}}`. Standard output: `{peer: {"version": …, name: {"ms":
[of each round], "messages": [[units, entities] of each], "texts": [of each]}}}`.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

MessageSizes = list[tuple[str, int]]  # each message's text and number of entities


def telegramify(markdown: str) -> MessageSizes:
    library = import_module("telegramify_markdown")
    text, entities = library.convert(markdown)
    return [(part, len(entities_of_part)) for part, entities_of_part in library.split_entities(text, entities, 4096)]


def sulguk(markdown: str) -> MessageSizes:
    """Convert through HTML into one text of any length; its user has to split it."""
    result = import_module("sulguk").transform_html(import_module("markdown_it").MarkdownIt().render(markdown))
    return [(result.text, len(result.entities))]


PEERS: dict[str, Callable[[str], MessageSizes]] = {"telegramify-markdown": telegramify, "sulguk": sulguk}


def measure(read: Callable[[str], MessageSizes], markdown: str, rounds: int) -> dict[str, Any]:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        parts = read(markdown)
        times.append((time.perf_counter() - began) * 1000)
    sizes = [[len(text.encode("utf-16-le")) // 2, entities] for text, entities in parts]
    return {"ms": times, "messages": sizes, "texts": [text for text, _ in parts]}


def main() -> None:
    request = json.load(sys.stdin)
    answer = {
        peer: {"version": version(peer)}
        | {name: measure(read, text, request["rounds"][name]) for name, text in request["texts"].items()}
        for peer, read in PEERS.items()
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
