"""Every wrong setting and unusable surrounding is one plain line: what is wrong, where, and how to mend it."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bot.serve  # noqa: F401 - before a test gives up the rights to read it
from bot.cli import app
from bot.exit_code import ExitCode
from bot.settings import NAMES
from domain.chat.i18n import LANGUAGES
from storage.sqlite.lock import database_lock
from tests.plain_logs import log_plain_tracebacks
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SECRET = "abcdefgh-the-secret"
TOKEN = f"123456:{SECRET}"
HOOK = {"WEBHOOK_URL": "https://bot.example.org/updates", "WEBHOOK_SECRET": "0123456789abcdef"}
TELEGRAM_HOOK = {**HOOK, "API_URL": "https://api.telegram.org"}
SERVER = "postgresql://bot@db.example/bot"
FAR = {"API_URL": "https://api.telegram.org"}
"""A server to which the environment's proxies lead; these settings are refused before anything is sent."""
NOBODY = 65534
LIMIT_SECONDS = PATIENCE
"""How long a start may take to fail."""
SETTINGS, CANNOT_WRITE = ExitCode.SETTINGS, ExitCode.CANNOT_WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that is wrong: variables, the content of `.env`, or files; and what its one line must contain.

    `{folder}` stands for the working directory, in values and in the line.
    """

    name: str
    line: tuple[str, ...]
    exit_code: ExitCode = SETTINGS
    variables: dict[str, str] = field(default_factory=dict)
    env_file: bytes | None = None
    prepare: Callable[[Path], None] | None = None


def value(setting: str, typed: str, *line: str, **more: str) -> Case:
    """A single variable with a wrong value."""
    return Case(name=f"{setting}={typed}", variables={**more, setting: typed}, line=(f"{setting}: ", *line))


def env_file(name: str, content: bytes, *line: str) -> Case:
    """A `.env` beside good variables."""
    return Case(name=f".env {name}", env_file=content, line=line)


def around(
    name: str, setting: str, typed: str, prepare: Callable[[Path], None], *line: str, code: ExitCode = CANNOT_WRITE
) -> Case:
    """Something on this machine that a setting names."""
    return Case(name=name, variables={setting: typed}, prepare=prepare, line=(f"{setting}: ", *line), exit_code=code)


def do_nothing(_folder: Path) -> None: ...


def write_text_file(folder: Path) -> None:
    (folder / "text").write_text("Good morning, this is no database at all. " * 10, encoding="utf-8")


def write_categories(content: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "c.toml").write_bytes(content)

    return write


def make_folder(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).mkdir()


def make_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def write_damaged_database(folder: Path) -> None:
    with sqlite3.connect(folder / "bot.db") as database:
        database.executescript("CREATE TABLE a (b); CREATE TABLE c (d);")
    database.close()
    data = bytearray((folder / "bot.db").read_bytes())
    data[100:200] = b"\xff" * 100
    (folder / "bot.db").write_bytes(data)


def write_newer_database(folder: Path) -> None:
    with sqlite3.connect(folder / "bot.db") as database:
        database.executescript(
            "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('9999');"
        )
    database.close()


BLANK, WIDE = "it has a blank in it", "full-width characters (全角)"
COPY_TOKEN = "comes from @BotFather"

VALUES = (
    Case(name="no token", variables={"BOT_TOKEN": ""}, line=("BOT_TOKEN: is empty", "@BotFather", "(environment)")),
    value("BOT_TOKEN", "１２３４５６:abcdefgh", WIDE, "half-width"),
    value("BOT_TOKEN", "123456：abcdefgh", WIDE),
    value("BOT_TOKEN", "123456:ａbcdefgh", WIDE),
    value("BOT_TOKEN", "123456: abcdefgh", BLANK, COPY_TOKEN),
    value("BOT_TOKEN", "123456:abcdefgh abcdefgh", BLANK),
    value("BOT_TOKEN", f'"{TOKEN}"', "is in quotes; write it without them"),
    value("BOT_TOKEN", f"“{TOKEN}”", "is in quotes"),
    value("BOT_TOKEN", SECRET, "the number or the colon is missing", "123456789:ABC…"),
    value("BOT_TOKEN", f"bot{TOKEN}", "leave out everything before the number"),
    value("BOT_TOKEN", f"https://api.telegram.org/bot{TOKEN}/getMe", "leave out everything before the number"),
    value("BOT_TOKEN", f"<{TOKEN}>", "this is not a token", COPY_TOKEN),
    value("ADMIN_IDS", "0", "0: an id is a number such as 4201", "@userinfobot"),
    value("ADMIN_IDS", "@ann", "@ann: an id is a number"),
    value("ADMIN_IDS", "小雨", "小雨: an id is a number"),
    value("ADMIN_IDS", "4201, -1001234567890", "-1001234567890: is the id of a group or channel; admins are people"),
    value("ADMIN_IDS", "４２０１", "typed in full-width digits; write 4201"),
    value("ADMIN_IDS", "4201.5", "4201.5: an id is a number"),
    value("ADMIN_IDS", "9" * 30, "an id is a number"),
    value("ADMIN_IDS", "4201，@ann、@bob", "@ann: an id is a number", "@bob: an id is a number"),
    value("ADMIN_IDS", "[4201]", "[4201]: an id is a number"),
    value("ADMIN_IDS", "123456", "has the id of the bot itself"),
    value("DIGESTS", "", "is empty; set it to a folder such as digests"),
    value("DIGESTS", "  ", "is empty"),
    value("DIGESTS", "C:\\digests", "is a path of Windows"),
    value("DIGESTS", "$HOME/digests", "begins with a variable that nobody fills in"),
    value("DIGESTS", "~nobody-here/digests", "the home folder of nobody here"),
    value("DIGESTS", "file:///srv/digests", "is an address; write a path such as digests"),
    value("DIGESTS", "“早报”", "is in quotes"),
    value("QUIET_SECONDS", "", "is empty; set it to a number of seconds such as 30"),
    value("QUIET_SECONDS", "0", "'0' must be a whole number of seconds from 1 to 3600, such as 30"),
    value("QUIET_SECONDS", "30s", "'30s' must be a whole number"),
    value("REMIND_MINUTES", "an hour", "'an hour' must be a whole number of minutes up to 720, such as 60; 0: never"),
    value("REMIND_MINUTES", "721", "'721' must be a whole number of minutes up to 720"),
    value("WRITE_BACK", "perhaps", "'perhaps' is neither yes nor no; write yes or no"),
    value("DATABASE", "", "is empty; set it to a file such as data/digestbot.db"),
    value("DATABASE", "data/", "data/ is a folder; set it to a file such as data/digestbot.db"),
    value("DATABASE", ":memory:", "must be a file"),
    value("DATABASE", "sqlite:///data/digestbot.db", "is an address, but not of PostgreSQL; write postgresql://"),
    value("DATABASE", "postgresql://bot:hush@db", "names no database after the server; write postgresql://"),
    value("HA", "three", "'three' is neither yes nor no; write yes or no"),
    value("STATE_FOLDER", "", "is empty; set it to a folder such as data"),
    value("DATABASE", "postgresql:///news", "names no server; write postgresql://"),
    value("DATABASE", "{folder}/digests", "is also DIGESTS; set it to a file"),
    value("TIMEZONE", "", "is empty; set it to a time zone such as Asia/Shanghai"),
    value("TIMEZONE", "Asia/Peking", "'Asia/Peking'; did you mean Asia/Shanghai?"),
    value("TIMEZONE", "asia/shanghai", "did you mean Asia/Shanghai?"),
    value("TIMEZONE", "北京", "did you mean Asia/Shanghai?"),
    value("TIMEZONE", "UTC+8", "did you mean Etc/GMT-8?"),
    value("TIMEZONE", "Mars/Olympus", "there is no time zone 'Mars/Olympus'", "Asia/Shanghai"),
    value("TIMEZONE", "../../etc/passwd", "there is no time zone"),
    value("MORNING", "", "is empty; set it to a time such as 08:00"),
    value("MORNING", "25:00", "'25:00' is no time of day; write it as 08:00"),
    value("MORNING", "24:00", "from 00:00 to 23:59"),
    value("MORNING", "8.30", "'8.30' is no time of day; write it as 08:00"),
    value("MORNING", "8：30", WIDE),
    value("MORNING", "８:30", WIDE),
    value("MORNING", "早上八点", "is no time of day"),
    value("MORNING", "8:00 AM", "is no time of day"),
    value("WHO_MAY_SUBSCRIBE", "friends", "there is no answer 'friends'; choose anyone, invited or approved"),
    value(
        "DEFAULT_LANGUAGE", "xx", f"there is no language 'xx'; choose {', '.join(LANGUAGES[:-1])} or {LANGUAGES[-1]}"
    ),
    value("DEFAULT_LANGUAGE", "zh-CN", "did you mean zh?"),
    value("DEFAULT_LANGUAGE", "中文", "did you mean zh?"),
    value("UNCONFIRMED", "maybe", "there is no policy 'maybe'; choose ask, resend or never"),
    value("UNCONFIRMED", "", "is empty; set it to ask, resend or never"),
    value("CORRECTIONS", "maybe", "there is no policy 'maybe'; choose ask, at_once or leave"),
    value("PICTURES", "big", "there is no way to show pictures 'big'; choose preview, preview_above, album or none"),
    value("PAID_BROADCAST", "sometimes", "'sometimes' is neither yes nor no; write yes or no"),
    value("PAID_BROADCAST", "", "is empty; set it to yes or no"),
    value("RATE", "1e-9", "'1e-9' must be a number from 1 to 1000, such as 30"),
    value("RATE", "nan", "must be a number from 1 to 1000"),
    value("RATE", "inf", "must be a number from 1 to 1000"),
    value("RATE", "-5", "must be a number from 1 to 1000"),
    value("RATE", "0", "must be a number from 1 to 1000"),
    value("RATE", "5000", "must be a number from 1 to 1000"),
    value("RATE", "30/s", "'30/s' must be a number"),
    value("RATE", "30 # per second", "must be a number"),
    value("RATE", "３０", WIDE),
    value("DRIVER", "telegraf", "there is no framework 'telegraf'; choose aiogram or ptb"),
    value("DRIVER", "python-telegram-bot", "did you mean ptb?"),
    value("API_URL", "api.telegram.org", "does not begin with http:// or https://; write one such as https://api"),
    value("API_URL", "localhost:8081", "does not begin with http://"),
    value("API_URL", "ftp://api.telegram.org", "does not begin with http://"),
    value("API_URL", "http://127.0.0.1:99999", "has a wrong port or bracket"),
    value("API_URL", "http://127.0.0.1:http", "has a wrong port or bracket"),
    value("API_URL", "http://127.0.0.1:", "has a wrong port or bracket"),
    value("API_URL", "http://[::1", "has a wrong port or bracket"),
    value("API_URL", "http://::1:8081", "has a wrong port or bracket"),
    value("API_URL", "http://[127.0.0.1]:8081", "has a wrong port or bracket"),
    value("API_URL", "http://[fe80::1%eth0]:8081", "has an IPv6 address of one network link only"),
    value("API_URL", "http://[fe80::1]:8081", "has an IPv6 address of one network link only"),
    value("API_URL", "http://127.0.0.1:8081/早报", "has a path with other characters than A-Z", "and %41"),
    value("API_URL", "http://127.0.0.1:8081/100%", "has a path with other characters than"),
    value("API_URL", f"http://127.0.0.1:8081/telegram/bot{TOKEN}/getMe", "'http://127.0.0.1:8081/telegram/bot…"),
    value("API_URL", "https://api.telegram.org/bot<token>", "ends with a token or /bot"),
    value("API_URL", "http://", "has no host"),
    value("API_URL", "https://api.telegram.org?x=1", "has a part after ? or #"),
    value("API_URL", "https://api.telegram.org/#bot", "has a part after ? or #"),
    value("API_URL", "https://api. telegram.org", "has a blank or backslash in it"),
    value("API_URL", f"https://api.telegram.org/bot{TOKEN}", "'https://api.telegram.org/bot…' ends with a token"),
    value("API_URL", f"https://ann:{SECRET}@127.0.0.1", "has a user name in it"),
    value("API_URL", "http://api.telegram.org", "without encryption"),
    value("API_URL", "https：//api.telegram.org", WIDE),
    value("API_URL", "https://api。telegram.org", "has no host, or one with other characters"),
    value(
        "PROXY", "proxy.example:3128", "does not begin with http://, socks5:// or socks5h://; write it as http://user"
    ),
    value("PROXY", "ftp://proxy.example:3128", "does not begin with http://, socks5:// or socks5h://"),
    value("PROXY", f"proxy.example:3128:ann:{SECRET}", "does not begin with http://"),
    value("PROXY", "off", "is no proxy; did you mean none?"),
    value("PROXY", "直连", "is no proxy; did you mean none?"),
    value("PROXY", "https://proxy.example:443", "most proxies are reached without TLS", "write http:// instead"),
    value("PROXY", "socks4://proxy.example:1080", "begins with socks4://; the bot speaks SOCKS5: write socks5h://"),
    value("PROXY", "socks://proxy.example:1080", "begins with socks://; the bot speaks SOCKS5"),
    value("PROXY", "vmess://eyJhZGQiOiJ4In0=", "begins with vmess://", "start its client", "socks5h://127.0.0.1:1080"),
    value("PROXY", f"ss://{SECRET}@proxy.example:8388", "begins with ss://, which is no proxy's address; start its"),
    value("PROXY", f"tg://proxy?server=x&port=443&secret={SECRET}", "for Telegram's apps, which no bot can use; set"),
    value("PROXY", f"https://t.me/proxy?server=x&secret={SECRET}", "for Telegram's apps, which no bot can use"),
    value("PROXY", "mtproto://proxy.example:443", "for Telegram's apps", "set it to an HTTP or SOCKS5 proxy"),
    value("PROXY", "http://proxy.example", "has no port; write it as http://user:password@proxy.example:3128"),
    value("PROXY", "http://proxy.example:", "has no port"),
    value("PROXY", "http://proxy.example:0", "has a wrong port or bracket"),
    value("PROXY", "http://proxy.example:99999", "has a wrong port or bracket"),
    value("PROXY", f"http://proxy.example:3128:ann:{SECRET}", "has a wrong port or bracket"),
    value("PROXY", "socks5h://[::1:1080", "has a wrong port or bracket"),
    value("PROXY", "socks5h://:1080", "has no host"),
    value("PROXY", "http://[fe80::1%eth0]:3128", "has an IPv6 address of one network link only"),
    value("PROXY", "http://", "has no host"),
    value("PROXY", "http://代理.example:3128", "has no host, or one with other characters"),
    value("PROXY", "http：//proxy.example:3128", WIDE),
    value("PROXY", "http://proxy.example:３１２８", WIDE),
    value("PROXY", '"http://proxy.example:3128"', "is in quotes"),
    value("PROXY", "http://proxy.example :3128", "has a blank or backslash in it"),
    value("PROXY", f"http://ann:{SECRET}@x@proxy.example:3128", "has two @ in it; write the one in the user name or"),
    value("PROXY", f"http://ann:{SECRET}/x@proxy.example:3128", "write it in a password as %2F"),
    value("PROXY", f"http://ann:{SECRET}#x@proxy.example:3128", "has a / or ? or # in it"),
    value("PROXY", "http://proxy.example:3128/path", "nothing comes after the port"),
    value("PROXY", f"http://ann:{SECRET}%@proxy.example:3128", "has a % in it that begins no code", "as %25"),
    value("PROXY", f"http://:{SECRET}@proxy.example:3128", "has a password or @ without a user name"),
    value("PROXY", f"http://ann%3A:{SECRET}@proxy.example:3128", "has a colon in the user name"),
    value("PROXY", "socks5://ann@proxy.example", "has a user name without a password, which SOCKS5 does not know"),
    value("PROXY", f"socks5://ann:{SECRET * 20}@proxy.example", "longer than 255 or not ASCII"),
    value("PROXY", f"socks5h://小雨:{SECRET}@proxy.example", "longer than 255 or not ASCII"),
    value("HTTPS_PROXY", "https://proxy.example:3128", "write http:// instead", "PROXY=none", "(environment)", **FAR),
    value("https_proxy", "proxy.example", "has no port; write it as http://", "(environment)", **FAR),
    value("ALL_PROXY", "socks://127.0.0.1:1080/", "the bot speaks SOCKS5: write socks5h:// instead; or set", **FAR),
    value("all_proxy", f"http://ann:{SECRET}@x@proxy.example:1", "has two @ in it", "to ignore it", **FAR),
    value("HTTP_PROXY", f"ann:{SECRET}@:3128", "has no host", API_URL="http://api.example"),
    value("WEBHOOK_URL", "http://bot.example.org/updates", "is not reached by Telegram", **TELEGRAM_HOOK),
    value("WEBHOOK_URL", "http://127.0.0.1:8080/updates", "is not reached by Telegram", **TELEGRAM_HOOK),
    value("WEBHOOK_URL", "https://192.168.1.5/updates", "needs https and a public host", **TELEGRAM_HOOK),
    value("WEBHOOK_URL", "https://localhost/updates", "needs https and a public host", **TELEGRAM_HOOK),
    value("WEBHOOK_URL", "https://[2a02:db8::1]/updates", "Telegram calls webhooks over IPv4 only", **TELEGRAM_HOOK),
    value("WEBHOOK_URL", "http://[fe80::1%eth0]/updates", "has an IPv6 address of one network link only", **HOOK),
    value("WEBHOOK_URL", "https://bot.example.org", "has no path", "https://bot.example.org/updates", **HOOK),
    value("WEBHOOK_URL", "https://bot.example.org:8081/x", "(443, 80, 88, 8443)", **TELEGRAM_HOOK),
    value("WEBHOOK_URL", "https://bot.example.org/早报", "other characters than", **HOOK),
    value("WEBHOOK_URL", f"https://bot.example.org/{TOKEN}", "'https://bot.example.org/…' has no path, or", **HOOK),
    value("WEBHOOK_SECRET", "", "is needed with WEBHOOK_URL; make one with: openssl rand -hex 32", **HOOK),
    value("WEBHOOK_SECRET", "short", "must be 16 to 256", "has 5 characters", **HOOK),
    value("WEBHOOK_SECRET", f"{SECRET}!$(openssl)", "has another character", "openssl rand -hex 32", **HOOK),
    value("WEBHOOK_SECRET", HOOK["WEBHOOK_SECRET"], "is set without WEBHOOK_URL; set both"),
    value("WEBHOOK_HOST", "", "is empty; set it to an address such as 127.0.0.1"),
    value("WEBHOOK_HOST", "http://127.0.0.1:8080", "write only the host, such as 127.0.0.1"),
    value("WEBHOOK_HOST", "[::1]", "'[::1]' is in brackets; write ::1"),
    value("WEBHOOK_HOST", "fe80::1%eth0", "of one network link only", "write ::1, or :: for every address"),
    value("WEBHOOK_HOST", "1::2::3", "is no address of this machine"),
    value("WEBHOOK_PORT", "", "is empty; set it to a port such as 8080"),
    value("WEBHOOK_PORT", "http", "'http' is no port; write a number from 1 to 65535"),
    value("WEBHOOK_PORT", "８０８０", WIDE),
    value("ROLE", "worker", "there is no role 'worker'; choose all, send or web"),
    value("ROLE", "send", "send needs a PostgreSQL database; with an SQLite file one process does all"),
    value("ROLE", "web", "web only receives webhooks; set WEBHOOK_URL and WEBHOOK_SECRET", DATABASE=SERVER),
    value("BACKUP_DAYS", "0", "'0' must be a whole number of days from 1 to 3650"),
    value("BACKUP_DAYS", "a month", "'a month' must be a whole number of days from 1 to 3650"),
    value("METRICS_PORT", "0", "'0' is no port"),
    value("METRICS_PORT", "65536", "'65536' is no port"),
    value("METRICS_PORT", "-1", "'-1' is no port"),
    value("METRICS_PORT", "off", "'off' is no port"),
    value("METRICS_PORT", "8080", "is 8080, as WEBHOOK_PORT is; choose another port for one of them", **HOOK),
    value("LOG_LEVEL", "warn", "there is no log level 'warn'; did you mean warning?"),
    value("LOG_LEVEL", "loud", "choose debug, info, warning or error"),
    value("LOG_FORMAT", "xml", "there is no log format 'xml'; choose auto, text or json"),
    value("DIGESTBOT_RATE", "20", "there is no such setting (in the environment); did you mean RATE?"),
    value("ADMIN_ID", "4201", "did you mean ADMIN_IDS?"),
    value("WEBHOOK_SECRETS", "x", "did you mean WEBHOOK_SECRET?"),
)

ENV_FILES = (
    env_file(
        "in GBK", "ADMIN_IDS=4201\nDIGESTS=早报\n".encode("gbk"), "{folder}/.env, line 2: is not UTF-8", "save the"
    ),
    env_file("in UTF-16", "ADMIN_IDS=4201\n".encode("utf-16"), "{folder}/.env: is in UTF-16", "save it as UTF-8"),
    env_file("in UTF-16 without mark", "ADMIN_IDS=1\n".encode("utf-16-le"), "{folder}/.env: has NUL bytes", "as UTF-8"),
    env_file("with a line of words", b"RATE=30\nGood morning\n", "{folder}/.env, line 2: has no half-width =", "NAME="),
    env_file("with a full-width equals sign", "RATE＝30\n".encode(), ".env, line 1: has no half-width = after RATE"),
    env_file(
        "with a colon", f"RATE: {SECRET}\n".encode(), ".env, line 1: has no half-width = after RATE; write NAME=v"
    ),
    env_file(
        "with an open quote",
        f'DIGESTS="{SECRET}\nRATE=30\n'.encode(),
        ".env, line 1: the quote after DIGESTS= is not closed; close it, or leave the quotes out",
    ),
    env_file(
        "with more behind a quote",
        f'RATE="30"\n\nDIGESTS="{SECRET}" x\n'.encode(),
        ".env, line 3: there is more behind",
    ),
    env_file(
        "with a misspelt name", b"\n# me\nADMINS=4201\n", ".env, line 3: there is no setting ADMINS", "ADMIN_IDS?"
    ),
    env_file("with the bot's prefix", b"DIGESTBOT_TOKEN=x\n", ".env, line 1: there is no setting", "mean BOT_TOKEN?"),
    env_file("with a name twice", b"RATE=30\nRATE=20\n", ".env, line 2: RATE is already set in line 1; remove one"),
    env_file("with a wrong value", b"RATE=fast\n", "RATE: 'fast' must be a number", "(.env, line 1)"),
    Case(name=".env is a folder", prepare=make_folder(".env"), line=("{folder}/.env: is a folder; remove it",)),
)

AROUND = (
    around("DATABASE=/", "DATABASE", "/", do_nothing, "/ is a folder; set it to a file", code=SETTINGS),
    around(
        "database is a folder",
        "DATABASE",
        "{folder}/d",
        make_folder("d"),
        "{folder}/d is a folder; set it to a file such as {folder}/d/digestbot.db",
        code=SETTINGS,
    ),
    around(
        "database is this folder",
        "DATABASE",
        ".",
        do_nothing,
        ". is a folder; set it to a file such as ./digestbot.db",
        code=SETTINGS,
    ),
    around(
        "database leads to a folder",
        "DATABASE",
        "link",
        lambda folder: (folder / "link").symlink_to(folder),
        "link is a folder; set it to a file such as link/digestbot.db",
        code=SETTINGS,
    ),
    around("database is a pipe", "DATABASE", "{folder}/pipe", make_pipe, "{folder}/pipe is no regular file"),
    around("database in a file", "DATABASE", "{folder}/text/bot.db", write_text_file, "(Not a directory)", "set it to"),
    around("database in nowhere", "DATABASE", "/proc/x/bot.db", do_nothing, "/proc/x/bot.db cannot be opened", "set "),
    around(
        "database is a text",
        "DATABASE",
        "{folder}/text",
        write_text_file,
        "{folder}/text cannot be opened (file is not a database)",
        "another file",
        code=ExitCode.DATABASE_UNREADABLE,
    ),
    around(
        "damaged database",
        "DATABASE",
        "{folder}/bot.db",
        write_damaged_database,
        "{folder}/bot.db",
        "malformed",
        "restore a backup",
        code=ExitCode.DATABASE_UNREADABLE,
    ),
    around(
        "newer database",
        "DATABASE",
        "{folder}/bot.db",
        write_newer_database,
        "schema 9999",
        "start the newer program, or restore the backup",
        code=ExitCode.DATABASE_UNREADABLE,
    ),
    around("digests is a file", "DIGESTS", "{folder}/text", write_text_file, "{folder}/text is no folder; set it to"),
    around("digests in a file", "DIGESTS", "{folder}/text/x", write_text_file, "{folder}/text is no folder"),
    around(
        "digests in nowhere", "DIGESTS", "/proc/x/digests", do_nothing, "the folder /proc/x/digests cannot be created"
    ),
    around("no categories", "CATEGORIES", "{folder}/c.toml", do_nothing, "{folder}/c.toml", "No such", code=SETTINGS),
    around(
        "categories in GBK",
        "CATEGORIES",
        "{folder}/c.toml",
        write_categories("x = '早报'".encode("gbk")),
        "{folder}/c.toml: is not UTF-8; save it as UTF-8",
        code=SETTINGS,
    ),
    around(
        "categories of no TOML", "CATEGORIES", "{folder}/c.toml", write_categories(b"x = ["), "not valid", code=SETTINGS
    ),
    around(
        "webhook host elsewhere",
        "WEBHOOK_HOST",
        "192.0.2.1",
        do_nothing,
        "192.0.2.1",
        "not an address of this machine",
        "127.0.0.1",
        code=ExitCode.PORT_UNAVAILABLE,
    ),
    around(
        "IPv6 webhook host elsewhere",
        "WEBHOOK_HOST",
        "2001:db8::1",
        do_nothing,
        "cannot listen at 2001:db8::1, port 8080 (not an address of this machine)",
        code=ExitCode.PORT_UNAVAILABLE,
    ),
    around(
        "unknown webhook host",
        "WEBHOOK_HOST",
        "nowhere.invalid",
        do_nothing,
        "nowhere.invalid",
        "not an address of this machine",
        code=ExitCode.PORT_UNAVAILABLE,
    ),
)

CASES = (*VALUES, *ENV_FILES, *AROUND)
AS_PROCESSES = (
    *("BOT_TOKEN=１２３４５６:abcdefgh", "RATE=1e-9", "API_URL=http://[::1", ".env in GBK", ".env is a folder"),
    *("DIGESTS=", "DATABASE=/", "database is a pipe", "database is a text", "newer database", "digests is a file"),
    *("digests in nowhere", "unknown webhook host"),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """Exit code and output of a run."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working directory without settings."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _undo_process_wide_changes() -> Iterator[None]:
    """Undo what `run` does to its process: collection is off while it starts, and the log is configured."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    gc.enable()
    logging.root.handlers[:], logging.root.level = handlers, level
    log_plain_tracebacks()


def variables_of(case: Case, folder: Path) -> dict[str, str]:
    hook = HOOK if "WEBHOOK_HOST" in case.variables and case.exit_code == ExitCode.PORT_UNAVAILABLE else {}
    given = {name: typed.replace("{folder}", str(folder)) for name, typed in case.variables.items()}
    good = {"BOT_TOKEN": TOKEN, "DATABASE": str(folder / "bot.db"), "DIGESTS": str(folder / "digests")}
    return {**good, **hook, **given}


def prepare(case: Case, folder: Path) -> None:
    if case.env_file is not None:
        (folder / ".env").write_bytes(case.env_file)
    if case.prepare is not None:
        case.prepare(folder)


def run_in_process(*arguments: str, **variables: str) -> Ended:
    """Run a command here. A bot that starts after all is interrupted, and so fails its test."""
    interrupt = threading.Timer(LIMIT_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    try:
        result = CliRunner().invoke(
            app, list(arguments or ("run",)), env={"API_URL": "http://127.0.0.1:9", **variables}
        )
    finally:
        interrupt.cancel()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


def run_process(folder: Path, **variables: str) -> Ended:
    command = [sys.executable, "-c", "from bot.cli import main; main()", "run"]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "API_URL": "http://127.0.0.1:9",
        "LOG_FORMAT": "json",
    } | variables
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    return Ended(result.returncode, result.stdout, result.stderr)


def assert_one_plain_line(ended: Ended, case: Case, folder: Path) -> None:
    lines = [line for line in ended.stderr.splitlines() if not line.startswith("{")]  # the log is JSON
    assert len(lines) == 1, ended.stderr
    for part in case.line:
        assert part.replace("{folder}", str(folder)) in lines[0]
    assert lines[0].startswith("digestbot: ")
    assert ended.exit_code == case.exit_code
    assert "Traceback" not in ended.stderr
    assert SECRET not in ended.stdout + ended.stderr
    assert ended.stdout == ""


def test_there_are_many_cases_of_different_names() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 120
    assert set(NAMES) <= {name for case in CASES for name in case.variables}


COMMANDS = ("run", "status", "fleet", "audit", "bots list", "backup x.db", "withdraw 2026-11-27")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("database", ["sub", "sub/", "."])
def test_folder_as_database_is_refused_by_every_command(command: str, database: str, folder: Path) -> None:
    (folder / "sub").mkdir(mode=0o755)
    ended = run_in_process(*command.split(), BOT_TOKEN=TOKEN, DATABASE=database, LOG_FORMAT="json")
    assert ended.exit_code == SETTINGS
    path = database.removesuffix("/")
    assert f"{path}/digestbot.db" in " ".join(ended.stderr.split())
    assert "is a folder; set it to a file" in " ".join(ended.stderr.split())
    assert "chmod" not in ended.stderr
    assert [*folder.rglob("*")] == [folder / "sub"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_wrong_setting_is_one_plain_line(case: Case, folder: Path) -> None:
    prepare(case, folder)
    assert_one_plain_line(run_in_process(**variables_of(case, folder)), case, folder)


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case.name in AS_PROCESSES], ids=lambda case: case.name)
def test_wrong_setting_ends_a_process_with_one_plain_line(case: Case, folder: Path) -> None:
    prepare(case, folder)
    assert_one_plain_line(run_process(folder, **variables_of(case, folder)), case, folder)


def test_each_process_case_is_in_the_table() -> None:
    assert set(AS_PROCESSES) <= {case.name for case in CASES}


def test_settings_and_surroundings_are_listed_together(folder: Path) -> None:
    write_text_file(folder)
    make_pipe(folder)
    (folder / ".env").write_bytes(b"\xef\xbb\xbfRATE=fast\r\nMORNIG=8:00\r\n")
    paths = {"DIGESTS": str(folder / "text"), "DATABASE": str(folder / "pipe")}
    ended = run_in_process(BOT_TOKEN=f"{TOKEN}?", TIMEZONE="Mars", **paths)
    first, *lines = ended.stderr.splitlines()
    assert first == "digestbot: cannot start, 6 things are wrong; digestbot run --help explains every setting"
    assert [line.split(": ")[0].removeprefix("  • ") for line in lines] == [
        f"{folder}/.env, line 2",
        *("BOT_TOKEN", "TIMEZONE", "RATE", "DIGESTS", "DATABASE"),
    ]
    assert ended.exit_code == SETTINGS
    assert SECRET not in ended.stderr


def test_env_file_with_a_byte_order_mark_is_read(folder: Path) -> None:
    (folder / ".env").write_bytes("\ufeffBOT_TOKEN=１２\r\n".encode())
    assert f"{WIDE}; switch" in run_in_process().stderr


def test_missing_token_says_where_to_write_it(folder: Path) -> None:
    ended = run_in_process(DIGESTS="d")
    assert ended.exit_code == SETTINGS
    what = "BOT_TOKEN: is not set (Token of the bot, from @BotFather.)"
    elsewhere = ", or run this in the folder where the bot's .env is"
    assert f"{what}; write it into {folder}/.env{elsewhere}" in ended.stderr
    (folder / ".env").touch()
    assert elsewhere not in run_in_process(DIGESTS="d").stderr


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "LOGLEVEL", "LANGUAGE", "TZ", "RATE_LIMIT", "GITHUB_WEBHOOK_SECRET", "DIGESTBOT_IMAGE"]
)
def test_foreign_variables_are_no_errors(name: str, folder: Path) -> None:
    ended = run_in_process(RATE="x", BOT_TOKEN=TOKEN, **{name: "1"})
    assert ended.stderr.startswith("digestbot: RATE: ")
    assert name not in ended.stderr


def test_foreign_names_in_the_env_file_are_no_errors(folder: Path) -> None:
    (folder / ".env").write_text("HTTPS_PROXY=http://127.0.0.1\nTZ=UTC\nCOMPOSE_PROJECT_NAME=x\n", encoding="utf-8")
    assert run_in_process(RATE="x", BOT_TOKEN=TOKEN).stderr.startswith("digestbot: RATE: ")


@contextmanager
def without_rights(path: Path, mode: int) -> Iterator[None]:
    """Change a path's mode and, as root, become nobody for the time."""
    path.chmod(mode)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        path.chmod(0o755)


