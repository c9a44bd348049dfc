"""The bot let in or put out: a change of its membership in; who is active, and a greeting where it helps, out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.chat.action import Action, Send
from domain.chat.callback_data import ReplyTarget, button
from domain.chat.commands import CommandName
from domain.chat.event import BotMembership, Chat, ChatKind
from domain.chat.i18n import Translator, language_for
from domain.chat.message import Message
from domain.chat.text import Text
from domain.subscription.preferences import ContentPreferences
from domain.subscription.subscriber import LeftReason
from handlers.context import Services
from handlers.input.time_zones import guess_zone
from storage import subscribers
from storage.database import Tx


async def membership(tx: Tx, event: BotMembership, house: Services, *, now: datetime) -> list[Action]:
    """Put out: nothing more comes, all wishes are kept. Let into a group it does not know: it says hello."""
    chat, person = event.origin.chat, event.origin.user
    found = await subscribers.get(tx, chat.id)
    if not event.is_member:
        if found is not None and found.active:
            reason = LeftReason.BLOCKED if chat.is_private else LeftReason.REMOVED
            await subscribers.deactivate(tx, found.id, reason, now=now)
        return []
    if chat.is_private or (found is not None and found.left_reason is not LeftReason.REMOVED):
        return []
    language = language_for(person.language) if person.language else house.default_language
    if found is None:
        morning = replace(house.default_schedule, zone=guess_zone(person.language, house.default_schedule.zone))
        await subscribers.add(tx, chat, (morning, ContentPreferences(language=language)), now=now)
    else:
        language = found.preferences.language
    return [Send(chat.id, _hello(chat, house.translations.translator(language)), topic_id=chat.topic_id)]


def _hello(chat: Chat, translate: Translator) -> Message:
    """How to subscribe: in a channel by a press, since a command typed there would stand before all its readers."""
    if chat.kind is ChatKind.CHANNEL:
        hello = translate("Hello! I bring a digest every morning. An administrator of this channel can have it here:")
        return Message(
            Text(hello), ((button("▶️ " + translate("Subscribe"), CommandName.START, target=ReplyTarget.IN_PLACE),),)
        )
    hello = translate(
        "Hello! I bring a digest every morning. An administrator of this group can subscribe it with /start, "
        "in the topic where it shall appear if there are topics."
    )
    return Message(Text(hello))
