"""Name of this process in the database."""

from __future__ import annotations

import os
import socket
import zlib

APPLICATION = "digestbot"

MAX_HOST_CHARACTERS = 40
"""PostgreSQL keeps 63 bytes of a connection's name; the application, a process id and a role are to fit in too."""


def process_name() -> str:
    """Return what this process is called as the owner of bots: machine and process id."""
    return process_name_of(str(os.getpid()))


def process_name_of(pid: str) -> str:
    """Return what a process of this machine is called."""
    host = socket.gethostname()
    if len(host) > MAX_HOST_CHARACTERS:  # machines of one cluster may differ at the end only
        mark = f"~{zlib.crc32(host.encode()):08x}"
        host = host[: MAX_HOST_CHARACTERS - len(mark)] + mark
    return f"{host}:{pid}"


def application_name(role: str = "") -> str:
    """Return what this process is called by the connections that it opens, in 63 bytes at most."""
    return f"{APPLICATION} {process_name()} {role}".strip()


def parse_application_name(name: str) -> tuple[str, str]:
    """Return the process and its role (empty: not said) of a name that `application_name` has made."""
    process, _, role = name.removeprefix(f"{APPLICATION} ").partition(" ")
    return process, role
