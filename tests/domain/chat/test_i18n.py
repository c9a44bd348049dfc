"""The catalogues hold every text, none that is unused, all translated with their placeholders."""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import msgspec
import pytest
from babel.core import UnknownLocaleError
from babel.messages.pofile import escape, read_po
from typer.main import get_command

from bot.cli import app
from bot.cli_help import texts_of
from bot.settings import Settings
from domain.chat import new_catalogue
from domain.chat.action import CallbackAnswer
from domain.chat.i18n import LazyText, Translations, language_for, lazy_text, read_languages, translated
from domain.chat.message import Button, Message
from domain.chat.text import Text
from domain.chinese_scripts import SIMPLIFIED

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "domain" / "chat" / "locale"
CATALOGUES = sorted(file.stem for file in FOLDER.glob("*.po"))
each_catalogue = pytest.mark.parametrize("locale", CATALOGUES)
LAYERS = ("domain", "digest", "views", "storage", "transport", "delivery", "handlers", "bot")
SPEAKING = {"translate", "ngettext", "gettext_noop", "lazy_text", "print_translated"}

ALSO_TRADITIONAL = frozenset("出升群只后里台余面表志制回干于系了准采斗几布并才吃向家搜板剩")
"""Simplified characters that traditional texts have too, in other words."""

MAINLAND = re.compile(
    "信息|默認|設置|文件|鏈接|服務器|軟件|網絡|視頻|賬號|程序|數據庫|登錄|聯繫人|註銷|屏蔽|文本|列表|粘貼|鼠標|屏幕"
)

_COMMAND, _ADDRESS, _LINE = re.compile(r"(?<![\w/])/[a-z]+"), re.compile(r"https?://\w[\w.]*"), re.compile("\n")
_SYMBOL = re.compile("^[\u2190-\u2bff\U0001f000-\U0001faff]")

Ids = tuple[str, ...]
"""A text, or its singular and plural."""


@cache
def _spoken() -> dict[Ids, str]:
    """Every text that is spoken, and where."""
    sources = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]
    called = {
        ids: f"{path.relative_to(ROOT)}:{line}"
        for path in sources
        for ids, line in _calls(path.read_text(encoding="utf-8"))
    }
    explained = (field.description for field in Settings.model_fields.values())
    helped = (text for text in texts_of(get_command(app)) if not isinstance(text, LazyText))
    return called | {(text,): "--help" for text in (*helped, *explained) if text}


