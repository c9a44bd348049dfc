"""Import aiogram in a fifth of the time by building its pydantic models at first use.

While it is imported, aiogram 3.31 calls `model_rebuild` on some 350 models, of which the bot uses about 20
(aiogram/aiogram#1876 and #1891; #1861 made the calls cheaper). pydantic builds an incomplete model at its first use
if the names in its annotations are in the model's module; aiogram imports those for type checkers only.

This module therefore replaces `BaseModel.model_rebuild` during the import and adds the names to aiogram's modules.
Delete it when importing aiogram without it costs less than 0.3 s, for instance once aiogram sets `defer_build`.
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


def import_aiogram() -> None:
    """Import aiogram without building its models; do nothing if it is imported already."""
    if "aiogram" in sys.modules:
        return
    with _model_rebuild_disabled():
        importlib.import_module("aiogram")
    types, methods = (importlib.import_module(f"aiogram.{name}") for name in ("types", "methods"))
    type_names = {name: getattr(types, name) for name in types.__all__}
    for model in (*_models(types), *_models(methods)):
        _add_annotation_names(model, type_names)


@contextmanager
def _model_rebuild_disabled() -> Iterator[None]:
    model_rebuild = BaseModel.__dict__["model_rebuild"]
    BaseModel.model_rebuild = classmethod(lambda cls, **options: None)  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        BaseModel.model_rebuild = model_rebuild  # type: ignore[method-assign]


def _models(module: ModuleType) -> list[type[BaseModel]]:
    exported = [getattr(module, name) for name in module.__all__]
    return [value for value in exported if isinstance(value, type) and issubclass(value, BaseModel)]


def _add_annotation_names(model: type[BaseModel], type_names: Mapping[str, Any]) -> None:
    """Add the types in a model's annotations to the model's module, where pydantic looks for them."""
    namespace = vars(sys.modules[model.__module__])
    for base in model.__mro__:
        for annotation in vars(base).get("__annotations__", {}).values():
            for name in re.findall(r"\w+", str(annotation)):
                if name in type_names:
                    namespace.setdefault(name, type_names[name])
