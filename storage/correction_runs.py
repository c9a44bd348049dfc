"""Corrections of what was delivered: a run of its own edits each message of an edition to another version.

publication of another version → draft → running (the former correction of the edition is superseded) → finished
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, false, func, insert, or_, select, update

from digest.model import Digest
from domain.delivery.progress import CardMessage
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import DeliveryState, RunKind, RunState, WaveState
from domain.edition_day import DEFAULT_SLOT, EditionDay, slot_of
from storage import digests, edition_texts, runs
from storage.database import Tx
from storage.payloads import DELETE_METHOD, PHOTOS_PART
from storage.predicates import IS_IN_FLIGHT
from storage.runs import LIVE, Run
from storage.schema import contents, deliveries, payloads, subscribers, waves
from storage.schema import runs as run_rows

IS_TEXT = deliveries.c.part < PHOTOS_PART
"""Photos stay as they were sent: a text cannot take their place, nor they that of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedCorrection:
    """A correction that waits for an editor: how many subscribers have the former version, and both versions."""

    run_id: int
    edition: date
    people: int
    former: Digest
    current: Digest


async def draft(tx: Tx, corrected: Run, version: int, *, now: datetime) -> int:
    """Store a correction to a version that somebody has to confirm, in place of the drafts of earlier ones."""
    await supersede(tx, corrected.id, RunState.DRAFT)
    row = {
        "bot_id": tx.bot_id,
        "kind": RunKind.CORRECTION,
        "date": None if corrected.edition is None else corrected.edition.isoformat(),
        "slot": DEFAULT_SLOT if corrected.edition is None else corrected.edition.slot,
        "version": version,
        "state": RunState.DRAFT,
        "published_at": now,
        "corrected_run_id": corrected.id,
    }
    run_id: int = (await tx.execute(insert(run_rows).values(row).returning(run_rows.c.id))).scalar_one()
    return run_id


async def start(tx: Tx, run_id: int, *, actor: int | None, now: datetime, card: CardMessage | None = None) -> bool:
    """Let a drafted correction edit what was delivered; return False except the first time.

    What is left of an earlier correction of the edition is superseded. `card` shows how far it is.
    """
    run = await runs.get(tx, run_id)
    if run is None or run.corrected_run_id is None or run.state is not RunState.DRAFT:
        return False
    await supersede(tx, run.corrected_run_id, *LIVE)
    values: dict[str, Any] = {"state": RunState.RUNNING, "published_at": now, "actor": actor}
    if card is not None:
        values |= {"card_chat_id": card.chat_id, "card_message_id": card.message_id}
    await tx.execute(update(run_rows).where(run_rows.c.id == run_id).values(values))
    wave = {"run_id": run_id, "schedule_id": None, "due_at": now, "state": WaveState.WAITING}
    await tx.execute(insert(waves), [wave])
    return True


async def discard(tx: Tx, run_id: int) -> bool:
    """Leave what was delivered as it is; return False except the first time."""
    values = {"state": RunState.CANCELLED, "state_reason": RunStateReason.DISCARDED}
    drafted = run_rows.c.id == run_id, run_rows.c.bot_id == tx.bot_id, run_rows.c.kind == RunKind.CORRECTION
    waits = run_rows.c.state == RunState.DRAFT
    return (await tx.execute(update(run_rows).where(*drafted, waits).values(values))).rowcount == 1


async def plan_again(tx: Tx, corrected_run_id: int, *, now: datetime) -> bool:
    """Look again for messages that the newest correction, or the withdrawal, of a run is to change.

    Return whether there is one.

    Some came, or were confirmed, after it was planned.
    """
    going = _corrects(corrected_run_id), run_rows.c.state.in_((*LIVE, RunState.FINISHED))
    run_id = await tx.scalar(select(func.max(run_rows.c.id)).where(*going))
    if run_id is None:
        return False
    finished = run_rows.c.id == run_id, run_rows.c.state == RunState.FINISHED
    await tx.execute(update(run_rows).where(*finished).values(state=RunState.RUNNING, finished_at=None))
    again = {"state": WaveState.WAITING, "cursor": 0, "due_at": now}
    await tx.execute(update(waves).where(waves.c.run_id == run_id).values(again))
    return True


