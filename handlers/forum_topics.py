"""Topics of forums: names and closings that service messages tell of, and who hears what became of the digest's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from domain.chat.action import Action, Send
from domain.chat.event import TopicChange
from domain.chat.forum_topic import ForumTopic
from domain.chat.i18n import Translator
from domain.chat.message import Message
from domain.subscription.subscriber import Subscriber
from handlers.context import Services
from storage import chat_administrators, forum_topics, subscribers
from storage.database import Tx
from views.my_chats import topic_closed_message, topic_renamed_message


async def update_topic(tx: Tx, event: TopicChange, services: Services) -> list[Action]:
    """Store what became of a topic; tell the administrators if the digest's own one was closed or renamed."""
    forum = await subscribers.get(tx, event.origin.chat.id)
    if forum is None:
        return []
    before = await forum_topics.get(tx, forum.id, event.topic_id) or ForumTopic(event.topic_id)
    topic = await forum_topics.change(tx, forum.id, event.topic_id, name=event.name, closed=event.is_closed)
    if not forum.active or forum.chat.topic_id != event.topic_id:
        return []
    if topic.closed and not before.closed:
        return await _tell_administrators(tx, forum, partial(topic_closed_message, forum, topic.name), services)
    if before.name and topic.name != before.name:
        build = partial(topic_renamed_message, forum, before.name, topic.name)
        return await _tell_administrators(tx, forum, build, services)
    return []


async def _tell_administrators(
    tx: Tx, forum: Subscriber, build: Callable[[Translator], Message], services: Services
) -> list[Action]:
    return [
        Send(own.chat.id, build(services.translations.translator(own.preferences.language)))
        for own in await chat_administrators.reachable(tx, forum.id)
    ]
