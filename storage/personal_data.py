"""Personal data: what the database keeps about a person or a chat, to be exported and to be erased.

`PERSONAL` is the one list of it, for both; docs/privacy.md explains each of its columns, and a test compares the two
with the schema. A new table about people needs one line here and one there. A new column needs its name there, and if
it is neither nullable nor Boolean, one of `values` here, since erasing empties it.

What is erased is deleted. A row stays where sums need it, emptied: nothing in it tells whose it was, not even a hash,
since a hash of an id is found again by trying all ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Table, delete, false, or_, select, update

from domain.audit import ERASED
from domain.delivery.reasons import DeliveryReason
from domain.delivery.states import DeliveryState, RunState
from domain.subscription.subscriber import LeftReason
from storage import payloads as payload_rows
from storage import runs as run_rows
from storage.database import Tx
from storage.schema import (
    admissions,
    audit_log,
    broadcasts,
    chat_administrators,
    content_preferences,
    deliveries,
    drafts,
    forum_topics,
    inbox,
    payloads,
    pins,
    retry_after,
    roles,
    run_messages,
    runs,
    saved_items,
    schedules,
    searches,
    setting_changes,
    slot_schedules,
    subscribers,
    votes,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The person or chat that the data is about; `subscriber_id` is None if it has no row as a subscriber."""

    chat_id: int
    subscriber_id: int | None


