"""Faults in sending: the ledger, restarts, what Telegram refuses, times and outages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import false, text

from delivery.ledger import Ledger, _Claim
from delivery.resolution import Resolution
from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Outcome,
    Retry,
    Unconfirmed,
)
from domain.subscription.calendar import Schedule, due_instant
from storage import waves
from storage.database import Tx
from storage.sqlite import ledger
from tests.mutations.mutation import Mutation, do_nothing, registering, without_condition
from transport.rate_limiter import RateLimiter
from transport.responses import NoResponse, NotSent, TransportResult
from transport.turn_queue import TurnQueue

SERVICE_TESTS = "tests/delivery/test_service.py"

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


def _without_effects(original: Any, of: type[Outcome]) -> Any:
    def resolve(due: Any, outcome: Outcome, **kwargs: Any) -> Resolution:
        resolution: Resolution = original(due, outcome, **kwargs)
        return replace(resolution, effects=()) if isinstance(outcome, of) else resolution

    return resolve


@mutation(2, "storage.claims:mark_interrupted", "tests/delivery/test_failpoints.py::test_crash_at_each_point")
def restart_sends_interrupted_parts_again(original: Any) -> Any:
    async def mark_interrupted(tx: Tx, *args: Any, **kwargs: Any) -> int:
        count: int = await original(tx, *args, **kwargs)
        await tx.exec_driver_sql("UPDATE deliveries SET state = 'pending' WHERE state = 'unconfirmed'")
        return count

    return mark_interrupted


@mutation(
    3,
    "transport.responses:outcome_of_result",
    f"{SERVICE_TESTS}::test_lost_answer_is_listed_and_not_resent",
)
def lost_response_counts_as_not_sent(original: Any) -> Any:
    def outcome_of_result(result: TransportResult) -> Outcome:
        return Retry(result.reason) if isinstance(result, NoResponse) else original(result)

    return outcome_of_result


@mutation(4, "transport.responses:outcome_of_result", f"{SERVICE_TESTS}::test_refused_connection_loses_nothing")
def refused_connection_counts_as_lost_response(original: Any) -> Any:
    def outcome_of_result(result: TransportResult) -> Outcome:
        return Unconfirmed(result.reason) if isinstance(result, NotSent) else original(result)

    return outcome_of_result


@mutation(
    5, "delivery.run_queues:RunQueues.sync", f"{SERVICE_TESTS}::test_rows_planned_before_a_crash_are_sent_after_it"
)
def only_runs_planned_by_this_process_are_sent(original: Any) -> Any:
    def sync(self: Any, running: Iterable[int], *, changed: Iterable[int]) -> Any:
        changed = frozenset(changed)
        return original(self, [run_id for run_id in running if run_id in changed], changed=changed)

    return sync


@mutation(6, "delivery.service:DeliveryService._drain", f"{SERVICE_TESTS}::test_stop_completes_sends_in_flight")
def stop_cancels_workers_at_once(_original: Any) -> Any:
    return do_nothing


@mutation(8, "storage.sqlite.ledger:_CLAIM", "tests/storage/test_runs.py::test_paused_run_claims_nothing")
def claim_ignores_whether_the_part_is_pending(original: str) -> str:
    return without_condition(original, "state = 'pending'")


@mutation(
    9,
    "storage.sqlite.ledger:_CLAIM",
    f"{SERVICE_TESTS}::test_leavers_are_skipped_and_joiners_wait",
)
def claim_ignores_whether_the_recipient_has_left(original: str) -> str:
    return without_condition(original, ledger._REACHABLE)


@mutation(
    10,
    "delivery.ledger:Ledger._commit",
    f"{SERVICE_TESTS}::test_full_disk_stops_sending_until_there_is_room",
)
def failed_commit_lets_its_claims_go(original: Any) -> Any:
    async def commit(self: Ledger, claimed: list[_Claim], settled: Any) -> bool:
        committed: bool = await original(self, claimed, settled)
        for claim in claimed:
            if not claim.is_allowed.done():
                claim.is_allowed.set_result(True)
        if not committed:
            claimed.clear()
        return committed

    return commit


@mutation(
    11,
    "delivery.high_water_mark:HighWaterMark.read",
    "tests/delivery/test_recovery.py::test_restored_backup_holds_sending_until_resumed",
)
def high_water_mark_is_not_compared(_original: Any) -> Any:
    return lambda _self: 0


@mutation(
    11,
    "delivery.high_water_mark:follow_claims",
    "tests/delivery/test_high_water_mark.py::test_standby_notes_what_another_machine_claims",
)
def standby_notes_no_claims(original: Any) -> Any:
    return do_nothing


@mutation(
    11,
    "delivery.publishing:_is_restored",
    "tests/delivery/test_recovery.py::test_editions_up_to_the_day_of_restore_go_to_nobody",
)
def edition_of_the_restore_day_goes_out(original: Any) -> Any:
    async def is_restored(tx: Any, day: date) -> bool:
        restored: bool = await original(tx, day + timedelta(days=1))
        return restored

    return is_restored


@mutation(
    13,
    "transport.rate_limiter:RateLimiter.apply_retry_after",
    f"{SERVICE_TESTS}::test_429_of_a_private_chat_holds_all_chats",
)
def private_429_holds_only_that_chat(_original: Any) -> Any:
    return RateLimiter.restore_retry_after


@mutation(
    14,
    "delivery.retry_after_store:RetryAfterStore.write",
    f"{SERVICE_TESTS}::test_429_deadline_survives_a_restart",
)
def retry_after_is_not_stored(_original: Any) -> Any:
    return do_nothing


@mutation(
    15,
    "transport.turn_queue:TurnQueue._grant_turn",
    "tests/transport/test_rate_limiter.py::test_replies_are_sent_before_bulk_messages",
)
def priorities_are_served_in_reverse(original: Any) -> Any:
    def grant_turn(self: TurnQueue, now: float) -> bool:
        queues = self._waiting_for_turn
        self._waiting_for_turn = queues[::-1]
        try:
            granted: bool = original(self, now)
        finally:
            self._waiting_for_turn = queues
        return granted

    return grant_turn


@mutation(
    16,
    "delivery.refusal_monitor:RefusalMonitor.record",
    f"{SERVICE_TESTS}::test_run_pauses_after_refusals_and_tells_admins",
)
def refusals_are_not_counted(_original: Any) -> Any:
    return lambda _self, *_outcome: None


@mutation(
    17,
    "delivery.resolution:resolve",
    f"{SERVICE_TESTS}::test_403_deactivates_the_subscriber",
)
def a_403_leaves_the_subscriber_active(original: Any) -> Any:
    return _without_effects(original, ChatUnavailable)


@mutation(18, "delivery.resolution:resolve", f"{SERVICE_TESTS}::test_migrated_group_gets_the_digest_in_its_new_chat")
def migrated_chat_id_is_not_stored(original: Any) -> Any:
    return _without_effects(original, ChatMigrated)


@mutation(
    18,
    "storage.deliveries:forget_messages",
    "tests/delivery/test_withdrawals.py::test_other_messages_of_a_supergroup_are_left_alone",
)
def messages_of_the_former_chat_keep_their_ids(_original: Any) -> Any:
    async def forget_messages(_tx: Any, _subscriber_id: int) -> None: ...

    return forget_messages


@mutation(
    19,
    "digest.rendering.pagination.graphemes:is_grapheme_boundary",
    "tests/digest/rendering/pagination/test_limits_at_the_split.py::test_emoji_at_the_split_stays_whole",
)
def every_position_is_a_boundary(_original: Any) -> Any:
    return lambda *_args, **_kwargs: True


@mutation(
    20,
    "domain.subscription.calendar:_first_after_gap",
    "tests/domain/subscription/test_calendar.py::test_skipped_and_repeated_hours",
)
def skipped_hour_is_taken_as_it_is(_original: Any) -> Any:
    return lambda _early, late, _zone: late


@mutation(
    21,
    "storage.deliveries:shift",
    f"{SERVICE_TESTS}::test_rows_left_by_a_suspend_wait_for_the_next_window",
)
def parts_left_by_a_suspend_go_at_any_time(_original: Any) -> Any:
    async def shift(*_args: object, **_kwargs: object) -> int:
        return 0

    return shift


@mutation(22, "domain.subscription.wave_decision:allowed_at", f"{SERVICE_TESTS}::test_due_while_the_bot_was_down")
def no_edition_is_too_old(_original: Any) -> Any:
    def allowed_at(
        published: datetime, schedule: Schedule, now: datetime, *, first_window: datetime | None = None
    ) -> datetime | None:
        return due_instant(max(now, published), schedule, first_window=first_window)

    return allowed_at


@mutation(
    22,
    "delivery.due_waves:decide",
    "tests/delivery/test_publishing.py::test_older_edition_that_comes_in_after_the_newer_goes_to_nobody",
)
def older_edition_goes_out_too(original: Any) -> Any:
    return lambda *arguments, **_options: original(*arguments, newest_due=None)


@mutation(
    23,
    "storage.waves:set_waiting",
    "tests/delivery/test_publishing.py::test_moving_to_a_past_window_delivers_at_once",
)
def planned_wave_is_not_planned_again(_original: Any) -> Any:
    async def set_waiting(tx: Tx, run_id: int, schedule_id: int, due_at: datetime) -> None:
        await waves.add(tx, run_id, {schedule_id: due_at})

    return set_waiting


@mutation(
    23,
    "storage.postgresql.database:_LOCK_ALONE",
    "tests/storage/postgresql/test_interleavings.py::test_every_interleaving_serves_everybody_once",
)
def planning_excludes_nobody(original: Any) -> Any:
    return text(original.text.replace("pg_advisory_xact_lock(", "pg_advisory_xact_lock_shared("))


@mutation(
    35,
    "transport.circuit_breaker:CircuitBreaker._count",
    "tests/delivery/test_outages.py::test_an_outage_costs_few_recipients",
)
def bad_endings_are_not_counted(_original: Any) -> Any:
    return lambda _self, *_outcome: None


@mutation(
    35,
    "transport.rate_limiter:Permit.__aexit__",
    "tests/delivery/test_outages.py::test_leavers_do_not_stop_the_others_at_thirty_a_second",
)
def permit_of_a_refused_claim_is_kept(_original: Any) -> Any:
    return do_nothing


@mutation(
    37,
    "storage.sqlite.ledger:_CLAIM",
    "tests/delivery/test_corrections.py::test_correction_reaches_whoever_had_no_part",
)
def claim_ignores_the_version_of_its_payload(original: str) -> str:
    return without_condition(original, f"(version = v.a OR {ledger._HAD_A_PART})")


@mutation(
    37,
    "storage.version_change:MAY_HAVE_ARRIVED",
    "tests/delivery/test_corrections.py::test_part_that_may_have_arrived_keeps_its_version",
)
def correction_replaces_parts_that_may_have_arrived(_original: Any) -> Any:
    return false()


@mutation(
    40,
    "delivery.run_message_updater:RunMessageUpdater.note_sent",
    "tests/delivery/test_run_messages.py::test_report_follows_a_resend",
)
def sent_report_is_not_stored(_original: Any) -> Any:
    return do_nothing


@mutation(
    40,
    "delivery.progress_reporter:ProgressReporter._is_early",
    "tests/delivery/test_run_messages.py::test_report_waits_for_a_part_that_is_tried_again",
)
def report_does_not_wait_for_parts_on_their_way(_original: Any) -> Any:
    async def is_early(*_args: object) -> bool:
        return False

    return is_early


@mutation(
    40, "delivery.missing_edition_alert:bots", "tests/delivery/test_run_messages.py::test_restart_tells_nothing_again"
)
def alert_forgets_what_it_has_told(original: Any) -> Any:
    async def checked_morning(_tx: Tx) -> date:
        return date.min

    return SimpleNamespace(checked_morning=checked_morning, set_checked_morning=original.set_checked_morning)


@mutation(
    43,
    "transport.http_connection:HttpConnection._on_deadline",
    "tests/transport/test_freeze.py::test_answers_of_a_frozen_process_are_read",
)
def deadline_ends_its_call_at_once(_original: Any) -> Any:
    return lambda self, _deadline_at: self._fail("TimeoutError")


@mutation(
    65,
    "bot.serve:SERVER_RETRY_SECONDS",
    "tests/bot/test_database_waits.py::test_server_that_comes_back_is_used_within_a_second",
)
def server_is_looked_for_seldom(_original: Any) -> Any:
    return 30.0


@mutation(
    71,
    "delivery.run_queue:RESTART_INTERVAL",
    "tests/delivery/test_run_queue.py::test_page_begins_after_the_one_before_and_soon_at_the_first",
)
def cursor_is_never_reset(original: Any) -> Any:
    return timedelta(days=1)


@mutation(
    73,
    "domain.subscription.next_delivery:decide",
    "tests/domain/subscription/test_next_delivery.py::test_newer_edition_takes_the_place_of_an_older_one",
)
def superseded_edition_is_told(original: Any) -> Any:
    return lambda *arguments, **_options: original(*arguments, newest_due=None)


@mutation(
    81,
    "delivery.content_choice:_largest_part",
    "tests/delivery/test_content_choice.py::test_no_choice_shows_what_was_muted",
)
def rare_wishes_get_the_largest_content(original: Any) -> Any:
    def largest(content: Any, available: Any) -> Any:
        return next((other for _, other in available), None) or original(content, available)

    return largest


@mutation(
    82,
    "handlers.request_handling:opens_privately",
    "tests/handlers/test_reader_buttons.py::test_turning_pages_changes_nothing_for_others",
)
def members_turn_the_page_for_everybody(_original: Any) -> Any:
    return lambda _request: False


@mutation(
    84,
    "delivery.sender:Settler._tell_administrators",
    f"{SERVICE_TESTS}::test_chat_s_administrators_hear_in_private_what_went_wrong",
)
def nobody_hears_what_went_wrong(_original: Any) -> Any:
    return do_nothing


@mutation(
    86,
    "digest.parsing.addresses:is_refused_by_telegram",
    "tests/digest/parsing/test_addresses.py::test_no_link_of_a_digest_is_refused",
)
def every_address_is_accepted(_original: Any) -> Any:
    return lambda _url: False


@mutation(
    86,
    "digest.parsing.addresses:mend_address",
    "tests/digest/parsing/test_addresses.py::test_address_is_read_as_meant",
)
def address_is_taken_as_it_stands(_original: Any) -> Any:
    return lambda url: url


@mutation(
    128,
    "delivery.run_message_updater:RunMessageUpdater._try_to_update_run",
    "tests/delivery/test_defects.py::test_run_that_cannot_be_shown_holds_up_no_other_message",
)
def a_run_that_cannot_be_shown_ends_the_update(_original: Any) -> Any:
    async def update_run(self: Any, run_id: int, shown: Any) -> Any:
        return await self._update_run(run_id, shown)

    return update_run


@mutation(
    128,
    "delivery.planner:Planner._try_to_plan_run",
    "tests/delivery/test_defects.py::test_edition_that_cannot_be_shown_holds_up_no_broadcast",
)
def a_run_that_cannot_be_planned_ends_the_tick(_original: Any) -> Any:
    async def plan_run(self: Any, run_id: int, due_waves: list[waves.Wave]) -> bool:
        await self._plan_run(run_id, due_waves)
        return True

    return plan_run
