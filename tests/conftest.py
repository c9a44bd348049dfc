"""Settings for all tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest
from coverage import Coverage

from tests import compiled_statements, databases
from tests.examples import PROFILE
from tests.plain_logs import log_plain_tracebacks
from tests.ports import unused_port

if TYPE_CHECKING:
    from tests.postgresql import Cluster

# Programs that the tests run must not go through the proxy of whoever runs the tests.
for _name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)

# Tests share the cores with one another and with other work: how long an example takes says nothing.
# The same examples each time, so that a run is red because of a change; `make explore` draws others, and prints a
# failed one as a `@reproduce_failure` line.
hypothesis.settings.register_profile("exploring", deadline=None, print_blob=True)
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.load_profile(PROFILE)

compiled_statements.share()
log_plain_tracebacks()


FOR_CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""Variable by which coverage lets a process measure those that it starts."""

UNMEASURED = (
    "tests/bot/test_app.py::test_hung_folder",
    "tests/bot/test_app.py::test_kill_",
    "tests/bot/test_app.py::test_missing_framework",
    "tests/bot/test_app.py::test_pipe_in",
    "tests/bot/test_app.py::test_token_appears",
    "tests/bot/test_app.py::test_unknown_token",
    "tests/bot/test_behind_a_proxy.py",
    "tests/bot/test_cli_help.py",
    "tests/bot/test_cli_speaks.py",
    "tests/bot/test_database_files.py",
    "tests/bot/test_firewall_page.py",
    "tests/bot/test_fleet.py",
    "tests/bot/test_hostile_files.py",
    "tests/bot/test_hostile_network.py",
    "tests/bot/test_many_bots_page.py",
    "tests/bot/test_start_waits.py",
    "tests/bot/test_startup_errors.py::test_wrong_setting_ends_a_process_with_one_plain_line",
    "tests/bot/test_webhook_fleet.py",
    "tests/conformance/test_charts.py",
    "tests/conformance/test_dialogue.py",
    "tests/conformance/test_foreign_answers.py",
    "tests/conformance/test_odd_updates.py",
    "tests/conformance/test_proxies.py",
    "tests/delivery/test_broadcast_contents.py",
    "tests/delivery/test_cancellation.py",
    "tests/delivery/test_content_choice.py::test_contents_are_bounded_whatever_is_muted",
    "tests/delivery/test_content_choice.py::test_everybody_gets_exactly_their_wish_within_the_limit",
    "tests/delivery/test_content_choice.py::test_no_choice_shows_what_was_muted",
    "tests/delivery/test_corrections.py",
    "tests/delivery/test_delivered_corrections.py",
    "tests/delivery/test_failpoints.py",
    "tests/delivery/test_fallback.py",
    "tests/delivery/test_model.py",
    "tests/delivery/test_next_delivery.py",
    "tests/delivery/test_outages.py",
    "tests/delivery/test_paid_broadcasts.py",
    "tests/delivery/test_run_message_updater.py",
    "tests/delivery/test_run_messages.py",
    "tests/delivery/test_run_queues.py",
    "tests/delivery/test_send_loop.py",
    "tests/delivery/test_send_now.py",
    "tests/delivery/test_service.py::test_counts_survive_pause_resume_and_restart",
    "tests/delivery/test_takeover.py",
    "tests/delivery/test_withdrawals.py",
    "tests/demo/",
    "tests/deploy/test_docs_site.py",
    "tests/digest/rendering/pagination/test_balance.py",
    "tests/digest/rendering/pagination/test_limits_at_the_split.py",
    "tests/digest/rendering/pagination/test_paginate.py",
    "tests/digest/rendering/pagination/test_text_cutter.py",
    "tests/digest/segmentation/test_selection.py::test_stopping_early",
    "tests/digest/test_archive_forms.py",
    "tests/digest/test_catalogue_items.py",
    "tests/digest/test_catalogue_rest.py",
    "tests/digest/test_combinations.py",
    "tests/digest/test_fit_weights.py",
    "tests/digest/test_fix.py::test_any_bytes_are_fixed_or_left",
    "tests/digest/test_fix.py::test_fix_is_idempotent_and_keeps_the_reading",
    "tests/digest/test_generated.py",
    "tests/digest/test_hextra.py",
    "tests/digest/test_hostile_input.py",
    "tests/digest/test_newsletters.py",
    "tests/digest/test_nothing_lost.py",
    "tests/digest/test_reformat.py::test_generated_digests_say_the_same_in_the_reference_form",
    "tests/digest/test_variations.py",
    "tests/digest/test_wild.py",
    "tests/digest/test_written.py",
    "tests/domain/chat/test_i18n.py",
    "tests/domain/subscription/test_calendar.py",
    "tests/emulator/page/",
    "tests/emulator/test_framework_calls.py",
    "tests/emulator/test_framework_types.py",
    "tests/emulator/test_rich_messages.py",
    "tests/emulator/test_rich_properties.py",
    "tests/fleet/",
    "tests/handlers/input/test_bystanders.py",
    "tests/handlers/input/test_combinations.py",
    "tests/handlers/input/test_time_zones.py",
    "tests/handlers/input/test_utterances.py",
    "tests/handlers/test_broadcast.py",
    "tests/handlers/test_browse.py",
    "tests/handlers/test_every_button.py",
    "tests/handlers/test_forged_presses.py",
    "tests/handlers/test_paid_broadcast.py",
    "tests/handlers/test_reader_buttons.py",
    "tests/handlers/test_settings.py",
    "tests/handlers/test_shared_place.py",
    "tests/handlers/test_strangers.py",
    "tests/handlers/test_transactions.py",
    "tests/handlers/test_two_bots.py",
    "tests/storage/postgresql/test_interleavings.py",
    "tests/storage/postgresql/test_ledger.py",
    "tests/storage/postgresql/test_move.py::test_kill_at_any_point_leaves_one_database",
    "tests/storage/postgresql/test_plans.py",
    "tests/test_",
    "tests/torture/",
    "tests/transport/test_rate_limiter.py::test_paid_and_free",
    "tests/transport/test_upstream_aiogram.py",
    "tests/views/test_headlines.py",
    "tests/views/test_rich_digest.py::test_generated_digests_keep_limits_and_texts",
)
"""Tests, by the beginning of their ids, that repeat in many ways, or in other processes, what others cover, but for
some two hundred branches of sixty thousand: measuring them takes twice as long."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="database that the tests run on"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(UNMEASURED):
            item.add_marker(pytest.mark.unmeasured)
    if config.getoption("--database") == "postgresql":
        for item in items:
            if item.get_closest_marker("sqlite") is not None:
                item.add_marker(pytest.mark.skip(reason="a test of SQLite's own"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Run a test that is not to be measured, and the processes that it starts, without coverage."""
    measuring = Coverage.current()
    if measuring is None or item.get_closest_marker("unmeasured") is None:
        return (yield)
    for_children = os.environ.pop(FOR_CHILDREN, None)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()
        if for_children is not None:
            os.environ[FOR_CHILDREN] = for_children


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Yield a PostgreSQL server of the tests' own."""
    pytest.importorskip("asyncpg", reason="PostgreSQL's driver is not installed")
    from tests.postgresql import program_folder, running_cluster

    if program_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def unused_tcp_port() -> int:
    """Return a port that stays free until the test listens, unlike the one of pytest-asyncio's fixture of this name."""
    return unused_port()


@pytest.fixture(scope="session")
def unused_tcp_port_factory() -> Callable[[], int]:
    """Return what returns such ports."""
    return unused_port


@pytest.fixture(scope="session", autouse=True)
def _choose_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let `tests.databases` open databases of the chosen kind."""
    if request.config.getoption("--database") == "sqlite":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(databases.CLUSTER_VARIABLE, str(request.getfixturevalue("cluster").folder))
        _let_leases_last(patch)
        yield


def _let_leases_last(patch: pytest.MonkeyPatch) -> None:
    """Let a bot within a test's process keep its ownership on a busy machine: losing it ends the process."""
    from storage.postgresql.database import PostgresqlDatabase

    function = PostgresqlDatabase.open.__func__  # type: ignore[attr-defined]
    patch.setattr(function, "__kwdefaults__", function.__kwdefaults__ | {"lease_seconds": databases.LEASE_SECONDS})


@pytest.fixture(autouse=True)
def _drop_databases() -> Iterator[None]:
    yield
    databases.drop_databases()
