"""Planted faults: each breaks one row of docs/guarantees.md; the row's test must turn red.

    python -m tests.planted [ROW ...]

Each fault is applied to a copy of the code, never to the code itself, and the named test is run there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = (
    "bot",
    "handlers",
    "delivery",
    "transport",
    "views",
    "storage",
    "digest",
    "domain",
    "emulator",
    "tests",
    "examples",
    "pyproject.toml",
)
DELIVERY = "tests/delivery/test_service.py"


@dataclass(frozen=True, slots=True)
class Fault:
    """A careless change: in a file, this text becomes that; and the test that must notice."""

    row: int
    file: str
    old: str
    new: str
    test: str


FAULTS = (
    Fault(
        2,
        "storage/claims.py",
        '.values(error="interrupted")',
        '.values(state="pending")',
        "tests/delivery/test_failpoints.py::test_a_death_at_this_point",
    ),
    Fault(
        3,
        "transport/responses.py",
        "        case Lost(why):\n            return Unconfirmed(why)",
        "        case Lost(why):\n            return Retry(why)",
        f"{DELIVERY}::test_what_was_not_confirmed_is_listed_and_not_sent_again_and_later_parts_still_go",
    ),
    Fault(
        4,
        "transport/responses.py",
        "        case NeverLeft(why):\n            return Retry(why)",
        "        case NeverLeft(why):\n            return Unconfirmed(why)",
        f"{DELIVERY}::test_a_closed_port_delays_and_loses_nothing",
    ),
    Fault(
        5,
        "delivery/run_queues.py",
        "new = [run_id for run_id in running if run_id not in known]",
        "new = [run_id for run_id in changed if run_id not in known]",
        f"{DELIVERY}::test_what_was_planned_before_a_crash_is_found_and_sent",
    ),
    Fault(
        6,
        "delivery/service.py",
        "await self._drain()",
        "pass",
        f"{DELIVERY}::test_a_stop_lets_out_what_is_in_flight",
    ),
    Fault(
        7,
        "storage/lock.py",
        "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "pass",
        "tests/bot/test_app.py::test_a_second_process_is_refused_at_once",
    ),
    Fault(
        8,
        "storage/claims.py",
        '''f"state = 'pending' AND {_ACTIVE} AND {_RUNNING}"''',
        '''f"{_ACTIVE} AND {_RUNNING}"''',
        "tests/storage/test_runs.py::test_a_paused_run_claims_nothing",
    ),
    Fault(
        9,
        "storage/claims.py",
        '''f"state = 'pending' AND {_ACTIVE} AND {_RUNNING}"''',
        '''f"state = 'pending' AND {_RUNNING}"''',
        f"{DELIVERY}::test_leavers_are_skipped_and_joiners_wait_for_the_next_edition",
    ),
    Fault(
        10,
        "delivery/ledger.py",
        "self._claims[:0], self._settles[:0] = claimed, settled",
        "[_resolve(one.may, True) for one in claimed]; self._settles[:0] = settled",
        f"{DELIVERY}::test_a_full_disk_stops_the_sending_and_is_told_and_what_had_left_is_listed",
    ),
    Fault(
        11,
        "delivery/recovery.py",
        "behind = high_water is not None and await asyncio.to_thread(high_water.read) > claimed",
        "behind = False",
        "tests/delivery/test_recovery.py::test_a_restored_backup_sends_nothing_and_says_why_until_the_operators_word",
    ),
    Fault(
        12,
        "storage/migrate.py",
        "if found is not None and found > NEWEST:",
        "if found is None and NEWEST is None:",
        "tests/storage/test_database.py::test_a_newer_schema_is_refused_and_left_alone",
    ),
    Fault(
        13,
        "transport/rate_limiter.py",
        "        if chat_id >= 0:\n            self.hold_all(seconds)",
        "        if chat_id == 0:\n            self.hold_all(seconds)",
        f"{DELIVERY}::test_a_429_for_one_person_holds_everybody_and_uses_up_no_attempt",
    ),
    Fault(
        14,
        "delivery/retry_after_store.py",
        "self._hold(name.removeprefix(HELD), seconds)",
        "pass",
        f"{DELIVERY}::test_a_429s_end_outlives_the_process",
    ),
    Fault(
        15,
        "transport/rate_limiter.py",
        "        for lane in self._gate:",
        "        for lane in reversed(self._gate):",
        "tests/transport/test_rate_limiter.py::test_a_reply_passes_all_that_goes_to_many",
    ),
    Fault(
        16,
        "delivery/circuit_breaker.py",
        "return why if self._too_many(body_id) else None",
        "return None",
        f"{DELIVERY}::test_when_everybody_gets_the_same_refusal_the_run_pauses_itself_and_tells_the_admins",
    ),
    Fault(
        17,
        "delivery/resolution.py",
        "(Leave(why),), go_on=False)",
        "(), go_on=False)",
        f"{DELIVERY}::test_whoever_cannot_be_reached_gets_nothing_more_until_they_come_back",
    ),
    Fault(
        18,
        "delivery/resolution.py",
        "(Move(chat_id),), go_on=False)",
        "(), go_on=False)",
        f"{DELIVERY}::test_a_group_that_became_a_supergroup_gets_it_there",
    ),
    Fault(
        20,
        "domain/subscription/calendar.py",
        "early, late = local.replace(fold=1).astimezone(UTC), found",
        "return found\n    early, late = local.replace(fold=1).astimezone(UTC), found",
        "tests/domain/subscription/test_calendar.py::test_skipped_and_doubled_hours",
    ),
    Fault(
        21,
        "delivery/recovery.py",
        "rows = await deliveries.shift(tx, wave, at, now=now)",
        "rows = 0",
        f"{DELIVERY}::test_what_a_sleep_left_behind_goes_when_the_calendar_allows_or_is_counted",
    ),
    Fault(
        22,
        "delivery/planner.py",
        "return at if at is not None and at - published <= FRESH else None",
        "return at",
        f"{DELIVERY}::test_down_at_the_due_time",
    ),
    Fault(
        23,
        "storage/waves.py",
        'set_=values))\n        again = {"state"',
        'set_={"cursor": 0}))\n        again = {"state"',
        "tests/delivery/test_publishing.py::test_who_moves_to_a_morning_that_was_served_already_is_served_at_once",
    ),
    Fault(
        24,
        "storage/updates.py",
        ".rowcount == 1",
        ".rowcount >= 0",
        "tests/handlers/test_dispatcher.py::test_the_same_update_five_times_at_once_has_one_effect",
    ),
    Fault(
        25,
        "transport/drivers/aiogram/driver.py",
        "timeout=self._poll_seconds + self._grace_seconds",
        "timeout=3600",
        "tests/conformance/test_transport.py::test_a_poll_that_never_answers_is_given_up_and_renewed",
    ),
    Fault(
        26,
        "handlers/dispatcher.py",
        "    if manages:\n        return None",
        "    if asked.press or manages:\n        return None",
        "tests/handlers/test_strangers.py::test_nobodys_press_changes_what_another_or_a_group_has_set",
    ),
    Fault(
        27,
        "handlers/dispatcher.py",
        "    if entry.who is Who.ADMIN and not context.admin:",
        "    if entry.who is Who.ADMIN and not context.admin and not asked.press:",
        "tests/handlers/test_strangers.py::test_who_is_an_admin_no_more_is_refused_old_buttons_included",
    ),
    Fault(
        28,
        "storage/runs.py",
        "    drafted = runs.c.state == RunState.DRAFT, runs.c.actor == actor\n    if not",
        "    drafted = (runs.c.actor == actor,)\n    if not",
        "tests/storage/test_runs.py::test_a_draft_is_confirmed_once",
    ),
    Fault(
        29,
        "handlers/browse.py",
        "said = Text(wanted.rest).cleaned().plain",
        "said = wanted.rest",
        "tests/handlers/test_strangers.py::test_names_and_texts_are_literal_everywhere",
    ),
    Fault(
        32,
        "transport/bot_api_client.py",
        "NeverLeft(_name(error))",
        "NeverLeft(self._path)",
        "tests/transport/test_bot_api_client.py::test_no_word_of_the_wires_holds_the_token",
    ),
    Fault(
        33,
        "transport/user_throttle.py",
        "if start - now > self._slack:",
        "if start - now > self._slack * 1_000_000:",
        "tests/transport/test_polling.py::test_one_who_floods_is_limited_alone",
    ),
)


def apply(fault: Fault, root: Path) -> None:
    """Make the careless change in a copy of the code. Raises `LookupError` where its place is gone."""
    path = root / fault.file
    code = path.read_text()
    if code.count(fault.old) != 1:
        raise LookupError(f"row {fault.row}: {fault.file} has the text {code.count(fault.old)} times, not once")
    path.write_text(code.replace(fault.old, fault.new))


def is_noticed(fault: Fault) -> bool:
    """Whether the named test turns red."""
    with tempfile.TemporaryDirectory(prefix="planted-") as name:
        root = Path(name)
        for each in COPIED:
            source = ROOT / each
            if source.is_dir():
                shutil.copytree(source, root / each, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, root / each)
        apply(fault, root)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", fault.test]
        environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
    # 1: tests failed. Anything else (no such test, an error of pytest's own) proves nothing.
    return run.returncode == 1 and bool(re.search(r"\d+ failed", run.stdout))


def main(rows: list[str]) -> int:
    chosen = [fault for fault in FAULTS if not rows or str(fault.row) in rows]
    unnoticed = 0
    for fault in chosen:
        noticed = is_noticed(fault)
        unnoticed += not noticed
        word = "red, as it must be" if noticed else "NOT NOTICED"
        sys.stdout.write(f"row {fault.row:2}  {fault.file:26} {fault.test.split('::')[1][:70]:70} {word}\n")
        sys.stdout.flush()
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
