"""The aiogram driver: aiogram's updates in, Events out to the handlers; their Actions in, Bot API calls out.

Nothing outside this package imports aiogram.
"""

from transport.drivers.aiogram.fast_import import import_quickly

import_quickly()  # before any file of this package imports it in the ordinary way

from transport.drivers.aiogram.driver import AiogramDriver  # noqa: E402

__all__ = ["AiogramDriver"]
