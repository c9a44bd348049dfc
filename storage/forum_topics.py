"""Topics of forums, as far as service messages have told of them: their names, and which are closed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, delete, func, select

from domain.chat.forum_topic import ForumTopic
from storage.database import Tx
from storage.schema import forum_topics
from storage.upsert import insert

MAX_TOPICS = 100
"""Topics kept of one forum; of more the newest."""


async def get(tx: Tx, subscriber_id: int, topic_id: int) -> ForumTopic | None:
    """Return what is known of a topic."""
    row = (await tx.execute(_topics(tx, subscriber_id).where(forum_topics.c.topic_id == topic_id))).one_or_none()
    return None if row is None else ForumTopic(row.topic_id, row.name, row.closed)


async def open_topics(tx: Tx, subscriber_id: int, *, limit: int) -> list[ForumTopic]:
    """Return the newest topics with a name that are not closed."""
    usable = ~forum_topics.c.closed, forum_topics.c.name != ""
    rows = _topics(tx, subscriber_id).where(*usable).order_by(forum_topics.c.topic_id.desc()).limit(limit)
    return [ForumTopic(row.topic_id, row.name, row.closed) for row in await tx.execute(rows)]


async def change(tx: Tx, subscriber_id: int, topic_id: int, *, name: str | None, closed: bool | None) -> ForumTopic:
    """Store what a service message says of a topic; None leaves a value as it is. Return the topic as it is now."""
    known = await get(tx, subscriber_id, topic_id) or ForumTopic(topic_id)
    topic = ForumTopic(topic_id, known.name if name is None else name, known.closed if closed is None else closed)
    values = {"name": topic.name, "closed": topic.closed}
    row = {"bot_id": tx.bot_id, "subscriber_id": subscriber_id, "topic_id": topic_id} | values
    stored = insert(tx, forum_topics).values(row)
    await tx.execute(stored.on_conflict_do_update(index_elements=list(forum_topics.primary_key), set_=values))
    await _forget_oldest(tx, subscriber_id)
    return topic


async def forget(tx: Tx, subscriber_id: int, topic_id: int) -> None:
    """Forget a topic that is gone."""
    of_chat = forum_topics.c.bot_id == tx.bot_id, forum_topics.c.subscriber_id == subscriber_id
    await tx.execute(delete(forum_topics).where(*of_chat, forum_topics.c.topic_id == topic_id))


async def _forget_oldest(tx: Tx, subscriber_id: int) -> None:
    of_chat = forum_topics.c.bot_id == tx.bot_id, forum_topics.c.subscriber_id == subscriber_id
    newest = select(forum_topics.c.topic_id).where(*of_chat).order_by(forum_topics.c.topic_id.desc())
    last = await tx.scalar(select(func.min(newest.limit(MAX_TOPICS).subquery().c.topic_id)))
    await tx.execute(delete(forum_topics).where(*of_chat, forum_topics.c.topic_id < last))


def _topics(tx: Tx, subscriber_id: int) -> Select[Any]:
    of_chat = forum_topics.c.bot_id == tx.bot_id, forum_topics.c.subscriber_id == subscriber_id
    return select(forum_topics).where(*of_chat)
