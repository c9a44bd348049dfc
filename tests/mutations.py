"""Mutations: each breaks one promise of docs/guarantees.md, and the named test must then fail.

    python -m tests.mutations [ROW ...]

A mutation names a symbol (`module:Qualified.name`) and what takes its place. It is applied when Python starts, in the
test's process and in all processes that the test starts; the files stay as they are.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import msgspec
import yaml
from sqlalchemy import delete, false, insert, select, text, true, update

from bot.folder_scan import FileStamp, FolderScan
from bot.supervisor import Supervisor
from delivery.ledger import Ledger, _Claim
from delivery.resolution import Resolution
from digest.problems import quote
from digest.reader import choose_reading
from domain.chat.commands import CommandName, Permission
from domain.chat.event import EditedMessage
from domain.chat.roles import Role
from domain.chat.text import Text
from domain.delivery.broadcast import Broadcast
from domain.delivery.correction import HeldParts, PartChange
from domain.delivery.outcome import (
    ChatMigrated,
    ChatUnavailable,
    Incomplete,
    Outcome,
    Refused,
    Retry,
    RichRefused,
    Sent,
    Unconfirmed,
)
from domain.delivery.segment import EVERYBODY, Segment
from domain.delivery.send_now import SendNow
from domain.delivery.states import RunState
from domain.edition_day import DEFAULT_SLOT
from domain.subscription.calendar import Schedule, due_instant
from domain.subscription.wave_decision import WaveDecision
from handlers import subscription_changes
from handlers.context import Context
from handlers.request import Request
from storage import broadcasts, chat_administrators, digests, planning, roles, waves
from storage.bots import StoredBot
from storage.broadcasts import StoredBroadcast
from storage.database import Tx
from storage.postgresql.ledger import _KEYS_EXIST
from storage.schema import deliveries, inbox, payloads, runs, setting_changes, subscribers, updates
from storage.sqlite import ledger
from transport import inbox as inbox_module
from transport.bot_api_client import BotApiClient
from transport.rate_limiter import RateLimiter
from transport.responses import NoResponse, NotSent, TransportResult
from transport.turn_queue import Priority, TurnQueue

ROOT = Path(__file__).parents[1]
ENVIRONMENT_VARIABLE = "DIGESTBOT_MUTATION"
SERVICE_TESTS = "tests/delivery/test_service.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A careless change of one symbol, and the test that must notice it. `mutate` maps the original to the mutant."""

    row: int
    symbol: str
    test: str
    mutate: Callable[[Any], Any]

    @property
    def name(self) -> str:
        """Name of the function that mutates: a row may have several mutations, and a symbol too."""
        return self.mutate.__name__

    def apply(self) -> None:
        """Put the mutant in the symbol's place, also where other modules have imported it by name.

        A symbol that its module itself has imported is replaced in that module only.
        """
        owner, name = self.resolve()
        original = getattr(owner, name)
        mutant = self.mutate(original)
        setattr(owner, name, mutant)
        if getattr(original, "__module__", owner.__name__) != owner.__name__:
            return
        for module in list(sys.modules.values()):
            for alias, value in list(vars(module).items()):
                if value is original:
                    setattr(module, alias, mutant)

    def resolve(self) -> tuple[Any, str]:
        """Return the module or class that holds the symbol, and its name there. Raises `LookupError` if it is gone."""
        module, _, path = self.symbol.partition(":")
        *parents, name = path.split(".")
        try:
            owner: Any = importlib.import_module(module)
            for parent in parents:
                owner = getattr(owner, parent)
            vars(owner)[name]
        except (ImportError, AttributeError, KeyError):
            raise LookupError(f"row {self.row}: no symbol {self.symbol}; correct it in tests/mutations.py") from None
        return owner, name


MUTATIONS: list[Mutation] = []

Register = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]


class Registering(Protocol):
    """Registers a function as a mutation: it gets the original and returns what takes its place."""

    def __call__(self, row: int, symbol: str, test: str) -> Register: ...


def registering(mutations: list[Mutation]) -> Registering:
    """Return the decorator that adds to a list of mutations."""

    def mutation(row: int, symbol: str, test: str) -> Register:
        def register(mutate: Callable[[Any], Any]) -> Callable[[Any], Any]:
            mutations.append(Mutation(row=row, symbol=symbol, test=test, mutate=mutate))
            return mutate

        return register

    return mutation


mutation = registering(MUTATIONS)


async def _do_nothing(*_args: object, **_kwargs: object) -> None: ...


def _with(sql: str, condition: str, other: str) -> str:
    """Replace a condition of a statement; fail if it is not there."""
    if condition not in sql:
        raise LookupError(f"no condition {condition!r} in: {sql}")
    return sql.replace(condition, other)


def _without(sql: str, condition: str) -> str:
    """Remove a condition from a statement; fail if it is not there."""
    return _with(sql, condition, "true")


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
    return _do_nothing


@mutation(7, "storage.sqlite.lock:database_lock", "tests/bot/test_app.py::test_second_process_is_refused_at_once")
def lock_is_not_taken(_original: Any) -> Any:
    @contextmanager
    def database_lock(_database: Path) -> Iterator[None]:
        yield

    return database_lock


@mutation(8, "storage.sqlite.ledger:_CLAIM", "tests/storage/test_runs.py::test_paused_run_claims_nothing")
def claim_ignores_whether_the_part_is_pending(original: str) -> str:
    return _without(original, "state = 'pending'")


@mutation(
    9,
    "storage.sqlite.ledger:_CLAIM",
    f"{SERVICE_TESTS}::test_leavers_are_skipped_and_joiners_wait",
)
def claim_ignores_whether_the_recipient_has_left(original: str) -> str:
    return _without(original, ledger._REACHABLE)


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
    return _do_nothing


@mutation(
    11,
    "delivery.publishing:_is_restored",
    "tests/delivery/test_recovery.py::test_editions_up_to_the_day_of_restore_go_to_nobody",
)
def edition_of_the_restore_day_goes_out(original: Any) -> Any:
    async def is_restored(database: Any, day: date) -> bool:
        restored: bool = await original(database, day + timedelta(days=1))
        return restored

    return is_restored


@mutation(
    12,
    "storage.migrate:_version",
    "tests/storage/test_database.py::test_newer_schema_is_refused_and_unchanged",
)
def any_schema_is_accepted(_original: Any) -> Any:
    return lambda _connection: importlib.import_module("storage.migrate").LATEST_REVISION


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
    return _do_nothing


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


def _without_effects(original: Any, of: type[Outcome]) -> Any:
    def resolve(due: Any, outcome: Outcome, **kwargs: Any) -> Resolution:
        resolution: Resolution = original(due, outcome, **kwargs)
        return replace(resolution, effects=()) if isinstance(outcome, of) else resolution

    return resolve


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
    def allowed_at(published: datetime, schedule: Schedule, now: datetime) -> datetime | None:
        return due_instant(max(now, published), schedule)

    return allowed_at


