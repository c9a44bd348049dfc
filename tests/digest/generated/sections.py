"""Kinds of sections: how the name of a group of items is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.digest.generated.item_forms import Family, Form

_NUMERALS = "一二三四五六七八九十"
_ALL = frozenset(Family)
_CJK = frozenset({"zh-Hans", "zh-Hant", "ja"})
_CHINESE = frozenset({"zh-Hans", "zh-Hant"})


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's name, its position and an address for linked ones."""

    name: str
    number: int
    url: str
    colon: str = ":"

    @property
    def numeral(self) -> str:
        return _NUMERALS[self.number - 1]

    def line(self, char: str) -> str:
        """Return a line as long as the name."""
        return char * max(5, sum(2 if char > "\u1100" else 1 for char in self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionStyle:
    """A way to write sections; `level` is that of headings, 0 of lines; `item_level` that of headlines below."""

    name: str
    write: Callable[[Heading], str]
    level: int = 2
    families: frozenset[Family] = _ALL
    languages: frozenset[str] | None = None
    is_emoji: bool = False
    indents_items: bool = False
    fits: Callable[[Form], bool] = lambda _form: True

    @property
    def item_level(self) -> int:
        return self.level if self.name == "same level" else max(self.level + 1, 2)

    def takes(self, form: Form, language: str) -> bool:
        """Return whether an editor would combine them."""
        forms = (form, form.then) if form.then else (form,)
        languages = self.languages is None or language in self.languages
        return languages and all(each.family in self.families and self.fits(each) for each in forms)


def _is_clear_at_same_level(form: Form) -> bool:
    return (form.is_linked or form.is_numbered) and not form.odd


_LISTS = frozenset({Family.LIST})
_LISTS_AND_LINES = frozenset({Family.LIST, Family.LINE})
_NOT_HEADINGS = frozenset({Family.LIST, Family.LINE, Family.BOLD})

NO_SECTIONS = SectionStyle(name="none", write=lambda _: "", level=0)
STYLES = (
    NO_SECTIONS,
    SectionStyle(name="h2", write=lambda heading: f"## {heading.name}"),
    SectionStyle(name="h3", write=lambda heading: f"### {heading.name}", level=3),
    SectionStyle(name="h1", write=lambda heading: f"# {heading.name}", level=1),
    SectionStyle(
        name="same level",
        write=lambda heading: f"### {heading.name}",
        level=3,
        families=frozenset({Family.HEADING}),
        fits=_is_clear_at_same_level,
    ),
    SectionStyle(name="bold line", write=lambda heading: f"**{heading.name}**", level=0, families=_LISTS_AND_LINES),
    SectionStyle(name="bold heading", write=lambda heading: f"## **🔥 {heading.name}**", is_emoji=True),
    SectionStyle(name="emoji heading", write=lambda heading: f"### 🧭 {heading.name}", level=3, is_emoji=True),
    SectionStyle(
        name="brackets",
        write=lambda heading: f"【{heading.name}】",
        level=0,
        families=_NOT_HEADINGS,
        languages=_CJK,
    ),
    SectionStyle(
        name="numbered heading", write=lambda heading: f"## {heading.numeral}、{heading.name}", languages=_CJK
    ),
    SectionStyle(
        name="numbered heading",
        write=lambda heading: f"## {heading.number}. {heading.name}",
        languages=frozenset({"en", "ko", "ru", "es"}),
    ),
    SectionStyle(
        name="numbered line",
        write=lambda heading: f"{heading.numeral}、{heading.name}",
        level=0,
        families=_LISTS_AND_LINES,
        languages=_CHINESE,
    ),
    SectionStyle(
        name="numbered bold line",
        write=lambda heading: f"**{heading.numeral}、{heading.name}**",
        level=0,
        families=_LISTS_AND_LINES,
        languages=_CHINESE,
    ),
    SectionStyle(name="rule and heading", write=lambda heading: f"---\n\n## {heading.name}"),
    SectionStyle(name="underlined", write=lambda heading: f"{heading.name}\n{heading.line('=')}", level=1),
    SectionStyle(name="underlined by dashes", write=lambda heading: f"{heading.name}\n{heading.line('-')}"),
    SectionStyle(name="HTML heading", write=lambda heading: f"<h2>{heading.name}</h2>"),
    SectionStyle(
        name="linked heading",
        write=lambda heading: f"### [{heading.name}]({heading.url})",
        level=3,
        families=_LISTS,
    ),
    SectionStyle(
        name="line with colon",
        write=lambda heading: f"{heading.name}{heading.colon}",
        level=0,
        families=_LISTS,
        fits=lambda form: form.is_tight,
    ),
    SectionStyle(
        name="list of lists",
        write=lambda heading: f"- **{heading.name}**",
        level=0,
        families=_LISTS,
        indents_items=True,
        fits=lambda form: form.is_tight and form.name.startswith(("linked bullets", "bullets")) and not form.then,
    ),
)
