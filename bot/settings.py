"""Load and check the settings from the environment and `.env`; report every error at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from bot import setting_addresses as addresses
from bot import setting_values as values
from bot.env_file import EnvFile, misspelt_variables, read_env_file
from bot.setting_values import typed
from bot.telegram_route import TelegramRoute, WrongVariable, choose_route, parse_proxy
from digest.model import DEFAULT_PICTURES, PictureMode
from domain.chat.i18n import LANGUAGES, gettext_noop, lazy_text
from domain.chat.language_names import find_language
from domain.delivery.policy import CorrectionPolicy, UnconfirmedPolicy
from domain.subscription.admission import AdmissionPolicy
from domain.subscription.calendar import Schedule
from storage.postgresql.address import PostgresqlAddress

ENV_FILE = Path(".env")

HOSTS_WITH_IPV4_LOOPBACK = ("127.0.0.1", "localhost", "0.0.0.0")  # noqa: S104 - compared with, not listened on
TELEGRAM_URL = "https://api.telegram.org"
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_LEVEL_ALIASES = {"warn": "warning", "critical": "error", "fatal": "error", "trace": "debug", "verbose": "debug"}
DRIVER_ALIASES = {"telegram": "ptb", "python-telegram-bot": "ptb"}


class DriverName(StrEnum):
    """The framework that talks to Telegram."""

    AIOGRAM = "aiogram"
    PTB = "ptb"


class ProcessRole(StrEnum):
    """What a process does for the bots of an installation; all but `ALL` need PostgreSQL."""

    ALL = "all"
    SEND = "send"  # owns bots, and listens for no webhook
    WEB = "web"  # stores what webhooks take in; never owns a bot, never calls Telegram


class LogFormat(StrEnum):
    """Format of the log; `auto` is text on a terminal, fields in systemd's journal, and JSON elsewhere."""

    AUTO = "auto"
    TEXT = "text"
    JSON = "json"


