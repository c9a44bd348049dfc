"""Name of this process in the database."""

from __future__ import annotations

import os
import socket

APPLICATION = "digestbot"


def process_name() -> str:
    """Return what this process is called as the owner of bots: machine and process id."""
    return process_name_of(str(os.getpid()))


def process_name_of(pid: str) -> str:
    """Return what a process of this machine is called."""
    return f"{socket.gethostname()}:{pid}"


def application_name(role: str = "") -> str:
    """Return what this process is called by the connections that it opens; PostgreSQL keeps 63 bytes of it."""
    return f"{APPLICATION} {process_name()} {role}".strip()


def parse_application_name(name: str) -> tuple[str, str]:
    """Return the process and its role (empty: not said) of a name that `application_name` has made."""
    process, _, role = name.removeprefix(f"{APPLICATION} ").partition(" ")
    return process, role
