"""Which of an item's links is its own."""

from __future__ import annotations

import pytest

from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from digest.segmentation.item_links import choose_item_url
from domain.chat.text import Text, concat, link

AUTHOR = "https://people.example/ann"
SOURCE = "https://news.example/1"


@pytest.mark.parametrize(
    ("before", "between"),
    [
        ("By ", "\n\nLink: "),
        ("Author: ", " Source: "),
        ("作者：", "\n原文："),
        ("• 著者: ", "\n• リンク: "),
        ("By ", "\nIt was seen in "),
    ],
)
def test_a_source_comes_before_an_author(before: str, between: str) -> None:
    body = concat((before, link("Ann", AUTHOR), between, link("News", SOURCE)))
    assert choose_item_url(Text("A headline"), body) == SOURCE


def test_a_name_with_an_at_sign_is_an_author() -> None:
    headline = concat(("Kettle by ", link("@ann", AUTHOR)))
    assert choose_item_url(headline, concat(("It boils. ", link("News", SOURCE)))) == SOURCE


def test_authors_go_on_to_the_next_line() -> None:
    body = concat(("By ", link("Ann", AUTHOR), ", ", link("Tim", AUTHOR), "\n", link("News", SOURCE)))
    assert choose_item_url(Text("A headline"), body) == SOURCE


@pytest.mark.parametrize("before", ["By ", "作者："])
def test_an_author_is_the_link_of_an_item_without_another(before: str) -> None:
    assert choose_item_url(Text("A headline"), concat((before, link("Ann", AUTHOR)))) == AUTHOR


def test_a_label_in_a_sentence_comes_before_the_first_link() -> None:
    body = concat((link("Ann", AUTHOR), " wrote of it.\nLink: ", link("News", SOURCE)))
    assert choose_item_url(Text("A headline"), body) == SOURCE


def test_links_beside_the_file_show_headlines_and_are_no_links() -> None:
    page = b"# News\n\n[One ships](posts/1.html)\n\nText one.\n\n[Two ships](posts/2.html)\n\nText two.\n"
    (digest,) = read_digests(page, classifier=Classifier())
    assert [(item.headline, item.url, item.links) for item in digest.items] == [
        ("One ships", "", ()),
        ("Two ships", "", ()),
    ]


@pytest.mark.parametrize("words", ["HN", "discuss", "讨论", "Code", "コメント", "тред"])
def test_a_discussion_comes_after_a_source(words: str) -> None:
    body = concat(("It boils. ", link(words, "https://talk.example/1"), " · ", link("News", SOURCE)))
    assert choose_item_url(Text("A headline"), body) == SOURCE


def test_a_label_tells_that_an_address_is_a_discussion() -> None:
    talk = "https://talk.example/1"
    body = concat((link(SOURCE, SOURCE), "\nComments: ", link(talk, talk)))
    assert choose_item_url(Text("A headline"), body) == SOURCE


def test_the_only_link_may_be_a_discussion() -> None:
    body = concat(("It boils. ", link("HN", SOURCE)))
    assert choose_item_url(Text("A headline"), body) == SOURCE


def test_a_source_may_be_named_as_a_discussion_is() -> None:
    body = concat(("It boils.\nSource: ", link("Forum", SOURCE), " · ", link("Diary", "https://talk.example/1")))
    assert choose_item_url(Text("A headline"), body) == SOURCE
