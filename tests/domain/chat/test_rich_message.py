"""Rich messages as JSON: aiogram's types accept it, and it holds every text as it was written."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.methods import SendRichMessage
from hypothesis import given
from hypothesis import strategies as st

from domain.chat.message import Button
from domain.chat.rich_message import (
    AnchorLink,
    ButtonRow,
    ContentsList,
    Details,
    Footer,
    Heading,
    Paragraph,
    Photo,
    Preformatted,
    Quote,
    RichBlock,
    RichMessage,
    TableBlock,
    block_texts,
    to_rich_text,
)
from domain.chat.text import Span, Style, Text, bold, concat, link

HOSTILE = Text('<b>x</b> {"type":"bold"} _a_ `b` [c](http://d.e) 🇩🇪\u202e', ())
BLOCKS: tuple[RichBlock, ...] = (
    Heading(bold("T"), 1, "s1"),
    Paragraph(HOSTILE, "p"),
    Quote(HOSTILE),
    Preformatted(HOSTILE, "py"),
    Preformatted(HOSTILE),
    TableBlock(((HOSTILE, Text()), (Text("a"), link("b", "https://b.example/")))),
    Photo("https://a.example/p.png", link("p", "https://a.example/p.png")),
    ButtonRow((Button("b", "item 2025-09-12 1"), Button("u", url="https://u.example/"))),
    ContentsList((AnchorLink(HOSTILE, "s1"),)),
    Footer(HOSTILE),
)
MESSAGE = RichMessage((Details(HOSTILE, BLOCKS, "d"), *BLOCKS), ((Button("k", "today"),),))


def plain(rich: Any) -> str:
    """Return the text of a rich text."""
    if isinstance(rich, list):
        return "".join(map(plain, rich))
    if isinstance(rich, dict):
        return plain(rich.get("text", ""))
    return str(rich)


def test_aiogram_accepts_every_block() -> None:
    body = MESSAGE.to_bot_api() | {"chat_id": 1}
    call = SendRichMessage.model_validate(body)
    assert call.rich_message.blocks is not None
    dumped = call.model_dump(exclude_none=True, exclude_defaults=False, warnings=False)
    kinds = [block["type"] for block in dumped["rich_message"]["blocks"]]
    assert kinds == [block["type"] for block in body["rich_message"]["blocks"]]  # type: ignore[index]
    assert {type(block).__name__ for block in call.rich_message.blocks} >= {"InputRichBlockDetails"}
    inner = call.rich_message.blocks[0]
    assert [type(block).__name__.removeprefix("InputRichBlock") for block in inner.blocks] == [  # type: ignore[union-attr]
        "SectionHeading",
        "Paragraph",
        "BlockQuotation",
        "Preformatted",
        "Preformatted",
        "Table",
        "Photo",
        "Buttons",
        "List",
        "Footer",
    ]


VALUES = {Style.LINK: "https://x.example/", Style.DATE_TIME: "1757678400 wt"}
SPANS = st.lists(
    st.builds(
        lambda start, length, style: Span(start, start + length, style, VALUES.get(style, "")),
        st.integers(0, 8),
        st.integers(0, 8),
        st.sampled_from([style for style in Style if style not in (Style.BLOCKQUOTE, Style.EXPANDABLE_BLOCKQUOTE)]),
    ),
    max_size=8,
)


def styled_units(rich: Any, styles: frozenset[str] = frozenset()) -> list[tuple[str, frozenset[str]]]:
    """Return each character with the styles around it."""
    if isinstance(rich, list):
        return [unit for part in rich for unit in styled_units(part, styles)]
    if isinstance(rich, dict):
        assert rich["type"] not in styles, "a style within itself"
        return styled_units(rich["text"], styles | {rich["type"]})
    return [(character, styles) for character in rich]


@given(SPANS)
def test_spans_that_overlap_keep_their_characters(spans: list[Span]) -> None:
    ordered = tuple(sorted((Span(s.start, min(s.end, 10), s.style, s.value) for s in spans), key=lambda s: s.start))
    names = {Style.LINK: "url", Style.PRE: "code"}
    expected = [
        (
            character,
            frozenset(names.get(span.style, span.style.value) for span in ordered if span.start <= at < span.end),
        )
        for at, character in enumerate("abcdefghij")
    ]
    assert styled_units(to_rich_text(Text("abcdefghij", ordered))) == expected


def test_text_is_literal_and_complete() -> None:
    rich = to_rich_text(concat((HOSTILE, bold("b"), link("l", "https://l.example/"))))
    assert plain(rich) == HOSTILE.plain + "bl"
    assert to_rich_text(Text("a")) == "a"
    assert to_rich_text(Text()) == ""


def test_texts_come_in_the_order_of_reading() -> None:
    block = Details(Text("1"), (Paragraph(Text("2")), Details(Text("3"), (Quote(Text("4")),)), Footer(Text("5"))))
    assert [text.plain for text in block_texts(block)] == ["1", "2", "3", "4", "5"]


def test_pictures_become_their_captions() -> None:
    photo = Photo("https://a.example/p.png", link("p", "https://a.example/p.png"))
    message = RichMessage((photo, Details(Text("d"), (photo, Paragraph(Text("x"))))))
    without = message.without_pictures()
    assert without.blocks == (
        Paragraph(photo.caption),
        Details(Text("d"), (Paragraph(photo.caption), Paragraph(Text("x")))),
    )
    assert without.without_pictures() == without


@pytest.mark.parametrize(("anchor", "expected"), [("a1", [{"type": "anchor", "name": "a1"}, "x"]), ("", "x")])
def test_anchor_stands_before_the_text(anchor: str, expected: object) -> None:
    body: Any = RichMessage((Heading(Text("x"), 2, anchor),)).to_bot_api()
    assert body["rich_message"]["blocks"] == [{"type": "heading", "text": expected, "size": 2}]


def cell(text: object, **others: object) -> dict[str, object]:
    return {"text": text, "align": "left", "valign": "top", **others}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Heading(Text("h"), 3), {"type": "heading", "text": "h", "size": 3}),
        (Paragraph(bold("p")), {"type": "paragraph", "text": [{"type": "bold", "text": "p"}]}),
        (Quote(Text("q")), {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "q"}]}),
        (Preformatted(Text("x = 1"), "py"), {"type": "pre", "text": "x = 1", "language": "py"}),
        (Preformatted(Text("x")), {"type": "pre", "text": "x"}),
        (
            TableBlock(((Text("head"),), (bold("cell"),))),
            {
                "type": "table",
                "cells": [[cell("head", is_header=True)], [cell([{"type": "bold", "text": "cell"}])]],
                "is_bordered": True,
                "is_striped": True,
            },
        ),
        (
            Photo("https://a.example/p.png", Text("c")),
            {"type": "photo", "photo": {"type": "photo", "media": "https://a.example/p.png"}, "caption": {"text": "c"}},
        ),
        (ButtonRow((Button("b", "today"),)), {"type": "buttons", "buttons": [{"text": "b", "callback_data": "today"}]}),
        (
            ContentsList((AnchorLink(Text("one"), "s1"),)),
            {
                "type": "list",
                "items": [
                    {
                        "blocks": [
                            {
                                "type": "paragraph",
                                "text": {"type": "anchor_link", "text": "one", "anchor_name": "s1"},
                            }
                        ]
                    }
                ],
            },
        ),
        (
            Details(link("s", "https://s.example/"), (Paragraph(Text("in"), "a2"),), "a1"),
            {
                "type": "details",
                "summary": [
                    {"type": "anchor", "name": "a1"},
                    {"type": "url", "text": "s", "url": "https://s.example/"},
                ],
                "blocks": [{"type": "paragraph", "text": [{"type": "anchor", "name": "a2"}, "in"]}],
            },
        ),
        (Footer(Text("f")), {"type": "footer", "text": "f"}),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_each_block_as_the_bot_api_takes_it(block: RichBlock, expected: dict[str, object]) -> None:
    assert RichMessage((block,)).to_bot_api() == {"rich_message": {"blocks": [expected]}}


def test_texts_of_each_block_are_found() -> None:
    table = TableBlock(((Text("1"), Text("2")), (Text("3"), Text("4"))))
    blocks = (
        Details(Text("0"), (table, Photo("https://a.example/p.png", Text("5")))),
        ButtonRow((Button("6", "today"), Button("7", "help"))),
        ContentsList((AnchorLink(Text("8"), "s1"), AnchorLink(Text("9"), "s2"))),
    )
    assert [text.plain for block in blocks for text in block_texts(block)] == list("0123456789")
