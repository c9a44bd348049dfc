"""Run the whole bot as the process of a soak, which reports what it holds: `python -m tests.soak.process CONFIG`.

CONFIG is a JSON object with "control", "api", "token", "folder", "rate" and "driver". Each second the process writes
one line of JSON to its standard output, the fields of `Sample`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bot.clock import Clock
from bot.demo import demo_settings, follow_clock
from bot.serve import serve_until_stopped
from bot.settings import DriverName
from tests.emulated_clock import offset_of
from tests.soak.growth import Sample

SAMPLE_SECONDS = 1.0


def main(config: str) -> int:
    options = json.loads(config)
    settings = demo_settings(
        options["api"], options["token"], Path(options["folder"]), DriverName(options["driver"])
    ).model_copy(update={"rate": options["rate"]})
    clock = Clock(offset_of(options["control"]))

    async def follow_and_sample(wake: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(follow_clock(options["control"], clock, wake))
            group.create_task(_write_samples())

    return serve_until_stopped(settings, clock=clock, background_task=follow_and_sample)


async def _write_samples() -> None:
    while True:
        sys.stdout.write(json.dumps(asdict(_sample())) + "\n")
        sys.stdout.flush()
        await asyncio.sleep(SAMPLE_SECONDS)


def _sample() -> Sample:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Sample(
        resident_mib=pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        descriptors=sum(1 for _ in Path("/proc/self/fd").iterdir()),
        tasks=len(asyncio.all_tasks()),
        threads=threading.active_count(),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
