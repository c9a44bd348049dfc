"""Sentences that editors wrap at a column are whole headlines; a title above its text stays alone."""

from __future__ import annotations

from tests.digest.reading import bodies, heads, read


def test_wrapped_sentence_is_a_whole_headline() -> None:
    digest = read("""
        - The bridge over the harbour was closed for the whole of yesterday because
          a crane had lost its way. Nobody was hurt.
        - The library lends umbrellas from today, and asks for nothing in return but
          that they come back dry. It owns forty.
    """)
    assert [headline for headline, _ in heads(digest)] == [
        "The bridge over the harbour was closed for the whole of yesterday because a crane had lost its way.",
        "The library lends umbrellas from today, and asks for nothing in return but that they come back dry.",
    ]
    assert bodies(digest) == ["Nobody was hurt.", "It owns forty."]


def test_title_above_its_text_stays_alone() -> None:
    digest = read("""
        - The bridge over the harbour was closed for the whole of yesterday

          a crane had lost its way
        - The library lends umbrellas
          from today on
    """)
    assert [headline for headline, _ in heads(digest)] == [
        "The bridge over the harbour was closed for the whole of yesterday",
        "The library lends umbrellas",
    ]


def test_linked_title_ends_at_its_link() -> None:
    digest = read("""
        - [The bridge over the harbour was closed for the whole of yesterday](https://a.example/1)
          a crane had lost its way
        - [The library lends umbrellas](https://a.example/2)
          from today on
    """)
    assert heads(digest)[0][0] == "The bridge over the harbour was closed for the whole of yesterday"
