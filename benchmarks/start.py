"""From the start of the process to the first answered command, with each framework.

    python -m benchmarks.start [--json] [--quick]

A canned server holds a /help ready; the whole bot starts in a process of its own, over the database of an earlier
start, and the clock stops when the answer arrives. The frameworks take turns, so that a busy machine is fair to both.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from benchmarks import rig
from bot.settings import Framework

TOO_LONG = aiohttp.ClientTimeout(total=60)


async def first_answer(api: str, folder: Path, driver: Framework, chat: int) -> float:
    """Seconds until a bot that is just being started has answered."""
    began = time.monotonic()
    async with rig.bot_process(api, folder, 30, driver=driver), aiohttp.ClientSession(timeout=TOO_LONG) as session:
        async with session.get(f"{api}/ask?{chat}") as answer:
            await answer.read()
        return time.monotonic() - began


async def measure(*, quick: bool) -> dict[str, Any]:
    times: dict[Framework, list[float]] = {driver: [] for driver in Framework}
    with rig.canned() as api, tempfile.TemporaryDirectory(prefix="start-") as name:
        folder = Path(name)
        (folder / "digests").mkdir()
        await first_answer(api, folder, Framework.PTB, 90_000_000)  # makes the database
        for number in range(3 if quick else 9):
            for place, driver in enumerate(times):
                times[driver].append(await first_answer(api, folder, driver, 91_000_000 + 10 * number + place))
    medians = {driver: statistics.median(taken) for driver, taken in times.items()}
    return {
        "aiogram_to_ptb": round(medians[Framework.AIOGRAM] / medians[Framework.PTB], 2),
        **{f"{driver}_seconds": round(median, 2) for driver, median in medians.items()},
        **{f"{driver}_best_seconds": round(min(taken), 2) for driver, taken in times.items()},
        "starts_of_each": len(times[Framework.PTB]),
    }


def main() -> None:
    given = rig.arguments(__doc__)
    rig.pin(0)
    rig.tell({"benchmark": "start", "quick": given.quick} | uvloop.run(measure(quick=given.quick)), as_json=given.json)


if __name__ == "__main__":
    main()
