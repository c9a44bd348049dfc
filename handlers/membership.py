"""The bot joins or leaves a chat: who stays subscribed, and the greeting in a new group or channel."""

from __future__ import annotations

from datetime import datetime

from domain.chat.action import Action, Send
from domain.chat.event import BotMembership
from domain.subscription.subscriber import LeftReason
from handlers.context import Services
from storage import subscribers
from storage.database import Tx
from views.onboarding import greeting


async def update_membership(tx: Tx, event: BotMembership, services: Services, *, now: datetime) -> list[Action]:
    """Deactivate a chat that removed or blocked the bot, keeping its settings; greet a group that added it."""
    chat = event.origin.chat
    subscriber = await subscribers.get(tx, chat.id)
    if not event.is_member:
        if subscriber is not None and subscriber.active:
            reason = LeftReason.BLOCKED if chat.is_private else LeftReason.REMOVED
            await subscribers.deactivate(tx, subscriber.id, reason, now=now)
        return []
    if chat.is_private or (subscriber is not None and subscriber.left_reason is not LeftReason.REMOVED):
        return []
    if subscriber is None:
        subscriber = await subscribers.add(tx, chat, services.initial_settings(event.origin.user, chat.kind), now=now)
    translate = services.translations.translator(subscriber.preferences.language)
    return [Send(chat.id, greeting(chat.kind, translate), topic_id=chat.topic_id)]
