"""Every way in which Telegram counts."""

from __future__ import annotations

import json

from digest.rendering.pagination.message_size import MESSAGE, Weight, json_bytes, json_size, weigh
from domain.chat.message import Message
from domain.chat.text import Style, Text, bold, concat, link

URL = "https://example.org/"


def test_weights_add_and_compare_in_every_way() -> None:
    assert Weight(1, 2, 3, 4).plus(Weight(1, 1, 1, 1)) == Weight(2, 3, 4, 5)
    assert Weight(2, 3, 4, 5).less(Weight(1, 1, 1, 1)) == Weight(1, 2, 3, 4)
    assert Weight(4096, 32_768, 100, 92).fits(MESSAGE)
    for heavier in (Weight(4097), Weight(0, 32_769), Weight(0, 0, 101), Weight(0, 0, 0, 93)):
        assert not heavier.fits(MESSAGE)


def test_decoration_weighs_nothing_and_links_do() -> None:
    assert weigh(bold("中👍")).links == 0
    assert weigh(link("中👍", URL)) == Weight(3, 7 + 70 + len(URL), 1, 0)


def test_bytes_are_those_of_json() -> None:
    plain = '中文 "quoted"\nback\\slash 👍'
    assert json_bytes(plain) == len(json.dumps(plain, ensure_ascii=False).encode()) - 2


def test_the_size_is_never_below_what_goes_out() -> None:
    text = concat([bold("中" * 1000).styled(Style.EXPANDABLE_BLOCKQUOTE), *[link("文", URL)] * 90])
    body = Message(text).to_bot_api()
    out = json.dumps({"text": body["text"], "entities": body["entities"]}, ensure_ascii=False, separators=(",", ":"))
    assert len(out.encode()) - len('{"text":"","entities":[]}') <= json_size(text)
    assert json_size(Text()) == 0
