"""The calls that send a broadcast."""

from dataclasses import replace

from domain.chat.frozen_message import FrozenMessage
from domain.delivery.broadcast import Broadcast, LinkButton, calls, edit_call

TEXT = FrozenMessage(message_id=5, kind="text", method="sendMessage", parameters={"text": "Hi"})
POLL = FrozenMessage(message_id=6, kind="poll", method="sendPoll", parameters={"question": "Q"})
ROWS = ((LinkButton("Read", "https://a.b"),),)
MARKUP = {"inline_keyboard": [[{"text": "Read", "url": "https://a.b"}]]}


def photo(number: int) -> FrozenMessage:
    parameters = {"photo": f"F{number}", "caption": f"C{number}"}
    return FrozenMessage(message_id=number, kind="photo", method="sendPhoto", parameters=parameters, album_id="7")


def test_options_are_in_the_call() -> None:
    plain = Broadcast(messages=(TEXT,))
    assert [(call.part, call.method, call.parameters) for call in calls(plain, 1)] == [
        (1, "sendMessage", {"text": "Hi"})
    ]
    (call,) = calls(replace(plain, is_silent=True, is_protected=True, hides_preview=True, buttons=ROWS), 1)
    assert next(iter(call.parameters)) == "disable_notification", "a payload that is silent for all begins with it"
    assert call.parameters == {
        "text": "Hi",
        "disable_notification": True,
        "protect_content": True,
        "link_preview_options": {"is_disabled": True},
        "reply_markup": MARKUP,
    }


def test_album_is_one_call_and_its_buttons_come_after_it() -> None:
    album = Broadcast(messages=(photo(2),), buttons=ROWS)
    for number in (3, 1, 2):
        album = album.with_message(photo(number))
    first, last = calls(album, 1)
    assert (first.part, first.method) == (1, "sendMediaGroup")
    assert [item["media"] for item in first.parameters["media"]] == ["F1", "F2", "F3"]
    assert (last.part, last.method, last.parameters["reply_markup"]) == (4, "sendMessage", MARKUP)
    assert "reply_markup" not in first.parameters


def test_ten_messages_fill_an_album() -> None:
    album = Broadcast(messages=(photo(1),))
    for number in range(2, 11):
        assert album.takes_more
        album = album.with_message(photo(number))
    assert not album.takes_more


def test_poll_is_copied_or_forwarded() -> None:
    poll = Broadcast(messages=(POLL,), buttons=ROWS)
    (copied,) = calls(poll, 1)
    assert (copied.method, copied.parameters["question"]) == ("sendPoll", "Q")
    forwarded, buttons = calls(replace(poll, shares_votes=True), 1)
    assert (forwarded.method, forwarded.parameters) == ("forwardMessage", {"from_chat_id": 1, "message_id": 6})
    assert (buttons.part, buttons.method) == (2, "sendMessage")


def test_edit_takes_words_buttons_and_whether_links_are_shown() -> None:
    spoken = replace(TEXT, parameters={"text": "Hi", "entities": [], "link_preview_options": {"url": "https://c.d"}})
    call = edit_call(Broadcast(messages=(spoken,), buttons=ROWS, is_silent=True))
    assert (call.part, call.method, call.parameters) == (
        1, "editMessageText", spoken.parameters | {"reply_markup": MARKUP}
    )  # fmt: skip
    hidden = edit_call(Broadcast(messages=(spoken,), hides_preview=True))
    assert hidden.parameters == spoken.parameters | {"link_preview_options": {"is_disabled": True}}


def test_edit_of_a_photo_is_one_of_its_caption() -> None:
    call = edit_call(Broadcast(messages=(photo(1),), hides_preview=True))
    assert (call.method, call.parameters) == ("editMessageCaption", {"caption": "C1"})
