"""Planning of corrections: rows that edit, delete or add the parts of whoever has another version.

recipients with their ledger rows -> domain.delivery.correction.changes -> a payload for each change -> rows
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.delivery.correction import PartChange, changes, held_parts
from storage import correction_rows
from storage.correction_rows import NewRow, PartContent, Recipient
from storage.database import Tx
from storage.payloads import DELETION_CONTENT, WITHDRAWN, Content
from storage.planning import MAX_SUBSCRIBER_ID
from storage.runs import Run

ADDED = "added-"
"""Beginning of the layout of a content whose messages say which edition they belong to."""


def added(content: Content) -> Content:
    """Return the content for parts that are sent after the edition was delivered."""
    return replace(content, layout=f"{ADDED}{content.layout}")


def withdrawn(language: str) -> Content:
    return Content(WITHDRAWN, language, ())


async def plan_correction(tx: Tx, run: Run, *, after: int, upto: int | None, now: datetime) -> int:
    """Insert the rows of a correction for subscribers of some ids; return how many."""
    stored = await _Stored.load(tx, run.id)
    last = MAX_SUBSCRIBER_ID if upto is None else upto
    recipients = await correction_rows.recipients(tx, run, after=after, upto=last)
    rows = [row for recipient in recipients for row in _rows(recipient, stored, run.version, now)]
    return await correction_rows.insert_rows(tx, run.id, rows, now=now)


async def plan_what_failed(tx: Tx, run_id: int) -> bool:
    """Let a correction or a withdrawal make otherwise what Telegram refused; return whether there was such a change.

    A message that stays is edited to a notice; a part that an earlier correction has deleted is sent anew.
    """
    stored = await _Stored.load(tx, run_id)
    lost = [part for part in await correction_rows.lost_parts(tx, run_id) if part.content_id in stored.added_ids]
    for part in lost:
        payload = PartContent(stored.added_ids[part.content_id], part.part)
        await correction_rows.send_anew(tx, run_id, part, payload, stored.payload_ids[payload])
    undeleted = await correction_rows.edit_undeleted(tx, run_id)
    return bool(lost) or undeleted > 0


@dataclass(frozen=True, slots=True)
class _Stored:
    """Contents of a correction and their payloads."""

    content_ids: Mapping[Content, int]
    payload_ids: Mapping[PartContent, int]
    added_ids: Mapping[int, int]
    """Content for added parts, by the one for edits."""
    part_counts: Mapping[int, int]

    @classmethod
    async def load(cls, tx: Tx, run_id: int) -> _Stored:
        content_ids, payload_ids = await correction_rows.stored_payloads(tx, run_id)
        added_ids = {
            content_id: content_ids[added(content)]
            for content, content_id in content_ids.items()
            if added(content) in content_ids
        }
        counts: dict[int, int] = {}
        for key in payload_ids:
            counts[key.content_id] = counts.get(key.content_id, 0) + 1
        return cls(content_ids, payload_ids, added_ids, counts)


def _rows(recipient: Recipient, stored: _Stored, version: int, now: datetime) -> Iterator[NewRow]:
    held = held_parts(recipient.rows)
    content_id = recipient.content_id
    parts = 0 if content_id is None else stored.part_counts.get(content_id, 0)
    decided = changes(held, parts, version, planned=recipient.planned, now=now)
    for part, change in decided.items():
        message = held.messages.get(part)
        payload = _payload(change, part, content_id, recipient.language, stored)
        yield NewRow(
            subscriber_id=recipient.subscriber_id,
            part=part,
            change=change,
            content_id=payload.content_id,
            payload_id=stored.payload_ids[payload],
            message_id=None if message is None else message.message_id,
        )


def _payload(change: PartChange, part: int, content_id: int | None, language: str, stored: _Stored) -> PartContent:
    """Return the key of the payload that makes a change."""
    if change is PartChange.DELETE:
        return PartContent(stored.content_ids[DELETION_CONTENT], 1)
    if change is PartChange.WITHDRAW or content_id is None:
        return PartContent(stored.content_ids[withdrawn(language)], 1)
    if change is PartChange.ADD:
        return PartContent(stored.added_ids[content_id], part)
    return PartContent(content_id, part)
