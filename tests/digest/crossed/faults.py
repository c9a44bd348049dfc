"""Compare the reading of a crossed page with what is known of it, by words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.model import Digest
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from tests.digest.crossed.pages import Page
from tests.digest.generated.judge import words_of

_MOST_AROUND = 40
"""Letters and digits that a form may have in the headline's line: a source, a score."""

_CLASSIFIER = Classifier()


def find_faults(page: Page) -> list[str]:
    """Return what is wrong with the reading of a page, in a word or two for each fault; none if it is right."""
    digests = read_digests(page.source.encode(), name="2026-11-24.md", classifier=_CLASSIFIER)
    return [*_item_faults(page, digests[0]), *_misplaced(page, digests[0])] if len(digests) == 1 else ["several days"]


def _item_faults(page: Page, digest: Digest) -> Iterator[str]:
    headlines, titles = [words_of(item.headline) for item in digest.items], [words_of(one.title) for one in page.news]
    if len(headlines) != len(titles):
        yield "items too many" if len(headlines) > len(titles) else "items missing"
        return
    if not all(
        title in read and len(read) - len(title) <= _MOST_AROUND for read, title in zip(headlines, titles, strict=True)
    ):
        yield "headlines"
        return
    if page.urls and tuple(item.url for item in digest.items) != page.urls:
        yield "links"
    if page.sections and not all(map(_is_same_name, (item.section for item in digest.items), page.sections)):
        yield "sections"
    bodies = [words_of(item.headline + item.body.plain) for item in digest.items]
    if "{text}" in page.form.item and not all(
        words_of(one.text) in body for one, body in zip(page.news, bodies, strict=True)
    ):
        yield "texts"


def _is_same_name(read: str, written: str) -> bool:
    """Whether a section's name was read, with or without its number."""
    return bool(read) and (words_of(read) in words_of(written) or words_of(written) in words_of(read))


def _misplaced(page: Page, digest: Digest) -> Iterator[str]:
    items = words_of("\n".join(f"{item.headline}\n{item.body.plain}" for item in digest.items))
    commentary = words_of(digest.commentary_title + digest.commentary.plain)
    around = page.opening or page.ending
    words = [found for word in around.words if (found := words_of(word))] if around else []
    if page.opening:
        yield from _named({"opening among items": items, "opening in commentary": commentary}, words)
    elif page.ending and page.ending.kind == "commentary":
        yield from _named({"ending among items": items}, words)
        if not all(word in commentary for word in words):
            yield "commentary missing"
    elif page.ending:
        yield from _named({"ending among items": items, "trailing matter in commentary": commentary}, words)


def _named(places: dict[str, str], words: Sequence[str]) -> Iterator[str]:
    return (name for name, text in places.items() if any(word in text for word in words))
