"""Write pages of six pieces of news in one form, below an opening or above an ending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.digest.crossed import Form, Language, News, Surrounding

_NEWS = 6
_SECTIONS = ((0, 3, 5), (0, 3))
"""Where sections begin: of three, two and one pieces of news, or of three and three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, and what is known of it; `sections` are the names above the items, none if it has no sections."""

    language: Language
    form: Form
    opening: Surrounding | None
    ending: Surrounding | None
    source: str
    news: tuple[News, ...]
    sections: tuple[str, ...]

    @property
    def name(self) -> str:
        around = self.opening or self.ending
        return f"{self.language.name}: {self.form.name}" + (f" + {around.name}" if around else "")

    @property
    def urls(self) -> tuple[str, ...]:
        """The links of the items, none if the form has none."""
        return tuple(_url(at) for at in range(_NEWS)) if "{url}" in self.form.item else ()


def write_page(
    language: Language, form: Form, *, opening: Surrounding | None = None, ending: Surrounding | None = None
) -> Page:
    """Write a page; which news and section names it has depends on the form's name."""
    shift = sum(map(ord, form.name))
    news = tuple(language.news[(shift + at) % len(language.news)] for at in range(_NEWS))
    starts = _SECTIONS[len(form.name) % 2 == 0] if form.sections == "always" else ()
    names = {at: language.section_names[(shift + n) % len(language.section_names)] for n, at in enumerate(starts)}
    parts = (language.head, opening and opening.text, _write_news(form, news, names), ending and ending.text)
    return Page(
        language=language,
        form=form,
        opening=opening,
        ending=ending,
        source="\n\n".join(part for part in parts if part) + "\n",
        news=news,
        sections=tuple(names[max(start for start in starts if start <= at)] for at in range(_NEWS)) if starts else (),
    )


def crossed_pages(language: Language, *, measured: bool, every: int = 1) -> Iterator[Page]:
    """Yield each form alone, with each opening, and with each ending, of the blocks that only measure or the others.

    `every`: of how many openings and endings one is taken.
    """
    forms = [form for form in language.forms if form.measured is measured]
    openings = [opening for opening in language.openings if opening.measured is measured]
    endings = [ending for ending in language.endings if ending.measured is measured]
    for at, form in enumerate(forms):
        yield write_page(language, form)
        yield from (write_page(language, form, opening=opening) for opening in openings[at % every :: every])
        yield from (write_page(language, form, ending=ending) for ending in endings[at % every :: every])


def _write_news(form: Form, news: tuple[News, ...], names: dict[int, str]) -> str:
    text, number = "", 0
    for at, piece in enumerate(news):
        if at in names:
            number = 0 if form.restarts else number
            text += "\n" + form.section.format(section=names[at], n=list(names).index(at) + 1) + "\n\n"
        elif at and form.between:
            text += ("" if text.endswith("\n\n") else "\n") + form.between + "\n\n"
        number += 1
        text += form.item.format(
            n=number,
            nn=f"{number:02}",
            url=_url(at),
            url2=f"https://talk.example/{at + 1}",
            title=piece.title,
            text=piece.text,
            text2=piece.text2,
            source=piece.source,
            tag=piece.tag,
            hour=f"{8 + at:02}:15",
            score=120 - 7 * at,
        )
    return text.strip("\n")


def _url(at: int) -> str:
    return f"https://news.example/{at + 1}"
