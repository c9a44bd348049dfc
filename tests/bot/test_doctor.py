"""`digestbot doctor`: each fault of settings, machine, folder, database or network is named with its remedy."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.doctor.command import find_all
from bot.doctor.file_systems import file_system_kind
from bot.doctor.findings import Finding, Level
from bot.exit_code import ExitCode
from bot.settings import InvalidSettings, Settings, load_settings
from delivery.high_water_mark import HighWaterMark
from domain.delivery.states import BotState
from emulator.client import EmulatorClient, run_emulator
from storage import bots
from storage.sqlite.database import SqliteDatabase
from storage.sqlite.lock import database_lock
from storage.sqlite.moved import mark_moved
from tests.bot.harness import BotInstallation, load_settings_of
from tests.bot.test_cli import EXAMPLES, call
from tests.hostile_server import HostileServer, http_response

pytestmark = pytest.mark.sqlite
ROOT_ADVICE = {"user"}
"""Subjects that depend on who runs the tests."""


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorClient]:
    async with run_emulator() as found:
        yield found


@pytest.fixture(autouse=True)
def _in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def settings(tmp_path: Path, emulator: EmulatorClient) -> Settings:
    """Return the settings of an installation in which all is good."""
    owner = await emulator.create_user("Olga", language="en")
    await owner.send("/start")
    installation = BotInstallation(tmp_path, emulator, admins=(owner.id,))
    installation.digests.mkdir()
    shutil.copy(EXAMPLES[-1], installation.digests)
    return load_settings_of(installation)


async def found(given: Settings | InvalidSettings) -> list[Finding]:
    return [finding async for finding in find_all(given) if finding.subject not in ROOT_ADVICE]


async def findings_of(given: Settings | InvalidSettings, subject: str) -> list[tuple[Level, str, str]]:
    return [(entry.level, entry.text, entry.remedy) for entry in await found(given) if entry.subject == subject]


async def not_good(given: Settings | InvalidSettings) -> list[tuple[str, Level, str]]:
    return [(entry.subject, entry.level, entry.text) for entry in await found(given) if entry.level is not Level.GOOD]


async def create_database(settings: Settings) -> SqliteDatabase:
    assert isinstance(settings.database, Path)
    database = await SqliteDatabase.open(settings.database)
    settings.database.chmod(0o600)
    return database


async def test_good_installation_has_nothing_to_do(settings: Settings) -> None:
    entries = await found(settings)
    assert [entry.subject for entry in entries if entry.level is Level.GOOD] == [
        "versions",
        "permissions",
        "time zone",
        "disk",
        "database",
        "folder",
        "digest",
        "network",
        "token",
        "clock",
        "groups",
        "inline mode",
        "updates",
        "admins",
    ]
    assert [entry for entry in entries if entry.level is not Level.GOOD] == []


async def test_nothing_is_created(settings: Settings, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    await found(settings)
    assert sorted(tmp_path.rglob("*")) == before


async def test_wrong_settings_are_listed_and_the_rest_is_checked(settings: Settings) -> None:
    (Path.cwd() / ".env").write_text("BOT_TOKEN=none\nMORNING=25\n")
    Path(".env").chmod(0o600)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    entries = await found(caught.value)
    assert [entry.text.partition(":")[0] for entry in entries if entry.subject == "settings"] == [
        "BOT_TOKEN",
        "MORNING",
    ]
    subjects = {entry.subject for entry in entries}
    assert "database" in subjects
    assert not subjects & {"network", "token"}


async def test_token_that_telegram_refuses(settings: Settings) -> None:
    wrong = settings.model_copy(update={"bot_token": type(settings.bot_token)("99:other")})
    (finding,) = await findings_of(wrong, "token")
    assert finding[0] is Level.BAD
    assert "@BotFather" in finding[1]


async def test_telegram_out_of_reach_names_proxy(settings: Settings) -> None:
    away = settings.model_copy(update={"api_url": "http://127.0.0.1:9"})
    (finding,) = await findings_of(away, "network")
    assert finding[0] is Level.BAD
    assert finding[1].startswith("127.0.0.1:9 cannot be reached: ")
    assert "set PROXY" in finding[2]


@pytest.mark.parametrize(("offset", "words"), [(timedelta(hours=-1), "ahead of"), (timedelta(minutes=5), "behind")])
async def test_clock_that_is_wrong(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, offset: timedelta, words: str
) -> None:
    me = json.dumps({"ok": True, "result": {"id": 1, "username": "x_bot"}}).encode()
    async with HostileServer(settings.api_url).running() as server:
        date = format_datetime(datetime.now(UTC) + offset, usegmt=True)
        server.answer = lambda method: http_response(200, me, ("Date", date)) if method == "getMe" else None
        (finding,) = await findings_of(settings.model_copy(update={"api_url": server.url}), "clock")
    assert finding[0] is Level.BAD
    assert f"seconds {words} Telegram's" in finding[1]
    assert "timedatectl" in finding[2]


async def test_page_of_a_provider_is_no_telegram(settings: Settings) -> None:
    async with HostileServer(settings.api_url).running() as server:
        server.answer = lambda _method: http_response(200, b"<html>Pay your bill</html>")
        (finding,) = await findings_of(settings.model_copy(update={"api_url": server.url}), "network")
    assert finding[0] is Level.BAD
    assert "not the Bot API's" in finding[1]


HOOK = "https://bot.example/hook"


@pytest.mark.parametrize(
    ("wanted", "info", "level", "text"),
    [
        (None, {"url": HOOK}, Level.ADVICE, "a webhook is set at bot.example, though WEBHOOK_URL is empty"),
        (HOOK, {"url": ""}, Level.ADVICE, "the webhook is not the one of WEBHOOK_URL"),
        (HOOK, {"url": HOOK, "pending_update_count": 2}, Level.GOOD, "by the webhook, 2 wait"),
        (
            HOOK,
            {"url": HOOK, "pending_update_count": 2, "last_error_message": "Connection refused"},
            Level.BAD,
            "Telegram cannot reach the webhook, 2 updates wait: Connection refused",
        ),
    ],
)
async def test_webhook_as_telegram_has_it(
    settings: Settings, wanted: str | None, info: dict[str, object], level: Level, text: str
) -> None:
    body = json.dumps({"ok": True, "result": info}).encode()
    async with HostileServer(settings.api_url).running() as server:
        server.answer = lambda method: http_response(200, body) if method == "getWebhookInfo" else None
        changed = settings.model_copy(update={"api_url": server.url, "webhook_url": wanted})
        (finding,) = await findings_of(changed, "updates")
    assert finding[:2] == (level, text)


async def test_taken_port_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (finding,) = await findings_of(settings.model_copy(update={"metrics_port": port}), "ports")
    assert finding[0] is Level.BAD
    assert str(port) in finding[1]


async def test_restored_backup_that_is_too_old(settings: Settings) -> None:
    await (await create_database(settings)).close()
    assert isinstance(settings.database, Path)
    HighWaterMark.beside(settings.database).write(7)
    ((subject, level, _),) = await not_good(settings)
    assert (subject, level) == ("restore", Level.BAD)


async def test_admin_who_has_not_pressed_start(settings: Settings) -> None:
    strangers = settings.model_copy(update={"admin_ids": frozenset({*settings.admin_ids, 4242})})
    (finding,) = await findings_of(strangers, "admins")
    assert finding[:2] == (Level.ADVICE, "the bot cannot write to 4242")
    (nobody,) = await findings_of(settings.model_copy(update={"admin_ids": frozenset()}), "admins")
    assert "ADMIN_IDS" in nobody[2]


async def test_files_that_others_can_read(settings: Settings) -> None:
    Path(".env").write_text("")
    Path(".env").chmod(0o644)
    (finding,) = await findings_of(settings, "permissions")
    assert finding[0] is Level.ADVICE
    assert finding[2] == f"chmod 600 '{Path('.env').absolute()}'"
    Path(".env").chmod(0o600)
    assert await not_good(settings) == []


async def test_no_folder_is_to_lose_its_search_bit(settings: Settings) -> None:
    Path(".env").mkdir(mode=0o755)
    Path("sub").mkdir(mode=0o755)
    folder = settings.model_copy(update={"database": Path("sub")})
    assert [level for level, *_ in await findings_of(folder, "permissions")] == [Level.GOOD]


async def test_folder_that_is_missing_or_empty(settings: Settings) -> None:
    for file in settings.digests.iterdir():
        file.unlink()
    (empty,) = await findings_of(settings, "folder")
    assert empty[0] is Level.ADVICE
    assert empty[1].endswith("has no digest")
    settings.digests.rmdir()
    (first_start,) = await findings_of(settings, "folder")
    assert first_start[:2] == (Level.GOOD, f"{settings.digests} does not exist yet; the first start creates it")
    assert isinstance(settings.database, Path)
    settings.database.touch()
    (missing,) = await findings_of(settings, "folder")
    assert missing[2] == f"look at its disk or mount; or: mkdir -p '{settings.digests}'"


async def test_digest_with_errors_names_check(settings: Settings) -> None:
    (settings.digests / "2099-01-01.md").write_text("---\ntitle: Nothing\n---\n\nNo items and no date.\n")
    (settings.digests / "link.md").symlink_to("/etc/hostname")
    assert await not_good(settings) == [
        ("folder", Level.ADVICE, "link.md is not read (leads outside)"),
        ("digest", Level.ADVICE, "2099-01-01.md has 1 error"),
    ]


async def test_newest_digest_is_that_of_the_newest_day(settings: Settings) -> None:
    (newest,) = settings.digests.iterdir()
    (settings.digests / "zz-older.md").write_bytes(EXAMPLES[0].read_bytes())
    ((_, text, _),) = await findings_of(settings, "digest")
    assert text == f"{newest.name} has 10 items and no error"
    (settings.digests / "broken.md").write_text("---\ndate: 2099-01-01\n---\n\nNo items.\n")
    assert [text for _, text, _ in await findings_of(settings, "digest")] == ["broken.md has 1 error"]


async def test_file_that_was_changed_last_is_looked_at(settings: Settings) -> None:
    (newest,) = settings.digests.iterdir()
    os.utime(newest, (1, 1))
    (settings.digests / "a.md").write_text("---\ntitle: Nothing\n---\n\nNo items and no date.\n")
    assert [text for _, text, _ in await findings_of(settings, "digest")] == [
        f"{newest.name} has 10 items and no error",
        "a.md has 2 errors",
    ]


async def test_edition_of_two_files_is_named(settings: Settings) -> None:
    (newest,) = settings.digests.iterdir()
    shutil.copy(newest, settings.digests / "again.md")
    _, (level, text, remedy) = await findings_of(settings, "digest")
    assert level is Level.ADVICE
    assert text.startswith(f"{settings.digests / 'again.md'} and {newest} both hold the edition of {newest.stem}")
    assert remedy == f"digestbot check '{settings.digests / 'again.md'}' '{newest}'"


async def test_database_at_work_is_looked_at(settings: Settings) -> None:
    database = await create_database(settings)
    assert isinstance(settings.database, Path)
    try:
        with database_lock(settings.database):
            texts = [text for _, text, _ in await findings_of(settings, "database")]
    finally:
        await database.close()
    assert len(texts) == 1
    assert texts[0].endswith("MB, the bot is running")


async def test_damaged_database_names_restore(settings: Settings) -> None:
    await (await create_database(settings)).close()
    assert isinstance(settings.database, Path)
    size = settings.database.stat().st_size
    with settings.database.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    (finding,) = await findings_of(settings, "database")
    assert finding[0] is Level.BAD
    assert "digestbot restore" in finding[2]


async def test_moved_database_names_its_target(settings: Settings) -> None:
    database = await create_database(settings)
    async with database.write() as tx:
        await mark_moved(tx, "postgresql://db.example/news")
    await database.close()
    (finding,) = await findings_of(settings, "database")
    assert finding[0] is Level.BAD
    assert "db.example" in finding[1]


async def test_older_schema_is_not_migrated(settings: Settings) -> None:
    await (await create_database(settings)).close()
    assert isinstance(settings.database, Path)
    with sqlite3.connect(settings.database) as connection:
        for column in ("question", "question_at"):
            connection.execute(f"ALTER TABLE subscribers DROP COLUMN {column}")
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
    connection.close()
    levels = [level for level, _, _ in await findings_of(settings, "database")]
    assert levels == [Level.ADVICE, Level.GOOD]
    with sqlite3.connect(settings.database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0003",)
    connection.close()


async def test_database_without_the_schema_that_it_names_is_bad(settings: Settings) -> None:
    await (await create_database(settings)).close()
    assert isinstance(settings.database, Path)
    with sqlite3.connect(settings.database) as connection:
        connection.execute("ALTER TABLE subscribers DROP COLUMN last_seen_at")
    connection.close()
    (finding,) = await findings_of(settings, "database")
    assert finding[0] is Level.BAD
    assert "subscribers.last_seen_at" in finding[1]
    assert "digestbot restore" in finding[2]


async def test_further_bots_are_checked_under_their_names(settings: Settings, tmp_path: Path) -> None:
    database = await create_database(settings)
    async with database.write() as tx:
        await bots.add(tx, "tech", f"file:{tmp_path / 'missing'}", {"digests": str(tmp_path / "tech")})
        await bots.add(tx, "food", "env:FOOD_TOKEN", {"digests": str(tmp_path / "food"), "rate": "fast"})
        await bots.set_state(tx, "food", BotState.PAUSED)
    await database.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FOOD_TOKEN", "77:loopback-token")
        unwell = await not_good(settings)
    assert [(subject, level) for subject, level, _ in unwell] == [
        ("tech: token", Level.BAD),
        ("food: settings", Level.BAD),
    ]


MOUNTS = r"""22 1 8:1 / / rw - ext4 /dev/sda1 rw
23 22 0:30 / /srv/news\040bot rw,relatime shared:1 - nfs4 server:/export rw
24 22 0:31 / /run rw - tmpfs tmpfs rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/srv/other", "ext4"), ("/srv/news bot/data/bot.db", "nfs4"), ("/run/bot.db", "tmpfs"), ("/running", "ext4")],
)
def test_kind_of_file_system_is_that_of_the_nearest_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, kind: str
) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS)
    monkeypatch.setattr(Path, "exists", lambda _path: True)
    assert file_system_kind(Path(path), tmp_path / "mountinfo") == kind
    assert file_system_kind(Path(path), tmp_path / "none") is None


def test_command_prints_remedies_and_no_token(tmp_path: Path) -> None:
    token = "123456:loopback-secret-token"
    (tmp_path / "news").mkdir()
    shown = call("doctor", BOT_TOKEN=token, API_URL="http://127.0.0.1:9", DIGESTS=str(tmp_path / "news"))
    assert shown.returncode == ExitCode.FAILURE
    assert "→ put a digest there" in shown.stdout
    assert shown.stdout.rstrip().endswith("keeps the bot from working.")
    as_json = call("doctor", "--json", BOT_TOKEN=token, API_URL="http://127.0.0.1:9")
    assert {json.loads(line)["level"] for line in as_json.stdout.splitlines()} >= {"good", "bad"}
    assert "secret" not in shown.stdout + shown.stderr + as_json.stdout + as_json.stderr


async def test_check_that_hangs_is_a_finding(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.doctor.command.CHECK_TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        (finding,) = await findings_of(settings.model_copy(update={"api_url": url}), "telegram")
    assert finding[:2] == (Level.BAD, "took more than 0.05 seconds")
