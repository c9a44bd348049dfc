"""Styled text and its conversion to Telegram's entities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat.text import (
    Entity,
    Span,
    Style,
    Text,
    bold,
    concat,
    display_width,
    format_text,
    from_entities,
    join,
    link,
    slices,
    styled,
    utf16_length,
)

URL = "https://example.org/"

plains = st.text(alphabet=st.sampled_from("aé中👍🏽\u200d \n"), max_size=20)
texts = st.lists(st.one_of(plains.map(Text), plains.map(bold), st.builds(link, plains, st.just(URL))), max_size=6).map(
    concat
)


def test_concatenation_shifts_styles() -> None:
    text = concat(["一", bold("二"), link("三", URL)])
    assert text == Text("一二三", (Span(1, 2, Style.BOLD), Span(2, 3, Style.LINK, URL)))
    assert bold("a") + "b" == Text("ab", (Span(0, 1, Style.BOLD),))
    assert join(" · ", ["a", bold("b")]).plain == "a · b"


def test_outer_style_comes_before_inner_style() -> None:
    assert [span.style for span in bold("a").styled(Style.BLOCKQUOTE).spans] == [Style.BLOCKQUOTE, Style.BOLD]


def test_empty_text_takes_no_style() -> None:
    assert Text().styled(Style.BOLD) == Text()
    assert not Text()
    assert link("x", "") == Text("x")


def test_slice_clips_spans() -> None:
    text = concat(["ab", bold("cd"), link("ef", URL)])
    assert text[1:3] == Text("bc", (Span(1, 2, Style.BOLD),))
    assert text[4:] == Text("ef", (Span(0, 2, Style.LINK, URL),))
    assert text[3:2] == Text()
    with pytest.raises(ValueError, match="without a step"):
        text[::2]


def test_entities_count_utf16_units_longer_first() -> None:
    text = concat(["👍", bold("中"), styled("👍🏽", Style.CODE)])
    assert text.entities() == (Entity("bold", 2, 1), Entity("code", 3, 4))
    outer = bold("a").styled(Style.EXPANDABLE_BLOCKQUOTE) + "b"
    assert [entity.type for entity in outer.entities()] == ["expandable_blockquote", "bold"]
    assert link("中", URL).entities()[0].to_bot_api() == {"type": "text_link", "offset": 0, "length": 1, "url": URL}
    assert styled("x", Style.PRE, "py").entities()[0].to_bot_api()["language"] == "py"


def test_empty_span_is_no_entity() -> None:
    assert Text("a", (Span(1, 1, Style.BOLD),)).entities() == ()


def test_sizes() -> None:
    text = concat(["中👍", link("a", URL)])
    assert text.utf16_length == 4
    assert display_width("中a👍e\u0301") == 2 + 1 + 2 + 1


@given(texts)
def test_entities_round_trip(text: Text) -> None:
    entities = [entity.to_bot_api() for entity in text.entities()]
    read = from_entities(text.plain, entities)
    assert read.plain == text.plain
    assert read.entities() == text.entities()


@given(texts, st.data())
def test_joined_slices_equal_the_text(text: Text, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    again = text[:cut] + text[cut:]
    assert again.plain == text.plain
    for index in range(len(text)):
        assert {(s.style, s.value) for s in text.spans if s.start <= index < s.end} == {
            (s.style, s.value) for s in again.spans if s.start <= index < s.end
        }


@given(plains)
def test_utf16_length(plain: str) -> None:
    assert utf16_length(plain) == len(plain.encode("utf-16-le")) // 2


def test_received_entities_of_unknown_types_are_dropped() -> None:
    read = from_entities(
        "@you 👍 now", [{"type": "mention", "offset": 0, "length": 4}, {"type": "bold", "offset": 8, "length": 3}]
    )
    assert read == Text("@you 👍 now", (Span(7, 10, Style.BOLD),))


@given(texts, st.lists(st.integers(0, 40), max_size=8))
def test_slices_equal_single_slices(text: Text, edges: list[int]) -> None:
    ordered = sorted(min(edge, len(text)) for edge in edges)
    ranges = list(zip(ordered[::2], ordered[1::2], strict=False))
    quoted = text.styled(Style.BLOCKQUOTE)
    assert list(slices(quoted, ranges)) == [quoted[start:stop] for start, stop in ranges]


@pytest.mark.parametrize("name", ["<3", "{x}", "%s", "*a*", "\\"])
def test_template_values_are_literal(name: str) -> None:
    assert format_text("Hello {name}, {n}!", {"name": name, "n": 3}) == Text(f"Hello {name}, 3!")


def test_template_values_keep_their_style() -> None:
    assert format_text("《{name}》", {"name": bold("书")}) == Text("《书》", (Span(1, 2, Style.BOLD),))


def test_strip_moves_the_styles() -> None:
    assert concat(["  ", bold("a"), " \n"]).strip() == bold("a")
    text = bold("a")
    assert text.strip() is text
    assert Text(" \n").strip() == Text()


# -- As the server cleans -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\r\nb", "a\nb"),
        ("a\tb\x00c\x1fd", "a b c d"),
        ("a\u202eb\u202ac", "abc"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("a\u0333b\u033f", "ab"),
        ("A\u030angstro\u0308m", "Ångstro\u0308m"),
        ("x\u030a", "x"),
        ("a\ud800b", "a\ufffdb"),
        ("\u3000 a \n\n", "a"),
    ],
)
def test_sanitizing(before: str, after: str) -> None:
    assert Text(before).sanitized().plain == after


def test_sanitizing_moves_styles() -> None:
    text = concat(["\r\n a\u202e", bold("b\u202ec"), link("\r", URL), "d\r", bold("e")])
    assert text.sanitized() == concat(["a", bold("bc"), "d", bold("e")])


def test_clean_text_is_unchanged_by_sanitizing() -> None:
    text = concat(["一", bold("二")])
    assert text.sanitized() is text


@given(st.text())
def test_sanitizing_is_idempotent(plain: str) -> None:
    once = Text(plain).sanitized()
    assert once.sanitized() == once
    once.plain.encode()


def test_received_code_keeps_its_language() -> None:
    [span] = from_entities("x = 1", [{"type": "pre", "offset": 0, "length": 5, "language": "python"}]).spans
    assert (span.style, span.value) == (Style.PRE, "python")


def test_styles_are_removed_by_name() -> None:
    text = concat([bold("a"), styled("b", Style.ITALIC), link("c", "https://example.org")])
    assert [span.style for span in text.without_styles(Style.BOLD, Style.LINK).spans] == [Style.ITALIC]
