"""The conversation's front door: an Event in, the Actions that answer it out.

    event -> asked (a command line, typed, pressed or meant) -> may they? -> one transaction: mark, handler -> actions

An update's mark commits with its effect, so that an update that comes again has no second one. Whatever goes wrong is
logged without anybody's words, and answered with an apology: a person never sees an exception.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from domain.chat.action import Action, CallbackAnswer, Send
from domain.chat.callback_data import parse_callback_data
from domain.chat.commands import Permission
from domain.chat.event import BotMembership, ButtonPress, ChatKind, ChatMigration, Command, Event, Origin, TextMessage
from domain.chat.i18n import language_for
from domain.chat.message import Message
from domain.chat.text import Text
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import Subscriber
from handlers import help_and_fallback, membership
from handlers.context import Context, Services
from handlers.input.intents import Intent, parse_intent
from handlers.input.time_zones import guess_zone
from handlers.request import Request, reply_text
from handlers.routes import ROUTES, Route
from storage import deliveries, digests, subscribers, updates
from storage.database import Database, Tx
from views.digest_messages import digest_categories

log = structlog.get_logger(__name__)

IsChatAdministrator = Callable[[int, int], Awaitable[bool]]
"""`(chat, person)`: whether the person is an administrator of that group."""


class Dispatcher:
    """Answers every event. `now` tells the time, `rights` who manages a group (it may ask over the network)."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], house: Services, rights: IsChatAdministrator
    ) -> None:
        self._database = database
        self._now = now
        self._house = house
        self._rights = rights

    async def __call__(self, event: Event) -> list[Action]:
        try:
            return _with_toast(event, await self._answer(event))
        except Exception as error:  # noqa: BLE001 - the one place where nobody may be left without an answer
            _log_failure(event, error)
            return self._sorry(event)

    async def _answer(self, event: Event) -> list[Action]:
        if isinstance(event, TextMessage) and not event.origin.chat.is_private:
            return []
        entry = _entry(event)
        manages = await self._manages(event.origin, entry)
        async with self._database.write() as tx:
            now = self._now()
            if not await updates.mark_processed(tx, event.origin.update_id, now=now):
                return []
            match event:
                case BotMembership():
                    return await membership.membership(tx, event, self._house, now=now)
                case ChatMigration():
                    await subscribers.migrate_chat(tx, event.origin.chat.id, event.new_chat_id)
                    return []
                case Command() | TextMessage() | ButtonPress():
                    context = await self._context(tx, event.origin, now)
                    return await _handle(event, entry, context, manages=manages)

    async def _manages(self, origin: Origin, entry: Route | None) -> bool:
        """Whether they may change what the chat has set, and in a channel press at all: whatever is shown there, all
        its readers see. Asked before the transaction: it may take a while.
        """
        if origin.chat.is_private or entry is None:
            return True
        if entry.permission is not Permission.CHAT_ADMINISTRATOR and origin.chat.kind is not ChatKind.CHANNEL:
            return True
        return await self._rights(origin.chat.id, origin.user.id)

    async def _context(self, tx: Tx, origin: Origin, now: datetime) -> Context:
        subscriber = await self._subscriber(tx, origin, now)
        translate = self._house.translations.translator(subscriber.preferences.language)
        return Context(tx, now, self._house, subscriber, translate, is_bot_admin=origin.user.id in self._house.admins)

    async def _subscriber(self, tx: Tx, origin: Origin, now: datetime) -> Subscriber:
        """The chat's row, made when it speaks for the first time. Its language follows the app until it is chosen."""
        tag = origin.user.language
        language = language_for(tag) if tag else self._house.default_language
        found = await subscribers.get(tx, origin.chat.id)
        if found is None:
            morning = replace(self._house.default_schedule, zone=guess_zone(tag, self._house.default_schedule.zone))
            return await subscribers.add(tx, origin.chat, (morning, ContentPreferences(language=language)), now=now)
        await subscribers.touch_last_seen(tx, found.id, now=now)
        if found.language_chosen or not found.chat.is_private or not tag or language == found.preferences.language:
            return found
        preferences = replace(found.preferences, language=language)
        await subscribers.set_preferences(tx, found.id, preferences)
        return replace(found, preferences=preferences)

    def _sorry(self, event: Event) -> list[Action]:
        """An apology, in the app's language: the database may be what failed."""
        if isinstance(event, BotMembership | ChatMigration):
            return []
        language = (
            language_for(event.origin.user.language) if event.origin.user.language else self._house.default_language
        )
        translate = self._house.translations.translator(language)
        sorry = translate("Sorry, something went wrong on my side. Please try again in a moment.")
        if isinstance(event, ButtonPress):
            return [CallbackAnswer(event.callback_query_id, sorry, show_alert=True)]
        return [Send(event.origin.chat.id, Message(Text(sorry)), topic_id=event.origin.chat.topic_id)]


