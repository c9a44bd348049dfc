"""Translate exceptions that an operator can do something about into the lines of `startup_errors`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.digest_folder import DigestFolderUnusable
from bot.exit_code import ExitCode
from bot.framework import DriverNotInstalled
from bot.setting_addresses import is_telegram_server
from bot.settings import Settings
from bot.startup_errors import CannotStart, StartupError
from storage.errors import DatabaseInUse, DatabaseUnusable
from storage.migrate import SchemaIsNewer
from storage.postgresql.errors import DatabaseRefused
from storage.sqlite.file_check import DatabaseDamaged
from storage.sqlite.files import DatabaseLost
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
    SchemaIsNewer,
)
"""Exceptions that the operator can do something about; every other one is a defect."""


def cannot_start(error: Exception, settings: Settings) -> CannotStart:
    """Return the errors in an exception or in a group of them, however nested. Raises it again if one is a defect."""
    found = tuple(_leaves(error))
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
    match error:
        case DatabaseInUse():
            return StartupError(f"DATABASE: {error}", ExitCode.TEMPORARY_FAILURE, "database")
        case DatabaseDamaged() | NotADatabase() | SchemaIsNewer():
            return StartupError(f"DATABASE: {error}", ExitCode.DATABASE_UNREADABLE, "database")
        case DatabaseRefused() | DatabaseMoved():
            return StartupError(f"DATABASE: {error}", ExitCode.SETTINGS, "database")
        case DatabaseUnusable():
            return StartupError(f"DATABASE: {error}", ExitCode.CANNOT_WRITE, "database")
        case DatabaseLost():
            return StartupError(f"DATABASE: {error}", ExitCode.DATABASE_UNREADABLE, "database")
        case DigestFolderUnusable():
            return StartupError(str(error), ExitCode.CANNOT_WRITE, "digests")
        case DriverNotInstalled():
            return StartupError(str(error), ExitCode.SETTINGS, "driver")
        case PortTaken():
            setting = _setting_of_port(error, settings)
            return StartupError(f"{setting.upper()}: {error}", ExitCode.PORT_UNAVAILABLE, setting)
        case TokenRefused():
            hint = (
                "" if is_telegram_server(settings.api_url) else f"; or API_URL={settings.api_url} is no Bot API server"
            )
            return StartupError(f"{error}{hint}", ExitCode.TOKEN_REFUSED, "bot_token")
        case LoggedOut():
            return StartupError(
                f"API_URL: the bot is logged out of {settings.api_url}; if it has moved to another Bot API server, set "
                "API_URL to that one; to use this one, start the bot again ten minutes after logOut",
                ExitCode.SETTINGS,
                "api_url",
            )
        case ServerRefused():
            return StartupError(
                f"API_URL: the Bot API server at {settings.api_url} does not serve this bot ({error}); "
                "correct --api-id, --api-hash or --filter with which it was started",
                ExitCode.SETTINGS,
                "api_url",
            )
    raise TypeError(f"{type(error).__name__} is not expected")


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
