"""Errors of a run as lines and exit codes: what a database server says while it goes away is no defect."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.bot_settings import settings_of as settings_of_bot
from bot.exit_code import ExitCode
from bot.expected_errors import cannot_start, startup_error
from bot.open_database import open_beside
from bot.settings import Settings
from bot.startup_errors import StartupError
from domain.delivery.states import BotState
from storage.bots import StoredBot
from storage.errors import DatabaseMissing
from storage.postgresql.address import PostgresqlAddress, parse_address
from storage.postgresql.errors import ServerUnavailable
from tests.postgresql import Cluster
from transport.driver import LoggedOut, ServerRefused, TokenRefused

asyncpg = pytest.importorskip("asyncpg", reason="PostgreSQL's driver is not installed")

ADDRESS = parse_address("postgresql://digestbot@/news?host=/run/postgresql")


def settings_of(database: Path | PostgresqlAddress) -> Settings:
    return Settings(bot_token=SecretStr("42:" + "a" * 35), database=database)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InternalServerError("could not read block 0"),
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.CannotConnectNowError("the database system is in recovery mode"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("connection is closed"),
        ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    ],
)
def test_server_that_goes_away_is_no_defect(error: Exception) -> None:
    failure = cannot_start(ExceptionGroup("tasks", [ExceptionGroup("of one bot", [error])]), settings_of(ADDRESS))
    assert failure.exit_code == ExitCode.TEMPORARY_FAILURE
    assert str(failure).startswith("DATABASE: the database postgresql:///run/postgresql/news cannot be reached (")


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UndefinedColumnError("no such column"),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        FileNotFoundError(2, "gone"),
        KeyError("defect"),
    ],
)
def test_other_errors_stay_defects(error: Exception) -> None:
    with pytest.raises(type(error)):
        cannot_start(error, settings_of(ADDRESS))


def test_driver_s_error_beside_a_file_is_a_defect() -> None:
    with pytest.raises(asyncpg.InternalServerError):
        cannot_start(asyncpg.InternalServerError("of no database of ours"), settings_of(Path("bot.db")))


async def test_error_that_sqlalchemy_wraps_is_known(cluster: Cluster) -> None:
    engine = create_async_engine(cluster.address("postgres").url.replace("postgresql:", "postgresql+asyncpg:"))
    raising = "DO $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = 'XX000'; END $$"
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as caught:
            await connection.exec_driver_sql(raising)
    await engine.dispose()
    assert cannot_start(caught.value, settings_of(ADDRESS)).exit_code == ExitCode.TEMPORARY_FAILURE


async def test_error_of_a_server_beside_a_running_bot_is_known(cluster: Cluster) -> None:
    name = "beside_full_disk"
    cluster.execute(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE template0")
    raising = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
    with pytest.raises(DatabaseMissing, match=r"no tables of the bot in .*; the first digestbot run creates them"):
        async with open_beside(cluster.address(name)):
            pass
    with pytest.raises(ServerUnavailable, match=r"\(the server's disk is full\): free some space there"):
        async with open_beside(cluster.address(name), migrates=True) as database, database.write() as tx:
            await tx.exec_driver_sql(raising)
    with pytest.raises(ServerUnavailable, match="Connection refused"):
        async with open_beside(cluster.address(name)):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    with pytest.raises(FileNotFoundError):
        async with open_beside(cluster.address(name)):
            raise FileNotFoundError(errno.ENOENT, "a file of the command")
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


OWN_SERVER = "http://bot-api.example:8081"
UNKNOWN_TOKEN = "BOT_TOKEN: Telegram does not know this token (any more); copy it again from @BotFather"
LOGGED_OUT = (
    "API_URL: the bot is logged out of http://bot-api.example:8081; if it has moved to another Bot API server, set "
    "API_URL to that one; to use this one, start the bot again ten minutes after logOut"
)
REFUSED = (
    "API_URL: the Bot API server at http://bot-api.example:8081 does not serve this bot (FILTERED); correct --api-id, "
    "--api-hash or --filter with which it was started"
)


@pytest.mark.parametrize(
    ("error", "api_url", "line"),
    [
        (
            TokenRefused(),
            "https://api.telegram.org",
            StartupError(UNKNOWN_TOKEN, ExitCode.TOKEN_REFUSED, "bot_token"),
        ),
        (
            TokenRefused(),
            OWN_SERVER,
            StartupError(
                f"{UNKNOWN_TOKEN}; or API_URL={OWN_SERVER} is no Bot API server", ExitCode.TOKEN_REFUSED, "bot_token"
            ),
        ),
        (LoggedOut(), OWN_SERVER, StartupError(LOGGED_OUT, ExitCode.SETTINGS, "api_url")),
        (ServerRefused("FILTERED"), OWN_SERVER, StartupError(REFUSED, ExitCode.SETTINGS, "api_url")),
    ],
)
def test_refusals_of_telegram_are_told(error: Exception, api_url: str, line: StartupError) -> None:
    settings = settings_of(Path("bot.db")).model_copy(update={"api_url": api_url})
    assert startup_error(error, settings) == line


def test_refused_token_of_a_further_bot_is_that_of_its_file(tmp_path: Path) -> None:
    token = SecretStr("4243:" + "b" * 35)
    stored = StoredBot(
        id=2,
        name="tech",
        token="file:/secrets/tech.token",
        state=BotState.RUNNING,
        settings={"digests": str(tmp_path)},
    )
    further = settings_of_bot(stored, settings_of(Path("bot.db")), token)
    line = startup_error(TokenRefused(), further.model_copy(update={"api_url": "https://api.telegram.org"}))
    assert line.text == UNKNOWN_TOKEN.replace("BOT_TOKEN", "/secrets/tech.token")
