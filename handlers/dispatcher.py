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

from domain.chat.action import Action, Send, Toast
from domain.chat.callback_data import Line, read_line
from domain.chat.commands import Who
from domain.chat.event import ChatKind, Command, Event, Membership, Migration, Origin, Press, Said
from domain.chat.i18n import language_for
from domain.chat.message import Message
from domain.chat.text import Text
from domain.subscription.preferences import Taste
from domain.subscription.subscriber import Subscriber
from handlers import help_and_fallback, membership
from handlers.context import Context, House
from handlers.input.intents import read_words
from handlers.input.time_zones import guess_zone
from handlers.request import Asked, tell
from handlers.routes import TABLE, Entry
from storage import deliveries, digests, subscribers, updates
from storage.database import Database, Tx
from views.digest_messages import digest_categories

log = structlog.get_logger(__name__)

Rights = Callable[[int, int], Awaitable[bool]]
"""`(chat, person)`: whether the person is an administrator of that group."""


class Answerer:
    """Answers every event. `now` tells the time, `rights` who manages a group (it may ask over the network)."""

    def __init__(self, database: Database, now: Callable[[], datetime], house: House, rights: Rights) -> None:
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
        if isinstance(event, Said) and not event.origin.chat.is_private:
            return []
        entry = _entry(event)
        manages = await self._manages(event.origin, entry)
        async with self._database.write() as tx:
            now = self._now()
            if not await updates.mark(tx, event.origin.update, now=now):
                return []
            match event:
                case Membership():
                    return await membership.membership(tx, event, self._house, now=now)
                case Migration():
                    await subscribers.move(tx, event.origin.chat.id, event.new_chat)
                    return []
                case Command() | Said() | Press():
                    context = await self._context(tx, event.origin, now)
                    return await _handle(event, entry, context, manages=manages)

    async def _manages(self, origin: Origin, entry: Entry | None) -> bool:
        """Whether they may change what the chat has set, and in a channel press at all: whatever is shown there, all
        its readers see. Asked before the transaction: it may take a while.
        """
        if origin.chat.is_private or entry is None:
            return True
        if entry.who is not Who.MANAGER and origin.chat.kind is not ChatKind.CHANNEL:
            return True
        return await self._rights(origin.chat.id, origin.person.id)

    async def _context(self, tx: Tx, origin: Origin, now: datetime) -> Context:
        subscriber = await self._subscriber(tx, origin, now)
        say = self._house.texts.say(subscriber.taste.language)
        return Context(tx, now, self._house, subscriber, say, admin=origin.person.id in self._house.admins)

    async def _subscriber(self, tx: Tx, origin: Origin, now: datetime) -> Subscriber:
        """The chat's row, made when it speaks for the first time. Its language follows the app until it is chosen."""
        tag = origin.person.language
        language = language_for(tag) if tag else self._house.language
        found = await subscribers.find(tx, origin.chat.id)
        if found is None:
            morning = replace(self._house.morning, zone=guess_zone(tag, self._house.morning.zone))
            return await subscribers.add(tx, origin.chat, (morning, Taste(language=language)), now=now)
        await subscribers.saw(tx, found.id, now=now)
        if found.language_chosen or not found.chat.is_private or not tag or language == found.taste.language:
            return found
        taste = replace(found.taste, language=language)
        await subscribers.set_taste(tx, found.id, taste)
        return replace(found, taste=taste)

    def _sorry(self, event: Event) -> list[Action]:
        """An apology, in the app's language: the database may be what failed."""
        if isinstance(event, Membership | Migration):
            return []
        language = language_for(event.origin.person.language) if event.origin.person.language else self._house.language
        say = self._house.texts.say(language)
        sorry = say("Sorry, something went wrong on my side. Please try again in a moment.")
        if isinstance(event, Press):
            return [Toast(event.press, sorry, alert=True)]
        return [Send(event.origin.chat.id, Message(Text(sorry)), topic=event.origin.chat.topic)]


async def _handle(
    event: Command | Said | Press, entry: Entry | None, context: Context, *, manages: bool
) -> list[Action]:
    """Answer what was asked, if they may."""
    match event:
        case Press():
            return await _pressed(event, entry, context, manages=manages)
        case Command():
            asked = Asked(
                event.origin, event.name, event.arguments.strip(), said=event.said, replies_to=event.replies_to
            )
            return await _typed(asked, entry, context, manages=manages)
        case Said():
            line = await _meant(event, context)
            asked = Asked(
                event.origin, line.name if line else "", line.arguments if line else "", said=Text(event.text)
            )
            return await (TABLE[asked.name].handler if line else help_and_fallback.puzzled)(asked, context)


async def _typed(asked: Asked, entry: Entry | None, context: Context, *, manages: bool) -> list[Action]:
    refused = _refusal(asked, entry, context, manages=manages)
    if entry is not None and refused is None:
        return await entry.handler(asked, context)
    if not asked.origin.chat.is_private:  # somebody else's command, or none of theirs
        return tell(asked, refused) if refused else []
    return await help_and_fallback.puzzled(asked, context)


async def _pressed(press: Press, entry: Entry | None, context: Context, *, manages: bool) -> list[Action]:
    """A press: first of all it may prove that something arrived."""
    line = read_line(press.data)
    asked = Asked(press.origin, "", press=press)
    if line is None or entry is None:
        return tell(asked, context.say("This button no longer works."))
    if line.body is not None:
        await deliveries.settle(context.tx, line.body, press.origin.chat.id, press.message, now=context.now)
    asked = replace(asked, name=line.name, arguments=line.arguments, place=line.place)
    refused = _refusal(asked, entry, context, manages=manages)
    return await entry.handler(asked, context) if refused is None else tell(asked, refused)


def _refusal(asked: Asked, entry: Entry | None, context: Context, *, manages: bool) -> str | None:
    """Why they may not have it; None if they may. What only admins can do is not even told to exist."""
    if entry is None:
        return ""
    if entry.who is Who.ADMIN and not context.admin:
        log.warning("admin action refused", action=asked.name, person=asked.origin.person.id, chat=asked.origin.chat.id)
        return context.say("This button no longer works.") if asked.press else ""
    if manages:
        return None
    if asked.origin.chat.kind is ChatKind.CHANNEL:
        return context.say("Only this channel's administrators can do that.")
    return context.say("Only this group's administrators can do that.")


async def _meant(said: Said, context: Context) -> Line | None:
    """What plain words mean, the newest edition's categories being known."""
    newest = await digests.newest(context.tx, now=context.now)
    categories = digest_categories(newest) if newest is not None else ()
    today = context.now.astimezone(ZoneInfo(context.subscriber.schedule.zone)).date()
    return read_words(said.text, categories, context.house.atlas, context.now, today)


def _entry(event: Event) -> Entry | None:
    """What the event asks for, as far as it names it."""
    match event:
        case Command():
            entry = TABLE.get(event.name)
            return entry if entry is not None and entry.typed else None
        case Press():
            line = read_line(event.data)
            return TABLE.get(line.name) if line is not None else None
        case _:
            return None


def _with_toast(event: Event, actions: list[Action]) -> list[Action]:
    """Every press gets exactly one answer, if only an empty one: else its button spins on."""
    if isinstance(event, Press) and not any(isinstance(action, Toast) for action in actions):
        return [Toast(event.press), *actions]
    return actions


def _log_failure(event: Event, error: Exception) -> None:
    """What failed and where; not the exception's own words, which may quote a person's."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    origin = event.origin
    log.error(
        "answer failed",
        kind=type(event).__name__,
        update=origin.update,
        chat=origin.chat.id,
        error=type(error).__name__,
        where=where,
    )
