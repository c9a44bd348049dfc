"""A mutation: a symbol, and what takes its place."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A careless change of one symbol, and the test that must notice it. `mutate` maps the original to the mutant."""

    row: int
    symbol: str
    test: str
    mutate: Callable[[Any], Any]

    @property
    def name(self) -> str:
        """Name of the function that mutates: a row may have several mutations, and a symbol too."""
        return self.mutate.__name__

    def apply(self) -> None:
        """Put the mutant in the symbol's place, also where other modules have imported it by name.

        A symbol that its module itself has imported is replaced in that module only.
        """
        owner, name = self.resolve()
        original = getattr(owner, name)
        mutant = self.mutate(original)
        setattr(owner, name, mutant)
        if getattr(original, "__module__", owner.__name__) != owner.__name__:
            return
        for module in list(sys.modules.values()):
            for alias, value in list(vars(module).items()):
                if value is original:
                    setattr(module, alias, mutant)

    def resolve(self) -> tuple[Any, str]:
        """Return the module or class that holds the symbol, and its name there. Raises `LookupError` if it is gone."""
        module, _, path = self.symbol.partition(":")
        *parents, name = path.split(".")
        try:
            owner: Any = importlib.import_module(module)
            for parent in parents:
                owner = getattr(owner, parent)
            vars(owner)[name]
        except (ImportError, AttributeError, KeyError):
            raise LookupError(f"row {self.row}: no symbol {self.symbol}; correct it in tests/mutations") from None
        return owner, name


Register = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]


class Registering(Protocol):
    """Registers a function as a mutation: it gets the original and returns what takes its place."""

    def __call__(self, row: int, symbol: str, test: str) -> Register: ...


def registering(mutations: list[Mutation]) -> Registering:
    """Return the decorator that adds to a list of mutations."""

    def mutation(row: int, symbol: str, test: str) -> Register:
        def register(mutate: Callable[[Any], Any]) -> Callable[[Any], Any]:
            mutations.append(Mutation(row=row, symbol=symbol, test=test, mutate=mutate))
            return mutate

        return register

    return mutation


async def do_nothing(*_args: object, **_kwargs: object) -> None: ...


def with_condition(sql: str, condition: str, other: str) -> str:
    """Replace a condition of a statement; fail if it is not there."""
    if condition not in sql:
        raise LookupError(f"no condition {condition!r} in: {sql}")
    return sql.replace(condition, other)


def without_condition(sql: str, condition: str) -> str:
    """Remove a condition from a statement; fail if it is not there."""
    return with_condition(sql, condition, "true")
