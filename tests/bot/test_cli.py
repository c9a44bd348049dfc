"""The command line: output for people and programs, and exit codes."""

from __future__ import annotations

import json
import os
import pty
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.exit_code import ExitCode
from bot.settings import Settings
from tests.digest.segmentation.test_profile import CLOSING, HEAD
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples" / "digests").glob("*.md"))
NEWEST = EXAMPLES[-1]
NAMES = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
BROKEN = "---\ntitle: Nothing\n---\n\nNo items and no date.\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a call printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def call(*arguments: object, **environment: str) -> Shown:
    """The command line, in this process."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "100", **environment})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Shown(result.exit_code, result.stdout, result.stderr)


def test_chosen_reading_is_kept_for_the_folder(tmp_path: Path) -> None:
    (path := tmp_path / "2026-11-27.md").write_text(HEAD + CLOSING[0], encoding="utf-8")
    assert "It may also be read as" in flat(call("check", path).stdout)
    chosen = call("check", "--choose", 2, path)
    assert chosen.returncode == 0
    assert chosen.stdout.startswith(f"{tmp_path / '.digestbot-profile.toml'}: later files")
    assert "It may also be read as" not in flat(call("check", path).stdout)
    assert "profile -12.0" in call("check", "--explain", path).stdout
    assert call("check", "--choose", 99, path).returncode == ExitCode.USAGE
    assert call("check", "--choose", 1, path, path).returncode == ExitCode.USAGE


def test_choosing_the_reading_that_is_used_keeps_nothing(tmp_path: Path) -> None:
    items = "".join(f"{n}. [News {n}](https://a.example/{n})\n\n   Text.\n\n" for n in (1, 2))
    (path := tmp_path / "a.md").write_text(f"---\ndate: 2026-11-30\n---\n\n{items}", encoding="utf-8")
    for options in ((), ("--json",)):
        chosen = call("check", "--choose", 1, *options, path)
        assert chosen.returncode == 0
        told = chosen.stderr if options else chosen.stdout
        assert f"{path}: it is read so anyway, so nothing had to be kept\n" in told
        assert "later files" not in told
    assert list(tmp_path.iterdir()) == [path]
    (doubtful := tmp_path / "b.md").write_text(HEAD + CLOSING[0], encoding="utf-8")
    assert "later files of this folder are read so too" in call("check", "--choose", 1, doubtful).stdout
    kept = (tmp_path / ".digestbot-profile.toml").read_text(encoding="utf-8")
    assert "nothing had to be kept" in call("check", "--choose", 1, doubtful).stdout
    assert (tmp_path / ".digestbot-profile.toml").read_text(encoding="utf-8") == kept


def test_reading_of_which_nothing_is_learnt_is_told_apart(tmp_path: Path) -> None:
    lines = "".join(f"- [{name}](https://a.example/{name}) text.\n" for name in ("One", "Two"))
    (path := tmp_path / "a.md").write_text(f"---\ndate: 2026-11-30\n---\n\n# News\n\n{lines}", encoding="utf-8")
    assert "\n2. bullets" in call("check", "--explain", path).stdout
    refused = call("check", "--choose", 2, path)
    assert refused.returncode == ExitCode.FAILURE
    assert "nothing tells reading 2 from the others on later days" in refused.stderr
    assert "that --explain shows" in flat(call("check", "--choose", 9, path).stderr)
    assert list(tmp_path.iterdir()) == [path]


def test_explained_digest_is_checked_as_well(tmp_path: Path) -> None:
    (tmp_path / "broken.md").write_text(BROKEN)
    (tmp_path / "binary.md").write_bytes(b"\x00\xff" * 600)
    plain = call("check", tmp_path / "broken.md", tmp_path / "binary.md")
    explained = call("check", "--explain", tmp_path / "broken.md", tmp_path / "binary.md")
    assert plain.returncode == explained.returncode == ExitCode.FAILURE
    assert set(plain.stdout.splitlines()) <= set(explained.stdout.splitlines())
    as_json = call("check", "--explain", "--json", NEWEST)
    assert [json.loads(line)["problems"] for line in as_json.stdout.splitlines()] == [[]]
    assert "headline: " in as_json.stderr


def test_console_script_runs() -> None:
    command = [sys.executable, "-c", "from bot.cli import main; main()", "preview", "--layout", "short", str(NEWEST)]
    shown = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}, timeout=PATIENCE
    )
    assert shown.returncode == 2
    assert "headlines, full or rich" in flat(shown.stderr)
    assert "Traceback" not in shown.stderr


def flat(text: str) -> str:
    """What was printed, without the line breaks of the terminal."""
    return " ".join(text.split())


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_help_names_the_demo() -> None:
    shown = call("--help")
    assert shown.returncode == 0
    assert "digestbot demo" in shown.stdout
    for name in NAMES:
        assert name in shown.stdout


def test_every_command_has_help_and_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert command.callback.__doc__
    for name in NAMES:
        assert f"digestbot {name}" in readme or f"make {name}" in readme


def test_check_json_prints_one_object_per_digest() -> None:
    shown = call("check", "--json", *EXAMPLES)
    assert shown.returncode == 0
    found = objects(shown.stdout)
    assert [digest["date"] for digest in found] == [path.stem for path in EXAMPLES]
    assert set(found[0]) == {
        *("path", "date", "slot", "language", "title", "categories", "intro", "items", "commentary", "trailing"),
        *("form", "problems"),
    }
    assert set(found[0]["items"][0]) == {
        *("position", "number", "headline", "url", "body", "section", "categories", "links")
    }
    assert all(digest["items"] and digest["commentary"] for digest in found)
    assert "read 12 of 12" not in shown.stderr


def test_check_prints_positions_and_fails_on_errors(tmp_path: Path) -> None:
    broken = tmp_path / "broken.md"
    broken.write_text(BROKEN, encoding="utf-8")
    shown = call("check", broken, NEWEST)
    assert shown.returncode == 1
    assert f"✗ {broken}:" in flat(shown.stdout)
    assert "\n  2 errors\n    Line 1: There is no date" in shown.stdout
    assert "Line 1: No items were found" in flat(shown.stdout)
    assert f"put date: {datetime.now(ZoneInfo('Asia/Shanghai')).date()} in" in flat(shown.stdout)
    assert "1 of 2 digests can be published" in shown.stdout
    assert "D201" not in shown.stdout


def test_many_files_show_progress() -> None:
    shown = call("check", *EXAMPLES, *EXAMPLES)
    assert f"read {2 * len(EXAMPLES)} of {2 * len(EXAMPLES)} files" in shown.stderr


def test_preview_json_equals_the_delivered_messages() -> None:
    [shown] = objects(call("preview", "--json", NEWEST).stdout)
    [message] = shown["messages"]
    assert set(message) == {"text", "entities", "buttons"}
    assert {"type", "offset", "length", "url"} == set(message["entities"][0])
    assert any(entity["type"] == "expandable_blockquote" for entity in message["entities"])
    full = objects(call("preview", "--json", "--layout", "full", "--lang", "en", NEWEST).stdout)[0]["messages"][0]
    assert "expandable_blockquote" not in {entity["type"] for entity in full["entities"]}
    assert "Monday" in full["text"]


def test_preview_of_a_long_digest_numbers_two_messages() -> None:
    long_day = next(path for path in EXAMPLES if path.stem == "2026-11-20")
    messages = objects(call("preview", "--json", "--layout", "full", long_day).stdout)[0]["messages"]
    assert len(messages) == 2
    assert all(f"{part}/2" in message["text"] for part, message in enumerate(messages, 1))


def test_preview_prints_bubbles_and_accepts_category_spellings() -> None:
    assert "点评" in call("preview", NEWEST).stdout
    one = call("preview", "--category", "ＡＩ 产业", NEWEST)
    assert one.returncode == 0
    assert len(one.stdout) < len(call("preview", NEWEST).stdout)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("preview", "--layout", "short", NEWEST), "headlines, full or rich"),
        (("preview", "--lang", "fr", NEWEST), "zh-Hans, zh-Hant, en"),
        (("preview", "--category", "技术前言", NEWEST), "技术前沿"),
        (("preview", "no-such-file.md"), "no-such-file.md"),
        (("check", "--zone", "Asia/Shangai", NEWEST), "Asia/Shanghai"),
        (("preview", "--layout", "Short", NEWEST), "headlines, full or rich"),
        (("chat", "--digests", NEWEST), "is a file"),
        (("demo", "--digests", NEWEST, "--no-browser"), "is a file"),
        (("check", "--zone", "Asia/Peking", NEWEST), "did you mean Asia/Shanghai?"),
        (("check",), "FILE"),
    ],
)
def test_wrong_usage_names_the_valid_values(arguments: tuple[object, ...], hint: str) -> None:
    shown = call(*arguments)
    assert shown.returncode == 2
    assert hint in " ".join(shown.stderr.replace("│", " ").split()), "wherever the frame wraps a long path"
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize("command", ["check", "preview", "format", "publish"])
def test_unreadable_file_is_one_line(command: str) -> None:
    """A file that the kernel lists and cannot read, as on a broken disk."""
    shown = call(command, "/proc/self/mem")
    assert shown.returncode == ExitCode.FAILURE
    assert shown.stderr == "digestbot: /proc/self/mem cannot be read or written (Input/output error)\n"


@pytest.mark.parametrize("command", ["check", "preview", "format"])
def test_reader_that_has_seen_enough_is_no_error(command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    shown = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", command, NEWEST],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert shown.stderr == b""


def test_format_reports_an_unwritable_file(tmp_path: Path) -> None:
    """A folder has the name of the temporary file."""
    path = tmp_path / NEWEST.name
    path.write_bytes(NEWEST.read_bytes())
    (temporary := tmp_path / f".{NEWEST.name}.{os.getpid()}").mkdir()
    shown = call("format", "--write", path)
    assert shown.returncode == ExitCode.FAILURE
    assert shown.stderr == f"digestbot: {temporary} cannot be read or written (Is a directory)\n"
    assert path.read_bytes() == NEWEST.read_bytes()


def test_publish_writes_all_files_or_none(tmp_path: Path) -> None:
    folder, broken = tmp_path / "digests", tmp_path / "broken.md"
    folder.mkdir()
    broken.write_text(BROKEN, encoding="utf-8")
    assert call("publish", "--folder", folder, NEWEST, broken).returncode == 1
    assert list(folder.iterdir()) == []
    shown = call("publish", NEWEST, DIGESTS=str(folder))
    assert shown.returncode == 0
    assert (folder / NEWEST.name).read_bytes() == NEWEST.read_bytes()
    assert [path.name for path in folder.iterdir()] == [NEWEST.name]


def test_publish_reports_an_unwritable_folder(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    shown = call("publish", "--folder", tmp_path / "taken", NEWEST)
    assert shown.returncode == 1
    assert "nothing was published" in shown.stdout
    assert f"{tmp_path / 'taken'} is not a folder" in flat(shown.stdout)


def test_publish_elsewhere_creates_no_folder() -> None:
    """Away from the bot's `.env`, the default folder does not exist: the message says what to do."""
    shown = call("publish", NEWEST)
    assert shown.returncode == 1
    assert f"nothing was published: there is no folder {Path.cwd() / 'digests'}; run this where" in flat(shown.stdout)
    assert f"\n  mkdir -p '{Path.cwd() / 'digests'}'\n" in shown.stdout
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("answer", ["y", "n"])
def test_publish_asks_before_it_creates_a_folder(answer: str) -> None:
    """With a terminal of its own, as a person has one."""
    parent, child = pty.openpty()
    os.write(parent, f"{answer}\n".encode())
    command = [sys.executable, "-c", "from bot.cli import main; main()", "publish", str(NEWEST)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "COLUMNS": "200"}
    run = subprocess.run(command, stdin=child, capture_output=True, text=True, env=environment, check=False)
    os.close(parent)
    os.close(child)
    target = Path.cwd() / "digests" / NEWEST.name
    assert "Create it? [y/N]" in run.stdout
    assert (run.returncode, target.exists()) == ((0, True) if answer == "y" else (1, False))
    assert (f"published: {target}" in run.stdout) == (answer == "y")


