"""The python-telegram-bot driver: its updates in, Events out to the handlers; their Actions in, Bot API calls out.

Nothing outside this package imports telegram.
"""

from transport.drivers.ptb.driver import PtbDriver

__all__ = ["PtbDriver"]