Condition = Callable[[Tx, Subject], ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalRows:
    """Rows of a table that are about somebody.

    Erasing deletes them, or empties only the columns `emptied`, which get null, false or one of `values`.
    `is_shared`: they serve others too, so they stay as they are, and nothing in them tells who had them.
    """

    table: Table
    condition: Condition
    emptied: frozenset[str] = frozenset()
    values: Mapping[str, Any] | None = None
    is_shared: bool = False

    def erasing(self, tx: Tx, subject: Subject) -> Any:
        """Return the statement that erases the rows."""
        condition = self.condition(tx, subject)
        if not self.emptied:
            return delete(self.table).where(condition)
        empty = {name: _empty(self.table.c[name]) for name in self.emptied}
        return update(self.table).where(condition).values(empty | dict(self.values or {}))


def of_chat(column: Column[Any]) -> Condition:
    """Return the condition that a column holds the id of the chat or person."""
    return lambda tx, subject: (column == subject.chat_id) & _of_bot(tx, column.table)


def of_subscriber(column: Column[Any]) -> Condition:
    """Return the condition that a column holds the id of the subscriber."""
    return lambda tx, subject: (
        false() if subject.subscriber_id is None else (column == subject.subscriber_id) & _of_bot(tx, column.table)
    )


def all_but(table: Table, *kept: str) -> frozenset[str]:
    """Return the columns of a table other than some, so that a new one is emptied unless it is named here."""
    return frozenset(column.name for column in table.c) - frozenset(kept)


def _deleted(owner: Callable[[Column[Any]], Condition], column: Column[Any]) -> PersonalRows:
    """Return rows that nothing else needs, by the column that tells whose they are."""
    return PersonalRows(table=column.table, condition=owner(column))


def _emptied(
    table: Table, condition: Condition, columns: AbstractSet[str], values: Mapping[str, Any] | None = None
) -> PersonalRows:
    return PersonalRows(table=table, condition=condition, emptied=frozenset(columns), values=values)


def _shared(table: Table, condition: Condition) -> PersonalRows:
    return PersonalRows(table=table, condition=condition, is_shared=True)


def _of_bot(tx: Tx, table: Any) -> ColumnElement[bool]:
    """Return the condition that rows are the bot's; a run's rows are looked up by their run, as they are indexed."""
    if "bot_id" in table.c:
        of_bot: ColumnElement[bool] = table.c.bot_id == tx.bot_id
        return of_bot
    if "run_id" in table.c:
        return _of_runs(table.c.run_id, runs.c.bot_id == tx.bot_id)
    return _of_subscribers(table, tx)


def _of_subscribers(table: Any, tx: Tx) -> ColumnElement[bool]:
    owned: ColumnElement[bool] = table.c.subscriber_id.in_(
        select(subscribers.c.id).where(subscribers.c.bot_id == tx.bot_id)
    )
    return owned


def _of_runs(column: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    listed: ColumnElement[bool] = column.in_(select(runs.c.id).where(condition))
    return listed


def _by_author(tx: Tx, subject: Subject) -> ColumnElement[bool]:
    """Return the condition that a payload is of a broadcast that the person wrote."""
    return _of_runs(payloads.c.run_id, _is_author(tx, subject))


def _composed(tx: Tx, subject: Subject) -> ColumnElement[bool]:
    """Return the condition that a broadcast is one that the person composed."""
    return _of_runs(broadcasts.c.run_id, _is_author(tx, subject))


_is_author = of_chat(runs.c.actor)


def _chosen(shared: Table, column: Column[Any]) -> Condition:
    """Return the condition that a shared row is the one that the subscriber has chosen."""
    return lambda _tx, subject: shared.c.id.in_(select(column).where(subscribers.c.id == subject.subscriber_id))


def _chosen_for_slots(tx: Tx, subject: Subject) -> ColumnElement[bool]:
    """Return the condition that a schedule is one that the subscriber has chosen for a slot."""
    own = of_subscriber(slot_schedules.c.subscriber_id)(tx, subject)
    listed: ColumnElement[bool] = schedules.c.id.in_(select(slot_schedules.c.schedule_id).where(own))
    return listed


PERSONAL = (
    _shared(schedules, _chosen(schedules, subscribers.c.schedule_id)),
    _shared(schedules, _chosen_for_slots),
    _shared(content_preferences, _chosen(content_preferences, subscribers.c.preferences_id)),
    _emptied(
        deliveries,
        of_subscriber(deliveries.c.subscriber_id),
        all_but(deliveries, *deliveries.primary_key.columns.keys(), "content_id", "payload_id")
        - {"state", "reason", "attempts", "resent", "paid", "not_before", "changed_at"},
    ),
    _shared(payloads, _by_author),
    _shared(broadcasts, _composed),
    _emptied(runs, _is_author, {"actor"}),
    _emptied(runs, of_chat(runs.c.card_chat_id), {"card_chat_id", "card_message_id"}),
    _deleted(of_chat, run_messages.c.chat_id),
    _deleted(of_chat, roles.c.user_id),
    _deleted(of_chat, admissions.c.chat_id),
    _deleted(of_chat, drafts.c.author),
    _emptied(audit_log, of_chat(audit_log.c.actor), {"actor"}, {"actor": ERASED}),
    _emptied(audit_log, of_chat(audit_log.c.person), {"person"}, {"person": ERASED}),
    _deleted(of_chat, chat_administrators.c.user_id),
    _deleted(of_subscriber, chat_administrators.c.subscriber_id),
    _deleted(of_subscriber, pins.c.subscriber_id),
    _deleted(of_subscriber, forum_topics.c.subscriber_id),
    _deleted(of_subscriber, slot_schedules.c.subscriber_id),
    _deleted(of_subscriber, setting_changes.c.subscriber_id),
    _deleted(of_chat, setting_changes.c.user_id),
    _deleted(of_chat, retry_after.c.chat_id),
    _deleted(of_chat, inbox.c.chat_id),
    _deleted(of_chat, searches.c.chat_id),
    _deleted(of_chat, searches.c.user_id),
    _deleted(of_chat, saved_items.c.chat_id),
    _deleted(of_chat, votes.c.user_id),
    _emptied(
        subscribers,
        of_chat(subscribers.c.chat_id),
        all_but(subscribers, "id", "bot_id", "kind"),
        {"left_reason": LeftReason.ERASED},
    ),
)
"""Everything kept about somebody, in the order in which it is erased: what is found by another row comes before it."""


async def export(tx: Tx, chat_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return all rows about somebody by their table, without empty tables; ids of rows and bots are left out."""
    subject = await _subject(tx, chat_id)
    conditions: dict[Table, list[ColumnElement[bool]]] = {}
    for personal in PERSONAL:
        conditions.setdefault(personal.table, []).append(personal.condition(tx, subject))
    exported = {}
    for table, any_of in conditions.items():
        rows = await tx.execute(select(table).where(or_(*any_of)).order_by(*table.primary_key))
        if listed := [dict(row._mapping) for row in rows]:
            exported[table.name] = listed
    return exported


async def erase(tx: Tx, chat_id: int) -> None:
    """Erase everything about somebody, once and for all; a row that counts in the ledger stays without its owner.

    What is pending for them is skipped, and a draft of theirs is discarded. The texts of their broadcasts go as soon as
    those have ended (storage/retention.py): others are still to get them, and nothing names the author any more.
    """
    subject = await _subject(tx, chat_id)
    if subject.subscriber_id is not None:
        pending = of_subscriber(deliveries.c.subscriber_id)(tx, subject), deliveries.c.state == DeliveryState.PENDING
        skipped = {"state": DeliveryState.SKIPPED, "reason": DeliveryReason.UNSUBSCRIBED, "not_before": None}
        await tx.execute(update(deliveries).where(*pending).values(skipped))
    for run_id in await tx.scalars(select(runs.c.id).where(_is_author(tx, subject), runs.c.state == RunState.DRAFT)):
        await run_rows.discard(tx, run_id, actor=chat_id)
        await payload_rows.delete_all(tx, run_id)
        await tx.execute(delete(broadcasts).where(broadcasts.c.run_id == run_id))
    for personal in PERSONAL:
        if not personal.is_shared:
            await tx.execute(personal.erasing(tx, subject))


async def _subject(tx: Tx, chat_id: int) -> Subject:
    known = select(subscribers.c.id).where(subscribers.c.bot_id == tx.bot_id, subscribers.c.chat_id == chat_id)
    return Subject(chat_id, await tx.scalar(known))


def _empty(column: Column[Any]) -> Any:
    if column.nullable:
        return None
    if isinstance(column.type, Boolean):
        return False
    raise TypeError(f"{column} cannot be emptied: let it be nullable, or give a value for it in PERSONAL")
