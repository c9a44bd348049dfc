"""What may be wrong with an edition's day, time or mark of a draft is said, and never read as something else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from digest.fix import fix_source
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
        "2026-12-01 08:00 UTC+25",
        "2026-12-01 08:00 UTC+8:99",
        "2026-12-01 08:00 UTC+8:9",
        "2026-12-01 08:00 +8",
        "2026-12-01 晚上8点",
        "2026-12-01 早上八点",
        "2026-12-01 20点30分",
        "2026年12月1日 下午3點半",
        "2026年12月1日 午前8時",
        "2026년 12월 1일 오전 8시",
        "2026-12-01 08:00 北京时间",
        "2026-12-01 08:00（日本時間）",
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
        ("2026-12-01 07:00 UTC+8", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01 07:00 utc-5", datetime(2026, 12, 1, 12, tzinfo=UTC)),
        ("2026-12-01 07:00 GMT+08:00", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01 07:00 UTC+0530", datetime(2026, 12, 1, 1, 30, tzinfo=UTC)),
        ("2026-12-01 07:00 UTC＋8", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01 07:00（GMT＋08:00）", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01 07:00 UTC−5", datetime(2026, 12, 1, 12, tzinfo=UTC)),
        ("2026-12-01 07:00 UTC–5", datetime(2026, 12, 1, 12, tzinfo=UTC)),
        ("2026-12-01 07:00＋08:00", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01 07:00 UTC + 8", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01 07:00 (UTC+8)", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01 07:00 UTC", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("2026年12月1日 星期二", datetime(2026, 12, 1, tzinfo=UTC)),
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


def front_matter_of(form: str, *fields: tuple[str, str]) -> str:
    """Return a digest whose front matter has fields in a form, the first one in line 2."""
    item = "\n1. [A kite flies](https://a.example/1)\n"
    match form:
        case "YAML" | "broken YAML":
            odd = "summary: a: b\n" if form == "broken YAML" else ""
            return "---\n" + "".join(f"{name}: {value}\n" for name, value in fields) + f"{odd}---\n{item}"
        case "unclosed YAML":
            return "---\n" + "".join(f"{name}: {value}\n" for name, value in fields) + item
        case "TOML" | "broken TOML":
            odd = "summary = a b\n" if form == "broken TOML" else ""
            return "+++\n" + "".join(f'{name} = "{value}"\n' for name, value in fields) + f"{odd}+++\n{item}"
        case _:
            return "{\n" + ",\n".join(f' "{name}" : "{value}"' for name, value in fields) + f"\n}}\n{item}"


FORMS = ["YAML", "broken YAML", "unclosed YAML", "TOML", "broken TOML", "JSON"]


def told(digest: Digest, code: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in digest.problems if problem.code == code]


@pytest.mark.parametrize("form", FORMS)
def test_two_values_of_what_decides_the_delivery_are_an_error(form: str) -> None:
    fields = [
        ("title", "Morning"),
        ("date", "2026-12-01"),
        ("draft", "true"),
        ("Draft", "false"),
        ("date", "2026-12-03"),
    ]
    text = front_matter_of(form, *fields)
    (digest,) = read_digests(text.encode(), name="x.md")
    assert told(digest, "D130-contradictory-field") == [
        (5, "draft: lines 4, 5 contradict each other: keep the right one."),
        (6, "date: lines 3, 6 contradict each other: keep the right one."),
    ]
    assert (digest.title, digest.date, digest.is_publishable) == ("Morning", date(2026, 12, 3), False)
    assert ("D102-broken-front-matter" in codes(digest)) == form.startswith("broken")
    fixed = fix_source(text.encode(), name="x.md", zone=UTC).data.decode()
    assert {"true", "false", "2026-12-01", "2026-12-03"} <= set(re.findall(r"true|false|2026-12-\d\d", fixed))
    (after,) = read_digests(fixed.encode(), name="x.md")
    assert len(told(after, "D130-contradictory-field")) == 2
    assert not after.is_publishable


@pytest.mark.parametrize("form", FORMS)
def test_other_repeated_fields_are_told_and_the_last_one_counts(form: str) -> None:
    fields = [
        ("title", "Morning"),
        ("date", "2026-12-01"),
        ("title", "Evening"),
        ("date", "2026-12-01"),
        ("title", "Noon"),
    ]
    (digest,) = read_digests(front_matter_of(form, *fields).encode(), name="x.md")
    assert told(digest, "D129-repeated-field") == [
        (5, "date: is in lines 3, 5, and the last one counts: remove the others."),
        (6, "title: is in lines 2, 4, 6, and the last one counts: remove the others."),
    ]
    assert (digest.title, digest.date, digest.is_publishable) == ("Noon", date(2026, 12, 1), True)


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: A\ndate: 2026-12-01\nparams:\n  date: 2026-12-02\n  title: B\nsummary: |\n  draft: true\n---\n",
        '+++\ntitle = "A"\ndate = 2026-12-01\n[params]\ndate = 2026-12-02\ntitle = "B"\n[more]\ntitle = "C"\n+++\n',
        '{"title": "A", "date": "2026-12-01", "params": {"date": "2026-12-02", "title": "B", "x": [{"date": 1}]}}\n',
        "---\ntitle: A\ndate: 2026-12-01\npublished: 2026-11-30\n---\n",
    ],
)
def test_fields_of_other_levels_are_not_repeated(text: str) -> None:
    (digest,) = read_digests(f"{text}\n1. [A kite flies](https://a.example/1)\n".encode(), name="x.md")
    assert codes(digest) == []
    assert (digest.title, digest.date) == ("A", date(2026, 12, 1))


@pytest.mark.parametrize(
    "fields",
    [
        'description = """\nWhat is new.\nDate: 24 November\n"""',
        "summary = '''\nTitle: B\n[x]\nDraft: true\n''' # Title: C",
        'categories = [\n"""\ntitle = "B"\n""", # """\n]\n"draft" = false',
        "summary = \"'''\" # '''",
        'summary = """\nan "a""""" # "\nlinks = """\ntitle = "B"\n"""',
        'summary = """\n\\"""\ndate = 2026-12-02\n"""\nsource = "a"',
    ],
)
def test_lines_within_strings_of_toml_are_no_fields(fields: str) -> None:
    text = f'+++\ndate = 2026-11-24\ntitle = "A"\n{fields}\n+++\n\n1. [A kite flies](https://a.example/1)\n'
    (digest,) = read_digests(text.encode(), name="x.md")
    assert codes(digest) == []
    assert (digest.title, digest.date, digest.is_publishable) == ("A", date(2026, 11, 24), True)