def test_publish_prints_the_full_path_of_the_env_files_folder() -> None:
    (folder := Path.cwd() / "watched [red]").mkdir()
    Path(".env").write_text('DIGESTS="watched [red]"\nTIMEZONE=Europe/Berlin\nCATEGORIES=\n', encoding="utf-8")
    shown = call("publish", NEWEST)
    assert shown.returncode == 0, shown
    assert f"published: {folder / NEWEST.name}" in shown.stdout.splitlines()


def test_check_reads_pictures_as_the_env_file_says() -> None:
    item = "1. [One](https://example.com/1)\n\n    Text.\n\n    ![chip](https://example.com/a.jpg)\n"
    Path("day.md").write_text(f"---\ntitle: News\ndate: 2026-11-24\n---\n\n{item}", encoding="utf-8")
    as_album = call("check", "day.md", PICTURES="album").stdout
    assert call("check", "day.md").stdout != as_album
    Path(".env").write_text("PICTURES=album\n", encoding="utf-8")
    assert call("check", "day.md").stdout == as_album


def test_commands_on_files_need_no_proxy() -> None:
    Path(".env").write_text("PROXY=nonsense\nRATE=x\n", encoding="utf-8")
    assert call("check", NEWEST, HTTPS_PROXY="https://nonsense", API_URL="https://api.telegram.org").returncode == 0
    Path(".env").write_text("", encoding="utf-8")
    assert call("check", NEWEST, https_proxy="https://nonsense").returncode == 0


