"""`digestbot resume` on a server keeps all bots until it has ended, however long that takes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from bot.backup_commands import resume_after_restore
from bot.exit_code import ExitCode
from bot.settings import Settings
from delivery import restore
from delivery.restore import ResumeResult
from storage.advisory_locks import LockSpace
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.database import connect
from tests.waiting import PATIENCE

LAST_HEARD = f"""SELECT query_start FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE locktype = 'advisory' AND classid = {LockSpace.BOT:d} AND granted"""  # noqa: S608 - a constant
PATIENCE_SECONDS = PATIENCE


def test_resume_of_many_bots_keeps_them(
    address: PostgresqlAddress, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[object] = []

    async def resume_slowly(*_args: object) -> ResumeResult:
        connection = await connect(address)
        first = await connection.fetchval(LAST_HEARD)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (last := await connection.fetchval(LAST_HEARD)) == first:  # noqa: ASYNC110 - the server notifies nobody
                await asyncio.sleep(0.05)
        heard.append(last)
        await connection.close()
        return ResumeResult(0, 0)

    monkeypatch.setattr(restore, "resume_after_restore", resume_slowly)
    token = SecretStr("42:" + "a" * 35)
    settings = Settings(bot_token=token, database=address, state_folder=tmp_path)
    assert resume_after_restore(settings) == ExitCode.SUCCESS
    assert [moment is not None for moment in heard] == [True]
