"""What a benchmark reports: figures beside their floor or peer, and how they are printed."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A figure beside the floor or peer that was measured in the same run.

    `ratio` is the figure divided by the reference, or the median of the ratios of neighbouring turns.
    """

    name: str
    value: float
    unit: str
    reference: str
    reference_value: float
    ratio: float

    @classmethod
    def of(cls, name: str, value: float, unit: str, *, reference: str, reference_value: float) -> Comparison:
        """Divide the figure by the reference."""
        ratio = value / reference_value
        return cls(
            name=name,
            value=value,
            unit=unit,
            reference=reference,
            reference_value=reference_value,
            ratio=ratio,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The comparisons of a benchmark, and its other figures by name."""

    comparisons: tuple[Comparison, ...]
    figures: dict[str, Any] = field(default_factory=dict)


def print_report(name: str, report: Report, *, quick: bool, as_json: bool) -> None:
    """Print a report for a person, or as one JSON object."""
    if as_json:
        comparisons = [asdict(comparison) for comparison in report.comparisons]
        facts = {"benchmark": name, "quick": quick, "machine": _machine(), "comparisons": comparisons}
        print(json.dumps(facts | report.figures, ensure_ascii=False))
        return
    print(f"{name}{' --quick' if quick else ''}: {_machine()}\n")
    for comparison in report.comparisons:
        figure = f"{comparison.value:,.6g} {comparison.unit}"
        reference = f"{comparison.reference_value:,.6g} {comparison.unit}: {comparison.reference}"
        print(f"{comparison.name:44} {figure:>18} {comparison.ratio:>7.2f} ×  {reference}")
    print()
    for label, value in report.figures.items():
        if not isinstance(value, list):  # series are for plots
            print(f"{label:44} {value}")


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
