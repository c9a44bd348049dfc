"""No word of a source is lost, the reference form reads back the same, and no input crashes."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from digest.model import Digest, Item
from digest.reader import read_digests
from digest.rendering.reference_form import format_reference
from digest.segmentation.classifier import Classifier
from tests.digest.generated.combine import generate_many
from tests.digest.strategies import Written, digests
from tests.digest.visible_words import visible_words

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"  # beside the project, on some machines
MARKS = (
    "*",
    "**",
    "_",
    "`",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "#",
    "- ",
    "|",
    "&",
    "~~",
    "\\",
    "!",
    ":",
    "{{",
    "[^1]",
    "<b>",
)
KEEP_GOING = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def visible(digest: Digest) -> str:
    """Return all text that subscribers see, and the addresses that their headlines open."""
    parts = [digest.title, digest.intro.plain, digest.commentary_title, digest.commentary.plain]
    for item in digest.items:
        parts += [item.section, item.headline, item.url, item.body.plain]
    return "\n".join(parts)


def told(digest: Digest) -> str:
    """Return all text quoted in problems, and the trailing matter."""
    return "\n".join([digest.trailing.plain, *(problem.message for problem in digest.problems)])


def same(first: Digest, second: Digest) -> None:
    """Assert equal date, title, categories, introduction, items and commentary."""
    for name in ("date", "title", "categories", "intro", "commentary"):
        assert getattr(first, name) == getattr(second, name), name
    assert [_told(item) for item in first.items] == [_told(item) for item in second.items]


def _told(item: Item) -> tuple[Item, set[str]]:
    """Return the comparable parts of an item: unnumbered ones by position, links by address."""
    return replace(item, written_number=item.written_number or str(item.position), links=()), {
        link.url for link in item.links
    }


@KEEP_GOING
@given(digests())
def test_every_word_of_the_source_is_shown(written: Written) -> None:
    (digest,) = read_digests(written.source.encode(), classifier=Classifier())
    shown = visible(digest)
    assert [word for word in written.words if word not in shown] == []
    assert [(item.headline, item.url) for item in digest.items] == list(written.heads)


@KEEP_GOING
@given(digests())
def test_the_reference_form_says_the_same(written: Written) -> None:
    (digest,) = read_digests(written.source.encode(), classifier=Classifier())
    once = format_reference(digest)
    (again,) = read_digests(once.encode(), classifier=Classifier())
    same(digest, again)
    assert format_reference(again) == once


ODD_PASSAGES = (
    "@[^1] @\n\n[^1]: @",
    "@[^@] @",
    "@[^1] @[^1]\n\n[^1]: @\n\n[^1]: @",
    "@[^1]\n\n[^1]: @[^2] @\n[^2]: @[^1]",
    "@ `[^@]`\n\n[^2]: @",
    "[^3]: @[^4]\n\n[^4]: @[^3]",
    "@ <svg> @",
    "@ <svg>@</svg> @",
    '<iframe src="https://e.org/v"> @',
    '<iframe src="https://e.org/v">@</iframe> @ <object>@',
    "@ <script>@</script> @ <style>@ @",
    "<script>\n@\n</script>",
    "<svg>\n@\n\n@\n</svg>",
    "[@]: @",
    "[@][1] @\n\n[1]: https://e.org/r\n[1]: https://e.org/@\n[@]: https://e.org/q",
    "[@]: <@ @>\n@",
    "[[@|@]] @ ![[@]] %%@%%",
    "> [!note] @\n> @",
    "| @ | @ |\n| - | - |\n| @ | @ | @ |",
    "```@ @\n@\n```",
    "~~~ @\n@",
    "{{< x @ >}} {% @ %} {{ @ }}",
    "<!-- @ -->",
    "@ <!-- @ --> @ <!-- @",
    "<details><summary>@</summary>@</details>",
    "<h3>@</h3>\n@",
    "@\n===\n@\n------\n@",
    "## @ {#@}",
    "- [ ] @\n- [x] @",
    "![@](https://e.org/i.png) [![@](i.png)](https://e.org)",
    "[@](<https://e.org/a b>) [@](/x) [@](https://e.org/@",
    "<think>\n@\n</think>",
    "Sure, here is @:\n",
    "@  \n@\\\n@",
    "&lt;@&gt; &copy; @",
    "1\\. @\n\n2\\. @",
    "> > @\n>\n> - @\n\n+ @",
    "#@ #@",
    "**@\n\n@** __@",
    "<@ @> <@>@</@>",
)
"""Passages that a parser may drop; `@` stands for a word."""


def _with_odd_passages(written: Written, data: st.DataObject) -> str:
    """Put odd passages with words of their own between the lines of a digest."""
    lines = written.source.split("\n")
    for place in range(data.draw(st.integers(0, 3))):
        passage = data.draw(st.sampled_from(ODD_PASSAGES))
        for number in range(passage.count("@")):
            passage = passage.replace("@", f"奇{place}{number}字", 1)
        at = data.draw(st.integers(4, len(lines)))
        lines[at:at] = ["", *passage.split("\n"), ""]
    return "\n".join(lines)


def _damaged(source: str, data: st.DataObject) -> str:
    """Drop, double, swap, indent, join or part lines, or put marks into them."""
    head, lines = source.split("\n")[:4], source.split("\n")[4:]
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["drop", "double", "swap", "indent", "blank", "join", "mark", "erase"])):
            case "drop":
                lines[at : at + 1] = []
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "indent":
                lines[at] = "   " + lines[at]
            case "blank":
                lines.insert(at, "")
            case "mark":
                column = data.draw(st.integers(0, len(lines[at])))
                mark = data.draw(st.sampled_from(MARKS))
                lines[at] = lines[at][:column] + mark + lines[at][column:]
            case "erase":
                column = data.draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:column] + lines[at][column + 1 :]
            case _:
                lines[at : at + 2] = ["".join(lines[at : at + 2])]
        lines = lines or [""]
    return "\n".join([*head, *lines])


def lost_words(source: str) -> list[str]:
    """Return the visible words that are in no part of the digests and quoted by no problem."""
    read = read_digests(source.encode(), classifier=Classifier())
    found = "\n".join(visible(digest) + told(digest) for digest in read)
    return [word for word in visible_words(source) if word not in found]


@KEEP_GOING
@given(digests(), st.data())
def test_a_damaged_digest_loses_no_word_silently(written: Written, data: st.DataObject) -> None:
    assert lost_words(_damaged(_with_odd_passages(written, data), data)) == []


def test_generated_digests_lose_no_word() -> None:
    drawn = (each for each in generate_many(85, held_out=None) if each.labels["front"] == "YAML")
    plain = (each for each in drawn if each.labels["leftover"] == "nothing")
    lost = {each.seed: lost_words(each.source) for each in islice(plain, 60)}
    assert {seed: words for seed, words in lost.items() if words} == {}


@pytest.mark.parametrize("passage", ODD_PASSAGES)
def test_an_odd_passage_loses_no_word(passage: str) -> None:
    for number in range(passage.count("@")):
        passage = passage.replace("@", f"奇{number}字", 1)
    for body in (NEWS + passage, f"{passage}\n\n{NEWS}", NEWS.replace("正文一。", passage.replace("\n", "\n   "))):
        assert lost_words(f"---\ntitle: 早报\ndate: 2025-09-12\n---\n\n{body}\n") == []


@pytest.mark.parametrize("form", ["{}", "<!-- {} -->", "<svg>{}</svg>", "%%{}%%", "<think>\n{}\n</think>"])
def test_what_is_left_out_is_quoted_whole(form: str) -> None:
    words = " ".join(f"长{number}文" for number in range(1, 400))
    passage = form.format(words[:1_900] if "%%" in form else words * 3)
    assert lost_words(f"---\ntitle: 早报\ndate: 2025-09-12\n---\n\n{NEWS}\n---\n\n{passage}\n") == []


NEWS = "1. [甲](https://e.org/1)\n\n   正文一。\n\n2. [乙](https://e.org/2)\n\n   正文二。\n"


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (NEWS.replace("正文一。", "| 品 | 价 |\n   | - | - |\n   | 茶 | 三 | 角 || 分 |"), "茶 | 三 | 角 | 分"),
        (NEWS + "\n---\n\n## 点评\n", "点评"),
        (NEWS + "\n---\n\n## 编辑<br/>短评\n\n便宜是一种功能。\n", "短评"),
        ("## 产品<br/>上架\n\n" + NEWS, "上架"),
        ("## 产品\n\n暂无更新。\n\n" + NEWS, "暂无更新"),
        ("东\nhttps://e.org/3\n上市。\n\n西\nhttps://e.org/4\n开业。\n\n**再见**。\n", "再见"),
    ],
)
def test_words_that_no_part_takes_are_told(source: str, word: str) -> None:
    (digest,) = read_digests(f"---\ntitle: 早报\ndate: 2025-09-12\n---\n\n{source}".encode(), classifier=Classifier())
    assert word in visible(digest) + told(digest)


def test_a_paragraph_below_the_last_item_belongs_to_it() -> None:
    source = "东\nhttps://e.org/3\n上市。\n\n西\nhttps://e.org/4\n开业。\n\n人很多。\n"
    (digest,) = read_digests(source.encode(), classifier=Classifier())
    assert digest.items[-1].body.plain == "开业。\n\n人很多。"


@settings(max_examples=300)
@given(st.text())
@example("---\n---")
@example("1. ")
@example("- \n- ")
@example("#")
@example("[](")
@example("|a|\n|-|")
def test_no_text_crashes(text: str) -> None:
    for digest in read_digests(text.encode("utf-8", "surrogatepass")):
        once = format_reference(digest)
        read_digests(once.encode("utf-8", "surrogatepass"))


@settings(max_examples=300)
@given(st.text(alphabet="#*_-+.1、[]()<>`~{}|&\\\n \t甲a：:/h", max_size=60))
def test_no_marks_crash(text: str) -> None:
    for digest in read_digests(text.encode()):
        read_digests(format_reference(digest).encode())


@settings(max_examples=200)
@given(st.binary(max_size=2_000))
def test_no_bytes_crash(data: bytes) -> None:
    assert read_digests(data)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not on this machine")
@pytest.mark.parametrize("path", sorted(CORPUS.rglob("*.md")), ids=lambda path: path.stem)
def test_the_corpus_in_the_reference_form_says_the_same(path: Path) -> None:
    (digest,) = read_digests(path.read_bytes(), name=path.name)
    once = format_reference(digest)
    (again,) = read_digests(once.encode(), name=path.name)
    same(digest, again)
    assert format_reference(again) == once
