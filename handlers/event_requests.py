"""Turn what a person did into a request: a typed command, a press, or a text that means something."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import replace

from domain.chat.callback_data import parse_callback_data
from domain.chat.commands import CommandName
from domain.chat.event import ButtonPress, Command, TextMessage
from domain.chat.frozen_message import FrozenMessage
from domain.chat.roles import Role
from domain.chat.start_payload import READING_COMMANDS, parse_start_payload
from domain.chat.text import display_width
from domain.edition_day import EditionDay
from domain.subscription.calendar import EVERY_DAY
from domain.subscription.subscriber import OpenSetup, SetupQuestion
from handlers.context import Context
from handlers.input import reader
from handlers.input.answers import read_answer
from handlers.input.intents import EVERY_DAY_ARGUMENT, Intent, keyword_command, parse_intent
from handlers.input.sent_digests import is_digest_file, looks_like_digest
from handlers.input.slot_wishes import may_name_slot, named_slot, parse_slot_intent
from handlers.input.times import parse_time
from handlers.request import Request
from handlers.routes import TYPED_COMMANDS
from handlers.search import search_intent
from handlers.settings import ZONE_SEPARATOR
from handlers.subscription_changes import newsletter_slots
from handlers.typed_answers import answer_request
from storage import broadcasts, digests, drafts
from views.dates import format_time
from views.digest_messages import digest_categories


def command_request(event: Command) -> Request:
    """Return what a typed command asks for; `/start` with an item or a day opens that."""
    opened = parse_start_payload(event.arguments.strip()) if event.name == CommandName.START else None
    if opened is not None and event.origin.chat.is_private:
        return Request(origin=event.origin, command=opened.command, arguments=opened.arguments, is_deep_link=True)
    return Request(
        origin=event.origin,
        command=CommandName(event.name) if event.name in TYPED_COMMANDS else _unlisted_command(event),
        arguments=event.arguments.strip(),
        styled_arguments=event.styled_arguments,
        message_id=event.message_id,
        reply_to_message_id=event.reply_to_message_id,
        reply_to_content=event.reply_to_content,
        person_id=event.reply_to_person_id,
    )


def _unlisted_command(event: Command) -> CommandName | None:
    """Return what a word means that works without its slash, such as `/unsubscribe`; in a group it may be another's."""
    is_word = event.origin.chat.is_private and not event.arguments.strip()
    return keyword_command(event.name) if is_word and event.name not in set(CommandName) else None


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


MAX_REQUEST_WIDTH = 14
"""Width of a text, in columns, from which on an admin may mean it for all, whatever it is understood as."""

MAX_PROPOSAL_WIDTH = 8
"""The same of a wish that would have to be confirmed, such as a pause: nothing has happened by it yet."""

_TO_ALL = re.compile(r"大家|各位|诸位|諸位|\b(?:everybody|everyone|all of you|you all)\b", re.IGNORECASE)
"""Words that address all subscribers, and never the bot."""


async def text_request(event: TextMessage, context: Context) -> Request:
    """Return the request that a message means, perhaps a search for its words; without a command if it means nothing.

    A message of an admin that means nothing else may be a broadcast, or answer a question about one.
    A contact that an owner shares is a person to get a role. A shared place asks for its time zone.
    """
    if event.contact_id is not None and context.may(Role.OWNER):
        return Request(origin=event.origin, command=CommandName.ROLES, person_id=event.contact_id)
    answer = read_answer(event.text)
    if answer is not None and (answering := answer_request(answer, event, context)) is not None:
        return answering
    if (about_chat := await _setup_answer(event, context)) is not None:
        return about_chat
    content = event.content if context.may(Role.ADMIN) else None
    if (draft := await _draft_request(event, content, context)) is not None:
        return draft
    if content is not None and await broadcasts.awaits_text(context.tx, event.origin.user.id):
        return replace(_broadcast_request(event, content), is_answer=True)
    newest = await context.editions.newest()
    categories = digest_categories(newest) if newest is not None else ()
    if event.location is not None:
        zones = await asyncio.to_thread(context.services.time_zones.at, event.location)
        intent: Intent | None = Intent(CommandName.PLACE, ZONE_SEPARATOR.join(zones))
    else:
        if not reader.is_prepared():
            await asyncio.to_thread(reader.prepare)
        intent = await _slot_intent(event.text, categories, context)
        intent = intent or parse_intent(event.text, categories, context.services.time_zones, context.now, context.today)
        if answer is not None and not answer.is_polite and _is_small_talk(intent):
            intent = Intent(CommandName.TALK, "answer")
        intent = _for_subscriber(intent, context) or await search_intent(event.text, context)
    setup = _open_setup(context)
    if setup is not None and intent is not None and intent.command in _SETUP_COMMANDS:
        return _for_chat(event, intent.command, intent.arguments, setup.subscriber_id)
    if content is not None and intent is None:
        return _broadcast_request(event, content)
    return Request(
        origin=event.origin,
        command=intent.command if intent else None,
        arguments=intent.arguments if intent else "",
        has_text=bool(event.text),
        content=content if intent is not None and _may_be_meant_for_all(event, intent.command) else None,
    )


