"""Rows of a correction or withdrawal in the ledger: who has what of the edition, and what becomes of each message."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, select, update

from domain.delivery.correction import LedgerRow, PartChange
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, RunPurpose
from storage import edition_texts, runs, upsert
from storage.correction_runs import IS_TEXT, chain
from storage.database import Tx
from storage.payloads import BROADCAST_CONTENT, DELETE_METHOD, WITHDRAWN, Content, read_content
from storage.runs import LIVE, Run
from storage.schema import content_preferences, contents, deliveries, payloads, run_contents, subscribers

_IS_UNKNOWN = deliveries.c.state == DeliveryState.UNCONFIRMED, deliveries.c.message_id.is_(None)


class PartContent(NamedTuple):
    """Key of a stored payload: its content and part."""

    content_id: int
    part: int


@dataclass(frozen=True, slots=True)
class LostPart:
    """A part that was to be edited, of a recipient who has it no more; `content_id` is what they were to see."""

    subscriber_id: int
    part: int
    content_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A recipient of a correction, with the rows of the edition and of its earlier corrections, in order.

    `content_id`: what they get of the new version, None for nothing. `planned`: parts that the correction has rows for.
    """

    subscriber_id: int
    content_id: int | None
    language: str
    rows: Sequence[LedgerRow]
    planned: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A row of a correction to be stored."""

    subscriber_id: int
    part: int
    change: PartChange
    content_id: int
    payload_id: int
    message_id: int | None


async def recipients(tx: Tx, run: Run, *, after: int, upto: int) -> list[Recipient]:
    """Return who has, or may have, a message of the edition that a run corrects, among subscribers of some ids.

    A withdrawal takes back photos too. A correction takes a text that is still the newest as one of its version.
    """
    corrected_run_id = run.corrected_run_id or 0
    run_ids = [run_id for run_id in await chain(tx, corrected_run_id) if run_id != run.id]
    corrected = await runs.get(tx, corrected_run_id)
    is_live = corrected is not None and corrected.state in LIVE
    unchanged: dict[int, frozenset[str]] = {}
    if run.purpose is RunPurpose.CORRECTION and run.edition is not None:
        unchanged = await edition_texts.unchanged_texts(tx, corrected_run_id, run.edition, run.version)
    rows = (
        await tx.execute(
            select(deliveries, payloads.c.version, payloads.c.method, contents.c.language)
            .outerjoin_from(deliveries, payloads, payloads.c.id == deliveries.c.payload_id)
            .outerjoin(contents, contents.c.id == payloads.c.content_id)
            .where(
                deliveries.c.run_id.in_([*run_ids, run.id]),
                deliveries.c.subscriber_id > after,
                deliveries.c.subscriber_id <= upto,
                *(() if run.purpose is RunPurpose.WITHDRAWAL else (IS_TEXT,)),
            )
            .order_by(deliveries.c.subscriber_id, deliveries.c.run_id, deliveries.c.part)
        )
    ).all()
    former: dict[int, list[LedgerRow]] = {}
    planned: dict[int, set[int]] = {}
    for row in rows:
        if row.run_id == run.id:
            if row.state != DeliveryState.UNCONFIRMED or row.message_id is not None:
                planned.setdefault(row.subscriber_id, set()).add(row.part)
        else:
            is_own = is_live and row.run_id == corrected_run_id
            ledger_row = _ledger_row(row, is_live=is_own)
            if row.language in unchanged.get(ledger_row.version, ()):
                ledger_row = replace(ledger_row, version=run.version)
            former.setdefault(row.subscriber_id, []).append(ledger_row)
    contents_by_subscriber = await _contents(tx, run.id, former)
    if corrected is not None and corrected.purpose is RunPurpose.BROADCAST:
        same = (await stored_payloads(tx, run.id))[0].get(BROADCAST_CONTENT)
        contents_by_subscriber = dict.fromkeys(former, (same, ""))
    return [
        Recipient(
            subscriber_id=subscriber_id,
            content_id=contents_by_subscriber[subscriber_id][0],
            language=contents_by_subscriber[subscriber_id][1],
            rows=ledger_rows,
            planned=frozenset(planned.get(subscriber_id, ())),
        )
        for subscriber_id, ledger_rows in former.items()
    ]


async def stored_payloads(tx: Tx, run_id: int) -> tuple[dict[Content, int], dict[PartContent, int]]:
    """Return the ids of a correction's contents, and those of their payloads."""
    ids = {read_content(row): row.id for row in await tx.execute(select(contents).where(contents.c.run_id == run_id))}
    of_run = select(payloads.c.content_id, payloads.c.part, payloads.c.id).where(payloads.c.run_id == run_id)
    return ids, {PartContent(row[0], row[1]): row[2] for row in await tx.execute(of_run)}


async def insert_rows(tx: Tx, run_id: int, rows: Collection[NewRow], *, now: datetime) -> int:
    """Insert rows of a correction; those that are there stay. Return how many were to be inserted.

    A part that may have arrived is edited once its message is known.
    """
    if not rows:
        return 0
    values = [
        {
            "run_id": run_id,
            "subscriber_id": row.subscriber_id,
            "part": row.part,
            "content_id": row.content_id,
            "payload_id": row.payload_id,
            "message_id": row.message_id,
            **_state(row.change, now),
        }
        for row in rows
    ]
    row = upsert.insert(tx, deliveries)
    taken = {name: row.excluded[name] for name in ("content_id", "payload_id", "state", "reason", "message_id")}
    is_known_now = *_IS_UNKNOWN, row.excluded.message_id.is_not(None)
    key = list(deliveries.primary_key)
    await tx.execute(row.on_conflict_do_update(index_elements=key, set_=taken, where=and_(*is_known_now)), values)
    return len(values)