@mutation(
    22,
    "delivery.planner:decide",
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
    24,
    "storage.updates:mark_processed",
    "tests/handlers/test_dispatcher.py::test_concurrent_copies_of_an_update_have_one_effect",
)
def every_update_counts_as_new(original: Any) -> Any:
    async def mark_processed(*args: Any, **kwargs: Any) -> bool:
        await original(*args, **kwargs)
        return True

    return mark_processed


@mutation(
    25,
    "transport.drivers.aiogram.driver:AiogramDriver.__init__",
    "tests/conformance/test_transport.py::test_an_unanswered_poll_is_abandoned_and_repeated",
)
def poll_may_take_an_hour(original: Any) -> Any:
    def initialise(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs | {"grace_seconds": 3600})

    return initialise


@mutation(
    26,
    "handlers.request_handling:handle",
    "tests/handlers/test_strangers.py::test_press_never_changes_another_chats_settings",
)
def press_needs_no_chat_administrator(original: Any) -> Any:
    async def handle(request: Request, context: Any, *, has_rights: bool) -> Any:
        return await original(request, context, has_rights=has_rights or request.press is not None)

    return handle


@mutation(
    27,
    "handlers.request_handling:handle",
    "tests/handlers/test_strangers.py::test_former_admin_is_refused_even_by_old_buttons",
)
def press_counts_as_an_admins(original: Any) -> Any:
    async def handle(request: Request, context: Any, *, has_rights: bool) -> Any:
        if request.press is not None:
            context = replace(context, role=Role.OWNER)
        return await original(request, context, has_rights=has_rights)

    return handle


@mutation(28, "storage.runs:confirm", "tests/storage/test_runs.py::test_draft_is_confirmed_once")
def running_broadcast_can_be_confirmed(original: Any) -> Any:
    async def confirm(tx: Tx, run_id: int, **kwargs: Any) -> Any:
        await tx.exec_driver_sql("UPDATE runs SET state = 'draft' WHERE id = ?", (run_id,))
        return await original(tx, run_id, **kwargs)

    return confirm


@mutation(
    29,
    "views.not_found:Text",
    "tests/handlers/test_strangers.py::test_names_and_texts_are_literal_everywhere",
)
def category_typed_by_a_person_is_shown_unsanitized(original: Any) -> Any:
    class Unsanitized(original):  # type: ignore[misc]
        def sanitized(self) -> Text:
            return Text(self.plain)

    return Unsanitized


@mutation(31, "transport.webhook:hmac", "tests/transport/test_webhook.py::test_a_wrong_secret_is_rejected")
def any_secret_is_accepted(_original: Any) -> Any:
    return SimpleNamespace(compare_digest=lambda _given, _expected: True)


@mutation(
    32,
    "transport.bot_api_client:BotApiClient.call",
    "tests/transport/test_bot_api_client.py::test_neither_outcome_nor_log_contains_the_token",
)
def reason_quotes_the_called_address(original: Any) -> Any:
    async def call(self: BotApiClient, *args: Any, **kwargs: Any) -> TransportResult:
        result: TransportResult = await original(self, *args, **kwargs)
        return NotSent(self._path) if isinstance(result, NotSent) else result

    return call


@mutation(
    33,
    "transport.update_throttle:UpdateThrottle.allow",
    "tests/transport/test_update_throttle.py::test_limit_each_group_for_all_senders_together",
)
def nobody_is_limited(_original: Any) -> Any:
    return lambda _self, _sender_id, _chat_id: True


@mutation(
    33,
    "transport.inbox:Inbox.put",
    "tests/transport/test_inbox.py::test_updates_and_replies_of_a_chat_keep_their_order",
)
def newest_update_of_a_chat_goes_first(original: Any) -> Any:
    def put(self: Any, update: Any) -> Any:
        finished = original(self, update)
        self._backlogs[update.chat_id].updates.reverse()
        return finished

    return put


@mutation(
    33,
    "transport.inbox:Inbox._dispatch",
    "tests/transport/test_polling.py::test_confirmation_does_not_wait_for_replies",
)
def update_is_finished_when_its_reply_has_left(original: Any) -> Any:
    async def dispatch(self: Any, update: Any) -> Any:
        for action in await original(self, update):
            await self._update_source.execute(action)
        return []

    return dispatch


@mutation(
    34,
    "storage.personal_data:erase",
    "tests/storage/test_personal_data.py::test_erased_person_is_nowhere_and_the_sums_stay",
)
def erasing_leaves_a_hash_of_the_id(original: Any) -> Any:
    async def erase(tx: Tx, chat_id: int) -> None:
        whose = subscribers.c.id == await tx.scalar(select(subscribers.c.id).where(subscribers.c.chat_id == chat_id))
        await original(tx, chat_id)
        digest = hashlib.sha256(str(chat_id).encode()).hexdigest()[:32]
        await tx.execute(update(subscribers).where(whose).values(left_reason=digest))

    return erase


@mutation(
    34,
    "storage.sqlite.ledger:_SENT",
    "tests/storage/test_personal_data.py::test_delivery_in_flight_settles_without_its_message",
)
def late_settlement_brings_the_message_back(original: str) -> str:
    return _without(original, ledger._IS_KNOWN)


@mutation(34, "handlers.routes:ROUTES", "tests/handlers/test_privacy.py::test_asking_makes_nobody_known")
def every_command_stores_the_contact(original: Any) -> Any:
    return {command: replace(route, stores_contact=True) for command, route in original.items()}


@mutation(
    37,
    "storage.sqlite.ledger:_CLAIM",
    "tests/delivery/test_corrections.py::test_correction_reaches_whoever_had_no_part",
)
def claim_ignores_the_version_of_its_payload(original: str) -> str:
    return _without(original, f"(version = v.a OR {ledger._HAD_A_PART})")


@mutation(
    37,
    "storage.version_change:MAY_HAVE_ARRIVED",
    "tests/delivery/test_corrections.py::test_part_that_may_have_arrived_keeps_its_version",
)
def correction_replaces_parts_that_may_have_arrived(_original: Any) -> Any:
    return false()


@mutation(38, "bot.expected_errors:_leaves", "tests/bot/test_start_waits.py::test_refused_token_is_one_line")
def groups_of_exceptions_are_not_unpacked(_original: Any) -> Any:
    return lambda error: [error]


@mutation(
    38,
    "transport.drivers.api_session:ApiSession._with_token_checked",
    "tests/conformance/test_transport.py::test_only_get_me_refuses_the_token",
)
def any_refusal_of_the_token_is_believed(_original: Any) -> Any:
    async def with_token_checked(_session: Any, _method: str, failure: Exception) -> Exception:
        return failure

    return with_token_checked


