"""Rich messages for the tests: one with every block and text the emulator holds, and what Telegram returns for it."""

from typing import Any

Json = dict[str, Any]
PHOTO_URL = "https://pictures.example.org/one.png"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x07\x00\x00\x00\x05\x08\x02\x00\x00\x00\xb3\x14\x8a\x9b"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""Header of a picture of 7 by 5 pixels."""
FULL: list[Json] = [
    {"type": "anchor", "name": "top"},
    {"type": "heading", "text": "Daily digest", "size": 1},
    {"type": "paragraph", "text": ["plain ", {"type": "bold", "text": ["bold ", {"type": "italic", "text": "both"}]}]},
    {
        "type": "paragraph",
        "text": [
            {"type": kind, "text": kind}
            for kind in ("underline", "strikethrough", "spoiler", "code", "marked", "subscript", "superscript")
        ],
    },
    {
        "type": "paragraph",
        "text": [
            {"type": "url", "text": "a link", "url": "https://example.org/a"},
            {"type": "anchor_link", "text": "to two", "anchor_name": "two"},
            {"type": "anchor_link", "text": "to the top", "anchor_name": ""},
            {"type": "reference_link", "text": "[1]", "reference_name": "note"},
            {"type": "email_address", "text": "write", "email_address": "a@example.org"},
            {"type": "phone_number", "text": "call", "phone_number": "+123456789"},
            {"type": "date_time", "text": "now", "unix_time": 1757721600, "date_time_format": "wDT"},
            {"type": "custom_emoji", "custom_emoji_id": "5368324170671202286", "alternative_text": "👍"},
            {"type": "button", "button": {"text": "More", "callback_data": "more:1", "style": "link"}},
        ],
    },
    {
        "type": "list",
        "items": [
            {"blocks": [{"type": "paragraph", "text": "first"}]},
            {"blocks": [{"type": "paragraph", "text": "done"}], "has_checkbox": True, "is_checked": True},
        ],
    },
    {
        "type": "list",
        "items": [
            {"blocks": [{"type": "paragraph", "text": "four"}], "value": 4, "type": "i"},
            {"blocks": [{"type": "paragraph", "text": "five"}], "type": "i"},
        ],
    },
    {"type": "blockquote", "blocks": [{"type": "paragraph", "text": "quoted"}], "credit": "somebody"},
    {"type": "expandable_blockquote", "text": "a long quote", "credit": {"type": "italic", "text": "somebody"}},
    {"type": "pullquote", "text": "pulled"},
    {"type": "pre", "text": "  indented\n", "language": "python"},
    {
        "type": "details",
        "summary": {"type": "bold", "text": "Two"},
        "blocks": [{"type": "paragraph", "text": [{"type": "anchor", "name": "two"}, "inside"]}, {"type": "divider"}],
        "is_open": True,
    },
    {
        "type": "table",
        "cells": [
            [
                {"text": "Name", "is_header": True, "align": "left", "valign": "middle"},
                {"text": "Price", "is_header": True},
            ],
            [{"text": "both", "colspan": 2, "align": "center", "valign": "top"}],
            [{"text": "tall", "rowspan": 2}, {"text": "1", "align": "right", "valign": "bottom"}],
            [{}],
        ],
        "caption": "Prices",
        "is_bordered": True,
        "is_striped": True,
        "is_compact": True,
    },
    {
        "type": "photo",
        "photo": {"type": "photo", "media": PHOTO_URL, "has_spoiler": True},
        "caption": {"text": "a picture", "credit": "somebody"},
    },
    {
        "type": "collage",
        "blocks": [{"type": "photo", "photo": {"type": "photo", "media": PHOTO_URL}} for _ in range(2)],
    },
    {
        "type": "slideshow",
        "blocks": [{"type": "photo", "photo": {"type": "photo", "media": PHOTO_URL}}],
        "caption": {"text": "slides"},
    },
    {
        "type": "buttons",
        "align": "center",
        "buttons": [
            {"text": "Yes", "callback_data": "yes", "style": "success"},
            {"text": "Site", "url": "https://example.org"},
            {"text": "Copy", "copy_text": {"text": "copied"}},
            {"text": "Off", "disabled": {}},
            {"text": "Search", "switch_inline_query": ""},
        ],
    },
    {"type": "paragraph", "text": {"type": "reference", "text": "a note", "name": "note"}},
    {"type": "divider"},
    {"type": "footer", "text": "the end"},
]


def paragraph(text: Any) -> Json:
    return {"type": "paragraph", "text": text}


def rich(*blocks: Any, **more: Any) -> Json:
    """Return an InputRichMessage of these blocks."""
    return {"blocks": list(blocks), **more}


def photo(media: str = PHOTO_URL) -> Json:
    return {"type": "photo", "photo": {"type": "photo", "media": media}}


def table(*rows: list[Any]) -> Json:
    return {"type": "table", "cells": list(rows)}


def buttons(*many: Any, **more: Any) -> Json:
    return {"type": "buttons", "buttons": list(many), **more}


def button(label: Any = "A", **more: Any) -> Json:
    return {"text": label, **(more or {"callback_data": "a"})}


def nested(depth: int) -> Json:
    """Return details in details, whose innermost block is a paragraph at this depth."""
    block = paragraph("deep")
    for _ in range(depth - 1):
        block = {"type": "details", "summary": "more", "blocks": [block]}
    return block
