"""Runs: digests and broadcasts that go out to many recipients, from draft to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from domain.chat.limits import DELETABLE_FOR
from domain.delivery.payment import Payment
from domain.delivery.progress import CardMessage
from domain.delivery.reasons import RunStateReason
from domain.delivery.states import RunKind, RunPurpose, RunState, WaveState
from domain.edition_day import DEFAULT_SLOT, EditionDay, slot_of
from domain.subscription.due_runs import Publication
from storage import deliveries, payloads
from storage.database import Tx
from storage.payloads import BROADCAST_CONTENT, NewPayload, RenderedContent
from storage.predicates import IS_WAITING
from storage.schema import deliveries as deliveries_table
from storage.schema import runs, waves

LIVE = (RunState.RUNNING, RunState.PAUSED)
"""States in which a run still has something to do."""

_REPORTED = RunKind.BROADCAST, RunKind.CORRECTION, RunKind.WITHDRAWAL
"""Kinds of runs that are reported once, at their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run without its figures. `published_at` is when its edition was published or the broadcast confirmed.

    Until `photos_until` it waits for its edition's photos to be uploaded; None if there are none to wait for.
    """

    id: int
    kind: RunKind
    state: RunState
    edition: EditionDay | None
    version: int
    published_at: datetime
    rendered_up_to_preferences_id: int
    actor: int | None
    card: CardMessage | None
    reported_at: datetime | None
    change_count: int
    recalled_run_id: int | None = None
    corrected_run_id: int | None = None
    pinned_run_id: int | None = None
    photos_until: datetime | None = None

    @property
    def edition_run_id(self) -> int:
        """The run that keeps the versions of its edition."""
        return self.id if self.corrected_run_id is None else self.corrected_run_id

    @property
    def changed_run_id(self) -> int | None:
        """The run whose messages this one changes; None if it changes none."""
        return self.recalled_run_id or self.corrected_run_id or self.pinned_run_id

    @property
    def purpose(self) -> RunPurpose:
        """What the run does. That of a correction follows from whose messages it changes."""
        if self.kind is not RunKind.CORRECTION:
            return RunPurpose(self.kind)
        if self.recalled_run_id is not None:
            return RunPurpose.RECALL
        if self.pinned_run_id is not None:
            return RunPurpose.PINS
        return RunPurpose.EDIT if self.edition is None else RunPurpose.CORRECTION


async def draft_broadcast(tx: Tx, *, actor: int, method: str, body: dict[str, Any], now: datetime) -> int:
    """Store a broadcast that its author has to confirm. `body` holds the method's parameters without the recipient."""
    run_id = await add_draft(tx, actor=actor, now=now)
    await payloads.add(tx, run_id, 1, [RenderedContent(BROADCAST_CONTENT, (), (NewPayload(1, method, body),))])
    return run_id


async def add_draft(tx: Tx, *, actor: int, now: datetime) -> int:
    """Add the run of a broadcast that its author has to confirm, without its content."""
    row = {
        "bot_id": tx.bot_id,
        "kind": RunKind.BROADCAST,
        "version": 1,
        "state": RunState.DRAFT,
        "published_at": now,
        "actor": actor,
    }
    run_id: int = (await tx.execute(insert(runs).values(row).returning(runs.c.id))).scalar_one()
    return run_id


async def confirm(
    tx: Tx,
    run_id: int,
    *,
    actor: int,
    card: CardMessage,
    now: datetime,
    payment: Payment = Payment.FREE,
    dues: Mapping[int | None, datetime] | None = None,
) -> bool:
    """Send a draft to everybody who is subscribed now; return False except the first time, for its author.

    With `dues` it is due for each schedule at another instant, and for all (None) at last.
    """
    values = {
        "state": RunState.RUNNING,
        "payment": payment,
        "published_at": now,
        "card_chat_id": card.chat_id,
        "card_message_id": card.message_id,
    }
    drafted = runs.c.state == RunState.DRAFT, runs.c.actor == actor
    if not await _change(tx, run_id, *drafted, **values):
        return False
    rows = [
        {"run_id": run_id, "schedule_id": schedule_id, "due_at": due_at, "state": WaveState.WAITING}
        for schedule_id, due_at in (dues or {None: now}).items()
    ]
    await tx.execute(insert(waves), rows)
    return True


