"""Read a text as the example sentence that is most like it, where no phrase and no cue reads it.

text -> its words and their pairs, rare ones weighing more -> the most alike example -> its meaning, with the text's own
placeholders

`python -m handlers.input.examples 'some text'` tells which examples are nearest, and how alike they are.
"""

from __future__ import annotations

import re
import sys
import tomllib
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import log, sqrt

from handlers.input.cues import read_placeholders
from handlers.input.meanings import MeaningKind, TextMeaning, complete
from handlers.input.other_matters import is_other_matter
from handlers.input.placeholders import TextContext
from handlers.input.written_forms import WrittenForm, whole_form, with_digits, without_separators

LEAST_LIKENESS = 0.42
"""How alike a text and its nearest example must be, from 0 to 1 (docs/decisions/0160)."""

_WEIGHT_OF_UNKNOWN = 7.6
"""The weight of a word that no example has, about that of one in a single example."""
_TOKEN = re.compile(r"[a-z]+|\d+|[^\W\da-z]")
_NUMBER = "0"
_DENIAL = re.compile(
    r"[不别没勿甭免停]|\b(?:no|not|never|without|stop|dont|cant|isnt|arent|wont|didnt|doesnt|havent|hasnt|nothing)\b"
)
"""Words that turn a wish into its opposite: a text has one if its example has one."""

_PLACEHOLDERS: Mapping[MeaningKind, tuple[str, ...]] = {
    MeaningKind.WEEKDAYS: ("days", "clock"),
    MeaningKind.WEEKDAYS_OFF: ("days",),
    MeaningKind.ADD_WEEKDAYS: ("days",),
    MeaningKind.DAY: ("day",),
    MeaningKind.CATEGORY: ("category", "day"),
    MeaningKind.ITEM: ("item_number", "day"),
    MeaningKind.TIME: ("clock",),
    MeaningKind.PAUSE: ("pause",),
    MeaningKind.TIME_ZONE: ("place_in",),
    MeaningKind.COMMENTARY: ("day",),
} | dict.fromkeys(
    (MeaningKind.SAVE, MeaningKind.SHARE, MeaningKind.FEEDBACK_MORE, MeaningKind.FEEDBACK_LESS), ("item_number",)
)
"""What is looked for in the text; the examples have no other meanings with placeholders."""
_NEEDED = {
    MeaningKind.WEEKDAYS: "days",
    MeaningKind.WEEKDAYS_OFF: "days",
    MeaningKind.ADD_WEEKDAYS: "days",
    MeaningKind.DAY: "day",
    MeaningKind.CATEGORY: "category",
    MeaningKind.ITEM: "n",
}
"""Values without which a meaning is incomplete."""

_Features = Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, and its meaning without the placeholders."""

    text: str
    kind: MeaningKind
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Likeness:
    """An example, and how alike a text is."""

    example: Example
    share: float


@dataclass(frozen=True, slots=True)
class Examples:
    """All examples, by their words and pairs of words."""

    all: tuple[Example, ...]
    weights: _Features
    """How much each word or pair weighs: the rarer, the more."""
    places: Mapping[tuple[str, ...], tuple[array[int], array[float]]]
    """The examples with a word or a pair, and what it contributes to each."""

    def nearest(self, form: WrittenForm, most: int = 1) -> list[Likeness]:
        """Return the examples that a text is most like, the nearest first."""
        shares: dict[int, float] = {}
        for feature, share in _unit(_features(form), self.weights).items():
            for number, other in zip(*self.places.get(feature, ((), ())), strict=True):
                shares[number] = shares.get(number, 0.0) + share * other
        best = sorted(shares, key=lambda number: (-shares[number], number))[:most]
        return [Likeness(self.all[number], shares[number]) for number in best]


def read_by_example(form: WrittenForm, parts: list[WrittenForm], context: TextContext) -> TextMeaning | None:
    """Return the meaning of the nearest example for a text; None if it is not alike enough, or lacks a placeholder."""
    if is_other_matter(form) or not any(sign.isalpha() for sign in form.text):
        return None
    nearest = next(iter(load_examples().nearest(form)), None)
    if nearest is None or nearest.share < LEAST_LIKENESS:
        return None
    example = nearest.example
    if (_DENIAL.search(form.text) is None) != (_DENIAL.search(whole_form(example.text).text) is None):
        return None
    values = read_placeholders(_PLACEHOLDERS.get(example.kind, ()), form, parts, context)
    if example.kind is MeaningKind.UNKNOWN or _NEEDED.get(example.kind) not in {None, *values}:
        return None
    return complete(example.kind, {**example.values, **values}, context.today)


@lru_cache(maxsize=1)
def load_examples() -> Examples:
    """Read `examples.toml`, once."""
    source = tomllib.loads((files("handlers.input") / "examples.toml").read_text(encoding="utf-8"))
    found = tuple(_examples(source["meaning"]))
    counted = [_features(whole_form(without_separators(example.text))) for example in found]
    frequency = Counter(feature for features in counted for feature in features)
    weights = {feature: log(1 + len(found) / count) for feature, count in frequency.items()}
    places: dict[tuple[str, ...], tuple[array[int], array[float]]] = {}
    for number, features in enumerate(counted):
        for feature, share in _unit(features, weights).items():
            numbers, shares = places.setdefault(feature, (array("H"), array("f")))
            numbers.append(number)
            shares.append(share)
    return Examples(found, weights, places)


def _examples(source: list[dict[str, object]]) -> Iterator[Example]:
    for entry in source:
        texts, values = entry["texts"], entry.get("values", {})
        if not isinstance(texts, list) or not isinstance(values, dict):
            raise TypeError("a meaning has a list of texts, and perhaps values")
        for text in texts:
            yield Example(text, MeaningKind(str(entry["kind"])), values)


def _features(form: WrittenForm) -> Counter[tuple[str, ...]]:
    """Count the words of a text and what stands beside what; all numbers are alike."""
    words = ["^", *_TOKEN.findall(with_digits(form.text)), "$"]
    words = [_NUMBER if word.isdecimal() else word for word in words]
    return Counter(tuple(words[at : at + size]) for size in (1, 2) for at in range(len(words) - size + 1))


def _unit(counts: Counter[tuple[str, ...]], weights: _Features) -> dict[tuple[str, ...], float]:
    """Return the weight of each feature, scaled so that a text is entirely like itself."""
    weighed = {
        feature: (1 + log(count)) * weights.get(feature, _WEIGHT_OF_UNKNOWN) * sqrt(len(feature))
        for feature, count in counts.items()
    }
    length = sqrt(sum(weight * weight for weight in weighed.values())) or 1.0
    return {feature: weight / length for feature, weight in weighed.items()}


def main(text: str) -> None:
    for each in load_examples().nearest(whole_form(without_separators(text)), most=5):
        sys.stdout.write(f"{each.share:.2f} {each.example.kind}: {each.example.text}\n")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
