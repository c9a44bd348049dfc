"""Cuts of texts too long for a message: the coarsest cut that suffices."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.pagination.graphemes import is_grapheme_boundary
from digest.rendering.pagination.message_size import MessageSize, measure
from digest.rendering.pagination.text_cutter import cut_text
from domain.chat.text import Span, Style, Text, concat, link

URL = "https://example.org/a"


def room(units: int, size: int = 100_000, links: int = 100) -> MessageSize:
    return MessageSize(units, size, links, 1)


def pieces(text: Text | str, limit: MessageSize) -> list[str]:
    text = text if isinstance(text, Text) else Text(text)
    return [text.plain[start:end] for start, end, _ in cut_text(text, limit)]


def test_cut_between_paragraphs_first() -> None:
    assert pieces("甲。乙。\n丙。\n\n丁。\n \n戊。", room(8)) == ["甲。乙。\n丙。", "丁。", "戊。"]


def test_cut_between_lines_second() -> None:
    assert pieces("甲。乙。\n丙。\n丁。\n\n戊。", room(5)) == ["甲。乙。", "丙。", "丁。", "戊。"]


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        (
            "他说：“好。”她笑了！真的？真的……走吧；来。",
            ["他说：“好。”", "她笑了！", "真的？", "真的……", "走吧；", "来。"],
        ),
        ('One. "Two!" Three? (Four.) Five', ["One.", '"Two!"', "Three?", "(Four.)", "Five"]),
        ("升级到 GPT-4.1 与 3.5 版。完", ["升级到 GPT-4.1 与 3.5 版。", "完"]),
        ("见 a.example.org 吧。完", ["见 a.example.org 吧。", "完"]),
        ("It grew by 3.5%. Next.", ["It grew by 3.5%.", "Next."]),
        ("发布Qwen3.真的", ["发布Qwen3.", "真的"]),
    ],
)
def test_cut_between_chinese_and_latin_sentences(plain: str, expected: list[str]) -> None:
    limit = room(max(len(piece) for piece in expected))
    assert pieces(plain, limit) == expected


def test_cut_between_clauses_of_minimum_length() -> None:
    clause = "云" * 60
    assert pieces(f"{clause}，{clause}，{clause}。", room(130)) == [f"{clause}，", f"{clause}，", f"{clause}。"]


def test_cut_between_words_never_before_punctuation() -> None:
    words = pieces("amazing " * 100, room(100))
    assert {word for piece in words for word in piece.split()} == {"amazing"}
    chinese = pieces("云（上）《书》" * 40, room(60))
    assert "".join(chinese) == "云（上）《书》" * 40
    assert all(piece[0] in "云（《上书" and piece[-1] in "云上书）》" for piece in chinese)


def test_cut_between_graphemes_last() -> None:
    family = "👨\u200d👩\u200d👧"
    for piece in pieces(family * 200, room(100)):
        assert piece.replace(family, "") == ""


def test_link_is_not_cut() -> None:
    text = concat(["前" * 90, link("不可分割的链接。真的" * 3, URL), "后" * 90])
    found = cut_text(text, room(100))
    assert any(text[start:end].plain.count("不可分割的链接。真的") == 3 for start, end, _ in found)


def test_a_link_too_long_for_a_message_is_cut() -> None:
    text = link("长" * 500, URL)
    found = cut_text(text, room(100))
    assert "".join(text.plain[start:end] for start, end, _ in found) == text.plain
    assert all(measure(text[start:end]).fits(room(100)) for start, end, _ in found)


def test_many_links_and_long_addresses_limit_ranges() -> None:
    text = concat([link("一", URL), "，", link("二", URL), "，", link("三", URL), "。"] * 10)
    for limits in (room(4096, links=7), room(4096, 600)):
        found = cut_text(text, limits)
        assert len(found) > 1
        assert all(measure(text[start:end]).fits(limits) for start, end, _ in found)


alphabet = st.sampled_from(
    ["云", "。", "，", "\n", " ", "a", ". ", "word", "👍🏽", "e\u0301", "🇨🇳", "“", "”", "\n\n", "（"]
)


@st.composite
def linked_texts(draw: st.DrawFn) -> Text:
    plain = "".join(draw(st.lists(alphabet, max_size=300)))
    edges = sorted(draw(st.sets(st.integers(0, len(plain)), max_size=20)))
    spans = [Span(a, b, Style.LINK, URL) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return Text(plain, tuple(spans))


@given(linked_texts(), st.integers(60, 300))
def test_ranges_fit_and_lose_nothing(text: Text, units: int) -> None:
    limit = room(units)
    found = cut_text(text, limit)
    kept = "".join(text.plain[start:end] for start, end, _ in found)
    assert "".join(kept.split()) == "".join(text.plain.split())
    at = 0
    for start, end, _ in found:
        assert at <= start < end
        assert not text.plain[at:start].strip()
        assert measure(text[start:end]).fits(limit)
        at = end


@given(linked_texts(), st.integers(60, 300))
def test_no_range_ends_within_a_grapheme_or_link(text: Text, units: int) -> None:
    limit = room(units)
    inside = {
        index
        for span in text.spans
        if measure(text[span.start : span.end]).fits(limit)
        for index in range(span.start + 1, span.end)
        if text.plain[span.start : index].strip() and text.plain[index : span.end].strip()
    }
    edges_within_characters = {
        edge for span in text.spans for edge in (span.start, span.end) if not is_grapheme_boundary(text.plain, edge)
    }
    if edges_within_characters:
        return  # a link's edge amid a character: one of the two must give way
    for start, end, _ in cut_text(text, limit):
        assert is_grapheme_boundary(text.plain, start)
        assert is_grapheme_boundary(text.plain, end)
        assert not {start, end} & inside


@pytest.mark.parametrize(
    "unit", ["a", "\u0301", "🇨", "。", ".", "!", '"', " .", "\n ", "—", "[", "a\u200d", "，", "云", ',"', "é. "]
)
def test_hostile_runs_take_linear_time(unit: str) -> None:
    text = Text("x" + unit * (400_000 // len(unit)) + "x")
    before = time.process_time()
    found = cut_text(text, room(4000))
    assert time.process_time() - before < 60  # seconds here, hours if it grew with the square
    assert max(measure(text[start:end]).utf16_units for start, end, _ in found) <= 4000
