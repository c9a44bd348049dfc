"""Numbers before headlines, the end of headlines, and reading lengths."""

from __future__ import annotations

import pytest

from digest.parsing.list_markers import find_marker, find_trailing_number
from digest.segmentation.headline import MAX_HEADLINE_LENGTH, split_headline
from digest.segmentation.text_metrics import is_read_more_label, reading_length, sentence_end
from domain.chat.text import Text, concat, link


@pytest.mark.parametrize(
    ("plain", "number", "rest"),
    [
        ("1. 甲", "1", "甲"),
        ("1.甲", "1", "甲"),
        ("12、甲", "12", "甲"),
        ("3）甲", "3", "甲"),
        ("（4） 甲", "4", "甲"),
        ("(5)甲", "5", "甲"),
        ("【6】甲", "6", "甲"),
        ("[7] 甲", "7", "甲"),
        ("#8 甲", "8", "甲"),
        ("第9条：甲", "9", "甲"),
        ("⑩ 甲", "10", "甲"),
        ("🔥 1. 甲", "1", "甲"),
        ("3️⃣甲", "3", "甲"),
        ("０１、甲", "1", "甲"),
        ("1：甲", "1", "甲"),
        ("01 | 甲", "01", "甲"),
        ("No.2 甲", "2", "甲"),
    ],
)
def test_numbers(plain: str, number: str, rest: str) -> None:
    marker = find_marker(plain)
    assert marker is not None
    assert (marker.number, plain[marker.offset :]) == (number, rest)


@pytest.mark.parametrize(
    "plain", ["3.5 版", "10:30 开会", "2025年", "1 甲", "1234、甲", "甲 1、乙", "(1", "#标签", "", "v1. x"]
)
def test_no_numbers(plain: str) -> None:
    assert find_marker(plain) is None


def test_numbers_at_the_end_of_a_heading() -> None:
    marker = find_trailing_number("T #12")
    assert marker is not None
    assert (marker.number, "T #12"[: marker.offset]) == ("12", "T")
    assert find_trailing_number("C#") is None


@pytest.mark.parametrize(
    ("plain", "first"),
    [
        ("甲。乙。", "甲。"),
        ("甲！🚀 乙", "甲！🚀"),
        ("他说：“好。行。”然后走。", "他说：“好。行。”"),
        ("甲“乙！”丙", "甲“乙！”"),
        ("甲", "甲"),
        ("It ships. It works.", "It ships."),
        ("GPT-4.5 ships in v1.2 today", "GPT-4.5 ships in v1.2 today"),
        ("真的？！乙", "真的？！"),
        ("U.S. courts rule", "U.S. courts rule"),
    ],
)
def test_first_sentences(plain: str, first: str) -> None:
    assert plain[: sentence_end(plain)] == first


def test_endless_headline_is_cut_at_a_clause() -> None:
    lead = split_headline(Text("很长的一句话里有许多字，" * 30), followed=False)
    assert reading_length(lead.headline.plain) <= MAX_HEADLINE_LENGTH
    assert lead.headline.plain + lead.rest.plain == "很长的一句话里有许多字，" * 30


@pytest.mark.parametrize(("plain", "heavy"), [("", 0), ("甲乙", 2), ("two words", 2), ("GPT-5 发布", 3), ("🚀！，", 0)])
def test_reading_length(plain: str, heavy: int) -> None:
    assert reading_length(plain) == heavy


@pytest.mark.parametrize(
    ("label", "more"),
    [("原文链接", True), ("'更多详情'", True), ("Read more →", True), ("来源1", True), ("甲公司", False)],
)
def test_read_more_labels(label: str, more: bool) -> None:
    assert is_read_more_label(label) is more


@pytest.mark.parametrize("title", ["El semáforo que nadie pidió", "Мост закрыт до мая", "Œuvre volée à Lyon"])
def test_source_in_brackets_is_no_part_of_a_title_in_any_alphabet(title: str) -> None:
    text = concat([f"{title} (", link("Nota", "https://e.org/1"), ")"])
    assert split_headline(text, followed=False).headline.plain == title


@pytest.mark.parametrize(
    "title",
    [
        "Why do small teams win? Ask those who left",
        "¿Adiós al efectivo? Suecia da marcha atrás",
        "为什么小模型又红了？我们问了 12 位工程师",
        "The tram is back! Nobody noticed",
    ],
)
def test_title_of_two_sentences_without_a_full_stop_is_one(title: str) -> None:
    split = split_headline(Text(title), followed=False)
    assert (split.headline.plain, split.rest.plain) == (title, "")


def test_dash_before_a_text_with_its_address() -> None:
    text = "Copper falls to a new low — The bank expects more idle mines to restart by spring. "
    split = split_headline(concat((text, link("https://a.example", "https://a.example"))), followed=False)
    assert split.headline.plain == "Copper falls to a new low"
    assert split.rest.plain.startswith("The bank expects")
