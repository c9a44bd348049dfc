"""Correct a delivered edition for thousands while the process is killed: `python -m tests.torture.corrections`.

edition to all -> correction -> SIGKILL, start, … -> a newer correction -> SIGKILL, start, … -> what each chat shows

Exit code 1 if somebody shows something else than the newest version, or has it twice, or if the last process fails.
"""

from __future__ import annotations

import sys
from pathlib import Path

from domain.delivery.policy import CorrectionPolicy
from tests.delivery.harness import ADMIN, MORNING, open_harness, run_of
from tests.delivery.test_corrections import FULL, texts_of, version
from tests.torture.repeated_kills import PATIENCE, Options, main, open_stage

OLD, NEW, NEWEST = "错字", "正字", "最新"


async def torture(folder: Path, options: Options) -> bool:
    """Kill the process so many times during two corrections; return whether everybody shows the newest version."""
    async with open_stage(folder, options) as stage:
        async with open_harness(stage.client, stage.path) as harness:
            crowd = await harness.crowd(options.people, preferences=FULL)
            chats = [chat for chat in crowd if chat != ADMIN]  # who gets notices too
            run_id = run_of(await harness.publish(version(OLD)))
            await harness.at(MORNING)
            await harness.finished(run_id, within=PATIENCE)
        stage.begin()
        for title, kills in ((NEW, options.kills // 2), (NEWEST, options.kills - options.kills // 2)):
            async with stage.harness(corrections=CorrectionPolicy.AT_ONCE) as harness:
                await harness.publish(version(title))
            await stage.kill(kills, "editMessageText")
        await stage.finish()
        expected, shown = await texts_of(version(NEWEST)), await stage.shown(chats)
        wrong = sum(texts != expected for texts in shown.values())
        sys.stdout.write(
            f"{len(chats)} people, {stage.interrupted} of {options.kills} kills while editing, {stage.seconds:.0f} s: "
            f"{len(chats) - wrong} show the newest version, {wrong} something else; "
            f"the last process exited with {stage.ended}\n"
        )
        return wrong == stage.ended == 0 and stage.interrupted == options.kills


if __name__ == "__main__":
    sys.exit(main(torture, __doc__))
