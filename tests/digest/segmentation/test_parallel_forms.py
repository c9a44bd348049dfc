"""What is written alike is alike: sections' names, labels, numbers behind a word, lines with signs, even items."""

from __future__ import annotations

import pytest

from digest.reader import explain_digests, read_digests
from digest.segmentation.classifier import Classifier
from tests.digest.reading import bodies, heads, read
from tests.digest.written import KINDS, TRIAL, load_written

U = "https://a.example/"


def _sections(text: str) -> list[tuple[str, str]]:
    return [(item.section, item.headline) for item in read(text).items]


@pytest.mark.parametrize(("before", "behind"), [("▍", ""), ("*** ", " ***"), ("🔭 **", "**")])
def test_names_of_sections_with_the_same_signs(before: str, behind: str) -> None:
    text = "\n\n".join(
        f"{before}{name}{behind}\n\n"
        + "\n\n".join(f"**{title}**\n\nIt stands in the square.\n\n👉 [More]({U}{title})" for title in titles)
        for name, titles in [
            ("Reading", ["Clocks strike late", "A history of string"]),
            ("Making", ["Lamps from scanners"]),
            ("Hearing", ["Bells at noon", "Rain in twelve towns"]),
        ]
    )
    assert [(section.strip("▍* 🔭"), headline) for section, headline in _sections(text)] == [
        ("Reading", "Clocks strike late"),
        ("Reading", "A history of string"),
        ("Making", "Lamps from scanners"),
        ("Hearing", "Bells at noon"),
        ("Hearing", "Rain in twelve towns"),
    ]


def test_long_names_of_sections_that_are_written_alike() -> None:
    names = ["News", "Tools that somebody somewhere built on a weekend", "Events in the harbour and all around it"]
    text = "\n\n".join(
        f"# {name}\n\n## Story {at} of the day\n\nText. [more]({U}{at})\n\n## Another {at}\n\nText. [more]({U}{at}b)"
        for at, name in enumerate(names)
    )
    assert [section for section, _ in _sections(text)] == [name for name in names for _ in "12"]


def test_labels_that_recur_name_fields_whatever_their_words() -> None:
    text = "\n\n".join(
        f"#### Rank {at}: /one/{name}\n- Gist: a tool for {name}\n- Address: {U}{name}\n- Maker: {name}"
        for at, name in enumerate(["kites", "boats", "bells"], 1)
    )
    digest = read(f"## Board\n\n{text}")
    assert [item.headline for item in digest.items] == ["/one/kites", "/one/boats", "/one/bells"]
    assert ["Gist: a tool for" in body for body in bodies(digest)] == [True] * 3


@pytest.mark.parametrize("heading", ["## Tip {}", "## {}.", "## ①"])
def test_headings_that_only_count(heading: str) -> None:
    signs = "①②③" if "①" in heading else "123"
    titles = ["Fold it twice", "Wait for rain", "Ask the baker"]
    text = "\n\n".join(
        f"{heading.replace('①', sign).format(sign)}\n\n**{title}**\n\nAs they say.\n\n[read]({U}{sign})"
        for sign, title in zip(signs, titles, strict=True)
    )
    assert [headline for headline, _ in heads(read(text))] == titles


def test_titles_above_the_lines_of_their_text() -> None:
    text = "\n\n".join(
        f"{title}\nby {who}\nlink: {U}{who}\nIt took a year."
        for title, who in [("How a small model says no", "Ana"), ("A net without norms", "Bo"), ("Live words", "Di")]
    )
    assert heads(read(text)) == [
        ("How a small model says no", U + "Ana"),
        ("A net without norms", U + "Bo"),
        ("Live words", U + "Di"),
    ]


def test_paragraphs_that_begin_with_an_emoji_of_their_own() -> None:
    lines = [
        "🤬 There is [a kite]({u}1). It flies.",
        "😷 [The cold is over]({u}2), says she.",
        "🏢 This [house]({u}3).",
    ]
    text = "\n\n".join(
        line.format(u=U) for line in [*lines, "🧑‍🎤 A study on [bells]({u}4).", "🌛 Slow [nights]({u}5)."]
    )
    assert [url for _, url in heads(read(f"## Linkage\n\n{text}\n\n## Now\n\nI read."))] == [U + n for n in "12345"]