async def _handle(
    event: Command | TextMessage | ButtonPress, entry: Route | None, context: Context, *, manages: bool
) -> list[Action]:
    """Answer what was asked, if they may."""
    match event:
        case ButtonPress():
            return await _pressed(event, entry, context, manages=manages)
        case Command():
            request = Request(
                event.origin,
                event.name,
                event.arguments.strip(),
                styled_arguments=event.styled_arguments,
                reply_to_message_id=event.reply_to_message_id,
            )
            return await _typed(request, entry, context, manages=manages)
        case TextMessage():
            line = await _meant(event, context)
            request = Request(
                event.origin,
                line.command if line else "",
                line.arguments if line else "",
                styled_arguments=Text(event.text),
            )
            return await (ROUTES[line.command].handler if line else help_and_fallback.fallback)(request, context)


async def _typed(request: Request, entry: Route | None, context: Context, *, manages: bool) -> list[Action]:
    refused = _refusal(request, entry, context, manages=manages)
    if entry is not None and refused is None:
        return await entry.handler(request, context)
    if not request.origin.chat.is_private:  # somebody else's command, or none of theirs
        return reply_text(request, refused) if refused else []
    return await help_and_fallback.fallback(request, context)


async def _pressed(press: ButtonPress, entry: Route | None, context: Context, *, manages: bool) -> list[Action]:
    """A press: first of all it may prove that something arrived."""
    line = parse_callback_data(press.data)
    request = Request(press.origin, "", press=press)
    if line is None or entry is None:
        return reply_text(request, context.translate("This button no longer works."))
    if line.payload_id is not None:
        await deliveries.settle(context.tx, line.payload_id, press.origin.chat.id, press.message_id, now=context.now)
    request = replace(request, name=line.command, arguments=line.arguments, target=line.target)
    refused = _refusal(request, entry, context, manages=manages)
    return await entry.handler(request, context) if refused is None else reply_text(request, refused)


def _refusal(request: Request, entry: Route | None, context: Context, *, manages: bool) -> str | None:
    """Why they may not have it; None if they may. What only admins can do is not even told to exist."""
    if entry is None:
        return ""
    if entry.permission is Permission.BOT_ADMIN and not context.is_bot_admin:
        log.warning(
            "admin action refused", action=request.name, person=request.origin.user.id, chat=request.origin.chat.id
        )
        return context.translate("This button no longer works.") if request.press else ""
    if manages:
        return None
    if request.origin.chat.kind is ChatKind.CHANNEL:
        return context.translate("Only this channel's administrators can do that.")
    return context.translate("Only this group's administrators can do that.")


async def _meant(said: TextMessage, context: Context) -> Intent | None:
    """What plain words mean, the newest edition's categories being known."""
    newest = await digests.newest_published(context.tx, now=context.now)
    categories = digest_categories(newest) if newest is not None else ()
    today = context.now.astimezone(ZoneInfo(context.subscriber.schedule.zone)).date()
    return parse_intent(said.text, categories, context.services.time_zones, context.now, today)


def _entry(event: Event) -> Route | None:
    """What the event asks for, as far as it names it."""
    match event:
        case Command():
            entry = ROUTES.get(event.name)
            return entry if entry is not None and entry.typed else None
        case ButtonPress():
            line = parse_callback_data(event.data)
            return ROUTES.get(line.command) if line is not None else None
        case _:
            return None


def _with_toast(event: Event, actions: list[Action]) -> list[Action]:
    """Every press gets exactly one answer, if only an empty one: else its button spins on."""
    if isinstance(event, ButtonPress) and not any(isinstance(action, CallbackAnswer) for action in actions):
        return [CallbackAnswer(event.callback_query_id), *actions]
    return actions


def _log_failure(event: Event, error: Exception) -> None:
    """What failed and where; not the exception's own words, which may quote a person's."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    origin = event.origin
    log.error(
        "answer failed",
        kind=type(event).__name__,
        update=origin.update_id,
        chat=origin.chat.id,
        error=type(error).__name__,
        where=where,
    )
