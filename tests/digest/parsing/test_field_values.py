"""Fields of the front matter whose values are lists, maps, numbers or nothing: read as names, or told as written."""

from __future__ import annotations

from datetime import UTC

import pytest

from digest.fix import fix_source
from digest.model import Digest
from digest.reader import read_digests
from digest.reformat import reformat_file
from digest.segmentation.classifier import Classifier
from tests.digest.reading import codes, read

NEWS = "1. [One](https://e.org/1) #Chips\n2. [Two](https://e.org/2) #Law\n"
ODD_CATEGORIES = "D122-odd-categories"


def read_fields(fields: str, *, fence: str = "---") -> Digest:
    return read(NEWS, head=f"{fence}\n{fields}\n{fence}\n\n")


@pytest.mark.parametrize(
    "fields",
    [
        "categories:\n- [Chips, Law]",
        "categories:\n  - [Chips]\n  - [Law]",
        "categories:\n  - - Chips\n    - Law",
        "categories: [[Chips, Law]]",
        "categories: [Chips, [Law]]",
        "categories:\n  - [Chips, Law]\n  - Chips",
        "categories:\n  - Chips\n  -\n  - Law",
        "category: [[Chips], [Law]]",
        "tags: [[Chips, Law]]",
    ],
)
def test_lists_within_the_list_name_categories(fields: str) -> None:
    digest = read_fields(f"title: T\ndate: 2025-09-12\n{fields}")
    assert digest.categories == ("Chips", "Law")
    assert [item.categories for item in digest.items] == [("Chips",), ("Law",)]
    assert codes(digest) == []


def test_nested_lists_of_toml_and_json() -> None:
    toml = read_fields('title = "T"\ndate = 2025-09-12\ncategories = [["Chips", "Law"]]', fence="+++")
    json = read(NEWS, head='{"title": "T", "date": "2025-09-12", "categories": [["Chips"], "Law"]}\n\n')
    assert toml.categories == json.categories == ("Chips", "Law")


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("categories:\n  - name: Chips\n  - Law", '“{"name": "Chips"}”'),
        ("categories:\n  - 芯片: 法律\n  - Law", '“{"芯片": "法律"}”'),
        ("categories: {name: Law}", '“{"name": "Law"}”'),
        ("categories: [true, Law]", "“true”"),
        ("category: 12", "“12”"),
    ],
)
def test_odd_category_is_told_as_data(fields: str, shown: str) -> None:
    digest = read_fields(f"title: T\ndate: 2025-09-12\n{fields}")
    (problem,) = [problem for problem in digest.problems if problem.code == ODD_CATEGORIES]
    assert (shown in problem.message, problem.line) == (True, 4)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("date: [soon, later]", '“["soon", "later"]”'),
        ("date: {day: soon}", '“{"day": "soon"}”'),
        ("date: 2025-09-12\nslot: [evening]", '“["evening"]”'),
        ("date: 2025-09-12\nlang: [english]", '“["english"]”'),
        ("date: 2025-09-12\ndraft: [maybe, null]", '“["maybe", null]”'),
        ("date: 2025-09-12\npictures: {web: yes}", '“{"web": true}”'),
        ("date: 2025-09-12\npictures: 7", "“7”"),
    ],
)
def test_value_of_another_field_is_told_as_data(fields: str, shown: str) -> None:
    digest = read_fields(f"title: T\n{fields}")
    assert any(shown in problem.message for problem in digest.problems), digest.problems


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("1.10", "1.10"),
        ("007", "007"),
        ("12:30", "12:30"),
        ("Yes", "Yes"),
        ("2026", "2026"),
        ("1_000", "1_000"),
        ("[Morning news]", "[Morning news]"),
        ("{Morning}", "{Morning}"),
        ("2.50 # a comment", "2.50"),
        ("Chips: cheaper", "Chips: cheaper"),
        ('"1.10"', "1.10"),
        ("[Chips, Law]", "[Chips, Law]"),
        ("&t 1.10", "1.10"),
        ("!!int 007", "007"),
        ("!!binary aGk=", "aGk="),
    ],
)
def test_title_is_what_was_written(written: str, title: str) -> None:
    assert read_fields(f"title: {written}\ndate: 2025-09-12").title == title


@pytest.mark.parametrize("value", ["!!binary aGk=", "[!!binary aGk=]", "{k: !!binary aGk=}"])
@pytest.mark.parametrize("name", ["categories", "date", "slot", "draft", "pictures", "tags", "title", "author"])
def test_field_of_bytes_is_read_fixed_and_formatted(name: str, value: str) -> None:
    fields = {"title": "T", "date": "2025-09-12"} | {name: value}
    source = "---\n" + "".join(f"{key}: {written}\n" for key, written in fields.items()) + f"---\n\n{NEWS}"
    (digest,) = read_digests(source.encode(), name="2025-09-12.md", classifier=Classifier())
    assert [item.headline for item in digest.items] == ["One", "Two"]
    assert "b'hi'" not in "\n".join(problem.message for problem in digest.problems)
    assert "2. [Two](https://e.org/2)" in fix_source(source.encode(), name="2025-09-12.md", zone=UTC).data.decode()
    formatted = reformat_file(source.encode(), name="2025-09-12.md", zone=UTC, extra_fields={})
    assert "[Two](https://e.org/2)" in str(formatted)


def test_bytes_are_told_as_they_are_written() -> None:
    digest = read_fields("title: T\ndate: 2025-09-12\ncategories: [Law, !!binary aGk=]")
    assert [problem.message for problem in digest.problems if problem.code == ODD_CATEGORIES] == [
        'Categories should be a list of names, as in ["AI产业", "技术前沿"], not “"aGk="”.'
    ]


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ("title: 3\ntitle: 4.10", "4.10"),
        ("Title: 3\ntitle: 4.10", "4.10"),
        ("title: [Chips]\ntitle: [Law]", "[Law]"),
        ("title: Notes #30: one\ntitle: Notes #31: two", "Notes #31: two"),
        ("title: Notes #30: one\ntitle: Notes", "Notes"),
    ],
)
def test_the_last_of_several_titles_counts(fields: str, title: str) -> None:
    digest = read_fields(f"{fields}\ndate: 2025-09-12")
    assert digest.title == title
    assert "D129-repeated-field" in codes(digest)
