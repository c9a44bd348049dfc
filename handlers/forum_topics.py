"""Topics of forums: names and closings that service messages tell of, and who hears of a closed one."""

from __future__ import annotations

from functools import partial

from domain.chat.action import Action, Send
from domain.chat.event import TopicChange
from domain.subscription.subscriber import Subscriber
from handlers.context import Services
from storage import chat_administrators, forum_topics, subscribers
from storage.database import Tx
from views.my_chats import topic_closed_message


async def update_topic(tx: Tx, event: TopicChange, services: Services) -> list[Action]:
    """Store what became of a topic; tell the administrators if the digest's own one was closed."""
    forum = await subscribers.get(tx, event.origin.chat.id)
    if forum is None:
        return []
    before = await forum_topics.get(tx, forum.id, event.topic_id)
    topic = await forum_topics.change(tx, forum.id, event.topic_id, name=event.name, closed=event.is_closed)
    was_closed = before is not None and before.closed
    if not topic.closed or was_closed or not forum.active or forum.chat.topic_id != event.topic_id:
        return []
    return await _tell_administrators(tx, forum, topic.name, services)


async def _tell_administrators(tx: Tx, forum: Subscriber, topic: str, services: Services) -> list[Action]:
    build = partial(topic_closed_message, forum, topic)
    return [
        Send(own.chat.id, build(services.translations.translator(own.preferences.language)))
        for own in await chat_administrators.reachable(tx, forum.id)
    ]
