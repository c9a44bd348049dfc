"""The slot of an edition: in the front matter, or a time of day in the file's name."""

from __future__ import annotations

import pytest

from digest.model import Digest
from digest.reader import read_digests
from digest.rendering.reference_form import format_reference
from domain.edition_day import DEFAULT_SLOT

TEXT = "\n1. [Bridge opened](https://example.org/1)\n   It took years.\n2. [Rain](https://example.org/2)\n   Again.\n"


def read(name: str, *fields: str) -> Digest:
    front = "\n".join(("---", "title: News", *fields, "---", ""))
    (digest,) = read_digests((front + TEXT).encode(), name=name)
    return digest


@pytest.mark.parametrize(
    ("name", "fields", "edition"),
    [
        ("2026-11-26.md", (), "2026-11-26"),
        ("2026-11-26-evening.md", (), "2026-11-26-evening"),
        ("20261126_Noon.markdown", (), "2026-11-26-noon"),
        ("2026-11-26-morning.md", (), "2026-11-26"),
        ("2026-11-26.md", ("slot: evening",), "2026-11-26-evening"),
        ("2026-11-26.md", ("slot: Special2",), "2026-11-26-special2"),
        ("2026-11-26-evening.md", ("slot: late",), "2026-11-26-late"),
        ("2026-11-26-evening.md", ("slot: morning",), "2026-11-26"),
        ("2026-11-26.md", ("slot: 2",), "2026-11-26-2"),
        ("2026-11-26-zaobao.md", (), "2026-11-26"),
        ("2026-11-26-good-evening.md", (), "2026-11-26"),
        ("2026-11-26-evening-news.md", (), "2026-11-26"),
    ],
)
def test_slot_is_read(name: str, fields: tuple[str, ...], edition: str) -> None:
    digest = read(name, *fields)
    assert str(digest.date) == edition
    assert digest.is_publishable


@pytest.mark.parametrize("written", ["evening edition", "晚间", "abcdefghijklm", "yes", "[a]"])
def test_what_is_no_slot_is_refused_with_its_line(written: str) -> None:
    digest = read("2026-11-26.md", f"slot: {written}")
    (problem,) = [problem for problem in digest.problems if problem.code == "D124-bad-slot"]
    assert (problem.line, problem.severity.value) == (3, "error")
    assert "slot: evening" in problem.message
    assert (digest.is_publishable, digest.slot) == (False, DEFAULT_SLOT)


def test_content_is_the_same_in_every_slot() -> None:
    assert read("2026-11-26.md").content_hash == read("2026-11-26-evening.md").content_hash


def test_reference_form_keeps_the_time_of_a_slot() -> None:
    digest = read("2026-11-26-evening.md", "date: 2026-11-26T17:30:00+08:00")
    (again,) = read_digests(format_reference(digest).encode(), name="2026-11-26-evening.md")
    assert (again.date, again.published_at) == (digest.date, digest.published_at)