def test_repeated_fields_of_toml_are_told_beside_strings_of_several_lines() -> None:
    fields = (
        *('date = 2026-11-24 # "a day"', 'summary = """', "Title: B", 'date = 2026-12-02"""', 'title = "A # B"'),
        *("date = 2026-11-24", "summary = '''", "date = 2026-12-03", "'''", 'Title = "C"'),
    )
    text = "+++\n" + "\n".join(fields) + "\n+++\n\n1. [A kite flies](https://a.example/1)\n"
    (digest,) = read_digests(text.encode(), name="x.md")
    assert codes(digest) == ["D129-repeated-field"] * 3
    assert [line for line, _ in told(digest, "D129-repeated-field")] == [7, 8, 11]
    assert (digest.title, digest.date, digest.is_publishable) == ("C", date(2026, 11, 24), True)


def test_names_of_toml_that_differ_in_case_are_repeated() -> None:
    text = "+++\ndate = 2026-11-24\ndraft = true\nDraft = false\n+++\n\n1. [A kite flies](https://a.example/1)\n"
    (digest,) = read_digests(text.encode(), name="x.md")
    assert [line for line, _ in told(digest, "D130-contradictory-field")] == [4]
    assert not digest.is_publishable


@pytest.mark.parametrize("form", ["YAML", "broken YAML", "unclosed YAML"])
def test_comments_behind_values_are_no_contradiction(form: str) -> None:
    fields = [("date", "2026-11-24 # a day"), ("date", "2026-11-24"), ("lang", "'en' # '"), ("lang", "en")]
    (digest,) = read_digests(front_matter_of(form, *fields).encode(), name="x.md")
    assert told(digest, "D130-contradictory-field") == []
    assert len(told(digest, "D129-repeated-field")) == 2


def test_doubts_of_a_date_name_its_line_and_none_within_a_string() -> None:
    text = '+++\ndate = "01/12/2026"\nsummary = """\nDate: then\n"""\n+++\n\n1. [A kite flies](https://a.example/1)\n'
    (digest,) = read_digests(text.encode(), name="x.md")
    assert [line for line, _ in told(digest, "D114-ambiguous-date")] == [2]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("draft", "no", "false"),
        ("draft", "Off", "0"),
        ("date", "2026-11-24 08:00", "2026-11-24T08:00"),
        ("date", "2026-11-24 08:00 UTC+8", "2026-11-24T00:00:00Z"),
        ("date", "2026-11-24", "2026/11/24 00:00"),
        ("date", "24 November 2026", "2026-11-24"),
        ("slot", "Evening", "evening"),
        ("lang", "zh_hant", "zh-Hant"),
        ("lang", "en-US", "EN"),
    ],
)
def test_other_spellings_of_a_value_are_no_contradiction(form: str, name: str, first: str, second: str) -> None:
    fields = [(name, first), (name, second), *([("date", "2026-11-24")] if name != "date" else [])]
    (digest,) = read_digests(front_matter_of(form, *fields).encode(), name="x.md")
    assert [line for line, _ in told(digest, "D129-repeated-field")] == [3]
    assert told(digest, "D130-contradictory-field") == []
    assert digest.is_publishable


def test_yes_and_true_are_one_mark_of_a_draft() -> None:
    digest = read("date: 2026-11-24\ndraft: yes\ndraft: true")
    assert (codes(digest), digest.is_draft) == (["D129-repeated-field"], True)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("draft", "yes", "false"),
        ("draft", "soon", "false"),
        ("date", "2026-11-24 08:00", "2026-11-24T08:00Z"),
        ("date", "2026-11-24 08:00", "2026-11-24 09:00"),
        ("date", "2026-11-24 8pm", "2026-11-24"),
        ("date", "2026-11-24 08:00 CET", "2026-11-24 08:00"),
        ("date", "tomorrow", "2026-11-24"),
        ("slot", "evening", "noon"),
        ("lang", "zh-Hans", "zh-Hant"),
    ],
)
def test_values_that_are_read_differently_contradict(form: str, name: str, first: str, second: str) -> None:
    fields = [(name, first), (name, second)]
    (digest,) = read_digests(front_matter_of(form, *fields).encode(), name="x.md")
    assert [line for line, _ in told(digest, "D130-contradictory-field")] == [3]
    assert not digest.is_publishable


def test_a_list_contradicts_a_word() -> None:
    digest = read("date: 2026-11-24\ndraft: [yes]\ndraft: false")
    assert len(told(digest, "D130-contradictory-field")) == 1
