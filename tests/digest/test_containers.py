"""What site generators add to Markdown, attributes and containers, is no text; the words within stay."""

from __future__ import annotations

from tests.digest.reading import bodies, codes, heads, read


def test_attributes_behind_links_and_paragraphs_are_no_text() -> None:
    digest = read("""
        > This page collects letters.
        {: .prompt-info }

        **A kite flies over town**
        - [https://a.example/1](https://a.example/1){:target="_blank"}
        - It is red

        **A boat sails home today**
        - [https://a.example/2](https://a.example/2){:target="_blank" rel="nofollow"}
        - It is blue
    """)
    assert heads(digest) == [
        ("A kite flies over town", "https://a.example/1"),
        ("A boat sails home today", "https://a.example/2"),
    ]
    assert "{:" not in digest.intro.plain + "".join(bodies(digest))
    assert codes(digest).count("D404-shortcode-left-out") == 3


def test_container_keeps_its_title_and_words() -> None:
    digest = read("""
        ### [A kite](https://a.example/1)

        It flies.

        :::details 划重点
        - Wind from the west.
        :::

        ### [A boat](https://a.example/2)

        ::: tip
        It sails.
        :::
    """)
    assert ":::" not in "".join(bodies(digest))
    assert "划重点" in bodies(digest)[0]
    assert "Wind from the west." in bodies(digest)[0]
    assert bodies(digest)[1] == "It sails."


def test_braces_and_colons_within_a_text_stay() -> None:
    digest = read("""
        ### [A kite](https://a.example/1)

        Write {: and ::: as they are, or {x: 1}.
    """)
    assert bodies(digest) == ["Write {: and ::: as they are, or {x: 1}."]
