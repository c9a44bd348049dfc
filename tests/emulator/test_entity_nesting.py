"""Nesting of entities, and the limit of a hundred."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.entity_nesting import MAX_ENTITIES, SPLITTABLE, limit_entities, normalize_nesting
from emulator.models import MessageEntity

Span = tuple[str, int, int]


def arranged(*spans: Span) -> list[Span]:
    return [(e.type, e.offset, e.length) for e in normalize_nesting([MessageEntity(*span) for span in spans])]


def test_valid_nesting_is_unchanged() -> None:
    assert arranged(("bold", 2, 3), ("text_link", 0, 9), ("blockquote", 0, 20)) == [
        ("blockquote", 0, 20),
        ("text_link", 0, 9),
        ("bold", 2, 3),
    ]


def test_bold_is_cut_at_link_borders() -> None:
    assert arranged(("bold", 0, 10), ("text_link", 3, 4)) == [
        ("bold", 0, 3),
        ("text_link", 3, 4),
        ("bold", 3, 4),
        ("bold", 7, 3),
    ]


def test_touching_entities_of_one_type_merge() -> None:
    assert arranged(("bold", 0, 3), ("bold", 3, 3)) == [("bold", 0, 6)]
    assert arranged(("italic", 0, 4), ("italic", 2, 6)) == [("italic", 0, 8)]


def test_first_of_crossing_links_is_kept() -> None:
    assert arranged(("text_link", 0, 4), ("text_link", 2, 4)) == [("text_link", 0, 4)]


def test_link_across_quote_border_is_dropped() -> None:
    assert arranged(("blockquote", 0, 4), ("text_link", 2, 4)) == [("blockquote", 0, 4)]


def test_quotes_do_not_nest() -> None:
    assert arranged(("blockquote", 0, 9), ("expandable_blockquote", 2, 3)) == [("blockquote", 0, 9)]


def test_code_contains_no_entities() -> None:
    assert arranged(("code", 0, 6), ("bold", 2, 2)) == [("code", 0, 6)]
    assert arranged(("bold", 0, 6), ("code", 2, 2)) == [("bold", 0, 2), ("code", 2, 2), ("bold", 4, 2)]


def test_limit_drops_bold_before_links() -> None:
    links = [MessageEntity("text_link", 4 * n, 2) for n in range(90)]
    bolds = [MessageEntity("bold", 4 * n, 2) for n in range(90)]
    kept = limit_entities(normalize_nesting([*links, *bolds]))
    assert sum(e.type == "text_link" for e in kept) == 90
    assert [e.offset for e in kept if e.type == "bold"] == [4 * n for n in range(10)]


def test_limit_keeps_first_quotes_code_and_links() -> None:
    many = [MessageEntity(("blockquote", "code", "text_link")[n % 3], 3 * n, 2) for n in range(120)]
    kept = limit_entities(normalize_nesting([*many, MessageEntity("bold", 400, 2)]))
    assert [e.offset for e in kept] == [3 * n for n in range(MAX_ENTITIES)]


def test_limit_ignores_custom_emoji() -> None:
    emoji = [MessageEntity("custom_emoji", 3 * n, 2) for n in range(150)]
    assert len(limit_entities(normalize_nesting(emoji))) == 150


def test_limit_counts_split_bold_once() -> None:
    links = [MessageEntity("text_link", 4 * n + 1, 2) for n in range(60)]
    kept = limit_entities(normalize_nesting([*links, MessageEntity("bold", 0, 240)]))
    assert sum(e.length for e in kept if e.type == "bold") == 240


KINDS = [*SPLITTABLE, "code", "pre", "text_link", "blockquote", "expandable_blockquote"]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 30), st.integers(1, 12))))
def test_normalized_nesting_is_stable(spans: list[Span]) -> None:
    once = normalize_nesting([MessageEntity(*span) for span in spans])
    assert normalize_nesting(once) == once
    rest = [e for e in once if e.type not in SPLITTABLE]
    for first in rest:
        for second in rest:
            apart = first.end <= second.offset or second.end <= first.offset
            inside = first.offset <= second.offset and second.end <= first.end
            around = second.offset <= first.offset and first.end <= second.end
            assert apart or inside or around