class InvalidSettings(Exception):
    """Some settings are missing or wrong.

    `errors` names each and says how to correct it. `valid` holds the other settings and defaults for the `wrong` ones;
    it is None if these do not fit together. `doubtful` are those that an error may be about: they are wrong, or
    misspelt somewhere.
    """

    def __init__(
        self,
        errors: tuple[str, ...],
        wrong: frozenset[str],
        valid: Settings | None,
        doubtful: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors
        self.wrong = wrong
        self.valid = valid
        self.doubtful = wrong | doubtful


class Settings(BaseModel):
    """All settings. A test keeps their descriptions equal to `.env.example`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    _token_source: str = "BOT_TOKEN"  # noqa: S105 - the name of its variable
    bot_token: Annotated[SecretStr, typed(values.parse_token, example="the bot's token from @BotFather")] = Field(
        description="Token of the bot, from @BotFather."
    )
    admin_ids: Annotated[frozenset[int], typed(values.parse_user_ids, when_empty=frozenset(), full_width=True)] = Field(
        frozenset(),
        description="Telegram ids of the owners, separated by commas. They may do everything and give roles to others.",
    )
    digests: Annotated[Path, typed(values.parse_folder, example="a folder such as digests", full_width=True)] = Field(
        Path("digests"), description="Folder that the bot watches for Markdown digests."
    )
    quiet_seconds: Annotated[int, typed(values.parse_quiet_seconds, example="a number of seconds such as 30")] = Field(
        30, description="Seconds that a digest must be unchanged before it is sent at once; slow uploads need more."
    )
    database: Annotated[
        Path | PostgresqlAddress,
        typed(values.parse_database, example="a file such as data/digestbot.db", full_width=True),
    ] = Field(
        Path("data/digestbot.db"),
        description="SQLite file, created on first start; or postgresql://user:password@host/name.",
    )
    state_folder: Annotated[Path, typed(values.parse_folder, example="a folder such as data", full_width=True)] = Field(
        Path("data"), description="Folder for what this machine remembers of a PostgreSQL database."
    )
    ha: Annotated[bool, typed(values.parse_switch, example="yes or no")] = Field(
        False, description="Whether another server may take over from the PostgreSQL server: yes or no."
    )
    timezone: Annotated[str, typed(values.parse_zone, example="a time zone such as Asia/Shanghai")] = Field(
        "Asia/Shanghai", description="Time zone of the editor, and of subscribers who have not chosen one."
    )
    morning: Annotated[time, typed(values.parse_time, example="a time such as 08:00")] = Field(
        time(8, 0), description="Local delivery time of subscribers who have not chosen one."
    )
    default_language: Annotated[
        str,
        typed(
            values.parse_choice(gettext_noop("language"), LANGUAGES, find_language),
            example="a language such as zh or en",
        ),
    ] = Field(
        LANGUAGES[0],
        description="Language of the newsletter, and for people whose app reports none: a code such as zh or en.",
    )
    who_may_subscribe: Annotated[
        AdmissionPolicy,
        typed(values.parse_choice(gettext_noop("answer"), AdmissionPolicy), example="anyone, invited or approved"),
    ] = Field(
        AdmissionPolicy.ANYONE,
        description="Who may subscribe until an owner chooses in the chat (/access): anyone, invited, or approved.",
    )
    categories: Annotated[Path | None, typed(values.parse_folder, when_empty=None, full_width=True)] = Field(
        None, description="Path of your own categories.toml; empty: the built-in one."
    )
    unconfirmed: Annotated[
        UnconfirmedPolicy,
        typed(values.parse_choice(gettext_noop("policy"), UnconfirmedPolicy), example="ask, resend or never"),
    ] = Field(
        UnconfirmedPolicy.ASK,
        description="What to do with messages whose arrival was not confirmed: ask (list them), resend, or never.",
    )
    corrections: Annotated[
        CorrectionPolicy,
        typed(values.parse_choice(gettext_noop("policy"), CorrectionPolicy), example="ask, at_once or leave"),
    ] = Field(
        CorrectionPolicy.ASK,
        description="What to do with delivered messages of a corrected edition: ask, edit them at_once, or leave them.",
    )
    pictures: Annotated[
        PictureMode,
        typed(
            values.parse_choice(gettext_noop("way to show pictures"), PictureMode),
            example="preview, preview_above, album or none",
        ),
    ] = Field(
        DEFAULT_PICTURES,
        description="Pictures, unless an edition says: preview (in link previews), preview_above, album or none.",
    )
    rate: Annotated[float, typed(values.parse_rate, example="a number such as 30")] = Field(
        30, gt=0, le=values.GREATEST_RATE, description="Messages per second that Telegram allows this bot in total."
    )
    remind_minutes: Annotated[int, typed(values.parse_remind_minutes, example="a number of minutes such as 60")] = (
        Field(
            60, description="Minutes before MORNING at which editors are reminded if there is no digest yet; 0: never."
        )
    )
    write_back: Annotated[bool, typed(values.parse_switch, example="yes or no")] = Field(
        False,
        description="Write editions that editors publish in the chat into the folder as well: yes or no.",
    )
    paid_broadcast: Annotated[bool, typed(values.parse_switch, example="yes or no")] = Field(
        False,
        description="Offer to send broadcasts faster for Telegram Stars, after asking each time: yes or no.",
    )
    backup_days: Annotated[int | None, typed(values.parse_days, when_empty=None)] = Field(
        None,
        ge=1,
        le=values.MOST_DAYS,
        description="For how many days you keep backups; /privacy tells; empty: unknown.",
    )
    driver: Annotated[
        DriverName,
        typed(values.parse_choice(gettext_noop("framework"), DriverName, DRIVER_ALIASES.get), example="aiogram or ptb"),
    ] = Field(DriverName.AIOGRAM, description="Telegram framework: aiogram, or ptb (python-telegram-bot).")
    api_url: Annotated[str, typed(addresses.parse_api_url, example=TELEGRAM_URL)] = Field(
        TELEGRAM_URL, description="Address of the Bot API server."
    )
    proxy: Annotated[TelegramRoute, typed(parse_proxy, when_empty=TelegramRoute())] = Field(
        "",
        validate_default=True,
        description="Proxy to Telegram (http://, socks5://, socks5h://); empty: as HTTPS_PROXY says; none: no proxy.",
    )
    webhook_url: Annotated[str | None, typed(addresses.parse_webhook_url, when_empty=None)] = Field(
        None, description="Public https address to which Telegram sends updates; empty: long polling."
    )
    webhook_secret: Annotated[SecretStr | None, typed(values.parse_webhook_secret, when_empty=None)] = Field(
        None, validate_default=True, description="Secret token that Telegram sends in X-Telegram-Bot-Api-Secret-Token."
    )
    webhook_host: Annotated[str, typed(addresses.parse_host, example="an address such as 127.0.0.1")] = Field(
        "127.0.0.1", description="Local address on which the webhook server listens for your reverse proxy."
    )
    webhook_port: Annotated[int, typed(values.parse_port, example="a port such as 8080")] = Field(
        8080, ge=1, le=65535, description="Port on which the webhook server listens."
    )
    role: Annotated[
        ProcessRole, typed(values.parse_choice(gettext_noop("role"), ProcessRole), example="all, send or web")
    ] = Field(
        ProcessRole.ALL,
        description="What this process does: all; with PostgreSQL also send (no webhook) or web (only the webhook).",
    )
    metrics_port: Annotated[int | None, typed(values.parse_port, when_empty=None)] = Field(
        None, ge=1, le=65535, description="Port on 127.0.0.1 for /metrics and /health; empty: none."
    )
    log_level: Annotated[
        str, typed(values.parse_choice(gettext_noop("log level"), LOG_LEVELS, LOG_LEVEL_ALIASES.get), example="info")
    ] = Field("info", description="Log level: debug, info, warning or error.")
    log_format: Annotated[
        LogFormat, typed(values.parse_choice(gettext_noop("log format"), LogFormat), example="text, json or auto")
    ] = Field(
        LogFormat.AUTO,
        description="Log format: text, json, or auto (text on a terminal, fields in systemd's journal, else json).",
    )

    @property
    def default_schedule(self) -> Schedule:
        """The schedule of subscribers who have not chosen one."""
        return Schedule(self.timezone, self.morning.hour * 60 + self.morning.minute)

    @property
    def token_source(self) -> str:
        """Where the token is: the name of a variable, or a further bot's file."""
        return self._token_source

    def with_token_source(self, source: str) -> Settings:
        """Return the same settings, whose token comes from another place."""
        settings = self.model_copy()
        settings._token_source = source
        return settings

    @property
    def stores_updates(self) -> bool:
        """Whether a webhook's updates are stored for the owner of their bot, which may be another process."""
        return isinstance(self.database, PostgresqlAddress)

    @property
    def listens_for_webhooks(self) -> bool:
        """Whether this process receives what Telegram sends to the webhooks."""
        return self.webhook_url is not None and self.role is not ProcessRole.SEND

    @field_validator("admin_ids")
    @classmethod
    def _are_people(cls, ids: frozenset[int], info: ValidationInfo) -> frozenset[int]:
        token = info.data.get("bot_token")
        if token is not None and int(token.get_secret_value().partition(":")[0]) in ids:
            raise ValueError(lazy_text("has the id of the bot itself; write your own, @userinfobot tells it"))
        return ids

    @field_validator("database")
    @classmethod
    def _is_not_the_digest_folder(
        cls, database: Path | PostgresqlAddress, info: ValidationInfo
    ) -> Path | PostgresqlAddress:
        if isinstance(database, Path) and database.absolute() == info.data.get("digests", Path()).absolute():
            raise ValueError(
                lazy_text("{path} is also DIGESTS; set it to a file such as data/digestbot.db", path=database)
            )
        return database

    @field_validator("database")
    @classmethod
    def _is_the_file_itself(cls, database: Path | PostgresqlAddress) -> Path | PostgresqlAddress:
        """Return the file that a symbolic link leads to: beside it are its lock, its mark and SQLite's files."""
        return follow_link(database) if isinstance(database, Path) else database

    @field_validator("categories")
    @classmethod
    def _can_be_read(cls, path: Path | None) -> Path | None:
        if path is not None:
            from bot.files import load_classifier  # noqa: PLC0415 - most have none of their own

            load_classifier(path)
        return path

    @field_validator("proxy")
    @classmethod
    def _read_environment_if_empty(cls, route: TelegramRoute, info: ValidationInfo) -> TelegramRoute:
        environment: Mapping[str, str] = (info.context or {}).get("environment", {})
        return route if route.source else choose_route(info.data.get("api_url", TELEGRAM_URL), environment)

    @field_validator("webhook_url")
    @classmethod
    def _is_called_by_the_server(cls, url: str | None, info: ValidationInfo) -> str | None:
        api_url = info.data.get("api_url")  # absent if it is wrong itself
        if url is not None and api_url is not None and addresses.is_telegram_server(api_url):
            addresses.check_webhook_for_telegram(url)
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _belongs_to_a_webhook(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        url = info.data.get("webhook_url", ...)
        if secret is None and isinstance(url, str):
            raise ValueError(lazy_text("is needed with WEBHOOK_URL; {advice}", advice=values.NEW_SECRET))
        if secret is not None and url is None:
            raise ValueError(
                lazy_text("is set without WEBHOOK_URL; set both for a webhook, or empty both for long polling")
            )
        return secret

    @field_validator("role")
    @classmethod
    def _suits_database_and_webhook(cls, role: ProcessRole, info: ValidationInfo) -> ProcessRole:
        if role is not ProcessRole.ALL and isinstance(info.data.get("database"), Path):
            raise ValueError(
                lazy_text("{role} needs a PostgreSQL database; with an SQLite file one process does all", role=role)
            )
        if role is ProcessRole.WEB and info.data.get("webhook_url", ...) is None:
            raise ValueError(
                lazy_text("web only receives webhooks; set WEBHOOK_URL and WEBHOOK_SECRET, or choose all or send")
            )
        return role

    @field_validator("metrics_port")
    @classmethod
    def _is_not_the_webhooks(cls, port: int | None, info: ValidationInfo) -> int | None:
        is_local = info.data.get("webhook_host") in HOSTS_WITH_IPV4_LOOPBACK
        if port is not None and is_local and info.data.get("webhook_url") and port == info.data.get("webhook_port"):
            raise ValueError(lazy_text("is {port}, as WEBHOOK_PORT is; choose another port for one of them", port=port))
        return port


def follow_link(path: Path) -> Path:
    """Return the file that a symbolic link leads to; the path itself if it is none, or leads nowhere."""
    try:
        return path.resolve() if path.is_symlink() else path
    except (OSError, RuntimeError):  # opening it says why
        return path


def default_text(name: str) -> str:
    """Return the default of a setting as an operator would type it; empty if there is none."""
    field = Settings.model_fields[name]
    if isinstance(field.default, bool):
        return "yes" if field.default else "no"
    if isinstance(field.default, time):
        return field.default.strftime("%H:%M")
    return "" if field.is_required() or not field.default else str(field.default)


NAMES = tuple(name.upper() for name in Settings.model_fields)


_UNKNOWN = object()
"""The value of a setting that is written where it cannot be read: of a type that no setting takes."""


def load_settings(_env_file: Path | None = ENV_FILE, **given: Any) -> Settings:
    """Load the settings from the arguments, the environment and `.env`, in this order. Raises `InvalidSettings`."""
    file = EnvFile() if _env_file is None else read_env_file(_env_file, NAMES)
    environment = {name.upper(): value for name, value in os.environ.items() if name.upper() in NAMES}
    inputs: dict[str, Any] = {**file.values, **environment, **{name.upper(): value for name, value in given.items()}}
    misspelt = misspelt_variables(os.environ, NAMES, inputs)
    errors = [*file.errors, *misspelt]
    doubtful = frozenset(name.lower() for name in (NAMES if misspelt else file.doubtful))
    unknown = file.unreadable.difference(inputs)
    inputs |= dict.fromkeys(unknown, _UNKNOWN)
    chosen = {name.lower(): value for name, value in inputs.items() if name in NAMES}
    wrong: frozenset[str] = frozenset()
    settings: Settings | None
    try:
        settings = Settings.model_validate(chosen, context={"environment": os.environ})
    except ValidationError as error:
        places: dict[str, str] = {
            name: lazy_text(".env, line {n}", n=file.lines[name])
            for name in file.lines
            if inputs[name] is file.values[name]
        }
        places |= {
            name: lazy_text("environment") for name in environment if name not in places and name.lower() not in given
        }
        told = [dict(found) for found in error.errors() if str(found["loc"][0]).upper() not in unknown]
        errors += [_error_message(found, places) for found in told]
        wrong = frozenset(str(found["loc"][0]) for found in error.errors())
        settings = _valid_part(chosen, wrong)
    if errors or settings is None:
        raise InvalidSettings(tuple(errors), wrong, settings, doubtful)
    return settings


def _valid_part(chosen: Mapping[str, Any], wrong: frozenset[str]) -> Settings | None:
    """Return the settings with defaults for the wrong ones, so that the rest can be checked; None if that is wrong too.

    A placeholder stands for a wrong token, and without a secret there is no webhook.
    The environment's proxy is left out: nothing is sent.
    """
    without = wrong | {"webhook_url"} if "webhook_secret" in wrong else wrong
    rest = {name: value for name, value in chosen.items() if name not in without}
    try:
        return Settings.model_validate({"bot_token": "0:placeholder", **rest})
    except ValidationError:
        return None


def _where_to_set() -> str:
    """Say where a missing setting belongs; a command that is given elsewhere finds no file."""
    if ENV_FILE.exists():
        return lazy_text("write it into {path}", path=ENV_FILE.absolute())
    return lazy_text(
        "write it into {path}, or run this in the folder where the bot's .env is", path=ENV_FILE.absolute()
    )


def _error_message(found: Mapping[str, Any], places: Mapping[str, str]) -> str:
    """Return one error as `NAME: what is wrong and how to correct it`, without a secret's value."""
    name = str(found["loc"][0])
    if isinstance(wrong := found.get("ctx", {}).get("error"), WrongVariable):
        return str(wrong)
    if found["type"] == "missing":
        field = Settings.model_fields[name]
        explained = lazy_text(field.description or "")
        return lazy_text(
            "{name}: is not set ({explanation}); {advice}",
            name=name.upper(),
            explanation=explained,
            advice=_where_to_set(),
        )
    problem: str = str(wrong) if wrong is not None else found["msg"].removeprefix("Value error, ")
    told = lazy_text("{name}: {problem}", name=name.upper(), problem=problem)
    place = places.get(name.upper())
    return told if place is None else lazy_text("{problem} ({place})", problem=told, place=place)
