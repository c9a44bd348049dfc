"""Who set up a group or channel, or let the bot in: they find it among their own chats.

This is no permission: whether somebody administers a chat now is asked of Telegram each time.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from domain.subscription.subscriber import BY_HAND, Subscriber
from storage import subscribers
from storage.database import Tx
from storage.schema import chat_administrators
from storage.upsert import insert


async def add(tx: Tx, subscriber_id: int, user_id: int) -> None:
    """Store that a person administers a chat."""
    row = {"bot_id": tx.bot_id, "subscriber_id": subscriber_id, "user_id": user_id}
    await tx.execute(insert(tx, chat_administrators).values(row).on_conflict_do_nothing())


async def remove(tx: Tx, subscriber_id: int, user_id: int) -> None:
    """Delete that a person administers a chat."""
    rows = chat_administrators.c.subscriber_id == subscriber_id, chat_administrators.c.user_id == user_id
    await tx.execute(delete(chat_administrators).where(*rows))


async def of_chat(tx: Tx, subscriber_id: int) -> list[int]:
    """Return who looks after a chat."""
    rows = select(chat_administrators.c.user_id).where(chat_administrators.c.subscriber_id == subscriber_id)
    return list(await tx.scalars(rows.order_by(chat_administrators.c.user_id)))


async def reachable(tx: Tx, subscriber_id: int) -> list[Subscriber]:
    """Return the private chats of those who look after a chat, as far as a message may arrive there."""
    chats = [await reachable_chat(tx, user_id) for user_id in await of_chat(tx, subscriber_id)]
    return [chat for chat in chats if chat is not None]


async def reachable_chat(tx: Tx, user_id: int) -> Subscriber | None:
    """Return a person's private chat if messages can be sent to it."""
    own = await subscribers.get(tx, user_id)
    return own if own is not None and own.left_reason in (None, *BY_HAND) else None


async def chats_of(tx: Tx, user_id: int, *, limit: int) -> list[Subscriber]:
    """Return the groups and channels that a person administers, the newest first."""
    ids = select(chat_administrators.c.subscriber_id).where(
        chat_administrators.c.bot_id == tx.bot_id, chat_administrators.c.user_id == user_id
    )
    newest_first = list(await tx.scalars(ids.order_by(chat_administrators.c.subscriber_id.desc()).limit(limit)))
    found = [await subscribers.get_by_id(tx, subscriber_id) for subscriber_id in newest_first]
    return [subscriber for subscriber in found if subscriber is not None]
