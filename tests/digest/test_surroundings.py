"""News in common forms, with and without links, between openings and endings of all kinds, are the items."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
import yaml

from tests.digest.reading import read

FIXTURES = Path(__file__).parent / "fixtures"


@dataclass(frozen=True)
class Language:
    """Six pieces of news, what is said of each, and the words around them."""

    news: tuple[str, ...]
    text: str
    sections: tuple[str, str]
    openings: dict[str, str]
    endings: dict[str, str]


_REFERENCES = tuple(f"[Harbour Post: new timetable {number}](https://ref.example/{number})" for number in range(1, 8))
_LISTS = {
    "numbered": "\n".join(f"{number}. {reference}" for number, reference in enumerate(_REFERENCES, 1)),
    "bullets": "\n".join(f"- {reference}" for reference in _REFERENCES),
}


def load_languages() -> dict[str, Language]:
    """Load what is written in each language; `{numbered}` and `{bullets}` stand for lists of references."""
    fields = yaml.safe_load((FIXTURES / "surroundings.yaml").read_text(encoding="utf-8"))
    return {
        name: Language(
            news=tuple(each["news"]),
            text=each["text"],
            sections=tuple(each["sections"]),
            openings=each["openings"],
            endings={key: ending.format(**_LISTS) for key, ending in each["endings"].items()},
        )
        for name, each in fields.items()
    }


LANGUAGES = load_languages()

FORMS = {
    "numbers": ("{number}. {title}\n", False),
    "bold numbers": ("{number}. **{title}**: {text}\n\n", False),
    "bullets": ("- {title}\n", True),
    "bold bullets": ("- **{title}**: {text}\n", True),
    "headings": ("### {title}\n\n{text}\n\n", False),
    "headings in sections": ("### {title}\n\n{text}\n\n", True),
    "numbered headings": ("### {number}. {title}\n\n{text}\n\n", False),
    "bold lines": ("**{title}**\n\n{text}\n\n", False),
    "linked numbers": ("{number}. [{title}](https://n.example/{number})\n", False),
    "linked bullets": ("- [{title}](https://n.example/{number})\n", True),
    "linked headings": ("### [{title}](https://n.example/{number})\n\n{text}\n\n", False),
    "texts with sources": ("**{title}**\n\n{text} [source](https://n.example/{number})\n\n", False),
    "numbers with sources": ("{number}. **{title}**\n   {text}\n   [source](https://n.example/{number})\n\n", False),
}
"""A piece of news as it is written, and whether sections hold the pieces."""


def write_news(form: str, language: Language) -> str:
    """Write the six pieces of news in a form, three in each of two sections if it has some."""
    layout, has_sections = FORMS[form]
    lines: list[str] = []
    for at, title in enumerate(language.news):
        if has_sections and at % 3 == 0:
            lines.append(f"\n## {language.sections[at // 3]}\n\n")
        lines.append(layout.format(number=at + 1, title=title, text=language.text))
    return "".join(lines)


_OPENINGS = [(name, opening) for name, language in LANGUAGES.items() for opening in language.openings]
_ENDINGS = [(name, ending) for name, language in LANGUAGES.items() for ending in language.endings]


@pytest.mark.parametrize(("form", "opening"), [*product(FORMS, _OPENINGS)])
def test_news_below_an_opening_are_the_items(form: str, opening: tuple[str, str]) -> None:
    language = LANGUAGES[opening[0]]
    digest = read(f"{language.openings[opening[1]]}\n\n{write_news(form, language)}")
    assert tuple(item.headline for item in digest.items) == language.news


@pytest.mark.parametrize(("form", "ending"), [*product(FORMS, _ENDINGS)])
def test_news_above_an_ending_are_the_items(form: str, ending: tuple[str, str]) -> None:
    language = LANGUAGES[ending[0]]
    digest = read(f"{write_news(form, language)}\n{language.endings[ending[1]]}\n")
    assert tuple(item.headline for item in digest.items) == language.news
    assert "a.example" not in "".join(item.url for item in digest.items)
