"""The dispatcher: answers each event with the actions of its handler.

    event → request (command and arguments) → permission → read or write transaction, handler → actions

Handlers that only read run in a read transaction, so they do not wait for writers; afterwards a short write transaction
marks the update as processed. For the others the mark commits together with the effect. Either way an update that
comes again has no second effect and no second answer. Every failure is logged without anybody's words and answered
with an apology.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog

from domain.chat.action import Action, CallbackAnswer, Send, SendEphemeral, in_order
from domain.chat.commands import CommandName, Permission
from domain.chat.event import (
    BotMembership,
    ButtonPress,
    Chat,
    ChatKind,
    ChatMigration,
    Command,
    EditedMessage,
    Event,
    InlineQuery,
    Origin,
    TextMessage,
    TopicChange,
    User,
)
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.chat.roles import Role
from domain.chat.text import Text
from domain.subscription.subscriber import Subscriber
from handlers import access, draft_reading, drafts, edited_messages, forum_topics, membership
from handlers.charts import with_pictures
from handlers.context import Context, OpenedItems, PublishedEditions, Services
from handlers.event_requests import command_request, press_request, text_request
from handlers.inline import answer_inline_query
from handlers.input.sent_digests import SentDigests
from handlers.input.topic_links import parse_topic_link
from handlers.items import search_of
from handlers.request import Request
from handlers.request_handling import handle, handle_for_chat, is_read_only, needs_rights, opens_privately
from handlers.routes import ROUTES
from handlers.search import find_anonymous_search
from handlers.typed_answers import find_question
from storage import (
    admissions,
    chat_administrators,
    correction_runs,
    deliveries,
    item_reads,
    roles,
    subscribers,
    updates,
)
from storage.database import Database, Tx
from views.my_chats import GENERAL
from views.refusals import too_many_requests

log = structlog.get_logger(__name__)

_LOGGED_FRAMES = 8
"""Innermost frames of the traceback that are logged."""


class IsChatAdministrator(Protocol):
    """Tells whether a user is an administrator of a group or channel; may ask over the network."""

    def __call__(self, chat_id: int, user_id: int, /) -> Awaitable[bool]: ...


class Dispatcher:
    """Answers every event, one call per event.

    Calls `on_effect` after each event that may have changed what is due; a handler that only reads has not.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        services: Services,
        is_chat_administrator: IsChatAdministrator,
        *,
        on_effect: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._now = now
        self._services = services
        self._is_chat_administrator = is_chat_administrator
        self._on_effect = on_effect

    async def __call__(self, event: Event) -> list[Action]:
        try:
            actions = await with_pictures(await self._answer(event), self._services.draw_chart)
            return _with_callback_answer(event, actions)
        except Exception as error:  # noqa: BLE001 - the outermost loop: whatever fails, the person gets an answer
            _log_failure(event, error)
            return self._apologize(event)

    async def answer_flood(self, event: Event) -> list[Action]:
        """Say, in the chat's language, that some of what was sent gets no answer. The event has no effect."""
        return _notice(event, too_many_requests(await self._translator(event.origin)))

    async def _translator(self, origin: Origin) -> Translator:
        """Return the translator of a chat, or of the user's app if the chat is unknown or the database fails."""
        language = self._services.language_of(origin.user)
        try:
            async with self._database.read() as tx:
                if (subscriber := await subscribers.get(tx, origin.chat.id)) is not None:
                    language = self._with_app_language(subscriber, origin.user).preferences.language
        except Exception as error:  # noqa: BLE001 - the notice is worth more than its language
            log.warning("chat_language_unknown", chat=origin.chat.id, error=type(error).__name__)
        return self._services.translations.translator(language)

    async def _answer(self, event: Event) -> list[Action]:
        match event:
            case BotMembership() | ChatMigration() | TopicChange():
                return await self._update_chat(event)
            case InlineQuery():  # it has no effect, so a repeated one needs no mark
                async with self._database.read() as tx:
                    return await answer_inline_query(tx, event, self._services, self._now())
            case TextMessage():
                return await self._answer_text(event) if event.origin.chat.is_private else []
            case EditedMessage():
                return await self._answer_edit(event)
            case Command():
                return await self._answer_request(command_request(event))
            case ButtonPress():
                request = press_request(event)
                if request.subscriber_id is not None:
                    return await self._answer_for_chat(request, request.subscriber_id)
                return await self._answer_request(request)

    async def _update_chat(self, event: BotMembership | ChatMigration | TopicChange) -> list[Action]:
        actions: list[Action] = []
        async with self._database.write() as tx:
            now = self._now()
            if not await updates.mark_processed(tx, event.origin.update_id, now=now):
                return []
            if isinstance(event, BotMembership):
                actions = await membership.update_membership(tx, event, self._services, now=now)
            elif isinstance(event, TopicChange):
                actions = await forum_topics.update_topic(tx, event, self._services)
            else:
                await subscribers.migrate_chat(tx, event.origin.chat.id, event.new_chat_id)
            await _end_questions_of_others(tx, event.origin.chat, actions)
        if not isinstance(event, TopicChange):
            self._on_effect()
        return actions

    async def _answer_text(self, event: TextMessage) -> list[Action]:
        """Answer plain text in a private chat. What it means depends on the categories of the newest edition."""
        actions = None
        if (forum_request := await self._topic_request(event)) is not None:
            return await self._answer_for_chat(forum_request, forum_request.subscriber_id or 0)
        async with self._database.read() as tx:
            context = await self._read_context(tx, event.origin)
            request = await text_request(event, context)
            if request.subscriber_id is None and is_read_only(request):
                actions = await handle(request, context, has_rights=True)
        if request.subscriber_id is not None:
            return await self._answer_for_chat(request, request.subscriber_id)
        return await self._commit(request, actions, has_rights=True)

    async def _answer_edit(self, event: EditedMessage) -> list[Action]:
        """Answer the edit of what is or was a draft of a broadcast or of an edition; no other edit has an effect."""
        async with self._database.read() as tx:
            context = await self._read_context(tx, event.origin)
            concerns_broadcast = await edited_messages.concerns_broadcast(event, context)
            request = await drafts.edited_request(event, context)
        if request is None and not concerns_broadcast:
            return []
        sent = None if request is None else await self._sent_digests(request)
        read = self._services.read_star_balance
        star_balance = await read() if concerns_broadcast and read is not None else None
        async with self._database.write() as tx:
            now = self._now()
            if not await updates.mark_processed(tx, event.origin.update_id, now=now):
                return []
            subscriber = await self._save_contact(tx, event.origin, now)
            context = await self._context(tx, now, event.origin, subscriber)
            context = replace(context, sent_digests=sent, star_balance=star_balance)
            actions = await edited_messages.follow(event, context) if concerns_broadcast else []
            if request is not None and context.may(Role.EDITOR):
                actions += await drafts.follow_edit(request, context)
            await _note_question(tx, subscriber, actions, now)
        self._on_effect()
        return actions

    async def _topic_request(self, event: TextMessage) -> Request | None:
        """Return the request to let the digest come in a topic, if the text is a link to one of a known forum."""
        link = parse_topic_link(event.text)
        if link is None:
            return None
        async with self._database.read() as tx:
            forum = await subscribers.get(tx, link.chat_id)
        topic = GENERAL if link.topic_id is None else str(link.topic_id)
        if forum is None:
            return None
        return Request(origin=event.origin, command=CommandName.TOPIC, arguments=topic, subscriber_id=forum.id)

    async def _answer_request(self, request: Request) -> list[Action]:
        has_rights, actions = await self._has_rights(request), None
        if opens_privately(request) and request.origin.chat.kind is not ChatKind.CHANNEL:
            request = replace(request, is_ephemeral=await self._services.sends_ephemeral_messages())
        opened: Sequence[OpenedItems] = ()
        if is_read_only(request):
            async with self._database.read() as tx:
                context = await self._read_context(tx, request.origin)
                actions, opened = await handle(request, context, has_rights=has_rights), context.opened
        return await self._commit(request, actions, has_rights=has_rights, opened=opened)

    async def _commit(
        self,
        request: Request,
        actions: list[Action] | None,
        *,
        has_rights: bool,
        opened: Sequence[OpenedItems] = (),
    ) -> list[Action]:
        """Mark the update as processed and, in the same transaction, run the handler if it has not run yet.

        The items that were `opened` are counted there too, so that a repeated update counts once.
        Returns no actions for an update that was processed before.
        """
        origin = request.origin
        star_balance, sent = await self._star_balance(request), await self._sent_digests(request)
        async with self._database.write() as tx:
            now = self._now()
            if not await updates.mark_processed(tx, origin.update_id, now=now):
                return []
            if request.command is not None and not ROUTES[request.command].stores_contact:
                subscriber = (await self._read_context(tx, origin)).subscriber
            else:
                subscriber = await self._save_contact(tx, origin, now)
            if has_rights and needs_rights(request):
                await chat_administrators.add(tx, subscriber.id, origin.user.id)
            if request.payload_id is not None and request.press is not None:  # the press proves that it has arrived
                message_id = request.press.message_id
                if await deliveries.settle(tx, request.payload_id, origin.chat.id, message_id, now=now):
                    await correction_runs.note_confirmed(tx, request.payload_id, now=now)
            for one in opened:
                await item_reads.add(tx, one.day, one.items)
            if actions is not None:
                await _note_question(tx, subscriber, actions, now)
                return actions
            context = replace(await self._context(tx, now, origin, subscriber), star_balance=star_balance)
            context = replace(context, sent_digests=sent)
            actions = await handle(request, context, has_rights=has_rights)
            await _note_question(tx, subscriber, actions, now)
        self._on_effect()
        return actions

    async def _answer_for_chat(self, request: Request, subscriber_id: int) -> list[Action]:
        """Answer what is said in private about a group or channel, by whoever administers that one now."""
        async with self._database.read() as tx:
            chat = await subscribers.get_by_id(tx, subscriber_id)
        user, has_rights = request.origin.user, False
        if chat is not None and not chat.chat.is_private and request.origin.chat.is_private:
            has_rights = await self._is_chat_administrator(chat.chat.id, user.id)
        async with self._database.write() as tx:
            now = self._now()
            if not await updates.mark_processed(tx, request.origin.update_id, now=now):
                return []
            own = await self._save_contact(tx, request.origin, now)
            context = await self._context(tx, now, request.origin, own)
            actions = await handle_for_chat(request, context, subscriber_id, has_rights=has_rights)
            await _note_question(tx, own, actions, now)
        self._on_effect()
        return actions

    async def _star_balance(self, request: Request) -> int | None:
        """Return the bot's Stars if the answer to a bot admin shows them. Asked outside of transactions, as rights."""
        read = self._services.read_star_balance
        shows = None if request.command is None else ROUTES[request.command].shows_star_balance
        if read is None or shows is None or not shows(request):
            return None
        async with self._database.read() as tx:
            role = await roles.get(tx, request.origin.user.id, owners=self._services.owners)
        return await read() if role is not None and role.includes(Role.ADMIN) else None

    async def _sent_digests(self, request: Request) -> SentDigests | None:
        """Read and render what an editor sent as a digest, or pressed; outside of transactions: it takes its time."""
        if request.command is not CommandName.DRAFT:
            return None
        async with self._database.read() as tx:
            unread = await draft_reading.find_unread(request, await self._read_context(tx, request.origin))
        if unread is None:
            return None
        sent = await draft_reading.read(unread, self._services)
        async with self._database.read() as tx:
            view = await draft_reading.find_view(sent, request, await self._read_context(tx, request.origin))
        if view is None:
            return sent
        render = partial(draft_reading.render_preview, sent.digests[0], *view, self._services)
        return replace(sent, preview=await asyncio.to_thread(render))

    async def _has_rights(self, request: Request) -> bool:
        """Return whether the user has the rights in the chat that the command needs.

        In a channel every press needs them whose answer all readers would see, so a vote does not. In a group the
        results of an anonymous administrator's search need them, too. Asked outside of transactions: the answer may
        come over the network.
        """
        chat = request.origin.chat
        if chat.is_private or request.command is None:
            return True
        is_open = ROUTES[request.command].permission is not Permission.CHAT_ADMINISTRATOR and (
            chat.kind is not ChatKind.CHANNEL or opens_privately(request) or request.command is CommandName.VOTE
        )
        if is_open and not await self._is_of_anonymous_search(request):
            return True
        return await self._is_chat_administrator(chat.id, request.origin.user.id)

    async def _is_of_anonymous_search(self, request: Request) -> bool:
        search_id = search_of(request)
        if search_id is None:
            return False
        async with self._database.read() as tx:
            return await find_anonymous_search(tx, request, search_id) is not None

    async def _read_context(self, tx: Tx, origin: Origin) -> Context:
        """Return the context for a read transaction; a chat without a row is stored by `_save_contact` afterwards."""
        subscriber = await subscribers.get(tx, origin.chat.id)
        if subscriber is None:
            schedule, preferences = self._services.initial_settings(origin.user, origin.chat.kind)
            subscriber = Subscriber(id=0, chat=origin.chat, schedule=schedule, preferences=preferences)
        return await self._context(tx, self._now(), origin, self._with_app_language(subscriber, origin.user))

    async def _save_contact(self, tx: Tx, origin: Origin, now: datetime) -> Subscriber:
        """Store that the chat has been heard from, and return its subscriber: a new one on the first contact."""
        stored = await subscribers.get(tx, origin.chat.id)
        if stored is None:
            settings = self._services.initial_settings(origin.user, origin.chat.kind)
            return await subscribers.add(tx, origin.chat, settings, now=now)
        await subscribers.touch_last_seen(tx, stored.id, now=now)
        if not origin.chat.is_private and origin.chat.title not in ("", stored.chat.title):
            await subscribers.set_title(tx, stored.id, origin.chat.title)
        subscriber = self._with_app_language(stored, origin.user)
        if subscriber is not stored:
            await subscribers.set_preferences(tx, stored.id, subscriber.preferences)
        return subscriber

    def _with_app_language(self, subscriber: Subscriber, user: User) -> Subscriber:
        """Return the subscriber with the language of the user's app, unless they have chosen one themselves."""
        language = self._services.language_of(user)
        if subscriber.language_chosen or not subscriber.chat.is_private or not user.language:
            return subscriber
        if language == subscriber.preferences.language:
            return subscriber
        return replace(subscriber, preferences=replace(subscriber.preferences, language=language))

    async def _context(self, tx: Tx, now: datetime, origin: Origin, subscriber: Subscriber) -> Context:
        policy, role = await admissions.policy_and_role(
            tx, origin.user.id, default=self._services.admission_policy, owners=self._services.owners
        )
        is_admitted = await access.is_admitted(tx, policy, role, chat_id=origin.chat.id, user_id=origin.user.id)
        return Context(
            tx=tx,
            now=now,
            services=self._services,
            subscriber=subscriber,
            translate=self._services.translations.translator(subscriber.preferences.language),
            role=role,
            admission_policy=policy,
            is_admitted=is_admitted,
            editions=PublishedEditions(tx, now, subscriber.id, subscriber.preferences.language),
            user_id=origin.user.id,
        )

    def _apologize(self, event: Event) -> list[Action]:
        """Apologize in the language of the app: the database may be what failed."""
        translate = self._services.translations.translator(self._services.language_of(event.origin.user))
        return _notice(event, translate("Sorry, something went wrong on my side. Please try again in a moment."))


