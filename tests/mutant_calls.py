"""Note which mutated functions are called, in the process of the tests and in those that the tests start."""

from __future__ import annotations

import os
from pathlib import Path

FILE_VARIABLE = "MUTANT_CALLS"
HOOK = f"""\
import os
if os.environ.get("{FILE_VARIABLE}"):
    from tests import mutant_calls
    mutant_calls.start()
"""
"""What a `sitecustomize.py` in the copy of the tree says: Python runs it in each process that a test starts."""

_seen: set[str] = set()


def start() -> None:
    """Let mutmut's wrapper of each mutated function write the function's name to the file of the environment."""
    from mutmut.mutation import trampoline

    trampoline.record_trampoline_hit = _record  # type: ignore[attr-defined]  # the wrappers look it up there


def take() -> set[str]:
    """Return the functions called since this was last asked, by this process or those that it has started."""
    path = Path(os.environ[FILE_VARIABLE])
    names = set(path.read_text(encoding="utf-8").split()) if path.exists() else set()
    path.unlink(missing_ok=True)
    _seen.clear()
    return names


def _record(name: str, caller: str | None = None) -> None:
    path = os.environ.get(FILE_VARIABLE)
    if path is None or name in _seen:
        return
    _seen.add(name)
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(name + "\n")
