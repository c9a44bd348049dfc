"""Judge how the parser reads the utterances; `python -m tests.handlers.utterances.judge` lists what it gets wrong."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.subscription.calendar import EVERY_DAY
from handlers.input.meanings import MeaningKind, TextMeaning
from handlers.input.placeholders import TextContext
from handlers.input.reader import read_text
from handlers.input.time_zones import TimeZoneLookup

FOLDER = Path(__file__).parent
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
CATEGORIES = ("AI", "科技", "商业", "政策法规", "技术前沿", "开源社区", "巨头动态", "应用落地")
CONTEXT = TextContext(categories=CATEGORIES, time_zones=TimeZoneLookup.load(), now=NOW, today=date(2026, 11, 26))
NEVER_BY_MISTAKE = ("unsubscribe", "erase_data", "broadcast")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Meaning = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text with the meanings that are right for it."""

    text: str
    meanings: tuple[Meaning, ...]

    def is_right(self, meaning: Meaning) -> bool:
        allows_search = any(right["intent"] == "unknown" for right in self.meanings)
        if allows_search and meaning["intent"] in ("unknown", "search"):
            return True
        return any(_comparable(right) == _comparable(meaning) for right in self.meanings)

    def is_dangerous(self, meaning: Meaning) -> bool:
        """Whether the meaning is one of those that must not be read by mistake, and no right one is."""
        intent = meaning["intent"]
        return intent in NEVER_BY_MISTAKE and all(right["intent"] != intent for right in self.meanings)


def utterances(name: str) -> Iterator[Utterance]:
    """Yield the utterances of a file."""
    with (FOLDER / f"{name}.toml").open("rb") as source:
        for entry in tomllib.load(source)["utterance"]:
            yield Utterance(entry["text"], (entry["meaning"], *entry.get("also", ())))


def meaning_of(text: str) -> Meaning:
    """Return how the parser reads a text, in the words of the corpus."""
    return _in_words(read_text(text, CONTEXT))


def _in_words(read: TextMeaning) -> Meaning:
    kind, values = read.kind, read.values
    meaning: Meaning = {"intent": "today" if kind is MeaningKind.UNDO else kind.value}
    names = {
        "n": "number",
        "items": "numbers",
        "place": "place",
        "category": "name",
        "query": "query",
        "layout": "layout",
        "language": "language",
    }
    meaning |= {names[slot]: value for slot, value in values.items() if slot in names}
    if "sound" in values:
        meaning["sound"] = values["sound"]
    for slot in ("time", "clock"):
        if isinstance(minute := values.get(slot), int):
            meaning["time"] = f"{minute // 60:02}:{minute % 60:02}"
    if isinstance(day := values.get("day"), date):
        meaning["date"] = day.isoformat()
    if isinstance(weekdays := values.get("days"), int):
        if kind is MeaningKind.WEEKDAYS_OFF:
            meaning["intent"], weekdays = "weekdays", EVERY_DAY & ~weekdays or EVERY_DAY
        meaning["days"] = [name for number, name in enumerate(DAYS) if weekdays >> number & 1]
    if isinstance(weekday := values.get("weekday"), int):
        meaning["weekday"] = DAYS[weekday]
    if "words" in values:
        meaning["words"] = list(_listed(values["words"]))
    if kind is MeaningKind.ITEM_RANGE:
        meaning |= {"first": values.get("a", 1), "last": values.get("last", values.get("b"))}
    meaning |= _from_end(kind, values) if "number" not in meaning else {}
    if kind is MeaningKind.PAUSE:
        meaning |= _length(values)
    return meaning


def _from_end(kind: MeaningKind, values: Mapping[str, object]) -> Meaning:
    """Return the items that are counted from the end: -1 is the last."""
    if "final" in values:
        return {"first": -int(str(values["final"])), "last": -1}
    return {"number": -int(str(values.get("from_end", 1)))} if kind is MeaningKind.ITEM else {}


def _length(values: Mapping[str, object]) -> Meaning:
    if isinstance(left_out := values.get("offday"), int):
        return {"days": 1} if left_out <= 2 else {"until": (CONTEXT.today + timedelta(days=left_out)).isoformat()}
    length = next((values[slot] for slot in ("pause", "span", "until") if slot in values), None)
    if isinstance(length, date):
        return {"until": length.isoformat()}
    return {} if length is None else {"days": length}


def _listed(words: object) -> tuple[str, ...]:
    return words if isinstance(words, tuple) else (str(words),)


def _comparable(meaning: Meaning) -> Meaning:
    """Return a meaning in which equal pauses are equal, and case does not matter."""
    comparable = {name: _folded(value) for name, value in meaning.items()}
    if "weeks" in comparable:
        comparable["days"] = comparable.pop("weeks") * 7
    return comparable


def _folded(value: object) -> Any:
    if isinstance(value, str):
        return value.lower()
    return [_folded(each) for each in value] if isinstance(value, list | tuple) else value


def main(name: str) -> None:
    wrong = [(each, meaning) for each in utterances(name) if not each.is_right(meaning := meaning_of(each.text))]
    for utterance, meaning in wrong:
        danger = "DANGER " if utterance.is_dangerous(meaning) else ""
        sys.stdout.write(f"{danger}{utterance.text!r}: {meaning}, not {utterance.meanings[0]}\n")
    sys.stdout.write(f"{len(wrong)} wrong of {len(list(utterances(name)))}\n")


if __name__ == "__main__":
    main("development")
