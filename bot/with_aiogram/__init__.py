"""The aiogram driver: aiogram's updates in, Events out to the handlers; their Actions in, Bot API calls out.

Nothing outside this package imports aiogram.
"""

from bot.with_aiogram.driver import AiogramDriver

__all__ = ["AiogramDriver"]
