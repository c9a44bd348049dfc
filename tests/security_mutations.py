"""Mutations of docs/security.md: each takes a measure out, and the named test must then fail.

python -m tests.security_mutations [ROW ...]
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from domain.chat.roles import Role
from tests.mutations import Mutation, main, registering

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)

LOCK_TESTS = "tests/storage/test_lock.py"
PRESSES = "tests/handlers/test_forged_presses.py::test_no_stranger_changes_or_learns_anything_by_a_press"
SPEAKERS = "tests/conformance/test_speakers.py"


class _OwnMessage:
    """A message as if its sender had written it."""

    forward_origin = via_bot = None

    def __init__(self, message: Any) -> None:
        self._message = message

    def __getattr__(self, name: str) -> Any:
        return getattr(self._message, name)


@mutation(3, "handlers.dispatcher:Dispatcher._has_rights", PRESSES)
def everybody_has_a_groups_rights(_original: Any) -> Any:
    async def has_rights(*_arguments: object) -> bool:
        return True

    return has_rights


@mutation(3, "handlers.dispatcher:Dispatcher._context", PRESSES)
def everybody_is_a_bot_admin(original: Any) -> Any:
    async def context(*arguments: Any) -> Any:
        return replace(await original(*arguments), role=Role.OWNER)

    return context


@mutation(3, "handlers.dispatcher:handle_for_chat", PRESSES)
def addresses_are_believed(original: Any) -> Any:
    return lambda *arguments, has_rights: original(*arguments, has_rights=True)


@mutation(4, "transport.drivers.event_parsing:message_event", f"{SPEAKERS}::test_what_is_no_command")
def words_of_others_are_obeyed(original: Any) -> Any:
    return lambda message, *arguments: original(_OwnMessage(message), *arguments)


@mutation(4, "transport.drivers.event_parsing:message_event", f"{SPEAKERS}::test_what_is_no_event")
def inline_results_are_obeyed(original: Any) -> Any:
    return lambda message, *arguments: original(_OwnMessage(message), *arguments)


@mutation(
    4,
    "domain.printable:plain_name",
    f"{SPEAKERS}::test_names_neither_turn_nor_break_the_line_that_quotes_them",
)
def names_stay_as_they_are(_original: Any) -> Any:
    return lambda name: name


@mutation(5, "emulator.control.http:is_local", "tests/emulator/test_fleet.py::test_another_site_controls_nothing")
def every_request_is_local(_original: Any) -> Any:
    return lambda _request: True


@mutation(
    6, "emulator.server:_page_file", "tests/emulator/page/test_strange_keys.py::test_names_of_javascript_are_no_keys"
)
def tables_of_the_page_have_a_prototype(original: Any) -> Any:
    def page_file(name: str) -> Path | None:
        path: Path | None = original(name)
        if path is None or path.suffix != ".js":
            return path
        copy = Path(tempfile.mkdtemp()) / path.name
        copy.write_text(path.read_text(encoding="utf-8").replace("__proto__: null,", ""), encoding="utf-8")
        return copy

    return page_file


@mutation(12, "domain.printable:_escape", "tests/bot/test_hostile_output.py::test_commands_print_no_control_characters")
def terminal_is_steered(_original: Any) -> Any:
    return lambda match: match.group()


@mutation(13, "bot.logging_setup:_escape_values", "tests/bot/test_logging_setup.py::test_no_value_forges_a_line")
def text_lines_are_forged(_original: Any) -> Any:
    return lambda _logger, _method, event: event


@mutation(13, "bot.logging_setup:_escape_json", "tests/bot/test_logging_setup.py::test_no_value_forges_a_line")
def json_lines_are_forged(_original: Any) -> Any:
    return lambda _logger, _method, line: line


@mutation(13, "bot.journal:printable_line", "tests/bot/test_journal.py::test_no_value_forges_an_entry")
def journal_hides_an_entry(_original: Any) -> Any:
    return lambda text: text


@mutation(14, "storage.sqlite.lock:_lock_byte", f"{LOCK_TESTS}::test_database_is_held_under_each_of_its_names")
def byte_is_not_locked(_original: Any) -> Any:
    return lambda _descriptor: True


@mutation(14, "storage.sqlite.lock:_lock_byte", f"{LOCK_TESTS}::test_new_database_is_held_from_its_session_on")
def byte_of_a_new_database_is_not_locked(_original: Any) -> Any:
    return lambda _descriptor: True


@mutation(14, "storage.sqlite.lock:identity_of", f"{LOCK_TESTS}::test_sqlites_own_locks_survive_the_holding")
def held_file_is_opened_again(_original: Any) -> Any:
    return lambda _file: (0, 0)


@mutation(
    14,
    "bot.settings:follow_link",
    "tests/bot/test_settings.py::test_database_is_the_file_that_a_link_leads_to",
)
def links_are_not_followed(_original: Any) -> Any:
    return lambda path: path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], MUTATIONS, "tests.security_mutations"))