@mutation(
    39,
    "storage.sqlite.file_check:check_file",
    "tests/storage/test_file_check.py::test_backup_copied_over_a_killed_database_is_refused",
)
def database_files_are_not_checked(_original: Any) -> Any:
    return lambda *_args, **_kwargs: None


@mutation(45, "bot.setting_addresses:_shown", "tests/bot/test_startup_errors.py::test_wrong_setting_is_one_plain_line")
def wrong_address_is_quoted_with_its_token(_original: Any) -> Any:
    return repr


@mutation(
    44,
    "bot.folder_memory:FolderMemory.is_replaced",
    "tests/bot/test_folder_alerts.py::test_empty_mount_point_at_the_start_is_said",
)
def no_folder_stands_in_for_another(_original: Any) -> Any:
    async def is_replaced(*_arguments: Any) -> bool:
        return False

    return is_replaced


@mutation(44, "storage.sqlite.session:_find_change", "tests/storage/test_session.py::test_each_loss_is_noticed")
def missing_database_file_counts_as_unchanged(original: Any) -> Any:
    def find_change(file: Path, identity: tuple[int, int]) -> str | None:
        change: str | None = original(file, identity)
        return change if file.exists() else None

    return find_change


@mutation(
    30,
    "domain.file_names:shown_name",
    "tests/bot/test_folder_alerts.py::test_hostile_names_are_shown_as_escapes",
)
def file_names_are_shown_as_they_are(_original: Any) -> Any:
    return lambda name: name


@mutation(
    30,
    "digest.parsing.front_matter_loading:FrontMatterHandler.load",
    "tests/digest/test_hostile_input.py::test_hostile_front_matter_is_refused_with_its_title_kept",
)
def aliases_in_front_matter_are_followed(_original: Any) -> Any:
    return lambda _self, text: yaml.safe_load(text)


@mutation(
    41,
    "delivery.publisher:Publisher._must_be_settled",
    "tests/bot/test_folder_ingest.py::test_file_written_in_steps_while_due_goes_out_whole",
)
def every_file_counts_after_the_short_time(_original: Any) -> Any:
    async def must_be_settled(_self: object, _editions: object) -> bool:
        return False

    return must_be_settled


@mutation(42, "bot.folder_scan:_add", "tests/bot/test_folder_scan.py::test_only_regular_files_are_taken")
def whatever_is_named_like_a_digest_counts(_original: Any) -> Any:
    def add(scan: FolderScan, _folder: Path, entry: os.DirEntry[str]) -> None:
        status = entry.stat(follow_symlinks=False)
        scan.files[entry.name] = FileStamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    return add


@mutation(
    44,
    "bot.folder_alerts:FolderAlerts.folder_failed",
    "tests/bot/test_folder_alerts.py::test_vanished_folder_is_said_once_and_taken_up_again",
)
def unreadable_folder_is_not_reported(_original: Any) -> Any:
    return _do_nothing


@mutation(
    40,
    "delivery.run_message_updater:RunMessageUpdater.note_sent",
    "tests/delivery/test_run_messages.py::test_report_follows_a_resend",
)
def sent_report_is_not_stored(_original: Any) -> Any:
    return _do_nothing


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
    47,
    "bot.publish_command:_existing_folder",
    "tests/bot/test_cli.py::test_publish_elsewhere_creates_no_folder",
)
def missing_folder_is_created(_original: Any) -> Any:
    def existing_folder(folder: Path, _console: object) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        return folder.absolute()

    return existing_folder


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
    return _do_nothing


@mutation(
    43,
    "transport.http_connection:HttpConnection._on_deadline",
    "tests/transport/test_freeze.py::test_answers_of_a_frozen_process_are_read",
)
def deadline_ends_its_call_at_once(_original: Any) -> Any:
    return lambda self, _deadline_at: self._fail("TimeoutError")


@mutation(
    36,
    "transport.responses:INVALID_JSON",
    "tests/conformance/test_foreign_answers.py::test_a_foreign_answer_is_a_failed_call",
)
def bytes_that_are_no_utf8_are_not_expected(_original: Any) -> Any:
    return (msgspec.MsgspecError,)


@mutation(
    46,
    "bot.logging_setup:_replace_library_text",
    "tests/bot/test_logging_setup.py::test_text_of_libraries_is_never_logged",
)
def library_message_is_logged_as_it_is(_original: Any) -> Any:
    return lambda _logger, _method, event: event


@mutation(
    51,
    "transport.connector:CONNECTION_ATTEMPT_DELAY_SECONDS",
    "tests/transport/test_name_lookup.py::test_dead_address_first_is_passed_over",
)
def addresses_are_tried_one_after_the_other(_original: Any) -> Any:
    return None


@mutation(
    51,
    "transport.connector:HostAddresses.avoid",
    "tests/transport/test_name_lookup.py::test_address_without_tls_is_the_last_choice",
)
def no_address_is_avoided(_original: Any) -> Any:
    return lambda _self, _host: None


