"""Headings without a space behind their signs, and HTML headings on several lines."""

from __future__ import annotations

import pytest

from digest.parsing.markdown import tokenize
from tests.digest.reading import heads, read


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("##今日要闻", ("h2", "今日要闻")),
        ("####1. The bridge", ("h4", "1. The bridge")),
        ("###T ###", ("h3", "T")),
        ("##Learn C#", ("h2", "Learn C#")),
    ],
)
def test_heading_without_a_space(line: str, heading: tuple[str, str]) -> None:
    tokens = tokenize(f"{line}\ntext\n").tokens
    assert (tokens[0].tag, tokens[1].content) == heading


@pytest.mark.parametrize("line", ["#tag #other", "#1 of many", "#!/bin/sh", "##bridge ##harbour", "A line\n##12 of it"])
def test_tag_is_no_heading(line: str) -> None:
    assert [token.type for token in tokenize(f"{line}\n").tokens] == ["paragraph_open", "inline", "paragraph_close"]


def test_html_heading_on_several_lines() -> None:
    link = '  <a href="https://a.example/{n}">\n    <span class="icon"><i></i></span>\n    {title}\n  </a>\n'
    title = f'<h3 id="one">\n{link}</h3>\n'
    news = ((1, "The bridge is open"), (2, "The library lends umbrellas"))
    digest = read("\n".join(title.format(n=n, title=words) + "\nIt is so.\n" for n, words in news))
    assert heads(digest) == [(words, f"https://a.example/{n}") for n, words in news]


def test_unclosed_html_heading_is_text() -> None:
    assert "heading_open" not in [token.type for token in tokenize("<h3>\nA\n\nB\n").tokens]


@pytest.mark.parametrize(
    "page",
    ["- <h3>\nThe bridge\n- The ferry</h3>\n- Gulls\n", "<h3>A bridge\n\n- [One](https://a.example/1)\n\nText</h3>\n"],
)
def test_html_heading_ends_with_its_block(page: str) -> None:
    assert "heading_open" not in [token.type for token in tokenize(page).tokens]
