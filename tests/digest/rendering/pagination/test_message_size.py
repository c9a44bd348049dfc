"""Sizes of texts in every unit that Telegram limits."""

from __future__ import annotations

import json

from digest.rendering.pagination.message_size import (
    MESSAGE_LIMIT,
    MessageSize,
    json_string_bytes,
    measure,
    text_json_bytes,
)
from domain.chat.message import Message
from domain.chat.text import Style, Text, bold, concat, link

URL = "https://example.org/"


def test_sizes_add_and_compare_in_every_unit() -> None:
    assert MessageSize(1, 2, 3, 4).plus(MessageSize(1, 1, 1, 1)) == MessageSize(2, 3, 4, 5)
    assert MessageSize(2, 3, 4, 5).less(MessageSize(1, 1, 1, 1)) == MessageSize(1, 2, 3, 4)
    assert MessageSize(4096, 32_768, 100, 92).fits(MESSAGE_LIMIT)
    for heavier in (MessageSize(4097), MessageSize(0, 32_769), MessageSize(0, 0, 101), MessageSize(0, 0, 0, 93)):
        assert not heavier.fits(MESSAGE_LIMIT)


def test_decoration_has_no_size_and_links_do() -> None:
    assert measure(bold("中👍")).links == 0
    assert measure(link("中👍", URL)) == MessageSize(3, 7 + 70 + len(URL), 1, 0)


def test_bytes_are_those_of_json() -> None:
    plain = '中文 "quoted"\nback\\slash 👍'
    assert json_string_bytes(plain) == len(json.dumps(plain, ensure_ascii=False).encode()) - 2


def test_size_is_never_below_the_sent_bytes() -> None:
    text = concat([bold("中" * 1000).styled(Style.EXPANDABLE_BLOCKQUOTE), *[link("文", URL)] * 90])
    body = Message(text).to_bot_api()
    out = json.dumps({"text": body["text"], "entities": body["entities"]}, ensure_ascii=False, separators=(",", ":"))
    assert len(out.encode()) - len('{"text":"","entities":[]}') <= text_json_bytes(text)
    assert text_json_bytes(Text()) == 0
