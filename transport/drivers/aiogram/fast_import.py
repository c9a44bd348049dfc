"""aiogram, imported in a fifth of the time: its models are built when they are first used, not all at once.

aiogram asks pydantic to build some 350 models while it is imported, each with all it refers to: most of a start, for
the twenty that a bot uses. pydantic builds an unfinished model by itself at its first use, if it finds the names that
the model refers to; aiogram's modules import those for type checkers only, so they are put there.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from pydantic import BaseModel


def import_quickly() -> None:
    """Import aiogram, unless somebody has done so already."""
    if "aiogram" in sys.modules:
        return
    with _models_left_unfinished():
        importlib.import_module("aiogram")
    types, methods = (importlib.import_module(f"aiogram.{name}") for name in ("types", "methods"))
    known = {name: getattr(types, name) for name in types.__all__}
    for model in (*_models(types), *_models(methods)):
        _give_names(model, known)


@contextmanager
def _models_left_unfinished() -> Iterator[None]:
    rebuild = BaseModel.__dict__["model_rebuild"]
    BaseModel.model_rebuild = classmethod(lambda cls, **options: None)  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        BaseModel.model_rebuild = rebuild  # type: ignore[method-assign]


def _models(module: ModuleType) -> list[type[BaseModel]]:
    named = [getattr(module, name) for name in module.__all__]
    return [found for found in named if isinstance(found, type) and issubclass(found, BaseModel)]


def _give_names(model: type[BaseModel], known: Mapping[str, Any]) -> None:
    """Put what a model's annotations refer to where pydantic looks for it: beside the model."""
    beside = vars(sys.modules[model.__module__])
    for base in model.__mro__:
        for annotation in vars(base).get("__annotations__", {}).values():
            for name in re.findall(r"\w+", str(annotation)):
                if name in known:
                    beside.setdefault(name, known[name])
