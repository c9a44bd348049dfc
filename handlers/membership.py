"""The bot let in or put out: a change of its membership in; who is active, and a greeting where it helps, out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.chat.action import Action, Send
from domain.chat.callback_data import Place, button
from domain.chat.event import Chat, ChatKind, Membership
from domain.chat.i18n import Say, language_for
from domain.chat.message import Message
from domain.chat.text import Text
from domain.subscription.preferences import Taste
from handlers.context import House
from handlers.input.time_zones import guess_zone
from storage import subscribers
from storage.database import Tx


async def membership(tx: Tx, event: Membership, house: House, *, now: datetime) -> list[Action]:
    """Put out: nothing more comes, all wishes are kept. Let into a group it does not know: it says hello."""
    chat, person = event.origin.chat, event.origin.person
    found = await subscribers.find(tx, chat.id)
    if not event.present:
        if found is not None and found.active:
            why = "blocked" if chat.is_private else "removed"
            await subscribers.deactivate(tx, found.id, why, now=now)
        return []
    if chat.is_private or (found is not None and found.left_why != "removed"):
        return []
    language = language_for(person.language) if person.language else house.language
    if found is None:
        morning = replace(house.morning, zone=guess_zone(person.language, house.morning.zone))
        await subscribers.add(tx, chat, (morning, Taste(language=language)), now=now)
    else:
        language = found.taste.language
    return [Send(chat.id, _hello(chat, house.texts.say(language)), topic=chat.topic)]


def _hello(chat: Chat, say: Say) -> Message:
    """How to subscribe: in a channel by a press, since a command typed there would stand before all its readers."""
    if chat.kind is ChatKind.CHANNEL:
        hello = say("Hello! I bring a digest every morning. An administrator of this channel can have it here:")
        return Message(Text(hello), ((button("▶️ " + say("Subscribe"), "start", Place.HERE),),))
    hello = say(
        "Hello! I bring a digest every morning. An administrator of this group can subscribe it with /start, "
        "in the topic where it shall appear if there are topics."
    )
    return Message(Text(hello))
