"""Where all news have links, sections above and below them that have none are no news."""

from __future__ import annotations

import pytest

from tests.digest.reading import heads, read

NEWS = """
### [The bridge is open](https://a.example/1)

Since Monday, for carts as well.

### [The library lends umbrellas](https://a.example/2)

It owns forty of them.

### [A bakery moves next door](https://a.example/3)

The oven stays where it is.

### [The ferry has a new bell](https://a.example/4)

Nobody liked the old one.
"""
TITLES = [
    ("The bridge is open", "https://a.example/1"),
    ("The library lends umbrellas", "https://a.example/2"),
    ("A bakery moves next door", "https://a.example/3"),
    ("The ferry has a new bell", "https://a.example/4"),
]


@pytest.mark.parametrize(
    "opening",
    [
        "## Harbour figures\n\n- **Ships**: 14\n- **Crates**: 2,310\n- **Gulls**: uncounted\n",
        "## Quiet morning\n\n### Tides\n\n- High at nine\n- Low at three\n\n### Wind\n\n- From the west\n",
        "## State of the harbour\n\n| Pier | Ships |\n| --- | --- |\n| North | 3 |\n\nQuiet after the fog.\n",
        "**Covered:** one week\n**Read:** 214 notes\n\n---\n",
    ],
)
def test_sections_above_the_news_are_the_introduction(opening: str) -> None:
    digest = read(f"{opening}\n{NEWS}")
    assert heads(digest) == TITLES
    assert {item.section for item in digest.items} == {""}
    assert digest.intro.plain


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (
            "## Outlook\n\n- **Fog**: thinner by the weekend\n- **Umbrellas**: forty may be too few\n",
            "forty may be too few",
        ),
        ("## Trend analysis\n\nThings move next door.\n\n## Priorities\n\n- Bells\n- Ovens\n", "Ovens"),
        (
            "## Trends\n\nUp.\n\n## The harbour next spring\n\n- Bells\n\n## The square\n\n- Ovens again\n",
            "Ovens again",
        ),
        (
            "## Takeaways\n\n### For captains\n\n- Ring early\n\n### For bakers\n\n- Stay near the oven\n",
            "Stay near the oven",
        ),
    ],
)
def test_sections_below_the_news_are_the_commentary(ending: str, words: str) -> None:
    digest = read(f"{NEWS}\n{ending}")
    assert heads(digest) == TITLES
    assert words in digest.commentary.plain


def test_figures_below_the_news_are_left_out() -> None:
    digest = read(f"{NEWS}\n## Statistics\n\n- Papers read: 23\n- Papers kept: 4\n")
    assert heads(digest) == TITLES
    assert "Papers kept" in digest.trailing.plain


def test_last_number_without_a_link_is_news() -> None:
    news = "\n".join(f"{number}. [{title}]({url})" for number, (title, url) in enumerate(TITLES, 1))
    digest = read(f"{news}\n5. The mayor is away until Friday\n")
    assert heads(digest)[-1] == ("The mayor is away until Friday", "")


def test_last_section_written_as_the_others_is_news() -> None:
    digest = read("""
        ## Land

        1. **The bridge is open** - [source](https://a.example/1)
        2. **A bakery moves** - [source](https://a.example/2)

        ## Water

        1. **The ferry has a new bell** - [source](https://a.example/3)
        2. **Two boats were painted** - [source](https://a.example/4)

        ## Hearsay

        1. **The mayor is away**
        2. **A gull took a hat**
    """)
    assert [headline for headline, _ in heads(digest)][-2:] == ["The mayor is away", "A gull took a hat"]


def test_last_item_keeps_the_bold_line_that_all_have() -> None:
    items = (
        f"### {n}. [{title}]({url})\n\n**{n} stars this week**\n\nIt is so.\n"
        for n, (title, url) in enumerate(TITLES, 1)
    )
    digest = read("\n".join(items))
    assert ["stars this week" in item.body.plain for item in digest.items] == [True] * len(TITLES)
    assert not digest.commentary


def test_signed_line_names_a_region() -> None:
    digest = read(f"{NEWS}\n■ 編集部の注目ポイント\n鐘の音がよい。\n\n■ 来週の見どころ\n静かな週になりそう。\n")
    assert heads(digest) == TITLES
    assert "静かな週" in digest.commentary.plain


def test_story_without_a_link_above_the_others_is_news() -> None:
    digest = read(f"### The mayor resigned on Tuesday\n\nHe gave no reason. His deputy takes over.\n{NEWS}")
    assert heads(digest) == [("The mayor resigned on Tuesday", ""), *TITLES]


@pytest.mark.parametrize("name", ["What comes next", "Market performance", "Verification"])
@pytest.mark.parametrize("at", [0, 4])
def test_a_source_tells_more_than_a_name(name: str, at: int) -> None:
    titles = [title for title, _ in TITLES]
    titles.insert(at, name)
    digest = read(
        "\n".join(f"## {title}\n\nIt is so. [Post](https://a.example/{n})\n" for n, title in enumerate(titles))
    )
    assert [headline for headline, _ in heads(digest)] == titles


@pytest.mark.parametrize(
    "opening",
    [
        "## What this is\n\nA list that Tord [keeps](https://tord.example/list) since he was nine years old.\n",
        "## Reports\n\n- [Harbour and town](reports/all.md)\n",
    ],
)
def test_links_amid_prose_or_to_files_make_no_news(opening: str) -> None:
    assert heads(read(f"{opening}\n{NEWS}")) == TITLES


def test_news_of_prose_with_links_stay_where_few_others_have_any() -> None:
    story = "### {}\n\nLena, who repairs sails, [showed me]({}) one that holds.\n"
    stories = [("A knot without a name", "https://k.example/1"), ("The last machine", "https://k.example/2")]
    news = "\n".join(story.format(*one) for one in stories)
    digest = read(f"{news}\n### Elsewhere\n\n- [A loom](https://k.example/3)\n- [An essay](https://k.example/4)\n")
    assert heads(digest)[:2] == stories


@pytest.mark.parametrize(
    ("section", "is_commentary"),
    [
        ("The bells have rung too often lately; I hope for a quieter week.", True),
        ("- Bells: 14\n- Ovens: 3", False),
        ("| Pier | Ships |\n| --- | --- |\n| North | 3 |", False),
        ("- North pier\n- South pier\n- Old mole", False),
    ],
)
def test_text_below_an_unknown_name_tells_commentary_from_data(section: str, is_commentary: bool) -> None:
    digest = read(f"{NEWS}\n## Ninepins\n\n{section}\n")
    assert heads(digest) == TITLES
    assert bool(digest.commentary) is is_commentary
    assert bool(digest.trailing) is not is_commentary


def test_summary_below_the_news_is_commentary() -> None:
    digest = read(f"{NEWS}\n---\n\n## In short\n\nBells first, then ovens. It will be loud.\n")
    assert "Bells first" in digest.commentary.plain


def test_credits_at_the_end_belong_to_no_item() -> None:
    news = "\n".join(f"## {title}\n\nIt is so.\n\n- [Post]({url})\n" for title, url in TITLES)
    digest = read(f"{news}\n- 编辑: 宋\n- 归档: https://daily.example/1\n")
    assert "宋" in digest.trailing.plain
    assert "归档" in digest.trailing.plain
