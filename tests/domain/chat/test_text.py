"""Styled text: what is put in comes out, in Telegram's way of counting."""

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
    styled,
    utf16_length,
)

URL = "https://example.org/"

plains = st.text(alphabet=st.sampled_from("aé中👍🏽\u200d \n"), max_size=20)
texts = st.lists(st.one_of(plains.map(Text), plains.map(bold), st.builds(link, plains, st.just(URL))), max_size=6).map(
    concat
)


def test_parts_keep_their_styles_where_they_come_to_stand() -> None:
    text = concat(["一", bold("二"), link("三", URL)])
    assert text == Text("一二三", (Span(1, 2, Style.BOLD), Span(2, 3, Style.LINK, URL)))
    assert bold("a") + "b" == Text("ab", (Span(0, 1, Style.BOLD),))
    assert join(" · ", ["a", bold("b")]).plain == "a · b"


def test_an_outer_style_comes_before_an_inner_one() -> None:
    assert [span.style for span in bold("a").styled(Style.BLOCKQUOTE).spans] == [Style.BLOCKQUOTE, Style.BOLD]


def test_an_empty_text_takes_no_style() -> None:
    assert Text().styled(Style.BOLD) == Text()
    assert not Text()
    assert link("x", "") == Text("x")


def test_a_slice_clips_spans_and_drops_those_outside() -> None:
    text = concat(["ab", bold("cd"), link("ef", URL)])
    assert text[1:3] == Text("bc", (Span(1, 2, Style.BOLD),))
    assert text[4:] == Text("ef", (Span(0, 2, Style.LINK, URL),))
    assert text[3:2] == Text()
    with pytest.raises(ValueError, match="without a step"):
        text[::2]


def test_entities_count_in_utf_16_the_longer_first() -> None:
    text = concat(["👍", bold("中"), styled("👍🏽", Style.CODE)])
    assert text.entities() == (Entity("bold", 2, 1), Entity("code", 3, 4))
    outer = bold("a").styled(Style.EXPANDABLE_BLOCKQUOTE) + "b"
    assert [entity.type for entity in outer.entities()] == ["expandable_blockquote", "bold"]
    assert link("中", URL).entities()[0].to_bot_api() == {"type": "text_link", "offset": 0, "length": 1, "url": URL}
    assert styled("x", Style.PRE, "py").entities()[0].to_bot_api()["language"] == "py"


def test_an_empty_span_is_no_entity() -> None:
    assert Text("a", (Span(1, 1, Style.BOLD),)).entities() == ()


def test_sizes() -> None:
    text = concat(["中👍", link("a", URL)])
    assert text.utf16_length == 4
    assert text.byte_size == 3 + 4 + 1 + len(URL)
    assert display_width("中a👍e\u0301") == 2 + 1 + 2 + 1


@given(texts)
def test_what_is_sent_reads_back_the_same(text: Text) -> None:
    entities = [entity.to_bot_api() for entity in text.entities()]
    read = from_entities(text.plain, entities)
    assert read.plain == text.plain
    assert read.entities() == text.entities()


@given(texts, st.data())
def test_slices_put_together_hold_the_same_text_and_style_every_character_alike(
    text: Text, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(text)))
    again = text[:cut] + text[cut:]
    assert again.plain == text.plain
    for index in range(len(text)):
        assert {(s.style, s.value) for s in text.spans if s.start <= index < s.end} == {
            (s.style, s.value) for s in again.spans if s.start <= index < s.end
        }


@given(plains)
def test_units_are_those_of_utf_16(plain: str) -> None:
    assert utf16_length(plain) == len(plain.encode("utf-16-le")) // 2


def test_received_entities_that_a_bot_cannot_send_are_left_out() -> None:
    read = from_entities(
        "@you 👍 now", [{"type": "mention", "offset": 0, "length": 4}, {"type": "bold", "offset": 8, "length": 3}]
    )
    assert read == Text("@you 👍 now", (Span(7, 10, Style.BOLD),))


@pytest.mark.parametrize("name", ["<3", "{x}", "%s", "*a*", "\\"])
def test_what_is_filled_in_is_literal(name: str) -> None:
    assert format_text("Hello {name}, {n}!", {"name": name, "n": 3}) == Text(f"Hello {name}, 3!")


def test_what_is_filled_in_keeps_its_style() -> None:
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
def test_cleaning(before: str, after: str) -> None:
    assert Text(before).sanitized().plain == after


def test_cleaning_moves_the_styles() -> None:
    text = concat(["\r\n a\u202e", bold("b\u202ec"), link("\r", URL), "d\r", bold("e")])
    assert text.sanitized() == concat(["a", bold("bc"), "d", bold("e")])


def test_a_clean_text_is_left_alone() -> None:
    text = concat(["一", bold("二")])
    assert text.sanitized() is text


@given(st.text())
def test_cleaning_twice_is_cleaning_once(plain: str) -> None:
    once = Text(plain).sanitized()
    assert once.sanitized() == once
    once.plain.encode()
