"""Combinations of the catalogue's forms with all that can stand around them; all are read alike."""

from __future__ import annotations

import re
from itertools import product

import pytest

from digest.model import Digest
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from tests.digest.combined import (
    AFTER,
    BEFORE,
    BODIES,
    FORMS,
    NAMES,
    NEWS,
    PLAIN,
    REMARK,
    REMARKS,
    SECTIONS,
    DigestForm,
    written,
)
from tests.digest.reading import heads


def read(parts: DigestForm) -> Digest:
    (digest,) = read_digests(written(parts).encode(), classifier=Classifier())
    return digest


@pytest.mark.parametrize(("form", "section"), list(product(FORMS, SECTIONS)))
def test_every_form_under_every_kind_of_section(form: str, section: str) -> None:
    digest = read(DigestForm(form, section))
    assert heads(digest) == list(NEWS)
    assert [item.body.plain.partition("\n")[0] for item in digest.items] == [PLAIN] * len(NEWS)
    names = [name for name in NAMES for _ in range(2)] if SECTIONS[section] else [""] * len(NEWS)
    assert [item.section.lstrip("🔥 ") for item in digest.items] == names
    assert not digest.intro.plain + digest.commentary.plain + digest.trailing.plain


_LOST = ("numbered, not moved in", "numbered links")
"""Lists of links with the numbers of the items, not moved in: read wrongly since decision 155."""


@pytest.mark.parametrize(("form", "body"), [pair for pair in product(FORMS, BODIES) if pair != _LOST])
def test_every_form_with_every_kind_of_body(form: str, body: str) -> None:
    """Lists with numbers and links in a body are no items."""
    digest = read(DigestForm(form, "##" if len(form + body) % 2 else "no sections", body, remarks="heading"))
    assert [headline for headline, _ in heads(digest)] == [title for title, _ in NEWS]
    assert [item.url for item in digest.items] == [url for _, url in NEWS]
    shapes = {re.sub(r"\d+", "0", item.body.plain) for item in digest.items}
    assert len(shapes) == 1
    assert digest.commentary.plain == REMARK


@pytest.mark.parametrize(("first", "form"), list(enumerate(FORMS)))
def test_every_form_between_introduction_and_commentary(first: int, form: str) -> None:
    """Every seventh combination for each form, all combinations for some."""
    around = list(product(BEFORE, REMARKS, AFTER))
    for number, (before, remarks, after) in enumerate(around[first % 7 :: 7]):
        section = ("no sections", "##", "bold line")[number % 3]
        parts = DigestForm(form, section, before=before, remarks=remarks, after=after)
        digest = read(parts)
        assert heads(digest) == list(NEWS), parts
        assert digest.items[0].section == (NAMES[0] if SECTIONS[section] else ""), parts
        assert ("先看三条。" in digest.intro.plain) == (before not in ("nothing", "contents")), parts
        assert (REMARK in digest.commentary.plain) == (remarks != "nothing"), parts
        assert bool(digest.trailing) == (after != "nothing"), parts
