"""A received message becomes the call that sends the same again."""

from typing import Any

import pytest

from domain.chat.frozen_message import freeze

FILE = {"file_id": "F", "file_unique_id": "u"}
SIZES = [FILE | {"width": 90, "height": 90}, FILE | {"file_id": "L", "width": 900, "height": 900}]
CAPTION = {"caption": "Hi #tag", "caption_entities": [
    {"type": "bold", "offset": 0, "length": 2}, {"type": "hashtag", "offset": 3, "length": 4}
]}  # fmt: skip
POLL = {"question": "Q", "options": [{"text": "a", "voter_count": 3}, {"text": "b", "voter_count": 0}]}
OPTIONS = [{"text": "a", "text_entities": []}, {"text": "b", "text_entities": []}]
PLACE = {"latitude": 1.5, "longitude": 2.5, "live_period": 60}
BOLD = [{"type": "bold", "offset": 0, "length": 2}]


@pytest.mark.parametrize(
    ("message", "method", "parameters"),
    [
        ({"text": "Hi @x", "entities": [*BOLD, {"type": "mention", "offset": 3, "length": 2}]}, "sendMessage",
         {"text": "Hi @x", "entities": BOLD}),
        ({"text": "Hi", "link_preview_options": {"url": "https://a.b"}}, "sendMessage",
         {"text": "Hi", "entities": [], "link_preview_options": {"url": "https://a.b"}}),
        ({"photo": SIZES, **CAPTION, "has_media_spoiler": True, "show_caption_above_media": True}, "sendPhoto",
         {"photo": "L", "caption": "Hi #tag", "caption_entities": BOLD, "has_spoiler": True,
          "show_caption_above_media": True}),
        ({"animation": FILE, "document": FILE}, "sendAnimation", {"animation": "F"}),
        ({"document": FILE, **CAPTION}, "sendDocument",
         {"document": "F", "caption": "Hi #tag", "caption_entities": BOLD}),
        ({"voice": FILE}, "sendVoice", {"voice": "F"}),
        ({"video_note": FILE, **CAPTION}, "sendVideoNote", {"video_note": "F"}),
        ({"sticker": FILE}, "sendSticker", {"sticker": "F"}),
        ({"poll": POLL | {"question": "Hi @x", "question_entities": BOLD}}, "sendPoll",
         {"question": "Hi @x", "question_entities": BOLD, "options": OPTIONS}),
        ({"poll": POLL | {"is_anonymous": False, "allows_multiple_answers": True}}, "sendPoll",
         {"question": "Q", "question_entities": [], "options": OPTIONS, "is_anonymous": False,
          "allows_multiple_answers": True}),
        ({"poll": POLL | {"type": "quiz", "correct_option_id": 0, "explanation": "E"}}, "sendPoll",
         {"question": "Q", "question_entities": [], "options": OPTIONS, "type": "quiz", "correct_option_id": 0,
          "explanation": "E"}),
        ({"venue": {"location": PLACE, "title": "T", "address": "A"}, "location": PLACE}, "sendVenue",
         {"latitude": 1.5, "longitude": 2.5, "title": "T", "address": "A"}),
        ({"location": PLACE}, "sendLocation", {"latitude": 1.5, "longitude": 2.5}),
        ({"contact": {"phone_number": "1", "first_name": "N", "user_id": 3}}, "sendContact",
         {"phone_number": "1", "first_name": "N"}),
        ({"contact": {"phone_number": "1", "first_name": "N", "last_name": "L", "vcard": "V"}}, "sendContact",
         {"phone_number": "1", "first_name": "N", "last_name": "L", "vcard": "V"}),
    ],
)  # fmt: skip
def test_message_becomes_a_call(message: dict[str, Any], method: str, parameters: dict[str, Any]) -> None:
    frozen = freeze({"message_id": 5, **message})
    assert frozen is not None
    assert (frozen.method, frozen.parameters, frozen.message_id) == (method, parameters, 5)


@pytest.mark.parametrize("message", [{"dice": {"value": 3}}, {"story": {}}, {"poll": POLL | {"type": "quiz"}}])
def test_what_cannot_be_sent_the_same_is_not_frozen(message: dict[str, Any]) -> None:
    assert freeze({"message_id": 5, **message}) is None


def test_album_and_origin_are_known() -> None:
    frozen = freeze({"message_id": 5, "photo": SIZES, "media_group_id": "7", "forward_origin": {"type": "user"}})
    assert frozen is not None
    assert (frozen.album_id, frozen.is_forwarded, frozen.kind) == ("7", True, "photo")
    assert frozen.as_album_item() == {"type": "photo", "media": "L"}
