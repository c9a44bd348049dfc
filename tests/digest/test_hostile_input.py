"""Hostile input: a digest or a refusal with a problem code, in bounded time."""

from __future__ import annotations

import time
from datetime import date
from itertools import pairwise

import pytest

from digest.model import Digest, Severity
from digest.parsing.source_text import MAX_SOURCE_BYTES, MAX_SOURCE_LINES
from digest.reader import REFUSED_FORM, read_digests

LINES = MAX_SOURCE_LINES // 8
SECONDS = 60.0
"""CPU time allowed for each input, with a coverage tracer too; without one the slowest takes 3 s."""

BOMB = "---\na: &a [x]\n" + "".join(f"b{n}: &b{n} [{', '.join(['*a'] * 9)}]\n" for n in range(9)) + "---\n1. x"
SHAPES: dict[str, str] = {
    "20,000 brackets": "[" * 20_000,
    "brackets that close": "[" * 20_000 + "]" * 20_000 + "(x)",
    "links within links": "[" * 20_000 + "](x)" * 20_000,
    "a million asterisks": "*" * 1_000_000,
    "asterisks and words": "*a " * 300_000,
    "bold that never closes": "**a" * 300_000,
    "underscores": "_a " * 300_000,
    "tildes": "~~a" * 200_000,
    "20,000 quotes deep": ">" * 20_000,
    "20,000 lists deep": "- " * 20_000 + "x",
    "numbers within numbers": "1. " * 20_000,
    "lists and quotes deep": ("> - " * 500 + "x\n") * 50,
    "lists moved in, line by line": "".join(" " * (2 * n) + "- x\n" for n in range(1_500)),
    "backticks": "`" * 100_000,
    "backticks of every length": "".join("`" * n + " " for n in range(1, 1_000)),
    "less-than signs": "<" * 300_000,
    "comments that never end": "<!--" * 100_000,
    "comment openings on lines": "<!-- a\n\n" * LINES,
    "tags that never end": "<a " * 100_000,
    "attributes that never end": '<a href="' * 50_000,
    "table openings": "<table>\n" * LINES + "</table>",
    "tables and rows that never end": "<table><tr " * 30_000 + "</table>",
    "script openings": "<script\n" * LINES,
    "image openings": "![" * 50_000,
    "shortcode openings": "{{<" * 100_000,
    "shortcodes and one end": "{{< a " * 50_000 + "}}",
    "ampersands": "&" * 300_000,
    "entities": "&amp;" * 200_000,
    "addresses without a host": "http://" * 100_000,
    "addresses in addresses": "https://a.b/" * 80_000,
    "bars": "|" * 500_000,
    "a long table": "|a|b|\n|-|-|\n" + "|c|d|\n" * LINES,
    "a wide table": "|a" * 5_000 + "|\n" + "|-" * 5_000 + "|\n" + ("|b" * 5_000 + "|\n") * 10,
    "a YAML bomb": BOMB,
    "YAML brackets deep": "---\na: " + "[" * 50_000 + "\n---\n",
    "YAML lists deep": "---\n" + "- " * 30_000 + "\n---\nx",
    "YAML maps deep": "---\nk: v\n" + "".join(" " * n + "a:\n" for n in range(300)) + "---\nx",
    "JSON deep": '{"a":' * 100_000,
    "TOML deep": "+++\na = " + "[" * 50_000 + "\n+++\n",
    "many items": "1. [T](http://a.b)\n\n    body\n\n" * (LINES // 2),
    "many paragraphs": "para\n\n" * LINES,
    "many headings": "# h\n" * LINES,
    "many rules": "---\n" * LINES,
    "many bold lines": "**b**\nx\n" * (LINES // 2),
    "many bullets": "- a\n" * LINES,
    "many numbered lines": "".join(f"{n}、t\nhttp://a.b/{n}\n" for n in range(LINES // 2)),
    "many days": "".join(f"# 2025-01-{1 + n % 28:02}\n- a\n" for n in range(LINES // 2)),
    "many commentaries": "**点评**\n1. [a](http://b.c)\n\n" * (LINES // 2),
    "many summaries": "## 总结\n1. a\n\n" * (LINES // 2),
    "one long line": "字" * 1_600_000,
    "many sentences": "a. " * 1_600_000,
    "quotes that never close": "“" * 200_000 + "。" * 200_000,
    "stops within brackets": ("。" * 1_000 + "（" * 1_000) * 200,
    "brackets after stops": "1. 甲（" * 200_000,
    "headlines with words of zones": "".join(f"### 播客公司第{n}次裁员\n\n正文\n" for n in range(LINES // 3)),
    "bold headlines above lists": "**山海模型今天发布新的版本**\n\n1. 快\n\n[来源](http://a.b)\n\n" * (LINES // 6),
    "numbers alone": "1、\n\n" * (LINES // 2),
    "hash marks": "1. x " + "#a" * 200_000,
    "marks apart": "1. x " + "#a " * 200_000,
    "backslashes": "\\" * 500_000,
    "escaped numbers": "1\\. " * 200_000,
    "references": "[a]: http://x\n" * LINES,
    "references used": "[a]: x\n\n" + "[a" * 20_000,
    "bold words": "1. " + "**a** " * 40_000,
    "links": "1. " + "[a](http://b.c) " * 30_000,
    "emoji": "1. 。" + "🚀" * 500_000,
    "NUL characters": "\0" * 1_000_000,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_bounded_in_time(shape: str) -> None:
    data = SHAPES[shape].encode()[:MAX_SOURCE_BYTES]
    started = time.process_time()
    digests = read_digests(data)
    assert time.process_time() - started < SECONDS
    assert digests
    assert all(isinstance(digest, Digest) for digest in digests)


def test_oversized_file_is_refused() -> None:
    (digest,) = read_digests(b"x" * (MAX_SOURCE_BYTES + 1))
    assert digest.source_form == REFUSED_FORM
    assert [problem.code for problem in digest.problems] == ["D001-too-large"]
    assert digest.problems[0].severity is Severity.ERROR
    assert not digest.is_publishable


def test_too_many_lines_are_refused() -> None:
    (digest,) = read_digests(b"x\n" * (MAX_SOURCE_LINES + 1))
    assert (digest.source_form, digest.problems[0].code) == (REFUSED_FORM, "D001-too-large")


def test_picture_is_refused() -> None:
    (digest,) = read_digests(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50)
    assert (digest.source_form, digest.problems[0].code) == (REFUSED_FORM, "D002-not-text")


def test_too_dense_markup_is_shown_literally() -> None:
    (digest,) = read_digests(("1. [T](http://a.b)\n\n    " + "**a" * 100_000).encode())
    assert "D009-too-dense" in {problem.code for problem in digest.problems}
    assert digest.items[0].body.plain.count("**a") == 100_000


def test_too_deep_nesting_is_shown_literally() -> None:
    (digest,) = read_digests(("1. [T](http://a.b)\n\n    " + "> " * 60 + "needle").encode())
    assert "needle" in digest.items[0].body.plain
    assert "D010-too-deep" in {problem.code for problem in digest.problems}


def _tree_of_aliases(anchor: str) -> str:
    """Return ten levels of lists that name each other: 664 bytes that stand for 3.5 billion values."""
    names = [f"{anchor}{letter}" for letter in "abcdefghij"]
    levels = [f"z0: &{names[0]} [x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"z{n}: &{name} [{', '.join([f'*{former}'] * 9)}]" for n, (former, name) in enumerate(pairwise(names), start=1)
    ]
    return "\n".join(levels)


HOSTILE_FRONT_MATTER = {
    "aliases with a dash": f"---\ntitle: T\n{_tree_of_aliases('-')}\ndate: *-j\n---",
    "aliases with a dot": f"---\ntitle: T\n{_tree_of_aliases('.')}\ncategories: *.j\n---",
    "aliases in Chinese": f"---\ntitle: T\n{_tree_of_aliases('甲')}\ndraft: *甲j\n---",
    "one alias": "---\ntitle: T\na: &b x\ndate: *b\n---",
    "a list within itself": "---\ntitle: T\ndate: &-a [*-a]\n---",
    "merged maps": "---\ntitle: T\na: &-a {x: 1}\nb: {<<: [*-a, *-a]}\n---",
    "a hexadecimal date of 20,000 digits": "---\ntitle: T\ndate: 0x" + "f" * 20_000 + "\n---",
    "a binary date of 20,000 digits": "---\ntitle: T\ndate: 0b" + "1" * 20_000 + "\n---",
    "lists within lists": "---\ntitle: T\na:\n- - - - - - - - - x\n---",
    "maps within maps": "---\ntitle: T\na:\n" + "".join(f"{' ' * n}b:\n" for n in range(1, 20)) + "---",
    "a TOML key of 20,000 parts": "+++\ntitle = 'T'\n" + "a." * 20_000 + "a = 1\n+++",
    "a TOML key of spaced parts": "+++\ntitle = 'T'\n" + "a . " * 15_000 + "a = 1\n+++",
    "a TOML key of quoted parts": "+++\ntitle = 'T'\n" + "'a'." * 15_000 + "a = 1\n+++",
    "a TOML number of 20,000 digits": "+++\ntitle = 'T'\ndate = 0x" + "f" * 20_000 + "\n+++",
    "much TOML": "+++\ntitle = 'T'\n" + "".join(f"k{n} = 1\n" for n in range(8_000)) + "+++",
}


@pytest.mark.parametrize("kind", HOSTILE_FRONT_MATTER)
def test_hostile_front_matter_is_refused_with_its_title_kept(kind: str) -> None:
    (digest,) = read_digests(
        f"{HOSTILE_FRONT_MATTER[kind]}\n\n1. [A](https://a.example/1)\n".encode(), name="2026-11-26.md"
    )
    assert "D102-broken-front-matter" in {problem.code for problem in digest.problems}
    assert (digest.title, len(digest.items)) == ("T", 1)


@pytest.mark.parametrize(
    "head",
    [
        '{"title": "A\\ud800B", "date": "2026-11-26", "note": ["\\udfff"]}',
        '{"title": "A\\u0000B", "date": "2026-11-26"}',
        '---\ntitle: "A\\0B"\ndate: 2026-11-26\n---',
        '---\ntitle: "A\\eB\\u202e\\u2066"\ndate: 2026-11-26\n---',
        '+++\ntitle = "A\\u009bB\\u200f"\ndate = "2026-11-26"\n+++',
        '{"title": "\\u2066A\\u001bB", "date": "2026-11-26"}',
    ],
)
def test_escaped_control_characters_are_replaced(head: str) -> None:
    (digest,) = read_digests(f"{head}\n\n1. [A](https://a.example/1)\n".encode())
    assert (digest.title, digest.date) == ("A\ufffdB", date(2026, 11, 26))
    assert [problem.code for problem in digest.problems].count("D008-replacement-character") == 1


@pytest.mark.parametrize(("title", "line", "count"), [('"A\\0B\\0"', 3, 2), ('"A\ufffdB"', 3, 1)])
def test_replaced_characters_of_a_title_are_told_once(title: str, line: int, count: int) -> None:
    (digest,) = read_digests(f"---\ndate: 2026-11-26\ntitle: {title}\n---\n\n1. [A](https://a.example/1)\n".encode())
    (problem,) = (problem for problem in digest.problems if problem.code == "D008-replacement-character")
    assert (problem.line, dict(problem.parameters)["n"]) == (line, str(count))