async def return_to_draft(tx: Tx, run_id: int, *, actor: int) -> bool:
    """Make a broadcast a draft again that is not due for anybody yet; only its author may."""
    begun = select(deliveries_table.c.run_id).where(deliveries_table.c.run_id == run_id).exists()
    waits = select(waves.c.id).where(waves.c.run_id == run_id, ~IS_WAITING).exists()
    scheduled = runs.c.state == RunState.RUNNING, runs.c.actor == actor, runs.c.kind == RunKind.BROADCAST
    values = {"state": RunState.DRAFT, "card_chat_id": None, "card_message_id": None}
    if not await _change(tx, run_id, *scheduled, ~begun, ~waits, **values):
        return False
    await tx.execute(delete(waves).where(waves.c.run_id == run_id))
    return True


async def note_card(tx: Tx, run_id: int, card: CardMessage | None) -> None:
    """Note the message that shows a draft and its options; None if there is none."""
    shown = (None, None) if card is None else (card.chat_id, card.message_id)
    await _change(tx, run_id, runs.c.state == RunState.DRAFT, card_chat_id=shown[0], card_message_id=shown[1])


async def scheduled(tx: Tx, *, now: datetime) -> list[Run]:
    """Return the broadcasts that are due later, the oldest first."""
    later = select(waves.c.id).where(waves.c.run_id == runs.c.id, IS_WAITING, waves.c.due_at > now).exists()
    waiting = _of_bot(tx), runs.c.kind == RunKind.BROADCAST, runs.c.state.in_(LIVE), later
    return [read_row(row) for row in await tx.execute(select(runs).where(*waiting).order_by(runs.c.id))]


async def discard(tx: Tx, run_id: int, *, actor: int, reason: RunStateReason = RunStateReason.DISCARDED) -> bool:
    """Throw a draft away; only its author may. Its card says so, and follows the run no longer."""
    drafted = runs.c.state == RunState.DRAFT, runs.c.actor == actor
    no_card = {"card_chat_id": None, "card_message_id": None}
    return await _change(tx, run_id, *drafted, state=RunState.CANCELLED, state_reason=reason, **no_card)


async def pause(tx: Tx, run_id: int, reason: RunStateReason, detail: str = "") -> bool:
    """Send no more of a run until `resume`; `detail` is Telegram's description, for the admins."""
    values = {"state": RunState.PAUSED, "state_reason": reason, "state_detail": detail}
    return await _change(tx, run_id, runs.c.state == RunState.RUNNING, **values)


async def resume(tx: Tx, run_id: int) -> bool:
    """Let a paused run go on."""
    values = {"state": RunState.RUNNING, "state_reason": RunStateReason.NONE, "state_detail": ""}
    return await _change(tx, run_id, runs.c.state == RunState.PAUSED, **values)


async def cancel(tx: Tx, run_id: int, reason: RunStateReason) -> bool:
    """End a run for good; what is pending counts as skipped at once, and `deliveries.drop` changes the rows later."""
    values = {"state": RunState.CANCELLED, "state_reason": reason, "change_count": runs.c.change_count + 1}
    return await _change(tx, run_id, runs.c.state.in_(LIVE), **values)


async def withdraw(tx: Tx, run_id: int) -> None:
    """End a run for good, in whatever state it is: it is no longer that of its edition."""
    values = {"state": RunState.CANCELLED, "state_reason": RunStateReason.WITHDRAWN}
    await _change(tx, run_id, change_count=runs.c.change_count + 1, **values)