@mutation(
    52,
    "transport.responses:_API_DESCRIPTION",
    "tests/bot/test_own_server.py::test_logged_out_bot_ends_with_one_line",
)
def logged_out_is_a_strangers_word(original: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(original.pattern.replace("|Logged out", ""))


@mutation(
    48,
    "transport.tunnel:_http_error",
    "tests/conformance/test_proxies.py::test_wrong_password_means_not_sent",
)
def refused_tunnel_counts_as_open(_original: Any) -> Any:
    return lambda *_args: None


@mutation(
    48,
    "transport.drivers.api_session:BotApiClient",
    "tests/conformance/test_proxies.py::test_webhook_is_registered_through_the_proxy",
)
def drivers_go_around_the_proxy(original: Any) -> Any:
    return lambda *args, **options: original(*args, **options | {"proxy": None})


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


@mutation(
    53,
    "storage.runs:_is",
    "tests/handlers/test_two_bots.py::test_buttons_of_another_bot_change_and_show_nothing_of_it",
)
def run_of_any_bot_is_found_by_its_id(_original: Any) -> Any:
    return lambda _tx, run_id: (runs.c.id == run_id,)


@mutation(
    53,
    "storage.deliveries:settle",
    "tests/handlers/test_two_bots.py::test_buttons_of_another_bot_change_and_show_nothing_of_it",
)
def press_settles_the_delivery_of_any_bot(original: Any) -> Any:
    async def settle(tx: Tx, payload_id: int, *args: Any, **kwargs: Any) -> bool:
        of_payload = select(runs.c.bot_id).join(payloads, payloads.c.run_id == runs.c.id)
        bot_id = await tx.scalar(of_payload.where(payloads.c.id == payload_id))
        settled: bool = await original(Tx(tx.connection, bot_id or tx.bot_id), payload_id, *args, **kwargs)
        return settled

    return settle


@mutation(
    53,
    "storage.claims:_of_bot",
    "tests/handlers/test_two_bots.py::test_what_delivery_does_for_one_bot_leaves_the_other_alone",
)
def interrupted_sends_of_all_bots_are_settled(_original: Any) -> Any:
    return lambda _tx, *_states: true()


@mutation(
    54, "bot.supervisor:Supervisor._run", "tests/bot/test_many_bots.py::test_bot_that_cannot_start_stops_no_other"
)
def bot_that_cannot_start_ends_the_process(_original: Any) -> Any:
    async def _run(self: Supervisor, kept: Any, bot: StoredBot) -> None:
        await self._start(kept, bot, self._health.add(bot.name))

    return _run


@mutation(
    58,
    "bot.move_command:mark_moved",
    "tests/storage/postgresql/test_move.py::test_moved_file_is_refused_and_names_the_target",
)
def moved_file_is_not_marked(original: Any) -> Any:
    async def mark_nothing(tx: Tx, target: str) -> None:
        pass

    return mark_nothing


@mutation(
    58,
    "bot.move_command:_take_marks_along",
    "tests/storage/postgresql/test_move.py::test_kill_at_any_point_leaves_one_database",
)
def target_is_released_before_the_file_is_marked(original: Any) -> Any:
    async def release(settings: Any, source: Any, address: Any) -> None:
        from storage.postgresql.move_target import finish

        await original(settings, source, address)
        await finish(address, str(settings.database.absolute()))

    return release


@mutation(
    58,
    "storage.table_rows:TableHasher.add",
    "tests/storage/postgresql/test_move.py::test_notice_rows_that_did_not_arrive",
)
def moved_values_are_not_hashed(original: Any) -> Any:
    return lambda hasher, rows: original(hasher, [() for _ in rows])


@mutation(
    59,
    "bot.open_database:_check_server",
    "tests/storage/postgresql/test_server_check.py::test_start_refuses_unsafe_server",
)
def start_does_not_look_at_the_server(original: Any) -> Any:
    async def look_at_nothing(address: Any, **options: bool) -> None:
        pass

    return look_at_nothing


@mutation(
    59,
    "storage.postgresql.server_check:_keeps_sessions",
    "tests/storage/postgresql/test_server_check.py::test_refuse_pooler_in_transaction_mode",
)
def pooler_is_not_looked_for(original: Any) -> Any:
    async def keep(connection: Any, address: Any) -> bool:
        return True

    return keep


@mutation(
    57,
    "delivery.stall_watch:StallWatch._should_claim",
    "tests/delivery/test_stall_watch.py::test_known_reason_ends_nothing",
)
def commits_that_wait_are_no_reason(original: Any) -> Any:
    async def mutant(self: Any) -> bool:
        due: bool = await self._is_any_due()
        return due

    return mutant


@mutation(
    60,
    "storage.postgresql.ledger_session:_WAITS_FOR_STANDBY",
    "tests/storage/postgresql/test_ledger_session.py::test_session_that_waits_for_a_standby_is_kept",
)
def commit_that_waits_ends_the_process(original: Any) -> Any:
    return _with(original, "'SyncRep'", "'nothing'")


@mutation(
    68,
    "storage.postgresql.ledger_session:_UNLOCK",
    "tests/storage/postgresql/test_ledger_session.py::test_released_bot_is_taken_and_the_others_stay",
)
def bot_that_is_handed_on_stays_locked(original: Any) -> Any:
    return "SELECT $1::bigint"


@mutation(
    68,
    "storage.postgresql.ledger_session:_DISOWN",
    "tests/storage/postgresql/test_ledger_session.py::test_released_bot_is_taken_and_the_others_stay",
)
def who_hands_on_a_bot_loses_all(original: Any) -> Any:
    return _with(original, "owner = ''", "owner = owner")


@mutation(
    68,
    "bot.start_failures:StartFailures._note_told",
    "tests/bot/test_many_bots.py::test_admins_hear_once_of_a_bot_that_cannot_start",
)
def admins_hear_it_again_and_again(original: Any) -> Any:
    async def mutant(self: Any, bot: Any) -> bool:
        await original(self, bot)
        return True

    return mutant


@mutation(
    60,
    "storage.postgresql.database:PostgresqlDatabase.find_write_error",
    "tests/storage/postgresql/test_standbys_gone.py::test_nothing_is_sent_while_standbys_are_gone",
)
def server_without_standbys_is_well(original: Any) -> Any:
    async def find_nothing(database: Any) -> str | None:
        return None

    return find_nothing


@mutation(
    56,
    "storage.postgresql.ledger:COMMIT",
    "tests/storage/postgresql/test_ledger_session.py::test_no_claim_and_no_settlement_with_an_old_epoch",
)
def claims_without_the_epoch(original: Any) -> Any:
    return _with(original, "epoch = $18", "$18::bigint > 0")


@mutation(
    56,
    "storage.postgresql.database:PostgresqlDatabase._check_epoch",
    "tests/storage/postgresql/test_ledger_session.py::test_no_other_write_with_an_old_epoch",
)
def writes_without_the_epoch(original: Any) -> Any:
    return _do_nothing


@mutation(
    56,
    "storage.postgresql.ledger_session:LedgerSession",
    "tests/storage/postgresql/test_ledger_session.py::test_lost_session_is_never_opened_again",
)
def lost_session_is_opened_again(original: Any) -> Any:
    class Reopened(original):  # type: ignore[misc]
        def _note_loss(self, reason: str) -> None:
            self._connection = None

        async def fetch(self, statement: str, *values: Any) -> Any:
            await self._open()
            return await super().fetch(statement, *values)

    return Reopened


@mutation(
    56,
    "storage.postgresql.ledger_session:LedgerSession.may_send",
    "tests/delivery/test_takeover.py::test_frozen_process_changes_nothing_when_it_wakes",
)
def sends_without_asking(original: Any) -> Any:
    return lambda self: True


@mutation(
    56,
    "storage.postgresql.ledger_session:session_settings",
    "tests/storage/postgresql/test_ledger_session.py::test_silent_session_is_ended_by_the_server",
)
def silent_session_lives_on(original: Any) -> Any:
    return lambda lease_seconds: {}


@mutation(
    56,
    "storage.postgresql.ledger_session:_TAKE",
    "tests/storage/postgresql/test_ledger_session.py::test_drained_bots_count_for_nobodys_share",
)
def drained_bots_count_for_the_share(original: Any) -> Any:
    return _with(original, "ANY ($3::bigint[]) AND state <> 'draining'", "ANY ($3::bigint[])")


@mutation(
    57,
    "delivery.stall_watch:StallWatch._is_any_due",
    "tests/delivery/test_stall_watch.py::test_database_that_fails_is_no_reason",
)
def failing_database_has_nothing_due(original: Any) -> Any:
    async def mutant(self: Any) -> bool:
        return False

    return mutant


@mutation(
    70,
    "storage.postgresql.database:PostgresqlDatabase.update_statistics",
    "tests/storage/postgresql/test_plans.py::test_planning_examines_each_recipient_once",
)
def analyze_is_left_out(original: Any) -> Any:
    return _do_nothing


@mutation(
    70,
    "storage.postgresql.ledger:COMMIT",
    "tests/storage/postgresql/test_plans.py::test_claims_cost_the_same_whatever_was_counted",
)
def claims_begin_with_what_is_pending(original: Any) -> Any:
    return _with(_without(original, _KEYS_EXIST), "d.state LIKE 'pending'", "d.state = 'pending'")


@mutation(
    70,
    "storage.postgresql.database:SERVER_SETTINGS",
    "tests/storage/postgresql/test_plans.py::test_claims_cost_the_same_whatever_was_counted",
)
def whole_tables_may_be_read(original: Any) -> Any:
    return {name: value for name, value in original.items() if not name.startswith("enable_")}


@mutation(
    71,
    "delivery.run_queue:RESTART_INTERVAL",
    "tests/delivery/test_run_queue.py::test_page_begins_after_the_one_before_and_soon_at_the_first",
)
def cursor_is_never_reset(original: Any) -> Any:
    return timedelta(days=1)


@mutation(
    64,
    "storage.claims:mark_interrupted",
    "tests/fleet/test_torture.py::test_dying_and_frozen_senders_leave_nobody_out",
)
def next_owner_sends_unconfirmed_parts_again(original: Any) -> Any:
    return restart_sends_interrupted_parts_again(original)


@mutation(
    61,
    "transport.stored_updates:StoredUpdateReader._remove_finished",
    "tests/transport/test_stored_updates.py::test_what_the_owner_did_not_finish_is_handled_by_the_next",
)
def update_is_removed_before_it_is_finished(original: Any) -> Any:
    async def remove_all(reader: Any) -> None:
        await reader._store.remove(list(reader._received))
        reader._received.clear()

    return remove_all


@mutation(
    61,
    "storage.inbox:put",
    "tests/bot/test_webhook_receivers.py::test_update_sent_to_two_processes_is_stored_once",
)
def update_is_stored_whatever_is_there(original: Any) -> Any:
    async def put(tx: Tx, update_id: int, chat_id: int, raw: bytes, *, now: datetime) -> None:
        row = {"bot_id": tx.bot_id, "update_id": update_id, "chat_id": chat_id, "raw": raw, "received_at": now}
        await tx.execute(insert(inbox).values(row))

    return put


@mutation(
    61,
    "transport.stored_updates:StoreIntake.take",
    "tests/transport/test_stored_updates.py::test_store_that_fails_leaves_updates_to_telegram",
)
def failed_store_is_answered_by_200(original: Any) -> Any:
    async def take(intake: Any, body: bytes) -> int:
        await original(intake, body)
        return 200

    return take


@mutation(
    61,
    "transport.update_throttle:UpdateThrottle.allow",
    "tests/transport/test_stored_updates.py::test_flood_is_bounded_and_announced_by_the_owner",
)
def flood_is_not_limited(original: Any) -> Any:
    return lambda throttle, sender_id, chat_id: True


@mutation(
    61,
    "storage.inbox:_of_chat",
    "tests/bot/test_webhook_receivers.py::test_flood_of_a_chat_leaves_room_for_others",
)
def updates_of_a_chat_are_not_counted(original: Any) -> Any:
    return lambda chat_id: false()


@mutation(
    61,
    "storage.postgresql.database:PostgresqlDatabase.append",
    "tests/bot/test_webhook_receivers.py::test_storing_waits_for_no_transaction_of_the_owner",
)
def storing_takes_the_lock_of_the_bot(original: Any) -> Any:
    return lambda database: database.write()


@mutation(61, "storage.updates:delete_before", "tests/storage/test_inbox.py::test_mark_of_an_update_that_waits_is_kept")
def marks_of_waiting_updates_are_deleted(original: Any) -> Any:
    async def delete_all(tx: Tx, *, before: datetime) -> None:
        await tx.execute(delete(updates).where(updates.c.bot_id == tx.bot_id, updates.c.processed_at < before))

    return delete_all


@mutation(
    62,
    "storage.migrate:_oldest_program",
    "tests/storage/test_database.py::test_newer_schema_that_serves_this_program_is_used",
)
def newer_schema_is_always_refused(original: Any) -> Any:
    return lambda connection: None


@mutation(
    62,
    "storage.migrate:_oldest_program",
    "tests/storage/test_database.py::test_newer_schema_that_says_nothing_is_refused",
)
def newer_schema_that_says_nothing_is_used(original: Any) -> Any:
    return lambda connection: ""


@mutation(
    63,
    "bot.app:_stored_updates",
    "tests/bot/test_webhook_receivers.py::test_switch_between_webhook_and_polling_keeps_updates",
)
def polling_bot_reads_nothing_stored(original: Any) -> Any:
    return lambda settings, *others: original(settings, *others) if settings.webhook_url else None


@mutation(
    72,
    "storage.digests:is_former",
    "tests/bot/test_folder_ingest.py::test_copy_that_lags_takes_no_correction_back",
)
def nothing_is_a_former_text(original: Any) -> Any:
    async def mutant(*_args: Any) -> bool:
        return False

    return mutant


@mutation(
    23,
    "storage.postgresql.database:_LOCK_ALONE",
    "tests/storage/postgresql/test_interleavings.py::test_every_interleaving_serves_everybody_once",
)
def planning_excludes_nobody(original: Any) -> Any:
    return text(original.text.replace("pg_advisory_xact_lock(", "pg_advisory_xact_lock_shared("))


@mutation(
    65,
    "bot.serve:SERVER_RETRY_SECONDS",
    "tests/bot/test_database_waits.py::test_server_that_comes_back_is_used_within_a_second",
)
def server_is_looked_for_seldom(_original: Any) -> Any:
    return 30.0


@mutation(
    66,
    "tests.postgresql:STANDBY_NAMES",
    "tests/fleet/test_failover.py::test_failover_and_former_primary_send_nothing_twice",
)
def standby_is_asynchronous(_original: Any) -> Any:
    return ""


@mutation(
    66,
    "storage.postgresql.database:connect",
    "tests/storage/postgresql/test_server_check.py::test_server_that_hangs_keeps_from_no_other",
)
def servers_are_asked_one_after_the_other(original: Any) -> Any:
    async def connect(address: Any, settings: Any = original.__defaults__[0], **options: Any) -> Any:
        return await vars(sys.modules[original.__module__])["_connect"](address, settings, **options)

    return connect


@mutation(
    67,
    "storage.postgresql.ledger_session:session_settings",
    "tests/fleet/test_partitions.py::test_owner_that_is_cut_off_is_followed_and_silent",
)
def session_that_is_cut_off_is_never_ended(_original: Any) -> Any:
    return lambda _lease_seconds: {"idle_session_timeout": "0"}


@mutation(
    73,
    "domain.subscription.next_delivery:decide",
    "tests/domain/subscription/test_next_delivery.py::test_newer_edition_takes_the_place_of_an_older_one",
)
def superseded_edition_is_told(original: Any) -> Any:
    return lambda *arguments, **_options: original(*arguments, newest_due=None)


@mutation(
    79,
    "storage.planning:_plan",
    "tests/storage/test_planning.py::test_pause_comes_back_by_itself_and_brings_nothing_late",
)
def pause_never_ends(original: Any) -> Any:
    chosen = original.select.where(subscribers.c.paused_until.is_(None))
    return insert(original.table).from_select(planning.ROW_COLUMNS, chosen)


@mutation(
    76,
    "storage.item_index:delete",
    "tests/storage/test_item_index.py::test_correction_takes_the_place_of_what_it_corrects",
)
def correction_leaves_the_former_items_in_the_index(original: Any) -> Any:
    return lambda table: original(table).where(false())


@mutation(76, "storage.item_match:_prefix", "tests/storage/test_item_index.py::test_bots_find_their_own_items_only")
def tokens_do_not_carry_their_bot(original: Any) -> Any:
    return lambda field, _bot_id: original(field, 0)


@mutation(77, "storage.searches:_of", "tests/handlers/test_search.py::test_search_of_another_person_is_refused")
def search_is_looked_up_by_its_number_alone(_original: Any) -> Any:
    return lambda _tx, _searcher: (true(),)


@mutation(78, "storage.saved_items:item_key", "tests/handlers/test_saved.py::test_saved_item_follows_its_edition")
def saved_item_is_known_by_its_position(_original: Any) -> Any:
    return lambda item: f"{item.position:010}"


@mutation(
    82,
    "handlers.request_handling:opens_privately",
    "tests/handlers/test_reader_buttons.py::test_turning_pages_changes_nothing_for_others",
)
def members_turn_the_page_for_everybody(_original: Any) -> Any:
    return lambda _request: False


@mutation(
    83,
    "handlers.request_handling:handle_for_chat",
    "tests/handlers/test_my_chats.py::test_rights_are_asked_at_the_moment_of_the_press",
)
def whoever_looked_after_a_chat_keeps_the_right(original: Any) -> Any:
    async def handle(request: Request, context: Any, subscriber_id: int, *, has_rights: bool) -> Any:
        looked_after = context.user_id in await chat_administrators.of_chat(context.tx, subscriber_id)
        return await original(request, context, subscriber_id, has_rights=has_rights or looked_after)

    return handle


@mutation(
    80,
    "handlers.routes:ROUTES",
    "tests/handlers/test_proposals.py::test_proposal_pressed_by_another_changes_nothing",
)
def anybody_may_agree(original: Any) -> Any:
    routes = dict(original)
    routes[CommandName.AGREE] = replace(routes[CommandName.AGREE], permission=Permission.ANYONE)
    return routes


@mutation(
    80,
    "handlers.input.slot_wishes:parse_slot_intent",
    "tests/handlers/test_slots.py::test_end_of_a_slot_leaves_the_subscription",
)
def end_of_an_edition_ends_all(_original: Any) -> Any:
    return lambda *_arguments: None


@mutation(
    80,
    "storage.setting_changes:take",
    "tests/handlers/test_pausing.py::test_only_who_made_a_change_undoes_it",
)
def undo_is_anybodys(original: Any) -> Any:
    async def take(tx: Tx, change_id: int, **_who: Any) -> Any:
        made = await tx.execute(select(setting_changes).where(setting_changes.c.id == change_id))
        row = made.one_or_none()
        if row is None:
            return None
        return await original(tx, change_id, subscriber_id=row.subscriber_id, user_id=row.user_id)

    return take


@mutation(
    84,
    "delivery.sender:Settler._tell_administrators",
    f"{SERVICE_TESTS}::test_chat_s_administrators_hear_in_private_what_went_wrong",
)
def nobody_hears_what_went_wrong(_original: Any) -> Any:
    return _do_nothing


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
    95,
    "bot.import_command:_add_all",
    "tests/bot/test_import.py::test_import_subscribes_only_those_the_bot_does_not_know",
)
def import_subscribes_who_has_left(add_all: Any) -> Any:
    async def also_those(database: Any, process: Any, file: Any) -> int:
        added: int = await add_all(database, process, file)
        async with database.write() as tx:
            await tx.execute(update(subscribers).where(subscribers.c.left_at.is_not(None)).values(active=True))
        return added

    return also_those


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
    "storage.runs:call_back",
    "tests/storage/test_segments.py::test_broadcast_is_called_back_only_before_it_begins",
)
def broadcast_that_has_begun_is_called_back(_original: Any) -> Any:
    async def call_back(tx: Tx, run_id: int, *, actor: int) -> bool:
        is_theirs = runs.c.id == run_id, runs.c.actor == actor, runs.c.state == "running"
        return (await tx.execute(update(runs).where(*is_theirs).values(state="draft"))).rowcount == 1

    return call_back


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