async def edit_undeleted(tx: Tx, run_id: int) -> int:
    """Let messages be edited that Telegram did not delete, to the notice of the run that takes them back.

    Return how many.
    """
    ids, payload_ids = await stored_payloads(tx, run_id)
    notices = {content.language: content_id for content, content_id in ids.items() if content.layout == WITHDRAWN}
    refused = deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.FAILED
    undeleted = *refused, deliveries.c.reason == DeliveryReason.DELETION_REFUSED
    spoken = (
        select(content_preferences.c.language)
        .join(subscribers, subscribers.c.preferences_id == content_preferences.c.id)
        .where(subscribers.c.id == deliveries.c.subscriber_id)
        .scalar_subquery()
    )
    count = 0
    for language, content_id in notices.items():
        is_last = language == list(notices)[-1]  # also of those who speak none of them
        values = {
            "content_id": content_id,
            "payload_id": payload_ids[PartContent(content_id, 1)],
            "state": DeliveryState.PENDING,
            "reason": None,
            "error": None,
        }
        speaks = () if is_last else (spoken == language,)
        count += (await tx.execute(update(deliveries).where(*undeleted, *speaks).values(values))).rowcount
    return count


async def has_undeleted(tx: Tx, run_id: int) -> bool:
    """Return whether Telegram did not delete messages that `edit_undeleted` has edited instead."""
    refused = deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.FAILED
    undeleted = *refused, deliveries.c.reason == DeliveryReason.DELETION_REFUSED
    return (await tx.execute(select(deliveries.c.part).where(*undeleted).limit(1))).first() is not None


async def takes_back(tx: Tx, run_id: int) -> bool:
    """Return whether a run may delete messages: a correction, or a withdrawal."""
    is_notice = contents.c.run_id == run_id, contents.c.layout == WITHDRAWN
    return await tx.scalar(select(contents.c.id).where(*is_notice).limit(1)) is not None


async def lost_parts(tx: Tx, run_id: int) -> list[LostPart]:
    """Return the parts that a run was to edit and that an earlier correction has deleted without getting an answer.

    What is gone without such a deletion was deleted by its reader, and stays away.
    """
    run = await runs.get(tx, run_id)
    if run is None or run.corrected_run_id is None:
        return []
    run_ids = [earlier for earlier in await chain(tx, run.corrected_run_id) if earlier < run_id]
    earlier = deliveries.alias("earlier")
    deleted = (
        select(earlier.c.run_id)
        .join(payloads, payloads.c.id == earlier.c.payload_id)
        .where(
            earlier.c.run_id.in_(run_ids),
            earlier.c.subscriber_id == deliveries.c.subscriber_id,
            earlier.c.message_id == deliveries.c.message_id,
            earlier.c.attempts > 0,
            payloads.c.method == DELETE_METHOD,
        )
    )
    gone = deliveries.c.state == DeliveryState.FAILED, deliveries.c.reason == DeliveryReason.MESSAGE_GONE
    columns = deliveries.c.subscriber_id, deliveries.c.part, deliveries.c.content_id
    rows = await tx.execute(select(*columns).where(deliveries.c.run_id == run_id, *gone, deleted.exists()))
    return [LostPart(row.subscriber_id, row.part, row.content_id) for row in rows]


async def send_anew(tx: Tx, run_id: int, part: LostPart, payload: PartContent, payload_id: int) -> None:
    """Let a part be sent by a payload in place of the edit of a message that is gone."""
    of_part = deliveries.c.run_id == run_id, deliveries.c.subscriber_id == part.subscriber_id
    values = {
        "content_id": payload.content_id,
        "payload_id": payload_id,
        "message_id": None,
        "state": DeliveryState.PENDING,
        "reason": None,
        "error": None,
    }
    await tx.execute(update(deliveries).where(*of_part, deliveries.c.part == part.part).values(values))


async def _contents(tx: Tx, run_id: int, subscriber_ids: Collection[int]) -> dict[int, tuple[int | None, str]]:
    """Return what subscribers get of a correction, and their language."""
    if not subscriber_ids:
        return {}
    gets = and_(run_contents.c.run_id == run_id, run_contents.c.preferences_id == subscribers.c.preferences_id)
    rows = await tx.execute(
        select(subscribers.c.id, run_contents.c.content_id, func.coalesce(content_preferences.c.language, ""))
        .outerjoin_from(subscribers, run_contents, gets)
        .outerjoin(content_preferences, content_preferences.c.id == subscribers.c.preferences_id)
        .where(subscribers.c.id >= min(subscriber_ids), subscribers.c.id <= max(subscriber_ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _ledger_row(row: Any, *, is_live: bool) -> LedgerRow:
    state = DeliveryState(row.state)
    return LedgerRow(
        part=row.part,
        state=state,
        version=row.version or 0,
        message_id=row.message_id,
        changed_at=row.changed_at,
        is_deletion=row.method == DELETE_METHOD,
        is_open=is_live and state in (DeliveryState.PENDING, DeliveryState.IN_FLIGHT),
    )


def _state(change: PartChange, now: datetime) -> dict[str, Any]:
    if change is PartChange.UNCONFIRMED:
        return {"state": DeliveryState.UNCONFIRMED, "reason": DeliveryReason.NO_RESPONSE, "changed_at": now}
    return {"state": DeliveryState.PENDING, "reason": None, "changed_at": None}
