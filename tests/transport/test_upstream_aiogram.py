"""Tests of what the aiogram driver changes in aiogram: its import (aiogram/aiogram#1876 and #1891)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PRINT_MODELS = """
import re
from aiogram.types import Update; print(Update.__pydantic_complete__)
import aiogram.methods, aiogram.types
from pydantic import BaseModel

for module in (aiogram.types, aiogram.methods):
    for name in sorted(module.__all__):
        model = getattr(module, name)
        if isinstance(model, type) and issubclass(model, BaseModel) and name != "TelegramMethod":  # the base of methods
            model.model_rebuild()
            print(name, model.__pydantic_complete__)
            for field, info in model.model_fields.items():
                print(name, field, re.sub(" at 0x[0-9a-f]+", "", str(info.annotation)), info.is_required())
"""

FAST_IMPORT = "import transport.drivers.aiogram\n"


def _output_lines(script: str) -> list[str]:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture(scope="module")
def ordinary() -> list[str]:
    """Whether a model is built by the import, then all models, without this project's changes."""
    return _output_lines(PRINT_MODELS)


@pytest.fixture(scope="module")
def fast() -> list[str]:
    """The same, with them."""
    return _output_lines(FAST_IMPORT + PRINT_MODELS)


def test_fast_import_gives_the_same_models(fast: list[str], ordinary: list[str]) -> None:
    assert len(fast) > 1000
    assert fast[1:] == ordinary[1:]


def test_fast_import_builds_no_model_before_its_use(fast: list[str]) -> None:
    assert fast[0] == "False"


def test_fast_import_is_still_needed(ordinary: list[str]) -> None:
    """If this fails, aiogram no longer builds its models while it is imported: delete fast_import.py."""
    assert ordinary[0] == "True"
