"""Replies to what was typed and pressed: where they appear, and what fits a toast."""

from __future__ import annotations

import pytest

from domain.chat.action import CallbackAnswer, Edit, Send
from domain.chat.callback_data import ReplyTarget
from domain.chat.commands import CommandName
from domain.chat.event import ButtonPress, Chat, ChatKind, Origin, User
from domain.chat.message import Button, Message
from domain.chat.rich_message import Paragraph, RichMessage
from domain.chat.text import Text, bold
from handlers.request import Request, reply_short, reply_text, reply_with

FORUM = Origin(1, Chat(-7, ChatKind.SUPERGROUP, topic_id=5), User(9))
FIRST, SECOND = Message(Text("first")), Message(Text("second"))
KEYBOARD = ((Button("Press", "help"),),)


def _typed() -> Request:
    return Request(origin=FORUM, command=CommandName.HELP)


def _pressed(target: ReplyTarget, *, is_accessible: bool = True) -> Request:
    press = ButtonPress(origin=FORUM, callback_query_id="q", data="help", message_id=31, is_accessible=is_accessible)
    return Request(origin=FORUM, command=CommandName.HELP, press=press, target=target)


def test_typed_command_is_answered_by_messages_in_its_topic() -> None:
    assert reply_with(_typed(), FIRST, SECOND, toast="unseen") == [
        Send(-7, FIRST, topic_id=5),
        Send(-7, SECOND, topic_id=5),
    ]
    assert reply_text(_typed(), bold("x"), KEYBOARD) == [Send(-7, Message(bold("x"), KEYBOARD), topic_id=5)]
    assert reply_text(_typed(), "x") == [Send(-7, Message(Text("x")), topic_id=5)]


@pytest.mark.parametrize("target", [ReplyTarget.IN_PLACE, ReplyTarget.SETTINGS, ReplyTarget.WELCOME])
def test_first_message_replaces_the_pressed_one(target: ReplyTarget) -> None:
    assert reply_with(_pressed(target), FIRST, SECOND, toast="Saved.") == [
        CallbackAnswer("q", "Saved."),
        Edit(-7, 31, FIRST),
        Send(-7, SECOND, topic_id=5),
    ]
    assert reply_with(_pressed(target), toast="Saved.") == [CallbackAnswer("q", "Saved.")]


def test_messages_below_a_rich_one_depend_on_it() -> None:
    rich, instead = RichMessage((Paragraph(Text("rich")),)), (Message(Text("plain")),)
    following = (Send(-7, SECOND, topic_id=5),)
    assert reply_with(_typed(), rich, SECOND, if_refused=instead) == [
        Send(-7, rich, topic_id=5, if_refused=instead, then=following)
    ]
    assert reply_with(_pressed(ReplyTarget.IN_PLACE), rich, SECOND, if_refused=instead) == [
        CallbackAnswer("q"),
        Edit(-7, 31, rich, if_refused=instead, then=following),
    ]


@pytest.mark.parametrize(("target", "is_accessible"), [(ReplyTarget.NEW_MESSAGE, True), (ReplyTarget.IN_PLACE, False)])
def test_answer_to_a_press_is_new_if_it_cannot_replace(target: ReplyTarget, *, is_accessible: bool) -> None:
    request = _pressed(target, is_accessible=is_accessible)
    assert reply_with(request, FIRST) == [CallbackAnswer("q"), Send(-7, FIRST, topic_id=5)]


@pytest.mark.parametrize(("count", "is_alert"), [(60, False), (61, True), (200, True)])
def test_long_toast_is_an_alert_that_stays(count: int, *, is_alert: bool) -> None:
    request = _pressed(ReplyTarget.NEW_MESSAGE)
    text = "字" * count
    assert reply_text(request, text, KEYBOARD) == [CallbackAnswer("q", text, show_alert=is_alert)]
    assert reply_short(request, Message(Text(text))) == [CallbackAnswer("q", text, show_alert=is_alert)]


def test_toast_longer_than_telegram_allows_is_shortened() -> None:
    (answer,) = reply_text(_pressed(ReplyTarget.NEW_MESSAGE), "字" * 201)
    assert answer == CallbackAnswer("q", "字" * 199 + "…", show_alert=True)
    (answer,) = reply_with(_pressed(ReplyTarget.NEW_MESSAGE), toast="字" * 201)
    assert answer == CallbackAnswer("q", "字" * 199 + "…")