@pytest.fixture
def public_folder(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Path]:
    """A folder that nobody can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="startup-") as temporary:
        public = Path(temporary)
        public.chmod(0o755)
        monkeypatch.chdir(public)
        for name in ("data", "digests", "open"):
            (public / name).mkdir()
        (public / "open").chmod(0o777)
        sqlite3.connect(public / "data" / "old.db").close()
        (public / "data" / "old.db").touch(mode=0o644)
        (public / ".env").write_text("", encoding="utf-8")
        yield public


@pytest.mark.parametrize(
    ("path", "mode", "variables", "line"),
    [
        ("data", 0o555, {"DATABASE": "data/new.db"}, "DATABASE: the folder {data} cannot be written by this user; set"),
        ("data", 0o555, {"DATABASE": "data/a/new.db"}, "DATABASE: the folder {data} cannot be written by this user"),
        ("data/old.db", 0o444, {"DATABASE": "data/old.db"}, "DATABASE: {data}/old.db cannot be read and written by"),
        ("digests", 0o000, {"DIGESTS": "digests"}, "DIGESTS: the folder {digests} cannot be read by this user"),
        ("digests", 0o555, {"DIGESTS": "digests/new"}, "DIGESTS: the folder {digests} cannot be written by this user"),
        (".env", 0o000, {}, "{folder}/.env: cannot be read (Permission denied); run this as the user that owns it"),
    ],
)
def test_missing_rights_are_one_plain_line(
    path: str, mode: int, variables: dict[str, str], line: str, public_folder: Path
) -> None:
    places = {"data": public_folder / "data", "digests": public_folder / "digests", "folder": public_folder}
    with without_rights(public_folder / path, mode):
        ended = run_in_process(**{"BOT_TOKEN": TOKEN, "DATABASE": "open/bot.db", "DIGESTS": "open"} | variables)
    assert ended.stderr.startswith(f"digestbot: {line.format(**places)}"), ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.exit_code == (SETTINGS if path == ".env" else CANNOT_WRITE)


@pytest.mark.parametrize("setting", ["METRICS_PORT", "WEBHOOK_PORT"])
def test_taken_port_names_its_setting(setting: str, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = run_in_process(BOT_TOKEN=TOKEN, **HOOK | {setting: str(port)})
    expected = f"digestbot: {setting}: cannot listen at 127.0.0.1, port {port} (in use): choose another port\n"
    assert ended.stderr == expected
    assert ended.exit_code == ExitCode.PORT_UNAVAILABLE


def test_second_bot_hears_of_the_first_and_not_of_its_port(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, database_lock(folder / "bot.db"):
        port = other.getsockname()[1]
        ended = run_in_process(BOT_TOKEN=TOKEN, DATABASE=str(folder / "bot.db"), METRICS_PORT=str(port))
    assert ended.stderr.startswith(f"digestbot: DATABASE: another process (pid {os.getpid()}) works on {folder}/bot.db")
    assert len(ended.stderr.splitlines()) == 1
    assert ended.exit_code == ExitCode.TEMPORARY_FAILURE


def test_resume_on_a_full_disk_is_one_line(folder: Path) -> None:
    (folder / "bot.db").touch()
    (folder / "bot.db.lock").symlink_to("/dev/full")
    ended = run_in_process("resume", "--after-restore", BOT_TOKEN=TOKEN, DATABASE=str(folder / "bot.db"))
    what = f"the database {folder}/bot.db cannot be opened (the disk is full): free some space there"
    assert ended.stderr == f"digestbot: DATABASE: {what}\n"
    assert ended.exit_code == CANNOT_WRITE


def test_exit_codes_are_documented() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"\n| {code.value} | " in page, code
    assert page.count("\n| ") >= len(ExitCode)


def test_help_of_run_explains_every_setting(folder: Path) -> None:
    shown = " ".join(run_in_process("run", "--help", COLUMNS="200").stdout.split())
    for name in NAMES:
        assert name in shown
    assert "Token of the bot, from @BotFather." in shown
    assert ".env.example" not in shown