def _for_subscriber(intent: Intent | None, context: Context) -> Intent | None:
    """Return what a text means to somebody who has the digest on some days or of some categories only, or in full."""
    if intent is None or _open_setup(context) is not None:
        return intent
    subscriber = context.subscriber
    what, _, value = intent.arguments.partition(" ")
    if intent == Intent(CommandName.START, EVERY_DAY_ARGUMENT):
        is_on_fewer_days = subscriber.active and subscriber.schedule.weekdays != EVERY_DAY
        return Intent(CommandName.PROPOSE, f"weekdays {EVERY_DAY}") if is_on_fewer_days else Intent(CommandName.START)
    if intent.command is CommandName.PROPOSE and subscriber.preferences.categories is None:
        return {
            "all_categories": Intent(CommandName.CATEGORIES),
            "also": Intent(CommandName.CATEGORY, value),
        }.get(what, intent)
    return intent


def _is_small_talk(intent: Intent | None) -> bool:
    """Return whether a bare yes or no was understood as a word of thanks or praise, or as nothing."""
    return intent is None or intent.command is CommandName.TALK


_SETUP_COMMANDS = frozenset(
    {
        CommandName.TIME,
        CommandName.TIMEZONE,
        CommandName.PLACE,
        CommandName.PROPOSE,
        CommandName.SLOT,
        CommandName.LAYOUT,
        CommandName.LANGUAGE,
    }
)
"""What is about the chat whose settings somebody has opened, if they type it then."""


async def _slot_intent(text: str, categories: tuple[str, ...], context: Context) -> Intent | None:
    """Return what a text asks of a slot of the newsletter, which is looked up only for a text that may name one."""
    if not may_name_slot(text):
        return None
    slots = await newsletter_slots(context)
    named = named_slot(text, slots)
    intent = None if named is None else parse_slot_intent(named, slots, context.text_context(categories))
    return intent if intent is None or intent.command not in READING_COMMANDS else await _dated(intent, slots, context)


async def _dated(intent: Intent, slots: Collection[str], context: Context) -> Intent:
    """Return what is asked of a slot's newest edition with the day of that: `evening` is the newest evening edition."""
    slot, _, others = intent.arguments.partition(" ")
    if slot not in slots:
        return intent
    newest = await digests.newest_published(context.tx, now=context.now, slots={slot})
    day = EditionDay.of(context.today, slot) if newest is None or newest.date is None else newest.date
    return replace(intent, arguments=f"{day} {others}".strip())


def _open_setup(context: Context) -> OpenSetup | None:
    """Return the chat whose settings the person has opened and may be typing about."""
    setup = context.subscriber.setup
    return setup if setup is not None and setup.is_open(context.now) else None


async def _setup_answer(event: TextMessage, context: Context) -> Request | None:
    """Return what a text answers that the screen of another chat's setting asks for; None if it answers nothing."""
    setup, text = _open_setup(context), event.text.strip()
    if setup is None or not text:
        return None
    chat = setup.subscriber_id
    match setup.question:
        case SetupQuestion.SIGNATURE:
            return _for_chat(event, CommandName.SIGNATURE, text, chat)
        case SetupQuestion.TIME if (minute := parse_time(text)) is not None:
            return _for_chat(event, CommandName.PROPOSE, f"time {format_time(minute)}", chat)
        case SetupQuestion.ZONE:
            lookup = await asyncio.to_thread(context.services.time_zones.find, text, context.now)
            if lookup.zone is not None or lookup.candidates:
                return _for_chat(event, CommandName.PLACE, text, chat)
    return None


def _for_chat(event: TextMessage, command: CommandName, arguments: str, subscriber_id: int) -> Request:
    return Request(origin=event.origin, command=command, arguments=arguments, subscriber_id=subscriber_id)


async def _draft_request(event: TextMessage, content: FrozenMessage | None, context: Context) -> Request | None:
    """Return the request of an editor who sends a digest, or the time that they were asked for; else None.

    An admin may mean a file or a text for all as well, and sends other kinds of files only for that.
    """
    if not context.may(Role.EDITOR):
        return None
    origin, document = event.origin, event.document
    if document is not None and (is_digest_file(document) or content is None):
        return Request(
            origin=origin,
            command=CommandName.DRAFT,
            document=document,
            content=content,
            message_id=event.message_id,
        )
    if looks_like_digest(event.text):
        return Request(
            origin=origin,
            command=CommandName.DRAFT,
            pasted=event.text,
            content=content,
            message_id=event.message_id,
        )
    if event.text and await drafts.asked(context.tx, origin.user.id, now=context.now) is not None:
        return Request(origin=origin, command=CommandName.DRAFT, arguments=event.text)
    return None


def _may_be_meant_for_all(event: TextMessage, command: CommandName) -> bool:
    """Return whether a message that is understood as a request may be a broadcast nevertheless."""
    if event.location is not None or command is CommandName.SEARCH or _TO_ALL.search(event.text):
        return True
    most = MAX_PROPOSAL_WIDTH if command is CommandName.PROPOSE else MAX_REQUEST_WIDTH
    return display_width(event.text) > most


def _broadcast_request(event: TextMessage, content: FrozenMessage) -> Request:
    return Request(origin=event.origin, command=CommandName.BROADCAST, content=content, message_id=event.message_id)
