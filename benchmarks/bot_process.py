"""Run the whole bot, as the benchmarks start it: `python -m benchmarks.bot_process API TOKEN FOLDER RATE DRIVER`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.process import pin
from bot import gc_tuning
from bot.settings import DriverName


def main(api: str, token: str, folder: str, rate: str, driver: str) -> int:
    pin(1)
    gc_tuning.disable_during_startup()
    from bot.demo import demo_settings  # noqa: PLC0415
    from bot.serve import serve_until_stopped  # noqa: PLC0415 - after collection was held off, as in `digestbot run`

    settings = demo_settings(api, token, Path(folder), DriverName(driver))
    return serve_until_stopped(settings.model_copy(update={"rate": float(rate)}))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
