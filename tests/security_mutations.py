"""Mutations of docs/security.md: each takes a measure out, and the named test must then fail.

python -m tests.security_mutations [ROW ...]
"""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiohttp import web

from domain.chat.roles import Role
from tests.mutations import folder
from tests.mutations.mutation import Mutation, registering
from tests.mutations.runner import main
from transport.webhook import SECRET_HEADER

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)

SUPPLY_CHAIN = "tests.deploy.test_supply_chain"
SUPPLY_CHAIN_TESTS = "tests/deploy/test_supply_chain.py"
REVERSE_PROXY_TESTS = "tests/transport/test_behind_a_reverse_proxy.py"
APP_TESTS = "tests/bot/test_app.py"
LOCK_TESTS = "tests/storage/test_lock.py"
PRESSES = "tests/handlers/test_forged_presses.py::test_no_stranger_changes_or_learns_anything_by_a_press"
ACCESS_TESTS = "tests/handlers/test_access.py"
SPEAKERS = "tests/conformance/test_speakers.py"


class _OwnMessage:
    """A message as if its sender had written it."""

    forward_origin = via_bot = None

    def __init__(self, message: Any) -> None:
        self._message = message

    def __getattr__(self, name: str) -> Any:
        return getattr(self._message, name)


@mutation(1, "transport.webhook:hmac", "tests/transport/test_webhook.py::test_a_wrong_secret_is_rejected")
def every_secret_is_right(_original: Any) -> Any:
    return SimpleNamespace(compare_digest=lambda _given, _expected: True)


@mutation(1, "transport.webhook:_given_secret", f"{REVERSE_PROXY_TESTS}::test_secret_is_one_and_right")
def first_of_several_secrets_counts(_original: Any) -> Any:
    return lambda request: request.headers.get(SECRET_HEADER, "").encode()


@mutation(
    1,
    "transport.rejection_log:MalformedRequestLog.exception",
    "tests/transport/test_webhook.py::test_malformed_requests_do_not_flood_the_log",
)
def malformed_requests_are_logged_one_by_one(_original: Any) -> Any:
    return logging.LoggerAdapter.exception


@mutation(
    2,
    "transport.update_throttle:UpdateThrottle.allow",
    "tests/transport/test_update_throttle.py::test_limit_each_sender_in_all_chats_together",
)
def nobody_is_throttled(_original: Any) -> Any:
    return lambda *_arguments: True


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


@mutation(5, "bot.health:_refuse_other_sites", "tests/bot/test_health.py::test_other_sites_read_nothing")
def every_page_reads_the_metrics(_original: Any) -> Any:
    @web.middleware
    async def pass_on(request: web.Request, handler: Any) -> Any:
        return await handler(request)

    return pass_on


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


@mutation(
    7,
    "digest.parsing.front_matter_loading:FrontMatterHandler.load",
    "tests/digest/test_hostile_input.py::test_hostile_front_matter_is_refused_with_its_title_kept",
)
def front_matter_has_no_limits(original: Any) -> Any:
    return folder.aliases_in_front_matter_are_followed(original)


@mutation(8, "bot.folder_scan:_add", "tests/bot/test_folder_scan.py::test_only_regular_files_are_taken")
def links_and_pipes_are_taken(original: Any) -> Any:
    return folder.whatever_is_named_like_a_digest_counts(original)


@mutation(
    9,
    "digest.parsing.list_markers:_TAG",
    "tests/test_regular_expressions.py::test_every_expression_takes_linear_time",
)
def expression_begins_anew_at_each_space(_original: Any) -> Any:
    return re.compile(r"\s*#(\d{1,3})$")


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


@mutation(15, "bot.serve:is_readable_by_others", f"{APP_TESTS}::test_files_of_the_bot_are_its_users_alone")
def readable_secrets_are_not_said(_original: Any) -> Any:
    return lambda _path: False


@mutation(16, "bot.logging_setup:_redact_secrets", "tests/bot/test_logging_setup.py::test_token_is_never_logged")
def secrets_are_not_masked(_original: Any) -> Any:
    return lambda _logger, _method, event: event


@mutation(16, "bot.status_socket:version", f"{APP_TESTS}::test_token_appears_nowhere_after_failures")
def status_tells_the_settings(_original: Any) -> Any:
    return lambda _name: str(dict(os.environ))


@mutation(
    17,
    "storage.personal_data:PERSONAL",
    "tests/test_privacy_page.py::test_export_and_erasing_know_every_personal_table",
)
def personal_table_is_forgotten(original: Any) -> Any:
    return original[:-1]


@mutation(18, f"{SUPPLY_CHAIN}:workflows", f"{SUPPLY_CHAIN_TESTS}::test_workflows_have_pinned_actions_and_least_rights")
def action_is_named_by_its_tag(original: Any) -> Any:
    return lambda: [re.sub(r"@[0-9a-f]{40} # ", "@", text) for text in original()]


@mutation(18, f"{SUPPLY_CHAIN}:locked", f"{SUPPLY_CHAIN_TESTS}::test_every_package_is_locked_by_version_and_hash")
def package_has_no_hash(original: Any) -> Any:
    return lambda name: [*original(name), "example==1.0"]


@mutation(19, "handlers.inline:access", f"{ACCESS_TESTS}::test_stranger_learns_how_to_get_in_and_nothing_else")
def inline_queries_answer_everybody(_original: Any) -> Any:
    async def may_read(*_arguments: object) -> bool:
        return True

    return SimpleNamespace(may_read=may_read)


@mutation(
    19,
    "handlers.request_handling:admissions",
    f"{ACCESS_TESTS}::test_group_is_subscribed_by_an_administrator_who_may_themselves",
)
def every_chat_is_admitted(_original: Any) -> Any:
    async def admits(*_arguments: object) -> bool:
        return True

    return SimpleNamespace(admits=admits)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], MUTATIONS, "tests.security_mutations"))
