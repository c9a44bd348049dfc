"""Dates and instants in strings."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from digest.parsing.dates import find_date, find_year


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-09-12", date(2025, 9, 12)),
        ("2025/9/2", date(2025, 9, 2)),
        ("2025.09.12 早报", date(2025, 9, 12)),
        ("2025年9月12日", date(2025, 9, 12)),
        ("20250912", date(2025, 9, 12)),
        ("ai-2025_09_12.md", date(2025, 9, 12)),
        ("Sep 12, 2025", date(2025, 9, 12)),
        ("12th September 2025", date(2025, 9, 12)),
        ("Sept. 3 2025", date(2025, 9, 3)),
        ("Mercredi 18 février 2026", date(2026, 2, 18)),
        ("1er août 2026", date(2026, 8, 1)),
        ("18. Dezember 2026", date(2026, 12, 18)),
        ("3 de março de 2026", date(2026, 3, 3)),
        ("10 gennaio 2026", date(2026, 1, 10)),
        ("2025-13-45, really 2025-01-02", None),
        ("2025-02-30", None),
        ("9月12日", None),
        ("12345678901", None),
        ("", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    found = find_date(text, UTC)
    assert (found.day if found else None) == day


def test_a_day_without_its_year() -> None:
    found = find_date("9月12日 星期五", UTC, 2024)
    assert found is not None
    assert found.day == date(2024, 9, 12)


def test_a_time_that_is_none_is_not_taken() -> None:
    found = find_date("2025-09-12 25:61", UTC)
    assert found is not None
    assert found.instant is None


def test_an_offset_that_is_none_is_not_taken() -> None:
    found = find_date("2025-09-12 08:00 +99:99", UTC)
    assert found is not None
    assert found.instant in (None, datetime(2025, 9, 12, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "year"), [("2025-09.md", 2025), ("2025年9月合集", 2025), ("a.md", None), ("120256", None)]
)
def test_years(text: str, year: int | None) -> None:
    assert find_year(text) == year