def test_publish_refuses_an_env_file_that_is_not_utf8() -> None:
    Path(".env").write_bytes("DIGESTS=早报\n".encode("gbk"))
    shown = call("publish", NEWEST)
    assert shown.returncode == ExitCode.SETTINGS
    assert f"{Path.cwd()}/.env, line 1: is not UTF-8 (GBK or ANSI?); save the file as UTF-8" in shown.stderr


@pytest.mark.parametrize("name", [".hidden.md", "digest.txt", "~$digest.md"])
def test_publish_refuses_names_that_the_bot_does_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(NEWEST.read_bytes())
    (tmp_path / "digests").mkdir()
    shown = call("publish", "--folder", tmp_path / "digests", tmp_path / name)
    assert shown.returncode == 1
    assert f"The bot reads no file named {name}; give it" in flat(shown.stdout)
    assert list((tmp_path / "digests").iterdir()) == []


def test_hostile_file_names_are_printed_as_escapes(tmp_path: Path) -> None:
    hostile = tmp_path / os.fsdecode("a\x1b[2J\u202edm.[red]b\n".encode() + b"\xff.md")
    hostile.write_bytes(NEWEST.read_bytes())
    (tmp_path / "digests").mkdir()
    shown = "a\\x1b[2J\\u202edm.[red]b\\n\\udcff.md"
    assert f"✓ {tmp_path / shown}: 20" in flat(call("check", hostile).stdout)
    assert json.loads(call("check", "--json", hostile).stdout)["path"].endswith(r"\udcff.md")
    refused = call("publish", "--folder", tmp_path / "digests", hostile)
    assert refused.returncode == 1
    assert f"The bot reads no file named {shown};" in flat(refused.stdout)