async def has_newer_messages(tx: Tx, run_id: int) -> bool:
    """Return whether a run has sent messages that its newest correction has no row for and should have."""
    going = _corrects(run_id), run_rows.c.state.in_((*LIVE, RunState.FINISHED))
    correction = (await tx.execute(select(run_rows).where(*going).order_by(run_rows.c.id.desc()).limit(1))).first()
    if correction is None:
        return False
    edition = None if correction.date is None else EditionDay.read(correction.date, correction.slot)
    is_outdated = await _is_outdated(tx, run_id, edition, correction.version)
    other, text, shown = deliveries.alias("other"), payloads.alias("text"), contents.alias("shown")
    corrections, is_sent = select(run_rows.c.id).where(_corrects(run_id)), other.c.state == DeliveryState.SENT
    known = (
        select(other.c.part)
        .outerjoin(text, text.c.id == other.c.payload_id)
        .outerjoin(shown, shown.c.id == text.c.content_id)
        .where(
            other.c.run_id.in_(corrections),
            or_(other.c.run_id == correction.id, and_(is_sent, ~is_outdated(text.c.version, shown.c.language))),
            other.c.subscriber_id == deliveries.c.subscriber_id,
            other.c.part == deliveries.c.part,
            (other.c.state != DeliveryState.UNCONFIRMED) | other.c.message_id.is_not(None),
        )
    )
    outdated = select(payloads.c.id).where(
        payloads.c.id == deliveries.c.payload_id,
        payloads.c.content_id == contents.c.id,
        is_outdated(payloads.c.version, contents.c.language),
    )
    sent = deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.SENT, deliveries.c.message_id.is_not(None)
    newer = select(deliveries.c.part).where(*sent, IS_TEXT, ~known.exists(), outdated.exists()).limit(1)
    return (await tx.execute(newer)).first() is not None


async def has_unanswered(tx: Tx, corrected_run_id: int) -> bool:
    """Return whether a message of an edition, or a change of one, is in flight: then no other may begin."""
    earlier = or_(run_rows.c.id == corrected_run_id, run_rows.c.corrected_run_id == corrected_run_id)
    ids = select(run_rows.c.id).where(run_rows.c.bot_id == tx.bot_id, earlier)
    in_flight = select(deliveries.c.part).where(deliveries.c.run_id.in_(ids), IS_IN_FLIGHT).limit(1)
    return (await tx.execute(in_flight)).first() is not None


async def question(tx: Tx, run: Run) -> DraftedCorrection | None:
    """Return the figures by which an editor confirms a correction; None if every recipient has its version."""
    if run.corrected_run_id is None or run.edition is None:
        return None
    people, version = await _outdated(tx, run.corrected_run_id, run.edition, run.version)
    current = await digests.get_version(tx, run.corrected_run_id, run.edition, run.version)
    former = await digests.get_version(tx, run.corrected_run_id, run.edition, version)
    if not people or current is None or former is None:
        return None
    before, after = _changed_text(former, current)
    return DraftedCorrection(run_id=run.id, edition=run.edition, people=people, former=before, current=after)


async def count_outdated(tx: Tx, corrected_run_id: int, version: int) -> int:
    """Return how many subscribers have an edition in another version, so that a correction would edit theirs."""
    run = await runs.get(tx, corrected_run_id)
    people, _ = await _outdated(tx, corrected_run_id, None if run is None else run.edition, version)
    return people


class _OutdatedPredicate(Protocol):
    """Return the predicate that a text, by the columns of its version and language, is not the newest."""

    def __call__(self, version: Any, language: Any, /) -> ColumnElement[bool]: ...


async def _is_outdated(tx: Tx, corrected_run_id: int, edition: date | None, version: int) -> _OutdatedPredicate:
    """Return the predicate of the texts that a correction to a version changes."""
    same = {} if edition is None else await edition_texts.unchanged_texts(tx, corrected_run_id, edition, version)

    def is_outdated(of: Any, language: Any) -> ColumnElement[bool]:
        unchanged = (and_(of == number, language.in_(languages)) for number, languages in same.items() if languages)
        return and_(of != version, ~or_(false(), *unchanged))

    return is_outdated


