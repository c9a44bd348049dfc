"""Edit a broadcast that thousands have while the process is killed: `python -m tests.torture.edits`.

broadcast to all -> edit -> SIGKILL, start, … -> a newer edit -> SIGKILL, start, … -> what each chat shows

Exit code 1 if somebody shows something else than the newest text, or has it twice, or if the last process fails.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.delivery.harness import ADMIN, MORNING, open_harness
from tests.delivery.test_broadcast_edits import draft_broadcast, edit_broadcast
from tests.torture.repeated_kills import PATIENCE, Options, main, open_stage

OLD, NEW, NEWEST = "at eight", "at nine", "at ten"


async def torture(folder: Path, options: Options) -> bool:
    """Kill the process so many times during two edits; return whether everybody shows the newest text."""
    async with open_stage(folder, options) as stage:
        async with open_harness(stage.client, stage.path) as harness:
            chats = [chat for chat in await harness.crowd(options.people) if chat != ADMIN]
            run_id = await draft_broadcast(harness, OLD)
            await harness.at(MORNING)
            await harness.finished(run_id, within=PATIENCE)
        stage.begin()
        for text, kills in ((NEW, options.kills // 2), (NEWEST, options.kills - options.kills // 2)):
            async with stage.harness() as harness:
                assert await edit_broadcast(harness, run_id, text)
            await stage.kill(kills, "editMessageText")
        await stage.finish()
        shown = await stage.shown(chats)
        wrong = sum(texts != [NEWEST] for texts in shown.values())
        sys.stdout.write(
            f"{len(chats)} people, {stage.interrupted} of {options.kills} kills while editing, {stage.seconds:.0f} s: "
            f"{len(chats) - wrong} show the newest text, {wrong} something else; "
            f"the last process exited with {stage.ended}\n"
        )
        return wrong == stage.ended == 0 and stage.interrupted == options.kills


if __name__ == "__main__":
    sys.exit(main(torture, __doc__))
