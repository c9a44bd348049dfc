"""Messages and answers as the Bot API takes them, each field by its name."""

from __future__ import annotations

from dataclasses import replace

from domain.chat.action import CallbackAnswer, InlineAnswer, InlineArticle, SendChart, SendEphemeral
from domain.chat.chart import Chart
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


def test_message_that_the_presser_alone_sees() -> None:
    message = Message(bold("News"), KEYBOARD)
    sent = SendEphemeral(chat_id=-5, user_id=7, message=message, otherwise=CallbackAnswer("q"), topic_id=3)
    press = {"receiver_user_id": 7, "callback_query_id": "q"}
    where = message.to_bot_api() | {"chat_id": -5}
    assert sent.method == "sendMessage"
    assert sent.to_bot_api() == where | {"message_thread_id": 3, "ephemeral_message_parameters": press}
    assert replace(sent, topic_id=None).to_bot_api() == where | {"ephemeral_message_parameters": press}
    turned = replace(sent, ephemeral_message_id=12)
    assert turned.method == "editEphemeralMessageText"
    assert turned.to_bot_api() == where | {"receiver_user_id": 7, "ephemeral_message_id": 12}


def test_chart_is_a_photo_that_another_one_replaces() -> None:
    caption = Message(bold("News"), KEYBOARD)
    chart = SendChart(chat_id=5, chart=Chart(title="", subtitle="", sections=()), caption=caption, if_not_drawn=caption)
    described = {"caption": "News", "caption_entities": [{"type": "bold", "offset": 0, "length": 4}]}
    where = {"chat_id": 5, "reply_markup": MARKUP}
    assert chart.method == "sendPhoto"
    assert chart.to_bot_api("a.png") == where | described | {"photo": "attach://a.png"}
    other = replace(chart, message_id=12)
    assert other.method == "editMessageMedia"
    media = described | {"type": "photo", "media": "attach://a.png"}
    assert other.to_bot_api("a.png") == where | {"message_id": 12, "media": media}
