"""Cross ways to say a wish with polite frames, endings and written forms; the meaning of each text is known.

wish -> its ways, with times, spans, days ... in a written form -> a frame before and an ending after -> a spelling

`python -m tests.handlers.utterances.combinations` counts what is read wrong, by frame, ending, spelling and way.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from random import Random
from typing import Any

from domain.chinese_scripts import SIMPLIFIED
from tests.handlers.utterances.judge import DAYS, FOLDER, Meaning, Utterance, meaning_of

_TRADITIONAL = {plain: character for character, plain in reversed(SIMPLIFIED.items())}
_AS_TYPED = ("words", "place", "query")
"""What is given back in the characters that were typed."""

Spelling = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A meaning with ways to say it; `{}` in a way stands for a written form, each of which has its value."""

    language: str
    meaning: Meaning
    ways: tuple[str, ...]
    slot: str = ""
    forms: tuple[tuple[str, object], ...] = ()
    also: tuple[Meaning, ...] = ()
    is_framed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """A text that was put together, what it means, and of which parts."""

    utterance: Utterance
    parts: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.utterance.text


Body = tuple[str, str, Meaning]
"""A way to say a wish, its text and its meaning."""


@lru_cache(maxsize=1)
def _source() -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / "combinations.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def wishes() -> tuple[Wish, ...]:
    """Return the wishes of `combinations.toml`."""
    return tuple(
        Wish(
            language=entry["language"],
            meaning=entry["meaning"],
            ways=tuple(entry["ways"]),
            slot=entry.get("slot", ""),
            forms=tuple(_forms(entry)),
            also=tuple(entry.get("also", ())),
            is_framed=entry.get("framed", True),
        )
        for entry in _source()["wish"]
    )


def _forms(entry: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for form in _source()["forms"][entry["forms"]] if "forms" in entry else ():
        value = form["value"]
        if entry.get("leaves"):
            value = [day for day in DAYS if day not in value]
        for written in form["written"]:
            yield written, value


def _frames(wish: Wish, side: str) -> list[str]:
    frames: list[str] = _source()["frames"][wish.language][side]
    return frames if wish.is_framed or side == "after" else [""]


def as_typed(text: str) -> str:
    return text


def traditional(text: str) -> str:
    return "".join(_TRADITIONAL.get(sign, sign) for sign in text)


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def doubled_blanks(text: str) -> str:
    return f" {text.replace(' ', '  ')} "


def without_marks(text: str) -> str:
    return text.translate(str.maketrans("", "", ",，'!"))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


SPELLINGS: Mapping[str, tuple[Spelling, ...]] = {
    "zh": (as_typed, traditional, full_width, without_marks),
    "en": (as_typed, capital, str.upper, without_marks, doubled_blanks),
}


def bodies(wish: Wish) -> list[Body]:
    """Return the ways to say a wish, in all written forms of what it names."""
    if not wish.slot:
        return [(way, way, wish.meaning) for way in wish.ways]
    return [
        (way, way.replace("{}", written), {**wish.meaning, wish.slot: value})
        for way in wish.ways
        for written, value in wish.forms
    ]


def combination(wish: Wish, body: Body, frame: str, ending: str, spelling: Spelling) -> Combination:
    """Return a body within a frame and an ending, in a spelling."""
    way, text, meaning = body
    also = [each | ({wish.slot: meaning[wish.slot]} if wish.slot == "time" else {}) for each in wish.also]
    if spelling is traditional:
        meaning = {name: _spelled(value) if name in _AS_TYPED else value for name, value in meaning.items()}
    parts = {"frame": frame, "ending": ending, "spelling": spelling.__name__, "way": way}
    return Combination(utterance=Utterance(spelling(f"{frame}{text}{ending}"), (meaning, *also)), parts=parts)


def _spelled(value: object) -> object:
    return [traditional(each) for each in value] if isinstance(value, list) else traditional(str(value))


def plain() -> Iterator[Combination]:
    """Yield every way in every written form, without a frame or an ending."""
    for wish in wishes():
        for body in bodies(wish):
            yield combination(wish, body, "", "", as_typed)


def framed() -> Iterator[Combination]:
    """Yield every frame and every ending around the first way of every wish."""
    for wish in wishes():
        around = [(before, "") for before in _frames(wish, "before")]
        around += [("", after) for after in _frames(wish, "after")]
        for before, after in around:
            yield combination(wish, bodies(wish)[0], before, after, as_typed)


def spelled() -> Iterator[Combination]:
    """Yield the first ways of every wish in every spelling."""
    for wish in wishes():
        for body, spelling in product(bodies(wish)[:4], SPELLINGS[wish.language]):
            yield combination(wish, body, "", "", spelling)


def mixed(number: int, *, seed: int) -> Iterator[Combination]:
    """Yield texts put together at random, the same ones for the same seed."""
    random = Random(seed)  # nothing is secret here
    for _ in range(number):
        wish = random.choice(wishes())
        before, after = random.choice(_frames(wish, "before")), random.choice(_frames(wish, "after"))
        spelling = random.choice(SPELLINGS[wish.language])
        yield combination(wish, random.choice(bodies(wish)), before, after, spelling)


def main() -> None:
    kinds = {"plain": plain(), "framed": framed(), "spelled": spelled(), "mixed": mixed(2000, seed=1)}
    for name, texts in kinds.items():
        total, faults = 0, Counter[str]()
        for each in texts:
            total += 1
            meaning = meaning_of(each.text)
            if not each.utterance.is_right(meaning):
                sys.stdout.write(f"{each.text!r}: {meaning}, not {each.utterance.meanings[0]}\n")
                faults.update(f"{part}: {value!r}" for part, value in each.parts.items())
                faults["wrong"] += 1
        sys.stdout.write(f"{name}: {faults.pop('wrong', 0)} wrong of {total}; most in {faults.most_common(12)}\n")


if __name__ == "__main__":
    main()
