"""Where a bot's token is: in an environment variable or a file. The database holds the reference, never the token."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from bot.env_file import TOKEN_VARIABLE_PREFIX
from bot.setting_values import TOKEN_FORM, parse_token
from domain.chat.i18n import gettext_noop, lazy_text
from domain.known_reasons import reason_text

MAX_TOKEN_FILE_BYTES = 1000

_VARIABLE = re.compile(f"{TOKEN_VARIABLE_PREFIX}[A-Z0-9_]+")


class TokenUnusable(Exception):
    """A token cannot be read; the message says why and what to do, without the token."""


def variable_reference(name: str) -> str:
    """Return the reference to a variable. Raises `TokenUnusable` for a name that another program might use."""
    if not _VARIABLE.fullmatch(name):
        raise TokenUnusable(
            lazy_text(
                "{name}: the variable's name must begin with {prefix}, as BOT_TOKEN_TECH",
                name=name,
                prefix=TOKEN_VARIABLE_PREFIX,
            )
        )
    return f"env:{name}"


def file_reference(path: Path) -> str:
    """Return the reference to a file."""
    return f"file:{path.absolute()}"


def token_source(reference: str) -> str:
    """Return the variable or the file that a reference points to."""
    return reference.partition(":")[2]


def read_token(reference: str, environment: Mapping[str, str]) -> SecretStr:
    """Return the token that a reference points to. Raises `TokenUnusable`."""
    kind, _, where = reference.partition(":")
    text = environment.get(where, "") if kind == "env" else _read_file(Path(where))
    if not text.strip():
        if kind == "env":
            template = gettext_noop("{where} is empty or not set; write the bot's token from @BotFather into it")
        else:
            template = gettext_noop("{where} is empty; write the bot's token from @BotFather into it")
        raise TokenUnusable(lazy_text(template, where=where))
    try:
        return parse_token(text.strip())
    except ValueError as error:
        raise TokenUnusable(lazy_text("{name}: {problem}", name=where, problem=str(error))) from None


def _read_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            if stat.S_IMODE(mode) & stat.S_IRWXO:
                raise TokenUnusable(
                    lazy_text("{path} can be read or changed by every user; make it yours: chmod 600 {path}", path=path)
                )
            return file.read(MAX_TOKEN_FILE_BYTES).decode("ascii")
    except UnicodeDecodeError:
        raise TokenUnusable(lazy_text("{path} is not a token; {form}", path=path, form=TOKEN_FORM)) from None
    except OSError as error:
        raise TokenUnusable(
            lazy_text("{path} cannot be read ({reason})", path=path, reason=reason_text(error.strerror))
        ) from None
