"""The catalogues hold every text, none that is unused, all translated with their placeholders."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from domain.chat.i18n import Translations, language_for

ROOT = Path(__file__).parents[3]
LAYERS = ("domain", "digest", "views", "transport", "delivery", "handlers", "bot")
SPEAKING = {"translate", "ngettext", "gettext_noop"}

Ids = tuple[str, ...]
"""A text, or its singular and plural."""


def _spoken() -> dict[Ids, str]:
    """Every text that is spoken, and where."""
    sources = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]
    return {
        ids: f"{path.relative_to(ROOT)}:{line}"
        for path in sources
        for ids, line in _calls(path.read_text(encoding="utf-8"))
    }


def _calls(source: str) -> Iterator[tuple[Ids, int]]:
    """Yield texts in calls of `translate`, `ngettext` and `gettext_noop`, by syntax.

    Before Python 3.12 Babel does not look into f-strings.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        of = ast.unparse(node.func)
        words = tuple(
            part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        if of.split(".")[-1] in SPEAKING and words and not of.endswith("translations.translator"):
            yield words, node.lineno


def _catalogue() -> list[tuple[Ids, Ids, bool]]:
    """Each message of the catalogue: what is spoken, what it becomes, and whether a translator was in doubt."""
    with (ROOT / "domain" / "chat" / "locale" / "zh_Hans.po").open("rb") as source:
        catalogue = read_po(source, locale="zh_Hans")
    return [(_many(each.id), _many(each.string), each.fuzzy) for each in catalogue if each.id]


def _many(words: str | list[str] | tuple[str, ...] | None) -> Ids:
    return (words,) if isinstance(words, str) else tuple(words or ())


def test_every_text_is_translated() -> None:
    known = {ids for ids, _, _ in _catalogue()}
    missing = {where: ids for ids, where in _spoken().items() if ids not in known}
    assert not missing


def test_no_text_in_the_catalogue_is_stale() -> None:
    said = _spoken()
    assert not [ids for ids, _, _ in _catalogue() if ids not in said]


def test_no_text_is_translated_twice() -> None:
    """The second translation would win, in every place that has the text."""
    source = (ROOT / "domain" / "chat" / "locale" / "zh_Hans.po").read_text(encoding="utf-8")
    texts = Counter(re.findall(r'^msgid ((?:"[^\n]*"\n?)+)', source, re.MULTILINE))
    assert len(texts) > 100
    assert [text for text, count in texts.items() if count > 1] == []


def test_no_translation_is_empty_or_fuzzy() -> None:
    assert not [ids for ids, strings, fuzzy in _catalogue() if fuzzy or not strings or not all(strings)]


def test_placeholders_survive_translation() -> None:
    for ids, strings, _ in _catalogue():
        allowed = {name for text in ids for name in _names(text)}
        for text in strings:
            assert set(_names(text)) <= allowed, ids
            assert len(ids) > 1 or set(_names(text)) == allowed, ids


def test_chinese_uses_chinese_punctuation() -> None:
    for _, strings, _ in _catalogue():
        for text in strings:
            for before, mark in pairwise(text):
                assert mark not in ",;!?:" or before.isascii(), f"{mark!r} after Chinese in {text!r}"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("zh-hans", "zh"), ("zh-TW", "zh"), ("zh_CN", "zh"), ("en", "en"), ("en-GB", "en"), ("de", "en"), ("", "zh")],
)
def test_language_for_app_tag(tag: str, language: str) -> None:
    assert language_for(tag) == language


def test_both_languages_translate() -> None:
    texts = Translations.load()
    assert texts.translator("en")("Back") == "Back"
    assert texts.translator("zh")("Back") == "返回"
    assert texts.translator("en").ngettext("{n} item", "{n} items", 1) == "{n} item"
    assert texts.translator("en").ngettext("{n} item", "{n} items", 2) == "{n} items"
    assert texts.translator("zh").ngettext("{n} item", "{n} items", 2) == "{n} 条"


def test_extraction_finds_all_texts() -> None:
    """The test's own eyes are tested: a text nobody extracts would never be missed."""
    found = _spoken()
    assert ("Commentary",) in found, "inside an f-string"
    assert ("Today's digest",) in found, "marked where it stands, spoken elsewhere"
    assert ("{n} item", "{n} items") in found


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]
