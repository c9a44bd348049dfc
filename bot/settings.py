"""Load and check the settings from the environment and `.env`; report every error at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.chat.i18n import LANGUAGES
from domain.delivery.policy import UnconfirmedPolicy
from domain.subscription.calendar import Schedule


class DriverName(StrEnum):
    """The framework that talks to Telegram."""

    AIOGRAM = "aiogram"
    PTB = "ptb"


class LogFormat(StrEnum):
    """Format of the log; `auto` is text on a terminal and JSON elsewhere."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"


class InvalidSettings(Exception):
    """Some settings are missing or wrong; `errors` names each and says how to correct it."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.errors = mistakes


class Settings(BaseSettings):
    """All settings. A test keeps their descriptions equal to `.env.example`."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    bot_token: SecretStr = Field(description="Token of the bot, from @BotFather.")
    admin_ids: Annotated[frozenset[int], NoDecode] = Field(
        frozenset(),
        description="Telegram ids of the bot admins, separated by commas. They can broadcast and get the reports.",
    )
    digests: Path = Field(Path("digests"), description="Folder that the bot watches for Markdown digests.")
    quiet_seconds: int = Field(
        30,
        ge=1,
        le=3600,
        description="Seconds that a digest must be unchanged before it is sent at once; slow uploads need more.",
    )
    database: Path = Field(Path("data/digestbot.db"), description="SQLite database file; created on first start.")
    timezone: str = Field(
        "Asia/Shanghai", description="Time zone of the editor, and of subscribers who have not chosen one."
    )
    morning: time = Field(time(8, 0), description="Local delivery time of subscribers who have not chosen one.")
    default_language: str = Field("zh", description="Language for people whose app reports none: zh or en.")
    categories: Path | None = Field(None, description="Path of your own categories.toml; empty: the built-in one.")
    unconfirmed: UnconfirmedPolicy = Field(
        UnconfirmedPolicy.ASK,
        description="What to do with messages whose arrival was not confirmed: ask (list them), resend, or never.",
    )
    rate: float = Field(30, gt=0, le=1000, description="Messages per second that Telegram allows this bot in total.")
    driver: DriverName = Field(
        DriverName.AIOGRAM,
        description="Telegram framework: aiogram, or ptb (python-telegram-bot).",
    )
    api_url: str = Field("https://api.telegram.org", description="Address of the Bot API server.")
    webhook_url: str | None = Field(
        None, description="Public https address to which Telegram sends updates; empty: long polling."
    )
    webhook_secret: SecretStr | None = Field(
        None, validate_default=True, description="Secret token that Telegram sends in X-Telegram-Bot-Api-Secret-Token."
    )
    webhook_host: str = Field(
        "127.0.0.1", description="Local address on which the webhook server listens for your reverse proxy."
    )
    webhook_port: int = Field(8080, ge=1, le=65535, description="Port on which the webhook server listens.")
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port on 127.0.0.1 for /metrics and /health; empty: none."
    )
    log_level: str = Field("info", description="Log level: debug, info, warning or error.")
    log_format: LogFormat = Field(
        LogFormat.AUTO, description="Log format: text, json, or auto (text on a terminal, otherwise json)."
    )

    @property
    def default_schedule(self) -> Schedule:
        """The schedule of subscribers who have not chosen one."""
        return Schedule(self.timezone, self.morning.hour * 60 + self.morning.minute)

    @field_validator("bot_token")
    @classmethod
    def _looks_like_a_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", token.get_secret_value()):
            raise ValueError("this is not a token; it looks like 123456789:ABC… and comes from @BotFather")
        return token

    @field_validator("admin_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = [part for part in re.split(r"[\s,;，；]+", value) if part]
        wrong = [part for part in parts if not re.fullmatch(r"\d{1,18}", part)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: an id is a number such as 4201; ask @userinfobot for yours")
        return frozenset(int(part) for part in parts)

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"there is no time zone {zone!r}; write one such as Asia/Shanghai or Europe/Berlin")
        return zone

    @field_validator("morning", mode="before")
    @classmethod
    def _is_a_time(cls, value: Any) -> Any:
        if isinstance(value, str) and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
            raise ValueError(f"{value!r} is no time of day; write it as 08:00")
        return time.fromisoformat(value.rjust(5, "0")) if isinstance(value, str) else value

    @field_validator("default_language")
    @classmethod
    def _is_a_language(cls, language: str) -> str:
        if language not in LANGUAGES:
            raise ValueError(f"there is no language {language!r}; choose {' or '.join(LANGUAGES)}")
        return language

    @field_validator("api_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
            raise ValueError(f"{url!r} is no address; write one such as https://api.telegram.org")
        return url.rstrip("/")

    @field_validator("webhook_url")
    @classmethod
    def _is_reached_by_telegram(cls, url: str | None) -> str | None:
        if url is None or re.fullmatch(r"http://(127\.0\.0\.1|localhost)(:\d+)?/\S*", url):  # the latter: an emulator
            return url
        if not re.fullmatch(r"https://[^\s/:]+(:(443|80|88|8443))?/\S*", url):
            raise ValueError(f"{url!r} is not reached by Telegram; write one such as https://bot.example.org/updates")
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _keeps_strangers_out(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is None:
            if info.data.get("webhook_url"):
                raise ValueError("is needed with WEBHOOK_URL; make one with: openssl rand -hex 32")
        elif not re.fullmatch("[A-Za-z0-9_-]{16,256}", secret.get_secret_value()):
            raise ValueError("must be 16 to 256 of A-Z a-z 0-9 _ -; make one with: openssl rand -hex 32")
        return secret

    @field_validator("categories")
    @classmethod
    def _can_be_read(cls, path: Path | None) -> Path | None:
        if path is not None:
            from bot.files import load_classifier  # noqa: PLC0415 - most have none of their own

            load_classifier(path)
        return path

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, level: str) -> str:
        if level.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError(f"there is no log level {level!r}; choose debug, info, warning or error")
        return level.lower()

    @field_validator("categories", "metrics_port", "webhook_url", "webhook_secret", mode="before")
    @classmethod
    def _empty_is_none(cls, value: Any) -> Any:
        return None if value == "" else value


class SharedSettings(BaseSettings):
    """Settings that commands on files share with the bot, unchecked; None if neither environment nor `.env` has one."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    digests: str | None = None
    timezone: str | None = None
    categories: str | None = None


def load_settings(**given: Any) -> Settings:
    """Load the settings from the arguments, the environment and `.env`, in this order. Raises `InvalidSettings`."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise InvalidSettings(tuple(_error_message(dict(found)) for found in error.errors())) from None


def _error_message(found: Mapping[str, Any]) -> str:
    """Return one error as `NAME: what is wrong and how to correct it`, without a secret's value."""
    name = str(found["loc"][0])
    what = "is not set" if found["type"] == "missing" else found["msg"].removeprefix("Value error, ")
    mend = f" ({Settings.model_fields[name].description})" if found["type"] == "missing" else ""
    return f"{name.upper()}: {what}{mend}"
