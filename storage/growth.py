"""How many were subscribed at past instants, counted from when those whom the bot knows came and left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select

from storage.database import Tx
from storage.schema import subscribers


async def sizes(tx: Tx, instants: Sequence[datetime]) -> list[int]:
    """Return the number of subscribers at each instant.

    Who left and came back counts from their last coming; who was erased counts nowhere.
    """
    counts = [
        func.count().filter(
            subscribers.c.joined_at <= instant, or_(subscribers.c.active, subscribers.c.left_at > instant)
        )
        for instant in instants
    ]
    of_bot = subscribers.c.bot_id == tx.bot_id, subscribers.c.joined_at.is_not(None)
    return list((await tx.execute(select(*counts).where(*of_bot))).one())
