"""Effects of outcomes: the changes to a recipient that are written after a delivery is settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from delivery.publishing import PHOTO_WAIT
from delivery.resolution import ClearTopic, DeactivateSubscriber, Effect, MigrateSubscriber, RenewPhotos
from domain.delivery.reasons import DeliveryReason
from storage import deliveries, pictures, runs, subscribers
from storage.database import Tx
from storage.deliveries import DueDelivery


async def apply(tx: Tx, due: DueDelivery, effects: Sequence[Effect], now: datetime) -> None:
    """Carry out the effects of one delivery's outcome."""
    run_id, subscriber_id = due.key.run_id, due.key.subscriber_id
    for effect in effects:
        match effect:
            case DeactivateSubscriber(reason):
                await subscribers.deactivate(tx, subscriber_id, reason, now=now)
                await deliveries.skip_recipient(tx, run_id, subscriber_id, DeliveryReason.UNSUBSCRIBED, now=now)
            case MigrateSubscriber(chat_id):
                if not await subscribers.migrate_chat(tx, due.chat_id, chat_id):
                    await deliveries.skip_recipient(tx, run_id, subscriber_id, DeliveryReason.CHAT_MIGRATED, now=now)
            case RenewPhotos(file_ids):
                await pictures.forget_file_ids(tx, file_ids, now=now)
                await runs.set_photos_until(tx, run_id, now + PHOTO_WAIT)
            case ClearTopic():
                await subscribers.set_topic(tx, subscriber_id, None)
