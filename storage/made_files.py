"""Folders and files that this program makes: what root makes belongs to the user that the bot runs as."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Create a folder, and those above it that are missing."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    leave_to_owner_of_folder(folder)


def leave_to_owner_of_folder(made: Path) -> None:
    """Give what root has made to the owner of its folder: the user that the bot runs as has to open it.

    A link is never followed, as that user may have put it there.
    """
    if os.geteuid() == 0:
        owner = made.parent.stat()
        with contextlib.suppress(OSError):  # root without the right to do so, as in a container
            os.chown(made, owner.st_uid, owner.st_gid, follow_symlinks=False)
