"""aiogram imported quickly is aiogram: every model can be built, and what it reads and writes is the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SHOW = """
import re
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

QUICKLY = "import transport.drivers.aiogram\n"


def _shown(script: str) -> list[str]:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


def test_every_model_is_the_same() -> None:
    quickly, ordinarily = _shown(QUICKLY + SHOW), _shown(SHOW)
    assert len(quickly) > 1000
    assert quickly == ordinarily


def test_only_what_is_used_is_built() -> None:
    count = "from aiogram.types import Update; print(Update.__pydantic_complete__)"
    assert _shown(QUICKLY + count) == ["False"]