async def recall(tx: Tx, run_id: int, *, actor: int, now: datetime) -> bool:
    """Start a run that deletes the messages of a broadcast that has ended; return False except the first time.

    Of a broadcast that was confirmed longer than `DELETABLE_FOR` ago Telegram would delete hardly a message.
    """
    ended = runs.c.state.in_((RunState.FINISHED, RunState.CANCELLED)), runs.c.published_at > now - DELETABLE_FOR
    recallable = runs.c.kind == RunKind.BROADCAST, *ended, ~_is_recalled(run_id)
    if not await _change(tx, run_id, *recallable, change_count=runs.c.change_count + 1):
        return False
    row = {
        "bot_id": tx.bot_id,
        "kind": RunKind.CORRECTION,
        "version": 1,
        "state": RunState.RUNNING,
        "published_at": now,
        "actor": actor,
        "recalled_run_id": run_id,
    }
    recall_id: int = (await tx.execute(insert(runs).values(row).returning(runs.c.id))).scalar_one()
    deletion = NewPayload(1, payloads.DELETE_METHOD, {})
    await payloads.add(tx, recall_id, 1, [RenderedContent(BROADCAST_CONTENT, (), (deletion,))])
    wave = {"run_id": recall_id, "schedule_id": None, "due_at": now, "state": WaveState.WAITING}
    await tx.execute(insert(waves), [wave])
    return True


async def stop_paying(tx: Tx, run_id: int, detail: str) -> bool:
    """Send the rest of a run for free; `detail` is Telegram's refusal. Return whether the run was paying until now."""
    values = {"payment": Payment.STOPPED, "payment_detail": detail, "change_count": runs.c.change_count + 1}
    return await _change(tx, run_id, runs.c.payment == Payment.PAID, **values)


async def resend_unconfirmed(tx: Tx, run_id: int) -> int:
    """Let the unconfirmed deliveries of a run go out again, except of a cancelled one; return how many."""
    run = await get(tx, run_id)
    if run is None or run.state in (RunState.DRAFT, RunState.CANCELLED) or await is_recalled(tx, run_id):
        return 0
    count = await deliveries.resend_unconfirmed(tx, run_id)
    if count:
        finished = runs.c.state == RunState.FINISHED
        await _change(tx, run_id, finished, state=RunState.RUNNING, finished_at=None)
    return count


async def retry_failed(tx: Tx, run_id: int) -> int:
    """Let the deliveries go once more that Telegram refused, except of a cancelled run; return how many."""
    run = await get(tx, run_id)
    if run is None or run.state in (RunState.DRAFT, RunState.CANCELLED) or await is_recalled(tx, run_id):
        return 0
    count = await deliveries.retry_failed(tx, run_id)
    if count:
        finished = runs.c.state == RunState.FINISHED
        await _change(tx, run_id, finished, state=RunState.RUNNING, finished_at=None)
    return count


async def is_recalled(tx: Tx, run_id: int) -> bool:
    """Return whether a broadcast's messages are deleted, so that none of it may go out any more."""
    return bool(await tx.scalar(select(_is_recalled(run_id))))


async def is_over(tx: Tx, run_id: int) -> bool:
    """Return whether a running run has nothing waiting or pending any more."""
    return (await tx.execute(select(runs.c.id).where(*_over(tx, run_id)))).first() is not None


async def finish(tx: Tx, run_id: int, *, now: datetime) -> bool:
    """End a run that is over; return whether it was."""
    values = {"state": RunState.FINISHED, "finished_at": now, "change_count": runs.c.change_count + 1}
    ended = update(runs).where(*_over(tx, run_id)).values(values)
    has_ended = (await tx.execute(ended)).rowcount == 1
    if has_ended:
        broadcast = func.coalesce(runs.c.recalled_run_id, runs.c.corrected_run_id, runs.c.pinned_run_id)
        changed = select(broadcast).where(runs.c.id == run_id, runs.c.date.is_(None))
        await tx.execute(update(runs).where(runs.c.id.in_(changed)).values(change_count=runs.c.change_count + 1))
    return has_ended


