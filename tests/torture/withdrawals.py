"""Withdraw an edition from thousands while the process is killed: `python -m tests.torture.withdrawals`.

edition to all -> correction -> SIGKILL -> withdrawal -> start, SIGKILL, … -> what each chat shows

The correction is on its way when the edition is withdrawn. Exit code 1 if somebody shows anything of it at the end, if
anything was sent or edited after the withdrawal was stored, or if the last process fails.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from domain.delivery.policy import CorrectionPolicy
from domain.delivery.withdrawal import WithdrawalFigures
from emulator.client import EmulatorClient
from storage import run_progress, withdrawals
from tests.delivery.harness import ADMIN, DAY, MORNING, open_harness, run_of
from tests.delivery.test_corrections import FULL, version
from tests.torture.repeated_kills import PATIENCE, Options, Stage, main, open_stage

SENDING = "sendMessage", "editMessageText"


async def torture(folder: Path, options: Options) -> bool:
    """Kill the process so many times during the withdrawal; return whether nobody keeps the edition."""
    async with open_stage(folder, options) as stage:
        client = stage.client
        async with open_harness(client, stage.path) as harness:
            chats = [chat for chat in await harness.crowd(options.people, preferences=FULL) if chat != ADMIN]
            run_id = run_of(await harness.publish(version("错字")))
            await harness.at(MORNING)
            await harness.finished(run_id, within=PATIENCE)
        stage.begin()
        async with stage.harness(corrections=CorrectionPolicy.AT_ONCE) as harness:
            await harness.publish(version("正字"))
        await stage.kill_once("editMessageText", max(1, options.people // 20))
        async with stage.harness() as harness, harness.database.write() as tx:
            await withdrawals.withdraw(tx, DAY, actor=ADMIN, now=harness.clock())
        since, stage.interrupted = await client.last_call_seq(), 0
        await stage.kill(options.kills, "deleteMessage")
        await stage.finish()
        later = [call for method in SENDING for call in await client.calls(method, since)]
        sent_later = sum(call.chat_id in set(chats) for call in later)
        sent, deleted = await _messages(client, "bot_message", chats), await _messages(client, "bot_delete", chats)
        shown = len(sent - deleted)
        figures = await _figures(stage)
        sys.stdout.write(
            f"{len(chats)} people, {stage.interrupted} of {options.kills} kills while withdrawing, "
            f"{stage.seconds:.0f} s: "
            f"{figures.deleted} messages deleted, {figures.unconfirmed} unconfirmed, {figures.kept} kept; "
            f"{shown} still shown, {sent_later} sent or edited afterwards; "
            f"the last process exited with {stage.ended}\n"
        )
        return shown == sent_later == stage.ended == 0 and stage.interrupted == options.kills


async def _messages(client: EmulatorClient, kind: str, chats: Iterable[int]) -> set[tuple[int | None, int | None]]:
    """Return chat and number of each message that log entries of a kind are about."""
    wanted = set(chats)
    return {(entry.chat_id, entry.message_id) for entry in await client.log(kind=kind) if entry.chat_id in wanted}


async def _figures(stage: Stage) -> WithdrawalFigures:
    async with stage.harness() as harness, harness.database.read() as tx:
        withdrawal = await withdrawals.newest(tx, DAY)
        progress = None if withdrawal is None else await run_progress.get(tx, withdrawal.id)
    return WithdrawalFigures() if progress is None or progress.withdrawal is None else progress.withdrawal


if __name__ == "__main__":
    sys.exit(main(torture, __doc__))
