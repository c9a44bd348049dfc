"""The language of a text, by the file's name or the front matter, and which text of an edition is the original."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.model import Digest
from digest.reader import read_digests
from digest.variants import Placement, join_texts, place
from storage.parsed_digest import decode_digest, encode_digest

TEXT = "\n1. [Bridge opened](https://example.org/1)\n   It took years.\n2. [Rain](https://example.org/2)\n   Again.\n"


def read(name: str, *fields: str) -> Digest:
    front = "\n".join(("---", "title: News", *fields, "---", ""))
    (digest,) = read_digests((front + TEXT).encode(), name=name)
    return digest


@pytest.mark.parametrize(
    ("name", "fields", "language", "edition"),
    [
        ("2026-11-26.md", (), "", "2026-11-26"),
        ("2026-11-26.en.md", (), "en", "2026-11-26"),
        ("2026-11-26.EN.markdown", (), "en", "2026-11-26"),
        ("2026-11-26.zh-Hans.md", (), "zh", "2026-11-26"),
        ("2026-11-26.zh_CN.md", (), "zh", "2026-11-26"),
        ("2026-11-26.zh-Hant.md", (), "zh-hant", "2026-11-26"),
        ("2026-11-26.zh-TW.txt", (), "zh-hant", "2026-11-26"),
        ("2026-11-26-evening.zh-Hant-HK.md", (), "zh-hant", "2026-11-26-evening"),
        ("2026-11-26-evening.en-GB.md", (), "en", "2026-11-26-evening"),
        ("2026-11-26.pt-BR.md", (), "pt", "2026-11-26"),
        ("2026-11-26.md", ("lang: en",), "en", "2026-11-26"),
        ("2026-11-26.md", ("lang: no",), "no", "2026-11-26"),
        ("2026-11-26.md", ("lang: yue",), "yue", "2026-11-26"),
        ("2026-11-26.en.md", ("lang: en-US",), "en", "2026-11-26"),
        ("2026-11-26.final.md", (), "", "2026-11-26"),
        ("2026-11-26.new.md", (), "", "2026-11-26"),
        ("2026-11-26.v2.md", (), "", "2026-11-26"),
        ("2026-11-26-what-it-is.md", (), "", "2026-11-26"),
    ],
)
def test_language_is_read(name: str, fields: tuple[str, ...], language: str, edition: str) -> None:
    digest = read(name, *fields)
    assert (digest.language, str(digest.date), digest.is_publishable) == (language, edition, True)


@pytest.mark.parametrize(
    ("name", "fields", "code", "words"),
    [
        ("2026-11-26.xx.md", (), "D125-bad-language", "“xx”"),
        ("2026-11-26.zz-Hant.md", (), "D125-bad-language", "“zz-Hant”"),
        ("2026-11-26.md", ("lang: english",), "D125-bad-language", "“english”"),
        ("2026-11-26.md", ("lang: cn",), "D125-bad-language", "lang: en, zh-Hans or zh-Hant"),
        ("2026-11-26.md", ("lang: 中文",), "D125-bad-language", "“中文”"),
        ("2026-11-26.md", ("lang: [en]",), "D125-bad-language", "en"),
        ("2026-11-26.md", ("lang: true",), "D125-bad-language", "“true”"),
        ("2026-11-26.en.md", ("lang: zh",), "D126-language-conflict", "“en”, and lang says “zh”"),
        ("2026-11-26.zh-Hans.md", ("lang: zh-Hant",), "D126-language-conflict", "“zh-Hans”"),
    ],
)
def test_what_is_no_language_or_contradicts_is_refused(
    name: str, fields: tuple[str, ...], code: str, words: str
) -> None:
    digest = read(name, *fields)
    (problem,) = [problem for problem in digest.problems if problem.code == code]
    assert problem.severity.value == "error"
    assert words in problem.message
    assert problem.line == (3 if fields else 1)
    assert (digest.is_publishable, digest.language) == (False, "")


def test_language_that_nobody_can_choose_is_a_warning() -> None:
    digest = read("2026-11-26.ja.md")
    assert [problem.severity.value for problem in digest.problems if problem.code == "D127-unspoken-language"] == [
        "warning"
    ]
    assert digest.is_publishable
    assert not [problem for problem in read("2026-11-26.md", "lang: ja").problems if "D127" in problem.code]


def test_content_is_the_same_in_every_language() -> None:
    assert read("2026-11-26.md").content_hash == read("2026-11-26.en.md").content_hash


BARE, CHINESE, ENGLISH, BY_FIELD = (
    read(name, *fields)
    for name, fields in (
        ("2026-11-26.md", ()),
        ("2026-11-26.zh.md", ()),
        ("2026-11-26.en.md", ()),
        ("2026-11-26-b.md", ("lang: en",)),
    )
)


@pytest.mark.parametrize(
    ("text", "original", "expected"),
    [
        (BARE, None, Placement()),
        (CHINESE, None, Placement()),
        (BY_FIELD, None, Placement()),
        (ENGLISH, None, Placement("en")),
        (ENGLISH, BARE, Placement("en")),
        (BY_FIELD, BARE, Placement("en")),
        (CHINESE, BARE, Placement("zh")),
        (BARE, BARE, Placement()),
        (BARE, CHINESE, Placement(demotes=True)),
        (CHINESE, BY_FIELD, Placement(demotes=True)),
        (BARE, BY_FIELD, Placement(demotes=True)),
        (ENGLISH, BY_FIELD, Placement()),
    ],
)
def test_original_is_found_whatever_the_order(text: Digest, original: Digest | None, expected: Placement) -> None:
    assert place(text, "new.md", original, "old.md", "zh") == expected


def test_file_and_chat_take_the_place_of_their_own_text() -> None:
    assert place(BARE, "a.md", BY_FIELD, "a.md", "zh") == Placement()
    assert place(BARE, "chat/2026-11-26.md", BY_FIELD, "a.md", "zh") == Placement()


def titled(title: str, language: str = "") -> Digest:
    return replace(BARE, title=title, language=language)


@pytest.mark.parametrize(
    ("original", "variants", "offered", "expected"),
    [
        ("", (), (), {"zh": "", "zh-hant": "", "en": ""}),
        ("", ("en",), (), {"zh": "", "zh-hant": "", "en": "en"}),
        ("", ("zh-hant",), (), {"zh": "", "zh-hant": "zh-hant", "en": "missing"}),
        ("", (), ("en",), {"zh": "", "zh-hant": "", "en": "missing"}),
        ("", ("en",), ("en", "zh-hant"), {"zh": "", "zh-hant": "missing", "en": "en"}),
        ("", ("zh",), (), {"zh": "zh", "zh-hant": "zh", "en": ""}),
        ("en", ("zh",), (), {"zh": "zh", "zh-hant": "zh", "en": ""}),
        ("en", (), ("zh",), {"zh": "missing", "zh-hant": "", "en": ""}),
    ],
)
def test_reader_gets_their_text(
    original: str, variants: tuple[str, ...], offered: tuple[str, ...], expected: dict[str, str]
) -> None:
    texts = [titled(language, language) for language in variants]
    joined = join_texts(titled("", original), texts, offered=offered, default_language="zh")
    edition = decode_digest(encode_digest(joined))
    shown = {language: edition.in_language(language) for language in expected}
    assert {
        language: "missing" if digest.is_substitute else digest.title for language, digest in shown.items()
    } == expected
