"""Fault rules, and the choice of the rule that applies to a call.

The choice is deterministic: the same rules, seeds and calls give the same faults.
"""

import random
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

FaultKind = Literal["refuse", "reset", "delay", "drop", "hang", "cut", "html502", "json500", "flood", "error", "slow"]
NEVER_EXECUTED_KINDS = frozenset({"refuse", "reset", "flood", "error"})


class FaultRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault rule; docs/emulator-control.md explains each kind and field. Durations are in seconds."""

    kind: FaultKind
    id: int = 0
    method: str | None = None
    chat_id: int | None = None
    nth: int | list[int] | None = None
    probability: float = 1.0
    seed: int = 0
    times: int | None = None
    seconds: float = 0.0
    execute: bool | None = None
    error_code: int = 400
    description: str = "Bad Request"
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    retry_after: int = 1
    fired: int = 0

    @property
    def executes_call(self) -> bool:
        """Whether the call is executed although its answer fails."""
        if self.kind in NEVER_EXECUTED_KINDS:
            return False
        if self.execute is not None:
            return self.execute
        return self.kind != "json500"

    @property
    def applies_at_once(self) -> bool:
        """Whether the rule refuses connections at once instead of waiting for a call."""
        return self.kind == "refuse" and self.method is None and self.chat_id is None and self.nth is None


class _ActiveFault:
    def __init__(self, fault: FaultRule) -> None:
        self.fault = fault
        self._random = random.Random(fault.seed)  # noqa: S311 - must be reproducible, not secret
        self._matched_calls = 0

    def matches(self, method: str, chat_id: int | None) -> bool:
        fault = self.fault
        if fault.applies_at_once or (fault.times is not None and fault.fired >= fault.times):
            return False
        if not _method_matches(fault.method, method) or fault.chat_id not in (None, chat_id):
            return False
        self._matched_calls += 1
        positions = [fault.nth] if isinstance(fault.nth, int) else fault.nth
        if positions is not None and self._matched_calls not in positions:
            return False
        return fault.probability >= 1 or self._random.random() < fault.probability


def _method_matches(pattern: str | None, method: str) -> bool:
    if pattern is None:
        return method.lower() != "getupdates"
    return fnmatchcase(method.lower(), pattern.lower())


class FaultRules:
    """Active fault rules, in the order in which they were added."""

    def __init__(self) -> None:
        self._rules: dict[int, _ActiveFault] = {}
        self._next_id = 1

    def add(self, fault: FaultRule) -> FaultRule:
        fault.id, fault.fired = self._next_id, 0
        self._next_id += 1
        self._rules[fault.id] = _ActiveFault(fault)
        return fault

    def remove(self, fault_id: int) -> bool:
        return self._rules.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def snapshot(self) -> list[FaultRule]:
        """Return copies of the rules, because published data must not change."""
        return [msgspec.structs.replace(rule.fault) for rule in self._rules.values()]

    def next_match(self, method: str, chat_id: int | None) -> FaultRule | None:
        """Return the first rule that matches this call and count the match; None if no rule matches."""
        if not self._rules:
            return None
        for rule in self._rules.values():
            if rule.matches(method, chat_id):
                rule.fault.fired += 1
                return rule.fault
        return None
