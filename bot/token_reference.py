"""Where a bot's token is: in an environment variable or a file. The database holds the reference, never the token."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from bot.env_file import TOKEN_VARIABLE_PREFIX
from bot.setting_values import TOKEN_FORM, parse_token

MAX_TOKEN_FILE_BYTES = 1000

_VARIABLE = re.compile(f"{TOKEN_VARIABLE_PREFIX}[A-Z0-9_]+")


class TokenUnusable(Exception):
    """A token cannot be read; the message says why and what to do, without the token."""


def variable_reference(name: str) -> str:
    """Return the reference to a variable. Raises `TokenUnusable` for a name that another program might use."""
    if not _VARIABLE.fullmatch(name):
        raise TokenUnusable(f"{name}: the variable's name must begin with {TOKEN_VARIABLE_PREFIX}, as BOT_TOKEN_TECH")
    return f"env:{name}"


def file_reference(path: Path) -> str:
    """Return the reference to a file."""
    return f"file:{path.absolute()}"


def read_token(reference: str, environment: Mapping[str, str]) -> SecretStr:
    """Return the token that a reference points to. Raises `TokenUnusable`."""
    kind, _, where = reference.partition(":")
    text = environment.get(where, "") if kind == "env" else _read_file(Path(where))
    if not text.strip():
        what = "is empty or not set" if kind == "env" else "is empty"
        raise TokenUnusable(f"{where} {what}; write the bot's token from @BotFather into it")
    try:
        return parse_token(text.strip())
    except ValueError as error:
        raise TokenUnusable(f"{where}: {error}") from None


def _read_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            if stat.S_IMODE(mode) & stat.S_IRWXO:
                raise TokenUnusable(f"{path} can be read or changed by every user; make it yours: chmod 600 {path}")
            return file.read(MAX_TOKEN_FILE_BYTES).decode("ascii")
    except UnicodeDecodeError:
        raise TokenUnusable(f"{path} is not a token; {TOKEN_FORM}") from None
    except OSError as error:
        raise TokenUnusable(f"{path} cannot be read ({error.strerror})") from None
