"""The aiogram driver; nothing outside this package imports aiogram."""

from transport.drivers.aiogram.fast_import import import_aiogram

import_aiogram()  # before any module of this package imports aiogram the slow way

from transport.drivers.aiogram.driver import AiogramDriver  # noqa: E402

__all__ = ["AiogramDriver"]
