"""Faults of several processes: who owns a bot, moves, releases side by side, and failovers."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from sqlalchemy import delete, false, insert

from storage.database import Tx
from storage.postgresql.ledger import _KEYS_EXIST
from storage.schema import inbox, updates
from tests.mutations.mutation import Mutation, do_nothing, registering, with_condition, without_condition
from tests.mutations.sending import restart_sends_interrupted_parts_again

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


@mutation(
    56,
    "storage.postgresql.ledger:COMMIT",
    "tests/storage/postgresql/test_ledger_session.py::test_no_claim_and_no_settlement_with_an_old_epoch",
)
def claims_without_the_epoch(original: Any) -> Any:
    return with_condition(original, "epoch = $18", "$18::bigint > 0")


@mutation(
    56,
    "storage.postgresql.database:PostgresqlDatabase._check_epoch",
    "tests/storage/postgresql/test_ledger_session.py::test_no_other_write_with_an_old_epoch",
)
def writes_without_the_epoch(original: Any) -> Any:
    return do_nothing


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
    return with_condition(original, "ANY ($3::bigint[]) AND state <> 'draining'", "ANY ($3::bigint[])")


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
    57,
    "delivery.stall_watch:StallWatch._is_any_due",
    "tests/delivery/test_stall_watch.py::test_database_that_fails_is_no_reason",
)
def failing_database_has_nothing_due(original: Any) -> Any:
    async def mutant(self: Any) -> bool:
        return False

    return mutant


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
    60,
    "storage.postgresql.ledger_session:_WAITS_FOR_STANDBY",
    "tests/storage/postgresql/test_ledger_session.py::test_session_that_waits_for_a_standby_is_kept",
)
def commit_that_waits_ends_the_process(original: Any) -> Any:
    return with_condition(original, "'SyncRep'", "'nothing'")


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
    64,
    "storage.claims:mark_interrupted",
    "tests/fleet/test_torture.py::test_dying_and_frozen_senders_leave_nobody_out",
)
def next_owner_sends_unconfirmed_parts_again(original: Any) -> Any:
    return restart_sends_interrupted_parts_again(original)


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
    return with_condition(original, "owner = ''", "owner = owner")


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
    70,
    "storage.postgresql.database:PostgresqlDatabase.update_statistics",
    "tests/storage/postgresql/test_plans.py::test_planning_examines_each_recipient_once",
)
def analyze_is_left_out(original: Any) -> Any:
    return do_nothing


@mutation(
    70,
    "storage.postgresql.ledger:COMMIT",
    "tests/storage/postgresql/test_plans.py::test_claims_cost_the_same_whatever_was_counted",
)
def claims_begin_with_what_is_pending(original: Any) -> Any:
    return with_condition(without_condition(original, _KEYS_EXIST), "d.state LIKE 'pending'", "d.state = 'pending'")


@mutation(
    70,
    "storage.postgresql.database:SERVER_SETTINGS",
    "tests/storage/postgresql/test_plans.py::test_claims_cost_the_same_whatever_was_counted",
)
def whole_tables_may_be_read(original: Any) -> Any:
    return {name: value for name, value in original.items() if not name.startswith("enable_")}


@mutation(
    137,
    "transport.rate_limiter:RateLimiter.continue_other_process",
    "tests/delivery/test_service.py::test_service_leaves_room_for_what_another_process_has_just_sent",
)
def first_message_leaves_no_room_for_another_process(_original: Any) -> Any:
    return lambda _rate_limiter: None
