"""Run the whole bot as the process under torture: `python -m tests.torture.process CONFIG`.

CONFIG is a JSON object with "control", "api", "token", "folder", "rate" and "mutation".
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bot.app import serve_until_stopped
from bot.clock import Clock
from bot.demo import demo_settings, follow_clock
from tests.emulated_clock import offset_of
from tests.torture.mutations import MUTATIONS


def main(config: str) -> int:
    options = json.loads(config)
    if options["mutation"]:
        MUTATIONS[options["mutation"]]()
    settings = demo_settings(options["api"], options["token"], Path(options["folder"]))
    clock = Clock(offset_of(options["control"]))
    return serve_until_stopped(
        settings.model_copy(update={"rate": options["rate"]}),
        clock=clock,
        background_task=lambda moved: follow_clock(options["control"], clock, moved),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
