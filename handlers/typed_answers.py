"""Answers in words: a bare yes or no answers the question that the bot has just asked, as a press on its button would.

Questions about what others get, and whether everything shall be erased, are answered by their buttons only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.chat.action import Action, Edit, Send, in_order
from domain.chat.callback_data import CallbackData, parse_callback_data
from domain.chat.commands import CommandName
from domain.chat.event import TextMessage
from domain.chat.message import Keyboard, Message
from handlers.context import Context
from handlers.input.answers import BareAnswer
from handlers.request import Request
from views.pauses import STOP_CONFIRMED
from views.rich_sample import KEEP_LAYOUT, USE_RICH

_KEEP = CommandName.KEEP, ""
_NO_OF: Mapping[tuple[CommandName, str], tuple[CommandName, str]] = {
    (CommandName.STOP, STOP_CONFIRMED): _KEEP,
    (CommandName.WELCOME, "yes"): (CommandName.WELCOME, "zone"),
    (CommandName.LAYOUT, USE_RICH): (CommandName.LAYOUT, KEEP_LAYOUT),
}
"""What stands beside the button that says yes; beside all others that can be answered it is that of `keep`."""

_ASKED_AGAIN: Mapping[CommandName, CommandName] = {
    CommandName.AGREE: CommandName.PROPOSE,
    CommandName.TIMEZONE: CommandName.PLACE,
}


def find_question(actions: Iterable[Action], chat_id: int) -> str:
    """Return the data of the button that says yes to what the last message to a chat asks; '' if it asks nothing."""
    shown = [action for action in in_order(actions) if isinstance(action, Send | Edit)]
    messages = [action.message for action in shown if action.chat_id == chat_id]
    last = messages[-1] if messages else None
    return _yes_of(last.keyboard) if isinstance(last, Message) else ""


def _yes_of(keyboard: Keyboard) -> str:
    for row in keyboard:
        for button in row:
            data = parse_callback_data(button.callback_data)
            if data is not None and (data.command is CommandName.AGREE or (data.command, data.arguments) in _NO_OF):
                return button.callback_data
            if data is not None and data.command is CommandName.TIMEZONE and _has_keep(keyboard):
                return button.callback_data
    return ""


def _has_keep(keyboard: Keyboard) -> bool:
    data = [parse_callback_data(button.callback_data) for row in keyboard for button in row]
    return any(each is not None and each.command is CommandName.KEEP for each in data)


def answer_request(answer: BareAnswer, event: TextMessage, context: Context) -> Request | None:
    """Return what a bare yes or no does; None if nothing was asked. A yes that comes late has the question repeated."""
    question = context.subscriber.question
    data = None if question is None else parse_callback_data(question.yes)
    if question is None or data is None:
        return None
    if not answer.is_yes:
        command, arguments = _NO_OF.get((data.command, data.arguments), _KEEP)
        return _request(replace(data, command=command, arguments=arguments), event)
    return _request(data if question.is_open(context.now) else _asked_again(data), event)


def _asked_again(data: CallbackData) -> CallbackData:
    if data.command in _ASKED_AGAIN:
        return replace(data, command=_ASKED_AGAIN[data.command])
    return replace(data, arguments="rich" if data.command is CommandName.LAYOUT else "")


def _request(data: CallbackData, event: TextMessage) -> Request:
    return Request(
        origin=event.origin,
        command=data.command,
        arguments=data.arguments,
        target=data.target,
        subscriber_id=data.subscriber_id,
        is_answer=True,
    )