CORRECTION_TESTS = "tests/delivery/test_delivered_corrections.py"


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
    "storage.correction_runs:lost_parts",
    f"{CORRECTION_TESTS}::test_part_that_was_deleted_without_an_answer_comes_back",
)
def deleted_parts_stay_away(_original: Any) -> Any:
    async def lost_parts(_tx: Tx, _run_id: int) -> list[Any]:
        return []

    return lost_parts


@mutation(
    93,
    "domain.audit:OPERATOR",
    "tests/bot/test_withdraw_command.py::test_withdraw_shows_the_numbers_and_withdraws_only_with_yes",
)
def act_on_the_command_line_has_no_actor(_original: Any) -> None:
    return None


WITHDRAWAL_TESTS = "tests/delivery/test_withdrawals.py"


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
    "storage.correction_runs:has_undeleted",
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
    "storage.deliveries:has_in_flight",
    "tests/delivery/test_recall.py::test_recall_waits_for_messages_in_flight",
)
def recall_does_not_wait(_original: Any) -> Any:
    async def has_in_flight(_tx: Tx, _run_id: int) -> bool:
        return False

    return has_in_flight


@mutation(
    121,
    "storage.broadcasts:edit_call",
    "tests/delivery/test_broadcast_edits.py::test_all_show_the_newest_text_after_a_kill",
)
def edit_has_the_former_text(original: Any) -> Any:
    return lambda broadcast: original(broadcast.with_text("old", [], message_id=1))


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
    105,
    "storage.broadcasts:segment",
    "tests/storage/test_segments.py::test_broadcast_goes_to_its_segment_alone",
)
def segment_is_forgotten(_original: Any) -> Any:
    async def segment(_tx: Tx, _run_id: int) -> Segment:
        return EVERYBODY

    return segment


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
    87,
    "digest.reformat:_markdown",
    "tests/digest/test_reformat.py::test_what_the_form_cannot_say_is_kept",
)
def images_are_left_out_of_the_reference_form(_original: Any) -> Any:
    return lambda _omission: ""


