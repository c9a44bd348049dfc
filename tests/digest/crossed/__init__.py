"""Forms of items crossed with what stands above and below the news, as real archives write both.

People who had not seen the reader wrote down the building blocks of some 1,000 archives, in words of their own: for
each language, ways to write one item, openings and endings (`*.yaml` beside this). `pages.py` crosses them, `faults.py`
compares a reading with what is known of the page, and `python -m tests.digest.crossed` counts.

A third of the blocks is `measured`: it only measures, and its faults are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
"""The names of the files; a language may have several, by who writes the digests or when they were collected."""


@dataclass(frozen=True, slots=True)
class News:
    """A piece of news: its headline, two sentences, where it stood, and one word."""

    title: str
    text: str
    text2: str
    source: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A way to write one item, with placeholders.

    `sections` tells whether archives with this form have some: always, never or either. `restarts`: numbers begin anew
    in each section. `between` stands between items.
    """

    name: str
    item: str
    sections: str
    section: str = ""
    restarts: bool = False
    between: str = ""
    measured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surrounding:
    """What stands above or below the news: its text, and `words` of it.

    `kind` tells whether an ending is commentary or trailing, and whether an opening is left out, as contents lists are.
    """

    name: str
    text: str
    words: tuple[str, ...]
    kind: str = ""
    measured: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The blocks of one file."""

    name: str
    head: str
    news: tuple[News, ...]
    section_names: tuple[str, ...]
    forms: tuple[Form, ...] = field(repr=False)
    openings: tuple[Surrounding, ...] = field(repr=False)
    endings: tuple[Surrounding, ...] = field(repr=False)


@cache
def load_language(name: str) -> Language:
    """Load the blocks of a file."""
    fields = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    openings, endings = (
        tuple(Surrounding(**block | {"words": tuple(block["words"])}) for block in fields[group])
        for group in ("openings", "endings")
    )
    return Language(
        name=name,
        head=fields["head"],
        news=tuple(News(**each) for each in fields["news"]),
        section_names=tuple(fields["section_names"]),
        forms=tuple(Form(**form) for form in fields["forms"]),
        openings=openings,
        endings=endings,
    )
