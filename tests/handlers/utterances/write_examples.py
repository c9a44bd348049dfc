"""Write handlers/input/examples.toml from the utterances to work on the parser with; to be run when these change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from handlers.input.grammar import Scan
from handlers.input.placeholders import longest_value
from handlers.input.written_forms import whole_form, with_digits, without_separators
from tests.handlers.utterances.judge import CONTEXT, DAYS, Meaning, Utterance, utterances

TARGET = Path(__file__).parents[3] / "handlers" / "input" / "examples.toml"
SOURCES = ("development", "sentences", "varied")
HEAD = """\
# Sentences and their meanings, without the placeholders. A text that no phrase matches means the most similar one.
# Written by `python -m tests.handlers.utterances.write_examples`; `unknown` is what nothing but a search may come of.
"""

_LEFT_TO_PHRASES = frozenset(
    {"unsubscribe", "erase_data", "broadcast", "search", "mute", "unmute", "only", "item_range", "emoji_only"}
)
"""What is never read by example: what must not be read by mistake, and what needs words or two numbers."""
_VALUES = ("layout", "language", "sound")


def examples() -> str:
    """Return the file's text."""
    by_meaning: dict[str, dict[str, None]] = {}
    for name in SOURCES:
        for utterance in utterances(name):
            if len(utterance.text) > 1:
                by_meaning.setdefault(_meaning(utterance), {})[utterance.text] = None
    return HEAD + "".join(map("".join, map(_entry, by_meaning.items())))


def _entry(meaning: tuple[str, dict[str, None]]) -> Iterator[str]:
    head, texts = meaning
    yield f"\n[[meaning]]\n{head}\ntexts = [\n"
    yield from (f"    {json.dumps(text, ensure_ascii=False)},\n" for text in texts)
    yield "]\n"


def _meaning(utterance: Utterance) -> str:
    meaning = utterance.meanings[0]
    kind = _kind(utterance.text, meaning)
    values = ", ".join(f"{name} = {json.dumps(meaning[name])}" for name in _VALUES if name in meaning)
    return f'kind = "{kind}"' + (f"\nvalues = {{ {values} }}" if values else "")


def _kind(text: str, meaning: Meaning) -> str:
    """Return the kind of meaning; days that the text names and the meaning lacks are left out."""
    intent = meaning["intent"]
    if intent in _LEFT_TO_PHRASES or (intent == "recap" and "weekday" in meaning):
        return "unknown"
    if intent != "weekdays" or "days" not in meaning:
        return str(intent)
    scan = Scan(with_digits(whole_form(without_separators(text)).text), CONTEXT.read_placeholder)
    named = longest_value(scan, "days")
    days = [day for number, day in enumerate(DAYS) if isinstance(named, int) and named >> number & 1]
    if days == meaning["days"]:
        return "weekdays"
    return "weekdays_off" if sorted({*days, *meaning["days"]}) == sorted(DAYS) and days else "unknown"


if __name__ == "__main__":
    TARGET.write_text(examples(), encoding="utf-8")
