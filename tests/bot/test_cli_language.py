"""The command line speaks the editor's language, in lines that fit the terminal."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.text import Text

from bot.cli_language import LOCALE_VARIABLES, choose_language, language_named
from bot.wrapping import wrap
from tests.bot.test_cli import EXAMPLES, NEWEST, call, flat
from tests.databases import write_blank_file
from tests.digest.segmentation.test_profile import CLOSING, HEAD

ODD = """---
title: 日报
date: 很快
---

先看 [这里](javascript:alert(1))，再看 [那里](vbscript:x)。后面还有很长的一句话，说的是今天没有什么新闻。
"""
ENGLISH = re.compile(r"[A-Za-z]+(?: [A-Za-z]+){2,}")
"""Three words in a row; names of settings, paths and commands have fewer."""


@pytest.fixture(autouse=True)
def _no_locale(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    for name in LOCALE_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    (path := tmp_path / "2026-11-27.docx").write_text(ODD, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ((), {}, "en"),
        ((), {"LANG": "C.UTF-8"}, "en"),
        ((), {"LANG": "xx_DE.UTF-8"}, "en"),
        ((), {"LANG": "zh_CN.UTF-8"}, "zh"),
        ((), {"LANG": "zh_TW.UTF-8@radical"}, "zh-hant"),
        ((), {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ((), {"LANG": "en_US", "LC_MESSAGES": "en_GB", "LC_ALL": "zh_HK"}, "zh-hant"),
        ((), {"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
        (("check", "--lang", "zh-Hant", "x.md"), {"LANG": "zh_CN.UTF-8"}, "zh-hant"),
        (("check", "--lang=en", "x.md"), {"LANG": "zh_CN.UTF-8"}, "en"),
        (("check", "--lang", "nonsense", "x.md"), {"LANG": "zh_CN.UTF-8"}, "zh"),
        (("check", "--", "--lang", "zh"), {}, "en"),
    ],
)
def test_language_is_chosen_by_option_then_locale(
    arguments: tuple[str, ...], environment: dict[str, str], language: str
) -> None:
    assert choose_language(arguments, environment) == language


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *((name, "zh") for name in ("zh", "zh-Hans", "zh_CN.UTF-8", "zh-SG", "中文", "简体中文", "cn")),
        *((name, "zh-hant") for name in ("zh-Hant", "zh-TW", "zh_HK.utf8", "zh-mo", "繁體中文")),
        *((name, "en") for name in ("en", "EN", "en_GB.UTF-8", "English", "en-AU")),
        *((name, None) for name in ("xx", "C", "", "chinglish")),
    ],
)
def test_languages_have_the_names_that_people_give_them(name: str, language: str | None) -> None:
    assert language_named(name) == language


def test_check_groups_by_severity_and_quotes_the_line(odd: Path) -> None:
    lines = call("check", odd).stdout.splitlines()
    first, second = lines.index("  1 error"), lines.index("  3 warnings")
    assert first < second
    assert lines[first + 1].startswith("    Line 1: No items were found")
    assert "      │ date: 很快" in lines
    assert [line[: len("      │ 先看")] for line in lines].count("      │ 先看") == 1


@pytest.mark.parametrize(
    ("lang", "summary"), [("zh-Hans", "共 1 期，0 期可以发布"), ("zh-Hant", "共 1 期，0 期可以發布")]
)
def test_check_speaks_chinese(lang: str, summary: str, odd: Path) -> None:
    for shown in (call("check", "--lang", lang, odd), call("check", odd, LANG=lang.replace("-", "_") + ".UTF-8")):
        assert summary in shown.stdout
        assert list(english_in(shown.stdout)) == []


def test_json_is_the_same_in_each_language(odd: Path) -> None:
    assert call("check", "--json", "--lang", "zh", odd).stdout == call("check", "--json", odd).stdout


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_lines_fit_the_terminal_and_keep_words_whole(lang: str, columns: str, odd: Path, tmp_path: Path) -> None:
    """A path that is too long for a line stands alone in it, behind the mark."""
    (far := tmp_path / ("far" * 30)).mkdir()
    copies = [shutil.copy(example, far) for example in EXAMPLES]
    for line in call("check", "--lang", lang, odd, *copies, COLUMNS=columns).stdout.splitlines():
        assert cell_len(line) <= min(int(columns), 80) or " " not in line.strip().lstrip("✓✗").lstrip()


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_explanation_speaks_the_language_and_fits(lang: str) -> None:
    """The example has an introduction, a commentary, and three readings."""
    shutil.copy(EXAMPLES[0], "example.md")
    explained = call("check", "--explain", "--lang", lang, "example.md", COLUMNS="80").stdout
    assert max(map(cell_len, explained.splitlines())) <= 80
    for words in {
        "en": ("1. numbered-list, 8 items: ", "headline: ", "1 beats 2 by ", "trailing matter that nothing begins"),
        "zh-Hans": ("1. numbered-list，8 条：", "标题：", "1 比 2 少 ", "文末内容没有任何起头"),
        "zh-Hant": ("1. numbered-list，8 則：", "標題：", "1 比 2 少 ", "文末內容沒有任何起頭"),
    }[lang]:
        assert words in explained
    assert (list(english_in(explained)) == []) == (lang != "en")


@pytest.mark.parametrize(
    ("lang", "words"), [("zh-Hans", "这个文件夹以后的文件也这样读"), ("zh-Hant", "這個資料夾以後的檔案也這樣讀")]
)
def test_choosing_a_reading_speaks_chinese(lang: str, words: str, tmp_path: Path) -> None:
    (path := tmp_path / "2026-11-27.md").write_text(HEAD + CLOSING[0], encoding="utf-8")
    assert words in flat(call("check", "--choose", 2, "--lang", lang, path).stdout)
    assert "--explain" in flat(call("check", "--choose", 99, "--lang", lang, path).stderr)


def test_wrapped_lines_break_between_words_and_before_no_mark() -> None:
    text = "今天，“早报”有错：请看 https://example.org/a/long/address/that/nobody/breaks。OK？好。"
    lines = [line.plain for line in wrap(Text(text), 20, indent="  ")]
    assert lines == [
        "今天，“早报”有错：",
        "  请看",
        "  https://example.org/a/long/address/that/nobody/breaks。",
        "  OK？好。",
    ]
    assert [line.plain for line in wrap(Text("two\u00a0words fit"), 8)] == ["two words", "fit"]


def test_publish_and_format_speak_chinese(odd: Path, tmp_path: Path) -> None:
    (draft := tmp_path / "2026-11-26.md").write_text(
        "---\ntitle: 甲\ndraft: true\n---\n\n1. [乙](https://e.org)\n", encoding="utf-8"
    )
    (tmp_path / "digests").mkdir()
    shown = [
        call("publish", "--lang", "zh", "--folder", tmp_path / "digests", odd),
        call("publish", "--lang", "zh", "--folder", tmp_path / "nowhere", NEWEST),
        call("publish", "--lang", "zh", "--folder", tmp_path / "digests", draft),
        call("publish", "--lang", "zh", "--folder", tmp_path / "digests", NEWEST),
        call("format", "--lang", "zh", odd),
        call("check", "--lang", "zh", "--fix", draft),
        call("preview", "--lang", "zh", odd),
    ]
    printed = flat(" ".join(one.stdout.replace(NEWEST.read_text(encoding="utf-8"), "") + one.stderr for one in shown))
    assert list(english_in(printed)) == []
    for words in ("什么也没有发布", "没有文件夹", "作为草稿放好了", "已发布", "没有整理", "已修正", "这一期还不能发布"):
        assert words in printed


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_commands_of_the_operator_speak_chinese(lang: str, tmp_path: Path) -> None:
    """Before the first start, and with a bot that has nothing to send."""
    asyncio.run(write_blank_file(tmp_path / "bot.db"))
    settings = {"BOT_TOKEN": "4242:" + "a" * 35, "DATABASE": str(tmp_path / "bot.db"), "API_URL": "http://127.0.0.1:9"}
    for command in ("status", "send 2026-11-27", "withdraw 2026-11-27", "bots list", "doctor", "status --json"):
        shown = call(*command.split(), "--lang", lang, **settings)
        printed = shown.stdout + shown.stderr
        assert printed
        assert list(english_in(printed)) == [], command
    assert "2026-11-27：" in call("send", "2026-11-27", "--lang", lang, **settings).stderr
    assert json.loads(call("status", "--json", "--lang", lang, **settings).stdout)["bots"][0]["state"] == "running"


def english_in(printed: str) -> Iterator[str]:
    """Yield the English sentences of an output."""
    for found in ENGLISH.finditer(flat(printed)):
        yield found[0]
