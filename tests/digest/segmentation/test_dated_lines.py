"""A page's date is found in a line that only dates it, in six languages, and in no other."""

from __future__ import annotations

import pytest

from digest.model import Digest
from digest.reader import read_digests
from domain.edition_day import calendar_day

ITEMS = "- [One ships](https://example.org/1)\n- [Two ships](https://example.org/2)\n"


def read(text: str) -> Digest:
    (digest,) = read_digests(text.encode())
    return digest


@pytest.mark.parametrize(
    "line",
    [
        "Date: November 27, 2026",
        "Generated at: 2026-11-27T09:18:20.4378702+09:00",
        "**Last updated:** Nov 27, 2026 at 12:26 UTC",
        "发布日期：2026年11月27日",
        "🔄 **更新时间**: 2026-11-27 07:48:52",
        "發佈時間：2026-11-27",
        "作成日：2026年11月27日",
        "발행일: 2026년 11월 27일",
        "Дата: 27 ноября 2026",
        "**Fecha:** 27 de noviembre de 2026",
        "### 2026.11.27",
        "2026-11-27 星期五",
    ],
)
@pytest.mark.parametrize("place", ["above", "below"])
def test_line_that_only_dates_the_page_has_its_date(line: str, place: str) -> None:
    page = (
        f"# Harbour\n\n{line}\n\n## News\n\n{ITEMS}" if place == "above" else f"# Harbour\n\n{ITEMS}\n---\n\n{line}\n"
    )
    digest = read(page)
    assert digest.date is not None
    assert calendar_day(digest.date).isoformat() == "2026-11-27"
    assert "D111-date-guessed" in [problem.code for problem in digest.problems]


@pytest.mark.parametrize(
    "text",
    [
        f"The rules of 2026-11-27 hold until spring.\n\n## News\n\n{ITEMS}",
        f"2026年11月27日起实施的办法\n\n## News\n\n{ITEMS}",
        "- [One ships](https://example.org/1)\n  Published: 2026-11-27\n- [Two ships](https://example.org/2)\n",
    ],
    ids=["a sentence", "a name", "a field of an item"],
)
def test_date_of_something_else_is_none_of_the_page(text: str) -> None:
    assert read(f"# Harbour\n\n{text}").date is None


@pytest.mark.parametrize("field", ["date_published", "дата", "fecha", "日期"])
def test_fields_of_other_tools_have_the_date(field: str) -> None:
    digest = read(f"---\ntitle: Harbour\n{field}: 2026-11-27\n---\n\n{ITEMS}")
    assert digest.date is not None
    assert calendar_day(digest.date).isoformat() == "2026-11-27"


def test_name_of_the_file_comes_before_when_a_note_was_created() -> None:
    (digest,) = read_digests(f"---\ntitle: Harbour\ncreated: 2026-11-20\n---\n\n{ITEMS}".encode(), name="2026-11-27.md")
    assert digest.date is not None
    assert calendar_day(digest.date).isoformat() == "2026-11-27"


def test_heading_of_an_emoji_names_no_section() -> None:
    news = "".join(f"### Story {number} ships\n\n[Paper](https://example.org/{number})\n\n" for number in range(1, 4))
    digest = read(
        f"---\ntitle: Harbour\ndate: 2026-11-27\n---\n\n## News\n\n{news}### 🖼\n\n### Story 4 ships\n\nWords.\n"
    )
    assert {item.section for item in digest.items} == {"News"}
