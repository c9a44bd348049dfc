"""The order in which entities are dropped when a message has too many."""

from __future__ import annotations

from digest.rendering.pagination.entities import MessageSegment, count_entities, fit_entities
from domain.chat.text import Style, Text, bold, concat, link, styled

URL = "https://example.org"


def styles(text: Text) -> dict[Style, int]:
    return {style: sum(span.style is style for span in text.spans) for style in {span.style for span in text.spans}}


def segments(count: int, body: Text) -> list[MessageSegment]:
    return [
        segment for _ in range(count) for segment in (MessageSegment(bold("题")), MessageSegment(body, is_body=True))
    ]


def test_fitting_entities_are_unchanged() -> None:
    body = concat([bold("粗"), styled("码", Style.CODE), link("链", URL)])
    assert styles(fit_entities(segments(25, body))) == {Style.BOLD: 50, Style.CODE: 25, Style.LINK: 25}


def test_bold_in_bodies_is_dropped_first() -> None:
    body = concat([bold("粗"), styled("码", Style.CODE), link("链", URL)])
    assert styles(fit_entities(segments(30, body))) == {Style.BOLD: 30, Style.CODE: 30, Style.LINK: 30}


def test_code_in_bodies_is_dropped_second() -> None:
    body = concat([styled("斜", Style.ITALIC), styled("码", Style.CODE), link("链", URL)])
    assert styles(fit_entities(segments(40, body))) == {Style.BOLD: 40, Style.LINK: 40}


def test_bold_headlines_then_shortest_quotes_are_dropped() -> None:
    bodies = [concat([link("链", URL), "云" * number]).styled(Style.EXPANDABLE_BLOCKQUOTE) for number in range(1, 61)]
    parts = [segment for body in bodies for segment in (MessageSegment(bold("题")), MessageSegment(body, is_body=True))]
    text = fit_entities(parts)
    assert styles(text) == {Style.LINK: 60, Style.EXPANDABLE_BLOCKQUOTE: 40}
    assert min(span.end - span.start for span in text.spans if span.style is Style.EXPANDABLE_BLOCKQUOTE) == 22


def test_bold_over_a_link_counts_as_the_server_splits_it() -> None:
    text = concat(["a", link("b", URL), "c"]).styled(Style.BOLD)
    assert count_entities(text) == 4
    assert count_entities(concat([bold("a"), link("b", URL)])) == 2
    assert styles(fit_entities([MessageSegment(text, is_body=True)] * 26)) == {Style.LINK: 26}
