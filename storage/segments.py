"""Segments of the subscribers: the predicate for them, their sizes, and those that admins have saved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true

from domain.delivery.segment import AudienceKind, Segment, SegmentSize, SentEdition, parse_sent_edition
from domain.delivery.states import RunKind
from domain.edition_day import DEFAULT_SLOT
from storage import kv
from storage.database import Tx
from storage.predicates import MAY_HAVE_ARRIVED
from storage.retention import KEPT
from storage.schema import content_preferences, contents, deliveries, runs, slot_schedules, subscribers

SAVED_SEGMENTS = "segments"
MAX_SAVED_SEGMENTS = 12


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """A segment under the name that an admin gave it."""

    name: str
    segment: Segment


def matches(segment: Segment, *, bot_id: int, at: datetime) -> ColumnElement[bool]:
    """Return the predicate over `subscribers` that a recipient determined at an instant belongs to a segment."""
    conditions: list[ColumnElement[bool]] = [true()]
    if segment.kind is not None:
        conditions.append(subscribers.c.kind.in_([kind.value for kind in segment.kind.chat_kinds]))
    if segment.language or segment.category:
        conditions.append(subscribers.c.preferences_id.in_(_preferences(segment)))
    if segment.joined_days is not None:
        conditions.append(subscribers.c.joined_at >= at - timedelta(days=segment.joined_days))
    if segment.active_days is not None:
        conditions.append(subscribers.c.last_seen_at >= at - timedelta(days=segment.active_days))
    if segment.had and (edition := parse_sent_edition(segment.had)):
        conditions += [_had(bot_id, edition), ~_is_forgotten(bot_id, edition, at)]
    if segment.missed and (edition := parse_sent_edition(segment.missed)):
        conditions += [~_had(bot_id, edition), ~_is_forgotten(bot_id, edition, at), *_gets_slot(bot_id, edition)]
    return and_(*conditions)


def receives(*, bot_id: int, at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return the predicate that a subscriber gets what goes out at an instant."""
    paused_until = subscribers.c.paused_until
    is_awake = or_(paused_until.is_(None), paused_until <= at)
    return and_(subscribers.c.bot_id == bot_id, subscribers.c.active, subscribers.c.joined_at <= at, is_awake)


async def sizes(tx: Tx, segments: Sequence[Segment], *, now: datetime) -> list[SegmentSize]:
    """Return how many would get a message to each segment now, in one pass over the subscribers."""
    columns: list[ColumnElement[Any]] = []
    for segment in segments:
        of_segment = matches(segment, bot_id=tx.bot_id, at=now)
        for kind in AudienceKind:
            chat_kinds = [chat_kind.value for chat_kind in kind.chat_kinds]
            columns.append(func.count().filter(subscribers.c.kind.in_(chat_kinds), of_segment))
    if not columns:
        return []
    row = (await tx.execute(select(*columns).where(receives(bot_id=tx.bot_id, at=now)))).one()
    per_segment = len(AudienceKind)
    return [SegmentSize(*row[start : start + per_segment]) for start in range(0, len(row), per_segment)]


async def size(tx: Tx, segment: Segment, *, now: datetime) -> SegmentSize:
    """Return how many would get a message to a segment now."""
    return (await sizes(tx, [segment], now=now))[0]


async def forgotten_editions(tx: Tx, named: Sequence[Segment], *, now: datetime) -> frozenset[SentEdition]:
    """Return the editions named in segments whose recipients are not stored any more."""
    editions = {edition for segment in named for edition in segment.editions()}
    asked = {edition: select(_is_forgotten(tx.bot_id, edition, now)) for edition in editions}
    return frozenset([edition for edition, is_forgotten in asked.items() if await tx.scalar(is_forgotten)])


async def saved(tx: Tx) -> list[SavedSegment]:
    """Return the segments that admins have saved, in the order of their names."""
    stored = await kv.get(tx, SAVED_SEGMENTS)
    return [] if stored is None else msgspec.json.decode(stored, type=list[SavedSegment])


async def save(tx: Tx, name: str, segment: Segment) -> None:
    """Save a segment in place of one of the same name."""
    others = [other for other in await saved(tx) if other.name != name]
    await _write_saved(tx, [*others, SavedSegment(name, segment)])


async def forget(tx: Tx, name: str) -> None:
    """Delete a saved segment."""
    await _write_saved(tx, [other for other in await saved(tx) if other.name != name])


async def _write_saved(tx: Tx, segments: Sequence[SavedSegment]) -> None:
    newest = sorted(segments[-MAX_SAVED_SEGMENTS:], key=lambda one: one.name)
    await kv.put(tx, SAVED_SEGMENTS, msgspec.json.encode(newest).decode())


def _preferences(segment: Segment) -> Any:
    table, conditions = content_preferences, []
    if segment.language:
        conditions.append(table.c.language == segment.language)
    if segment.category:
        key = json.dumps(segment.category, ensure_ascii=False)
        is_chosen = table.c.categories.contains(key, autoescape=True)
        conditions += [
            or_(table.c.categories == "", is_chosen),
            ~table.c.muted_categories.contains(key, autoescape=True),
        ]
    return select(table.c.id).where(*conditions)


def _run_of(bot_id: int, edition: SentEdition) -> Select[tuple[int]]:
    of_edition = runs.c.date == edition.day.isoformat(), runs.c.slot == edition.day.slot
    return select(runs.c.id).where(runs.c.bot_id == bot_id, runs.c.kind == RunKind.DIGEST, *of_edition)


def _had(bot_id: int, edition: SentEdition) -> ColumnElement[bool]:
    """Return the predicate that a subscriber has, or may have, a part of an edition."""
    run = _run_of(bot_id, edition)
    in_language: tuple[ColumnElement[bool], ...] = ()
    if edition.language:
        of_language = contents.c.run_id.in_(run), contents.c.language == edition.language
        in_language = (deliveries.c.content_id.in_(select(contents.c.id).where(*of_language)),)
    of_subscriber = deliveries.c.run_id.in_(run), deliveries.c.subscriber_id == subscribers.c.id
    return select(deliveries.c.run_id).where(*of_subscriber, MAY_HAVE_ARRIVED, *in_language).exists()


def _is_forgotten(bot_id: int, edition: SentEdition, at: datetime) -> ColumnElement[bool]:
    """Return the predicate that it is not kept any more who had an edition: nobody is known to have missed it."""
    return _run_of(bot_id, edition).where(runs.c.published_at < at - KEPT).correlate(None).exists()


def _gets_slot(bot_id: int, edition: SentEdition) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that a subscriber has chosen an edition's slot, which who has not cannot miss."""
    slot = edition.day.slot
    if slot == DEFAULT_SLOT:
        return ()
    chosen = select(slot_schedules.c.subscriber_id)
    return (subscribers.c.id.in_(chosen.where(slot_schedules.c.bot_id == bot_id, slot_schedules.c.slot == slot)),)