async def _outdated(tx: Tx, corrected_run_id: int, edition: date | None, version: int) -> tuple[int, int]:
    """Return how many subscribers have texts of an edition that are not the newest, and the newest version of these."""
    run_ids = await chain(tx, corrected_run_id)
    is_outdated = await _is_outdated(tx, corrected_run_id, edition, version)
    newest = (
        select(
            deliveries.c.subscriber_id,
            payloads.c.version,
            payloads.c.method,
            contents.c.language,
            func.row_number()
            .over(partition_by=(deliveries.c.subscriber_id, deliveries.c.part), order_by=deliveries.c.run_id.desc())
            .label("age"),
        )
        .join_from(deliveries, payloads, payloads.c.id == deliveries.c.payload_id)
        .join(contents, contents.c.id == payloads.c.content_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(
            deliveries.c.run_id.in_(run_ids),
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.message_id.is_not(None),
            IS_TEXT,
            subscribers.c.active,
        )
        .subquery()
    )
    is_held = newest.c.age == 1, newest.c.method != DELETE_METHOD, is_outdated(newest.c.version, newest.c.language)
    figures = select(func.count(newest.c.subscriber_id.distinct()), func.coalesce(func.max(newest.c.version), 0))
    row = (await tx.execute(figures.where(*is_held))).one()
    return row[0], row[1]


def _changed_text(former: Digest, current: Digest) -> tuple[Digest, Digest]:
    """Return what differs between two versions of an edition, before and after: its original, else a variant."""
    if former.content_hash == current.content_hash:
        before = {variant.language: variant for variant in former.variants}
        for variant in current.variants:
            text = before.get(variant.language)
            if text is not None and text.content_hash != variant.content_hash:
                return text, variant
    return former, current


async def pending(tx: Tx) -> list[Run]:
    """Return the corrections that wait for somebody to confirm them, the newest edition first."""
    of_edition = run_rows.c.bot_id == tx.bot_id, run_rows.c.kind == RunKind.CORRECTION, run_rows.c.date.is_not(None)
    drafted = *of_edition, run_rows.c.state == RunState.DRAFT
    ids = await tx.scalars(select(run_rows.c.id).where(*drafted).order_by(run_rows.c.date.desc()))
    drafts = [await runs.get(tx, run_id) for run_id in ids]
    return [run for run in drafts if run is not None]


async def newest(tx: Tx, edition: date) -> Run | None:
    """Return the newest correction of an edition."""
    of_edition = run_rows.c.bot_id == tx.bot_id, run_rows.c.kind == RunKind.CORRECTION
    dated = run_rows.c.date == edition.isoformat(), run_rows.c.slot == slot_of(edition)
    run_id = await tx.scalar(select(func.max(run_rows.c.id)).where(*of_edition, *dated))
    return None if run_id is None else await runs.get(tx, run_id)


async def note_confirmed(tx: Tx, payload_id: int, *, now: datetime) -> None:
    """Let the newest correction edit a message whose arrival a press on a payload's button has shown."""
    run_id = await tx.scalar(select(payloads.c.run_id).where(payloads.c.id == payload_id))
    run = None if run_id is None else await runs.get(tx, run_id)
    if run is not None:
        await plan_again(tx, run.edition_run_id, now=now)


async def chain(tx: Tx, corrected_run_id: int) -> list[int]:
    """Return the run of an edition, its corrections and its withdrawal, in their order."""
    ids = select(run_rows.c.id).where(_corrects(corrected_run_id)).order_by(run_rows.c.id)
    return [corrected_run_id, *await tx.scalars(ids)]


async def supersede(tx: Tx, corrected_run_id: int, *states: RunState) -> None:
    """Cancel the corrections of an edition that are in some states."""
    values = {
        "state": RunState.CANCELLED,
        "state_reason": RunStateReason.SUPERSEDED,
        "change_count": run_rows.c.change_count + 1,
    }
    former = _corrects(corrected_run_id), run_rows.c.bot_id == tx.bot_id, run_rows.c.state.in_(states)
    await tx.execute(update(run_rows).where(*former).values(values))


def _corrects(corrected_run_id: int) -> ColumnElement[bool]:
    """Return the predicate of the runs that change what an edition's run has sent: corrections and its withdrawal."""
    return run_rows.c.corrected_run_id == corrected_run_id