@mutation(
    87,
    "digest.rendering.to_markdown:_table",
    "tests/digest/test_reformat.py::test_what_the_form_cannot_say_is_kept",
)
def tables_are_written_as_lines(_original: Any) -> Any:
    return lambda table: iter((table.lines.plain,))


@mutation(
    85,
    "digest.parsing.inline:_LineBuilder.hide",
    "tests/digest/test_nothing_lost.py::test_an_odd_passage_loses_no_word",
)
def frame_hides_its_words(_original: Any) -> Any:
    def hide(_builder: Any, _tokens: Any) -> None:
        return

    return hide


@mutation(
    85,
    "digest.problems:quote_whole",
    "tests/digest/test_nothing_lost.py::test_what_is_left_out_is_quoted_whole",
)
def long_quotation_is_cut(_original: Any) -> Any:
    return quote


@mutation(
    85,
    "digest.parsing.markdown:tokenize",
    "tests/digest/test_nothing_lost.py::test_an_odd_passage_loses_no_word",
)
def unused_addresses_are_forgotten(original: Any) -> Any:
    return lambda text: replace(original(text), unused_addresses=())


@mutation(
    89,
    "delivery.publishing:PublishResult.goes_out",
    "tests/bot/test_edition_reports.py::test_an_archive_at_the_first_start_is_not_reported",
)
def all_that_is_stored_is_reported(_original: Any) -> Any:
    return property(lambda _result: True)


