"""The file in a folder of digests that keeps which readings its editors chose."""

from __future__ import annotations

import errno
import json
import tomllib
from pathlib import Path

import structlog

from digest.segmentation.profile import Profile

FILE_NAME = ".digestbot-profile.toml"
MAX_BYTES = 100_000

log = structlog.get_logger()

_HEAD = "# What editors chose, in the chat or by digestbot check --choose. Delete the file to forget it.\n"


def read_profile(folder: Path) -> Profile:
    """Return the profile of a folder, an empty one if there is none. Raises OSError if it cannot be read."""
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            fields = tomllib.loads(file.read(MAX_BYTES).decode())
        prefer, avoid = (tuple(map(str, fields.get(name, ()))) for name in ("prefer", "avoid"))
    except FileNotFoundError:
        return Profile()
    except (ValueError, TypeError) as error:
        raise OSError(errno.EINVAL, "it is no profile; delete it or choose anew", str(path)) from error
    return Profile(prefer, avoid)


def load_profile(folder: Path) -> Profile:
    """Return the profile of the bot's folder; without it digests are read all the same."""
    try:
        return read_profile(folder)
    except OSError as error:
        log.warning("profile_unreadable", error=type(error).__name__)
        return Profile()


def profile_to_toml(profile: Profile) -> str:
    """Return the content of a profile's file."""
    lists = {"prefer": profile.prefer, "avoid": profile.avoid}
    return _HEAD + "".join(f"{name} = [\n{_entries(values)}]\n" for name, values in lists.items())


def _entries(values: tuple[str, ...]) -> str:
    return "".join(f"  {json.dumps(value, ensure_ascii=False)},\n" for value in values)
