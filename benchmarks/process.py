"""Pin processes to cores, and read their memory and CPU time. Imports nothing that a measured start would notice."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def pin(core: int, pid: int = 0) -> None:
    """Keep a process (this one by default) on one core, before other work, where the system allows it."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, -10)
    if hasattr(os, "sched_setaffinity") and core < (os.cpu_count() or 1):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, {core})


def resident_mb(pid: int, field: str = "VmRSS") -> float:
    """Return a process's memory in MiB; `VmHWM` is the most it ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def cpu_seconds(pid: int) -> float:
    """Return the user and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
