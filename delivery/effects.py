"""What else is written with a settlement: an effect in, the change of the recipient made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from delivery.resolution import Effect, ForgetTopic, Leave, Move
from storage import deliveries, subscribers
from storage.database import Tx
from storage.deliveries import Due


async def apply(tx: Tx, due: Due, effects: Sequence[Effect], now: datetime) -> None:
    """Carry out the effects of one part's outcome."""
    for effect in effects:
        match effect:
            case Leave(why):
                await subscribers.deactivate(tx, due.row.subscriber_id, why, now=now)
                await deliveries.skip_recipient(tx, due.row.run_id, due.row.subscriber_id, "left", now=now)
            case Move(chat_id):
                if not await subscribers.move(tx, due.chat_id, chat_id):
                    await deliveries.skip_recipient(tx, due.row.run_id, due.row.subscriber_id, "moved", now=now)
            case ForgetTopic():
                await subscribers.set_topic(tx, due.row.subscriber_id, None)