async def get(tx: Tx, run_id: int) -> Run | None:
    """Return a run."""
    row = (await tx.execute(select(runs).where(*_is(tx, run_id)))).one_or_none()
    return None if row is None else read_row(row)


async def state_reason(tx: Tx, run_id: int) -> RunStateReason:
    """Return why a run is paused or cancelled."""
    return RunStateReason(await tx.scalar(select(runs.c.state_reason).where(*_is(tx, run_id))) or "")


async def slot(tx: Tx, run_id: int) -> str:
    """Return the slot of a run's edition; the default one for what is no edition."""
    of_run: str | None = await tx.scalar(select(runs.c.slot).where(*_is(tx, run_id)))
    return of_run or DEFAULT_SLOT


async def get_by_edition(tx: Tx, edition: date) -> Run | None:
    """Return the run of an edition's digest; none if that was withdrawn."""
    row = (await tx.execute(select(runs).where(*_is_edition(tx, edition)))).one_or_none()
    return None if row is None else read_row(row)


async def in_state(tx: Tx, *states: RunState) -> list[Run]:
    """Return all runs in one of some states, oldest first."""
    rows = await tx.execute(select(runs).where(_of_bot(tx), runs.c.state.in_(states)).order_by(runs.c.id))
    return [read_row(row) for row in rows]


async def unreported(tx: Tx) -> list[Run]:
    """Return the broadcasts, corrections and withdrawals that have ended and were not reported.

    The report of a broadcast shows its recall, its edit and its pins.
    """
    ended = runs.c.state.in_((RunState.FINISHED, RunState.CANCELLED)), runs.c.reported_at.is_(None)
    reported = *ended, runs.c.kind.in_(_REPORTED), or_(runs.c.kind == RunKind.BROADCAST, runs.c.date.is_not(None))
    rows = await tx.execute(select(runs).where(_of_bot(tx), *reported).order_by(runs.c.id))
    return [read_row(row) for row in rows]


async def leftovers(tx: Tx) -> list[int]:
    """Return the cancelled runs that still have pending deliveries."""
    left = deliveries.any_pending(runs.c.id)
    return list(await tx.scalars(select(runs.c.id).where(_of_bot(tx), runs.c.state == RunState.CANCELLED, left)))


async def editions_since(tx: Tx, instant: datetime) -> int:
    """Return how many digests with a run were published since an instant."""
    counted = select(func.count()).where(_of_bot(tx), runs.c.kind == RunKind.DIGEST, runs.c.published_at > instant)
    count: int = (await tx.execute(counted)).scalar_one()
    return count


async def digest_publications(
    tx: Tx, *states: RunState, since: datetime, default_zone: str, slot: str = DEFAULT_SLOT
) -> dict[int, Publication]:
    """Return when the digests of a slot with runs in some states were published, if after an instant, by run."""
    recent_digests = (
        _of_bot(tx),
        runs.c.kind == RunKind.DIGEST,
        runs.c.slot == slot,
        runs.c.state.in_(states),
        runs.c.published_at > since,
    )
    rows = await tx.execute(select(runs.c.id, runs.c.date, runs.c.published_at).where(*recent_digests))
    return {row.id: Publication.of(date.fromisoformat(row.date), row.published_at, default_zone) for row in rows}


async def add_digest(tx: Tx, edition: date, *, published: datetime, upto: int) -> int:
    """Add the run of a new edition, rendered for content preferences up to the id `upto`."""
    row = {
        "bot_id": tx.bot_id,
        "kind": RunKind.DIGEST,
        "date": edition.isoformat(),
        "slot": slot_of(edition),
        "version": 1,
        "state": RunState.RUNNING,
        "published_at": published,
        "rendered_up_to_preferences_id": upto,
    }
    run_id: int = (await tx.execute(insert(runs).values(row).returning(runs.c.id))).scalar_one()
    return run_id


async def set_version(tx: Tx, run_id: int, version: int, *, published: datetime, upto: int) -> None:
    """Let waves be planned with the payloads of another version."""
    await _change(tx, run_id, version=version, published_at=published, rendered_up_to_preferences_id=upto)