def _calls(source: str) -> Iterator[tuple[Ids, int]]:
    """Yield texts in calls of those who speak, by syntax.

    Before Python 3.12 Babel does not look into f-strings.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        of = _name(node.func)
        words = tuple(
            part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        if of in SPEAKING and words:
            yield words, node.lineno
        yield from (
            ((keyword.value.value,), node.lineno)
            for keyword in node.keywords
            if of == "typed"
            and keyword.arg == "example"
            and isinstance(keyword.value, ast.Constant)
            and isinstance(keyword.value.value, str)
        )


def _name(called: ast.expr) -> str:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _catalogue(locale: str) -> list[tuple[Ids, Ids, bool]]:
    """Each message of a catalogue: what is spoken, what it becomes, and whether a translator was in doubt."""
    with (FOLDER / f"{locale}.po").open("rb") as source:
        catalogue = read_po(source, locale=locale)
    return [(_many(each.id), _many(each.string), each.fuzzy) for each in catalogue if each.id]


def _many(words: str | list[str] | tuple[str, ...] | None) -> Ids:
    return (words,) if isinstance(words, str) else tuple(words or ())


@each_catalogue
def test_every_text_is_translated(locale: str) -> None:
    known = {ids for ids, _, _ in _catalogue(locale)}
    missing = {where: ids for ids, where in _spoken().items() if ids not in known}
    assert not missing


@each_catalogue
def test_no_text_in_the_catalogue_is_stale(locale: str) -> None:
    said = _spoken()
    assert not [ids for ids, _, _ in _catalogue(locale) if ids not in said]


@each_catalogue
def test_no_text_is_translated_twice(locale: str) -> None:
    """The second translation would win, in every place that has the text."""
    source = (FOLDER / f"{locale}.po").read_text(encoding="utf-8")
    texts = Counter(re.findall(r'^msgid ((?:"[^\n]*"\n?)+)', source, re.MULTILINE))
    assert len(texts) > 100
    assert [text for text, count in texts.items() if count > 1] == []


@each_catalogue
def test_no_translation_is_empty_or_fuzzy(locale: str) -> None:
    assert not [ids for ids, strings, fuzzy in _catalogue(locale) if fuzzy or not strings or not all(strings)]


@each_catalogue
def test_placeholders_survive_translation(locale: str) -> None:
    for ids, strings, _ in _catalogue(locale):
        allowed = {name for text in ids for name in _names(text)}
        for text in strings:
            assert set(_names(text)) <= allowed, ids
            assert len(ids) > 1 or set(_names(text)) == allowed, ids


@each_catalogue
def test_markup_survives_translation(locale: str) -> None:
    """Commands, addresses, lines and the symbol in front are the same in each language."""
    for ids, strings, _ in _catalogue(locale):
        for text in strings:
            for markup in (_COMMAND, _ADDRESS, _LINE, _SYMBOL):
                assert sorted(set(markup.findall(text))) == sorted(set(markup.findall(ids[0]))), text


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant"])
def test_chinese_uses_chinese_punctuation(locale: str) -> None:
    for _, strings, _ in _catalogue(locale):
        for text in strings:
            for before, mark in itertools.pairwise(text):
                assert mark not in ",;!?:" or before.isascii(), f"{mark!r} after Chinese in {text!r}"


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *((tag, "zh") for tag in ("zh-hans", "zh_CN", "zh", "zh-SG", "zh-hans-tw", "zh-", "")),
        *((tag, "zh-hant") for tag in ("zh-hant", "zh-TW", "zh_HK", "zh-mo", "zh-Hant-CN", "zh-hant-raw")),
        *((tag, "en") for tag in ("en", "en-GB", "xx", "xx-DE", "-", "x" * 99)),
    ],
)
def test_language_for_app_tag(tag: str, language: str) -> None:
    """No language has the code xx."""
    assert language_for(tag) == language


def test_traditional_chinese_is_no_conversion() -> None:
    """It has neither simplified characters nor the words of the mainland for things that have a name of their own."""
    text = (FOLDER / "zh_Hant.po").read_text(encoding="utf-8")
    words = "".join(line for line in text.splitlines() if line.startswith("msgstr"))
    simplified = set(SIMPLIFIED.values()) - ALSO_TRADITIONAL
    assert sorted(simplified & set(words)) == []
    assert MAINLAND.findall(words) == []


def test_traditional_chinese_has_one_word_for_a_thing() -> None:
    """To send is 傳送 and a layout 版面; their synonyms, right as they are, would read like something else."""
    text = (FOLDER / "zh_Hant.po").read_text(encoding="utf-8")
    words = [line for line in text.splitlines() if line.startswith("msgstr")]
    assert [line for line in words if "發送" in line or "版式" in line] == []


def test_new_language_is_one_file(tmp_path: Path) -> None:
    for file in FOLDER.glob("zh_*.po"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    header = 'msgid ""\nmsgstr ""\n"Language: eo\\n"\n"X-Language-Name: Esperanto\\n"\n"Content-Type: text/plain\\n"\n'
    (tmp_path / "eo.po").write_text(f'{header}\nmsgid "Back"\nmsgstr "Reen"\n', encoding="utf-8")
    languages, texts = read_languages(tmp_path), Translations.load(tmp_path)
    assert [language.name for language in languages] == ["简体中文", "Esperanto", "繁體中文", "English"]
    assert texts.translator("eo")("Back") == "Reen"
    assert texts.translator("eo")("Commentary") == "Commentary", "what is not translated yet is English"
    assert [language_for(tag, languages) for tag in ("eo", "eo-XX", "zh-tw", "fr")] == ["eo", "eo", "zh-hant", "en"]


def test_new_catalogue_asks_for_every_text_and_speaks_english(tmp_path: Path) -> None:
    path = new_catalogue.write("ru", "Русский", tmp_path)
    with path.open("rb") as source:
        catalogue = read_po(source, locale="ru")
    ids, strings = zip(*((_many(each.id), _many(each.string)) for each in catalogue if each.id), strict=True)
    assert list(ids) == [ids for ids, _, _ in _catalogue("zh_Hans")]
    assert {len(plural) for plural, texts in zip(strings, ids, strict=True) if len(texts) > 1} == {
        catalogue.num_plurals
    }
    assert not any(itertools.chain.from_iterable(strings))
    assert not catalogue.fuzzy
    assert [language.name for language in read_languages(tmp_path)] == ["Русский", "English"]
    translate = Translations.load(tmp_path).translator("ru")
    assert translate("Back") == "Back"
    assert [translate.ngettext("{n} item", "{n} items", n) for n in (1, 2, 5)] == ["{n} item", "{n} items", "{n} items"]


@pytest.mark.parametrize("name", ['Esperanto "EO"', "Es\\peranto", "Es\\nperanto", '"'])
def test_new_catalogue_keeps_quotes_in_the_name(name: str, tmp_path: Path) -> None:
    path = new_catalogue.write("eo", name, tmp_path)
    assert name in [language.name for language in read_languages(tmp_path)]
    assert escape(f"X-Language-Name: {name}\n") in path.read_text(encoding="utf-8").splitlines()


def test_new_catalogue_is_named_as_cldr_does_and_replaces_none(tmp_path: Path) -> None:
    new_catalogue.write("de", "Deutsch", tmp_path)
    with pytest.raises(FileExistsError):
        new_catalogue.write("de", "Deutsch", tmp_path)
    for locale in ("tlh", "pt_br", "de_Latn_DE"):
        with pytest.raises(UnknownLocaleError):
            new_catalogue.write(locale, "?", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["de.po"]


def test_catalogue_without_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "eo.po").write_text('msgid ""\nmsgstr ""\n"Language: eo\\n"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"eo\.po: no X-Language-Name"):
        read_languages(tmp_path)


def test_all_languages_translate() -> None:
    texts = Translations.load()
    assert texts.translator("en")("Back") == "Back"
    assert texts.translator("zh")("Back") == "返回"
    assert texts.translator("en").ngettext("{n} item", "{n} items", 1) == "{n} item"
    assert texts.translator("en").ngettext("{n} item", "{n} items", 2) == "{n} items"
    assert texts.translator("zh").ngettext("{n} item", "{n} items", 2) == "{n} 条"
    assert texts.translator("zh-hant")("Settings") == "設定"


def test_lazy_text_is_english_until_it_is_shown() -> None:
    """Also in the message of an exception, and inside of another lazy text."""
    chinese = Translations.load().translator("zh")
    reason = lazy_text("{path} is no regular file", path="/srv/x")
    shown = lazy_text("{name}: {problem}", name="DATABASE", problem=str(ValueError(reason)))
    assert shown == "DATABASE: /srv/x is no regular file"
    assert translated(shown, chinese) == "DATABASE：/srv/x 不是普通文件"
    assert translated("All is good.", chinese) == "All is good."


@pytest.mark.parametrize(
    "show",
    [
        lambda text: Message(Text(text)),
        lambda text: Button(text, url="https://example.org"),
        lambda text: CallbackAnswer("1", text),
    ],
    ids=["message", "button", "toast"],
)
def test_lazy_text_is_shown_to_nobody_untranslated(show: Callable[[str], object]) -> None:
    text = lazy_text("{path} is no regular file", path="/srv/x")
    with pytest.raises(TypeError, match="translate this text before it is shown: '/srv/x is no regular file'"):
        show(text)
    show(translated(text, Translations.load().translator("en")))


@pytest.mark.parametrize("encode", [msgspec.json.encode, msgspec.json.Encoder().encode, msgspec.to_builtins])
def test_lazy_text_is_encoded_by_no_json(encode: Callable[[object], object]) -> None:
    """What is stored or sent fails for it, rather than being English for all."""
    text = lazy_text("{path} is no regular file", path="/srv/x")
    for holder in (text, [text], {"text": text}, Button("a" + text, url=text)):
        with pytest.raises(TypeError, match="LazyText"):
            encode(holder)


def test_extraction_finds_all_texts() -> None:
    """The test's own eyes are tested: a text nobody extracts would never be missed."""
    found = _spoken()
    assert ("Commentary",) in found, "inside an f-string"
    assert ("Today's digest",) in found, "marked where it stands, spoken elsewhere"
    assert ("{n} item", "{n} items") in found


def _names(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]
