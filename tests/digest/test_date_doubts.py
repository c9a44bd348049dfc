"""What may be wrong with an edition's day, time or mark of a draft is said, and never read as something else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from digest.model import Digest, Severity
from digest.reader import read_digests


def read(fields: str, *, name: str = "x.md") -> Digest:
    text = f"---\ntitle: Morning\n{fields}\n---\n\n1. [A kite flies](https://a.example/1)\n"
    (digest,) = read_digests(text.encode(), name=name)
    return digest


def codes(digest: Digest) -> list[str]:
    return [problem.code for problem in digest.problems if problem.severity is not Severity.INFO]


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-24 25:00",
        "2026-12-01T07:00:00+25:00",
        "2026-12-01 07:00 CET",
        "2026-12-01 07:00 Mars/Olympus",
        "2026-12-01 07:00 America/Argentina",
        "2026-12-01 7:00 PM",
        "2026-12-01 7pm",
        "2026-12-01 UTC",
    ],
)
def test_a_time_or_zone_that_cannot_be_read_is_told(written: str) -> None:
    assert codes(read(f"date: {written}")) == ["D113-bad-time"]
    assert codes(read(f'date: "{written}"')) == ["D113-bad-time"]


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01 (周二)", datetime(2026, 12, 1, tzinfo=UTC)),
        ("2026-12-01T07:00:00+08:00", datetime(2026, 12, 1, 7, tzinfo=timezone(timedelta(hours=8)))),
        ("2026-12-01 07:00:00 +0800 CST", datetime(2026, 12, 1, 7, tzinfo=timezone(timedelta(hours=8)))),
        ("2026-12-01 07:00 Europe/Berlin", datetime(2026, 12, 1, 6, tzinfo=UTC)),
        ("2026-12-01 07:00 America/Argentina/Buenos_Aires", datetime(2026, 12, 1, 10, tzinfo=UTC)),
        ("2026年12月1日 07:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),
    ],
)
def test_other_times_are_read(written: str, instant: datetime) -> None:
    digest = read(f'date: "{written}"')
    assert codes(digest) == []
    assert digest.published_at == instant


@pytest.mark.parametrize(
    ("written", "day", "expected"),
    [
        ("01/12/2026", date(2026, 1, 12), ["D114-ambiguous-date"]),
        ("24/12/2026", date(2026, 12, 24), []),
        ("12/24/2026", date(2026, 12, 24), []),
        ("05/05/2026", date(2026, 5, 5), []),
        ("1.12.2026", date(2026, 12, 1), []),
    ],
)
def test_a_date_that_may_be_another_one_is_told(written: str, day: date, expected: list[str]) -> None:
    digest = read(f'date: "{written}"')
    assert (digest.date, codes(digest)) == (day, expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026-12-05.md", ["D115-other-date-in-name"]),
        ("2026-12-02-zaobao.md", ["D115-other-date-in-name"]),
        ("2026-12-01.md", []),
        ("morning.md", []),
    ],
)
def test_a_name_with_another_day_is_told(name: str, expected: list[str]) -> None:
    digest = read("date: 2026-12-01", name=name)
    assert (digest.date, codes(digest)) == (date(2026, 12, 1), expected)


@pytest.mark.parametrize("written", ["是", "ja", "maybe", "draft", "2"])
def test_a_mark_of_a_draft_that_says_neither_yes_nor_no_is_an_error(written: str) -> None:
    digest = read(f"date: 2026-12-01\ndraft: {written}")
    assert codes(digest) == ["D128-bad-draft"]
    assert not digest.is_publishable


@pytest.mark.parametrize(
    ("written", "is_draft"),
    [
        ("true", True),
        ("'Yes'", True),
        ("on", True),
        ("1", True),
        ("false", False),
        ("no", False),
        ("0", False),
        ("", False),
    ],
)
def test_other_marks_of_a_draft_are_read(written: str, is_draft: bool) -> None:
    digest = read(f"date: 2026-12-01\ndraft: {written}")
    assert (digest.is_draft, codes(digest)) == (is_draft, [])
