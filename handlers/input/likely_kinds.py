"""What a text likely means where no phrase matches it: weights of its words, fitted on the utterances of the tests.

words and neighbours of a text -> the label with the most weight -> its slots are read -> a reading, or none
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from handlers.input.grammar import Scan
from handlers.input.readings import Reading, ReadingKind, complete
from handlers.input.slots import Surroundings, longest_value
from handlers.input.written_forms import WrittenForm, with_digits

Weights = Mapping[str, Mapping[str, float]]

_LEAST_MARGIN_OVER_GUESS = 0.6
"""How far ahead the first label must be where nothing else was understood; per root of the number of words."""
_LEAST_MARGIN_OVER_CUE = 1.0
"""The same, against what a clause or a cue says."""

_TOKEN = re.compile(r"[a-z]+|\d+|[\u3400-\u9fff]|[^\sa-z\d]")

_OPTIONAL_SLOTS: Mapping[ReadingKind, tuple[str, ...]] = {
    ReadingKind.SUBSCRIBE: (),
    ReadingKind.PAUSE: ("pause",),
    ReadingKind.RESUME: (),
    ReadingKind.STATUS: (),
    ReadingKind.SETTINGS: (),
    ReadingKind.TIME: ("clock",),
    ReadingKind.LANGUAGE: (),
    ReadingKind.LAYOUT: (),
    ReadingKind.SOUND: (),
    ReadingKind.TODAY: (),
    ReadingKind.LATEST: (),
    ReadingKind.CATEGORIES: (),
    ReadingKind.COMMENTARY: ("day",),
    ReadingKind.RECAP: ("weekday",),
    ReadingKind.SAVED: (),
    ReadingKind.EXPORT_DATA: (),
    ReadingKind.PRIVACY: (),
    ReadingKind.HELP: (),
    ReadingKind.WHO_ARE_YOU: (),
    ReadingKind.THANKS: (),
    ReadingKind.GREETING: (),
    ReadingKind.PRAISE: (),
    ReadingKind.COMPLAINT: (),
}
"""Kinds that may be read so, and their slots; no wish to leave or to be erased is among them."""
_REQUIRED_SLOT: Mapping[ReadingKind, str] = {
    ReadingKind.WEEKDAYS: "days",
    ReadingKind.WEEKDAYS_OFF: "days",
    ReadingKind.ADD_WEEKDAYS: "days",
    ReadingKind.DAY: "day",
    ReadingKind.ITEM: "item_text",
    ReadingKind.SAVE: "item_text",
    ReadingKind.SHARE: "item_text",
    ReadingKind.FEEDBACK_MORE: "item_text",
    ReadingKind.FEEDBACK_LESS: "item_text",
}
LIKELY_KINDS = frozenset(_OPTIONAL_SLOTS) | frozenset(_REQUIRED_SLOT)
_NAMES = {"item_text": "n"}
_VALUED = {ReadingKind.LANGUAGE: "language", ReadingKind.LAYOUT: "layout", ReadingKind.SOUND: "sound"}


@dataclass(frozen=True, slots=True)
class Likely:
    """A label (`recap`, `layout headlines`), and how far it is ahead of the next."""

    label: str
    margin: float


def features(text: str) -> frozenset[str]:
    """Return the words and signs of a text in matched form, and their pairs; numbers are all alike."""
    tokens = ["^", *("0" if token.isdecimal() else token for token in _TOKEN.findall(with_digits(text))), "$"]
    return frozenset(" ".join(tokens[at : at + size]) for size in (1, 2) for at in range(len(tokens) - size + 1))


def likeliest(text: str, weights: Weights) -> Likely:
    """Return the label with the most weight."""
    found = features(text)
    sums: Counter[str] = Counter()
    for feature in found & weights.keys():
        sums.update(weights[feature])
    (label, most), (_, next_most) = [*sums.most_common(2), ("", 0.0), ("", 0.0)][:2]
    return Likely(label, (most - next_most) / math.sqrt(len(found)))


def likelier_reading(reading: Reading, whole: WrittenForm, surroundings: Surroundings) -> Reading:
    """Return what a text likely means if that is clearer than its reading by a clause, a cue, or none."""
    if not any(sign.isalpha() for sign in whole.text):
        return reading
    likely = likeliest(whole.text, load_weights())
    least = _LEAST_MARGIN_OVER_GUESS if reading.is_guess else _LEAST_MARGIN_OVER_CUE
    name, _, value = likely.label.partition(" ")
    if likely.margin < least or name in ("", reading.kind.value):
        return reading
    kind = ReadingKind(name)
    if kind not in LIKELY_KINDS:
        return reading
    values: dict[str, object] = {_VALUED[kind]: value} if value else {}
    values |= _slot_values(kind, whole.text, surroundings)
    is_complete = kind in _OPTIONAL_SLOTS or bool(values)
    return complete(kind, values, surroundings.today) if is_complete else reading


def _slot_values(kind: ReadingKind, text: str, surroundings: Surroundings) -> Iterator[tuple[str, object]]:
    slots = (_REQUIRED_SLOT[kind],) if kind in _REQUIRED_SLOT else _OPTIONAL_SLOTS[kind]
    scan = Scan(with_digits(text), surroundings.read_slot)
    for slot in slots:
        if (value := longest_value(scan, slot)) is not None:
            yield _NAMES.get(slot, slot), value


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """Read `likely_kinds.json`, once."""
    source = json.loads((files("handlers.input") / "likely_kinds.json").read_text(encoding="utf-8"))
    weights: dict[str, dict[str, float]] = {}
    for label, of_label in source["weights"].items():
        for feature, weight in of_label.items():
            weights.setdefault(feature, {})[label] = weight
    return weights
