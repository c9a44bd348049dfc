"""Faults of broadcasts: composing, segments, schedules, recalls and edits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import true, update

from domain.chat.action import Action
from domain.chat.event import EditedMessage
from domain.delivery.broadcast import Broadcast
from domain.delivery.outcome import (
    Incomplete,
    Sent,
)
from domain.delivery.progress import CardMessage
from domain.delivery.segment import EVERYBODY, Segment
from domain.delivery.states import RunPurpose
from handlers.context import Context
from storage import broadcasts
from storage.broadcasts import StoredBroadcast
from storage.database import Tx
from storage.schema import deliveries, runs
from tests.mutations.mutation import Mutation, registering

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


@mutation(
    97,
    "storage.claims:repeat_interrupted_changes",
    "tests/delivery/test_recall.py::test_recall_goes_on_after_a_kill",
)
def interrupted_deletions_are_not_repeated(_original: Any) -> Any:
    async def repeat_interrupted_changes(_tx: Tx) -> int:
        return 0

    return repeat_interrupted_changes


@mutation(
    97,
    "storage.correction_runs:has_unanswered",
    "tests/delivery/test_recall.py::test_recall_waits_for_messages_in_flight",
)
def recall_does_not_wait(_original: Any) -> Any:
    async def has_unanswered(_tx: Tx, _run_id: int) -> bool:
        return False

    return has_unanswered


@mutation(
    101,
    "delivery.resolution:_arrived",
    "tests/delivery/test_resolution.py::test_album_that_is_not_whole_has_failed",
)
def part_of_an_album_is_enough(original: Any) -> Any:
    def arrived(due: Any, outcome: Any) -> Any:
        if not isinstance(outcome, Incomplete):
            return original(due, outcome)
        first, *others = outcome.message_ids
        return original(due, Sent(first, tuple(others)))

    return arrived


@mutation(
    102,
    "storage.segments:_had",
    "tests/storage/test_segments.py::test_broadcast_goes_to_its_segment_alone",
)
def everybody_had_every_edition(_original: Any) -> Any:
    return lambda _bot_id, _day: true()


@mutation(
    103,
    "storage.runs:return_to_draft",
    "tests/storage/test_segments.py::test_broadcast_is_called_back_only_before_it_begins",
)
def broadcast_that_has_begun_is_called_back(_original: Any) -> Any:
    async def return_to_draft(tx: Tx, run_id: int, *, actor: int) -> bool:
        is_theirs = runs.c.id == run_id, runs.c.actor == actor, runs.c.state == "running"
        return (await tx.execute(update(runs).where(*is_theirs).values(state="draft"))).rowcount == 1

    return return_to_draft


@mutation(
    104,
    "storage.deliveries:retry_failed",
    "tests/delivery/test_run_messages.py::test_what_was_refused_is_tried_again_and_nobody_gets_it_twice",
)
def everything_failed_is_tried_again(_original: Any) -> Any:
    async def retry_failed(tx: Tx, run_id: int) -> int:
        failed = deliveries.c.run_id == run_id, deliveries.c.state == "failed"
        return (await tx.execute(update(deliveries).where(*failed).values(state="pending"))).rowcount

    return retry_failed


@mutation(
    105,
    "storage.broadcasts:segment",
    "tests/storage/test_segments.py::test_broadcast_goes_to_its_segment_alone",
)
def segment_is_forgotten(_original: Any) -> Any:
    async def segment(_tx: Tx, _run_id: int) -> Segment:
        return EVERYBODY

    return segment


@mutation(
    121,
    "storage.broadcasts:edit_call",
    "tests/delivery/test_broadcast_edits.py::test_all_show_the_newest_text_after_a_kill",
)
def edit_has_the_former_text(original: Any) -> Any:
    return lambda broadcast: original(broadcast.with_text("old", [], message_id=1))


@mutation(
    121,
    "delivery.version_change:_WITH_VERSIONS",
    "tests/delivery/test_broadcast_edits.py::test_edit_while_it_goes_out_reaches_all",
)
def waiting_rows_of_a_broadcast_keep_their_text(_original: Any) -> Any:
    return (RunPurpose.DIGEST,)


@mutation(
    123,
    "handlers.edited_messages:concerns_broadcast",
    "tests/handlers/test_edited_messages.py::test_edited_draft_is_shown_anew",
)
def edits_are_not_followed(_original: Any) -> Any:
    async def concerns_broadcast(_event: EditedMessage, _context: Context) -> bool:
        return False

    return concerns_broadcast


@mutation(
    123,
    "storage.broadcasts:reword",
    "tests/handlers/test_edited_messages.py::test_edited_draft_is_shown_anew",
)
def former_card_still_sends(_original: Any) -> Any:
    async def reword(tx: Tx, stored: StoredBroadcast, broadcast: Broadcast, *, now: datetime) -> StoredBroadcast:
        await broadcasts.change(tx, stored, broadcast)
        return replace(stored, broadcast=broadcast)

    return reword


@mutation(
    123,
    "storage.runs:note_card",
    "tests/handlers/test_edited_messages.py::test_opened_card_gives_way_to_that_of_the_new_text",
)
def open_card_is_not_known(_original: Any) -> Any:
    async def note_card(_tx: Tx, _run_id: int, _card: CardMessage | None) -> None:
        pass

    return note_card


@mutation(
    123,
    "handlers.sent_cards:note_sent_card",
    "tests/handlers/test_sent_cards.py::test_edit_before_the_card_is_confirmed_retires_it",
)
def late_card_stays_as_it_is(original: Any) -> Any:
    async def note_sent_card(*arguments: Any, **card: int) -> list[Action]:
        await original(*arguments, **card)
        return []

    return note_sent_card


@mutation(
    125,
    "storage.broadcast_pins:supersede",
    "tests/delivery/test_broadcast_pins.py::test_unpin_takes_the_place_of_pins_that_go_on",
)
def former_pins_go_on(_original: Any) -> Any:
    async def supersede(_tx: Tx, _run_id: int) -> None: ...

    return supersede