def test_one_paragraph_more_than_the_items_have_ends_the_page() -> None:
    text = "\n\n".join(f"### [T{at}]({U}{at})\n\n> A gist\n\n⭐ {at}00 | Go\n\nIt has no buttons." for at in (7, 8, 9))
    digest = read(f"{text}\n\nUpdated at eight\n")
    assert "Updated" not in digest.items[-1].body.plain
    assert "Updated at eight" in digest.trailing.plain


def test_longer_last_item_keeps_its_text_where_the_others_differ() -> None:
    text = "\n\n".join(f"### [T{at}]({U}{at})\n\n" + "\n\n".join(["It has no buttons."] * at) for at in (1, 3, 2, 4))
    assert read(text).items[-1].body.plain.count("buttons") == 4


def test_most_of_a_page_is_no_trailing_matter() -> None:
    text = "\n\n".join(
        f"## Part {name}\n\n### {name} is here\n\n> {U}{name}\n\nNobody saw it come."
        for name in ("Kite", "Boat", "Bell")
    )
    assert (
        len(read(f"## Films\n\n### One talk\n> [Text]({U}t)\n\n- [Whole]({U}w)\n- [Next]({U}n)\n\n{text}").items) >= 4
    )


def test_bold_names_above_numbered_lists_of_bold_leads() -> None:
    text = "\n\n".join(
        f"**{name}**\n\n" + "\n".join(f"{at}. **{name} {at} opens**, with **bells** and a band." for at in (1, 2, 3))
        for name in ("Harbour", "Market", "Old town")
    )
    assert [section for section, _ in _sections(text)] == ["Harbour"] * 3 + ["Market"] * 3 + ["Old town"] * 3


def test_contents_list_in_parts_and_of_one_entry() -> None:
    news = "\n\n".join(f"## [T{at} is a whole story]({U}{at}) `#{at}`\n\nText of it." for at in (1, 2, 3))
    contents = "## Overview\n### Top\n- T1 is a whole story `#1`\n- T2 is a whole story `#2`\n### Tools\n"
    digest = read(f"{contents}- T3 is a whole story `#3`\n\n---\n\n{news}")
    assert [url for _, url in heads(digest)] == [U + "1", U + "2", U + "3"]
    assert [item.section for item in digest.items] == [""] * 3


def test_requests_and_tasks_are_no_items() -> None:
    linked = f"- [A kite]({U}1)\n- [A boat]({U}2)"
    text = f"## Reading\n\n{linked}\n\n## Quote\n\n> Not yet.\n\n[Please submit quotes]({U}q)!\n\n"
    digest = read(f"{text}## Tasks\n\n- [ ] answer Ida\n- [x] water the ficus\n\n# That's all for this week!\n\nBye.")
    assert [headline for headline, _ in heads(digest)][:2] == ["A kite", "A boat"]
    assert not {"Please submit quotes", "answer Ida", "water the ficus", "Bye."} & {one for one, _ in heads(digest)}


def test_sentence_that_begins_with_a_linked_name_has_its_source_at_the_end() -> None:
    text = f"- [Ana]({U}ana) built a kite. ([kites#1]({U}1))\n- [Bo]({U}bo) sank a boat. ([boats#2]({U}2))\n"
    assert [url for _, url in heads(read(text))] == [U + "1", U + "2"]


def test_link_in_a_section_s_text_is_not_the_first_item_s() -> None:
    entries = f"- **21 Nov** A talk. [{U}1]({U}1)\n- **20 Nov** A map. [see]({U}2)\n"
    text = f"## Shared\n\nMost is in my [channel]({U}c).\n\n{entries}"
    assert [url for _, url in heads(read(text))] == [U + "1", U + "2"]


def test_explained_reading_is_the_one_that_is_published() -> None:
    for written in (*load_written(KINDS), *load_written(TRIAL)):
        digests = read_digests(written.data, classifier=Classifier())
        if len(digests) == 1 and digests[0].items:
            first = explain_digests(written.data).partition("\n")[0]
            assert f", {len(digests[0].items)} items:" in first, written.name
