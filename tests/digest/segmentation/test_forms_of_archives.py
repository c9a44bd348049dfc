"""Forms that files of archives showed: titles, sections beside the news, links in rows, lines wrapped at a comma."""

from __future__ import annotations

import pytest

from digest.model import Digest
from tests.digest.reading import bodies, heads, read


def sections(digest: Digest) -> list[str]:
    return [item.section for item in digest.items]


@pytest.mark.parametrize(
    ("line", "headline"),
    [
        ("Ray Chen: [Attic of ropes](https://a.example/1), [Attic of oars](https://a.example/2) — Three evenings.",
         "Ray Chen: Attic of ropes, Attic of oars"),
        ("[Attic of ropes](https://a.example/1), [Attic of oars](https://a.example/2) - three evenings.",
         "Attic of ropes, Attic of oars"),
        ("Ray Chen: [Attic of ropes](https://a.example/1) — Three evenings.", "Ray Chen: Attic of ropes"),
        ("IT之家：[两座新窑](https://a.example/1)", "IT之家：两座新窑"),
    ],
)  # fmt: skip
def test_names_before_a_title_and_titles_in_a_row(line: str, headline: str) -> None:
    digest = read(f"- {line}\n- {line}\n")
    assert heads(digest) == [(headline, "https://a.example/1")] * 2


def test_a_sentence_that_is_wrapped_at_a_comma_is_one_headline() -> None:
    digest = read("""
        - The loaf we ate most of is [Seedy](https://a.example/1),
          a square bread with nine seeds. It keeps.
        - The cake of the week is plain,
          with no seed at all. [More](https://a.example/2)
    """)
    assert [headline for headline, _ in heads(digest)] == [
        "The loaf we ate most of is Seedy, a square bread with nine seeds.",
        "The cake of the week is plain, with no seed at all.",
    ]


def test_a_table_or_code_between_sections_is_an_item_with_the_sections_name() -> None:
    digest = read("""
        ## Trams

        - [A tram stops](https://a.example/1)
        - [A tram rings](https://a.example/2)

        ## By the numbers

        | Line | Seats |
        | --- | --- |
        | One | 240 |

        ## The map

        ```
        depot -> square
        ```

        ## Boats

        - [A boat sails](https://a.example/3)
    """)
    assert [headline for headline, _ in heads(digest)] == [
        "A tram stops", "A tram rings", "By the numbers", "The map", "A boat sails",
    ]  # fmt: skip
    assert "240" in bodies(digest)[2]
    assert "depot" in bodies(digest)[3]


def test_a_heading_above_several_paragraphs_is_the_headline_of_a_story() -> None:
    digest = read("""
        ## Cover picture

        The harbour in fog.

        ## Three keys open one room

        I read [a text](https://a.example/1) and liked it.

        It says that a craft has three keys.

        Each takes three years to find.

        ## Tools

        1. [A plane](https://a.example/2)

            It is sharp.

        2. [A saw](https://a.example/3)

            It sings.
    """)
    assert heads(digest)[0] == ("Three keys open one room", "https://a.example/1")
    assert "three years" in bodies(digest)[0]


def test_addresses_by_name_are_read_right_below_a_text() -> None:
    digest = read("""
        - [A kite][] flies over town
        - [A boat][second] sails home

        Thanks for reading, and see you tomorrow.
        {% include references.md %}
        [a kite]: https://a.example/1
        [second]: https://a.example/2
    """)
    assert heads(digest) == [
        ("A kite flies over town", "https://a.example/1"),
        ("A boat sails home", "https://a.example/2"),
    ]
    assert "https" not in digest.trailing.plain


def test_an_address_in_a_title_does_not_make_it_a_link() -> None:
    digest = read("""
        # Harbour Report (https://news.example/home?ceid=MN)

        ## [A kite flies](https://a.example/1)

        It is red.

        ## [A boat sails](https://a.example/2)

        It is blue.
    """, head="")  # fmt: skip
    assert digest.title == "Harbour Report (https://news.example/home?ceid=MN)"
    assert len(heads(digest)) == 2


def test_a_first_line_may_ask() -> None:
    digest = read("""
        What happens when a clock tower sails?
        Published: 2026-11-24
        It was moved to a barge.

        The board resigns over tea
        Published: 2026-11-24
        It was cold.

        Kettle makers lose a tenth
        Published: 2026-11-24
        Copper is dear.
    """)
    assert [headline for headline, _ in heads(digest)] == [
        "What happens when a clock tower sails?", "The board resigns over tea", "Kettle makers lose a tenth",
    ]  # fmt: skip


def test_text_between_a_section_and_its_subsection_leads_to_this() -> None:
    digest = read("""
        ## Pulse

        > What people say, and what they do; the former is no fact.

        ### Key events

        #### [A kite flies](https://a.example/1)

        It is red.

        ## Elsewhere

        ### [A boat sails](https://a.example/2)

        It is blue.

        ### [A tram stops](https://a.example/3)

        It is green.
    """)
    assert [headline for headline, _ in heads(digest)] == ["A kite flies", "A boat sails", "A tram stops"]


def test_the_name_of_a_sponsor_is_no_section() -> None:
    digest = read("""
        Good morning.

        ### **Presented by …** _(this spot is open: write to us to talk about it)_

        ### A kite flies over town

        It is red ([source](https://a.example/1)).

        ### A boat sails home

        It is blue ([source](https://a.example/2)).

        ### A tram stops twice

        It is green ([source](https://a.example/3)).
    """)
    assert sections(digest) == ["", "", ""]


def test_a_label_with_words_is_no_section() -> None:
    digest = read("""
        **Attendees:** Ana, Bo, Chidi

        ### 1. Release

        Bo froze it.

        ### 2. Move

        Label your boxes.
    """)
    assert sections(digest) == ["", ""]
    assert "Chidi" in digest.intro.plain
