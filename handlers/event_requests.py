"""Turn what a person did into a request: a typed command, a press, or a text that means something."""

from __future__ import annotations

from domain.chat.callback_data import parse_callback_data
from domain.chat.commands import CommandName
from domain.chat.event import ButtonPress, Command, TextMessage
from domain.chat.start_payload import parse_start_payload
from handlers.context import Context
from handlers.input.intents import parse_intent
from handlers.request import Request
from handlers.routes import TYPED_COMMANDS
from handlers.search import search_intent
from views.digest_messages import digest_categories


def command_request(event: Command) -> Request:
    """Return what a typed command asks for; `/start` with an item or a day opens that."""
    opened = parse_start_payload(event.arguments.strip()) if event.name == CommandName.START else None
    if opened is not None and event.origin.chat.is_private:
        return Request(origin=event.origin, command=opened.command, arguments=opened.arguments, is_deep_link=True)
    return Request(
        origin=event.origin,
        command=CommandName(event.name) if event.name in TYPED_COMMANDS else None,
        arguments=event.arguments.strip(),
        styled_arguments=event.styled_arguments,
        reply_to_message_id=event.reply_to_message_id,
    )


def press_request(event: ButtonPress) -> Request:
    """Return what a button asks for; no command if its data is none of ours."""
    data = parse_callback_data(event.data)
    if data is None:
        return Request(origin=event.origin, command=None, press=event)
    return Request(
        origin=event.origin,
        command=data.command,
        arguments=data.arguments,
        target=data.target,
        press=event,
        payload_id=data.payload_id,
        subscriber_id=data.subscriber_id,
    )


async def text_request(event: TextMessage, context: Context) -> Request:
    """Return what a text means, be it only the words of a search; no command if it means nothing."""
    newest = await context.editions.newest()
    categories = digest_categories(newest) if newest is not None else ()
    intent = parse_intent(event.text, categories, context.services.time_zones, context.now, context.today)
    intent = intent or await search_intent(event.text, context)
    return Request(
        origin=event.origin,
        command=intent.command if intent else None,
        arguments=intent.arguments if intent else "",
        has_text=bool(event.text),
    )
