"""Import one framework, run an empty event loop and print the memory: the floor of a bot's start and memory.

python -m benchmarks.framework_floor aiogram|telegram
"""

from __future__ import annotations

import asyncio
import os
import sys
from importlib import import_module

from benchmarks.process import pin, resident_mb

if __name__ == "__main__":
    pin(1)
    import_module(sys.argv[1])
    asyncio.run(asyncio.sleep(0))
    print(resident_mb(os.getpid(), "VmHWM"))
