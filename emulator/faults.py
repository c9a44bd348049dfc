"""Rules of what should go wrong, and a call -> the rule that strikes, or none.

The same rules, calls and seeds have the same outcome.
"""

import random
from fnmatch import fnmatchcase
from typing import Any, Literal

import msgspec

Kind = Literal["refuse", "reset", "delay", "drop", "hang", "cut", "html502", "json500", "flood", "error", "slow"]
NO_EFFECT = frozenset({"refuse", "reset", "flood", "error"})


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One rule; the meaning of each kind stands in docs/emulator-control.md. Times in seconds."""

    kind: Kind
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
        """Whether the call has its effect although the answer goes wrong."""
        if self.kind in NO_EFFECT:
            return False
        if self.execute is not None:
            return self.execute
        return self.kind != "json500"

    @property
    def immediate(self) -> bool:
        """A refusal that waits for no call."""
        return self.kind == "refuse" and self.method is None and self.chat_id is None and self.nth is None


class _Rule:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._random = random.Random(fault.seed)  # noqa: S311 - repeatable, not secret
        self._met = 0

    def strikes(self, method: str, chat_id: int | None) -> bool:
        fault = self.fault
        if fault.immediate or (fault.times is not None and fault.fired >= fault.times):
            return False
        if not _method_matches(fault.method, method) or fault.chat_id not in (None, chat_id):
            return False
        self._met += 1
        wanted = [fault.nth] if isinstance(fault.nth, int) else fault.nth
        if wanted is not None and self._met not in wanted:
            return False
        return fault.probability >= 1 or self._random.random() < fault.probability


def _method_matches(pattern: str | None, method: str) -> bool:
    if pattern is None:
        return method.lower() != "getupdates"
    return fnmatchcase(method.lower(), pattern.lower())


class Faults:
    """The rules in force, in the order they came."""

    def __init__(self) -> None:
        self._rules: dict[int, _Rule] = {}
        self._next_id = 1

    def add(self, fault: Fault) -> Fault:
        fault.id, fault.fired = self._next_id, 0
        self._next_id += 1
        self._rules[fault.id] = _Rule(fault)
        return fault

    def remove(self, fault_id: int) -> bool:
        return self._rules.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._rules.clear()

    def all(self) -> list[Fault]:
        """Copies: what is published must not change."""
        return [msgspec.structs.replace(rule.fault) for rule in self._rules.values()]

    def strike(self, method: str, chat_id: int | None) -> Fault | None:
        """The first rule that fires on this call; its count goes up."""
        if not self._rules:
            return None
        for rule in self._rules.values():
            if rule.strikes(method, chat_id):
                rule.fault.fired += 1
                return rule.fault
        return None
