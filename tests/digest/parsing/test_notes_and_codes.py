"""Footnotes of several paragraphs, and short codes of emoji, which end with a colon."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.digest.reading import bodies, codes, heads, read


@pytest.mark.parametrize("indent", ["    ", "\t", "      "])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("words", ["It has a second part.", "这是第二段。", "Второй абзац."])
def test_second_paragraph_of_a_footnote_is_a_part_of_it(indent: str, gap: str, words: str) -> None:
    page = f"""
1. **One:** First text.[^a]
2. **Two:** Second text.

[^a]: The note.
{gap}{indent}{words}
"""
    digest = read(page)
    assert bodies(digest) == [f"First text. (The note. {words})", "Second text."]


def test_further_paragraphs_and_the_next_note() -> None:
    digest = read("""
        1. **One**

            Text.[^a] More.[^b]

        [^a]: First.

            Second.

            Third, which
            goes on.

        [^b]: Other.
        2. **Two**

            Text.
    """)
    assert bodies(digest) == ["Text. (First. Second. Third, which goes on.) More. (Other.)", "Text."]


def test_paragraphs_below_a_note_that_are_not_indented_stay() -> None:
    digest = read("""
        1. **One**

            Text.[^a]

        [^a]: The note.

        2. **Two**

            Own text.

            More of it.
    """)
    assert bodies(digest) == ["Text. (The note.)", "Own text.\n\nMore of it."]


def test_text_below_a_note_within_an_item_stays_the_item() -> None:
    digest = read("""
        1. **One**

            Text.[^a]

            [^a]: The note.

            More of the item.
    """)
    assert bodies(digest) == ["Text. (The note.)\n\nMore of the item."]


CODE_FORMS = [
    ("**Rust 1.95 {code}**\n\n   Text.", "Rust 1.95 {code}"),
    ("**Rust 1.95 {code}:**\n\n   Text.", "Rust 1.95 {code}"),
    ("**Rust 1.95 {code}：** Text.", "Rust 1.95 {code}"),
    ("**新版发布{code}**\n\n   Text.", "新版发布{code}"),
    ("**Rust {code} is out**\n\n   Text.", "Rust {code} is out"),
    ("**{code} Rust 1.95**\n\n   Text.", "{code} Rust 1.95"),
    ("[Rust 1.95 {code}](https://e.org/1)\n\n   Text.", "Rust 1.95 {code}"),
    ("[Rust 1.95](https://e.org/1) {code}\n\n   Text.", "Rust 1.95"),
    ("Rust 1.95 {code}\n\n   Text.", "Rust 1.95 {code}"),
]


@pytest.mark.parametrize("code", [":tada:", ":rocket:", ":+1:", ":100:", ":white_check_mark:", ":flag-es:"])
@pytest.mark.parametrize(("form", "headline"), CODE_FORMS)
def test_colons_of_an_emoji_code_stay(code: str, form: str, headline: str) -> None:
    written = "\n\n".join(f"{number}. {form}" for number in (1, 2)).format(code=code)
    digest = read(written)
    assert [head for head, _ in heads(digest)] == [headline.format(code=code)] * 2
    assert f"{digest.items[0].headline} {bodies(digest)[0]}".count(code) == 1
    assert codes(digest) in ([], ["D205-no-link", "D205-no-link"])


@pytest.mark.parametrize("mark", ["##", "###"])
def test_emoji_code_at_the_end_of_a_section_stays(mark: str) -> None:
    tools, law = "- [One](https://e.org/1)", "- [Two](https://e.org/2)"
    digest = read(f"{mark} Tools :wrench:\n\n{tools}\n\n{mark} Law :scales:\n\n{law}")
    assert [item.section for item in digest.items] == ["Tools :wrench:", "Law :scales:"]


@pytest.mark.parametrize(
    ("written", "headline"),
    [
        ("**Ratio of sides 3:2:** Text.", "Ratio of sides 3:2"),
        ("**Key:value:** Text.", "Key:value"),
        ("**Today: rust:** Text.", "Today: rust"),
        ("**Rust::**  Text.", "Rust"),
        ("**新版：** Text.", "新版"),
    ],
)
def test_closing_colon_of_a_label_goes(written: str, headline: str) -> None:
    digest = read(dedent(f"1. {written}\n2. **Second:** Text.\n3. **Third:** Text."))
    assert heads(digest)[0][0] == headline
