"""Settings of one bot among several: those of the process, with what the database holds for this bot alone.

The first bot has the settings of the process as they are. Each further one has its own token and digest folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr, ValidationError

from bot.env_file import read_env_file
from bot.settings import ENV_FILE, NAMES, Settings
from bot.token_reference import token_source
from domain.chat.i18n import lazy_text
from domain.subscription.calendar import Schedule
from storage.bots import StoredBot

OWN_SETTINGS = (
    "admin_ids",
    "digests",
    "quiet_seconds",
    "remind_minutes",
    "write_back",
    "who_may_subscribe",
    "timezone",
    "morning",
    "default_language",
    "categories",
    "unconfirmed",
    "corrections",
    "pictures",
    "rate",
    "paid_broadcast",
)
"""Settings that may differ between the bots of a process."""

PLACEHOLDER = SecretStr("0:placeholder")
"""Stands for the token of a bot where only its other settings are looked at."""


class InvalidBotSettings(Exception):
    """What is stored for a bot does not fit; each error names the setting and says how to correct it."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def settings_of(bot: StoredBot, process: Settings, token: SecretStr) -> Settings:
    """Return the settings of a further bot. Raises `InvalidBotSettings`."""
    return own_settings(bot.name, bot.settings, process, token).with_token_source(token_source(bot.token))


def default_schedule_of(bot: StoredBot, process: Settings) -> Schedule:
    """Return the default schedule of a bot, or that of the process if the bot's settings do not fit."""
    if bot.is_first:
        return process.default_schedule
    try:
        return settings_of(bot, process, PLACEHOLDER).default_schedule
    except InvalidBotSettings:
        return process.default_schedule


def own_settings(name: str, own: Mapping[str, str], process: Settings, token: SecretStr) -> Settings:
    """Return the settings of a bot with this name. Raises `InvalidBotSettings`."""
    errors: list[str] = [
        lazy_text("{name}: cannot be set for one bot", name=key.upper()) for key in own if key not in OWN_SETTINGS
    ]
    if "digests" not in own:
        errors.append(lazy_text("DIGESTS: is not set; each bot has a folder of its own choice"))
    values: dict[str, Any] = {**dict(process), **own, "bot_token": token}
    if process.webhook_url is not None:
        values["webhook_url"] = _further_url(process.webhook_url, name)
    if not errors:
        try:
            return Settings.model_validate(values)
        except ValidationError as invalid:
            errors = [_error_message(found) for found in invalid.errors()]
    raise InvalidBotSettings(tuple(errors))


def webhook_url_of(bot: StoredBot, process: Settings) -> str:
    """Return the URL of a bot's webhook, where the process has one."""
    url = process.webhook_url or ""
    return url if bot.is_first else _further_url(url, bot.name)


def _further_url(url: str, name: str) -> str:
    return f"{url.rstrip('/')}/{name}"


def _error_message(found: Any) -> str:
    wrong = found.get("ctx", {}).get("error")
    problem = str(wrong) if wrong is not None else found["msg"].removeprefix("Value error, ")
    return lazy_text("{name}: {problem}", name=str(found["loc"][0]).upper(), problem=problem)


def token_environment() -> Mapping[str, str]:
    """Return the variables of `.env` and, before them, of the environment, as they are now."""
    return {**read_env_file(ENV_FILE, NAMES).values, **os.environ}
