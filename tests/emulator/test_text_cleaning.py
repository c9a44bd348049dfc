"""Cleaning and trimming of texts, and the shift of their entities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import BadRequest
from emulator.models import MessageEntity
from emulator.text_cleaning import clean_text, is_blank, utf16_length


def bold(offset: int, length: int) -> MessageEntity:
    return MessageEntity("bold", offset, length)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("a\rb", "ab"),
        ("a\tb\x00c\x0bd\x0ce", "a b c d e"),
        ("a\u2028b\u202ec\u0333d\u033fe\u030af", "abcdef"),
        ("  a\n\n", "a"),
        ("a\nb", "a\nb"),
        ("\u3000a\u3000", "\u3000a\u3000"),
        ("a\u200f\u200f\u200fb", "a\u200c\u200c\u200fb"),
    ],
)
def test_cleaned_characters(raw: str, kept: str) -> None:
    assert clean_text(raw, []) == (kept, [])


def test_entities_shift_over_deleted_characters() -> None:
    assert clean_text("a\r😀\rb", [bold(2, 4)]) == ("a😀b", [bold(1, 3)])


def test_empty_entity_is_dropped() -> None:
    assert clean_text("a\rb", [bold(1, 1)]) == ("ab", [])


def test_blanks_are_trimmed_around_entities() -> None:
    assert clean_text("   a  ", [bold(1, 5)]) == ("  a", [bold(0, 3)])
    assert clean_text("a   ", [bold(0, 1), bold(2, 2)]) == ("a", [bold(0, 1)])


@pytest.mark.parametrize(
    ("text", "entity", "error"),
    [
        ("abc", bold(-1, 1), "receive an entity with incorrect offset -1"),
        ("abc", bold(0, 2_000_000), "receive an entity with incorrect length 2000000"),
        ("abc", bold(4, 1), "entity begins after the end of the text at UTF-16 offset 4"),
        ("abc", bold(1, 9), "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 10"),
        ("a😀b", bold(2, 1), "entity begins in a middle of a UTF-16 symbol at byte offset 5"),
        (
            "a😀b",
            bold(0, 2),
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 5",
        ),
    ],
)
def test_invalid_offsets(text: str, entity: MessageEntity, error: str) -> None:
    with pytest.raises(BadRequest) as caught:
        clean_text(text, [entity])
    assert caught.value.description == f"Bad Request: {error}"


def test_blank_texts() -> None:
    assert is_blank("")
    assert is_blank(" \n\u200b\u200d\ufeff\xa0\u2800")
    assert not is_blank("\u200b.")


@given(st.text(), st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12))))
def test_entities_stay_inside_text(text: str, spans: list[tuple[int, int]]) -> None:
    try:
        kept, entities = clean_text(text, [bold(*span) for span in spans])
    except BadRequest:
        return
    assert kept == kept.rstrip(" \n")
    for entity in entities:
        assert entity.offset >= 0
        assert entity.length > 0
        assert entity.end <= utf16_length(kept)


@given(st.text("ab😀\r\u2028", max_size=8), st.text("ab😀\r\u2028", min_size=1, max_size=4), st.text("ab😀\r\u2028"))
def test_entity_covers_the_same_characters_after_cleaning(before: str, covered: str, after: str) -> None:
    text = f"x{before}{covered}{after}x"
    cleaned, entities = clean_text(text, [bold(1 + utf16_length(before), utf16_length(covered))])
    kept = covered.replace("\r", "").replace("\u2028", "")
    units = cleaned.encode("utf-16-le")
    shown = [units[2 * each.offset : 2 * each.end].decode("utf-16-le") for each in entities]
    assert shown == ([kept] if kept else [])
    assert not entities or units[: 2 * entities[0].offset].decode("utf-16-le") == "x" + before.translate(
        {ord("\r"): None, 0x2028: None}
    )
