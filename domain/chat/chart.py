"""A chart as values: what a picture of figures shows, before it is drawn."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Tone(StrEnum):
    """What a colour stands for."""

    MAIN = "main"
    GOOD = "good"
    BAD = "bad"
    DOUBTFUL = "doubtful"
    IDLE = "idle"


class BarSegment(msgspec.Struct, frozen=True):
    """A part of a bar."""

    value: int
    tone: Tone = Tone.MAIN


class Bar(msgspec.Struct, frozen=True):
    """A bar of parts, with a label above it and its figures as text."""

    label: str
    segments: tuple[BarSegment, ...]
    figures: str


class Bars(msgspec.Struct, frozen=True, tag="bars"):
    """Bars on one scale; `heading` may be empty."""

    bars: tuple[Bar, ...]
    heading: str = ""


class Curve(msgspec.Struct, frozen=True, tag="curve"):
    """Values over time, evenly apart, with labels for the first and the last one."""

    values: tuple[int, ...]
    first_label: str
    last_label: str


class Key(msgspec.Struct, frozen=True):
    """What a colour means, in words."""

    tone: Tone
    text: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of figures.

    `keys` explain the colours, where there are several. `substitution_note` is written below if a character had to be
    replaced because the picture's font does not have it.
    """

    title: str
    subtitle: str
    sections: tuple[Bars | Curve, ...]
    keys: tuple[Key, ...] = ()
    substitution_note: str = ""
