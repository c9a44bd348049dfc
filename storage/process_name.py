"""Name of this process in the database."""

from __future__ import annotations

import os
import socket

APPLICATION = "digestbot"


def process_name() -> str:
    """Return what this process is called as the owner of bots: machine and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def application_name() -> str:
    """Return what this process is called by the connections that it opens; PostgreSQL keeps 63 bytes of it."""
    return f"{APPLICATION} {process_name()}"
