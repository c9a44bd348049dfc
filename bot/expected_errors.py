"""Translate exceptions that an operator can do something about into the lines of `startup_errors`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from bot.digest_folder import DigestFolderUnusable
from bot.exit_code import ExitCode
from bot.framework import DriverNotInstalled
from bot.setting_addresses import is_telegram_server
from bot.settings import Settings
from bot.startup_errors import CannotStart, StartupError
from domain.chat.i18n import lazy_text
from storage.errors import DatabaseInUse, DatabaseLost, DatabaseMissing, DatabaseUnavailable, DatabaseUnusable
from storage.migrate import SchemaDiffers, SchemaIsNewer, SchemaIsOlder
from storage.postgresql.address import PostgresqlAddress
from storage.postgresql.errors import DatabaseRefused, ServerUnavailable
from storage.sqlite.file_check import DatabaseDamaged
from storage.sqlite.moved import DatabaseMoved
from storage.sqlite.open_errors import NotADatabase
from transport.driver import AccessRefused, LoggedOut, ServerRefused, TokenRefused
from transport.ports import PortTaken

EXPECTED = (
    AccessRefused,
    DatabaseInUse,
    DatabaseLost,
    DatabaseUnusable,
    DigestFolderUnusable,
    DriverNotInstalled,
    PortTaken,
    SchemaDiffers,
    SchemaIsNewer,
    SchemaIsOlder,
)
"""Exceptions that the operator can do something about; every other one is a defect."""

_OF_DATABASE: Sequence[tuple[tuple[type[BaseException], ...], ExitCode]] = (
    ((DatabaseInUse, DatabaseUnavailable), ExitCode.TEMPORARY_FAILURE),
    ((DatabaseMissing,), ExitCode.FAILURE),
    (
        (DatabaseDamaged, NotADatabase, SchemaDiffers, SchemaIsNewer, SchemaIsOlder, DatabaseLost),
        ExitCode.DATABASE_UNREADABLE,
    ),
    ((DatabaseRefused, DatabaseMoved), ExitCode.SETTINGS),
    ((DatabaseUnusable,), ExitCode.CANNOT_WRITE),
)
"""Exit codes of what is wrong with the database; the first kind that fits counts."""


def cannot_start(error: Exception, settings: Settings) -> CannotStart:
    """Return the errors in an exception or in a group of them, however nested. Raises it again if one is a defect."""
    found = tuple(_unavailable_or_same(leaf, settings) for leaf in _leaves(error))
    if not all(isinstance(leaf, (*EXPECTED, CannotStart)) for leaf in found):
        raise error
    errors = [
        line
        for leaf in found
        for line in (leaf.errors if isinstance(leaf, CannotStart) else (startup_error(leaf, settings),))
    ]
    return CannotStart(*dict.fromkeys(errors))


def startup_error(error: BaseException, settings: Settings) -> StartupError:
    """Return the line and exit code for one of the `EXPECTED` exceptions."""
    for kinds, exit_code in _OF_DATABASE:
        if isinstance(error, kinds):
            return StartupError(
                lazy_text("{name}: {problem}", name="DATABASE", problem=str(error)), exit_code, "database"
            )
    match error:
        case DigestFolderUnusable():
            return StartupError(str(error), ExitCode.CANNOT_WRITE, "digests")
        case DriverNotInstalled():
            return StartupError(str(error), ExitCode.SETTINGS, "driver")
        case PortTaken():
            setting = _setting_of_port(error, settings)
            return StartupError(
                lazy_text("{name}: {problem}", name=setting.upper(), problem=str(error)),
                ExitCode.PORT_UNAVAILABLE,
                setting,
            )
        case TokenRefused():
            return StartupError(_token_refused(settings), ExitCode.TOKEN_REFUSED, "bot_token")
        case LoggedOut():
            return StartupError(
                lazy_text(
                    "API_URL: the bot is logged out of {api_url}; if it has moved to another Bot API server, set "
                    "API_URL to that one; to use this one, start the bot again ten minutes after logOut",
                    api_url=settings.api_url,
                ),
                ExitCode.SETTINGS,
                "api_url",
            )
        case ServerRefused():
            return StartupError(
                lazy_text(
                    "API_URL: the Bot API server at {api_url} does not serve this bot ({problem}); correct "
                    "--api-id, --api-hash or --filter with which it was started",
                    api_url=settings.api_url,
                    problem=str(error),
                ),
                ExitCode.SETTINGS,
                "api_url",
            )
    raise TypeError(f"{type(error).__name__} is not expected")


def _token_refused(settings: Settings) -> str:
    text = lazy_text(
        "{name}: Telegram does not know this token (any more); copy it again from @BotFather",
        name=settings.token_source,
    )
    if is_telegram_server(settings.api_url):
        return text
    return lazy_text("{problem}; or API_URL={api_url} is no Bot API server", problem=text, api_url=settings.api_url)


def _setting_of_port(error: PortTaken, settings: Settings) -> str:
    if error.host == "127.0.0.1" and error.port == settings.metrics_port:
        return "metrics_port"
    return "webhook_host" if error.is_host_wrong else "webhook_port"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for nested in error.exceptions:
            yield from _leaves(nested)
    else:
        yield error


def _unavailable_or_same(error: BaseException, settings: Settings) -> BaseException:
    """Return `ServerUnavailable` for what the driver says while its server goes away; every other error as it is."""
    is_file_error = isinstance(error, OSError) and not isinstance(error, ConnectionError)
    if is_file_error or not isinstance(settings.database, PostgresqlAddress) or not find_spec("asyncpg"):
        return error
    from storage.postgresql.open_errors import open_error  # noqa: PLC0415 - its driver is an extra

    known = open_error(settings.database, error)
    return known if isinstance(known, ServerUnavailable) else error
