"""Headlines that stand below, or beside, what begins an item; and which of its links is its own."""

from __future__ import annotations

import pytest

from digest.reader import read_digests
from tests.digest.reading import bodies, heads, read


def test_title_behind_a_label_is_the_headline_below_a_mark() -> None:
    digest = read("""
        ### Top 1

        - Board: r/bridges
        - Title: The bridge over the harbour is open again
        - Upvotes: 14
        - Link: https://a.example/1

        ### Top 2

        - Board: r/books
        - Title: The library lends umbrellas to everybody
        - Upvotes: 9
        - Link: https://a.example/2
    """)
    assert heads(digest) == [
        ("Title: The bridge over the harbour is open again", "https://a.example/1"),
        ("Title: The library lends umbrellas to everybody", "https://a.example/2"),
    ]
    assert "Board: r/bridges" in bodies(digest)[0]


def test_line_below_a_heading_that_is_only_a_number_is_the_headline() -> None:
    digest = read("""
        ## 1

        【大桥重新开放】

        周一起马车也能走。

        ## 2

        【图书馆出借雨伞】

        一共四十把。

        ## 3

        【渡轮换了新钟】

        没有人喜欢旧的。
    """)
    assert [headline for headline, _ in heads(digest)] == ["【大桥重新开放】", "【图书馆出借雨伞】", "【渡轮换了新钟】"]


def test_number_with_a_link_leads_to_the_item() -> None:
    digest = read("""
        ### [#01](https://a.example/1) The bridge is open
        - **By:** the council

        ### [#02](https://a.example/2) The library lends umbrellas
        - **By:** the library
    """)
    assert heads(digest) == [
        ("The bridge is open", "https://a.example/1"),
        ("The library lends umbrellas", "https://a.example/2"),
    ]


def test_link_behind_another_label_is_not_the_source() -> None:
    digest = read("""
        ## 1. Bridges in fog

        **Date**: 2026-11-24 | **Paper**: [2611.08](https://a.example/1) | **PDF**: [Link](https://pdf.example/1)

        ## 2. Umbrellas in wind

        **Date**: 2026-11-24 | **Paper**: [2611.09](https://a.example/2) | **PDF**: [Link](https://pdf.example/2)
    """)
    assert [url for _, url in heads(digest)] == ["https://a.example/1", "https://a.example/2"]


def test_source_line_with_the_headlines_link_is_no_headline() -> None:
    digest = read("""
        **[The bridge is open](https://a.example/1)**
        Since Monday, for carts as well.
        [Harbour Post](https://a.example/1)

        **[The library lends umbrellas](https://a.example/2)**
        It owns forty of them.
        [Evening News](https://a.example/2)
    """)
    assert [headline for headline, _ in heads(digest)] == ["The bridge is open", "The library lends umbrellas"]


def test_subsection_that_recurs_gives_way_to_the_section_above() -> None:
    digest = read("""
        ## Land

        ### Latest

        #### [The bridge is open](https://a.example/1)

        Since Monday.

        ## Water

        ### Latest

        #### [The ferry has a new bell](https://a.example/2)

        Nobody liked the old one.
    """)
    assert [item.section for item in digest.items] == ["Land", "Water"]


@pytest.mark.parametrize(
    ("line", "headline"),
    [
        (
            "**kite: a small tool that shows the wind:** It prints an arrow. [Post](https://a.example/1)",
            "kite: a small tool that shows the wind",
        ),
        ("- [The bridge is open](https://a.example/1) [EN]: Since Monday, for carts as well.", "The bridge is open"),
        (
            "- Dr. K. Oye wins the fog prize. It is a lamp. [Post](https://a.example/1)",
            "Dr. K. Oye wins the fog prize.",
        ),
        ("- The U.S. Senate sits on a boat. It sways. [Post](https://a.example/1)", "The U.S. Senate sits on a boat."),
    ],
)
def test_headline_ends_where_it_should(line: str, headline: str) -> None:
    digest = read(f"{line}\n\n{line.replace('https://a.example/1', 'https://a.example/2')}\n")
    assert heads(digest)[0][0] == headline


def test_title_behind_a_label_that_recurs_is_the_headline() -> None:
    digest = read("""
        ## News

        - **[New]** **The bridge is open** (11/23) — Since Monday, for carts as well. The council had voted in May.
        - **[New]** **The library lends umbrellas** (11/23) — It owns forty of them. They come back dry.
    """)
    assert [headline for headline, _ in heads(digest)] == [
        "[New] The bridge is open",
        "[New] The library lends umbrellas",
    ]


def test_dates_right_below_one_another_are_earlier_issues() -> None:
    digest = read("""
        1. [The bridge is open](https://a.example/1)
        2. [The library lends umbrellas](https://a.example/2)

        ### Past issues

        [**11月23日 第 412 期**](https://a.example/412)

        [**11月20日 第 411 期**](https://a.example/411)

        [**11月19日 第 410 期**](https://a.example/410)
    """)
    assert len(digest.items) == 2


def test_a_number_that_is_no_position_is_a_headline() -> None:
    digest = read("## 1984\n\nOrwell's novel is on stage again.\n\n## 2001\n\nKubrick's film is back.\n")
    assert [headline for headline, _ in heads(digest)] == ["1984", "2001"]


def test_a_heading_of_very_many_digits_is_read() -> None:
    assert len(read(f"## {'1' * 5000}\n\nHello there.\n\n## 2\n\nA text.\n").items) == 2


def test_headline_below_a_number_ends_with_its_sentence() -> None:
    text = "## {}\n\nThe bridge opened. It took the council two years. [Post](https://a.example/{})\n"
    digest = read("\n".join(text.format(number, number) for number in (1, 2)))
    assert [headline for headline, _ in heads(digest)] == ["The bridge opened."] * 2
    assert "two years" in bodies(digest)[0]


def test_news_that_share_an_address_are_items() -> None:
    titles = ("The bridge is open at last", "The library lends its umbrellas", "A bakery moves next door")
    digest = read("\n\n".join(f"[{title}](https://a.example/list)\nIt is so.\n" for title in titles))
    assert [headline for headline, _ in heads(digest)] == list(titles)


def test_several_subsections_that_recur_stay() -> None:
    part = "## {}\n\n### Releases\n\n- [One more tool](https://a.example/1{})\n\n### Papers\n\n- [A paper on it](https://a.example/2{})\n"
    digest = read("\n".join(part.format(name, name, name) for name in ("Harbour", "Market")))
    assert {item.section for item in digest.items} == {"Releases", "Papers"}


def test_an_empty_day_is_a_day() -> None:
    days = read_digests(b"# 2026-11-24\n\n1. [A](https://a.example/1)\n2. [B](https://a.example/2)\n\n# 2026-11-23\n")
    assert [len(day.items) for day in days] == [2, 0]