def test_publish_keeps_only_the_name_of_a_path(tmp_path: Path) -> None:
    (folder := tmp_path / "digests").mkdir()
    (tmp_path / "x.md").write_bytes(NEWEST.read_bytes())
    shown = call("publish", "--folder", folder, folder / ".." / "x.md")
    assert shown.returncode == 0
    assert [path.name for path in folder.iterdir()] == ["x.md"]


def test_publish_refuses_two_files_of_one_name(tmp_path: Path) -> None:
    for name in ("one", "two", "digests"):
        (tmp_path / name).mkdir()
    paths = [tmp_path / name / "x.md" for name in ("one", "two")]
    for path in paths:
        path.write_bytes(NEWEST.read_bytes())
    shown = call("publish", "--folder", tmp_path / "digests", *paths)
    assert shown.returncode == 1
    assert f"{paths[0]} and {paths[1]} have the same name" in flat(shown.stdout)
    assert list((tmp_path / "digests").iterdir()) == []


def test_publish_reports_a_draft_as_draft(tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(
        "---\ntitle: t\ndate: 2026-11-24\ndraft: true\n---\n1. [A](https://a.example/)\n", encoding="utf-8"
    )
    (tmp_path / "digests").mkdir()
    shown = call("publish", "--folder", tmp_path / "digests", draft)
    assert shown.returncode == 0
    assert "· 1 item ·" in flat(shown.stdout)
    assert "put there as a draft" in shown.stdout
    assert "published:" not in shown.stdout


@pytest.mark.parametrize("command", ["check", "preview", "format", "publish"])
def test_what_is_no_file_is_refused_with_a_remedy(command: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    for given, line in (
        (tmp_path, f"{tmp_path} is a folder; name its files: {tmp_path}/*.md"),
        (tmp_path / "pipe.md", "is a named pipe; write the digest into a file first"),
    ):
        shown = call(command, given)
        assert shown.returncode == ExitCode.USAGE
        assert line in flat(shown.stderr)


def test_output_of_another_command_can_be_checked() -> None:
    script = f'"$0" -c "from bot.cli import main; main()" check <(cat {NEWEST})'
    shown = subprocess.run(
        ["bash", "-c", script, sys.executable],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        timeout=PATIENCE,
    )
    assert "· 10 items ·" in flat(shown.stdout), shown.stderr


def test_help_is_found_in_each_usual_way() -> None:
    for usual, spoken in (("-h", "--help"), ("help", "--help"), ("check -h", "check --help"), ("help bots add", None)):
        shown = call(*usual.split())
        assert shown.returncode == 0
        assert shown.stdout == call(*(spoken or "bots add --help").split()).stdout


def test_wrong_driver_is_told_plainly() -> None:
    shown = call("demo", DRIVER="foo")
    assert shown.returncode == ExitCode.USAGE
    assert "'foo' is not one of" in flat(shown.stderr)
    assert "Value error" not in shown.stderr


def test_empty_file_is_called_empty(tmp_path: Path) -> None:
    (empty := tmp_path / "empty.md").write_text(" \n")
    shown = flat(call("check", empty).stdout)
    assert f"{empty}: no date · 0 items ·" in shown
    assert "The file is empty." in shown


def test_preview_speaks_the_language_of_the_terminal() -> None:
    def footer(**environment: str) -> str:
        return call("preview", NEWEST, **environment).stdout

    assert "· Monday" in footer(LC_ALL="C.UTF-8")
    assert "· Monday" not in footer(LC_ALL="zh_CN.UTF-8")
    assert call("preview", "--lang", "zh-Hans", NEWEST).stdout == footer(LC_ALL="zh_CN.UTF-8")


def test_preview_of_several_days_says_which_one_it_shows(tmp_path: Path) -> None:
    days = "".join(f"# 2026-11-{day}\n\n1. [News of {day}](https://a.example/{day})\n\n" for day in (26, 27))
    (path := tmp_path / "days.md").write_text(days, encoding="utf-8")
    shown = call("preview", path)
    assert "News of 27" in shown.stdout
    assert "News of 26" not in shown.stdout
    assert shown.stderr == f"{path} holds the digests of 2 days; this is the last one\n"


def test_preview_warns_about_unpublishable_digests(tmp_path: Path) -> None:
    broken = tmp_path / "broken.md"
    broken.write_text(BROKEN, encoding="utf-8")
    shown = call("preview", broken)
    assert shown.returncode == ExitCode.FAILURE
    assert "Nothing" in shown.stdout
    assert f"digestbot check {broken}" in shown.stderr
    as_json = call("preview", "--json", broken)
    assert as_json.returncode == ExitCode.FAILURE
    assert "Nothing" in json.dumps(objects(as_json.stdout))
    assert not call("preview", NEWEST).stderr
    assert call("preview", NEWEST).returncode == 0


@pytest.mark.parametrize(("toml", "what"), [("x = [", "not valid TOML"), (None, "No such file")])
def test_unreadable_categories_file_is_a_settings_error(tmp_path: Path, toml: str | None, what: str) -> None:
    categories = tmp_path / "categories.toml"
    if toml is not None:
        categories.write_text(toml, encoding="utf-8")
        shown = call("check", "--categories", categories, NEWEST)
        assert shown.returncode == 2
        assert what in shown.stderr
    shown = call("run", CATEGORIES=str(categories))
    assert shown.returncode == ExitCode.SETTINGS
    assert f"CATEGORIES: {categories}" in shown.stderr
    assert what in shown.stderr
    assert "BOT_TOKEN: is not set" in shown.stderr


@pytest.mark.parametrize("role", ["send", "web"])
def test_role_of_the_command_line_comes_before_the_setting(role: str, tmp_path: Path) -> None:
    """An SQLite file has one process: any other role is refused in one line."""
    shown = call("run", "--role", role, ROLE="all", BOT_TOKEN="4242:" + "a" * 35, DATABASE=str(tmp_path / "bot.db"))
    why = f"digestbot: ROLE: {role} needs a PostgreSQL database; with an SQLite file one process does all\n"
    assert (shown.returncode, shown.stdout, shown.stderr) == (ExitCode.SETTINGS, "", why)


def test_run_lists_all_settings_errors(tmp_path: Path) -> None:
    shown = call("run", TIMEZONE="Mars/Olympus", DATABASE=str(tmp_path / "bot.db"))
    assert shown.returncode == ExitCode.SETTINGS
    assert "BOT_TOKEN: is not set" in shown.stderr
    assert "TIMEZONE: there is no time zone 'Mars/Olympus'" in shown.stderr
    assert not (tmp_path / "bot.db").exists()


def test_format_writes_the_reference_form_and_is_idempotent(tmp_path: Path) -> None:
    odd = tmp_path / "2026-11-23.md"
    items = "".join(f"{number}、[Item {number}](https://example.com/{number})\r\nBody.\r\n\r\n" for number in (1, 2, 3))
    odd.write_bytes(f"\ufeff---\r\ntitle: Odd\r\nslug: a: b\r\n---\r\n\r\nHello.\r\n\r\n{items}".encode())
    shown = call("format", odd)
    assert shown.returncode == 0
    assert "1.  [Item 1](https://example.com/1)" in shown.stdout
    assert "slug: 'a: b'" in shown.stdout
    assert call("format", "--write", odd).returncode == 0
    assert odd.read_text(encoding="utf-8") == shown.stdout
    assert call("format", odd).stdout == shown.stdout
    broken = tmp_path / "broken.md"
    broken.write_text(BROKEN, encoding="utf-8")
    assert call("format", broken).returncode == 1
    assert broken.read_text(encoding="utf-8") == BROKEN


def test_format_refuses_to_write_what_would_be_read_otherwise(tmp_path: Path) -> None:
    source = ROOT / "tests" / "digest" / "written" / "archives" / "held-out" / "en-import-style.md"
    (path := tmp_path / source.name).write_bytes(source.read_bytes())
    shown = call("format", "--write", path)
    assert shown.returncode == 1
    assert "not formatted: in the reference form, the commentary would be read otherwise" in flat(shown.stderr)
    assert path.read_bytes() == source.read_bytes()


def test_resume_needs_confirmation_and_reports_skipped_messages(tmp_path: Path) -> None:
    token = {"BOT_TOKEN": "123456:abcdefgh", "DATABASE": str(tmp_path / "bot.db")}
    assert call("resume", **token).returncode == 2
    elsewhere = call("resume", "--after-restore", **token)
    assert elsewhere.returncode == 1
    assert f"there is no database {tmp_path / 'bot.db'}" in elsewhere.stderr
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "bot.db").touch()
    shown = call("resume", "--after-restore", **token)
    assert shown.returncode == 0
    assert "0 pending messages of 0 runs" in shown.stdout


def test_demo_reports_a_folder_without_dated_digests(tmp_path: Path) -> None:
    shown = call("demo", "--digests", tmp_path, "--no-browser")
    assert shown.returncode == 1
    assert "No digest with a date" in shown.stdout


def test_demo_reports_a_port_in_use(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        shown = call("demo", "--port", port, "--no-browser")
    assert shown.returncode == ExitCode.PORT_UNAVAILABLE
    assert f"Port {port} is in use" in shown.stdout
    assert "Errno" not in shown.stderr + capfd.readouterr().err


def test_check_fix_edits_in_place_and_reports(tmp_path: Path) -> None:
    path = tmp_path / "2025-09-12.md"
    damaged = b"\xef\xbb\xbf---\r\ntitle: T: U\r\n---\r\n\r\n1. [A](https://e.org)\r\n"
    path.write_bytes(damaged)
    path.chmod(0o640)
    shown = call("check", "--diff", path)
    assert "+title: 'T: U'" in shown.stdout
    assert path.read_bytes() == damaged
    shown = call("check", "--fix", "--json", path)
    assert "mended: byte order marks removed, line ends made LF, values in the front matter quoted" in shown.stderr
    assert [code["code"] for code in objects(shown.stdout)[0]["problems"]] == []
    assert path.read_text() == "---\ntitle: 'T: U'\ndate: 2025-09-12\n---\n\n1. [A](https://e.org)\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert call("check", "--fix", path).stdout.count("mended") == 0


def test_check_fix_quotes_what_it_takes_out(tmp_path: Path) -> None:
    path = tmp_path / "2025-09-12.md"
    path.write_text("Here is your digest:\n\n---\ntitle: T\ndate: 2025-09-12\n---\n\n1. [A](https://e.org)\n")
    told = call("check", "--fix", "--json", path).stderr
    assert "mended: what tools left behind taken out" in told
    assert "taken out: “Here is your digest:”" in told
    assert "Here is" not in path.read_text()


def test_version_is_read_from_the_metadata() -> None:
    assert call("--version").stdout == f"digestbot {version('digestbot')}\n"
