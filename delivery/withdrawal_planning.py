"""Planning of withdrawals: rows that delete what recipients have of an edition, or put a note in its place.

recipients with their ledger rows -> domain.delivery.withdrawal.withdrawal_changes -> rows
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from delivery.correction_planning import withdrawn
from domain.chat.i18n import LANGUAGES
from domain.delivery.correction import PartChange, held_parts
from domain.delivery.withdrawal import withdrawal_changes
from storage import correction_rows
from storage.correction_rows import NewRow, PartContent, Recipient
from storage.database import Tx
from storage.payloads import DELETION_CONTENT, PHOTOS_PART, Content
from storage.planning import MAX_SUBSCRIBER_ID
from storage.runs import Run


async def plan_withdrawal(tx: Tx, run: Run, *, after: int, upto: int | None, now: datetime) -> int:
    """Insert the rows of a withdrawal for subscribers of some ids; return how many."""
    content_ids, payload_ids = await correction_rows.stored_payloads(tx, run.id)
    last = MAX_SUBSCRIBER_ID if upto is None else upto
    recipients = await correction_rows.recipients(tx, run, after=after, upto=last)
    rows = [row for recipient in recipients for row in _rows(recipient, content_ids, payload_ids, now)]
    return await correction_rows.insert_rows(tx, run.id, rows, now=now)


def _rows(
    recipient: Recipient, content_ids: Mapping[Content, int], payload_ids: Mapping[PartContent, int], now: datetime
) -> Iterator[NewRow]:
    held = held_parts(recipient.rows)
    language = recipient.language if recipient.language in LANGUAGES else next(iter(LANGUAGES))
    for part, change in withdrawal_changes(held, planned=recipient.planned, now=now).items():
        if part >= PHOTOS_PART and change is not PartChange.DELETE:
            continue  # a text cannot take the place of a photo
        content = DELETION_CONTENT if change is PartChange.DELETE else withdrawn(language)
        content_id = content_ids[content]
        yield NewRow(
            subscriber_id=recipient.subscriber_id,
            part=part,
            change=change,
            content_id=content_id,
            payload_id=payload_ids[PartContent(content_id, 1)],
            message_id=held.messages[part].message_id,
        )
