"""Make a digest and its truth from a seed: choose a combination, write its items, put surroundings around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import count
from random import Random

from tests.digest.generated.bodies import IN_EACH, Blocks, BodyKind, Spot, write_body
from tests.digest.generated.item_forms import FORMS, Entry, Form, Look, Story
from tests.digest.generated.sections import NO_SECTIONS, STYLES, Heading, SectionStyle
from tests.digest.generated.stock import LANGUAGES, Writer
from tests.digest.generated.surroundings import (
    AFTER,
    AROUND_FILE,
    BEFORE,
    COMMENTARIES,
    FRONTS,
    LEFTOVERS,
    Around,
    Setting,
)
from tests.digest.generated.truth import LEFT_OUT, TRAILING, Placed, TrueItem, Truth, item_place

HELD_OUT_OF_TEN = 3
"""Of ten combinations this many are held out."""

_SENTENCE_END = re.compile('[.?？!！。:：“"]')
_REPEATED_RULES = re.compile(r"^---$(?:\s+^---$)+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Combination:
    """What is held out as a whole: a form, a kind of section, a language."""

    form: Form
    section: SectionStyle
    language: str

    @property
    def name(self) -> str:
        return f"{self.form.name} × {self.section.name} × {self.language}"

    @property
    def is_held_out(self) -> bool:
        """Whether weights may not be fitted on it; its name alone decides."""
        return sha256(self.name.encode()).digest()[0] % 10 < HELD_OUT_OF_TEN


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedDigest:
    """A digest with its truth; `labels` name the parts it was made of."""

    seed: int
    source: str
    truth: Truth
    combination: Combination
    labels: dict[str, str]


@cache
def combinations() -> tuple[Combination, ...]:
    """Return all combinations that an editor would write."""
    return tuple(
        Combination(form, style, language)
        for form in FORMS
        for language in LANGUAGES
        if form.languages is None or language in form.languages
        for style in STYLES
        if style.takes(form, language) and not (form.then and style is NO_SECTIONS)
    )


def generate_many(seed: int, *, held_out: bool | None = False) -> Iterator[GeneratedDigest]:
    """Generate digests without end: held-out combinations, fitting ones, or both (None)."""
    for number in count():
        digest_seed = seed * 1_000_000 + number
        if held_out is None or _choose(Random(digest_seed)).is_held_out is held_out:
            yield generate(digest_seed)


@cache
def _by_language_and_form() -> dict[str, dict[str, list[Combination]]]:
    grouped: dict[str, dict[str, list[Combination]]] = {}
    for combination in combinations():
        grouped.setdefault(combination.language, {}).setdefault(combination.form.name, []).append(combination)
    return grouped


def _choose(random: Random) -> Combination:
    forms = _by_language_and_form()[random.choice(LANGUAGES)]
    return random.choice(forms[random.choice(sorted(forms))])


def generate(seed: int) -> GeneratedDigest:
    """Generate the digest of a seed."""
    random = Random(seed)
    combination = _choose(random)
    return _Generator(seed, random, combination).generate()


class _Generator:
    """Writes one digest."""

    def __init__(self, seed: int, random: Random, combination: Combination) -> None:
        self.seed = seed
        self.random = random
        self.combination = combination
        self.form, self.style = combination.form, combination.section
        self.writer = Writer(random, combination.language)
        self.footers: list[str] = []
        self.items: list[TrueItem] = []
        self.placed: list[Placed] = []
        self.bodies = [self._body_kind(form) for form in self._forms()]
        is_for_all = random.random() < 0.5 or not IN_EACH.isdisjoint(self.bodies)
        self.special = 1.0 if is_for_all else 0.4
        self.mark = random.choice("--*+")
        self.width = random.choice((3, 3, 4))
        self.rules = self.style.name != "rule and heading" and random.random() < 0.3
        self.restarts = random.random() < 0.5
        self.level = self.style.item_level if self.style.level else random.choice((2, 3))

    def _forms(self) -> tuple[Form, ...]:
        return (self.form, self.form.then) if self.form.then else (self.form,)

    def _body_kind(self, form: Form) -> BodyKind:
        kinds = sorted(form.bodies)
        return BodyKind.ONE if BodyKind.ONE in kinds and self.random.random() < 0.3 else self.random.choice(kinds)

    def generate(self) -> GeneratedDigest:
        labels = self._draw_labels()
        front, title = FRONTS[labels["front"]], self._title()
        news = self._write_news()
        setting = Setting([item.headlines[0] for item in self.items], self._top_level())
        pieces = [BEFORE[labels["before"]](self.writer, setting), Around(news)]
        pieces += [
            COMMENTARIES[labels["commentary"]](self.writer, setting),
            AFTER[labels["after"]](self.writer, setting),
        ]
        page = "\n\n".join(piece.source for piece in pieces if piece.source).replace("{title}", title)
        page = _REPEATED_RULES.sub("---", page)
        page = "\n\n".join([page, *self.footers]) + "\n"
        around_file = labels["leftover"] in AROUND_FILE and self.random.random() < 0.5
        head = front.write(title)
        left = LEFTOVERS[labels["leftover"]](head + page if around_file else page, self.writer)
        placed = [*self.placed, *left.placed, *(placed for piece in pieces for placed in piece.placed)]
        truth = Truth(items=tuple(self.items), placed=tuple(placed), title=title)
        return GeneratedDigest(
            seed=self.seed,
            source=left.source if around_file else head + left.source,
            truth=truth,
            combination=self.combination,
            labels=labels,
        )

    def _draw_labels(self) -> dict[str, str]:
        random = self.random
        before = random.choice([name for name in BEFORE if self._takes_before(name)])
        commentary = random.choice(list(COMMENTARIES)) if random.random() < 0.6 else "nothing"
        after = random.choice(list(AFTER)) if random.random() < 0.5 else "nothing"
        fronts = [name for name in FRONTS if name != "none" or before not in ("title and paragraph", "dated titles")]
        leftovers = list(LEFTOVERS) if random.random() < 0.2 else ["nothing"]
        if not any(form.is_numbered for form in self._forms()) and "escaped numbers" in leftovers:
            leftovers.remove("escaped numbers")
        front = random.choice(fronts) if random.random() < 0.5 else "YAML"
        if self._has_top_headings() and front == "none":
            front = "YAML"
        return {
            "form": self.form.name,
            "section": self.style.name,
            "language": self.combination.language,
            "body": " / ".join(self.bodies),
            "front": front,
            "before": before,
            "commentary": commentary,
            "after": after,
            "leftover": random.choice(leftovers),
        }

    def _has_top_headings(self) -> bool:
        return self.style.level == 1

    def _takes_before(self, name: str) -> bool:
        """Return whether an introduction can be told from the items: plain lists need linked items with texts."""
        if name in ("title and paragraph", "dated titles"):
            return not self._has_top_headings()
        if name == "summary in numbers, no heading":
            return self.form.family != "list" or (self.form.is_linked and not self.form.is_tight)
        return True

    def _title(self) -> str:
        return f"{self.writer.draw('titles')} {self.random.choice(('2026-11-27', '2026.11.27', '2026/11/27'))}"

    def _top_level(self) -> int:
        """Return the level of the outermost headings, 2 if there are none."""
        if self.style.level:
            return self.style.level
        return self.level if self.form.family == "heading" else 2

    def _section_names(self) -> list[str]:
        if self.style is NO_SECTIONS:
            return [""]
        names = [self.writer.draw("sections") for _ in range(self.random.choice((2, 2, 3)))]
        if self.random.random() < 0.3:
            names[-1] = self.writer.draw("section_traps")
        if self.form.then:
            names[0] = self.writer.draw("picks")
            if self.random.random() < 0.5:
                names = [names[0], self.writer.draw("quick")]
        return names

    def _write_news(self) -> str:
        names = self._section_names()
        counts = self._counts(len(names))
        odd = self.random.randint(2, sum(counts) - 1) if self.form.odd else 0
        written, number, ordinal = [], 0, 0
        for index, (name, size) in enumerate(zip(names, counts, strict=True)):
            form = self.form.then if self.form.then and index else self.form
            number = 0 if self.restarts or (self.form.then and index == 1) else number
            entries = []
            for _ in range(size):
                number, ordinal = number + 1, ordinal + 1
                look = self._look(form, number, ordinal, is_odd=ordinal == odd)
                entries.append(self._write_item(form, look, name))
            written.append(self._write_section(form, index + 1, name, entries))
        if self.style.level > 1 and self.random.random() < 0.08:
            written.insert(self.random.randint(1, len(written)), self._empty_section(len(names) + 1))
        return "\n\n".join(written)

    def _counts(self, sections: int) -> list[int]:
        if sections == 1:
            return [self.random.randint(3, 8)]
        counts = [self.random.randint(1, 4) for _ in range(sections)]
        counts[0] = max(counts[0], 2)
        counts[-1] = max(counts[-1], 2 if self.form.then or sum(counts) < 4 else 1)
        return counts

    def _look(self, form: Form, number: int, ordinal: int, *, is_odd: bool) -> Look:
        return Look(
            level=min(self.level + form.lower, 6),
            width=self.width,
            mark=self.mark,
            rules=self.rules,
            number=number,
            ordinal=ordinal,
            is_odd=is_odd,
        )

    def _write_item(self, form: Form, look: Look, section: str) -> str:
        writer = self.writer
        headline = writer.draw("traps" if self.random.random() < 0.12 else "headlines")
        while form.is_sentence and _SENTENCE_END.search(headline):
            headline = writer.draw("headlines")
        kind = self.bodies[-1] if form is not self.form else self.bodies[0]
        if self.random.random() > self.special and BodyKind.ONE in form.bodies:
            kind = BodyKind.ONE
        body = write_body(kind, writer, Spot(min(look.level + 1, 6), look.ordinal))
        entry = form.write(writer, Story(headline, writer.url(), body), look)
        self._remember(entry, section, body)
        self.footers += [footer for footer in (entry.footer, *(block.footer for block in body)) if footer]
        return entry.source

    def _remember(self, entry: Entry, section: str, body: Blocks) -> None:
        notes = [note for block in body for note in block.notes]
        self.placed += [Placed(note, (item_place(len(self.items) + 1), TRAILING)) for note in notes]
        self.items.append(
            TrueItem(
                headlines=tuple(headline.replace("`", "") for headline in (entry.headline, *entry.also)),
                urls=(entry.url,),
                sections=(section,),
                links=tuple(link for block in body for link in block.links),
                words=tuple(words for block in body for words in block.words),
            )
        )

    def _write_section(self, form: Form, number: int, name: str, entries: list[str]) -> str:
        gap = "\n" if form.is_tight and (self.style.indents_items or self.mark != "+") else "\n\n"
        items = gap.join(entries)
        if not name:
            return items
        head = self.style.write(Heading(name, number, f"https://example.org/s/{number}", self.writer.colon.strip()))
        if self.style.indents_items:
            return head + "\n" + "\n".join(f"  {line}" for line in items.split("\n"))
        return f"{head}\n\n{items}"

    def _empty_section(self, number: int) -> str:
        name, text = self.writer.draw("sections"), self.writer.draw("empty")
        self.placed.append(Placed(text, (LEFT_OUT,)))
        return f"{self.style.write(Heading(name, number, 'https://example.org/s/0'))}\n\n{text}"
