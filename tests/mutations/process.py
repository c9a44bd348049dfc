"""Faults in a process and its surroundings: start, settings, files, logs, and what a release holds."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.supervisor import Supervisor
from storage.bots import StoredBot
from tests.mutations.mutation import Mutation, do_nothing, registering

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


@mutation(7, "storage.sqlite.lock:database_lock", "tests/bot/test_app.py::test_second_process_is_refused_at_once")
def lock_is_not_taken(_original: Any) -> Any:
    @contextmanager
    def database_lock(_database: Path) -> Iterator[None]:
        yield

    return database_lock


@mutation(
    12,
    "storage.migrate:_version",
    "tests/storage/test_database.py::test_newer_schema_is_refused_and_unchanged",
)
def any_schema_is_accepted(_original: Any) -> Any:
    return lambda _connection: importlib.import_module("storage.migrate").LATEST_REVISION


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
    44,
    "bot.folder_alerts:FolderAlerts.folder_failed",
    "tests/bot/test_folder_alerts.py::test_vanished_folder_is_said_once_and_taken_up_again",
)
def unreadable_folder_is_not_reported(_original: Any) -> Any:
    return do_nothing


@mutation(45, "bot.setting_addresses:_shown", "tests/bot/test_startup_errors.py::test_wrong_setting_is_one_plain_line")
def wrong_address_is_quoted_with_its_token(_original: Any) -> Any:
    return repr


@mutation(
    46,
    "bot.logging_setup:_replace_library_text",
    "tests/bot/test_logging_setup.py::test_text_of_libraries_is_never_logged",
)
def library_message_is_logged_as_it_is(_original: Any) -> Any:
    return lambda _logger, _method, event: event


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
    54, "bot.supervisor:Supervisor._run", "tests/bot/test_many_bots.py::test_bot_that_cannot_start_stops_no_other"
)
def bot_that_cannot_start_ends_the_process(_original: Any) -> Any:
    async def _run(self: Supervisor, kept: Any, bot: StoredBot) -> None:
        await self._start(kept, bot, self._health.add(bot.name))

    return _run


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
