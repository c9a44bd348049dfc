"""pytest plugin of `tests.mutants`: measure the selected tests once, then run them against one mutant after another.

collect -> run each test without a mutant (seconds, functions called) -> fork for each mutant -> one JSON line each

Everything is imported and collected before the first fork. A mutant's tests are those that call the changed function,
those of the module's own test file first, then recorded screens and dialogues, then the quickest; the first that fails
ends them. A test that takes several times as long as without the mutant is stopped; time in which its process waits for
a core does not count.
"""

from __future__ import annotations

import functools
import gc
import json
import mmap
import os
import signal
import struct
import time
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests import mutant_calls

PLAN_VARIABLE = "MUTANT_PLAN"
OUTPUT_VARIABLE = "MUTANT_OUTPUT"
MUTANT_VARIABLE = "MUTANT_UNDER_TEST"
MEASURING = "stats"
_RECORDED = "/test_recorded_"
LIMIT_FACTOR = 5.0
"""A test against a mutant may take so many times as long as without one, and the plan's seconds more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What `tests.mutants` asks for: the mutants to run, and the file in which measurements are kept."""

    mutants: list[str]
    seconds: float
    """Tests of one mutant that would take longer than this together are left out."""

    measurements: str
    limit_seconds: float = 5.0
    """How much longer a test may take than `LIMIT_FACTOR` times as long as without a mutant."""

    afresh: list[str] = field(default_factory=list)
    """Tests to run in this process, which was started with one mutant; empty to fork for each mutant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a test takes without a mutant, and which mutated functions it calls."""

    file_digest: str
    seconds: float
    functions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one mutant."""

    mutant: str
    status: str
    test: str = ""
    seconds: float = 0.0
    beyond_limit: int = 0
    at_import: bool = False


def pytest_configure(config: pytest.Config) -> None:
    if PLAN_VARIABLE not in os.environ:
        return
    plan = Plan(**json.loads(Path(os.environ[PLAN_VARIABLE]).read_text(encoding="utf-8")))
    output = int(os.environ[OUTPUT_VARIABLE])
    os.set_inheritable(output, False)
    if not plan.afresh:
        mutant_calls.start()
    config.pluginmanager.register(MutantRunner(plan, output), "mutant-runner")


class MutantRunner:
    """Run the collected tests against mutants instead of running them once."""

    def __init__(self, plan: Plan, output: int) -> None:
        self._plan = plan
        self._output = output
        self._failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("tests that cannot be imported")
        items = {item.nodeid: item for item in session.items}
        if self._plan.afresh:
            [mutant] = self._plan.mutants
            chosen = [items[test] for test in self._plan.afresh if test in items]
            self._run_tests(mutant, chosen, dict.fromkeys(items, 0.0), _Limit())
            return True
        at_import = mutant_calls.take()
        measured = self._measure(items)
        caches = [each for each in gc.get_objects() if isinstance(each, functools._lru_cache_wrapper)]
        gc.collect()
        gc.freeze()
        for mutant in self._plan.mutants:
            self._run_mutant(mutant, items, measured, caches, at_import)
        return True

    def _measure(self, items: dict[str, pytest.Item]) -> dict[str, Measurement]:
        """Run the tests that have not been measured since their file changed; leave out those that fail."""
        path = Path(self._plan.measurements)
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        measured: dict[str, Measurement] = {}
        order = list(items.values())
        for item, following in zip(order, [*order[1:], None], strict=True):
            digest = _file_digest(str(item.path))
            if known.get(item.nodeid, {}).get("file_digest") == digest:
                measured[item.nodeid] = Measurement(**known[item.nodeid])
                continue
            passed, seconds = self._run_test(item, following)
            functions = sorted(mutant_calls.take())
            if passed:
                measured[item.nodeid] = Measurement(file_digest=digest, seconds=seconds, functions=functions)
            else:
                self._tell(Result(mutant="", status="fails without a mutant", test=item.nodeid))
        path.write_text(json.dumps({test: asdict(each) for test, each in measured.items()}), encoding="utf-8")
        self._tell(Result(mutant="", status="measured", seconds=sum(each.seconds for each in measured.values())))
        return measured

    def _run_mutant(
        self,
        mutant: str,
        items: dict[str, pytest.Item],
        measured: dict[str, Measurement],
        caches: list[Any],
        at_import: set[str],
    ) -> None:
        function = mutant.partition("__mutmut_")[0]
        tests = [test for test, measurement in measured.items() if function in measurement.functions]
        own = f"/test_{function.rpartition('.')[0].rpartition('.')[2]}.py"
        tests.sort(key=lambda test: (own not in test, _RECORDED not in test, measured[test].seconds))
        chosen = _within(tests, measured, self._plan.seconds)
        # What is called at import only is looked for by all tests, in a process of its own.
        if not chosen:
            status = "survived" if function in at_import else "no tests"
            self._tell(Result(mutant=mutant, status=status, at_import=function in at_import))
            return
        beyond_limit = len(tests) - len(chosen)
        seconds = {test: measured[test].seconds for test in chosen}
        start, limit = time.monotonic(), _Limit()
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            os.environ[MUTANT_VARIABLE] = mutant
            os.environ.pop(mutant_calls.FILE_VARIABLE)
            for cache in caches:
                cache.cache_clear()
            try:
                self._run_tests(
                    mutant, [items[test] for test in chosen], seconds, limit, beyond_limit, function in at_import
                )
            finally:
                os._exit(0 if self._told else 1)
        stopped, ended = False, (0, 0)
        while ended == (0, 0):
            ended = os.waitpid(child, os.WNOHANG)
            if ended == (0, 0) and limit.is_passed(child):
                stopped = True
                os.kill(child, signal.SIGKILL)
                ended = os.waitpid(child, 0)
            time.sleep(0.01)
        _end_group(child)
        if ended[1] != 0:
            self._tell(
                Result(mutant=mutant, status="stopped" if stopped else "ended", seconds=time.monotonic() - start)
            )

    _told = False

    def _run_tests(
        self,
        mutant: str,
        items: list[pytest.Item],
        seconds: dict[str, float],
        limit: _Limit,
        beyond_limit: int = 0,
        at_import: bool = False,
    ) -> None:
        """Run tests in this process until one fails, each within its limit, and tell the result."""
        start = time.monotonic()
        killer = ""
        for item in items:
            limit.start(LIMIT_FACTOR * seconds[item.nodeid] + self._plan.limit_seconds)
            passed, _ = self._run_test(item, None)
            if not passed:
                killer = item.nodeid
                break
        took = time.monotonic() - start
        status = "killed" if killer else "survived"
        self._tell(
            Result(
                mutant=mutant, status=status, test=killer, seconds=took, beyond_limit=beyond_limit, at_import=at_import
            )
        )

    def _run_test(self, item: pytest.Item, following: pytest.Item | None) -> tuple[bool, float]:
        self._failed = False
        start = _clock(os.getpid())
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self._failed, _clock(os.getpid()) - start

    def _tell(self, result: Result) -> None:
        os.write(self._output, (json.dumps(asdict(result)) + "\n").encode())
        self._told = True


class _Limit:
    """The end of the test that a child runs, on a clock that stands while the child waits for a core."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 8)

    def start(self, seconds: float) -> None:
        """Note, in the child, until when its next test may take."""
        struct.pack_into("d", self._shared, 0, _clock(os.getpid()) + seconds)

    def is_passed(self, child: int) -> bool:
        (end,) = struct.unpack_from("d", self._shared, 0)
        return bool(end) and _clock(child) > end


def _clock(process: int) -> float:
    """Return seconds on a clock that stands while a process is ready to run and others have the cores."""
    try:
        waited = int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[1])
    except OSError:
        waited = 0
    return time.monotonic() - waited / 1e9


def _within(tests: list[str], measured: dict[str, Measurement], seconds: float) -> list[str]:
    """Return tests from the first on until they take the seconds; at least one."""
    chosen: list[str] = []
    for test in tests:
        seconds -= measured[test].seconds
        if chosen and seconds < 0:
            break
        chosen.append(test)
    return chosen


@functools.cache
def _file_digest(path: str) -> str:
    return sha256(Path(path).read_bytes()).hexdigest()


def _end_group(group: int) -> None:
    """End what the tests of a mutant left behind."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