async def _note_question(tx: Tx, subscriber: Subscriber, actions: Sequence[Action], now: datetime) -> None:
    """Remember what a person is asked now, to be answered in words; what they were asked before is over."""
    chat = subscriber.chat
    question = find_question(actions, chat.id) if chat.is_private else ""
    if question or subscriber.question is not None:
        await subscribers.set_question(tx, subscriber.id, question, now=now)
    await _end_questions_of_others(tx, chat, actions)


async def _end_questions_of_others(tx: Tx, chat: Chat, actions: Iterable[Action]) -> None:
    """End what was asked in other chats that are sent a message with buttons: a yes may be meant for that one."""
    sent = [action for action in in_order(actions) if isinstance(action, Send) and action.message.keyboard]
    for chat_id in {action.chat_id for action in sent} - {chat.id}:
        await subscribers.end_question(tx, chat_id)


def _notice(event: Event, text: str) -> list[Action]:
    """Return a short text as the answer to what a person did."""
    match event:
        case BotMembership() | ChatMigration() | InlineQuery():
            return []
        case ButtonPress():
            return [CallbackAnswer(event.callback_query_id, text, show_alert=True)]
        case _:
            return [Send(event.origin.chat.id, Message(Text(text)), topic_id=event.origin.chat.topic_id)]


def _with_callback_answer(event: Event, actions: list[Action]) -> list[Action]:
    """Give every press exactly one callback answer, if only an empty one: without it the button keeps spinning."""
    answers = CallbackAnswer | SendEphemeral
    if isinstance(event, ButtonPress) and not any(isinstance(action, answers) for action in actions):
        return [CallbackAnswer(event.callback_query_id), *actions]
    return actions


def _log_failure(event: Event, error: Exception) -> None:
    """Log what failed and where. The exception's message is left out: it may quote a person's words."""
    frames = traceback.extract_tb(error.__traceback__)[-_LOGGED_FRAMES:]
    log.error(
        "handler_failed",
        kind=type(event).__name__,
        update=event.origin.update_id,
        chat=event.origin.chat.id,
        error=type(error).__name__,
        where=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
