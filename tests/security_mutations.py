"""Mutations of docs/security.md: each takes a measure out, and the named test must then fail.

python -m tests.security_mutations [ROW ...]
"""

from __future__ import annotations

import sys
from typing import Any

from tests.mutations import Mutation, main, registering

MUTATIONS: list[Mutation] = []

mutation = registering(MUTATIONS)


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], MUTATIONS, "tests.security_mutations"))
