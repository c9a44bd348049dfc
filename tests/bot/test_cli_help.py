"""Help and errors of usage speak the operator's language, in lines that fit the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.main import get_command

from bot.cli import app
from bot.cli_language import LOCALE_VARIABLES
from bot.exit_code import ExitCode
from domain.chat.i18n import UNTRANSLATED, Translations
from tests.bot.test_cli import NEWEST, call, flat
from tests.bot.test_cli_language import english_in

CHINESE = ("zh_CN", "zh_TW")

WRONG_CALLS = (
    "--unknown",
    "unknown",
    "chec",
    "check",
    "check --fi FILE",
    "check --unknown FILE",
    "check --zone",
    "check --zone Nowhere FILE",
    "check nowhere.md",
    "check .",
    "check --choose many FILE",
    "check --choose 0 FILE",
    "check --choose 1 FILE FILE",
    "check --pictures all FILE",
    "check --lang fr FILE",
    "preview --category nothing FILE",
    "preview --layout wide FILE",
    "demo --port 99999999",
    "demo --port many",
    "demo --driver none",
    "demo --fleet --digests .",
    "demo --digests nowhere",
    "demo --digests FILE",
    "status --json=3",
    "backup one two",
    "restore",
    "resume",
    "send",
    "send nothing",
    "withdraw 2026-11-27 --yes --undo",
    "move",
    "move --to sqlite.db",
    "bots unknown",
    "bots add beta",
    "bots add beta --digests .",
)


@pytest.fixture(autouse=True)
def _no_locale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in LOCALE_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def _commands() -> Iterator[tuple[str, ...]]:
    def below(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        for name, inner in getattr(command, "commands", {}).items():
            yield from below(inner, (*path, name))

    return below(get_command(app), ())


@pytest.mark.parametrize("command", list(_commands()), ids=lambda command: " ".join(command) or "digestbot")
def test_help_speaks_each_language_and_fits(command: tuple[str, ...]) -> None:
    for locale in CHINESE:
        shown = call(*command, "--help", LANG=f"{locale}.UTF-8", COLUMNS="80")
        assert shown.returncode == 0
        assert "用法：digestbot" in shown.stdout
        assert list(english_in(_without_choices(shown.stdout))) == []
        _assert_fits(shown.stdout)
    english = call(*command, "--help", COLUMNS="80").stdout
    assert not re.search("[\u4e00-\u9fff]", english)
    _assert_fits(english)


@pytest.mark.parametrize("wrong", WRONG_CALLS)
def test_errors_of_usage_speak_each_language(wrong: str) -> None:
    arguments = [NEWEST if word == "FILE" else word for word in wrong.split()]
    english = call(*arguments, COLUMNS="80")
    assert english.returncode == ExitCode.USAGE
    assert "Error: " in english.stderr
    for locale in CHINESE:
        shown = call(*arguments, LANG=f"{locale}.UTF-8", COLUMNS="80")
        assert shown.returncode == ExitCode.USAGE
        assert re.search("错误：|錯誤：", shown.stderr)
        assert list(english_in(_without_choices(shown.stderr))) == []
        assert shown.stdout == ""
        _assert_fits(shown.stderr)


def test_error_says_how_the_command_is_called() -> None:
    shown = call("check", "--fi", NEWEST, LANG="zh_CN.UTF-8")
    assert shown.stderr.splitlines() == [
        "用法：digestbot check [选项] FILE...",
        "用法说明：digestbot check --help",
        "错误：没有 --fi 这个选项（是不是想写：--diff, --fix）",
    ]


def test_call_without_arguments_shows_the_help() -> None:
    shown = call(LANG="zh_CN.UTF-8")
    assert shown.returncode == ExitCode.USAGE
    assert shown.stdout.strip() == call("--help", LANG="zh_CN.UTF-8").stdout.strip()


def test_option_shows_its_values_default_and_variable() -> None:
    shown = flat(call("demo", "--help", "--lang", "zh", COLUMNS="80").stdout)
    for words in (
        "--port 0…65535",
        "[默认：8080]",
        "--driver aiogram|ptb",
        "[变量：DRIVER]",
        "--browser, --no-browser",
    ):
        assert words in shown
    assert "[必填]" in call("bots", "add", "--help", "--lang", "zh").stdout


def test_unknown_message_of_the_library_stays_as_it_is() -> None:
    from bot.usage_errors import translated_error

    chinese = Translations.load().translator("zh")
    assert translated_error("Something new: 'x'", chinese) == "Something new: 'x'"
    known = "Invalid value for '--port': Input should be less than or equal to 65535"
    assert translated_error(known, chinese) == "'--port' 的值不对：不能大于 65535"
    assert translated_error(known, UNTRANSLATED) == known


def _without_choices(printed: str) -> str:
    """Return an output without what is typed as it is shown: the values of an option and the names of commands."""
    return re.sub(r"'[^']*'|[a-z_-]+(?:, [a-z_-]+)+|a-z 0-9|--[a-z-]+ [A-Z]+|digestbot [a-z ]+|\S+\|\S+", " ", printed)


def _assert_fits(printed: str) -> None:
    for line in printed.splitlines():
        assert cell_len(line) <= 80 or " " not in line.strip(), line
