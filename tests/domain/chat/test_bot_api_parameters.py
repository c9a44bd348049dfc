"""Messages and answers as the Bot API takes them, each field by its name."""

from __future__ import annotations

from domain.chat.action import InlineAnswer, InlineArticle
from domain.chat.message import Button, Message, PicturePreview
from domain.chat.text import Text, bold

KEYBOARD = ((Button("Read", "digest 2025-09-12"), Button("Source", url="https://example.org")),)
MARKUP = {
    "inline_keyboard": [
        [{"text": "Read", "callback_data": "digest 2025-09-12"}, {"text": "Source", "url": "https://example.org"}]
    ]
}


def test_message_with_buttons() -> None:
    assert Message(bold("News"), KEYBOARD).to_bot_api() == {
        "text": "News",
        "entities": [{"type": "bold", "offset": 0, "length": 4}],
        "link_preview_options": {"is_disabled": True},
        "reply_markup": MARKUP,
    }
    assert "reply_markup" not in Message(Text("News")).to_bot_api()


def test_link_preview() -> None:
    assert Message(Text("a"), link_preview=True).link_preview_options() == {"is_disabled": False}
    large = {"is_disabled": False, "url": "https://example.org/1.jpg", "prefer_large_media": True}
    below, above = (PicturePreview("https://example.org/1.jpg", is_above=is_above) for is_above in (False, True))
    assert Message(Text("a"), picture=below).link_preview_options() == large
    assert Message(Text("a"), picture=above).link_preview_options() == large | {"show_above_text": True}


def test_answer_to_an_inline_query() -> None:
    plain = InlineArticle(id="1", title="One", description="", message=Message(Text("first")))
    told = InlineArticle(id="2", title="Two", description="of two", message=Message(Text("second"), KEYBOARD))
    content = {"entities": [], "link_preview_options": {"is_disabled": True}}
    article = {"type": "article", "input_message_content": content}
    answer = InlineAnswer(
        query_id="7", articles=(plain, told), next_offset="2", button_text="Open", button_opens="chats"
    )
    assert answer.to_bot_api() == {
        "inline_query_id": "7",
        "results": [
            article | {"id": "1", "title": "One", "input_message_content": {"message_text": "first", **content}},
            article
            | {"id": "2", "title": "Two", "input_message_content": {"message_text": "second", **content}}
            | {"description": "of two", "reply_markup": MARKUP},
        ],
        "cache_time": 60,
        "is_personal": True,
        "next_offset": "2",
        "button": {"text": "Open", "start_parameter": "chats"},
    }
    assert "button" not in InlineAnswer(query_id="7", articles=()).to_bot_api()
