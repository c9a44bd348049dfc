"""What else is written with a settlement: an effect in, the change of the recipient made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from delivery.resolution import ClearTopic, DeactivateSubscriber, Effect, MigrateSubscriber
from storage import deliveries, subscribers
from storage.database import Tx
from storage.deliveries import DueDelivery


async def apply(tx: Tx, due: DueDelivery, effects: Sequence[Effect], now: datetime) -> None:
    """Carry out the effects of one part's outcome."""
    for effect in effects:
        match effect:
            case DeactivateSubscriber(why):
                await subscribers.deactivate(tx, due.key.subscriber_id, why, now=now)
                await deliveries.skip_recipient(tx, due.key.run_id, due.key.subscriber_id, "left", now=now)
            case MigrateSubscriber(chat_id):
                if not await subscribers.migrate_chat(tx, due.chat_id, chat_id):
                    await deliveries.skip_recipient(tx, due.key.run_id, due.key.subscriber_id, "moved", now=now)
            case ClearTopic():
                await subscribers.set_topic(tx, due.key.subscriber_id, None)
