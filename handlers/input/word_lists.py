"""The lists of words in `word_lists.toml`, read once."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

WORD_LISTS: dict[str, Any] = tomllib.loads((files("handlers.input") / "word_lists.toml").read_text(encoding="utf-8"))
