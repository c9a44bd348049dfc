"""`digestbot bots`: what is checked before a bot is stored, and what is shown of the bots."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.backup_commands import resume_after_restore, run_backup, run_restore
from bot.bot_settings import OWN_SETTINGS, own_settings
from bot.exit_code import ExitCode
from bot.open_database import open_database
from bot.settings import Settings, load_settings
from bot.token_reference import read_token
from delivery.high_water_mark import HighWaterMark
from domain.delivery.states import BotState
from storage import bots
from storage.bots import StoredBot
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.lock import database_lock
from tests.bot.test_cli import Shown, call
from tests.databases import write_blank_file

TOKEN, OTHER = "1:first-loopback-token", "2:second-loopback-token"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a first bot's `.env` and a second bot's token."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"BOT_TOKEN={TOKEN}\nDATABASE=bot.db\nMORNING=07:00\nRATE=25\n")
    (tmp_path / "token").touch(mode=0o600)
    (tmp_path / "token").write_text(f"{OTHER}\n")
    return tmp_path


def add(*more: object, name: str = "tech", digests: str = "tech") -> Shown:
    arguments = more or ("--token-file", "token")
    return call("bots", "add", name, "--digests", digests, *arguments)


def stored_bots() -> list[StoredBot]:
    async def read() -> list[StoredBot]:
        database = await SqliteDatabase.open(Path("bot.db"))
        async with database.read() as tx:
            found = await bots.get_all(tx)
        await database.close()
        return found

    return asyncio.run(read())


def settings_of(own: Mapping[str, str]) -> Settings:
    return own_settings("tech", own, load_settings(), read_token("file:token", {}))


def test_added_bot_is_stored_without_its_token(folder: Path) -> None:
    shown = add("--token-file", "token", "--rate", "12", "--timezone", "Europe/Berlin", "--admin-ids", "7，8")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == "tech was added; a running digestbot starts it within seconds\n"
    first, second = stored_bots()
    own = {"digests": str(folder / "tech"), "rate": "12", "timezone": "Europe/Berlin", "admin_ids": "7，8"}
    assert first.is_first
    assert second == StoredBot(
        id=2, name="tech", token=f"file:{folder / 'token'}", state=BotState.RUNNING, settings=own
    )
    assert OTHER.encode() not in b"".join(path.read_bytes() for path in folder.glob("bot.db*"))


def test_replaced_bot_keeps_its_rows_and_takes_other_settings(folder: Path) -> None:
    add("--token-file", "token", "--rate", "12")
    shown = add("--token-file", "token", "--morning", "06:00", "--replace", digests="elsewhere")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout == "tech has other settings; a running digestbot takes them up within seconds\n"
    _, second = stored_bots()
    assert (second.id, second.settings) == (2, {"digests": str(folder / "elsewhere"), "morning": "06:00"})
    (folder / "third").touch(mode=0o600)
    (folder / "third").write_text("3:third-loopback-token")
    for name in ("main", "news"):
        shown = add("--token-file", "third", "--replace", name=name)
        assert (shown.returncode, shown.stderr) == (
            1,
            f"digestbot: there is no bot {name} that could be replaced\n",
        )


def test_replaced_bot_stays_the_same_account(folder: Path) -> None:
    """Telegram would refuse every subscriber: they have written to the former one."""
    add()
    (folder / "third").touch(mode=0o600)
    (folder / "third").write_text("3:third-loopback-token")
    shown = add("--token-file", "third", "--replace")
    assert shown.returncode == 1
    assert "another Telegram account, which the subscribers of tech have never written to" in shown.stderr
    (folder / "renewed").touch(mode=0o600)
    (folder / "renewed").write_text("2:renewed-loopback-token")
    assert add("--token-file", "renewed", "--replace").returncode == 0


def test_what_is_not_set_for_a_bot_is_that_of_the_process(folder: Path) -> None:
    settings = settings_of({"digests": "/srv/tech", "timezone": "Europe/Berlin", "admin_ids": "7,8"})
    assert (settings.rate, f"{settings.morning:%H:%M}") == (25, "07:00")
    assert (settings.timezone, settings.admin_ids) == ("Europe/Berlin", frozenset({7, 8}))
    assert settings.bot_token.get_secret_value() == OTHER
    assert settings.database == Path("bot.db")
    assert {"bot_token", *OWN_SETTINGS} < set(Settings.model_fields)


def test_webhook_of_a_bot_is_below_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "0123456789abcdef")
    for url in ("https://bot.example.org/updates", "https://bot.example.org/updates/"):
        monkeypatch.setenv("WEBHOOK_URL", url)
        assert settings_of({"digests": "tech"}).webhook_url == "https://bot.example.org/updates/tech"


def test_token_may_be_in_a_variable(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    with (folder / ".env").open("a") as file:
        file.write(f"BOT_TOKEN_TECH={OTHER}\n")
    assert add("--token-variable", "BOT_TOKEN_TECH").returncode == 0
    assert stored_bots()[1].token == "env:BOT_TOKEN_TECH"
    monkeypatch.setenv("BOT_TOKEN_MORE", "3:third-loopback-token")
    assert add("--token-variable", "BOT_TOKEN_MORE", name="more", digests="more").returncode == 0


@pytest.mark.parametrize(
    ("more", "name", "lines"),
    [
        (("--rate", "0"), "tech", ["RATE: '0' must be a number from 1 to 1000, such as 30"]),
        (
            ("--timezone", "Nowhere", "--morning", "25:00"),
            "tech",
            ["TIMEZONE: there is no time zone 'Nowhere'", "MORNING: '25:00' is no time of day"],
        ),
        (("--admin-ids", "2"), "tech", ["ADMIN_IDS: has the id of the bot itself"]),
        ((), "Tech", ["'Tech' is no name of a bot; write 1 to 32 of a-z 0-9 -"]),
        ((), "t" * 33, ["is no name of a bot"]),
        ((), "main", ["there is a bot main already; choose another name, or add --replace"]),
    ],
)
def test_bot_with_wrong_settings_is_not_stored(more: tuple[str, ...], name: str, lines: list[str]) -> None:
    shown = add("--token-file", "token", *more, name=name)
    assert shown.returncode == ExitCode.FAILURE
    for line in lines:
        assert line in shown.stderr
    assert len(stored_bots()) == 1


@pytest.mark.parametrize(
    ("content", "mode", "line"),
    [
        (OTHER, 0o604, "can be read or changed by every user; make it yours: chmod 600"),
        (OTHER, 0o602, "can be read or changed by every user"),
        ("", 0o600, "is empty; write the bot's token from @BotFather into it"),
        ("my token", 0o600, "this is not a token: it has a blank in it"),
        ("令牌", 0o600, "is not a token"),
        (TOKEN, 0o600, "it is that of the bot main; each bot needs one of its own"),
        (None, 0o600, "cannot be read (No such file or directory)"),
    ],
)
def test_unusable_token_is_refused_and_not_shown(content: str | None, mode: int, line: str, folder: Path) -> None:
    (folder / "token").unlink()
    if content is not None:
        (folder / "token").touch(mode=0o600)
        (folder / "token").write_text(content, encoding="utf-8")
        (folder / "token").chmod(mode)
    shown = add()
    assert shown.returncode == ExitCode.FAILURE
    assert f"token: {folder / 'token'}" in shown.stderr or "token: it is" in shown.stderr
    assert line in shown.stderr
    assert "loopback" not in shown.stderr
    assert len(stored_bots()) == 1


def test_all_mistakes_are_listed_at_once(folder: Path) -> None:
    (folder / "token").chmod(0o604)
    shown = add("--token-file", "token", "--timezone", "Berlin", "--morning", "7:30am", name="Tech", digests="digests")
    assert shown.returncode == ExitCode.FAILURE
    assert [line.split()[1] for line in shown.stderr.splitlines()[1:]] == [
        "'Tech'",
        "token:",
        "TIMEZONE:",
        "MORNING:",
        "DIGESTS:",
    ]


def test_bot_that_was_added_is_told_as_such() -> None:
    add()
    shown = add()
    assert (shown.returncode, shown.stderr) == (
        1,
        "digestbot: there is a bot tech already; choose another name, or add --replace\n",
    )


def test_folder_of_another_bot_is_refused(folder: Path) -> None:
    (folder / "link").symlink_to("digests", target_is_directory=True)
    for digests in ("digests", "./tech/../digests", "link"):
        shown = add(digests=digests)
        assert shown.returncode == ExitCode.FAILURE
        assert "is the folder of the bot main; each bot needs one of its own" in shown.stderr
    add()
    (folder / "third").touch(mode=0o600)
    (folder / "third").write_text("3:third-loopback-token")
    assert "is the folder of the bot tech" in add("--token-file", "third", name="third").stderr
    assert add("--token-file", "token", "--replace").returncode == 0
    assert len(stored_bots()) == 2


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--token-file", "token", "--token-variable", "BOT_TOKEN_X"), "one of them"),
        (("--rate", "3"), "one of them"),
        (("--token-variable", "HOME"), "must begin with BOT_TOKEN_"),
    ],
)
def test_one_reference_to_a_token_is_needed(arguments: tuple[str, ...], line: str) -> None:
    shown = add(*arguments)
    assert shown.returncode == 2
    assert line in " ".join(shown.stderr.replace("│", " ").split())


def listed() -> list[str]:
    """Return the lines of the bots in the list."""
    return [" ".join(line.split()) for line in call("bots", "list").stdout.splitlines()[1:]]


def test_looking_makes_no_database(folder: Path) -> None:
    before = set(folder.iterdir())
    for words in (
        *("bots list", "bots pause main", "send 2026-11-30", "withdraw 2026-11-30", "withdraw 2026-11-30 --undo"),
        *("fleet", "fleet --json", "audit", "audit --json", "status", "status --json"),
    ):
        shown = call(*words.split())
        assert shown.returncode == ExitCode.FAILURE
        assert "status" in words or not shown.stdout
        assert f"DATABASE: there is no database {folder / 'bot.db'}; the first digestbot run" in shown.stderr
    assert set(folder.iterdir()) == before


def test_list_shows_state_and_problems(folder: Path) -> None:
    add("--token-file", "token")
    waits = "waits for a process"
    for command, at_work, alone in (
        ("pause", "paused", f"paused, {waits}"),
        ("drain", "drained", "drained"),
        ("resume", "running", waits),
    ):
        shown = call("bots", command, "tech")
        assert (shown.returncode, shown.stdout.split()[0]) == (0, "tech")
        assert listed() == [f"main {waits} 0 none yet none", f"tech {alone} 0 none yet none"]
        with database_lock(folder / "bot.db"):
            assert listed() == ["main running 0 none yet none", f"tech {at_work} 0 none yet none"]
    (folder / "token").unlink()
    assert "token cannot be read (No such file or directory)" in " ".join(call("bots", "list").stdout.split())


def test_unknown_bot_is_named_with_those_there_are() -> None:
    asyncio.run(write_blank_file(Path("bot.db")))
    shown = call("bots", "pause", "tech")
    assert (shown.returncode, shown.stderr) == (1, "digestbot: there is no bot tech; there are main\n")


async def _claim(path: Path, claims: Mapping[int, int]) -> None:
    async with open_database(path) as opened:
        for bot_id, count in claims.items():
            async with opened.database.for_bot(bot_id).write() as tx:
                await bots.raise_claim_count(tx, count)
            HighWaterMark.beside(path, bot_id).write(count)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(folder: Path) -> None:
    """The service's user has to open what root has restored, or made before the first start."""
    backups = folder / "backups"
    backups.mkdir()
    home = folder / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    (folder / ".env").write_text(f"BOT_TOKEN={TOKEN}\nDATABASE=home/data/bot.db\n")
    add()
    path = home / "data" / "bot.db"
    assert run_backup(path, backups / "backup.db") == 0
    assert run_restore(path, backups / "backup.db") == 0
    HighWaterMark.beside(path).write(3)
    made = list(home.rglob("*"))
    assert {path.parent, path, path.with_name("bot.db.lock"), path.with_name("bot.db.mark")} < set(made)
    assert {(file.lstat().st_uid, file.lstat().st_gid) for file in made} == {(65534, 65534)}
    assert (backups / "backup.db").stat().st_uid == 0


def test_restored_backup_is_held_for_the_bots_that_sent_since(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first bot has sent nothing since the backup, and goes on with what is pending."""
    path = folder / "bot.db"
    add()
    asyncio.run(_claim(path, {1: 3, 2: 5}))
    assert run_backup(path, folder / "backup.db") == 0
    assert run_restore(path, folder / "backup.db") == 0
    assert "Nothing was sent since" in capsys.readouterr().out
    asyncio.run(_claim(path, {2: 9}))
    assert run_restore(path, folder / "backup.db") == 0
    assert "resume --after-restore" in capsys.readouterr().out
    assert [HighWaterMark.beside(path, bot_id).read() for bot_id in (1, 2)] == [3, 9]
    assert resume_after_restore(load_settings()) == 0

    async def read() -> list[tuple[int, bool]]:
        async with open_database(path) as opened:
            found = []
            for bot_id in (1, 2):
                async with opened.database.for_bot(bot_id).read() as tx:
                    found.append((await bots.claim_count(tx), await bots.restored_on(tx) is not None))
        return found

    assert asyncio.run(read()) == [(3, False), (9, True)]