@mutation(
    89,
    "storage.bots:set_reminded_morning",
    "tests/delivery/test_missing_edition_alert.py::test_editors_are_reminded_once_before_the_morning",
)
def reminders_are_forgotten(_original: Any) -> Any:
    async def forget(*_arguments: Any) -> None:
        return

    return forget


@mutation(
    89,
    "storage.source_files:mark_reported",
    "tests/bot/test_edition_reports.py::test_success_is_reported_once_for_each_state_of_the_file",
)
def reports_are_forgotten(_original: Any) -> Any:
    async def mark(*_arguments: Any) -> bool:
        return False

    return mark


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
    91,
    "bot.readings:write_atomically",
    "tests/handlers/test_two_readings.py::test_choice_in_the_chat_settles_later_days",
)
def choices_are_not_written(_original: Any) -> Any:
    return lambda _data, _target: None


@mutation(
    91,
    "bot.readings:learn_reading",
    "tests/handlers/test_two_readings.py::test_reading_keeps_its_button_when_another_choice_came_between",
)
def likelier_reading_is_taken(_original: Any) -> Any:
    return lambda data, _key, *, name, zone, profile: choose_reading(data, 1, name=name, zone=zone, profile=profile)


@mutation(
    99,
    "domain.subscription.wave_decision:decide",
    "tests/delivery/test_send_now.py::test_what_came_too_late_for_all_windows_can_be_sent",
)
def windows_hold_for_what_is_sent_at_once(original: Any) -> Any:
    return lambda *arguments, newest_due, **_at_once: original(*arguments, newest_due=newest_due)


@mutation(
    99,
    "storage.send_now:check",
    "tests/bot/test_send_command.py::test_send_shows_the_numbers_and_sends_only_with_now",
)
def edition_of_unknown_recipients_is_sent(_original: Any) -> Any:
    async def check(*_arguments: Any) -> SendNow:
        return SendNow.SENT

    return check


@mutation(
    94,
    "handlers.context:Context.may",
    "tests/handlers/test_preview.py::test_only_editors_see_an_edition_before_its_hour",
)
def everybody_may_preview(_original: Any) -> Any:
    return lambda _context, least: least is Role.EDITOR


@mutation(
    93,
    "handlers.roles:record",
    "tests/handlers/test_audit.py::test_each_act_has_an_entry",
)
def role_change_is_not_recorded(_original: Any) -> Any:
    async def record(*_arguments: Any, **_fields: Any) -> None:
        return

    return record


@mutation(
    93,
    "storage.personal_data:PERSONAL",
    "tests/storage/test_audit.py::test_erased_people_are_replaced",
)
def erasing_leaves_the_actor(original: Any) -> Any:
    return tuple(personal for personal in original if personal.emptied != {"actor"} or personal.table is runs)


@mutation(
    92,
    "domain.chat.roles:Role.includes",
    "tests/handlers/test_roles.py::test_each_role_may_do_what_its_commands_say_and_no_more",
)
def roles_are_all_the_same(_original: Any) -> Any:
    return lambda _self, _least: True


@mutation(
    92,
    "storage.roles:_remains_owner",
    "tests/handlers/test_roles.py::test_last_owner_remains_and_the_settings_decide_about_their_own",
)
def last_owner_may_go(_original: Any) -> Any:
    async def _remains_owner(*_arguments: Any) -> bool:
        return True

    return _remains_owner


@mutation(
    92,
    "handlers.roles:_ask",
    "tests/handlers/test_roles.py::test_typed_confirmation_changes_nothing",
)
def typed_yes_is_an_answer(original: Any) -> Any:
    async def _ask(request: Request, context: Any, user_id: int, role: Role | None) -> Any:
        if request.arguments.endswith("yes"):
            await roles.change(context.tx, user_id, role, owners=context.services.owners)
        return await original(request, context, user_id, role)

    return _ask


def apply_from_environment(mutations: Sequence[Mutation]) -> None:
    """Apply the mutation that the environment names, at a Python process's start."""
    [chosen] = [each for each in mutations if each.name == os.environ[ENVIRONMENT_VARIABLE]]
    chosen.apply()


