"""Find every regular expression of the program, and write the texts on which each would be slowest.

source -> expressions, each with how it is used -> its characters and a text that it matches -> hostile texts
"""

from __future__ import annotations

import ast
import importlib
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from re import _compiler, _parser  # type: ignore[attr-defined]  # what an expression consists of: no public name is left
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "handlers", "delivery", "transport", "views", "storage", "digest", "domain", "emulator")
METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
ANCHORED = {"match", "fullmatch"}
CANDIDATES = "aZ0_ \t\n.,:-/#*[(<>|`\"'&@+~“（、。：中é\u0301\u200d🚀" + string.printable
MAX_PIECES = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A regular expression, the place of its definition, and whether it is tried at each position of a text."""

    place: str
    pattern: re.Pattern[str]
    is_searched: bool

    def run(self, text: str) -> None:
        """Try the expression on a text in the way the program does, up to the last match."""
        if self.is_searched:
            self.pattern.sub("", text)
        else:
            self.pattern.match(text)
            self.pattern.fullmatch(text)


def find_expressions() -> list[Expression]:
    """Return the expressions of all modules that can be imported, each pattern once per kind of use."""
    found: dict[tuple[str, int, bool], Expression] = {}
    for path in _sources():
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        module, tree = importlib.import_module(name), ast.parse(path.read_text(encoding="utf-8"))
        methods = _used_methods(tree)
        patterns = [*_of_globals(module), *_inline(tree, module)]
        for place, pattern, used in patterns:
            is_searched = bool((used or methods.get(place, set(METHODS))) - ANCHORED)
            expression = Expression(place=f"{name}:{place}", pattern=pattern, is_searched=is_searched)
            found.setdefault((pattern.pattern, pattern.flags, is_searched), expression)
    return list(found.values())


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name != "__main__.py" and "versions" not in path.parts and path.name != "env.py":
                yield path


def _used_methods(tree: ast.Module) -> dict[str, set[str]]:
    """Return the methods that a module calls on each name; one that is used elsewhere counts as searched for."""
    used: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
    return {name: methods & set(METHODS) for name, methods in used.items() if methods & set(METHODS)}


def _of_globals(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str], set[str]]]:
    for name, value in vars(module).items():
        for pattern in _patterns_in(value, depth=4):
            is_named = isinstance(value, re.Pattern)
            yield name, pattern, set() if is_named else set(METHODS)


def _patterns_in(value: Any, depth: int) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth and isinstance(value, dict):
        for inner in (*value.keys(), *value.values()):
            yield from _patterns_in(inner, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _patterns_in(inner, depth - 1)
    elif depth and hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        for name in value.__dataclass_fields__:
            yield from _patterns_in(getattr(value, name, None), depth - 1)


def _inline(tree: ast.Module, module: ModuleType) -> Iterator[tuple[str, re.Pattern[str], set[str]]]:
    """Return what calls of `re` itself use; an expression made of local names is left out."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if ast.unparse(node.func.value) != "re" or node.func.attr not in METHODS or not node.args:
            continue
        try:
            written = eval(compile(ast.Expression(node.args[0]), module.__name__, "eval"), vars(module))  # noqa: S307
            pattern = re.compile(written)
        except (NameError, TypeError):
            continue
        if isinstance(pattern.pattern, str):
            yield f"line {node.lineno}", pattern, {node.func.attr}


def hostile_texts(expression: Expression, length: int) -> Iterator[str]:
    """Yield texts of about this length: repeats of each piece of the expression, as they are and nearly matching."""
    tokens = _parser.parse(expression.pattern.pattern, expression.pattern.flags & ~re.DEBUG)
    sample = "".join(_sample(tokens, expression.pattern.flags))
    singles = list(dict.fromkeys(_pieces(tokens, expression.pattern.flags)))[:MAX_PIECES]
    beginnings = [sample[:end] for end in range(1, min(len(sample), MAX_PIECES) + 1)]
    pairs = [one + other for one in singles[:5] for other in singles[:5] if one != other]
    for piece in dict.fromkeys([*singles, *beginnings, *pairs]):
        repeated = piece * (length // max(1, len(piece)))
        for beginning, end in (("", ""), ("", "\0"), (sample, "\0")):
            yield beginning + repeated + end


def _sample(tokens: Any, flags: int) -> Iterator[str]:
    """Yield a text that the expression nearly matches: one repeat of each part, the first of each alternative."""
    for operation, argument in tokens:
        match str(operation):
            case "LITERAL":
                yield chr(argument)
            case "NOT_LITERAL" | "ANY" | "IN":
                yield _character(operation, argument, flags)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                yield from "".join(_sample(argument[2], flags)) * min(max(1, argument[0]), 20)
            case "SUBPATTERN":
                yield from _sample(argument[3], flags | argument[1])
            case "ATOMIC_GROUP":
                yield from _sample(argument, flags)
            case "BRANCH":
                yield from _sample(argument[1][0], flags)
            case "ASSERT" if argument[0] > 0:
                yield from _sample(argument[1], flags)


def _pieces(tokens: Any, flags: int) -> Iterator[str]:
    """Yield a character, or a repeated part, for each element of the expression."""
    for operation, argument in tokens:
        match str(operation):
            case "LITERAL":
                yield chr(argument)
            case "NOT_LITERAL" | "ANY" | "IN":
                yield _character(operation, argument, flags)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                yield "".join(_sample(argument[2], flags))
                yield from _pieces(argument[2], flags)
            case "SUBPATTERN":
                yield from _pieces(argument[3], flags | argument[1])
            case "ATOMIC_GROUP":
                yield from _pieces(argument, flags)
            case "BRANCH":
                for alternative in argument[1]:
                    yield "".join(_sample(alternative, flags))
                    yield from _pieces(alternative, flags)
            case "ASSERT" | "ASSERT_NOT":
                yield from _pieces(argument[1], flags)


def _character(operation: Any, argument: Any, flags: int) -> str:
    """Return a character that an element matches; a letter if it can, so that neighbours match it too."""
    written = _parser.SubPattern(_parser.State(), [(operation, argument)])
    compiled: re.Pattern[str] = _compiler.compile(written, flags & ~re.DEBUG)
    listed = argument if str(operation) == "IN" else []
    ranges = [chr(code) for kind, pair in listed if str(kind) == "RANGE" for code in pair]
    literals = [chr(code) for kind, code in listed if str(kind) == "LITERAL"]
    return next(filter(compiled.fullmatch, (*CANDIDATES, *ranges, *literals)), "a")
