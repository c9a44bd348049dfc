"""Draw charts in a process of its own: the bot neither loads what draws nor waits for what hangs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import msgspec
import structlog

from domain.chat.chart import Chart

log = structlog.get_logger(__name__)

DRAWING_SECONDS = 15.0
"""How long a picture may take; an admin waits for it."""

_COMMAND = (sys.executable, "-I", "-m", "views.chart_drawing")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class ChartProcess:
    """Draw one chart at a time. The process inherits no settings, so it cannot leak any."""

    def __init__(self, command: Sequence[str] = _COMMAND, *, seconds: float = DRAWING_SECONDS) -> None:
        self._command, self._seconds = command, seconds
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, chart: Chart) -> bytes | None:
        """Return the chart as a PNG, or None if it could not be drawn in time."""
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self._seconds):
                    picture, error = await self._run(msgspec.json.encode(chart))
            except (OSError, TimeoutError) as failure:
                log.warning("chart_not_drawn", error=type(failure).__name__)
                return None
        if not picture.startswith(_PNG_SIGNATURE):
            log.warning("chart_not_drawn", error=error.decode(errors="replace").strip().rpartition("\n")[2])
            return None
        return picture

    async def _run(self, chart: bytes) -> tuple[bytes, bytes]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*self._command, stdin=pipe, stdout=pipe, stderr=pipe, env={})
        try:
            return await process.communicate(chart)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
