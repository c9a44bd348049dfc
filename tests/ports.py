"""Ports on which a test listens later, or again, or never.

A port that the system chooses (`bind` to port 0) is one that it also gives to outgoing connections and to other
servers that let it choose: between two starts of a process, any of them may take it. These ports are below the range
that systems choose from (from 32,768 on Linux, from 49,152 elsewhere: RFC 6335, section 6).
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator

_FIRST, _END = 20_000, 32_768


def _ports_of_worker() -> Iterator[int]:
    """Yield ports that no other worker of this run tries, each once, in an order of this process's own."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    ports = list(range(_FIRST + number, _END, count))
    random.Random(os.getpid()).shuffle(ports)
    return iter(ports)


_ports = _ports_of_worker()


def unused_port() -> int:
    """Return a port on which nothing listens, another one each time."""
    for port in _ports:
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise RuntimeError(f"no port of {_FIRST} to {_END - 1} is free")
