"""Faults of editions: rich layouts, corrections, withdrawals, slots, pictures, recaps and pins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import true

from domain.chat.roles import Role
from domain.delivery.correction import HeldParts, PartChange
from domain.delivery.outcome import (
    Refused,
    RichRefused,
)
from domain.delivery.send_now import SendNow
from domain.delivery.states import RunState
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.wave_decision import WaveDecision
from handlers import subscription_changes
from handlers.request import Request
from storage import digests, planning
from storage.database import Tx
from storage.digests import DigestMetadata
from tests.mutations.mutation import Mutation, registering
from transport.turn_queue import Priority

CORRECTION_TESTS = "tests/delivery/test_delivered_corrections.py"
WITHDRAWAL_TESTS = "tests/delivery/test_withdrawals.py"
EDITED_DRAFT_TESTS = "tests/handlers/test_edited_drafts.py"
VARIANT_TESTS = "tests/delivery/test_variants.py"

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


@mutation(
    49,
    "delivery.resolution:resolve",
    "tests/delivery/test_fallback.py::test_old_server_gives_everybody_the_full_layout",
)
def refused_rich_message_fails_its_delivery(original: Any) -> Any:
    def resolve(due: Any, outcome: Any, **more: Any) -> Any:
        return original(due, Refused(outcome.reason) if isinstance(outcome, RichRefused) else outcome, **more)

    return resolve


@mutation(
    49,
    "delivery.payload_rendering:rich_part_start",
    "tests/delivery/test_fallback.py::test_part_two_refused_brings_the_rest_in_full",
)
def rest_in_full_begins_with_the_next_item(original: Any) -> Any:
    return lambda *arguments: original(*arguments) + 1


@mutation(
    49,
    "transport.action_executor:_alternative",
    "tests/conformance/test_rich_messages.py::test_what_follows_a_rich_message_is_dropped_with_it",
)
def question_follows_a_refused_sample(original: Any) -> Any:
    return lambda action, outcome: [*original(action, outcome), *action.then]


@mutation(
    49,
    "storage.digests:get_version",
    "tests/delivery/test_fallback.py::test_rest_after_a_correction_is_of_the_first_version",
)
def rest_in_full_is_of_the_corrected_version(original: Any) -> Any:
    return lambda tx, run_id, day, version: digests.get(tx, day)


@mutation(134, "handlers.drafts:edited_request", f"{EDITED_DRAFT_TESTS}::test_edited_text_is_read_and_shown_anew")
def edits_of_drafts_are_not_followed(_original: Any) -> Any:
    async def edited_request(*_arguments: Any) -> None:
        return None

    return edited_request


@mutation(134, "storage.drafts:of_message", f"{EDITED_DRAFT_TESTS}::test_another_day_leaves_no_draft_of_the_former")
def draft_of_another_day_stays(_original: Any) -> Any:
    async def of_message(*_arguments: Any, **_more: Any) -> None:
        return None

    return of_message


@mutation(
    88,
    "storage.correction_runs:supersede",
    f"{CORRECTION_TESTS}::test_superseded_correction_edits_nothing_more",
)
def former_correction_goes_on(_original: Any) -> Any:
    async def cancel(_tx: Tx, _corrected_run_id: int, *_states: RunState) -> None:
        return None

    return cancel


@mutation(
    88,
    "domain.delivery.correction:changes",
    f"{CORRECTION_TESTS}::test_only_an_added_part_is_unconfirmed",
)
def part_that_may_have_arrived_is_sent_again(original: Any) -> Any:
    def changes(held: HeldParts, parts: int, version: int, **options: Any) -> dict[int, PartChange]:
        decided: dict[int, PartChange] = original(replace(held, uncertain=frozenset()), parts, version, **options)
        return decided

    return changes


@mutation(
    88,
    "storage.claims:repeat_interrupted_changes",
    f"{CORRECTION_TESTS}::test_kill_between_claim_and_answer_repeats_the_edit",
)
def interrupted_edits_are_unconfirmed(_original: Any) -> Any:
    async def repeat_interrupted_changes(_tx: Tx) -> int:
        return 0

    return repeat_interrupted_changes


@mutation(
    88,
    "delivery.progress_reporter:ProgressReporter._report_end",
    f"{CORRECTION_TESTS}::test_end_of_a_correction_is_reported_with_what_stays_old",
)
def end_of_a_correction_is_told_to_nobody(_original: Any) -> Any:
    async def report_end(_self: Any, _run: Any) -> None:
        return None

    return report_end


@mutation(
    88,
    "storage.correction_rows:lost_parts",
    f"{CORRECTION_TESTS}::test_part_that_was_deleted_without_an_answer_comes_back",
)
def deleted_parts_stay_away(_original: Any) -> Any:
    async def lost_parts(_tx: Tx, _run_id: int) -> list[Any]:
        return []

    return lost_parts


@mutation(
    90,
    "handlers.dispatcher:Dispatcher._sent_digests",
    "tests/handlers/test_drafts.py::test_role_is_looked_up_before_the_file_and_at_the_press",
)
def files_of_strangers_are_fetched(original: Any) -> Any:
    async def fetch(dispatcher: Any, request: Request) -> Any:
        await dispatcher._services.fetch_file("file", 1)
        return await original(dispatcher, request)

    return fetch


@mutation(
    90,
    "storage.drafts:get",
    "tests/handlers/test_drafts.py::test_second_draft_replaces_the_first_and_a_day_later_it_is_gone",
)
def old_drafts_are_published(original: Any) -> Any:
    async def get(tx: Tx, draft_id: int, *, now: datetime) -> Any:
        return await original(tx, draft_id, now=now - timedelta(days=9))

    return get


@mutation(
    90,
    "delivery.publisher:is_chat_source",
    "tests/bot/test_edition_reports.py::test_the_folder_takes_no_edition_of_the_chat_back",
)
def folder_takes_corrections_of_the_chat_back(_original: Any) -> Any:
    return lambda _path: False


@mutation(
    94,
    "handlers.context:Context.may",
    "tests/handlers/test_preview.py::test_only_editors_see_an_edition_before_its_hour",
)
def everybody_may_preview(_original: Any) -> Any:
    return lambda _context, least: least is Role.EDITOR


@mutation(98, "storage.runs:withdraw", f"{WITHDRAWAL_TESTS}::test_withdrawal_in_mid_morning_stops_sending")
def withdrawn_run_goes_on(_original: Any) -> Any:
    async def withdraw(_tx: Tx, _run_id: int) -> None:
        return None

    return withdraw


@mutation(
    98,
    "storage.claims:repeat_interrupted_changes",
    f"{WITHDRAWAL_TESTS}::test_withdrawal_goes_on_after_a_kill",
)
def interrupted_withdrawals_are_unconfirmed(_original: Any) -> Any:
    async def repeat_interrupted_changes(_tx: Tx) -> int:
        return 0

    return repeat_interrupted_changes


@mutation(
    98,
    "storage.correction_rows:has_undeleted",
    f"{WITHDRAWAL_TESTS}::test_message_that_telegram_does_not_delete_becomes_a_note",
)
def refused_deletions_are_the_end(_original: Any) -> Any:
    async def has_undeleted(_tx: Tx, _run_id: int) -> bool:
        return False

    return has_undeleted


@mutation(
    98,
    "delivery.publishing:publish",
    f"{WITHDRAWAL_TESTS}::test_changed_edition_stays_withdrawn_until_published_anew",
)
def changed_file_publishes_a_withdrawn_edition(original: Any) -> Any:
    async def publish(*arguments: Any, **options: Any) -> Any:
        return await original(*arguments, **options | {"anew": True})

    return publish


@mutation(
    99,
    "domain.subscription.wave_decision:decide",
    "tests/delivery/test_send_now.py::test_what_came_too_late_for_all_windows_can_be_sent",
)
def windows_hold_for_what_is_sent_at_once(original: Any) -> Any:
    return lambda *arguments, newest_due, **_at_once: original(*arguments, newest_due=newest_due)


@mutation(
    99,
    "storage.send_now:_sendable",
    "tests/bot/test_send_command.py::test_send_shows_the_numbers_and_sends_only_with_now",
)
def edition_of_unknown_recipients_is_sent(_original: Any) -> Any:
    async def sendable(tx: Tx, day: date) -> DigestMetadata | SendNow:
        return await digests.get_metadata(tx, day) or SendNow.SENT

    return sendable


@mutation(
    107,
    "delivery.planner:_slot_of_run",
    "tests/delivery/test_slots.py::test_each_slot_comes_to_those_who_chose_it_at_its_time",
)
def slots_are_planned_by_the_schedules_of_the_digest(_original: Any) -> Any:
    return lambda _run: DEFAULT_SLOT


@mutation(
    107,
    "storage.planning:_plan_slot",
    "tests/delivery/test_slots.py::test_who_chose_it_after_it_was_due_waits_for_the_next",
)
def since_when_a_slot_was_chosen_is_not_asked(_original: Any) -> Any:
    return planning._rows_for(planning._of_slot)


@mutation(
    107,
    "storage.waves:newest_due_edition",
    "tests/delivery/test_slots.py::test_newest_applies_within_a_slot_only",
)
def newest_edition_of_any_slot_takes_the_place_of_all(original: Any) -> Any:
    async def newest_due_edition(tx: Any, schedule_id: int, _slot: str, *, now: datetime, latest: date) -> Any:
        slots = (DEFAULT_SLOT, "evening")
        newest = [await original(tx, schedule_id, slot, now=now, latest=latest) for slot in slots]
        return max((edition for edition in newest if edition is not None), default=None)

    return newest_due_edition


@mutation(
    108,
    "digest.rendering.pagination.paginate:_picture",
    "tests/views/test_pictures.py::test_message_in_which_no_pictured_item_begins_shows_none",
)
def a_continued_item_shows_its_picture_again(_original: Any) -> Any:
    return lambda run: next((piece.passage.picture for piece in run if piece.passage.picture), None)


@mutation(
    109,
    "bot.picture_files:PictureFolder._read",
    "tests/bot/test_picture_files.py::test_only_regular_files_beside_or_below_the_digest_are_read",
)
def links_to_pictures_are_followed(_original: Any) -> Any:
    return lambda self, names: self._folder.joinpath(*names).read_bytes()


@mutation(
    109,
    "storage.pictures:forget_file_ids",
    "tests/delivery/test_photos.py::test_refused_file_ids_are_renewed_and_nobody_gets_photos_twice",
)
def refused_file_ids_are_kept(_original: Any) -> Any:
    async def forget_file_ids(*_: Any, **_options: Any) -> None:
        return None

    return forget_file_ids


@mutation(
    109,
    "delivery.publishing:PHOTO_WAIT",
    "tests/delivery/test_photos.py::test_edition_that_is_due_waits_for_its_photos_and_then_goes_without",
)
def an_edition_does_not_wait_for_its_photos(_original: Any) -> Any:
    return timedelta()


@mutation(111, "handlers.recap:shown_items", "tests/handlers/test_recap.py::test_recap_shows_nothing_that_was_left_out")
def a_recap_shows_what_was_left_out(_original: Any) -> Any:
    return lambda items, _preferences: tuple(items)


@mutation(
    112,
    "storage.pins:claim_pin",
    "tests/delivery/test_pin_updater.py::test_stop_between_claim_and_call_pins_nothing_twice",
)
def a_pin_is_not_claimed(_original: Any) -> Any:
    async def claim_pin(*_: Any) -> bool:
        return True

    return claim_pin


@mutation(
    112,
    "transport.turn_queue:TurnQueue.wait_for_turn",
    "tests/transport/test_rate_limiter.py::test_a_pin_waits_for_all_deliveries",
)
def pins_go_with_notifications(original: Any) -> Any:
    return lambda self, priority, **more: original(self, min(priority, Priority.NOTIFICATION), **more)


@mutation(
    112,
    "storage.pins:note_refused",
    "tests/delivery/test_pin_updater.py::test_missing_right_is_told_once_in_private",
)
def a_refused_pin_is_forgotten(_original: Any) -> Any:
    async def note_refused(*_: Any) -> None:
        return None

    return note_refused


@mutation(
    113,
    "delivery.recap_runs:due_recaps",
    "tests/delivery/test_recap_runs.py::test_recap_comes_once_whatever_changes",
)
def a_recap_of_each_hour_has_a_run_of_its_own(original: Any) -> Any:
    return lambda schedule, weekday, now: [
        replace(recap, day=recap.day - timedelta(days=7 * (schedule.minute_of_day % 7)))
        for recap in original(schedule, weekday, now)
    ]


@mutation(
    113,
    "delivery.due_waves:decide_recap",
    "tests/delivery/test_recap_runs.py::test_late_start_follows_the_rules_of_digests",
)
def a_late_recap_goes_out_at_any_hour(_original: Any) -> Any:
    return lambda *_: WaveDecision.NOW


@mutation(
    113,
    "storage.planning:_chose",
    "tests/delivery/test_recap_runs.py::test_recap_comes_on_its_day_with_what_readers_want",
)
def everybody_gets_the_recap(_original: Any) -> Any:
    return lambda *_: true()


@mutation(
    115,
    "digest.metadata:is_slot",
    "tests/digest/test_slots.py::test_what_is_no_slot_is_refused_with_its_line",
)
def any_name_is_that_of_a_slot(_original: Any) -> Any:
    return lambda _name: True


@mutation(
    115,
    "domain.edition_day:EditionDay.__str__",
    "tests/domain/test_edition_day.py::test_its_name_is_read_back",
)
def the_name_of_an_edition_leaves_its_slot_out(_original: Any) -> Any:
    return lambda edition: edition.isoformat()


@mutation(116, "digest.model:Digest.in_language", f"{VARIANT_TESTS}::test_each_reader_gets_the_text_of_their_language")
def everybody_gets_the_original(_original: Any) -> Any:
    return lambda edition, _language: edition


@mutation(116, "digest.variants:_rank", f"{VARIANT_TESTS}::test_variant_waits_for_its_original")
def any_text_may_be_the_original(_original: Any) -> Any:
    return lambda _text, _default_language: 1


@mutation(
    116,
    "storage.digests:variant_languages",
    f"{VARIANT_TESTS}::test_readers_are_told_once_that_their_language_is_missing",
)
def no_language_counts_as_offered(_original: Any) -> Any:
    async def variant_languages(*_arguments: Any, **_options: Any) -> list[str]:
        return []

    return variant_languages


@mutation(
    117,
    "storage.edition_texts:unchanged_texts",
    f"{VARIANT_TESTS}::test_correction_of_a_variant_edits_those_who_had_it",
)
def every_text_counts_as_changed(_original: Any) -> Any:
    async def unchanged_texts(*_arguments: Any) -> dict[int, frozenset[str]]:
        return {}

    return unchanged_texts


@mutation(117, "storage.edition_texts:_is_unchanged", f"{VARIANT_TESTS}::test_late_variant_goes_to_nobody_twice")
def a_late_variant_changes_the_original(_original: Any) -> Any:
    def is_unchanged(former: Any, current: Any, language: str) -> bool:
        held, newest = former.in_language(language), current.in_language(language)
        return bool(held.content_hash == newest.content_hash)

    return is_unchanged


@mutation(
    118,
    "digest.metadata:parse_text_language",
    "tests/digest/test_variants.py::test_what_is_no_language_or_contradicts_is_refused",
)
def every_tag_is_a_language(_original: Any) -> Any:
    return lambda tag: tag.lower()


@mutation(
    118, "storage.item_index:tiers", "tests/handlers/test_variants.py::test_everything_shows_the_text_of_the_reader"
)
def searches_find_all_texts(original: Any) -> Any:
    return lambda syntax, bot_id, phrases, category, _language="": original(syntax, bot_id, phrases, category)


@mutation(
    122,
    "handlers.subscription_changes:pause_slot",
    "tests/handlers/test_slots.py::test_slot_alone_is_paused_and_goes_on",
)
def pause_of_a_slot_pauses_everything(_original: Any) -> Any:
    return lambda context, _slot, until: subscription_changes.pause(context, until)