def is_noticed(chosen: Mutation, module: str) -> bool:
    """Run the named test under a mutation of a module's list; return whether it fails."""
    chosen.resolve()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        hook = (
            f"from {module} import MUTATIONS\n"
            "from tests.mutations import apply_from_environment\n"
            "apply_from_environment(MUTATIONS)\n"
        )
        (Path(folder) / "sitecustomize.py").write_text(hook)
        environment = os.environ | {
            ENVIRONMENT_VARIABLE: chosen.name,
            "PYTHONPATH": os.pathsep.join((folder, str(ROOT))),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-m", "", "-x", "-p", "no:cacheprovider", chosen.test]
        run = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
    if "sitecustomize" in run.stderr:
        raise RuntimeError(f"row {chosen.row}: the mutation could not be applied\n{run.stderr}")
    # 1: tests failed. Any other code (no such test, an error of pytest's own) proves nothing.
    return run.returncode == 1 and bool(re.search(r"\d+ failed", run.stdout))


def main(rows: list[str], mutations: Sequence[Mutation] = MUTATIONS, module: str = "tests.mutations") -> int:
    chosen = [each for each in mutations if not rows or str(each.row) in rows]
    unnoticed = 0
    for each in chosen:
        noticed = is_noticed(each, module)
        unnoticed += not noticed
        verdict = "test fails, as it must" if noticed else "NOT NOTICED"
        sys.stdout.write(f"row {each.row:2}  {each.name:52} {verdict}\n")
        sys.stdout.flush()
    return 1 if unnoticed or not chosen else 0


@mutation(
    106,
    "transport.turn_queue:_Waiting.add",
    "tests/transport/test_rate_limiter.py::test_replies_take_turns_between_chats",
)
def replies_are_first_in_first_out(original: Any) -> Any:
    return lambda self, _recent: original(self, 0)


@mutation(
    106,
    "transport.inbox:Inbox._has_room",
    "tests/transport/test_inbox.py::test_who_asks_once_does_not_wait_for_a_flood_from_many",
)
def nothing_is_kept_for_who_asks_once(_original: Any) -> Any:
    return lambda self, _chat_id: self._action_count < inbox_module.MAX_ACTIONS


@mutation(
    106,
    "transport.turn_queue:TurnQueue._record_send",
    "tests/transport/test_rate_limiter.py::test_a_flood_of_replies_does_not_stop_the_digests",
)
def replies_in_a_row_are_not_counted(original: Any) -> Any:
    return lambda self, now, _priority: original(self, now, Priority.BULK)


@mutation(
    96,
    "domain.chat.event:Coordinates.__repr__",
    "tests/handlers/test_shared_place.py::test_coordinates_are_neither_stored_nor_logged",
)
def an_event_shows_where_somebody_is(_original: Any) -> Any:
    return lambda self: f"{self.latitude}, {self.longitude}"


@mutation(100, "storage.votes:get", "tests/handlers/test_feedback.py::test_one_vote_of_each_person_counts")
def a_vote_cannot_be_taken_back(_original: Any) -> Any:
    async def get(*_: Any) -> None:
        return None

    return get


@mutation(110, "domain.chat.i18n:_code_and_script", "tests/domain/chat/test_i18n.py::test_language_for_app_tag")
def the_script_of_an_app_is_ignored(original: Any) -> Any:
    return lambda tag: (original(tag)[0], "")


@mutation(111, "handlers.recap:shown_items", "tests/handlers/test_recap.py::test_recap_shows_nothing_that_was_left_out")
def a_recap_shows_what_was_left_out(_original: Any) -> Any:
    return lambda items, _preferences: tuple(items)


@mutation(
    108,
    "digest.rendering.pagination.paginate:_picture",
    "tests/views/test_pictures.py::test_message_in_which_no_pictured_item_begins_shows_none",
)
def a_continued_item_shows_its_picture_again(_original: Any) -> Any:
    return lambda run: next((piece.passage.picture for piece in run if piece.passage.picture), None)


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
    "delivery.planner:decide_recap",
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
    114,
    "domain.subscription.subscriber:OpenSetup.is_open",
    "tests/handlers/test_chat_setup.py::test_a_text_is_a_signature_only_where_it_was_asked_for",
)
def opened_settings_stay_open(_original: Any) -> Any:
    return lambda *_: True


@mutation(
    114,
    "storage.payloads:Payload.takes_signature",
    "tests/delivery/test_signatures.py::test_last_part_is_signed_and_payloads_are_shared",
)
def each_part_is_signed(_original: Any) -> Any:
    return property(lambda _: True, lambda *_: None)


@mutation(
    114,
    "handlers.dispatcher:handle_for_chat",
    "tests/handlers/test_chat_setup.py::test_signature_needs_the_rights_of_the_moment",
)
def rights_for_another_chat_are_not_asked_for(original: Any) -> Any:
    return lambda request, context, subscriber_id, **_: original(request, context, subscriber_id, has_rights=True)


@mutation(
    124,
    "digest.segmentation.page_marks:_sign_of",
    "tests/digest/test_archive_forms.py::test_lines_with_dashes_are_a_list",
)
def signs_before_lines_are_text(_original: Any) -> Any:
    return lambda _piece: ""


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


@mutation(
    119,
    "storage.invitations:_is_open",
    "tests/storage/test_admissions.py::test_last_place_of_an_invitation_goes_to_one",
)
def used_up_invitation_lets_people_in(original: Any) -> Any:
    return lambda tx, now: original(tx, now)[:-1]


@mutation(
    119,
    "storage.admissions:is_admitted",
    "tests/handlers/test_access.py::test_who_was_subscribed_stays_and_may_come_back",
)
def who_was_subscribed_is_a_stranger(original: Any) -> Any:
    return lambda policy, decision, **_: original(policy, decision, has_joined=False)


@mutation(
    119,
    "storage.admissions:_may_tell",
    "tests/handlers/test_access.py::test_strangers_do_not_flood_admins_with_requests",
)
def each_request_is_told(_original: Any) -> Any:
    async def may_tell(*_arguments: object) -> bool:
        return True

    return may_tell


@mutation(
    120,
    "handlers.withdrawals:_tell_other_editors",
    "tests/handlers/test_withdrawals.py::test_other_editors_hear_of_a_withdrawal_once",
)
def nobody_else_hears_of_a_withdrawal(_original: Any) -> Any:
    async def tell(*_arguments: object) -> list[object]:
        return []

    return tell


@mutation(
    120,
    "handlers.composing:segments",
    "tests/handlers/test_audience_and_time.py::test_saved_choice_is_forgotten_by_a_press_alone",
)
def a_saved_choice_gives_way(original: Any) -> Any:
    return SimpleNamespace(**{**vars(original), "MAX_SAVED_SEGMENTS": 1000})


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
    async def newest_due_edition(tx: Any, schedule_id: int, _slot: str, *, now: datetime) -> Any:
        newest = [await original(tx, schedule_id, slot, now=now) for slot in (DEFAULT_SLOT, "evening")]
        return max((edition for edition in newest if edition is not None), default=None)

    return newest_due_edition


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


VARIANT_TESTS = "tests/delivery/test_variants.py"


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


@mutation(
    125,
    "storage.broadcast_pins:supersede",
    "tests/delivery/test_broadcast_pins.py::test_unpin_takes_the_place_of_pins_that_go_on",
)
def former_pins_go_on(_original: Any) -> Any:
    async def supersede(_tx: Tx, _run_id: int) -> None: ...

    return supersede


@mutation(
    126,
    "deploy.release:changed_migrations",
    "tests/deploy/test_release.py::test_changed_or_missing_released_migration_is_refused",
)
def changes_of_released_migrations_are_not_seen(_original: Any) -> Any:
    return lambda _released, _folder: []


@mutation(
    126,
    "deploy.release:with_migrations",
    "tests/deploy/test_release.py::test_tag_holds_version_changelog_and_released_migrations",
)
def a_release_lists_no_migrations(_original: Any) -> Any:
    return lambda released, _folder: released


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