async def set_photos_until(tx: Tx, run_id: int, until: datetime | None) -> None:
    """Let a run wait for its edition's photos until an instant, or (None) for none any more."""
    await _change(tx, run_id, photos_until=until)


async def set_rendered(tx: Tx, run_id: int, upto: int) -> None:
    """Note that a run is rendered for content preferences up to an id."""
    await _change(tx, run_id, rendered_up_to_preferences_id=upto)


async def reported_figures(tx: Tx, run_id: int) -> str | None:
    """Return the figures that the admins were told last."""
    figures: str | None = await tx.scalar(select(runs.c.reported_figures).where(*_is(tx, run_id)))
    return figures


async def note_report(tx: Tx, run_id: int, *, figures: str | None = None, now: datetime) -> None:
    """Note that the admins have been told how a run stands."""
    await _change(tx, run_id, reported_at=now, reported_figures=figures)


async def awaits_report(tx: Tx, run_id: int) -> bool:
    """Return whether an edition was sent at once and nobody has been told since how that ended."""
    sent_at_once = select(func.max(waves.c.due_at)).where(waves.c.run_id == run_id, waves.c.at_once).scalar_subquery()
    is_untold = runs.c.reported_at.is_(None) | (runs.c.reported_at < sent_at_once)
    found = select(runs.c.id).where(*_is(tx, run_id), sent_at_once.is_not(None), is_untold)
    return (await tx.execute(found)).first() is not None


async def note_change(tx: Tx, run_id: int) -> None:
    """Note that a run's messages may not show its figures any more."""
    await _change(tx, run_id, change_count=runs.c.change_count + 1)


async def reopen(tx: Tx, run_id: int) -> None:
    """Let a finished run go on, because somebody joined in time."""
    await _change(tx, run_id, runs.c.state == RunState.FINISHED, state=RunState.RUNNING, finished_at=None)


def _of_bot(tx: Tx) -> ColumnElement[bool]:
    return runs.c.bot_id == tx.bot_id


def _is(tx: Tx, run_id: int) -> tuple[Any, ...]:
    return _of_bot(tx), runs.c.id == run_id


def _is_edition(tx: Tx, day: date) -> tuple[Any, ...]:
    is_current = runs.c.kind == RunKind.DIGEST, runs.c.state_reason != RunStateReason.WITHDRAWN
    return *is_current, _of_bot(tx), runs.c.date == day.isoformat(), runs.c.slot == slot_of(day)


def _over(tx: Tx, run_id: int) -> tuple[Any, ...]:
    waiting = select(waves.c.id).where(waves.c.run_id == run_id, IS_WAITING)
    running = *_is(tx, run_id), runs.c.state == RunState.RUNNING
    return (*running, ~waiting.exists(), ~deliveries.any_pending(run_id))


def _is_recalled(run_id: int) -> ColumnElement[bool]:
    recalls = runs.alias("recalls")
    return select(recalls.c.id).where(recalls.c.recalled_run_id == run_id).exists()


async def _change(tx: Tx, run_id: int, *conditions: Any, **values: Any) -> bool:
    return (await tx.execute(update(runs).where(*_is(tx, run_id), *conditions).values(values))).rowcount == 1


def read_row(row: Any) -> Run:
    """Return the run of a row of `runs`."""
    return Run(
        id=row.id,
        kind=RunKind(row.kind),
        state=RunState(row.state),
        edition=EditionDay.read(row.date, row.slot) if row.date else None,
        version=row.version,
        published_at=row.published_at,
        rendered_up_to_preferences_id=row.rendered_up_to_preferences_id,
        actor=row.actor,
        card=None if row.card_chat_id is None else CardMessage(row.card_chat_id, row.card_message_id),
        reported_at=row.reported_at,
        change_count=row.change_count,
        recalled_run_id=row.recalled_run_id,
        corrected_run_id=row.corrected_run_id,
        pinned_run_id=row.pinned_run_id,
        photos_until=row.photos_until,
    )
