"""What else is written with a settlement: an effect in, the change of the recipient made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from delivery.judge import Effect, ForgetTopic, HoldUntil, Leave, Move
from storage import deliveries, marks, subscribers
from storage.database import Tx
from storage.deliveries import Due

HELD_UNTIL = "held until"
"""The mark of a 429's end."""


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
            case HoldUntil(at):
                noted = await held_until(tx)
                if noted is None or at > noted:
                    await marks.note(tx, HELD_UNTIL, at.isoformat())


async def held_until(tx: Tx) -> datetime | None:
    """When the last 429 that held everybody ends, or ended."""
    noted = await marks.read(tx, HELD_UNTIL)
    return None if noted is None else datetime.fromisoformat(noted)
