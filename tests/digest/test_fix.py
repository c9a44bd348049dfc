"""What `check --fix` fixes, without changing how the file is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.fix import FixedSource, fix_source
from digest.model import Digest
from digest.reader import read_digests
from digest.segmentation.classifier import Classifier
from tests.digest.strategies import Written, digests

NAME = "2025-09-12.md"
HEAD = "---\ntitle: T\ndate: 2025-09-12\n---\n\n"
NEWS = "1. [甲](https://e.org/1)\n\n   正文。\n"
DAMAGE = ("\r\n", "\ufeff", "\x00", "\u200b", "⽇", "\u00a0", "---", "\n", '"', ": ", "\t")


def mended(data: bytes | str) -> FixedSource:
    return fix_source(data.encode() if isinstance(data, str) else data, name=NAME, zone=UTC)


def reading(data: bytes) -> list[Digest]:
    """Read a file, without its problems and its instant of publication."""
    read = read_digests(data, name=NAME, classifier=Classifier())
    return [replace(digest, problems=(), published_at=None) for digest in read]


@pytest.mark.parametrize(
    ("damaged", "done"),
    [
        ("\ufeff\ufeff" + HEAD + NEWS, "byte order marks removed"),
        ((HEAD + NEWS).replace("\n", "\r\n"), "line ends made LF"),
        (HEAD + NEWS.replace("甲", "甲\x00"), "control characters removed"),
        (HEAD + NEWS.replace("甲", "\u200b甲"), "invisible characters removed"),
        (HEAD + NEWS.rstrip("\n"), "a line end put at the end"),
        (HEAD.replace("\n---\n\n", "\n\n") + NEWS, "front matter closed"),
    ],
)
def test_each_fault_is_fixed_and_described(damaged: str, done: str) -> None:
    assert mended(damaged) == FixedSource((HEAD + NEWS).encode(), (done,))


def test_radicals_and_odd_spaces_and_encodings() -> None:
    assert mended(HEAD + NEWS.replace("文", "⽇")).data == (HEAD + NEWS.replace("文", "日")).encode()
    assert mended(HEAD + NEWS.replace("正", "正\u00a0")) == FixedSource(
        (HEAD + NEWS.replace("正", "正 ")).encode(), ("spaces made plain",)
    )
    assert mended((HEAD + NEWS).encode("utf-16")) == FixedSource((HEAD + NEWS).encode(), ("saved as UTF-8",))
    assert mended((HEAD + NEWS * 9).encode("gb18030")).data == (HEAD + NEWS * 9).encode()


def test_broken_yaml_is_quoted_and_unknown_fields_are_kept() -> None:
    broken = '---\ntitle: 新闻: 它说 "好"\nauthor: "a "b" c"\ndate: 2025-09-12\ntags:\n  - so\n---\n' + NEWS
    text = mended(broken).data.decode()
    assert text.startswith("---\ntitle: '新闻: 它说 \"好\"'\nauthor: 'a \"b\" c'\ndate: 2025-09-12\ntags:\n")
    assert not [
        problem for problem in read_digests(text.encode())[0].problems if problem.code == "D102-broken-front-matter"
    ]
    assert mended(text).changes == ()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("---\ntitle: T\n---\n", "---\ntitle: T\ndate: 2025-09-12\n---\n"),
        ('+++\ntitle = "T"\n+++\n', '+++\ntitle = "T"\ndate = 2025-09-12\n+++\n'),
        ("", "---\ndate: 2025-09-12\n---\n\n"),
    ],
)
def test_date_of_the_file_name_is_added(head: str, expected: str) -> None:
    assert mended(head + NEWS).data.decode() == expected + NEWS


def test_ambiguous_faults_are_left_alone() -> None:
    unreadable = (HEAD + NEWS).encode() + b"\xff\xfe broken \xc3"
    for data in (unreadable, bytes(range(256)) * 40, b"", (HEAD + "1. a\n1. b\n5. c\n").encode()):
        assert mended(data) == FixedSource(data)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(digests(), st.lists(st.tuples(st.floats(0, 1), st.sampled_from(DAMAGE)), max_size=6))
def test_fix_is_idempotent_and_keeps_the_reading(written: Written, damage: list[tuple[float, str]]) -> None:
    source = written.source
    for share, mark in damage:
        at = int(share * len(source))
        source = source[:at] + mark + source[at:]
    _stays_the_same(source.encode())


@settings(max_examples=100)
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"---\nx: 'a\n---\n")
@example(b"\xef\xbb\xbf")
@example(b"---\n\n1. a")
def test_any_bytes_are_fixed_or_left(data: bytes) -> None:
    _stays_the_same(data)


def _stays_the_same(data: bytes) -> None:
    once = mended(data)
    assert reading(once.data) == reading(data)
    assert bool(once.changes) == (once.data != data)
    assert mended(once.data) == FixedSource(once.data)


def test_no_date_is_added_beside_one_of_another_tool() -> None:
    data = ("---\ntitle: T\ndate_published: 2025-09-12\n---\n" + NEWS).encode()
    assert mended(data).data == data


def test_date_is_added_only_where_it_is_read() -> None:
    data = "---\n------\ntitle: 早报\n---\n\n1. [甲](https://e.org/1)\n".encode()
    assert mended(data).data == data


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<think>\n1. Plan\n</think>\n\n{digest}", "{digest}"),
        ("Here is your digest:\n\n{digest}", "{digest}"),
        ("```markdown\n{digest}```\n", "{digest}"),
        ("{escaped}", "{digest}"),
    ],
)
def test_leftovers_of_tools_are_taken_out(before: str, after: str) -> None:
    digest = "---\ntitle: T\ndate: 2025-09-12\n---\n\n1. [A ships](https://e.org/1)\n2. [B ships](https://e.org/2)\n"
    escaped = digest.replace("1. [", "1\\. [").replace("2. [", "2\\. [")
    source = before.format(digest=digest, escaped=escaped).encode()
    fixed = fix_source(source, name="", zone=UTC)
    assert fixed.data.decode() == after.format(digest=digest)
    assert fixed.changes == ("what tools left behind taken out",)
    assert fix_source(fixed.data, name="", zone=UTC).changes == ()


def test_removed_words_are_quoted() -> None:
    digest = HEAD + NEWS
    fixed = mended(f"<think>\nTwo items?\n</think>\n\nHere is your digest:\n\n{digest}")
    assert fixed.removed == ("“<think> Two items? </think>”", "“Here is your digest:”")


@pytest.mark.parametrize("lead", ["Here are the links we kept:", "以下是昨夜的消息，共 1 条："])
def test_editors_lead_stays_in_the_file(lead: str) -> None:
    digest = f"{HEAD}{lead}\n\n{NEWS}"
    assert mended(digest) == FixedSource(digest.encode())
