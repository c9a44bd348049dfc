"""The bot joins or leaves a chat: who stays subscribed, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from domain.chat.action import Action, Send
from domain.chat.event import BotMembership
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.subscription.subscriber import BY_HAND, LeftReason, Subscriber
from handlers import access
from handlers.context import Services
from storage import admissions, bots, chat_administrators, roles, subscribers
from storage.database import Tx
from views.access import closed_message
from views.my_chats import added_message, removed_message, silenced_message
from views.onboarding import greeting


async def update_membership(tx: Tx, event: BotMembership, services: Services, *, now: datetime) -> list[Action]:
    """Deactivate a chat that removed or blocked the bot, keeping its settings; greet whoever let it into a group."""
    chat = event.origin.chat
    subscriber = await subscribers.get(tx, chat.id)
    if not event.is_member:
        return await _leave(tx, event, subscriber, services, now=now)
    if chat.is_private:
        return []
    if subscriber is not None and subscriber.left_reason is not LeftReason.REMOVED:
        if event.may_post:
            return []
        return await _tell_administrators(tx, event, subscriber, services, silenced_message)
    if subscriber is None:
        subscriber = await subscribers.add(tx, chat, services.initial_settings(event.origin.user, chat.kind), now=now)
    return await _greet(tx, event, subscriber, services)


async def _leave(
    tx: Tx, event: BotMembership, subscriber: Subscriber | None, services: Services, *, now: datetime
) -> list[Action]:
    chat = event.origin.chat
    if subscriber is None:
        return []
    if chat.is_private:
        if subscriber.active:
            await subscribers.deactivate(tx, subscriber.id, LeftReason.BLOCKED, now=now)
        return []
    was_there = subscriber.left_reason in (None, *BY_HAND)  # else a delivery has found that it is gone
    if subscriber.left_reason is not LeftReason.REMOVED:
        await subscribers.deactivate(tx, subscriber.id, LeftReason.REMOVED, now=now)
    if not was_there:
        return []
    return await _tell_administrators(tx, event, subscriber, services, removed_message)


async def _greet(tx: Tx, event: BotMembership, subscriber: Subscriber, services: Services) -> list[Action]:
    """Tell whoever let the bot in where to set it up: in private, so that nothing appears in the chat.

    Whoever has no private chat with the bot finds the way there in the group.
    """
    chat, user = event.origin.chat, event.origin.user
    await chat_administrators.add(tx, subscriber.id, user.id)
    await subscribers.set_title(tx, subscriber.id, chat.title)
    own = await chat_administrators.reachable_chat(tx, user.id)
    if (closed := await _closed(tx, event, own or subscriber, services)) is not None:
        target = chat.id if own is None else user.id
        return [Send(target, closed, topic_id=chat.topic_id if own is None else None)]
    if own is not None:
        stored = await subscribers.get_by_id(tx, subscriber.id)
        translate = services.translations.translator(own.preferences.language)
        return [Send(user.id, added_message(stored or subscriber, translate))]
    translate = services.translations.translator(subscriber.preferences.language)
    return [Send(chat.id, greeting(chat.kind, translate, await bots.username(tx)), topic_id=chat.topic_id)]


async def _closed(tx: Tx, event: BotMembership, reader: Subscriber, services: Services) -> Message | None:
    """Return what is said where the bot was let into a chat that may not subscribe; None if it may."""
    chat, user = event.origin.chat, event.origin.user
    policy = await admissions.policy(tx, default=services.admission_policy)
    role = await roles.get(tx, user.id, owners=services.owners)
    if await access.is_admitted(tx, policy, role, chat_id=chat.id, user_id=user.id):
        return None
    translate = services.translations.translator(reader.preferences.language)
    return closed_message(policy, None, chat.kind, translate)


async def _tell_administrators(
    tx: Tx,
    event: BotMembership,
    subscriber: Subscriber,
    services: Services,
    build: Callable[[Subscriber, Translator], Message],
) -> list[Action]:
    """Tell those who look after a chat, in their own chats and languages, as far as they can be reached there."""
    told: list[Action] = []
    renamed = replace(subscriber, chat=replace(subscriber.chat, title=event.origin.chat.title))
    for own in await chat_administrators.reachable(tx, subscriber.id):
        translate = services.translations.translator(own.preferences.language)
        told.append(Send(own.chat.id, build(renamed, translate)))
    return told
