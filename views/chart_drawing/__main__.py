"""Read a chart as JSON from stdin and write it as a PNG to stdout, with bounded memory and time.

The bot starts this as a process of its own, so that neither a fault nor a hostile text costs more than the picture.
"""

from __future__ import annotations

import contextlib
import resource
import sys

import msgspec

MAX_MEMORY_BYTES = 512 << 20
MAX_CPU_SECONDS = 10


def main() -> None:
    _limit(resource.RLIMIT_AS, MAX_MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, MAX_CPU_SECONDS)
    from domain.chat.chart import Chart  # noqa: PLC0415 - within the limits
    from views.chart_drawing.draw import draw_chart  # noqa: PLC0415 - within the limits

    sys.stdout.buffer.write(draw_chart(msgspec.json.decode(sys.stdin.buffer.read(), type=Chart)))


def _limit(what: int, most: int) -> None:
    """Lower a limit of this process; where that is forbidden, or a lower one holds, the surroundings limit it."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
