"""Problems and their documentation for editors."""

from __future__ import annotations

import re
from pathlib import Path

from digest.model import Severity
from digest.problems import ProblemCode, make_problem, quote
from digest.segmentation.detectors import CERTAIN_FORMS, DETECTORS
from domain.chat.i18n import Translations

PAGE = (Path(__file__).parents[2] / "docs" / "digest-format.md").read_text(encoding="utf-8")


def test_every_problem_is_documented_with_its_severity() -> None:
    told = re.findall(r"^\| `(D\d{3}-[a-z-]+)` \| (\w+) \|", PAGE, re.MULTILINE)
    assert told == [(code.code, code.level.value) for code in ProblemCode]


def test_every_form_is_documented() -> None:
    told = re.findall(r"\| `([a-z-]+)`(| \(.*uncertain\)) \|$", PAGE, re.MULTILINE)
    assert {name: not note for name, note in told} == {one.name: one.name in CERTAIN_FORMS for one in DETECTORS}


def test_problem_has_severity_and_position() -> None:
    problem = make_problem(ProblemCode.NO_DATE, "x", 0, -1)
    assert (problem.line, problem.column, problem.severity, problem.code) == (1, 1, Severity.ERROR, "D110-no-date")


def test_long_quotations_are_cut_and_state_their_length() -> None:
    assert quote(" a\n b ") == "“a b”"
    assert quote("x" * 20, 5) == "“xxxxx…” (5/20)"


def test_problem_is_translated_but_not_its_quotations() -> None:
    problem = make_problem(ProblemCode.NO_LINK, "Item {n} has no link: {name}.", 3, n=2, name="“{braces} 标题”")
    assert problem.message == "Item 2 has no link: “{braces} 标题”."
    assert problem.translated(Translations.load().translator("zh")) == "第 2 条没有链接：“{braces} 标题”。"
