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
    assert codes(digest).count("D410-markup-left-out") == 3


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


def test_programs_and_comments_of_mdx_are_no_text() -> None:
    digest = read("""
        import Harbour from '../components/Harbour.astro';
        import { Lamp, Rope } from "@site/src/parts"

        Windy today.

        {/* truncate */}

        import Tabs from '@theme/Tabs';

        export const Box = ({children}) => (
          <a href={children}>
            {children}
          </a>
        );

        ## [A kite](https://a.example/1)

        It flies.

        import duty rises from 'two' to 'three' percent, says the harbour.

        export of ropes is up.

        ## A boat

        It sails. <Link href="https://a.example/2" color="#B0C4DE">Scores</Link>
    """)
    assert heads(digest) == [("A kite", "https://a.example/1"), ("A boat", "https://a.example/2")]
    assert digest.intro.plain == "Windy today."
    assert bodies(digest) == [
        "It flies.\n\nimport duty rises from 'two' to 'three' percent, says the harbour.\n\nexport of ropes is up.",
        "It sails. Scores",
    ]
    assert codes(digest).count("D403-media-left-out") == 4
