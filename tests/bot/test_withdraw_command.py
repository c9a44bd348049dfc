"""`digestbot withdraw`: the numbers first, the edition only with --yes, and back with --undo."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from domain.audit import OPERATOR, AuditAction
from storage import audit, digests
from storage.database import Database
from tests.bot.test_cli import call, flat
from tests.bot.test_send_command import DAY, prepare
from tests.databases import on_postgresql, open_database, postgresql_address


async def _check(path: Path) -> None:
    database: Database = await open_database(path, own=False)
    async with database.read() as tx:
        assert not await digests.is_withdrawn(tx, DAY)
        entries = [(entry.action, entry.actor, entry.edition) for entry in await audit.newest(tx)]
    await database.close()
    assert entries == [(AuditAction.RESTORED, OPERATOR, DAY), (AuditAction.WITHDRAWN, OPERATOR, DAY)]


def test_withdraw_shows_the_numbers_and_withdraws_only_with_yes(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    asyncio.run(prepare(path))
    environment = {
        "BOT_TOKEN": "1:first-loopback-token",
        "STATE_FOLDER": str(tmp_path),
        "DATABASE": postgresql_address(path).url if on_postgresql() else str(path),
    }
    shown = call("withdraw", DAY, **environment)
    assert shown.returncode == 0, shown.stderr
    assert f"{DAY}: 0 with it, " in shown.stdout
    assert f"to withdraw it: digestbot withdraw {DAY} --yes" in shown.stdout
    assert "there is no such edition" in call("withdraw", "2025-01-01", "--yes", **environment).stderr
    assert "it is withdrawn; its messages" in call("withdraw", DAY, "--yes", **environment).stdout
    again = call("withdraw", DAY, "--bot", "main", "--yes", **environment).stderr
    assert f"digestbot withdraw {DAY} --undo --bot main publishes it again" in again
    assert "it was withdrawn; digestbot withdraw" in call("send", DAY, "--now", **environment).stderr
    assert "is published again" in call("withdraw", DAY, "--undo", **environment).stdout
    asyncio.run(_check(path))
    call("send", DAY, "--now", **environment)
    assert f"{DAY}: 0 with it, 1 yet to get it" in call("withdraw", DAY, **environment).stdout
    assert '"actor": "operator"' in call("audit", "--json", **environment).stdout


@pytest.mark.parametrize(
    ("command", "state"),
    [("pause", "main is paused and sends no digest and no broadcast"), ("drain", "main is drained and does nothing")],
)
def test_halted_bot_promises_no_delivery(tmp_path: Path, command: str, state: str) -> None:
    path = tmp_path / "bot.db"
    asyncio.run(prepare(path))
    environment = {
        "BOT_TOKEN": "1:first-loopback-token",
        "STATE_FOLDER": str(tmp_path),
        "DATABASE": postgresql_address(path).url if on_postgresql() else str(path),
    }
    assert call("bots", command, "main", **environment).returncode == 0
    halt = f"{state} until: digestbot bots resume main"
    for words, answer in {
        ("send", DAY): "nothing was sent; to send it to them now",
        ("send", DAY, "--now"): "it goes to those who have not had it as soon as the bot may go on",
        ("withdraw", DAY): "nothing was changed; to withdraw it",
        ("withdraw", DAY, "--yes"): "its messages are taken back as soon as the bot may go on",
        ("withdraw", DAY, "--undo"): "is published again",
    }.items():
        shown = call(*words, **environment)
        assert shown.returncode == 0
        assert answer in flat(shown.stdout)
        assert flat(shown.stdout).endswith(halt)
        assert "within a minute" not in shown.stdout
    assert halt in flat(call("status", **environment).stdout)
    assert call("bots", "resume", "main", **environment).returncode == 0
    resumed = call("send", DAY, "--now", "--lang", "zh-Hans", **environment).stdout
    assert "一分钟内开始" in resumed
    assert "digestbot bots resume" not in resumed + call("status", **environment).stdout
