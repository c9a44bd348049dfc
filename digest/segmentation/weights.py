"""The named weights of the score, read from `weights.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def load_weights() -> Mapping[str, float]:
    """Return the fitted weights by name."""
    return {name: weight for group in _load_groups().values() for name, weight in group.items()}


@cache
def component_of(name: str) -> str:
    """Return the component of the score that a weight belongs to: heads, numbers, sections …"""
    return next(group for group, weights in _load_groups().items() if name in weights)


@cache
def _load_groups() -> dict[str, dict[str, float]]:
    groups: dict[str, dict[str, float]] = tomllib.loads(_read("weights.toml"))
    return groups


def _read(name: str) -> str:
    return files("digest.segmentation").joinpath(name).read_text(encoding="utf-8")
